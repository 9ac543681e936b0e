//! Waiting: looks on until the answer is settled or the time is over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

use super::run::{LONGEST_ROUND, Session};
use super::watch::watch;
use crate::case::{Case, CaseEvent, WatchCommand};
use crate::diagnosis::{Class, Status};
use crate::observations::{Container, ProbeId, Restarter, Status as State};
use crate::probes::Context;

/// A container that has said why it fails quits within a moment; until then it may still be saying it.
const SETTLE_WHILE_RUNNING: Duration = Duration::from_secs(1);
/// The time that the last look may take before a wait ends without an answer.
const LAST_LOOK: Duration = Duration::from_secs(1);
/// The checks of the last look: what decides and is polled.
const LAST_CHECKS: [ProbeId; 2] = [ProbeId::Container, ProbeId::Endpoint];
/// However short a wait is, an answer that takes no longer than this is heard.
const SHORTEST_LOOK: Duration = Duration::from_millis(500);
/// An activation is told by no event, only by the endpoint: it is to be noticed soon.
const WAIT_STEP: Duration = Duration::from_millis(300);
/// A failure is told in more than one line: the answer is what stands after this time.
const SETTLE: Duration = Duration::from_millis(50);
/// The same while a look is under way, such as that at a container that has just ended.
const SETTLE_WHILE_LOOKING: Duration = Duration::from_millis(150);

impl Session {
    /// Looks on until the answer is settled or the time is over, but at least once. `progress` hears of each change.
    pub async fn wait(&self, limit: Duration, mut progress: impl FnMut(&Case)) -> (Case, bool) {
        let mut context = Context::clone(&self.context);
        // No single check may outlast the whole.
        context.limits.timeout = context.limits.timeout.min(limit.max(SHORTEST_LOOK));
        let this = Self { interval: self.interval.min(WAIT_STEP), context: Arc::new(context), ..self.clone() };
        let (sender, mut events) = unbounded_channel();
        // Kept open: `watch` ends when nobody receives its events any more.
        let (commands, received) = unbounded_channel();
        let mut looking = JoinSet::new();
        looking.spawn(watch(this.clone(), sender, received));
        let deadline = Instant::now() + limit;
        let longest = deadline + this.context.limits.timeout.saturating_mul(LONGEST_ROUND);
        let mut latest = Box::new(this.open());
        let began = this.context.now();
        let mut looked = false;
        // The last look before the wait ends without an answer: whether it was begun, and whether it has brought anything.
        let (mut last_look, mut answered) = (false, false);
        // When the answer was settled first, and until when more of the proof may come.
        let mut settled: Option<Instant> = None;
        let mut end = longest;
        loop {
            let Ok(event) = tokio::time::timeout_at(end.into(), events.recv()).await else {
                if settled.is_some() || last_look {
                    return (*latest, settled.is_some());
                }
                last_look = true;
                for id in LAST_CHECKS.into_iter().filter(|id| this.wanted.contains(id)) {
                    let _ = commands.send(WatchCommand::Recheck(Some(id)));
                }
                end = Instant::now() + this.context.limits.timeout.min(LAST_LOOK);
                continue;
            };
            match event {
                Some(CaseEvent::Case { case, idle }) => {
                    progress(&case);
                    looked |= idle;
                    latest = case;
                    if !this.is_settled(&latest)
                        || is_history(&latest, began)
                        || (this.all && !this.are_others_settled(&latest))
                    {
                        settled = None;
                    } else if idle {
                        settled.get_or_insert_with(Instant::now);
                    }
                    end = match settled {
                        Some(since) => since + settling(&latest, idle),
                        None if last_look && answered && idle => return (*latest, false),
                        None if last_look => end,
                        None if looked => deadline,
                        None => longest,
                    };
                }
                Some(CaseEvent::Update(update)) => answered |= last_look && LAST_CHECKS.contains(&update.probe()),
                Some(_) => {}
                None => return (*latest, false),
            }
        }
    }

    /// Whether waiting could not change the answer any more.
    pub fn is_settled(&self, case: &Case) -> bool {
        self.is_final(case.diagnosis.status, &case.diagnosis.headline.cause, case.snapshot.container())
    }

    /// Whether waiting could not change the answer about any other instance. One that has ended is not waited for.
    fn are_others_settled(&self, case: &Case) -> bool {
        let Some(instances) = case.snapshot.instances.value() else { return false };
        instances.others.iter().all(|container| {
            let runs = matches!(container.state.status, State::Running | State::Restarting);
            let seen = case.snapshot.others.iter().any(|evidence| evidence.is_of(container));
            let answer = case.diagnosis.others.iter().find(|other| other.container == container.name);
            let settled = answer.is_some_and(|other| self.is_final(other.status, &other.cause, Some(container)));
            !runs || (seen && settled)
        })
    }

    /// Whether waiting could not change the answer about this container.
    ///
    /// A restart may fix what the network broke, or a crash; it never fixes a token. While a container goes on running, it
    /// may try again by itself.
    fn is_final(&self, status: Status, cause: &str, container: Option<&Container>) -> bool {
        let class = self.catalogue.cause(cause).map(|c| c.class);
        let passes = matches!(class, Some(Class::Network | Class::NotLicense));
        let now = self.context.now();
        let tries_again = container.is_some_and(|c| c.restarter(now) != Restarter::Nobody);
        match status {
            Status::Activated | Status::NoLicenseNeeded => true,
            Status::Undecided => false,
            Status::NotActivated => !(passes && tries_again),
        }
    }
}

/// Whether the answer rests on an instance that was gone before the wait began: somebody may be about to start the next.
fn is_history(case: &Case, began: Timestamp) -> bool {
    let Some(instances) = case.snapshot.instances.value().filter(|i| i.chosen.is_none()) else { return false };
    let ended = instances.vanished.first().and_then(|gone| gone.at);
    case.diagnosis.status == Status::NotActivated && ended.is_some_and(|at| at < began)
}

/// How long an answer has to stand before the wait ends with it.
fn settling(case: &Case, idle: bool) -> Duration {
    let runs = case.snapshot.container().is_some_and(|c| c.state.status == State::Running);
    match case.diagnosis.status {
        Status::NotActivated if runs => SETTLE_WHILE_RUNNING,
        _ if idle => SETTLE,
        _ => SETTLE_WHILE_LOOKING,
    }
}
