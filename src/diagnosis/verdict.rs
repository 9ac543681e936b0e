//! Chooses which candidate heads the answer, and which of the rest become findings.
//!
//! # Precedence
//!
//! A candidate is a cause with a clause that holds ([`candidates`]). It has a tier, which says what kind of evidence it
//! rests on, and a line where that evidence is a log. No candidate has a weight. The head is found by these steps; the
//! first that gives a candidate ends the search.
//!
//! 1. **Info**: what the running instance says at `/_localstack/info`. If it says that it is not activated, a failure in
//!    its log after the last success may say why, and then heads the answer. Example: `is_license_activated: false` with
//!    `The license has expired.` in the log is `license-expired`.
//! 2. **Pending**: while the endpoint, the container or the log has not answered yet, nothing below decides.
//! 3. **Log, failure**: a decisive failure after the last success. Nothing listens after a license failure, so a failure
//!    that follows a success is the last word.
//! 4. **Log, crash**: a decisive failure that has nothing to do with the license, after the last sign of health (a
//!    success, `Ready.`, a served request). If a success stands before it, `activated` is true: the license was fine.
//! 5. **Log, success**: a decisive sign of health, unless the container has exited since.
//! 6. **State**: exit code, environment, state of the container. Example: exit code 55 and no token.
//! 7. **Log, faint**: lines that count only where nothing decisive was said, such as a failure to fetch a file.
//! 8. **Probe**: what lsdoctor itself measured, such as a name that does not resolve.
//! 9. Nothing holds: `insufficient-evidence`.
//!
//! Within one step, [`candidates::best`] chooses: a candidate whose cause `refines` or `masks` another takes its place if
//! it is at least likely; then the surest wins, then the later line, then the order of the catalogue.
//!
//! A probe therefore never overrules the instance: a host that cannot resolve the license server's name while LocalStack
//! is activated is a finding. Every candidate that does not head the answer becomes a finding ([`rest`]), except where
//! the head says the same more precisely or where it is the usual company of the head.

use super::answer::{Confidence, Evidence, Severity};
use super::candidates::{self, Candidate};
use super::catalogue::{Catalogue, Class};
use super::facts::{self, Fact, FactContext, Tier};
use crate::observations;
use crate::observations::Observation;

/// At most so many pieces of evidence stand below a verdict.
const MOST_EVIDENCE: usize = 4;

/// The candidate that heads the answer, with the evidence of the causes that it refines.
pub(super) struct Verdict<'a> {
    pub cause: &'a str,
    pub confidence: Confidence,
    pub activated: Option<bool>,
    pub evidence: Vec<Evidence>,
    /// What the deciding clause says of itself, where the cause's own sentence would not fit.
    pub summary: &'a [String],
}

/// Chooses the head of the answer, in the order that the page above gives.
pub(super) fn decide<'a>(cx: &FactContext<'_>, catalogue: &'a Catalogue, all: &[Candidate<'a>]) -> Verdict<'a> {
    let eligible: Vec<_> = all.iter().filter(|c| c.clause.remark.is_none()).cloned().collect();
    let of = |tier: Tier| -> Vec<Candidate<'a>> { eligible.iter().filter(|c| c.tier == tier).cloned().collect() };
    let log = of(Tier::Log);
    let succeeded = log.iter().filter(|c| c.activated() == Some(true) && c.clause.decisive).map(|c| c.line).max();

    // One that crashes again and again is activated for a moment each time; that is not the answer.
    let crashes = Fact::CrashLoop.evidence(cx).is_some();
    let info = if crashes { Vec::new() } else { of(Tier::Info) };
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
        // What has ended or was removed may have been activated all the same.
        let ended = best.cause.class == Class::NotLicense || best.cause.id == "not-running";
        let was_activated = ended && (succeeded.is_some() || cx.activated_before);
        return head(best, &eligible, was_activated.then_some(true));
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

/// Steps 3 to 5: the last decisive word of the start.
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
    if has_ended(cx) || !is_there(cx) || !healthy.iter().any(|c| c.clause.decisive) {
        return None;
    }
    let best = candidates::best(catalogue, &healthy)?;
    let activated = if success > 0 { Some(true) } else { best.activated() };
    Some(head(best, eligible, activated))
}

fn has_ended(cx: &FactContext<'_>) -> bool {
    facts::stopped(cx).is_some()
        || [Fact::ExitFailure, Fact::OomKilled, Fact::Exit55, Fact::ContainerRemoving, Fact::CrashLoop]
            .iter()
            .any(|s| s.evidence(cx).is_some())
}

/// Whether somebody is there who can be activated: a container with a process, or a LocalStack that answers. Where nobody
/// looked for containers, or all that is known comes from files, the log is believed.
fn is_there(cx: &FactContext<'_>) -> bool {
    let snapshot = cx.snapshot;
    if snapshot.target.from_files || Fact::EndpointAnswers.evidence(cx).is_some() {
        return true;
    }
    match &snapshot.instances {
        Observation::Seen { value, .. } => value.chosen.as_ref().is_some_and(|c| {
            let status = c.state.status;
            status.has_process() || status == observations::Status::Unknown
        }),
        Observation::NotAsked => true,
        Observation::Skipped { .. } => snapshot.engine.error().is_none(),
        Observation::Pending { .. } | Observation::Failed { .. } => false,
    }
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
