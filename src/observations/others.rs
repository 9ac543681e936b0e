//! What was seen of the instances that the verdict is not about, and the snapshot of one of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::container::{Container, Instances, State, Status};
use super::credentials::Credentials;
use super::endpoint::Endpoint;
use super::log::LogDigest;
use super::observation::Observation;
use super::subjects::Snapshot;
use super::target::Target;

/// One start of one container, and its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct InstanceRun {
    /// The id of the container in full; its name where the evidence comes from files without ids.
    pub id: String,
    /// When the start was.
    pub started_at: Option<Timestamp>,
    /// When the latest end was: of this start, or of the one before it.
    pub finished_at: Option<Timestamp>,
}

impl InstanceRun {
    /// The present run of a container.
    pub fn of(container: &Container) -> Self {
        let State { started_at, finished_at, .. } = container.state;
        Self { id: key(container).to_owned(), started_at, finished_at }
    }
}

/// What tells containers apart: the id, or the name where files have no ids.
fn key(container: &Container) -> &str {
    if container.id.is_empty() { &container.name } else { &container.id }
}

/// The evidence of one instance that is not the chosen one. It belongs to one container and to one start of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct InstanceEvidence {
    /// The run that the evidence was collected in.
    #[serde(flatten)]
    pub run: InstanceRun,
    /// When all of it was collected.
    pub at: Option<Timestamp>,
    /// What answers at the address under which the instance itself can be reached.
    pub endpoint: Observation<Endpoint>,
    /// The log of this start.
    pub logs: Observation<LogDigest>,
    /// The credentials of the instance's own process.
    pub credentials: Observation<Credentials>,
}

impl InstanceEvidence {
    /// Whether the evidence is about the present start of this container.
    pub fn is_of(&self, container: &Container) -> bool {
        self.run.id == key(container) && self.run.started_at == container.state.started_at
    }
}

impl Snapshot {
    /// The snapshot with another instance as the chosen one, so that it is judged as the chosen one is.
    ///
    /// Evidence that was collected for the instance takes the place of the chosen one's. What belongs to this machine (the
    /// engine, its credentials, its path to the license server) is the same for both.
    pub fn about(&self, container: &Container) -> Self {
        let own = self.others.iter().find(|evidence| evidence.is_of(container));
        let is_chosen = self.container().is_some_and(|chosen| key(chosen) == key(container));
        let (endpoint, logs, credentials) = match own {
            Some(own) => (own.endpoint.clone(), own.logs.clone(), own.credentials.clone()),
            None if is_chosen => (Observation::NotAsked, self.logs.clone(), self.credentials.clone()),
            None => Default::default(),
        };
        let at = self.instances.at().unwrap_or_default();
        let chosen = Some(container.clone());
        let instances = Instances { chosen, chosen_by: "one of several".to_owned(), ..Instances::default() };
        Self {
            target: Target { container: Some(container.name.clone()), endpoint: None, ..self.target.clone() },
            engine: self.engine.clone(),
            instances: Observation::seen(at, instances),
            endpoint: if container.state.status == Status::Running { endpoint } else { Observation::NotAsked },
            logs,
            credentials: self.with_credentials_of_host(credentials),
            host: self.host.clone(),
            ..Self::default()
        }
    }

    /// Adds this machine's credentials, which were collected once for all instances.
    fn with_credentials_of_host(&self, mut credentials: Observation<Credentials>) -> Observation<Credentials> {
        if let (Observation::Seen { value, .. }, Some(seen)) = (&mut credentials, self.credentials.value()) {
            value.host.clone_from(&seen.host);
        }
        credentials
    }

    /// Takes in the evidence of one instance, in place of what was seen of it before.
    pub(super) fn take_evidence(&mut self, evidence: InstanceEvidence) {
        match self.others.iter_mut().find(|other| other.run.id == evidence.run.id) {
            Some(other) => *other = evidence,
            None => self.others.push(evidence),
        }
    }

    /// Drops evidence of instances that are gone, or were started again: it is history.
    pub(super) fn drop_old_evidence(&mut self) {
        let Some(instances) = self.instances.value() else { return };
        self.others.retain(|evidence| instances.others.iter().any(|container| evidence.is_of(container)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::endpoint::Answer;
    use super::super::subjects::Update;
    use super::*;

    fn container(id: &str, started: i64) -> Container {
        let started_at = Timestamp::from_second(started).ok();
        let state = State { status: Status::Running, started_at, ..State::default() };
        Container { id: id.to_owned(), name: id.to_owned(), state, ..Container::default() }
    }

    fn listed(chosen: Container, others: Vec<Container>) -> Update {
        let instances = Instances { chosen: Some(chosen), others, ..Instances::default() };
        Update::Container(Observation::seen(Timestamp::UNIX_EPOCH, instances))
    }

    #[test]
    fn evidence_belongs_to_one_start_of_one_instance() {
        let (a, b, again) = (container("a", 1), container("b", 2), container("b", 3));
        let endpoint = Endpoint { answer: Answer::LocalStack, ..Endpoint::default() };
        let evidence = InstanceEvidence {
            run: InstanceRun::of(&b),
            endpoint: Observation::seen(Timestamp::UNIX_EPOCH, endpoint),
            ..InstanceEvidence::default()
        };
        let mut snapshot = Snapshot::default();
        snapshot.apply(listed(a.clone(), vec![b.clone()]));
        snapshot.apply(Update::Other(evidence));
        let about = snapshot.about(&b);
        assert_eq!(about.container(), Some(&b));
        assert!(about.endpoint.value().is_some() && about.logs.value().is_none());
        let copy = snapshot.updates().into_iter().fold(Snapshot::default(), |mut copy, update| {
            copy.apply(update);
            copy
        });
        assert_eq!(copy, snapshot);
        // Another start of the same container.
        snapshot.apply(listed(a, vec![again.clone()]));
        assert!(snapshot.others.is_empty() && snapshot.about(&again).endpoint.value().is_none());
    }
}
