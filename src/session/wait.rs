//! Waiting: looks on until the answer is settled or the time is over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

use super::run::{LONGEST_ROUND, Session};
use super::watch::watch;
use crate::case::{Case, CaseEvent};
use crate::diagnosis::{Class, Status};
use crate::observations::{Container, Status as State};
use crate::probes::Context;

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
        let (_commands, received) = unbounded_channel();
        let mut looking = JoinSet::new();
        looking.spawn(watch(this.clone(), sender, received));
        let deadline = Instant::now() + limit;
        let longest = deadline + this.context.limits.timeout.saturating_mul(LONGEST_ROUND);
        let mut latest = Box::new(this.open());
        let mut looked = false;
        // When the answer was settled first, and until when more of the proof may come.
        let mut settled: Option<Instant> = None;
        let mut end = longest;
        loop {
            let Ok(event) = tokio::time::timeout_at(end.into(), events.recv()).await else {
                return (*latest, settled.is_some());
            };
            match event {
                Some(CaseEvent::Case { case, idle }) => {
                    progress(&case);
                    looked |= idle;
                    latest = case;
                    if !this.is_settled(&latest) || (this.all && !this.are_others_settled(&latest)) {
                        settled = None;
                    } else if idle {
                        settled.get_or_insert_with(Instant::now);
                    }
                    end = match settled {
                        Some(since) => since + if idle { SETTLE } else { SETTLE_WHILE_LOOKING },
                        None if looked => deadline,
                        None => longest,
                    };
                }
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

    fn is_final(&self, status: Status, cause: &str, container: Option<&Container>) -> bool {
        let class = self.catalogue.cause(cause).map(|c| c.class);
        let policy = container.map(|c| c.settings.restart_policy.as_str()).unwrap_or_default();
        let tries_again = !matches!(policy, "" | "no");
        match status {
            Status::Activated | Status::NoLicenseNeeded => true,
            Status::Undecided => false,
            // A restart may mend what the network broke, or a crash; it never mends a token.
            Status::NotActivated => !(tries_again && matches!(class, Some(Class::Network | Class::NotLicense))),
        }
    }
}
