//! The subject: which instance the answer is about, and the snapshot without what belongs to others.

use crate::observations::{Answer, Container, Endpoint, Observation, Snapshot, host_of};

/// The snapshot without what is not about the instance in question: when LocalStack answers at the endpoint and the
/// only container has ended, a process without a container is what answers.
pub(super) fn subject(snapshot: &Snapshot) -> Snapshot {
    let mut subject = snapshot.clone();
    if snapshot.target.from_files {
        return subject;
    }
    let answers = snapshot.endpoint.value().is_some_and(|e| matches!(e.answer, Answer::LocalStack));
    let named = snapshot.target.container.is_some() && snapshot.target.endpoint.is_none();
    let absent = snapshot.instances.value().is_some_and(|i| i.chosen.is_none());
    if named && absent {
        let because = "the named container does not exist; another instance answers".to_owned();
        subject.endpoint = Observation::Skipped { because };
    }
    let Some(container) = snapshot.container() else { return subject };
    if named && !is_own(snapshot.endpoint.value(), container) {
        // Where a container was named, an answer counts only at its own port or address.
        let because = format!("{} is not reached there; what answers is another's", container.name);
        subject.endpoint = Observation::Skipped { because };
    }
    if container.foreign {
        // What another program says, and what it is given, is not LocalStack's word.
        subject.logs = Observation::Skipped { because: "the container is not a LocalStack container".to_owned() };
        subject.credentials = Observation::NotAsked;
    }
    // What exists comes before what is gone, whichever ended later.
    if answers && !container.state.status.is_live() {
        if snapshot.target.container.is_some() {
            subject.endpoint = Observation::Skipped {
                because: format!("{} does not run; another LocalStack answers there", container.name),
            };
        } else {
            return without_container(subject, "LocalStack runs without a container");
        }
    }
    subject
}

/// The instances that the answer is not about: those of the list, and the chosen container where something else answers.
pub(super) fn others(snapshot: &Snapshot) -> Vec<Container> {
    subject(snapshot).instances.value().map(|instances| instances.others.clone()).unwrap_or_default()
}

/// Whether the endpoint is this container's own: the observation says so, or the container publishes the port that was
/// asked.
fn is_own(endpoint: Option<&Endpoint>, container: &Container) -> bool {
    let Some(endpoint) = endpoint else { return true };
    if let Some(of) = &endpoint.of {
        return of.handle == container.handle();
    }
    let authority = endpoint.url.split_once("://").map_or(endpoint.url.as_str(), |(_, rest)| rest);
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.trim_end_matches('/').parse::<u16>().ok());
    let published = container.network.ports.iter().any(|p| Some(p.host) == port);
    published || container.network.mode == "host" || container.network.addresses.contains(&host_of(&endpoint.url))
}

/// The chosen container is one of the others; what was read of it is not about the instance in question.
fn without_container(mut subject: Snapshot, because: &str) -> Snapshot {
    if let Observation::Seen { value, .. } = &mut subject.instances {
        let chosen = value.chosen.take();
        value.others.splice(0..0, chosen);
    }
    subject.logs = Observation::Skipped { because: because.to_owned() };
    if let Observation::Seen { value, .. } = &mut subject.credentials {
        value.process_seen = false;
        value.process.clear();
    }
    subject
}
