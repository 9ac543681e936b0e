//! Steadiness: an answer that fails to come once, after it had come, changes nothing; the second time it does.
//! Pure, and part of the fold, so that live looking, a recording and its replay hold the same answers back.

use std::collections::BTreeSet;

use crate::observations::{Answer, Dns, Endpoint, Observation, ProbeId, Snapshot, Tcp, Tls, Update, Viewpoint};

/// What is held back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steady {
    /// Answers that did not come the last time; what they would replace still stands. One per subject at most.
    held: Vec<Update>,
    /// The start of the container that the endpoint last answered for.
    start: Option<String>,
}

impl Steady {
    /// Takes an observation into the snapshot, or holds it back.
    pub(super) fn take(&mut self, snapshot: &mut Snapshot, update: Update) {
        let subject = subject(&update);
        let again = self.held.iter().any(|held| self::subject(held) == subject);
        self.held.retain(|held| self::subject(held) != subject);
        if !again && self.is_missed(snapshot, &update) {
            self.held.push(update);
            return;
        }
        let answered = matches!(&update, Update::Endpoint(seen) if answers(seen));
        snapshot.apply(update);
        // While the engine is away, an endpoint answers for a start that is not known yet.
        let unknown = self.start.is_none() && answers(&snapshot.endpoint);
        if answered || (unknown && subject.0 == ProbeId::Container) {
            self.start = start(snapshot);
        } else if subject.0 == ProbeId::Container && self.start != start(snapshot) {
            // Another start: the endpoint did not miss a beat, it is gone.
            let gone = self.held.iter().position(|held| self::subject(held).0 == ProbeId::Endpoint);
            if let Some(at) = gone {
                snapshot.apply(self.held.swap_remove(at));
            }
        }
    }

    /// What is to be asked again soon.
    pub(super) fn doubts(&self) -> BTreeSet<ProbeId> {
        self.held.iter().map(Update::probe).collect()
    }

    /// Whether an answer that had come does not come this time.
    fn is_missed(&self, snapshot: &Snapshot, update: &Update) -> bool {
        // What is skipped for want of an answer that is held back is held back with it.
        let followed = !self.held.is_empty();
        match update {
            Update::Engine(now) => missed(&snapshot.engine, now, followed, |_| true),
            Update::Container(now) => missed(&snapshot.instances, now, followed, |_| true),
            Update::Logs(now) => missed(&snapshot.logs, now, followed, |_| true),
            Update::Endpoint(now) => {
                self.start == start(snapshot) && answers(&snapshot.endpoint) && !answers(now) && !now.is_pending()
            }
            Update::Dns(from, now) => missed(&snapshot.path(*from).dns, now, followed, resolves),
            Update::Tcp(from, now) => missed(&snapshot.path(*from).tcp, now, followed, Tcp::connected),
            Update::Tls(from, now) => missed(&snapshot.path(*from).tls, now, followed, |t: &Tls| t.fault.is_none()),
            Update::Https(from, now) => missed(&snapshot.path(*from).https, now, followed, |_| true),
            Update::Credentials(_) | Update::Cache(_) | Update::Compose(_) | Update::Hosts(_) | Update::Proxy(..) => {
                false
            }
        }
    }
}

fn missed<T>(before: &Observation<T>, now: &Observation<T>, followed: bool, good: impl Fn(&T) -> bool) -> bool {
    let misses = match now {
        Observation::Seen { value, .. } => !good(value),
        Observation::Failed { .. } => true,
        Observation::Skipped { .. } => followed,
        Observation::NotAsked | Observation::Pending { .. } => false,
    };
    misses && before.value().is_some_and(good)
}

pub(super) fn resolves(dns: &Dns) -> bool {
    !dns.addresses().is_empty()
}

/// Whether something at the endpoint answers, whatever it says.
pub(super) fn answers(endpoint: &Observation<Endpoint>) -> bool {
    let silent = |answer: &Answer| {
        matches!(answer, Answer::Refused | Answer::Hung | Answer::EmptyReply | Answer::Unreachable { .. })
    };
    endpoint.value().is_some_and(|endpoint| !silent(&endpoint.answer))
}

/// The container and its present start; nothing when it does not run.
fn start(snapshot: &Snapshot) -> Option<String> {
    let container = snapshot.container()?;
    let running = container.state.status == crate::observations::Status::Running;
    running.then(|| format!("{} {:?}", container.id, container.state.started_at))
}

const fn subject(update: &Update) -> (ProbeId, Option<Viewpoint>) {
    (update.probe(), update.viewpoint())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::observations::{Container, ErrorKind, Instances, ProbeError, State, Status};

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn endpoint(answer: Answer) -> Update {
        Update::Endpoint(Observation::seen(AT, Endpoint { answer, ..Endpoint::default() }))
    }

    fn container(status: Status, started: i64) -> Update {
        let state = State { status, started_at: Timestamp::from_second(started).ok(), ..State::default() };
        let chosen = Some(Container { id: "c".to_owned(), state, ..Container::default() });
        Update::Container(Observation::seen(AT, Instances { chosen, ..Instances::default() }))
    }

    fn failed<T>() -> Observation<T> {
        Observation::Failed { at: AT, took_ms: 1.0, error: ProbeError::new(ErrorKind::Timeout, "no answer") }
    }

    fn folded(updates: Vec<Update>) -> (Snapshot, Steady) {
        let (mut snapshot, mut steady) = (Snapshot::default(), Steady::default());
        updates.into_iter().for_each(|update| steady.take(&mut snapshot, update));
        (snapshot, steady)
    }

    #[test]
    fn one_missed_answer_is_held_back_and_a_second_one_counts() {
        let up = [container(Status::Running, 1), endpoint(Answer::LocalStack)];
        let (snapshot, steady) = folded([&up[..], &[endpoint(Answer::Hung)]].concat());
        assert!(answers(&snapshot.endpoint));
        assert_eq!(steady.doubts(), [ProbeId::Endpoint].into());
        let (snapshot, steady) = folded([&up[..], &[endpoint(Answer::Hung), endpoint(Answer::Hung)]].concat());
        assert!(!answers(&snapshot.endpoint));
        assert!(steady.doubts().is_empty());
    }

    #[test]
    fn an_answer_in_between_begins_anew() {
        let flapping = [endpoint(Answer::Hung), endpoint(Answer::LocalStack)];
        let polls = flapping.iter().cycle().take(100).cloned();
        let (snapshot, steady) = folded([endpoint(Answer::LocalStack)].into_iter().chain(polls).collect());
        assert!(answers(&snapshot.endpoint) && steady.doubts().is_empty());
    }

    #[test]
    fn the_end_of_the_container_needs_no_second_look() {
        for end in [container(Status::Exited, 1), container(Status::Running, 2)] {
            let up = [container(Status::Running, 1), endpoint(Answer::LocalStack)];
            // Whichever is noticed first.
            let (snapshot, _) = folded([&up[..], &[end.clone(), endpoint(Answer::Refused)]].concat());
            assert!(!answers(&snapshot.endpoint));
            let (snapshot, _) = folded([&up[..], &[endpoint(Answer::Refused), end]].concat());
            assert!(!answers(&snapshot.endpoint));
        }
    }

    #[test]
    fn what_is_skipped_because_of_a_doubt_waits_with_it() {
        let (host, answered) = (Viewpoint::Host, Dns { hosts_file: vec![[1, 1, 1, 1].into()], ..Dns::default() });
        let up = || {
            vec![
                Update::Dns(host, Observation::seen(AT, answered.clone())),
                Update::Https(host, Observation::seen(AT, Default::default())),
            ]
        };
        let skipped = || Update::Https(host, Observation::Skipped { because: "no address".to_owned() });
        let down = || vec![Update::Dns(host, failed()), skipped()];
        let (snapshot, steady) = folded([up(), down()].concat());
        assert!(snapshot.host.dns.value().is_some() && snapshot.host.https.value().is_some());
        assert_eq!(steady.doubts(), [ProbeId::Dns, ProbeId::Https].into());
        let (snapshot, _) = folded([up(), down(), down()].concat());
        assert!(snapshot.host.dns.value().is_none() && snapshot.host.https.value().is_none());
        // By itself, skipping is an answer.
        let (snapshot, _) = folded([up(), vec![skipped()]].concat());
        assert!(snapshot.host.https.value().is_none());
    }

    #[test]
    fn a_first_answer_is_taken_as_it_comes() {
        let (snapshot, steady) = folded(vec![Update::Engine(failed()), endpoint(Answer::Refused)]);
        assert!(snapshot.engine.error().is_some() && snapshot.endpoint.value().is_some());
        assert!(steady.doubts().is_empty());
    }
}
