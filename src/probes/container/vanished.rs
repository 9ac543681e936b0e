//! Containers that are gone, from the engine's own short memory of events. Nothing is followed here, see `events`.

use std::collections::BTreeSet;
use std::time::Duration;

use http_body_util::BodyExt;
use jiff::Timestamp;

use crate::observations::Vanished;
use crate::probes::Context;
use crate::probes::engine::Link;
use crate::probes::engine::link::encoded;
use crate::probes::events::{Action, EngineEvent, Lines};

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
    let path = path(context.now(), link.is_podman());
    let mut lines = Lines::default();
    let mut ends = Vec::new();
    let read = async {
        // An engine that cannot tell of the past has nothing to add.
        let Ok(mut body) = link.stream(&path).await else { return };
        let mut size = 0;
        while let Some(Ok(frame)) = body.frame().await {
            let Some(data) = frame.data_ref() else { continue };
            size += data.len();
            let events = lines.feed(data).filter_map(|line| EngineEvent::from_json(&line, context, link));
            ends.extend(events.filter(|e| e.action == Action::Die));
            if size > LARGEST_ANSWER {
                return;
            }
        }
    };
    // What came in time counts.
    let _ = tokio::time::timeout(LONGEST_WAIT, read).await;
    ends.reverse();
    ends
}

/// To the nanosecond, for Docker: what ended within this very second counts, and it must not wait for the next. Podman
/// tells nothing up to a time that is past, and ends by itself when it is told not to go on.
fn path(now: Timestamp, podman: bool) -> String {
    let (second, nano) = (now.as_second(), now.subsec_nanosecond());
    let end = if podman { "stream=false".to_owned() } else { format!("until={second}.{nano:09}") };
    format!("/events?since={}&{end}&filters={}", second - LOOK_BACK, encoded(r#"{"type":["container"]}"#))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_is_asked_so_that_it_answers_at_once() {
        let now = "2026-11-24T19:19:58.5Z".parse().unwrap();
        assert!(
            path(now, false).contains("since=1795547098&until=1795547998.500000000&filters="),
            "{}",
            path(now, false)
        );
        assert!(path(now, true).contains("since=1795547098&stream=false&filters="), "{}", path(now, true));
    }
}
