//! Every case of the corpus, judged in process: the right cause, activation not contradicted, the evidence quoted.
//! Cases lie in `tests/corpus`, and in `../shared/corpus` where that exists; where it does not, this says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs
)]
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lsdoctor::diagnosis::{Catalogue, Diagnosis, diagnose};
use lsdoctor::probes::files::{Given, read};
use lsdoctor::probes::{Context, Host, Limits, Scrubber};
use serde_json::Value;

fn context(catalogue: &Catalogue) -> Context {
    Context {
        endpoint: None,
        container: None,
        docker_host: None,
        api_endpoint: lsdoctor::probes::DEFAULT_API_ENDPOINT.to_owned(),
        dns_servers: Vec::new(),
        compose: None,
        limits: Limits { timeout: Duration::from_secs(1), offline: true, keyring: false },
        host: Host::default(),
        scrubber: Arc::new(Scrubber::new()),
        phrases: Arc::new(catalogue.phrases().expect("the catalogue's phrases compile")),
        link: std::sync::Mutex::new(None),
    }
}

/// The reference a user would give: the corpus writes remarks behind it.
fn image(case: &Value) -> Option<String> {
    let image = case["image"].as_str()?.split_whitespace().next()?.trim_end_matches(',').to_owned();
    (!image.starts_with("n/a")).then_some(image)
}

fn judge(catalogue: &Catalogue, folder: &Path, case: &Value) -> Diagnosis {
    let context = context(catalogue);
    let there = |name: &str| Some(folder.join(name)).filter(|p| p.exists());
    let given = Given {
        logs: there("log.txt").into_iter().collect(),
        env: there("env.txt"),
        info: there("info.json"),
        image: image(case),
        ..Given::default()
    };
    let snapshot = read(&context, &given).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    diagnose(&snapshot, catalogue, context.now())
}

/// What is wrong with the answer, if anything.
fn wrong(case: &Value, diagnosis: &Diagnosis) -> Option<String> {
    let expected = &case["expected"];
    let cause = diagnosis.headline.cause.as_str();
    let accepted = expected["accept"].as_array().is_some_and(|a| a.iter().any(|v| v == cause));
    let mut faults = String::new();
    if expected["cause"] != cause && !accepted {
        let _ = write!(faults, "cause {cause}, expected {}; ", expected["cause"]);
    }
    if let (Some(got), Some(want)) = (diagnosis.activated, expected["activated"].as_bool())
        && got != want
    {
        let _ = write!(faults, "activated {got}, expected {want}; ");
    }
    let pack = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    if let Some(text) = expected["evidence"].as_str().filter(|t| !t.is_empty()) {
        let all = diagnosis.findings.iter().chain([&diagnosis.headline]).flat_map(|f| &f.evidence);
        let quoted: Vec<_> = all.map(|e| pack(&e.text)).collect();
        if !quoted.iter().any(|q| q.contains(&pack(text))) {
            let _ = write!(faults, "evidence {text:?} is not quoted, but {quoted:?}; ");
        }
    }
    (!faults.is_empty()).then_some(faults)
}

fn cases(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let mut list: Vec<_> = entries.flatten().map(|e| e.path()).filter(|p| p.join("case.json").exists()).collect();
    list.sort();
    list
}

fn score(root: &Path) -> (usize, Vec<String>) {
    let catalogue = Catalogue::load().expect("the catalogue loads");
    let folders = cases(root);
    let mut failures = Vec::new();
    for folder in &folders {
        let text = std::fs::read_to_string(folder.join("case.json")).expect("case.json");
        let case: Value = serde_json::from_str(&text).expect("case.json is JSON");
        let diagnosis = judge(&catalogue, folder, &case);
        if let Some(fault) = wrong(&case, &diagnosis) {
            failures.push(format!("{}: {fault}", folder.file_name().unwrap_or_default().to_string_lossy()));
        }
    }
    (folders.len(), failures)
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
