//! What a probe comes back with: an answer with its time, or why there is none.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One probe's result, with its time. A probe that failed is data, not an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(tag = "state", rename_all = "kebab-case", try_from = "Flat<T>", bound(deserialize = "T: Deserialize<'de>"))]
pub enum Observation<T> {
    /// Nobody asked for it: unknown, not absent.
    #[default]
    NotAsked,
    /// Under way.
    Pending {
        /// When it was begun.
        since: Timestamp,
    },
    /// An answer was had.
    Seen {
        /// When the answer was complete.
        at: Timestamp,
        /// How long it took, in milliseconds.
        took_ms: f64,
        /// The answer.
        value: T,
    },
    /// The probe itself could not look.
    Failed {
        /// When it gave up.
        at: Timestamp,
        /// How long it took, in milliseconds.
        took_ms: f64,
        /// Why.
        error: ProbeError,
    },
    /// It was not worth asking.
    Skipped {
        /// The reason, as a sentence without a full stop.
        because: String,
    },
}

/// An observation as it is stored. Read like this, its value needs no copy, and its type no second reader.
#[derive(Deserialize)]
struct Flat<T> {
    state: Word,
    since: Option<Timestamp>,
    at: Option<Timestamp>,
    took_ms: Option<f64>,
    value: Option<T>,
    error: Option<ProbeError>,
    because: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    NotAsked,
    Pending,
    Seen,
    Failed,
    Skipped,
}

impl<T> TryFrom<Flat<T>> for Observation<T> {
    type Error = String;

    fn try_from(flat: Flat<T>) -> Result<Self, String> {
        fn field<F>(field: Option<F>, name: &str) -> Result<F, String> {
            field.ok_or_else(|| format!("missing field `{name}`"))
        }
        Ok(match flat.state {
            Word::NotAsked => Self::NotAsked,
            Word::Pending => Self::Pending { since: field(flat.since, "since")? },
            Word::Seen => Self::Seen {
                at: field(flat.at, "at")?,
                took_ms: field(flat.took_ms, "took_ms")?,
                value: field(flat.value, "value")?,
            },
            Word::Failed => Self::Failed {
                at: field(flat.at, "at")?,
                took_ms: field(flat.took_ms, "took_ms")?,
                error: field(flat.error, "error")?,
            },
            Word::Skipped => Self::Skipped { because: field(flat.because, "because")? },
        })
    }
}

impl<T> Observation<T> {
    /// The value, if one was seen.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Seen { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The probe's own failure, if it failed.
    pub const fn error(&self) -> Option<&ProbeError> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }

    /// When the value was seen or the probe gave up.
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Seen { at, .. } | Self::Failed { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// How long the probe took, in milliseconds.
    pub const fn took_ms(&self) -> Option<f64> {
        match self {
            Self::Seen { took_ms, .. } | Self::Failed { took_ms, .. } => Some(*took_ms),
            _ => None,
        }
    }

    /// Whether the answer is still awaited.
    pub const fn is_pending(&self) -> bool {
        matches!(self, Self::Pending { .. })
    }

    /// What is still awaited becomes a time-out.
    pub fn expire(&mut self, at: Timestamp) {
        if let Self::Pending { since } = self {
            // A clock that was set back has nothing take less than no time.
            let took_ms = at.duration_since(*since).as_secs_f64().max(0.0) * 1000.0;
            *self = Self::Failed { at, took_ms, error: ProbeError::new(ErrorKind::Timeout, "no answer in time") };
        }
    }

    /// Takes the observation of `newer` where it has a value; else this one stays.
    pub fn keep_value_of(&mut self, newer: &Self)
    where
        T: Clone,
    {
        if newer.value().is_some() {
            self.clone_from(newer);
        }
    }

    /// The same observation of something that follows from the value.
    pub fn map<U>(self, follows: impl FnOnce(T) -> U) -> Observation<U> {
        match self {
            Self::Seen { at, took_ms, value } => Observation::Seen { at, took_ms, value: follows(value) },
            Self::Failed { at, took_ms, error } => Observation::Failed { at, took_ms, error },
            Self::Pending { since } => Observation::Pending { since },
            Self::Skipped { because } => Observation::Skipped { because },
            Self::NotAsked => Observation::NotAsked,
        }
    }

    /// A value seen at `at`, that took no time worth telling: for files and tests.
    pub const fn seen(at: Timestamp, value: T) -> Self {
        Self::Seen { at, took_ms: 0.0, value }
    }
}

/// Why nothing was seen of a subject, whatever the subject is.
#[derive(Debug, Clone, PartialEq)]
pub enum NotObserved {
    /// Its answer is awaited.
    Awaited {
        /// Since when.
        since: Timestamp,
    },
    /// It was not worth asking, or was not to be asked.
    Skipped {
        /// The reason, as a sentence without a full stop.
        because: String,
    },
}

impl<T> From<NotObserved> for Observation<T> {
    fn from(why: NotObserved) -> Self {
        match why {
            NotObserved::Awaited { since } => Self::Pending { since },
            NotObserved::Skipped { because } => Self::Skipped { because },
        }
    }
}

/// Why a probe could not look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeError {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// What failed, on what, and why, in one sentence without a full stop.
    pub detail: String,
}

impl ProbeError {
    /// A failure of this kind.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

impl std::fmt::Display for ProbeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

/// The kinds of failure a probe can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The other side refused the connection.
    Refused,
    /// No answer in time.
    Timeout,
    /// It is not there.
    NotFound,
    /// Not permitted.
    Denied,
    /// Encryption failed.
    Tls,
    /// The answer made no sense.
    BadAnswer,
    /// The probe itself crashed.
    Crashed,
}
