//! The catalogue holds together: ids are frozen, facts are used, every phrase leads to its cause, and no remedy is bad advice.

use libtest_mimic::Trial;
use std::collections::BTreeSet;

use crate::support::judge::context;
use lsdoctor::diagnosis::{Catalogue, Class, Confidence, Fact, diagnose};
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

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    trials![
        the_ids_are_frozen,
        every_fact_is_used,
        refining_goes_round_in_no_circle,
        nobody_is_told_to_switch_activation_off_where_that_has_no_effect,
        every_cause_says_what_it_means_and_how_it_is_mended,
        every_phrase_that_proves_a_cause_leads_to_it
    ]
}
