//! Which candidate heads the answer, and which of the rest are worth telling.
//! The order of precedence: the instance's own word, the last decisive line, exit code and state, and only then probes.

use super::answer::{Confidence, Evidence, Severity};
use super::candidates::{self, Candidate};
use super::catalogue::{Catalogue, Class};
use super::facts::{self, FactContext, Tier};

/// So many pieces of evidence are told.
const MOST_EVIDENCE: usize = 4;

/// The head of the answer.
pub(super) struct Verdict<'a> {
    pub cause: &'a str,
    pub confidence: Confidence,
    pub activated: Option<bool>,
    pub evidence: Vec<Evidence>,
    /// What the deciding clause says of itself, where the cause's own sentence would not fit.
    pub summary: &'a [String],
}

/// Decides.
pub(super) fn decide<'a>(cx: &FactContext<'_>, catalogue: &'a Catalogue, all: &[Candidate<'a>]) -> Verdict<'a> {
    let eligible: Vec<_> = all.iter().filter(|c| c.clause.remark.is_none()).cloned().collect();
    let of = |tier: Tier| -> Vec<Candidate<'a>> { eligible.iter().filter(|c| c.tier == tier).cloned().collect() };
    let log = of(Tier::Log);
    let succeeded = log.iter().filter(|c| c.activated() == Some(true) && c.clause.decisive).map(|c| c.line).max();

    let info = of(Tier::Info);
    if let Some(best) = candidates::best(catalogue, &info) {
        // What the instance says of itself, its log may say more precisely.
        let finer = log.iter().filter(|c| c.is_failure() && c.line > succeeded.unwrap_or(0));
        let finer: Vec<_> = finer.filter(|c| c.cause.refines.contains(&best.cause.id)).cloned().collect();
        return head(candidates::best(catalogue, &finer).unwrap_or(best), &eligible, None);
    }
    // The first answers decide nothing while those that weigh more are awaited.
    let awaited = cx.snapshot;
    if awaited.endpoint.is_pending() || awaited.instances.is_pending() || awaited.logs.is_pending() {
        return Verdict {
            cause: "",
            confidence: Confidence::Possible,
            activated: None,
            evidence: Vec::new(),
            summary: &[],
        };
    }
    if let Some(verdict) = by_log(cx, catalogue, &log, succeeded, &eligible) {
        return verdict;
    }
    let state = of(Tier::State);
    if let Some(best) = candidates::best(catalogue, &state) {
        let crashed = best.cause.class == Class::NotLicense && succeeded.is_some();
        return head(best, &eligible, crashed.then_some(true));
    }
    let faint: Vec<_> = log.into_iter().filter(|c| !c.clause.decisive).collect();
    for pool in [faint, of(Tier::Probe)] {
        if let Some(best) = candidates::best(catalogue, &pool) {
            return head(best, &eligible, None);
        }
    }
    Verdict {
        cause: "insufficient-evidence",
        confidence: Confidence::Proven,
        activated: None,
        evidence: Vec::new(),
        summary: &[],
    }
}

/// The last decisive word of the start.
fn by_log<'a>(
    cx: &FactContext<'_>,
    catalogue: &Catalogue,
    log: &[Candidate<'a>],
    succeeded: Option<u64>,
    eligible: &[Candidate<'a>],
) -> Option<Verdict<'a>> {
    let decisive: Vec<_> = log.iter().filter(|c| c.clause.decisive).cloned().collect();
    let success = succeeded.unwrap_or(0);
    // Nothing listens after a license failure: one that comes after a success is the last word.
    let failures: Vec<_> = decisive.iter().filter(|c| c.is_failure() && c.line > success).cloned().collect();
    if !failures.is_empty() {
        return Some(head(candidates::best(catalogue, &failures)?, eligible, None));
    }
    let healthy: Vec<_> = log.iter().filter(|c| c.cause.class == Class::Healthy).cloned().collect();
    let served = cx.run.and_then(|r| r.served.as_ref()).map_or(0, |l| l.number);
    let alive = healthy.iter().filter(|c| c.clause.decisive).map(|c| c.line).max().unwrap_or(0).max(served);
    let crashes: Vec<_> =
        decisive.iter().filter(|c| c.cause.class == Class::NotLicense && c.line > alive).cloned().collect();
    if !crashes.is_empty() {
        let activated = if success > 0 { Some(true) } else { None };
        return Some(head(candidates::best(catalogue, &crashes)?, eligible, activated));
    }
    // A log of success says nothing of a container that has ended since.
    if has_ended(cx) || !healthy.iter().any(|c| c.clause.decisive) {
        return None;
    }
    let best = candidates::best(catalogue, &healthy)?;
    let activated = if success > 0 { Some(true) } else { best.activated() };
    Some(head(best, eligible, activated))
}

fn has_ended(cx: &FactContext<'_>) -> bool {
    facts::stopped(cx).is_some()
        || [facts::Fact::ExitFailure, facts::Fact::OomKilled, facts::Fact::Exit55]
            .iter()
            .any(|s| s.evidence(cx).is_some())
}

/// Heads the answer with a candidate, and takes over the evidence of what it refines.
fn head<'a>(best: Candidate<'a>, all: &[Candidate<'a>], activated: Option<bool>) -> Verdict<'a> {
    let activated = activated.or_else(|| best.activated());
    let same = all.iter().filter(|c| c.cause.id == best.cause.id && c.tier <= best.tier);
    let refined = all.iter().filter(|c| best.cause.refines.contains(&c.cause.id));
    let mut evidence = best.evidence;
    for other in same.chain(refined).flat_map(|c| &c.evidence) {
        let known = evidence
            .iter()
            .any(|e| e.text == other.text || (e.line.is_some() && e.line == other.line && e.check == other.check));
        if !known && evidence.len() < MOST_EVIDENCE {
            evidence.push(other.clone());
        }
    }
    Verdict {
        cause: &best.cause.id,
        confidence: best.clause.confidence,
        activated,
        evidence,
        summary: &best.clause.summary,
    }
}

/// What else is worth telling: one candidate per cause, without what the head or another says already.
pub(super) fn rest<'a>(
    catalogue: &Catalogue,
    all: &[Candidate<'a>],
    verdict: &Verdict<'a>,
) -> Vec<(Candidate<'a>, Severity)> {
    let head = catalogue.cause(verdict.cause);
    let said = |c: &Candidate<'_>| {
        c.cause.id == verdict.cause
            || head.is_some_and(|h| h.refines.contains(&c.cause.id) || h.masks.contains(&c.cause.id))
            // What the head already rests on, said less precisely.
            || (c.cause.refines.iter().any(|r| r == verdict.cause) && c.clause.remark.is_none())
    };
    // Where a log tells how the start went, no other error in it is how it failed.
    let settled = head.is_some_and(|h| h.class == Class::Healthy || h.class.is_license_failure());
    let quiet = |c: &Candidate<'_>| {
        let beside = match c.cause.class {
            Class::Healthy | Class::State => {
                !matches!(c.cause.id.as_str(), "endpoint-unreachable" | "not-localstack" | "feature-not-licensed")
            }
            Class::NotLicense => settled && c.is_log(),
            _ => false,
        };
        beside && c.clause.remark.is_none()
    };
    let pool: Vec<_> = all.iter().filter(|c| !said(c) && !quiet(c)).cloned().collect();
    let mut told: Vec<(Candidate<'a>, Severity)> = Vec::new();
    for candidate in candidates::drop_superseded(pool) {
        let severity = severity(&candidate, verdict);
        match told.iter_mut().find(|(t, _)| t.cause.id == candidate.cause.id) {
            Some(slot) if (candidate.tier, slot.1) < (slot.0.tier, severity) => *slot = (candidate, severity),
            Some(_) => {}
            None => told.push((candidate, severity)),
        }
    }
    told.sort_by_key(|(c, severity)| (std::cmp::Reverse(*severity), catalogue.position(&c.cause.id)));
    told
}

fn severity(candidate: &Candidate<'_>, verdict: &Verdict<'_>) -> Severity {
    if let Some(severity) = candidate.clause.remark {
        return severity;
    }
    match candidate.tier {
        // An earlier word of the same start, overtaken by a later one.
        Tier::Log if !candidate.clause.decisive || verdict.activated == Some(true) => Severity::Info,
        _ => Severity::Warning,
    }
}
