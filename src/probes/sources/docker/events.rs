//! Reads the engine's events of containers: those that it still remembers, and those to come.

use std::collections::HashMap;

use bollard::BollardRequest;
use bollard::models::{EventMessage, EventMessageTypeEnum};
use bollard::query_parameters::{EventsOptions, EventsOptionsBuilder};
use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;

use super::client::Client;
use crate::observations::Handle;
use crate::probes::sources::fault::Fault;
use crate::probes::sources::recognise::likeness;
use crate::probes::sources::types::{EventKind, InstanceEvent, SourceEvent};
use crate::scrub::Scrubber;

/// An event with all its labels is a few kilobytes; this is read ahead of one at most.
const LARGEST_EVENT: usize = 2 << 20;
/// Signals that end a process: SIGINT, SIGQUIT, SIGKILL, SIGTERM.
const ENDING_SIGNALS: [&str; 4] = ["2", "3", "9", "15"];
/// The engine remembers 256 events; this leaves room for long labels.
const LARGEST_MEMORY: usize = 4 << 20;

impl Client {
    /// Reads the events from `since` up to `until`, which the engine still remembers. The stream ends with them.
    pub(crate) fn past_events(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> impl Stream<Item = InstanceEvent> + Send + use<> {
        let (podman, call, client) = (self.is_podman(), self.call(LARGEST_MEMORY), self.clone());
        // An engine that cannot tell of the past has nothing to add.
        stream::iter(call.ok())
            .flat_map(move |call| {
                let docker = call.docker.clone();
                let docker = if podman { docker.with_request_modifier(no_further) } else { docker };
                docker.events(Some(past(since, until, podman))).boxed()
            })
            .take_while(|event| std::future::ready(event.is_ok()))
            .filter_map(move |event| std::future::ready(event.ok().and_then(|e| read(&e, client.scrubber()))))
    }

    /// Follows the events from now on, and those after `last` that the engine still remembers. The stream ends with the
    /// connection.
    pub(crate) fn events(&self, last: Option<Timestamp>) -> impl Stream<Item = SourceEvent> + Send + use<> {
        let (call, client) = (self.call(LARGEST_EVENT), self.clone());
        stream::iter(call.ok()).flat_map(move |call| {
            let events = Box::pin(call.docker.events(Some(after(last))));
            let state = Some((call, events, false, client.clone()));
            // Two steps at a time: the first event can come together with the head of the answer.
            let steps = stream::unfold(state, |state| async move {
                let (call, mut events, subscribed, client) = state?;
                let event = tokio::select! {
                    () = call.answered(), if !subscribed => None,
                    event = events.next() => Some(event),
                };
                let first = (!subscribed && call.is_answered()).then_some(SourceEvent::Subscribed);
                let subscribed = subscribed || first.is_some();
                Some(match event {
                    None => ([first, None], Some((call, events, subscribed, client))),
                    Some(None) => ([first, None], None),
                    Some(Some(Ok(event))) => {
                        call.renew();
                        let event = read(&event, client.scrubber()).map(SourceEvent::Instance);
                        ([first, event], Some((call, events, subscribed, client)))
                    }
                    // bollard does not get past an event that it cannot read.
                    Some(Some(Err(error))) => {
                        let unreadable = matches!(call.fault(error), Fault::NotJson(_) | Fault::TooLarge(_));
                        ([first, unreadable.then_some(SourceEvent::Unreadable)], None)
                    }
                })
            });
            steps.flat_map(|both| stream::iter(both.into_iter().flatten())).boxed()
        })
    }
}

/// Reads an event of a container. Other events, and those that change nothing that is seen, are none.
pub(super) fn read(event: &EventMessage, scrubber: &Scrubber) -> Option<InstanceEvent> {
    if event.typ.is_some_and(|t| t != EventMessageTypeEnum::CONTAINER) {
        return None;
    }
    let actor = event.actor.as_ref()?;
    let attribute = |name: &str| actor.attributes.as_ref()?.get(name).cloned();
    // Podman writes a code of 0 into every event: only an end has one.
    let code = || attribute("exitCode").or_else(|| attribute("containerExitCode"))?.parse().ok();
    // Docker's words, and Podman's: `destroy` and `remove`, `die` and `died`.
    let kind = match event.action.as_deref()? {
        "die" | "died" => EventKind::Ended { exit_code: code() },
        // `docker stop`, `docker restart`, `docker rm --force` and compose send a signal first. Others, such as SIGHUP, end
        // nothing.
        "kill" if attribute("signal").is_none_or(|signal| ENDING_SIGNALS.contains(&signal.as_str())) => {
            EventKind::StopRequested
        }
        "destroy" | "remove" => EventKind::Removed,
        "start" | "oom" | "rename" | "pause" | "unpause" => EventKind::Changed,
        word if word.starts_with("health_status") => EventKind::Changed,
        _ => return None,
    };
    let id = actor.id.as_deref()?;
    let name = attribute("name").unwrap_or_default();
    let image = attribute("image").unwrap_or_default();
    let likeness = likeness(&image, &[&name], attribute, false);
    let at = event.time_nano.and_then(|n| Timestamp::from_nanosecond(n.into()).ok());
    let at = at.or_else(|| Timestamp::from_second(event.time?).ok());
    let (handle, name) = (Handle::of_engine(scrubber.text(id)), scrubber.text(&name));
    Some(InstanceEvent { handle, name, image: scrubber.text(&image), likeness, kind, at })
}

/// To the nanosecond, for Docker: what ended within this very second counts, and it must not wait for the next. Podman
/// tells nothing up to a time that is past.
fn past(since: Timestamp, until: Timestamp, podman: bool) -> EventsOptions {
    let past = of_containers().since(&since.as_second().to_string());
    let until = format!("{}.{:09}", until.as_second(), until.subsec_nanosecond());
    if podman { past } else { past.until(&until) }.build()
}

/// Podman ends by itself when it is told not to go on, which is no option of bollard's.
fn no_further(mut request: BollardRequest) -> BollardRequest {
    if let Ok(uri) = format!("{}&stream=false", request.uri()).parse() {
        *request.uri_mut() = uri;
    }
    request
}

/// After an interruption, what came since the last event is asked for as well, as far as the engine remembers it.
fn after(last: Option<Timestamp>) -> EventsOptions {
    match last.and_then(|l| l.checked_add(jiff::SignedDuration::from_nanos(1)).ok()) {
        Some(since) => {
            of_containers().since(&format!("{}.{:09}", since.as_second(), since.subsec_nanosecond())).build()
        }
        None => of_containers().build(),
    }
}

fn of_containers() -> EventsOptionsBuilder {
    EventsOptionsBuilder::new().filters(&HashMap::from([("type", vec!["container"])]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_is_asked_so_that_it_answers_at_once() {
        let (since, until) = ("2026-11-24T19:04:58Z".parse().unwrap(), "2026-11-24T19:19:58.5Z".parse().unwrap());
        let [docker, podman] = [false, true].map(|podman| past(since, until, podman));
        assert_eq!(docker.until.as_deref(), Some("1795547998.500000000"));
        assert_eq!((docker.since.as_deref(), podman.until), (Some("1795547098"), None));
        let request = hyper::Request::get("http://docker/events?since=1").body(bollard::body_full("".into()));
        assert_eq!(no_further(request.unwrap()).uri(), "http://docker/events?since=1&stream=false");
    }

    #[test]
    fn both_engines_words_are_understood() {
        let read = |action: &str, attributes: &str| {
            let json = format!(
                r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"b","Attributes":{{"name":"ls","image":"localstack/localstack"{attributes}}}}},"time":2}}"#
            );
            super::read(&serde_json::from_str(&json).unwrap(), &Scrubber::new()).map(|e| e.kind)
        };
        let ended = |exit_code| Some(EventKind::Ended { exit_code });
        let code = r#","exitCode":"55","containerExitCode":"0""#;
        assert_eq!(read("die", code), ended(Some(55)));
        assert_eq!(read("start", code), Some(EventKind::Changed), "only an end has a code");
        assert_eq!(read("died", r#","containerExitCode":"55""#), ended(Some(55)));
        assert_eq!(read("kill", r#","signal":"15""#), Some(EventKind::StopRequested));
        assert_eq!(read("kill", r#","signal":"1""#), None);
        assert_eq!(read("remove", ""), Some(EventKind::Removed));
        assert_eq!(read("health_status: unhealthy", ""), Some(EventKind::Changed));
        assert_eq!(read("health_status", r#","health_status":"healthy""#), Some(EventKind::Changed));
        assert_eq!(read("exec_create: sh", ""), None);
    }
}
