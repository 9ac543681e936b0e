//! Containers that are gone, from the engine's own short memory of events. Nothing is followed here, see `events`.

use std::collections::BTreeSet;
use std::time::Duration;

use bollard::BollardRequest;
use bollard::query_parameters::EventsOptions;
use futures_util::StreamExt;
use jiff::Timestamp;

use crate::observations::{End, Removed};
use crate::probes::context::Context;
use crate::probes::events::{Action, EngineEvent, of_containers};
use crate::probes::sources::docker::client::Link;

/// What ended longer ago than this is not what the user is asking about.
const LOOK_BACK: i64 = 15 * 60;
/// The engine answers from memory at once; a clock that differs from ours would keep it waiting for its future.
const LONGEST_WAIT: Duration = Duration::from_millis(700);
/// The engine remembers 256 events; this leaves room for long labels.
const LARGEST_ANSWER: usize = 4 << 20;
/// So many ends are told of.
const MOST_ENDS: usize = 20;

/// What events tell of LocalStack's ends, newest first: of those that are gone, see [`gone`], and of earlier starts, see [`of`].
pub(super) async fn ends(context: &Context, link: &Link) -> Vec<EngineEvent> {
    let podman = link.is_podman();
    let past = past(context.now(), podman);
    let mut ends = Vec::new();
    let read = async {
        // An engine that cannot tell of the past has nothing to add.
        let Ok(call) = link.call(LARGEST_ANSWER) else { return };
        let docker = call.docker.clone();
        let docker = if podman { docker.with_request_modifier(no_further) } else { docker };
        let mut events = docker.events(Some(past));
        while let Some(Ok(event)) = events.next().await {
            ends.extend(EngineEvent::read(&event, context, link).filter(|e| e.action == Action::Die));
        }
    };
    // What came in time counts.
    let _ = tokio::time::timeout(LONGEST_WAIT, read).await;
    ends.reverse();
    ends
}

/// To the nanosecond, for Docker: what ended within this very second counts, and it must not wait for the next. Podman
/// tells nothing up to a time that is past.
fn past(now: Timestamp, podman: bool) -> EventsOptions {
    let past = of_containers().since(&(now.as_second() - LOOK_BACK).to_string());
    let until = format!("{}.{:09}", now.as_second(), now.subsec_nanosecond());
    if podman { past } else { past.until(&until) }.build()
}

/// Podman ends by itself when it is told not to go on, which is no option of bollard's.
fn no_further(mut request: BollardRequest) -> BollardRequest {
    if let Ok(uri) = format!("{}&stream=false", request.uri()).parse() {
        *request.uri_mut() = uri;
    }
    request
}

/// The last end of each container that is not there any more.
pub(super) fn gone(ends: &[EngineEvent], there: &BTreeSet<String>) -> Vec<Removed> {
    let mut told = BTreeSet::new();
    let ends = ends.iter().filter(|e| !there.contains(&e.id) && told.insert(&e.id));
    let vanished = ends.map(|e| Removed {
        id: e.id.clone(),
        name: e.name.clone(),
        image: e.image.clone(),
        exit_code: e.exit_code,
        at: e.at,
    });
    vanished.take(MOST_ENDS).collect()
}

/// The last ends of this container, oldest first.
pub(super) fn of(ends: &[EngineEvent], id: &str) -> Vec<End> {
    let own = ends.iter().filter(|e| e.id == id).take(MOST_ENDS);
    let mut own: Vec<_> = own.map(|e| End { at: e.at, exit_code: e.exit_code }).collect();
    own.reverse();
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_is_asked_so_that_it_answers_at_once() {
        let now = "2026-11-24T19:19:58.5Z".parse().unwrap();
        let [docker, podman] = [false, true].map(|podman| past(now, podman));
        assert_eq!(docker.until.as_deref(), Some("1795547998.500000000"));
        assert_eq!((docker.since.as_deref(), podman.until), (Some("1795547098"), None));
        let request = hyper::Request::get("http://docker/events?since=1").body(bollard::body_full("".into()));
        assert_eq!(no_further(request.unwrap()).uri(), "http://docker/events?since=1&stream=false");
    }
}
