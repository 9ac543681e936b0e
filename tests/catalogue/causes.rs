//! The catalogue holds together: ids are frozen, facts are used, every phrase leads to its cause, and no remedy is bad advice.

use libtest_mimic::Trial;
use std::collections::BTreeSet;

use crate::support::judge::context;
use lsdoctor::diagnosis::{Catalogue, Cause, Class, Clause, Confidence, Fact, Remark, RemedyTemplate, diagnose};
use lsdoctor::log::Phrase;
use lsdoctor::probes::offline::{Inputs, read};

/// The ids are an interface: adding one is a reviewed line, renaming one fails here.
const IDS: [&str; 31] = [
    "activated",
    "activated-from-cache",
    "community-edition",
    "activation-disabled",
    "credentials-missing",
    "credentials-malformed",
    "credentials-invalid",
    "credentials-conflict",
    "license-expired",
    "license-inactive",
    "license-not-assigned",
    "license-no-seats",
    "license-not-found",
    "license-version-mismatch",
    "license-cache-invalid",
    "feature-not-licensed",
    "image-without-activation",
    "image-too-old",
    "server-unreachable",
    "server-unreachable-dns",
    "server-unreachable-tls",
    "server-intercepted",
    "server-error",
    "license-failure-unspecified",
    "starting",
    "not-running",
    "not-localstack",
    "endpoint-unreachable",
    "port-conflict",
    "unrelated-failure",
    "insufficient-evidence",
];

fn catalogue() -> Catalogue {
    Catalogue::load().expect("the catalogue loads")
}

fn the_ids_are_frozen() {
    let found: Vec<_> = catalogue().causes.iter().map(|c| c.id.clone()).collect();
    assert_eq!(found, IDS);
}

fn every_fact_is_used() {
    let c = catalogue();
    let mut used = BTreeSet::new();
    for cause in &c.causes {
        for clause in &cause.when {
            used.extend(clause.facts.iter().chain(&clause.some).chain(&clause.no).copied());
        }
        used.extend(cause.remedy.iter().flat_map(|r| r.facts.iter().chain(&r.no)).copied());
    }
    used.extend(c.remarks.iter().flat_map(|r| r.facts.iter().chain(&r.no)).copied());
    // Facts that only rows and texts ask for.
    let elsewhere = [
        Fact::ContainerKnown,
        Fact::TokenExposed,
        Fact::LogUnreadable,
        Fact::ProxyUsed,
        Fact::ContainerAlone,
        Fact::Ci,
        Fact::VanishedOtherwise,
        Fact::InstanceGone,
    ];
    let idle: Vec<_> = Fact::ALL.iter().filter(|s| !used.contains(*s) && !elsewhere.contains(s)).collect();
    assert!(idle.is_empty(), "{idle:?}");
}

fn refining_goes_round_in_no_circle() {
    let c = catalogue();
    for cause in &c.causes {
        let mut seen = BTreeSet::from([cause.id.as_str()]);
        let mut next: Vec<&str> = cause.refines.iter().map(String::as_str).collect();
        while let Some(id) = next.pop() {
            assert_ne!(id, cause.id, "{} refines itself by a detour", cause.id);
            if seen.insert(id) {
                next.extend(c.cause(id).unwrap().refines.iter().map(String::as_str));
            }
        }
    }
}

fn nobody_is_told_to_switch_activation_off_where_that_has_no_effect() {
    for cause in catalogue().causes {
        for remedy in cause.remedy {
            let text = format!("{} {}", remedy.text, remedy.command.clone().unwrap_or_default());
            let advises = text.contains("ACTIVATE_PRO=0") || text.contains("ACKNOWLEDGE_ACCOUNT_REQUIREMENT");
            let bounded = remedy.versions.as_deref().is_some_and(|v| v.contains("<2026.3"));
            // To take it away is good advice for every version.
            let removes = cause.id == "activation-disabled";
            assert!(!advises || bounded || removes, "{}: {text}", cause.id);
        }
    }
}

fn every_cause_says_what_it_means_and_how_it_is_mended() {
    for cause in catalogue().causes {
        assert!(cause.explain.len() > 100, "{}", cause.id);
        assert!(cause.recognised.len() > 40, "{}", cause.id);
        // The license server and the endpoint are always known.
        let known = ["{license_host}", "{api}", "{endpoint}"];
        let plain = known.iter().fold(cause.summary.last().unwrap().clone(), |text, name| text.replace(name, ""));
        assert!(!plain.contains('{'), "{}: the last summary needs to stand without placeholders: {plain}", cause.id);
        let healthy = cause.class == Class::Healthy;
        assert!(healthy || !cause.remedy.is_empty(), "{} has no remedy", cause.id);
    }
}

/// A line in which the phrase stands as LocalStack would say it.
fn line(phrase: &Phrase) -> String {
    match phrase.near.first() {
        None if phrase.whole => phrase.text.clone(),
        None => format!("Reason: {}", phrase.text),
        Some(near) => format!("Error: {} ({near})", phrase.text),
    }
}

fn every_phrase_that_proves_a_cause_leads_to_it() {
    let c = catalogue();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.txt");
    let mut count = 0;
    let mut wrong = Vec::new();
    for cause in &c.causes {
        for clause in &cause.when {
            let alone = clause.facts.is_empty() && clause.some.is_empty() && clause.no.is_empty();
            if !alone || clause.confidence != Confidence::Proven || clause.remark.is_some() || !clause.decisive {
                continue;
            }
            let choices: Vec<Option<&Phrase>> =
                if clause.any.is_empty() { vec![None] } else { clause.any.iter().map(Some).collect() };
            for any in choices {
                let lines: Vec<String> = clause.log.iter().chain(any).map(line).collect();
                let text = format!("\nLocalStack version: 4.14.0\n\n{}\n", lines.join("\n"));
                std::fs::write(&path, &text).unwrap();
                let context = context(&c);
                let given = Inputs { logs: vec![path.clone()], ..Inputs::default() };
                let found = diagnose(&read(&context, &given).unwrap(), &c, context.now());
                count += 1;
                if found.headline.cause != cause.id {
                    wrong.push(format!("{:?} leads to {}, not to {}", lines, found.headline.cause, cause.id));
                }
            }
        }
    }
    assert!(count > 60, "only {count} phrases");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The fields that serde knows of a type: it names them where it meets one that it does not know.
fn fields<T: serde::de::DeserializeOwned>() -> Vec<String> {
    let error = toml::from_str::<T>("no-such-field = 1").err().expect("an unknown field is refused").to_string();
    let list = error.split("expected ").nth(1).expect("the fields are named");
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn every_field_of_the_catalogue_and_of_a_case_is_documented() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let guide = read("assets/causes/README.md");
    let mut names = BTreeSet::new();
    names.extend(fields::<Cause>().into_iter().chain(fields::<Clause>()).chain(fields::<Phrase>()));
    names.extend(fields::<RemedyTemplate>().into_iter().chain(fields::<Remark>()));
    assert!(names.len() > 40, "{names:?}");
    for case in std::fs::read_dir(format!("{}/tests/corpus", env!("CARGO_MANIFEST_DIR"))).unwrap().flatten() {
        let text = std::fs::read_to_string(case.path().join("case.json")).unwrap_or_else(|_| "{}".to_owned());
        let case: serde_json::Value = serde_json::from_str(&text).unwrap();
        names.extend(case.as_object().unwrap().keys().filter(|k| *k != "expected").cloned());
        names.extend(case["expected"].as_object().into_iter().flat_map(|e| e.keys().map(|k| format!("expected.{k}"))));
    }
    let missing: Vec<_> = names.iter().filter(|name| !guide.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "assets/causes/README.md does not document {missing:?}");
}

/// Words that a sentence of ours never has; a phrase of LocalStack's that is quoted in backticks may.
const BANNED: [&str; 26] = [
    "mend",
    "mends",
    "mended",
    "mending",
    "anew",
    "want of",
    "at rest",
    "told",
    "says so",
    "stands in",
    "goes through",
    "whoever",
    "none of LocalStack's",
    "no good",
    "by nobody",
    "nobody",
    "looks on",
    "look on",
    "simply",
    "just",
    "please",
    "unfortunately",
    "keep your other options",
    "a way that leads",
    "let us through",
    "lets us through",
];

fn banned(text: &str) -> Option<&'static str> {
    // What stands in backticks or quotation marks is somebody else's.
    let own: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ").to_lowercase();
    let words = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '\'').collect::<Vec<_>>().join(" ");
    let own = format!(" {} ", words(&own));
    BANNED.into_iter().find(|word| own.contains(&format!(" {} ", words(&word.to_lowercase()))))
}

fn no_sentence_has_a_banned_word() {
    let c = catalogue();
    let mut wrong = Vec::new();
    let mut check = |of: &str, text: &str| wrong.extend(banned(text).map(|word| format!("{of}: {word:?} in {text:?}")));
    let remedies = |list: &[RemedyTemplate]| list.iter().map(|r| r.text.clone()).collect::<Vec<_>>();
    for cause in &c.causes {
        let clauses = cause.when.iter().flat_map(|w| w.summary.clone());
        let texts = [cause.title.clone(), cause.explain.clone(), cause.recognised.clone()];
        let all = texts.into_iter().chain(cause.summary.clone()).chain(clauses).chain(remedies(&cause.remedy));
        all.for_each(|text| check(&cause.id, &text));
    }
    for remark in &c.remarks {
        let texts = [remark.title.clone(), remark.explain.clone()];
        let all = texts.into_iter().chain(remark.summary.clone()).chain(remedies(&remark.remedy));
        all.for_each(|text| check(&remark.id, &text));
    }
    for folder in crate::support::judge::roots().iter().flat_map(|root| crate::support::judge::cases(root)) {
        let case = crate::support::judge::description(&folder);
        let answer = crate::support::judge::judge(&c, &folder, &case, None);
        let of = folder.file_name().unwrap().to_string_lossy().into_owned();
        let findings = answer.findings.iter().chain([&answer.headline]);
        findings.flat_map(|f| &f.remedies).for_each(|remedy| check(&of, &remedy.text));
        // The row of the log names a file, whatever its name says.
        let rows = answer.checks.iter().filter(|row| row.id != lsdoctor::observations::ProbeId::Logs);
        rows.for_each(|row| check(&of, &row.summary));
        answer.unknowns.iter().for_each(|unknown| check(&of, &unknown.what));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    trials![
        the_ids_are_frozen,
        every_fact_is_used,
        refining_goes_round_in_no_circle,
        nobody_is_told_to_switch_activation_off_where_that_has_no_effect,
        every_cause_says_what_it_means_and_how_it_is_mended,
        every_phrase_that_proves_a_cause_leads_to_it,
        every_field_of_the_catalogue_and_of_a_case_is_documented,
        no_sentence_has_a_banned_word
    ]
}
