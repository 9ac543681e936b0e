//! A start-up log, folded to what matters: its starts, what was recognised in each, and the last lines.
//! Which line means what is not decided here.

use serde::{Deserialize, Serialize};

use super::handle::StartId;
use super::hints::LaunchHints;

/// A start says something at most so many lines before its banner.
pub const PRELUDE: u64 = 30;

/// A log, folded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct LogDigest {
    /// Where it comes from.
    #[serde(rename = "source")]
    pub origin: LogOrigin,
    /// The start of the instance that it is the log of; nothing for a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<StartId>,
    /// The starts it holds, oldest first, the last few of them. Of an instance, these are what LocalStack itself started
    /// within the one start of the container.
    pub runs: Vec<Run>,
    /// The starts of the container before that one, oldest first; read only while the engine restarts it again and again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Run>,
    /// The last lines, as they would be shown.
    pub tail: Vec<LogLine>,
    /// How many lines were read.
    pub lines: u64,
    /// How many bytes were read.
    pub bytes: u64,
    /// Limits that were met, such as a line that was cut.
    pub limits: Vec<String>,
    /// What the text says about how LocalStack was started; only of a file.
    #[serde(skip_serializing_if = "is_empty")]
    pub launch: LaunchHints,
}

fn is_empty(hints: &LaunchHints) -> bool {
    *hints == LaunchHints::default()
}

impl LogDigest {
    /// The empty log of a start that has not spoken yet. `earlier` are the starts before it, where they may speak.
    pub fn silent(of: StartId, origin: LogOrigin, earlier: Vec<Run>) -> Self {
        Self { of: Some(of), origin, earlier, ..Self::default() }
    }

    /// Whether a line that is kept of the log names this host.
    pub fn names(&self, host: &str) -> bool {
        let kept = self.runs.iter().flat_map(|run| run.hits.iter().map(|hit| &hit.at).chain(&run.last_error));
        kept.chain(&self.tail).any(|line| line.text.contains(host))
    }
}

/// Where a log comes from. It is stored and shown as text, such as `container localstack-main` or a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum LogOrigin {
    /// An instance, by the name of its container.
    Instance(String),
    /// A file that was given, by its path as it was given; `standard input` for a pipe.
    File(String),
}

impl Default for LogOrigin {
    fn default() -> Self {
        Self::File(String::new())
    }
}

/// What an instance's log begins with as text.
const INSTANCE: &str = "container ";

impl From<String> for LogOrigin {
    fn from(text: String) -> Self {
        match text.strip_prefix(INSTANCE) {
            Some(name) => Self::Instance(name.to_owned()),
            None => Self::File(text),
        }
    }
}

impl From<LogOrigin> for String {
    fn from(origin: LogOrigin) -> Self {
        origin.to_string()
    }
}

impl std::fmt::Display for LogOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Instance(name) => write!(f, "{INSTANCE}{name}"),
            Self::File(path) => f.write_str(path),
        }
    }
}

/// One start, from its banner to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Run {
    /// The version of its banner, where there was one.
    pub version: Option<String>,
    /// Its first line, counted from 1.
    pub first_line: u64,
    /// Its last line so far.
    pub last_line: u64,
    /// What was recognised, in line order, bounded.
    pub hits: Vec<Hit>,
    /// The last line of the last traceback or the last error record, for failures nobody has a phrase for.
    pub last_error: Option<LogLine>,
    /// A request that was served (`AWS s3.ListBuckets => 200`), if one was seen.
    pub served: Option<LogLine>,
    /// The first line that says that it is ready, or serves: what comes after it kept no gateway from opening.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<u64>,
}

/// A known phrase, found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Hit {
    /// The phrase's key, see `Phrase::key`.
    pub phrase: String,
    /// Where.
    pub at: LogLine,
    /// Who says it.
    #[serde(skip_serializing_if = "Speaker::is_localstack", default = "Speaker::localstack")]
    pub speaker: Speaker,
}

/// Who says a line: known from its source, its shape, and the lines around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// LocalStack: its log, its banner, its service.
    LocalStack,
    /// Not known.
    #[default]
    Unknown,
    /// Another program.
    Other,
}

impl Speaker {
    const fn localstack() -> Self {
        Self::LocalStack
    }

    /// Whether LocalStack says it.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
    pub const fn is_localstack(&self) -> bool {
        matches!(self, Self::LocalStack)
    }
}

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct LogLine {
    /// Its number, counted from 1.
    pub number: u64,
    /// Which stream, where the source tells them apart.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stream: Option<Stream>,
    /// Its text, scrubbed; wrapped text is joined.
    pub text: String,
}

/// Standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}
