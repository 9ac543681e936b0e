//! Every case of the corpus, judged in process: the right cause, activation not contradicted, the evidence quoted.
//! Cases lie in `tests/corpus`, and in `../shared/corpus` where that exists; where it does not, this says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    missing_docs
)]

use std::path::Path;

use crate::support::judge::{cases, description, judge, wrong};
use lsdoctor::diagnosis::{Catalogue, Diagnosis};
use serde_json::Value;

fn score(root: &Path) -> (usize, Vec<String>) {
    let catalogue = Catalogue::load().expect("the catalogue loads");
    let folders = cases(root);
    let mut failures = Vec::new();
    for folder in &folders {
        let case = description(folder);
        let diagnosis = judge(&catalogue, folder, &case, None);
        if let Some(fault) = wrong(&case, &diagnosis).or_else(|| untold(&case, &diagnosis)) {
            failures.push(format!("{}: {fault}", folder.file_name().unwrap_or_default().to_string_lossy()));
        }
    }
    (folders.len(), failures)
}

/// What must be told, as `told` has it, or must not, as `untold` has it: part of a sentence or of a remedy. Asked of a log as it
/// was written alone: one that was cut in mid-word keeps its cause, and loses words.
fn untold(case: &Value, diagnosis: &Diagnosis) -> Option<String> {
    let findings = || diagnosis.findings.iter().chain([&diagnosis.headline]);
    let remedies = findings().flat_map(|f| &f.remedies).flat_map(|r| [Some(&r.text), r.command.as_ref()]).flatten();
    let texts: Vec<&String> = findings().map(|f| &f.summary).chain(remedies).collect();
    let list = |name: &str| case["expected"][name].as_array().cloned().unwrap_or_default();
    let told = |part: &Value| texts.iter().any(|text| text.contains(part.as_str().expect("a text")));
    let missing =
        list("told").into_iter().find(|part| !told(part)).map(|part| format!("{part} is not told: {texts:#?}"));
    missing.or_else(|| list("untold").into_iter().find(told).map(|part| format!("{part} is told: {texts:#?}")))
}

#[test]
fn the_projects_own_cases_are_right() {
    let (count, failures) = score(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"));
    println!("{} of {count} right", count - failures.len());
    assert!(count > 0, "tests/corpus has no case");
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn the_shared_corpus_is_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !root.exists() {
        println!("no shared corpus beside this checkout: only the project's own cases were judged");
        return;
    }
    let (count, failures) = score(&root);
    println!("{} of {count} right", count - failures.len());
    assert!(failures.is_empty(), "{} of {count} right\n{failures:#?}", count - failures.len());
}
