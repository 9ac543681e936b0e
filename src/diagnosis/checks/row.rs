//! How an observation becomes a row: the outcome of a check, laid out with its time and its link.

use crate::diagnosis::answer::{CheckRow, CheckStatus};
use crate::observations::{Observation, ProbeId};

/// What a check found, before it is laid out as a row.
pub(crate) struct Outcome {
    pub(crate) status: CheckStatus,
    pub(crate) summary: String,
    pub(crate) detail: Vec<String>,
}

pub(super) fn outcome(status: CheckStatus, summary: impl Into<String>) -> Outcome {
    Outcome { status, summary: summary.into(), detail: Vec::new() }
}

/// Lays out the row of a check; `None` where nobody asked for the check.
pub(super) fn row<T>(id: ProbeId, seen: &Observation<T>, judge: impl Fn(&T) -> Outcome) -> Option<CheckRow> {
    let (found, skipped) = match seen {
        Observation::NotAsked => return None,
        Observation::Pending { .. } => (outcome(CheckStatus::Pending, "waiting for an answer"), None),
        Observation::Seen { value, .. } => (judge(value), None),
        Observation::Failed { error, .. } => {
            // No engine is a result: a remote LocalStack needs none.
            let status = if id == ProbeId::Engine { CheckStatus::Warn } else { CheckStatus::Error };
            (outcome(status, error.detail.clone()), None)
        }
        Observation::Skipped { because } => (outcome(CheckStatus::Skip, because.clone()), Some(because.clone())),
    };
    Some(CheckRow {
        id,
        title: id.title().to_owned(),
        status: found.status,
        summary: found.summary,
        detail: found.detail,
        duration_ms: seen.took_ms().map(|ms| (ms * 10.0).round() / 10.0),
        skipped_because: skipped,
        at: seen.at(),
        doc: None,
    })
}
