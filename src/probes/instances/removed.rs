//! Containers that are gone, and earlier ends of one that is there, from the engine's own short memory of events.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};

use crate::observations::{End, Handle, Removed};
use crate::probes::sources::Source;
use crate::probes::sources::types::{EventKind, InstanceEvent};

/// What ended longer ago than this is not what the user is asking about.
const LOOK_BACK: SignedDuration = SignedDuration::from_mins(15);
/// The engine answers from memory at once; a clock that differs from ours would keep it waiting for its future.
const LONGEST_WAIT: Duration = Duration::from_millis(700);
/// The ends that are kept.
const MOST_ENDS: usize = 20;

/// Reads the ends of the last minutes, newest first.
pub(super) async fn ends(source: &Source, now: Timestamp) -> Vec<InstanceEvent> {
    let since = now.checked_sub(LOOK_BACK).unwrap_or(now);
    let mut ends = Vec::new();
    let read = async {
        let mut events = source.past_events(since, now);
        while let Some(event) = events.next().await {
            ends.extend(Some(event).filter(|e| matches!(e.kind, EventKind::Ended { .. })));
        }
    };
    // What came in time counts.
    let _ = tokio::time::timeout(LONGEST_WAIT, read).await;
    ends.reverse();
    ends
}

/// The ends of LocalStack's containers, and of the one that the user named.
pub(super) fn of_localstack(
    ends: Vec<InstanceEvent>,
    named: Option<&str>,
    is_known: impl Fn(&str) -> bool,
) -> Vec<InstanceEvent> {
    ends.into_iter().filter(|end| end.is_about(named) || is_known(&end.handle.id)).collect()
}

/// The last end of each container that is not there any more.
pub(super) fn gone(ends: &[InstanceEvent], there: &BTreeSet<Handle>) -> Vec<Removed> {
    let mut listed = BTreeSet::new();
    let ends = ends.iter().filter(|e| !there.contains(&e.handle) && listed.insert(&e.handle));
    let gone = ends.map(|e| Removed {
        id: e.handle.id.clone(),
        name: e.name.clone(),
        image: e.image.clone(),
        exit_code: exit_code(e),
        at: e.at,
    });
    gone.take(MOST_ENDS).collect()
}

/// The last ends of this container, oldest first.
pub(super) fn of(ends: &[InstanceEvent], id: &str) -> Vec<End> {
    let own = ends.iter().filter(|e| e.handle.id == id).take(MOST_ENDS);
    let mut own: Vec<_> = own.map(|e| End { at: e.at, exit_code: exit_code(e) }).collect();
    own.reverse();
    own
}

const fn exit_code(end: &InstanceEvent) -> Option<i64> {
    match end.kind {
        EventKind::Ended { exit_code } => exit_code,
        EventKind::Removed | EventKind::Changed => None,
    }
}
