//! From clauses to candidates: which causes the evidence supports, how strongly, and from which line.
//! Which of them heads the answer is decided in `verdict`.

use super::answer::{Confidence, Evidence};
use super::catalogue::{Catalogue, Cause, Class, Clause, Remark, Voice};
use super::facts::{Fact, FactContext, Tier};
use crate::log::Phrase;
use crate::observations::{Hit, ProbeId, Run, Speaker, Status};

/// A cause that a clause supports.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    pub cause: &'a Cause,
    pub clause: &'a Clause,
    pub tier: Tier,
    /// The last line that it rests on; 0 where it rests on none.
    pub line: u64,
    pub evidence: Vec<Evidence>,
}

impl Candidate<'_> {
    pub(super) const fn is_log(&self) -> bool {
        matches!(self.tier, Tier::Log)
    }

    /// Whether LocalStack is activated if this is the cause.
    pub(super) fn activated(&self) -> Option<bool> {
        self.clause.activated.map_or(self.cause.activated, |tri| tri.0)
    }

    /// Proves a license failure: LocalStack would have quit.
    pub(super) fn is_failure(&self) -> bool {
        self.clause.decisive && self.cause.class.is_license_failure() && self.activated() == Some(false)
    }
}

/// The start that is judged.
pub(super) struct Judged<'a> {
    /// The start.
    pub run: Option<&'a Run>,
    /// Whether it is not the latest one, which has not said anything decisive.
    pub fell_back: bool,
    /// Whether a start before the present one was activated, in a restart loop.
    pub activated_before: bool,
}

/// Picks the start that is judged: the latest that says anything decisive, where falling back is right.
///
/// The start before may speak in a restart loop, and only of a failure: its success is no success of the present start.
/// Evidence from files is one log of which nothing else is known; there the latest start that says anything speaks.
pub(super) fn judged<'a>(cx: &FactContext<'a>, catalogue: &Catalogue) -> Judged<'a> {
    let none = Judged { run: None, fell_back: false, activated_before: false };
    let Some(log) = cx.snapshot.logs.value() else { return none };
    let latest = log.runs.last();
    let container = cx.snapshot.container();
    let said = |run: &Run| {
        let cx = FactContext { run: Some(run), ..*cx };
        let all = candidates(&cx, catalogue);
        let decisive = || all.iter().filter(|c| c.is_log() && c.clause.decisive && c.line > 0);
        let success = run.served.is_some() || decisive().any(|c| c.activated() == Some(true));
        let failure = decisive().any(|c| c.activated() != Some(true) && c.cause.class != Class::Healthy);
        // A start whose gateway opened has spoken: no start before it is to blame for anything.
        let opened = run.opened.is_some() && run.version.is_some();
        (success || opened || decisive().next().is_some(), success, failure)
    };
    let activated_before = log.earlier.iter().any(|run| said(run).1);
    // A container that runs undisturbed is in its latest start; what came before is over.
    if container.is_some_and(|c| c.state.status == Status::Running && c.state.restarts == 0) {
        return Judged { run: latest, activated_before, ..none };
    }
    let files = cx.snapshot.target.from_files;
    let speaks = |run: &&Run| {
        let (anything, success, failure) = said(run);
        let is_latest = latest.is_some_and(|latest| std::ptr::eq(*run, latest));
        // What stands before the first version banner belongs to no start: only a failure in it may count.
        let of_a_start = run.version.is_some();
        if is_latest || (files && of_a_start) { anything } else { failure && !success }
    };
    let looping = container.is_some_and(|c| c.is_looping(cx.now));
    let earlier = log.earlier.iter().filter(|_| looping);
    match earlier.chain(&log.runs).rev().find(speaks) {
        Some(run) => {
            let fell_back = latest.is_none_or(|latest| !std::ptr::eq(run, latest));
            Judged { run: Some(run), fell_back, activated_before }
        }
        None => Judged { run: latest, activated_before, ..none },
    }
}

/// Every clause that holds.
pub(super) fn candidates<'a>(cx: &FactContext<'_>, catalogue: &'a Catalogue) -> Vec<Candidate<'a>> {
    let causes = &catalogue.causes;
    let mut all: Vec<Candidate<'a>> =
        causes.iter().flat_map(|cause| cause.when.iter().filter_map(|clause| candidate(cx, cause, clause))).collect();
    // What is said after the gateway opened did not keep it from opening: it is somebody else's word.
    let opened = cx.run.and_then(|run| run.opened.or_else(|| Some(run.served.as_ref()?.number))).unwrap_or(u64::MAX);
    let succeeded = all.iter().any(|c| c.is_log() && c.clause.decisive && c.activated() == Some(true));
    // One that quits was not activated, in whatever order its streams were joined; a success beside it is a quotation.
    // Without a success, it is not even sure that the gateway was LocalStack's; and an exit code tells who has quit.
    let own = !succeeded || Fact::Exit55.evidence(cx).is_some();
    let quits = all.iter().any(|c| c.clause.only_if_exited && (c.line < opened || own));
    all.retain(|c| match c.activated() {
        _ if !c.is_log() || !c.clause.decisive => true,
        Some(true) => !quits,
        _ => quits || !c.is_failure() || c.line <= opened,
    });
    all
}

fn candidate<'a>(cx: &FactContext<'_>, cause: &'a Cause, clause: &'a Clause) -> Option<Candidate<'a>> {
    if clause.no.iter().any(|s| s.evidence(cx).is_some()) {
        return None;
    }
    let mut evidence = Vec::new();
    let mut tier = Tier::Probe;
    let mut line = 0;
    let mut take = |hit: &Hit| {
        line = line.max(hit.at.number);
        tier = tier.min(Tier::Log);
        let quote = quote(cx, hit);
        if !evidence.contains(&quote) {
            evidence.push(quote);
        }
    };
    let hits = |phrase| hits(cx, clause.speaker, phrase);
    let ends = clause.before.iter().filter_map(|p| hits(p).next()).map(|h| h.at.number).min();
    let last_hit = |p| hits(p).rfind(|h| ends.is_none_or(|end| h.at.number < end));
    for phrase in &clause.log {
        take(last_hit(phrase)?);
    }
    if !clause.any.is_empty() {
        take(clause.any.iter().filter_map(last_hit).max_by_key(|h| h.at.number)?);
    }
    for fact in &clause.facts {
        tier = tier.min(fact.tier());
        let found = fact.evidence(cx)?;
        if !evidence.contains(&found) {
            evidence.push(found);
        }
    }
    if !clause.some.is_empty() {
        let (fact, found) = clause.some.iter().find_map(|s| Some((*s, s.evidence(cx)?)))?;
        tier = tier.min(fact.tier());
        evidence.push(found);
    }
    if line == 0 && tier == Tier::Log {
        line = evidence.iter().filter_map(|e| e.line).max().unwrap_or(0);
    }
    (!evidence.is_empty()).then_some(Candidate { cause, clause, tier, line, evidence })
}

/// The evidence for a remark, if everything in it holds.
pub(super) fn remark(cx: &FactContext<'_>, remark: &Remark) -> Option<Vec<Evidence>> {
    if remark.no.iter().any(|s| s.evidence(cx).is_some()) {
        return None;
    }
    if let Some(range) = &remark.versions {
        cx.version().filter(|version| version.within(range))?;
    }
    let mut evidence: Vec<Evidence> = remark.facts.iter().map(|s| s.evidence(cx)).collect::<Option<_>>()?;
    if !remark.some.is_empty() {
        evidence.push(remark.some.iter().find_map(|s| s.evidence(cx))?);
    }
    if !remark.any.is_empty() {
        let last = remark.any.iter().filter_map(|p| hits(cx, Voice::LocalStack, p).next_back());
        evidence.insert(0, quote(cx, last.max_by_key(|hit| hit.at.number)?));
    }
    if let Some(name) = &remark.variable {
        evidence.push(variable(cx, name)?);
    }
    (!evidence.is_empty()).then_some(evidence)
}

/// A variable of the container that is set and not off, with or without LocalStack's prefix.
fn variable(cx: &FactContext<'_>, name: &str) -> Option<Evidence> {
    let container = cx.snapshot.container()?;
    let prefixed = format!("LOCALSTACK_{name}");
    let (name, value) = [name, prefixed.as_str()].into_iter().find_map(|name| {
        let value = container.variable(name)?.value.text()?.trim().to_owned();
        (!matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "false")).then_some((name, value))
    })?;
    Some(Evidence {
        check: ProbeId::Container,
        source: format!("environment of {}", cx.container_name()),
        line: None,
        text: format!("{name}={value}"),
    })
}

/// Hits of a phrase in the start that is judged, said by whom the clause asks for.
fn hits<'a>(cx: &FactContext<'a>, voice: Voice, phrase: &Phrase) -> impl DoubleEndedIterator<Item = &'a Hit> + use<'a> {
    let key = phrase.key();
    let trusted = is_given_as_its_log(cx);
    let counts = move |hit: &&Hit| match hit.speaker {
        Speaker::LocalStack => true,
        Speaker::Unknown => voice == Voice::Any || trusted,
        Speaker::Other => voice == Voice::Any,
    };
    cx.run.into_iter().flat_map(|run| &run.hits).filter(move |hit| hit.phrase == key).filter(counts)
}

/// Whether a file was given as the log of a container that is known: then it is LocalStack's, unless something in it says
/// otherwise. A text with a version banner says itself where LocalStack speaks.
fn is_given_as_its_log(cx: &FactContext<'_>) -> bool {
    let known = cx.snapshot.container().is_some_and(|c| !c.foreign && (c.image.is_some() || !c.name.is_empty()));
    let log = cx.snapshot.logs.value();
    let hits = || log.into_iter().flat_map(|log| &log.runs).flat_map(|run| &run.hits);
    let contrary = log.is_some_and(|log| log.runs.iter().any(|run| run.version.is_some()))
        || hits().any(|hit| hit.speaker != Speaker::Unknown);
    cx.snapshot.target.from_files && known && !contrary
}

fn quote(cx: &FactContext<'_>, hit: &Hit) -> Evidence {
    let stream = hit.at.stream.map_or("", |s| match s {
        crate::observations::Stream::Stdout => ", stdout",
        crate::observations::Stream::Stderr => ", stderr",
    });
    Evidence {
        check: ProbeId::Logs,
        source: format!("{}{stream}", cx.log_source()),
        line: Some(hit.at.number),
        text: hit.at.text.clone(),
    }
}

/// Takes out what others replace: a cause that refines or masks another stands in its place, if it is at least likely.
pub(super) fn drop_superseded<'a>(pool: Vec<Candidate<'a>>) -> Vec<Candidate<'a>> {
    let replaced = |c: &Candidate<'_>| {
        pool.iter().any(|other| {
            let named = other.cause.refines.contains(&c.cause.id) || other.cause.masks.contains(&c.cause.id);
            named && other.clause.confidence >= Confidence::Likely.min(c.clause.confidence)
        })
    };
    let keep: Vec<bool> = pool.iter().map(|c| !replaced(c)).collect();
    let kept: Vec<Candidate<'a>> = pool.iter().zip(&keep).filter(|(_, k)| **k).map(|(c, _)| c.clone()).collect();
    if kept.is_empty() { pool } else { kept }
}

/// The best of a pool: what replaces others, then the surest, then the last word, then catalogue order.
pub(super) fn best<'a>(catalogue: &Catalogue, pool: &[Candidate<'a>]) -> Option<Candidate<'a>> {
    drop_superseded(pool.to_vec()).into_iter().min_by_key(|c| {
        (
            std::cmp::Reverse(c.clause.confidence),
            std::cmp::Reverse(c.line),
            catalogue.position(&c.cause.id),
            std::cmp::Reverse(c.evidence.len()),
        )
    })
}
