//! The case: everything seen so far, what follows from it, and what changed. `check`, waiting, replay and the dashboard
//! build it with the same two steps: [`Case::apply`] takes an observation in, [`Case::conclude`] takes a diagnosis in.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::change::{Change, ChangeKind};
use super::changes::Baseline;
use super::debounce::Debounce;
use super::present::Present;
use crate::diagnosis::{Diagnosis, Severity, Status};
use crate::observations;
use crate::observations::{ProbeId, Snapshot, Update};

/// The number of changes that are kept, the latest ones.
const MOST_CHANGES: usize = 500;

/// Everything seen, concluded and changed so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    /// What was seen.
    pub snapshot: Snapshot,
    /// What follows.
    pub diagnosis: Diagnosis,
    /// What changed, oldest first, bounded.
    pub changes: Vec<Change>,
    /// Since when the verdict holds.
    pub since: Option<Timestamp>,
    /// The missed answers that are held back until they are missed a second time.
    pub debounce: Debounce,
    /// The present start, which everything that is judged belongs to.
    pub present: Present,
    /// The state at the last conclusion, which the next changes are found against.
    pub baseline: Baseline,
}

impl Case {
    /// A case about this target, with nothing seen yet.
    pub fn new(snapshot: Snapshot) -> Self {
        Self { snapshot, ..Self::default() }
    }

    /// Takes an observation in without concluding anything. A single missed answer is held back, see [`Debounce`]; what is
    /// of another start or instance than the present one goes, see [`Present`].
    pub fn apply(&mut self, update: Update) {
        self.debounce.take(&mut self.snapshot, update);
        self.present.settle(&mut self.snapshot);
    }

    /// The checks whose last answer is held back. Running them again soon confirms or clears the failure.
    pub fn unconfirmed(&self) -> BTreeSet<ProbeId> {
        self.debounce.unconfirmed()
    }

    /// Takes a new diagnosis in, made at `now`, and notes what changed since the one before.
    pub fn conclude(&mut self, diagnosis: Diagnosis, now: Timestamp) {
        let mut changes = self.baseline.changes(&self.snapshot, now);
        let fresh =
            diagnosis.headline.cause != self.diagnosis.headline.cause || diagnosis.status != self.diagnosis.status;
        if fresh {
            self.since = Some(self.ended(&diagnosis, now).unwrap_or(now));
            if !diagnosis.headline.cause.is_empty() {
                let text = diagnosis.headline.summary.clone();
                changes.push(Change {
                    at: now,
                    text,
                    kind: ChangeKind::Verdict(diagnosis.status, diagnosis.headline.severity),
                });
            }
        }
        if !changes.is_empty() {
            self.changes.append(&mut changes);
            // The engine's times can lie before our own first look, so changes are sorted by time. After a leap of the clock
            // times cannot be compared with those before it: only what came after the leap is sorted.
            let leap = self.changes.iter().rposition(|change| change.kind == ChangeKind::Clock).map_or(0, |at| at + 1);
            let mut since = self.changes.split_off(leap);
            since.sort_by_key(|change| change.at);
            self.changes.append(&mut since);
        }
        let surplus = self.changes.len().saturating_sub(MOST_CHANGES);
        self.changes.drain(..surplus);
        self.diagnosis = diagnosis;
    }

    /// The changes that an earlier state of this case did not have, oldest first, each with the name of the instance where
    /// that is not the chosen one. Without an earlier state, the verdict counts as the only change of its kind: what was
    /// concluded on the way to it, while answers were still to come, is left out.
    pub fn changes_since(&self, before: Option<&Self>) -> Vec<(Option<String>, Change)> {
        let known = before.map(|case| case.changes.as_slice()).unwrap_or_default();
        let mut fresh: Vec<Change> = self.changes.iter().filter(|change| !known.contains(change)).cloned().collect();
        if before.is_none() {
            let is_verdict = |change: &Change| matches!(change.kind, ChangeKind::Verdict(..));
            let last = fresh.iter().rposition(is_verdict);
            let mut index = 0..;
            fresh.retain(|change| index.next() == last || !is_verdict(change));
        }
        let at = self.snapshot.instances.at().or(self.since).unwrap_or_default();
        let others = self.diagnosis.others.iter().filter(|other| {
            let known = before.and_then(|case| case.diagnosis.others.iter().find(|o| o.container == other.container));
            !other.cause.is_empty() && known.is_none_or(|o| (o.status, &o.cause) != (other.status, &other.cause))
        });
        let others = others.map(|other| {
            let kind = ChangeKind::Verdict(other.status, other.severity);
            (Some(other.container.clone()), Change { at, text: other.summary.clone(), kind })
        });
        fresh.into_iter().map(|change| (None, change)).chain(others).collect()
    }

    /// The time since which the verdict holds, where that is the end of the container: a failure that ended it was true
    /// from that moment on, not from our first look on.
    fn ended(&self, diagnosis: &Diagnosis, now: Timestamp) -> Option<Timestamp> {
        let state = &self.snapshot.container()?.state;
        let failed = diagnosis.status == Status::NotActivated || diagnosis.headline.severity == Severity::Error;
        let ended = state.status == observations::Status::Exited && failed;
        state.finished_at.filter(|at| ended && *at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::{
        Answer, Container, Dns, DnsStatus, Endpoint, ErrorKind, Instances, Observation, ProbeError, RecordAnswer,
        ResolverAnswer, State, Viewpoint,
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn container(status: observations::Status, started: i64, ended: Option<(i64, i64)>) -> Update {
        let state = State {
            status,
            started_at: Some(at(started)),
            finished_at: ended.map(|(second, _)| at(second)),
            exit_code: ended.map(|(_, code)| code),
            ..State::default()
        };
        let chosen = Some(Container { id: "c".into(), name: "main".into(), state, ..Container::default() });
        Update::Container(Observation::seen(at(0), Instances { chosen, ..Instances::default() }))
    }

    fn endpoint(answer: Answer) -> Update {
        Update::Endpoint(Observation::seen(at(0), Endpoint { answer, ..Endpoint::default() }))
    }

    fn dns(answers: bool) -> Update {
        let dns = Dns { hosts_file: vec![[1, 1, 1, 1].into()], ..Dns::default() };
        let failed = ProbeError::new(ErrorKind::Timeout, "no answer");
        let seen = if answers {
            Observation::seen(at(0), dns)
        } else {
            Observation::Failed { at: at(0), took_ms: 1.0, error: failed }
        };
        Update::Dns(Viewpoint::Host, seen)
    }

    fn verdict(cause: &str, status: Status) -> Diagnosis {
        let mut diagnosis = Diagnosis { status, ..Diagnosis::default() };
        diagnosis.headline.cause = cause.to_owned();
        diagnosis.headline.summary = format!("It is {cause}.");
        diagnosis
    }

    fn told(case: &Case) -> Vec<(i64, &str)> {
        case.changes.iter().map(|change| (change.at.as_second(), change.text.as_str())).collect()
    }

    #[test]
    fn the_timeline_tells_ends_starts_and_answers_with_their_own_times() {
        use observations::Status::{Exited, Running};
        let mut case = Case::default();
        case.snapshot.target.license_host = "api.example".into();
        for (second, updates) in [
            (10, vec![container(Running, 3, None), endpoint(Answer::EmptyReply), dns(true)]),
            (20, vec![container(Exited, 3, Some((18, 55))), endpoint(Answer::Refused)]),
            (30, vec![container(Running, 28, Some((18, 0))), endpoint(Answer::EmptyReply), dns(false)]),
            (31, vec![dns(false)]),
            (40, vec![endpoint(Answer::LocalStack), dns(true)]),
            (50, vec![container(Running, 49, None), endpoint(Answer::LocalStack)]),
        ] {
            updates.into_iter().for_each(|update| case.apply(update));
            case.conclude(verdict("one", Status::Undecided), at(second));
        }
        assert_eq!(
            told(&case),
            [
                (3, "`main` started."),
                (10, "It is one."),
                (18, "`main` died with exit code 55."),
                (28, "`main` started."),
                (31, "api.example no longer resolves."),
                (40, "The endpoint answers."),
                (40, "api.example resolves again."),
                (49, "`main` restarted."),
            ]
        );
    }

    #[test]
    fn another_network_is_told_by_its_resolvers() {
        let mut case = Case::default();
        for (second, servers) in
            [(1, vec!["10.0.0.2:53"]), (2, vec![]), (3, vec!["10.0.0.2:53"]), (4, vec!["10.8.0.1:53"])]
        {
            let record = RecordAnswer { status: DnsStatus::NoError, addresses: Vec::new(), over_tcp: false };
            let answer = |server: &&str| ResolverAnswer {
                server: (*server).to_owned(),
                source: String::new(),
                a: record.clone(),
                aaaa: record.clone(),
                took_ms: 1.0,
            };
            let dns = Dns { resolvers: servers.iter().map(answer).collect(), ..Dns::default() };
            case.apply(Update::Dns(Viewpoint::Host, Observation::seen(at(second), dns)));
            case.conclude(verdict("one", Status::Undecided), at(second));
        }
        let text = "This machine now asks 10.8.0.1:53 for names; before, it asked 10.0.0.2:53.";
        assert_eq!(told(&case), [(1, "It is one."), (4, text)]);
    }

    #[test]
    fn what_stays_as_it_is_is_told_once() {
        let mut case = Case::default();
        for second in 0..50 {
            case.apply(container(observations::Status::Running, 1, None));
            case.apply(endpoint(if second % 2 == 0 { Answer::LocalStack } else { Answer::Hung }));
            case.conclude(verdict("one", Status::Activated), at(5 + second));
        }
        assert_eq!(told(&case), [(1, "`main` started."), (5, "It is one.")]);
        assert_eq!(case.since, Some(at(5)));
    }

    #[test]
    fn a_verdict_about_a_start_that_ended_holds_since_its_end() {
        let mut case = Case::default();
        case.apply(container(observations::Status::Exited, 1, Some((7, 55))));
        case.conclude(verdict("one", Status::NotActivated), at(5_000));
        assert_eq!(case.since, Some(at(7)));
    }

    #[test]
    fn changes_are_bounded() {
        let mut case = Case::default();
        for second in 0..2_000 {
            case.conclude(verdict(&second.to_string(), Status::Undecided), at(second));
        }
        assert_eq!(case.changes.len(), MOST_CHANGES);
        assert_eq!(case.changes[0].text, "It is 1500.");
    }
}
