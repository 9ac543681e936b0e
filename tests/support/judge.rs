//! Judges a case of the corpus in process: a folder with `case.json` and what was seen, as files or as one report.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lsdoctor::diagnosis::{Catalogue, Diagnosis, diagnose};
use lsdoctor::log::PhraseSet;
use lsdoctor::probes::offline::{Inputs, read};
use lsdoctor::probes::{Context, Host, Limits};
use lsdoctor::scrub::Scrubber;
use lsdoctor::views::report::Stored;
use serde_json::Value;

/// Compiling takes longer than judging a case.
static PHRASES: OnceLock<Arc<PhraseSet>> = OnceLock::new();
static SCRUBBER: OnceLock<Arc<Scrubber>> = OnceLock::new();

pub fn context(catalogue: &Catalogue) -> Context {
    Context {
        scrubber: Arc::clone(SCRUBBER.get_or_init(|| Arc::new(Scrubber::new()))),
        ..Context::new(
            Host::default(),
            Limits { timeout: Duration::from_secs(1), offline: true, keyring: false },
            Arc::clone(PHRASES.get_or_init(|| Arc::new(catalogue.phrases().expect("the catalogue's phrases compile")))),
        )
    }
}

/// The reference a user would give: the corpus writes remarks behind it.
pub fn image(case: &Value) -> Option<String> {
    let image = case["image"].as_str()?.split_whitespace().next()?.trim_end_matches(',').to_owned();
    (!image.starts_with("n/a")).then_some(image)
}

/// Judges a case: its `report.json`, as users send it, or its files; `log` stands in for its own log.
pub fn judge(catalogue: &Catalogue, folder: &Path, case: &Value, log: Option<&Path>) -> Diagnosis {
    let context = context(catalogue);
    let there = |name: &str| Some(folder.join(name)).filter(|p| p.exists());
    if let Some(report) = there("report.json") {
        let text = std::fs::read_to_string(&report).expect("report.json");
        let stored: Stored = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", report.display()));
        return diagnose(&stored.snapshot, catalogue, stored.generated_at);
    }
    let given = Inputs {
        logs: log.map(Path::to_path_buf).or_else(|| there("log.txt")).into_iter().collect(),
        env: there("env.txt"),
        info: there("info.json"),
        image: image(case),
        exit_code: case["exit_code"].as_i64(),
        ..Inputs::default()
    };
    let snapshot = read(&context, &given).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    diagnose(&snapshot, catalogue, context.now())
}

/// What is wrong with the answer, if anything.
pub fn wrong(case: &Value, diagnosis: &Diagnosis) -> Option<String> {
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
    let confidence = serde_json::to_value(diagnosis.headline.confidence).expect("a word");
    if expected["confidence"].is_string() && expected["confidence"] != confidence {
        let _ = write!(faults, "confidence {confidence}, expected {}; ", expected["confidence"]);
    }
    let silent = expected["silent"].as_array().into_iter().flatten();
    for cause in silent.filter(|cause| diagnosis.findings.iter().any(|f| **cause == f.cause)) {
        let _ = write!(faults, "a finding {cause}; ");
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

/// The folders of the cases in a folder, in order.
pub fn cases(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let mut list: Vec<_> = entries.flatten().map(|e| e.path()).filter(|p| p.join("case.json").exists()).collect();
    list.sort();
    list
}

/// The case's own description.
pub fn description(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("case.json")).expect("case.json");
    serde_json::from_str(&text).expect("case.json is JSON")
}

/// The project's own cases, and the shared ones where they exist beside the checkout.
pub fn roots() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    [here.join("tests/corpus"), here.join("../shared/corpus")].into_iter().filter(|r| r.exists()).collect()
}
