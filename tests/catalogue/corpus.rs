//! Every case of the corpus, a test each: the right cause, activation not contradicted, the evidence quoted.
//! A case is a folder of `tests/corpus`, or of `../shared/corpus` where that exists.

use std::path::Path;

use libtest_mimic::Trial;
use lsdoctor::diagnosis::Diagnosis;
use serde_json::Value;

use crate::CATALOGUE;
use crate::support::judge::{description, judge, wrong};

/// The test of a case.
pub(crate) fn trial(name: String, folder: &Path) -> Trial {
    let folder = folder.to_path_buf();
    Trial::test(name, move || {
        let case = description(&folder);
        let diagnosis = judge(&CATALOGUE, &folder, &case, None);
        wrong(&case, &diagnosis).or_else(|| untold(&case, &diagnosis)).map_or(Ok(()), |fault| Err(fault.into()))
    })
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
