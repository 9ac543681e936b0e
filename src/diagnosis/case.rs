//! The fold: what was seen so far, what follows from it, and what changed. `check`, waiting, replay and the dashboard share it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Diagnosis, Status};
use crate::observations::{Snapshot, Update};

/// So many changes are kept.
const MOST_CHANGES: usize = 500;

/// Everything seen, concluded and changed so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// What was seen.
    pub snapshot: Snapshot,
    /// What follows.
    pub diagnosis: Diagnosis,
    /// What changed, oldest first, bounded.
    pub changes: Vec<Change>,
    /// Since when the verdict holds.
    pub since: Option<Timestamp>,
}

/// A change worth telling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// What, in one sentence.
    pub text: String,
    /// The verdict after it.
    pub status: Status,
}

impl Case {
    /// A case about this target, with nothing seen yet.
    pub fn new(snapshot: Snapshot) -> Self {
        Self { snapshot, ..Self::default() }
    }

    /// Takes an observation in without concluding anything.
    pub fn apply(&mut self, update: Update) {
        self.snapshot.apply(update);
    }

    /// Takes a new conclusion in, and notes what changed.
    pub fn conclude(&mut self, diagnosis: Diagnosis, now: Timestamp) {
        let fresh =
            diagnosis.headline.cause != self.diagnosis.headline.cause || diagnosis.status != self.diagnosis.status;
        if fresh {
            self.since = Some(now);
            if !diagnosis.headline.cause.is_empty() {
                self.changes.push(Change {
                    at: now,
                    text: diagnosis.headline.summary.clone(),
                    status: diagnosis.status,
                });
            }
        }
        let surplus = self.changes.len().saturating_sub(MOST_CHANGES);
        self.changes.drain(..surplus);
        self.diagnosis = diagnosis;
    }
}
