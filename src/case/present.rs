//! The moment: what was seen of an earlier start, or of another instance, is history the moment it is known to be one.
//!
//! # Why
//!
//! Observations come one by one, and each is true only of the moment at which it was made. A container that was restarted
//! a second ago has a new state, and still the log and the answer of the start before. Judged together they would say
//! "activated, up for 0 s", and three seconds later LocalStack would quit over its license.
//!
//! # The rule
//!
//! An observation of a log or an endpoint carries the start that it is of ([`StartId`]: an instance and a time). After each
//! update the fold compares it with the present start of the chosen instance. What is of another start goes in the same
//! step:
//!
//! | what | while the new start runs | after it has ended | while no instance is there |
//! |---|---|---|---|
//! | log | an empty log: it has not spoken yet | awaited: its own log is about to be read | stays only if it is that of the instance that was removed last |
//! | endpoint | not asked yet | not asked yet | not asked yet |
//!
//! In a restart loop the starts of the old log become *earlier* starts of the new one, which may speak of a failure.
//!
//! An observation without a start (an old recording, an endpoint that cannot be attributed) goes when the start changes.
//!
//! Within one start the opposite holds: what `/info` said once is as good as a line of the log, and a gateway that does not
//! answer for a while takes nothing back. It is kept as [`Endpoint::said_before`].

use jiff::Timestamp;

use crate::observations::{Answer, Endpoint, Info, LogDigest, Observation, Snapshot, StartId};

/// The number of earlier starts that are kept of a restart loop.
const MOST_EARLIER: usize = 8;

/// The present start, and what it said of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Present {
    /// The present start of the chosen instance; nothing while no instance is there, or none was looked for yet.
    start: Option<StartId>,
    /// Whether instances were ever looked for with success.
    known: bool,
    /// What the present start said at `/_localstack/info` when its license was activated.
    said: Option<Info>,
}

impl Present {
    /// Takes out of the snapshot what is not of the present start, and keeps what that start said.
    pub(super) fn settle(&mut self, snapshot: &mut Snapshot) {
        let Some(instances) = snapshot.instances.value() else { return };
        let at = snapshot.instances.at();
        let start = instances.chosen.as_ref().map(|chosen| chosen.start());
        let changed = self.known && self.start != start;
        if changed {
            self.said = None;
        }
        let (before, known) = (std::mem::replace(&mut self.start, start), std::mem::replace(&mut self.known, true));
        self.settle_log(snapshot, changed, at);
        self.settle_endpoint(snapshot, changed && known && before.is_some());
    }

    fn settle_log(&self, snapshot: &mut Snapshot, changed: bool, at: Option<Timestamp>) {
        let Some(log) = snapshot.logs.value() else { return };
        let foreign = match &log.of {
            Some(of) => Some(of) != self.start.as_ref(),
            None => changed,
        };
        if !foreign {
            return;
        }
        let now = at.unwrap_or_default();
        let next = match (snapshot.container(), &self.start) {
            (Some(chosen), Some(start)) if chosen.state.status.is_live() => {
                let same = log.of.as_ref().is_some_and(|of| of.handle == start.handle);
                let mut earlier = Vec::new();
                if same && chosen.is_looping(now) {
                    earlier = log.earlier.iter().chain(&log.runs).cloned().collect();
                    let surplus = earlier.len().saturating_sub(MOST_EARLIER);
                    earlier.drain(..surplus);
                }
                let log = LogDigest::silent(start.clone(), log.origin.clone(), earlier);
                Observation::seen(snapshot.logs.at().unwrap_or_default(), log)
            }
            (Some(_), _) => Observation::Pending { since: now },
            (None, _) => {
                let gone = snapshot.instances.value().and_then(|i| i.vanished.first());
                let is_of_gone = |of: &StartId| gone.is_some_and(|gone| gone.id == of.handle.id);
                if log.of.as_ref().is_none_or(is_of_gone) {
                    return;
                }
                Observation::Skipped { because: "no LocalStack container was found".to_owned() }
            }
        };
        snapshot.logs = next;
    }

    fn settle_endpoint(&mut self, snapshot: &mut Snapshot, changed: bool) {
        let started = self.start.as_ref().and_then(|start| start.started_at);
        let runs = snapshot.container().is_some_and(|c| c.state.status.has_process());
        let Observation::Seen { at, value, .. } = &mut snapshot.endpoint else { return };
        let foreign = match &value.of {
            // The port of a container that has ended was asked before its end.
            Some(of) => Some(of) != self.start.as_ref() || (!runs && !value.answer.is_silence()),
            // What was asked after the new start is not an earlier one's.
            None => changed && started.is_none_or(|started| *at < started),
        };
        if foreign {
            let (url, chosen_by) = (std::mem::take(&mut value.url), std::mem::take(&mut value.chosen_by));
            *value = Endpoint { url, chosen_by, ..Endpoint::default() };
        }
        let own = value.of.is_some();
        match &value.info {
            Some(info) if own && info.is_license_activated == Some(true) => self.said = Some(info.clone()),
            Some(_) if own => self.said = None,
            _ => {}
        }
        // Of a start that has ended, nobody is left who could be activated.
        let silent = runs && value.info.is_none() && own && value.answer != Answer::Unknown;
        value.said_before = self.said.clone().filter(|_| silent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::{Container, Handle, Instances, Run, State, Status, Update};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn start(id: &str, second: i64) -> StartId {
        StartId { handle: Handle::of_engine(id), started_at: Some(at(second)) }
    }

    fn instances(of: Option<(&str, Status, i64)>, restarts: u64) -> Update {
        let chosen = of.map(|(id, status, second)| Container {
            id: id.into(),
            state: State { status, started_at: Some(at(second)), restarts, ..State::default() },
            ..Container::default()
        });
        Update::Container(Observation::seen(at(100), Instances { chosen, ..Instances::default() }))
    }

    fn log(of: Option<StartId>) -> Update {
        let log = LogDigest { of, runs: vec![Run::default()], lines: 3, ..LogDigest::default() };
        Update::Logs(Observation::seen(at(100), log))
    }

    fn endpoint(of: Option<StartId>, activated: Option<bool>) -> Update {
        let info = activated.map(|a| Info { is_license_activated: Some(a), ..Info::default() });
        let answer = if info.is_some() { Answer::LocalStack } else { Answer::EmptyReply };
        Update::Endpoint(Observation::seen(at(100), Endpoint { of, info, answer, ..Endpoint::default() }))
    }

    fn folded(updates: impl IntoIterator<Item = Update>) -> Snapshot {
        let (mut snapshot, mut present) = (Snapshot::default(), Present::default());
        for update in updates {
            snapshot.apply(update);
            present.settle(&mut snapshot);
        }
        snapshot
    }

    const RUNS: Status = Status::Running;

    #[test]
    fn a_new_start_has_said_nothing_yet() {
        for other in [("a", RUNS, 50), ("b", RUNS, 10)] {
            for of in [None, Some(start("a", 10))] {
                let seen = [instances(Some(("a", RUNS, 10)), 0), log(of.clone()), endpoint(of, Some(true))];
                let snapshot = folded(seen.into_iter().chain([instances(Some(other), 0)]));
                let log = snapshot.logs.value().unwrap();
                assert_eq!((log.lines, log.runs.len(), log.earlier.len()), (0, 0, 0));
                if other.0 == "b" {
                    continue;
                }
                assert_eq!(log.of, Some(start("a", 50)));
            }
        }
        let of = || Some(start("a", 10));
        let snapshot = folded([
            instances(Some(("a", RUNS, 10)), 0),
            endpoint(of(), Some(true)),
            instances(Some(("a", RUNS, 50)), 0),
        ]);
        assert_eq!(snapshot.endpoint.value().unwrap().info, None);
    }

    #[test]
    fn what_comes_late_from_an_earlier_start_is_not_taken() {
        let snapshot = folded([
            instances(Some(("a", RUNS, 50)), 0),
            log(Some(start("a", 10))),
            endpoint(Some(start("a", 10)), Some(true)),
        ]);
        assert_eq!(snapshot.logs.value().unwrap().lines, 0);
        assert_eq!(snapshot.endpoint.value().unwrap().answer, Answer::Unknown);
    }

    #[test]
    fn an_ended_start_waits_for_its_own_log_and_a_loop_keeps_the_earlier_ones() {
        let seen = || [instances(Some(("a", RUNS, 10)), 0), log(Some(start("a", 10)))];
        let ended = folded(seen().into_iter().chain([instances(Some(("a", Status::Exited, 50)), 0)]));
        assert!(ended.logs.is_pending());
        let looping = folded(seen().into_iter().chain([instances(Some(("a", RUNS, 50)), 1)]));
        let log = looping.logs.value().unwrap();
        assert_eq!((log.runs.len(), log.earlier.len()), (0, 1));
    }

    #[test]
    fn without_an_instance_only_the_log_of_the_one_that_was_removed_stays() {
        let seen = || [instances(Some(("a", RUNS, 10)), 0), log(Some(start("a", 10)))];
        let gone = |id: &str| {
            let removed = crate::observations::Removed { id: id.into(), ..Default::default() };
            let instances = Instances { vanished: vec![removed], ..Instances::default() };
            Update::Container(Observation::seen(at(100), instances))
        };
        assert!(folded(seen().into_iter().chain([gone("a")])).logs.value().is_some());
        assert!(folded(seen().into_iter().chain([gone("b")])).logs.value().is_none());
    }

    #[test]
    fn within_one_start_what_info_said_is_kept_while_the_gateway_does_not_answer() {
        let of = || Some(start("a", 10));
        let seen = || vec![instances(Some(("a", RUNS, 10)), 0), endpoint(of(), Some(true)), endpoint(of(), None)];
        let said = |snapshot: &Snapshot| snapshot.endpoint.value().unwrap().said_before.is_some();
        assert!(said(&folded(seen())));
        let again = [instances(Some(("a", RUNS, 50)), 0), endpoint(Some(start("a", 50)), None)];
        assert!(!said(&folded(seen().into_iter().chain(again))));
        let taken_back = [endpoint(of(), Some(false)), endpoint(of(), None)];
        assert!(!said(&folded(seen().into_iter().chain(taken_back))));
    }
}
