//! What the data under `assets/` makes of logs, recordings and recipes: a named test for each case, and those of the data.
//!
//! Some cases lie in `../shared`, beside the checkout. Where they are missing, and which of them are not right yet, is
//! printed in one line at the end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::exit,
    missing_docs
)]

/// The tests with these names, in the file in which it stands.
macro_rules! trials {
    ($($test:ident),* $(,)?) => {
        vec![$(crate::trial(
            &format!("{}::{}", module_path!().rsplit("::").next().unwrap_or_default(), stringify!($test)),
            $test,
        )),*]
    };
}

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod cases;
mod causes;
mod corpus;
mod demo;
#[cfg(unix)]
mod recipes;
mod same_answer;
#[cfg(unix)]
mod situations;
mod variations;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Trial};
use lsdoctor::diagnosis::Catalogue;

/// Loaded once: that takes longer than judging a case.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load().expect("the catalogue loads"));

/// A test that fails by a panic.
fn trial(name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

/// A folder beside the checkout.
fn shared(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name)
}

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = causes::trials();
    trials.extend(answers::trials());
    trials.extend(cases::trials());
    trials.extend(demo::trials());
    trials.extend(same_answer::trials());
    #[cfg(unix)]
    trials.extend(recipes::trials());
    let mut remarks = Vec::new();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for (root, of) in [(own, "corpus"), (shared("corpus"), "shared_corpus")] {
        let folders = support::judge::cases(&root);
        if folders.is_empty() {
            remarks.push(format!("left out, because the folder is missing: {}", root.display()));
        }
        for folder in &folders {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            trials.push(corpus::trial(format!("{of}::{name}"), folder));
            trials.extend(variations::trial(format!("{of}::{name}::variations"), folder));
        }
    }
    #[cfg(unix)]
    {
        let (found, remark) = situations::trials(&shared("situations"));
        trials.extend(found);
        remarks.push(remark);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        println!("{}\n", remarks.join("; "));
    }
    conclusion.exit();
}
