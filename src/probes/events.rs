//! Follows the engine's container events: starts and ends of LocalStack are known the moment they happen, without polling.
//! What they mean, and what is looked at because of them, is not decided here.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use super::Context;
use super::container::{Likeness, is_id, likeness};
use super::engine::Link;
use super::engine::link::encoded;

/// An event with all its labels is a few kilobytes; a line that is longer is dropped.
const LONGEST_LINE: usize = 256 << 10;
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
    pub(crate) fn from_json(line: &[u8], context: &Context, link: &Link) -> Option<Self> {
        let event: Value = serde_json::from_slice(line).ok()?;
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        if text("/Type").is_some_and(|t| t != "container") {
            return None;
        }
        let action =
            action(text("/Action").or_else(|| text("/status"))?, text("/Actor/Attributes/health_status"), context)?;
        let id = text("/Actor/ID").or_else(|| text("/id"))?;
        let attribute = |name: &str| event.pointer("/Actor/Attributes")?.get(name)?.as_str().map(str::to_owned);
        let name = attribute("name").unwrap_or_default();
        let image = attribute("image").or_else(|| text("/from").map(str::to_owned)).unwrap_or_default();
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
        let at = event.get("timeNano").and_then(Value::as_i64).and_then(|n| Timestamp::from_nanosecond(n.into()).ok());
        let at = at.or_else(|| Timestamp::from_second(event.get("time")?.as_i64()?).ok());
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

/// Splits a stream into lines, and drops those that are too long to be events.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    rest: Vec<u8>,
    skipping: bool,
}

impl Lines {
    /// Takes a piece of the stream in, and gives the lines that are complete now.
    pub(crate) fn feed(&mut self, data: &[u8]) -> impl Iterator<Item = Vec<u8>> + use<> {
        let mut complete = Vec::new();
        for piece in data.split_inclusive(|b| *b == b'\n') {
            if self.rest.len() + piece.len() > LONGEST_LINE {
                self.rest.clear();
                self.skipping = true;
            }
            if !self.skipping {
                self.rest.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.rest);
                if !std::mem::take(&mut self.skipping) {
                    complete.push(line);
                }
            }
        }
        complete.into_iter()
    }
}

/// Tells of every event of LocalStack's containers until nobody listens. An engine that goes away is waited for.
pub async fn watch(context: Arc<Context>, notify: UnboundedSender<EngineEvent>) {
    let Some(link) = context.link() else { return };
    let mut last: Option<Timestamp> = None;
    let mut pause = SHORTEST_PAUSE;
    let mut lost = false;
    while !notify.is_closed() {
        if let Ok(mut body) = link.stream(&path(last)).await {
            pause = SHORTEST_PAUSE;
            if std::mem::take(&mut lost) {
                let _ = notify.send(EngineEvent::of_engine(Action::EngineBack, &context));
            }
            let mut lines = Lines::default();
            loop {
                let frame = tokio::select! {
                    frame = body.frame() => frame,
                    () = notify.closed() => return,
                };
                let Some(Ok(frame)) = frame else { break };
                let Some(data) = frame.data_ref() else { continue };
                for line in lines.feed(data) {
                    let Some(event) = EngineEvent::from_json(&line, &context, &link) else { continue };
                    last = event.at.or(last);
                    let _ = notify.send(event);
                }
            }
        }
        if !std::mem::replace(&mut lost, true) {
            let _ = notify.send(EngineEvent::of_engine(Action::EngineLost, &context));
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = notify.closed() => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// After an interruption, what came since the last event is asked for as well, as far as the engine remembers it.
fn path(last: Option<Timestamp>) -> String {
    let filters = encoded(r#"{"type":["container"]}"#);
    match last.and_then(|l| l.checked_add(jiff::SignedDuration::from_nanos(1)).ok()) {
        Some(since) => {
            format!("/events?filters={filters}&since={}.{:09}", since.as_second(), since.subsec_nanosecond())
        }
        None => format!("/events?filters={filters}"),
    }
}

#[cfg(test)]
mod tests;
