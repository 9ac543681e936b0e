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

mod judge;

use std::path::Path;

use judge::{cases, description, judge, wrong};
use lsdoctor::diagnosis::Catalogue;

fn score(root: &Path) -> (usize, Vec<String>) {
    let catalogue = Catalogue::load().expect("the catalogue loads");
    let folders = cases(root);
    let mut failures = Vec::new();
    for folder in &folders {
        let case = description(folder);
        let diagnosis = judge(&catalogue, folder, &case, None);
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
