//! Containers that are gone, from the engine's own short memory of events. Nothing is followed here, see `events`.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;

use crate::observations::Vanished;
use crate::probes::Context;
use crate::probes::engine::Link;
use crate::probes::events::{Action, EngineEvent, of_containers};

/// What ended longer ago than this is not what the user is asking about.
const LOOK_BACK: i64 = 15 * 60;
/// The engine answers from memory at once; a clock that differs from ours would keep it waiting for its future.
const LONGEST_WAIT: Duration = Duration::from_millis(700);
/// The engine remembers 256 events; this leaves room for long labels.
const LARGEST_ANSWER: usize = 4 << 20;
/// So many ends are told of.
const MOST_ENDS: usize = 20;

/// What events tell of LocalStack's ends, newest first. Those that are still there are taken out with [`gone`].
pub(super) async fn ends(context: &Context, link: &Link) -> Vec<EngineEvent> {
    let now = context.now();
    // To the nanosecond: what ended within this very second counts, and the engine must not wait for the next.
    let until = format!("{}.{:09}", now.as_second(), now.subsec_nanosecond());
    let past = of_containers().since(&(now.as_second() - LOOK_BACK).to_string()).until(&until).build();
    let mut ends = Vec::new();
    let read = async {
        // An engine that cannot tell of the past has nothing to add.
        let Ok(call) = link.call(LARGEST_ANSWER) else { return };
        let mut events = call.docker.events(Some(past));
        while let Some(Ok(event)) = events.next().await {
            ends.extend(EngineEvent::read(&event, context, link).filter(|e| e.action == Action::Die));
        }
    };
    // What came in time counts.
    let _ = tokio::time::timeout(LONGEST_WAIT, read).await;
    ends.reverse();
    ends
}

/// The last end of each container that is not there any more.
pub(super) fn gone(ends: Vec<EngineEvent>, there: &BTreeSet<String>) -> Vec<Vanished> {
    let mut told = BTreeSet::new();
    let ends = ends.into_iter().filter(|e| !there.contains(&e.id) && told.insert(e.id.clone()));
    let vanished = ends.map(|e| Vanished {
        name: e.name,
        image: e.image,
        exit_code: e.exit_code,
        at: e.at,
        last_lines: Vec::new(),
    });
    vanished.take(MOST_ENDS).collect()
}
