//! Decides what a snapshot means: a pure function of the observations, the catalogue of causes, and the time.
//! I/O, the clock, and the layout of a screen are the business of other layers, and texts of LocalStack stand in `assets/`.
//!
//! Data flows one way: `lexicon` (names and patterns) ← `facts` (questions to the snapshot) ← `catalogue` (causes as data)
//! ← `candidates` (clauses that hold) ← `verdict` (which one heads the answer) ← `checks` and `wording` (rows, sentences,
//! remedies) ← `diagnose`.

mod answer;
mod candidates;
mod catalogue;
mod checks;
mod compare;
mod facts;
mod instance;
mod launch;
mod lexicon;
mod pace;
mod ruled_out;
pub mod spans;
mod start;
mod subject;
mod verdict;
mod wording;

pub use answer::*;
pub use catalogue::{Catalogue, Cause, Class, Clause, Remark, RemedyTemplate};
pub use checks::path_statuses;
pub use compare::{Comparison, Difference, compare};
pub use facts::{Fact, FactContext, Tier};
pub use lexicon::{Interceptor, Lexicon};

use jiff::Timestamp;

use crate::observations::{Container, Snapshot};
use verdict::Verdict;
use wording::placeholders;

/// Decides what a snapshot means. The same snapshot, catalogue and time give the same answer, always.
pub fn diagnose(snapshot: &Snapshot, catalogue: &Catalogue, now: Timestamp) -> Diagnosis {
    let mut diagnosis = judge(snapshot, catalogue, now);
    let each = |other: &Container| instance::other(other, &judge(&snapshot.about(other), catalogue, now));
    diagnosis.others = subject::others(snapshot).iter().map(each).collect();
    diagnosis
}

/// Decides about every instance: the chosen one first, then the others in the order of the list of instances.
///
/// Each is judged as the chosen one is, from its own evidence. The answers name no other instances.
pub fn diagnose_each(snapshot: &Snapshot, catalogue: &Catalogue, now: Timestamp) -> Vec<Diagnosis> {
    let others = subject::others(snapshot);
    let others = others.iter().map(|other| judge(&snapshot.about(other), catalogue, now));
    std::iter::once(judge(snapshot, catalogue, now)).chain(others).collect()
}

/// Decides about the chosen instance alone.
fn judge(snapshot: &Snapshot, catalogue: &Catalogue, now: Timestamp) -> Diagnosis {
    let subject = subject::subject(snapshot);
    let before =
        FactContext { snapshot: &subject, run: None, lexicon: &catalogue.lexicon, activated_before: false, now };
    let candidates::Judged { run, fell_back, activated_before } = candidates::judged(&before, catalogue);
    let cx = FactContext { run, activated_before, ..before };
    let candidates = candidates::candidates(&cx, catalogue);
    let verdict = verdict::decide(&cx, catalogue, &candidates);
    let headline = headline(&cx, catalogue, &verdict, fell_back);
    let mut findings: Vec<Finding> =
        verdict::rest(catalogue, &candidates, &verdict).into_iter().map(|(c, s)| finding(&cx, &c, s)).collect();
    let told: Vec<String> = std::iter::once(&headline).chain(&findings).map(|f| f.cause.clone()).collect();
    findings.extend(remarks(&cx, catalogue, &told));
    findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    let checks = checks::rows(&cx, &headline);
    let class = catalogue.cause(verdict.cause).map(|c| c.class);
    let failed = class.filter(|class| class.is_license_failure() || *class == Class::NotLicense);
    let failed = failed.filter(|_| verdict.activated != Some(true));
    let ruled_out = failed.map_or_else(Vec::new, |class| ruled_out::ruled_out(&cx, class, &checks));
    Diagnosis {
        status: status(&cx, catalogue, &verdict),
        activated: verdict.activated,
        start: start::describe(&cx, &headline.evidence),
        ruled_out,
        checks,
        headline,
        findings,
        unknowns: instance::unknowns(&cx, catalogue, verdict.cause),
        instance: instance::describe(&cx),
        others: Vec::new(),
    }
}

fn headline(cx: &FactContext<'_>, catalogue: &Catalogue, verdict: &Verdict<'_>, fell_back: bool) -> Finding {
    let Some(cause) = catalogue.cause(verdict.cause) else { return Finding::default() };
    let words = placeholders(cx, &verdict.evidence);
    let mut summary = words.sentence(cause.sentences(verdict.summary));
    if fell_back {
        if !summary.ends_with(['.', '!', '?']) {
            summary.push('.');
        }
        summary.push_str(" That is what the start before the latest one said; the latest has not got so far.");
    }
    if verdict.activated == Some(true) && matches!(cause.class, Class::NotLicense | Class::State) {
        if !summary.ends_with(['.', '!', '?']) {
            summary.push('.');
        }
        summary.push_str(" Its license was activated before that.");
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
        doc: Some(cause.doc.clone()),
        severity,
        confidence: verdict.confidence,
        evidence: verdict.evidence.clone(),
        remedies: wording::remedies(&words, cx, &cause.remedy),
    }
}

fn finding(cx: &FactContext<'_>, candidate: &candidates::Candidate<'_>, severity: Severity) -> Finding {
    let words = placeholders(cx, &candidate.evidence);
    Finding {
        cause: candidate.cause.id.clone(),
        title: candidate.cause.title.clone(),
        summary: words.sentence(candidate.cause.sentences(&candidate.clause.summary)),
        doc: Some(candidate.cause.doc.clone()),
        severity,
        confidence: candidate.clause.confidence,
        evidence: candidate.evidence.clone(),
        remedies: wording::remedies(&words, cx, &candidate.cause.remedy),
    }
}

/// Remarks that say more than the causes that are told already.
fn remarks(cx: &FactContext<'_>, catalogue: &Catalogue, told: &[String]) -> Vec<Finding> {
    let holds = |r: &&Remark| !r.unless.iter().any(|cause| told.contains(cause));
    let tell = |remark: &Remark| {
        let evidence = candidates::remark(cx, remark)?;
        let words = placeholders(cx, &evidence);
        Some(Finding {
            cause: remark.id.clone(),
            title: remark.title.clone(),
            summary: words.sentence(&remark.summary),
            doc: Some(remark.doc.clone()),
            severity: remark.severity,
            confidence: Confidence::Proven,
            remedies: wording::remedies(&words, cx, &remark.remedy),
            evidence,
        })
    };
    catalogue.remarks.iter().filter(holds).filter_map(tell).collect()
}

fn status(cx: &FactContext<'_>, catalogue: &Catalogue, verdict: &Verdict<'_>) -> Status {
    let class = catalogue.cause(verdict.cause).map(|c| c.class);
    match (verdict.activated, class) {
        // It was activated, and does not run any more: it failed, or somebody stopped it.
        (Some(true), Some(Class::NotLicense)) => Status::NotActivated,
        (Some(true), Some(Class::State)) => Status::Undecided,
        (Some(true), _) => Status::Activated,
        (Some(false), Some(Class::Healthy)) => Status::NoLicenseNeeded,
        (Some(false), _) => Status::NotActivated,
        // It failed, and it is known by what: that is no open question, unless it is only possible.
        (None, Some(Class::NotLicense)) if verdict.confidence > Confidence::Possible => Status::NotActivated,
        // Nothing was started, and what would be started is known not to be activated.
        (None, Some(class)) if class.is_license_failure() && Fact::ComposeBlocks.evidence(cx).is_some() => {
            Status::NotActivated
        }
        (None, _) => Status::Undecided,
    }
}

#[cfg(test)]
mod tests;
