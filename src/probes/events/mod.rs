//! Follows a source's events: ends and starts of LocalStack are known the moment they happen, without polling.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::sources::Source;
use super::sources::types::{InstanceEvent, SourceEvent};
use crate::observations::Handle;

/// The wait before the first attempt to reach a source that went away; doubled each time.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
/// A restarting engine takes some seconds: it need not be asked more often than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Something happened to one of LocalStack's instances.
    Instance(InstanceEvent),
    /// The source does not answer any more.
    SourceLost,
    /// The source answers again; what happened meanwhile may be missing.
    SourceBack,
}

/// Which instances' events are sent on, besides those that look like LocalStack's by themselves.
#[derive(Debug, Clone)]
pub struct Interest {
    /// The instance that the user named, if one was named.
    pub named: Option<String>,
    /// The instances that are known to be LocalStack's, as they become known.
    pub known: watch::Receiver<BTreeSet<Handle>>,
}

/// Sends every event of LocalStack's instances until nobody listens. A source that goes away is waited for.
pub async fn follow(source: Source, interest: Interest, clock: fn() -> Timestamp, sender: UnboundedSender<Event>) {
    let mut follower = Follower { source, interest, clock, sender: sender.clone(), last: None, lost: false };
    tokio::select! {
        () = follower.run() => {}
        () = sender.closed() => {}
    }
}

/// What is known from one subscription to the next.
struct Follower {
    source: Source,
    interest: Interest,
    clock: fn() -> Timestamp,
    sender: UnboundedSender<Event>,
    /// The time of the last event.
    last: Option<Timestamp>,
    /// Whether the source was away when it was last asked.
    lost: bool,
}

impl Follower {
    async fn run(&mut self) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            if self.subscribe().await {
                pause = SHORTEST_PAUSE;
            }
            if !std::mem::replace(&mut self.lost, true) {
                let _ = self.sender.send(Event::SourceLost);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Sends events on until the connection ends. The answer says whether the source answered at all.
    async fn subscribe(&mut self) -> bool {
        let mut events = self.source.events(self.last);
        let mut subscribed = false;
        while let Some(event) = events.next().await {
            match event {
                SourceEvent::Subscribed => {
                    subscribed = true;
                    if std::mem::take(&mut self.lost) {
                        let _ = self.sender.send(Event::SourceBack);
                    }
                }
                SourceEvent::Instance(event) => {
                    let known = self.interest.known.borrow().contains(&event.handle);
                    if known || event.is_about(self.interest.named.as_deref()) {
                        self.last = event.at.or(self.last);
                        let _ = self.sender.send(Event::Instance(event));
                    }
                }
                // The next subscription must not begin with the event that could not be read.
                SourceEvent::Unreadable => self.last = Some((self.clock)()),
            }
        }
        subscribed
    }
}

#[cfg(test)]
mod tests;
