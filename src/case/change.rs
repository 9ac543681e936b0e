//! One change of the case, as the timeline shows it.

use jiff::Timestamp;

use crate::diagnosis::{Severity, Status};
use crate::observations::ProbeId;

/// A change worth showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When: the container's own time where the engine tells it, else when the change was noticed.
    pub at: Timestamp,
    /// What changed, in one sentence.
    pub text: String,
    /// Of what kind it is.
    pub kind: ChangeKind,
}

/// Kinds of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Another verdict; this one, with the severity of its headline.
    Verdict(Status, Severity),
    /// The clock was set, or this machine slept.
    Clock,
    /// A check saw something happen, such as the end of the container.
    Event {
        /// The check that saw it.
        check: ProbeId,
        /// How bad it is by itself.
        severity: Severity,
    },
}
