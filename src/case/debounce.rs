//! Debouncing: a good answer that is missed once changes nothing; missed twice in a row, it does.
//!
//! # Why
//!
//! While lsdoctor watches, every check runs again and again. One lost datagram or one busy second of the engine would turn
//! the verdict into a failure and back again: `--wait` would end on it, and the timeline would show two changes that
//! nobody can act on. A real failure, on the other hand, has to show within a poll or two. So a failure counts once it is
//! confirmed by a second one, and the session runs the checks in [`Debounce::unconfirmed`] again on its next tick.
//!
//! # The rule
//!
//! An observation is a *miss* when the snapshot has a good answer of the same subject (the same check, seen from the same
//! viewpoint) and this observation is none. What "good" means is the subject's: a name resolves, a connection is made.
//!
//! - The first miss is held back; the snapshot keeps the good answer.
//! - The second miss in a row is applied, and nothing is held any more.
//! - A good answer is applied, and the held miss is forgotten.
//! - Without a good answer before it, an observation is applied as it comes: the first failure of a check counts at once.
//!
//! ```text
//! observation     held back     snapshot
//! DNS resolves    -             resolves
//! DNS times out   DNS           resolves
//! DNS resolves    -             resolves
//! DNS times out   DNS           resolves
//! DNS times out   -             timed out
//! ```
//!
//! # Three special cases
//!
//! 1. *Skipped steps.* A skipped check is an answer ("there was nothing to ask") and is applied. But while a miss is held,
//!    a step is most likely skipped because of that miss: no address, so no connection. It then counts as a miss itself,
//!    and both are held and confirmed together.
//! 2. *The end of a container.* Its endpoint falls silent for good, and no second poll is needed to know it.
//!    [`Debounce::start`] remembers the start of the container that the endpoint last answered for. A silent endpoint of
//!    another start, or of none, is no miss. If the endpoint is seen first and the container second, the held miss is
//!    applied when the container's end or restart is seen.
//! 3. *What is read from files and settings* (credentials, cached licenses, compose files, proxy variables), other hosts,
//!    which are asked once, and the evidence of other instances are never debounced.
//!
//! The rule is pure and part of the fold, so a live session, its recording and the replay hold back the same answers.

use std::collections::BTreeSet;

use crate::observations::{Answer, Dns, Endpoint, Observation, ProbeId, Snapshot, Status, Tcp, Tls, Update, Viewpoint};

/// The missed answers that are not confirmed yet. The head of this file explains the rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Debounce {
    /// The last observation of each subject whose good answer was missed once. One per subject at most.
    held: Vec<Update>,
    /// The start of the container that the endpoint last answered for.
    start: Option<String>,
}

impl Debounce {
    /// Takes an observation into the snapshot, or holds it back.
    pub(super) fn take(&mut self, snapshot: &mut Snapshot, update: Update) {
        if matches!(update, Update::Other(_)) {
            return snapshot.apply(update);
        }
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
            // The container ended or started again: a held miss of its endpoint needs no confirmation.
            let gone = self.held.iter().position(|held| self::subject(held).0 == ProbeId::Endpoint);
            if let Some(at) = gone {
                snapshot.apply(self.held.swap_remove(at));
            }
        }
    }

    /// The checks whose good answer was missed once. Running them again confirms or clears the failure.
    pub(super) fn unconfirmed(&self) -> BTreeSet<ProbeId> {
        self.held.iter().map(Update::probe).collect()
    }

    /// Whether this observation is a miss: the snapshot has a good answer of its subject, and this is none.
    fn is_missed(&self, snapshot: &Snapshot, update: &Update) -> bool {
        let holds = !self.held.is_empty();
        match update {
            Update::Engine(now) => missed(&snapshot.engine, now, holds, |_| true),
            Update::Container(now) => missed(&snapshot.instances, now, holds, |_| true),
            Update::Logs(now) => missed(&snapshot.logs, now, holds, |_| true),
            Update::Endpoint(now) => {
                self.start == start(snapshot) && answers(&snapshot.endpoint) && !answers(now) && !now.is_pending()
            }
            Update::Dns(from, now) => missed(&snapshot.path(*from).dns, now, holds, resolves),
            Update::Tcp(from, now) => missed(&snapshot.path(*from).tcp, now, holds, Tcp::connected),
            Update::Tls(from, now) => missed(&snapshot.path(*from).tls, now, holds, |t: &Tls| t.fault.is_none()),
            Update::Https(from, now) => missed(&snapshot.path(*from).https, now, holds, |_| true),
            Update::Credentials(_)
            | Update::Cache(_)
            | Update::Compose(_)
            | Update::Hosts(_)
            | Update::Proxy(..)
            | Update::Other(_) => false,
        }
    }
}

/// Whether `before` is good and `now` is not. `holds` says that another miss is held back, which a skipped check follows.
fn missed<T>(before: &Observation<T>, now: &Observation<T>, holds: bool, good: impl Fn(&T) -> bool) -> bool {
    let misses = match now {
        Observation::Seen { value, .. } => !good(value),
        Observation::Failed { .. } => true,
        Observation::Skipped { .. } => holds,
        Observation::NotAsked | Observation::Pending { .. } => false,
    };
    misses && before.value().is_some_and(good)
}

/// Whether the name has an address that a connection would use.
pub(super) fn resolves(dns: &Dns) -> bool {
    !dns.addresses().is_empty()
}

/// Whether something at the endpoint answers, whatever it says.
pub(super) fn answers(endpoint: &Observation<Endpoint>) -> bool {
    endpoint.value().is_some_and(|endpoint| !endpoint.answer.is_silence() && endpoint.answer != Answer::Unknown)
}

/// Names the present start of the container, by its id and the time of the start; nothing when it does not run.
fn start(snapshot: &Snapshot) -> Option<String> {
    let container = snapshot.container()?;
    let running = container.state.status == Status::Running;
    running.then(|| format!("{} {:?}", container.id, container.state.started_at))
}

/// The subject of an update: its check and, for steps of the path to the license server, its viewpoint.
const fn subject(update: &Update) -> (ProbeId, Option<Viewpoint>) {
    (update.probe(), update.viewpoint())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::observations::{Answer, Container, ErrorKind, Instances, ProbeError, State};

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

    fn folded(updates: Vec<Update>) -> (Snapshot, Debounce) {
        let (mut snapshot, mut debounce) = (Snapshot::default(), Debounce::default());
        updates.into_iter().for_each(|update| debounce.take(&mut snapshot, update));
        (snapshot, debounce)
    }

    #[test]
    fn one_missed_answer_is_held_back_and_a_second_one_counts() {
        let up = [container(Status::Running, 1), endpoint(Answer::LocalStack)];
        let (snapshot, debounce) = folded([&up[..], &[endpoint(Answer::Hung)]].concat());
        assert!(answers(&snapshot.endpoint));
        assert_eq!(debounce.unconfirmed(), [ProbeId::Endpoint].into());
        let (snapshot, debounce) = folded([&up[..], &[endpoint(Answer::Hung), endpoint(Answer::Hung)]].concat());
        assert!(!answers(&snapshot.endpoint));
        assert!(debounce.unconfirmed().is_empty());
    }

    #[test]
    fn an_answer_in_between_begins_anew() {
        let flapping = [endpoint(Answer::Hung), endpoint(Answer::LocalStack)];
        let polls = flapping.iter().cycle().take(100).cloned();
        let (snapshot, debounce) = folded([endpoint(Answer::LocalStack)].into_iter().chain(polls).collect());
        assert!(answers(&snapshot.endpoint) && debounce.unconfirmed().is_empty());
    }

    #[test]
    fn the_end_of_the_container_needs_no_second_look() {
        for end in [container(Status::Exited, 1), container(Status::Running, 2)] {
            let up = [container(Status::Running, 1), endpoint(Answer::LocalStack)];
            // Whichever of the two is seen first.
            let (snapshot, _) = folded([&up[..], &[end.clone(), endpoint(Answer::Refused)]].concat());
            assert!(!answers(&snapshot.endpoint));
            let (snapshot, _) = folded([&up[..], &[endpoint(Answer::Refused), end]].concat());
            assert!(!answers(&snapshot.endpoint));
        }
    }

    #[test]
    fn what_is_skipped_because_of_a_held_miss_waits_with_it() {
        let (host, answered) = (Viewpoint::Host, Dns { hosts_file: vec![[1, 1, 1, 1].into()], ..Dns::default() });
        let up = || {
            vec![
                Update::Dns(host, Observation::seen(AT, answered.clone())),
                Update::Https(host, Observation::seen(AT, Default::default())),
            ]
        };
        let skipped = || Update::Https(host, Observation::Skipped { because: "no address".to_owned() });
        let down = || vec![Update::Dns(host, failed()), skipped()];
        let (snapshot, debounce) = folded([up(), down()].concat());
        assert!(snapshot.host.dns.value().is_some() && snapshot.host.https.value().is_some());
        assert_eq!(debounce.unconfirmed(), [ProbeId::Dns, ProbeId::Https].into());
        let (snapshot, _) = folded([up(), down(), down()].concat());
        assert!(snapshot.host.dns.value().is_none() && snapshot.host.https.value().is_none());
        // Without a held miss, skipping is an answer.
        let (snapshot, _) = folded([up(), vec![skipped()]].concat());
        assert!(snapshot.host.https.value().is_none());
    }

    #[test]
    fn a_first_answer_is_taken_as_it_comes() {
        let (snapshot, debounce) = folded(vec![Update::Engine(failed()), endpoint(Answer::Refused)]);
        assert!(snapshot.engine.error().is_some() && snapshot.endpoint.value().is_some());
        assert!(debounce.unconfirmed().is_empty());
    }
}
