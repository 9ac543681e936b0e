//! Decides. A pure function of what was seen, of the catalogue of causes, and of the time it is given.
//! No I/O, no clock, no formatting for a screen, and no text of LocalStack: that is in `assets/`.

mod capture;
mod case;
mod catalogue;
mod instance;
mod rank;
mod rows;
mod signals;
mod steady;
mod transitions;
mod verdict;
mod words;

pub use case::{Case, Change, What};
pub use catalogue::{Catalogue, Cause, Class, Clause, Interceptor, Remark, RemedyTemplate};
pub use signals::{Signal, Tier, View};
pub use steady::Steady;
pub use transitions::Standing;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::observations::{ProbeId, Snapshot};
use verdict::Verdict;
use words::Words;

/// Decides what a snapshot means. The same snapshot, catalogue and time give the same answer, always.
pub fn diagnose(snapshot: &Snapshot, catalogue: &Catalogue, now: Timestamp) -> Diagnosis {
    let subject = instance::subject(snapshot);
    let before = View { snapshot: &subject, run: None, catalogue, now };
    let (run, fell_back) = rank::judged(&before);
    let view = View { run, ..before };
    let candidates = rank::candidates(&view);
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
        checks: rows::rows(&view, &headline),
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

fn finding(view: &View<'_>, candidate: &rank::Candidate<'_>, severity: Severity) -> Finding {
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

/// What is concluded, with proof, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Diagnosis {
    /// The answer in one word.
    pub status: Status,
    /// Whether LocalStack is activated; `None` is not known.
    pub activated: Option<bool>,
    /// The cause that heads the answer.
    pub headline: Finding,
    /// All else that is worth knowing, the gravest first.
    pub findings: Vec<Finding>,
    /// What was not seen, and what would settle it.
    pub unknowns: Vec<Unknown>,
    /// Every check's own outcome, in listing order.
    pub checks: Vec<CheckRow>,
    /// The instance the answer is about.
    pub instance: Instance,
    /// Other instances, with a short verdict each.
    pub others: Vec<OtherInstance>,
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A license is active.
    Activated,
    /// No license is active, and one is wanted.
    NotActivated,
    /// Nothing to activate: community edition, or switched off by choice.
    NoLicenseNeeded,
    /// Not known.
    #[default]
    Undecided,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Would explain it.
    #[default]
    Possible,
    /// Fits, with no better explanation.
    Likely,
    /// Shown by LocalStack's own words.
    Proven,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    #[default]
    Info,
    /// Will bite, or bites elsewhere.
    Warning,
    /// The reason, or another failure.
    Error,
}

/// A cause, found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Finding {
    /// The id, from `assets/causes`.
    pub cause: String,
    /// The cause in a few words.
    pub title: String,
    /// One sentence about this very case.
    pub summary: String,
    /// How grave.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What proves it; never empty, except when nothing was seen at all.
    pub evidence: Vec<Evidence>,
    /// What to do, worded for how this instance was started, the best first.
    pub remedies: Vec<Remedy>,
}

/// One piece of proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The check that saw it.
    pub check: ProbeId,
    /// Where: `container localstack-main, stdout`, a path, a resolver.
    pub source: String,
    /// The line, where there is one, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// The quoted text, or the fact.
    pub text: String,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Remedy {
    /// What it does, in one sentence.
    pub text: String,
    /// The line to type, or what to put into the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The file to change, with its line where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where to read more, or to click.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Something that was not seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// What is not known.
    pub what: String,
    /// What would settle it.
    pub settle: String,
}

/// One check's own outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckRow {
    /// Which check.
    pub id: ProbeId,
    /// Its title.
    pub title: String,
    /// Its outcome.
    pub status: CheckStatus,
    /// The outcome in one sentence.
    pub summary: String,
    /// More lines, for `-v` and the dashboard.
    pub detail: Vec<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<f64>,
    /// Why it was skipped.
    pub skipped_because: Option<String>,
    /// When it was seen.
    pub at: Option<Timestamp>,
}

/// Outcomes of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// Fine.
    Pass,
    /// Odd, and not the reason.
    Warn,
    /// Wrong.
    Fail,
    /// Not worth asking.
    Skip,
    /// The check itself failed.
    Error,
    /// Not answered yet; only while a run is under way.
    Pending,
}

impl CheckStatus {
    /// The order in which outcomes are told, the gravest first, as 0.
    pub const fn gravity(self) -> u8 {
        match self {
            Self::Fail => 0,
            Self::Error => 1,
            Self::Warn => 2,
            Self::Pending => 3,
            Self::Pass => 4,
            // What was not looked at tells least; why is mostly told by what failed before it.
            Self::Skip => 5,
        }
    }
}

/// The instance the answer is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Instance {
    /// Container name.
    pub container: Option<String>,
    /// Image reference.
    pub image: Option<String>,
    /// LocalStack's version.
    pub version: Option<String>,
    /// Edition.
    pub edition: Option<String>,
    /// Endpoint URL.
    pub endpoint: Option<String>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// Exit code, where it ended.
    pub exit_code: Option<i64>,
    /// How it was started.
    pub launched_by: Option<String>,
}

/// Another instance on the same engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct OtherInstance {
    /// Container name.
    pub container: String,
    /// Image reference.
    pub image: Option<String>,
    /// State, in the engine's word.
    pub state: String,
    /// The short verdict.
    pub summary: String,
}
