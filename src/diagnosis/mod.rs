//! Decides. A pure function of what was seen, of the catalogue of causes, and of the time it is given.
//! No I/O, no clock, no formatting for a screen, and no text of LocalStack: that is in `assets/`.

mod answer;
mod candidates;
mod capture;
mod catalogue;
mod checks;
mod facts;
mod instance;
mod verdict;
pub mod wording;

pub use answer::*;
pub use catalogue::{Catalogue, Cause, Class, Clause, Interceptor, Remark, RemedyTemplate};
pub use facts::{Signal, Tier, View};

use jiff::Timestamp;

use crate::observations::Snapshot;
use verdict::Verdict;
use wording::Words;

/// Decides what a snapshot means. The same snapshot, catalogue and time give the same answer, always.
pub fn diagnose(snapshot: &Snapshot, catalogue: &Catalogue, now: Timestamp) -> Diagnosis {
    let subject = instance::subject(snapshot);
    let before = View { snapshot: &subject, run: None, catalogue, now };
    let (run, fell_back) = candidates::judged(&before);
    let view = View { run, ..before };
    let candidates = candidates::candidates(&view);
    let verdict = verdict::decide(&view, &candidates);
    let headline = headline(&view, &verdict, fell_back);
    let mut findings: Vec<Finding> =
        verdict::rest(&view, &candidates, &verdict).into_iter().map(|(c, s)| finding(&view, &c, s)).collect();
    let told: Vec<String> = std::iter::once(&headline).chain(&findings).map(|f| f.cause.clone()).collect();
    findings.extend(remarks(&view, &told));
    findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    Diagnosis {
        status: status(catalogue, &verdict),
        activated: verdict.activated,
        checks: checks::rows(&view, &headline),
        headline,
        findings,
        unknowns: instance::unknowns(&view, verdict.cause),
        instance: instance::describe(&view),
        others: instance::others(&view, snapshot),
    }
}

fn headline(view: &View<'_>, verdict: &Verdict<'_>, fell_back: bool) -> Finding {
    let Some(cause) = view.catalogue.cause(verdict.cause) else { return Finding::default() };
    let words = Words::new(view, &verdict.evidence);
    let mut summary = words.sentence(cause.sentences(verdict.summary));
    if fell_back {
        summary.push_str(" That is what the start before the latest one said; the latest has not got so far.");
    }
    let severity = match (verdict.activated, cause.class) {
        (_, Class::Healthy) => Severity::Info,
        (_, Class::State) => Severity::Warning,
        _ => Severity::Error,
    };
    Finding {
        cause: cause.id.clone(),
        title: cause.title.clone(),
        summary,
        severity,
        confidence: verdict.confidence,
        evidence: verdict.evidence.clone(),
        remedies: words.remedies(view, &cause.remedy),
    }
}

fn finding(view: &View<'_>, candidate: &candidates::Candidate<'_>, severity: Severity) -> Finding {
    let words = Words::new(view, &candidate.evidence);
    Finding {
        cause: candidate.cause.id.clone(),
        title: candidate.cause.title.clone(),
        summary: words.sentence(candidate.cause.sentences(&candidate.clause.summary)),
        severity,
        confidence: candidate.clause.confidence,
        evidence: candidate.evidence.clone(),
        remedies: words.remedies(view, &candidate.cause.remedy),
    }
}

/// Remarks that say more than the causes that are told already.
fn remarks(view: &View<'_>, told: &[String]) -> Vec<Finding> {
    let holds = |r: &&Remark| {
        !r.unless.iter().any(|cause| told.contains(cause)) && r.no.iter().all(|s| s.evidence(view).is_none())
    };
    let tell = |remark: &Remark| {
        let evidence: Option<Vec<Evidence>> = remark.facts.iter().map(|s| s.evidence(view)).collect();
        let evidence = evidence.filter(|e| !e.is_empty())?;
        let words = Words::new(view, &evidence);
        Some(Finding {
            cause: remark.id.clone(),
            title: remark.title.clone(),
            summary: words.sentence(&remark.summary),
            severity: remark.severity,
            confidence: Confidence::Proven,
            remedies: words.remedies(view, &remark.remedy),
            evidence,
        })
    };
    view.catalogue.remarks.iter().filter(holds).filter_map(tell).collect()
}

fn status(catalogue: &Catalogue, verdict: &Verdict<'_>) -> Status {
    let class = catalogue.cause(verdict.cause).map(|c| c.class);
    match (verdict.activated, class) {
        (Some(true), _) => Status::Activated,
        (Some(false), Some(Class::Healthy)) => Status::NoLicenseNeeded,
        (Some(false), _) => Status::NotActivated,
        // It failed, and it is known by what: that is no open question, unless it is only possible.
        (None, Some(Class::NotLicense)) if verdict.confidence > Confidence::Possible => Status::NotActivated,
        (None, _) => Status::Undecided,
    }
}
