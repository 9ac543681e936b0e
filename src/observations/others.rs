//! What was seen of the instances that the verdict is not about, and the snapshot of one of them.

use super::container::{Container, Instances, Status};
use super::credentials::Credentials;
use super::evidence::{InstanceEvidence, key};
use super::observation::Observation;
use super::subjects::Snapshot;
use super::target::Target;

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
    use jiff::Timestamp;

    use crate::observations::{Endpoint, InstanceRun, State};

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
