//! The answer: status, headline, findings, checks and instances. Plain data that views show and reports store.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::observations::ProbeId;

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
    /// The causes that were considered and excluded.
    pub ruled_out: Vec<RuledOut>,
    /// What was not seen, and what would settle it.
    pub unknowns: Vec<Unknown>,
    /// Every check's own outcome, in listing order.
    pub checks: Vec<CheckRow>,
    /// The start in the log that was judged, and how it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// The instance the answer is about.
    pub instance: Instance,
    /// The other instances, each with its verdict in short.
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
    /// The page of the documentation about this cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
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

/// A cause that was considered and excluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuledOut {
    /// The cause in a few words, such as `a missing token`.
    pub what: String,
    /// What excludes it.
    pub evidence: Vec<Evidence>,
}

/// One start of LocalStack, as far as its log and the engine tell times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Start {
    /// Its first line in the log, counted from 1.
    pub first_line: u64,
    /// The version in its banner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its steps, in the order of time.
    pub steps: Vec<StartStep>,
    /// A sentence about a step that took longer than usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow: Option<String>,
}

/// One step of a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartStep {
    /// The step: `version banner`, `decisive line`, `ready` or `exited`.
    pub what: String,
    /// Its line in the log.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// Milliseconds after the beginning of the start.
    pub after_ms: u64,
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
    /// The page of the documentation about what the check looks at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub doc: Option<String>,
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
    /// The answer in one word.
    pub status: Status,
    /// The cause that heads the answer.
    pub cause: String,
    /// How grave the cause is.
    pub severity: Severity,
    /// One sentence about this very instance.
    pub summary: String,
}
