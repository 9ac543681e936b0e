//! Follows the engine's container events: starts and ends of LocalStack are known the moment they happen, without polling.
//! What they mean, and what is looked at because of them, is not decided here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bollard::models::{EventMessage, EventMessageTypeEnum};
use bollard::query_parameters::{EventsOptions, EventsOptionsBuilder};
use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use super::context::Context;
use super::sources::docker::client::Link;
use super::sources::fault::Fault;
use super::sources::recognise::{Likeness, is_id, likeness};

/// An event with all its labels is a few kilobytes; this is read ahead of one at most.
const LARGEST_EVENT: usize = 2 << 20;
/// Wait before the first attempt to reach an engine that went away; doubled each time.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
/// A restarting engine takes some seconds: more often than this need not be asked.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Something that happened to one of LocalStack's containers, or to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEvent {
    /// Container id; empty for the engine itself.
    pub id: String,
    /// Container name, scrubbed.
    pub name: String,
    /// Image as it was written, scrubbed.
    pub image: String,
    /// What happened.
    pub action: Action,
    /// Exit code, where a container ended.
    pub exit_code: Option<i64>,
    /// When, by the engine's clock.
    pub at: Option<Timestamp>,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A start.
    Start,
    /// An end.
    Die,
    /// Removed.
    Destroy,
    /// The kernel ended a process for want of memory.
    Oom,
    /// A new name.
    Rename,
    /// Frozen.
    Pause,
    /// Thawed.
    Unpause,
    /// The health check's word changed.
    Health(String),
    /// The engine does not answer any more.
    EngineLost,
    /// The engine answers again; what happened meanwhile may be missing.
    EngineBack,
}

impl EngineEvent {
    /// Reads an event of one of LocalStack's containers, or of the container the user named. Anything else is nothing.
    pub(crate) fn read(event: &EventMessage, context: &Context, link: &Link) -> Option<Self> {
        if event.typ.is_some_and(|t| t != EventMessageTypeEnum::CONTAINER) {
            return None;
        }
        let actor = event.actor.as_ref()?;
        let attribute = |name: &str| actor.attributes.as_ref()?.get(name).cloned();
        let action = action(event.action.as_deref()?, attribute("health_status").as_deref(), context)?;
        let id = actor.id.as_deref()?;
        let name = attribute("name").unwrap_or_default();
        let image = attribute("image").unwrap_or_default();
        let named =
            context.container.as_deref().is_some_and(|c| c.trim_start_matches('/') == name || id.starts_with(c));
        let alike = match likeness(&image, &[&name], attribute, false) {
            Likeness::Sure => true,
            // An image without a name cannot speak for itself; the container's name is all there is.
            Likeness::Maybe => is_id(&image) && name.to_ascii_lowercase().contains("localstack"),
            Likeness::Unlikely | Likeness::Companion => false,
        };
        if !(alike || named || link.knows(id)) {
            return None;
        }
        let at = event.time_nano.and_then(|n| Timestamp::from_nanosecond(n.into()).ok());
        let at = at.or_else(|| Timestamp::from_second(event.time?).ok());
        // Podman writes a code of 0 into every event: only an end has one.
        let code = (action == Action::Die).then(|| attribute("exitCode").or_else(|| attribute("containerExitCode")));
        Some(Self {
            id: context.scrubber.text(id),
            name: context.scrubber.text(&name),
            image: context.scrubber.text(&image),
            exit_code: code.flatten().and_then(|c| c.parse().ok()),
            action,
            at,
        })
    }

    fn of_engine(action: Action, context: &Context) -> Self {
        let at = Some(context.now());
        Self { id: String::new(), name: String::new(), image: String::new(), action, exit_code: None, at }
    }
}

/// Docker's words and Podman's: `destroy` and `remove`, `die` and `died`, `health_status: unhealthy` and an attribute.
fn action(word: &str, health: Option<&str>, context: &Context) -> Option<Action> {
    Some(match word {
        "start" => Action::Start,
        "die" | "died" => Action::Die,
        "destroy" | "remove" => Action::Destroy,
        "oom" => Action::Oom,
        "rename" => Action::Rename,
        "pause" => Action::Pause,
        "unpause" => Action::Unpause,
        _ => {
            let rest = word.strip_prefix("health_status")?;
            let state = rest.strip_prefix(':').map(str::trim).or(health).unwrap_or_default();
            Action::Health(context.scrubber.text(state))
        }
    })
}

/// Tells of every event of LocalStack's containers until nobody listens. An engine that is not there, or goes away, is
/// waited for.
pub async fn watch(context: Arc<Context>, notify: UnboundedSender<EngineEvent>) {
    tokio::select! {
        () = watch_always(&context, &notify) => {}
        () = notify.closed() => {}
    }
}

async fn watch_always(context: &Context, notify: &UnboundedSender<EngineEvent>) {
    let mut seen = Seen { last: None, lost: false };
    let mut pause = SHORTEST_PAUSE;
    let mut last = None;
    loop {
        // An engine that went away comes back where it was, unless the probe finds another.
        let link = match context.link().or(last) {
            Some(link) => link,
            None => match context.linked().await {
                Some(link) => link,
                None => return,
            },
        };
        if seen.subscribe(context, &link, notify).await {
            pause = SHORTEST_PAUSE;
        }
        if !std::mem::replace(&mut seen.lost, true) {
            let _ = notify.send(EngineEvent::of_engine(Action::EngineLost, context));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        last = Some(link);
    }
}

/// What is known from one subscription to the next.
struct Seen {
    last: Option<Timestamp>,
    lost: bool,
}

impl Seen {
    /// Tells of events until the engine ends them; whether it answered at all.
    async fn subscribe(&mut self, context: &Context, link: &Link, notify: &UnboundedSender<EngineEvent>) -> bool {
        let Ok(call) = link.call(LARGEST_EVENT) else { return false };
        let mut events = call.docker.events(Some(after(self.last)));
        let mut subscribed = false;
        loop {
            let event = tokio::select! {
                event = events.next() => Some(event),
                () = call.answered(), if !subscribed => None,
            };
            subscribed |= call.is_answered();
            if subscribed && std::mem::take(&mut self.lost) {
                let _ = notify.send(EngineEvent::of_engine(Action::EngineBack, context));
            }
            match event {
                None => {}
                Some(Some(Ok(event))) => {
                    call.renew();
                    let Some(event) = EngineEvent::read(&event, context, link) else { continue };
                    self.last = event.at.or(self.last);
                    let _ = notify.send(event);
                }
                Some(Some(Err(error))) => {
                    // bollard does not get past an event it cannot read: the next subscription must not begin with it.
                    if let Fault::NotJson(_) | Fault::TooLarge(_) = call.fault(error) {
                        self.last = Some(context.now());
                    }
                    return subscribed;
                }
                Some(None) => return subscribed,
            }
        }
    }
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

/// Asks for the events of containers only.
pub(crate) fn of_containers() -> EventsOptionsBuilder {
    EventsOptionsBuilder::new().filters(&HashMap::from([("type", vec!["container"])]))
}

#[cfg(test)]
mod tests;
