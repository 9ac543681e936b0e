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

/// The end of an instance, as events tell it.
pub(super) struct PastEnd {
    event: InstanceEvent,
    exit_code: Option<i64>,
    /// Somebody asked for it.
    stopped: bool,
}

/// Reads the ends of the last minutes, newest first.
pub(super) async fn ends(source: &Source, now: Timestamp) -> Vec<PastEnd> {
    let since = now.checked_sub(LOOK_BACK).unwrap_or(now);
    let mut ends = Vec::new();
    let mut asked: BTreeSet<Handle> = BTreeSet::new();
    let read = async {
        let mut events = source.past_events(since, now);
        while let Some(event) = events.next().await {
            match event.kind {
                EventKind::StopRequested => {
                    asked.insert(event.handle);
                }
                EventKind::Ended { exit_code } => {
                    let stopped = asked.remove(&event.handle);
                    ends.push(PastEnd { event, exit_code, stopped });
                }
                EventKind::Removed | EventKind::Changed => {}
            }
        }
    };
    // What came in time counts.
    let _ = tokio::time::timeout(LONGEST_WAIT, read).await;
    ends.reverse();
    ends
}

/// The ends of LocalStack's containers, and of the one that the user named.
pub(super) fn of_localstack(ends: Vec<PastEnd>, named: Option<&str>, is_known: impl Fn(&str) -> bool) -> Vec<PastEnd> {
    ends.into_iter().filter(|end| end.event.is_about(named) || is_known(&end.event.handle.id)).collect()
}

/// The last end of each container that is not there any more.
pub(super) fn gone(ends: &[PastEnd], there: &BTreeSet<Handle>) -> Vec<Removed> {
    let mut listed = BTreeSet::new();
    let ends = ends.iter().filter(|e| !there.contains(&e.event.handle) && listed.insert(&e.event.handle));
    let gone = ends.map(|e| Removed {
        id: e.event.handle.id.clone(),
        name: e.event.name.clone(),
        image: e.event.image.clone(),
        exit_code: e.exit_code,
        at: e.event.at,
        stopped: e.stopped,
    });
    gone.take(MOST_ENDS).collect()
}

/// The last ends of this container, oldest first.
pub(super) fn of(ends: &[PastEnd], id: &str) -> Vec<End> {
    let own = ends.iter().filter(|e| e.event.handle.id == id).take(MOST_ENDS);
    let mut own: Vec<_> = own.map(|e| End { at: e.event.at, exit_code: e.exit_code, stopped: e.stopped }).collect();
    own.reverse();
    own
}
