//! The subject: which instance the answer is about, and the snapshot without what belongs to others.

use crate::observations::{Answer, Container, Observation, Snapshot, Status};

/// The snapshot without what is not about the instance in question: when LocalStack answers at the endpoint and the
/// only container has ended, a process without a container is what answers.
pub(super) fn subject(snapshot: &Snapshot) -> Snapshot {
    let mut subject = snapshot.clone();
    if snapshot.target.from_files {
        return subject;
    }
    let answers = snapshot.endpoint.value().is_some_and(|e| matches!(e.answer, Answer::LocalStack));
    let missing = snapshot.instances.value().is_some_and(|i| i.missing.is_some());
    if missing && snapshot.target.endpoint.is_none() {
        let because = "the container that was named is not there; what answers is another's".to_owned();
        subject.endpoint = Observation::Skipped { because };
    }
    let Some(container) = snapshot.container() else { return subject };
    if container.foreign {
        // What another program says, and what it is given, is not LocalStack's word.
        subject.logs = Observation::Skipped { because: "the container is none of LocalStack's".to_owned() };
        subject.credentials = Observation::NotAsked;
    }
    let alive = matches!(container.state.status, Status::Running | Status::Paused | Status::Restarting);
    let ended = container.state.finished_at.or(container.state.created_at);
    let later = snapshot
        .instances
        .value()
        .and_then(|i| i.vanished.first())
        .and_then(|v| v.at)
        .is_some_and(|at| Some(at) > ended);
    if !alive && later && snapshot.target.container.is_none() && !answers {
        // What ended last is what people ask about, even if it removed itself.
        return without_container(subject, "the container removed itself");
    }
    if answers && !alive {
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
