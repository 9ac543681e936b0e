//! Which instance the answer is about, how it is described, and what was not seen of it.

use super::answer::{Instance, OtherInstance, Unknown};
use super::facts::{Signal, View};
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

/// The instance in a few fields.
pub(super) fn describe(view: &View<'_>) -> Instance {
    let endpoint = view.snapshot.endpoint.value();
    let info = endpoint.and_then(|e| e.info.as_ref());
    let container = view.snapshot.container();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Instance {
        container: container.and_then(|c| some(&c.name)),
        image: container.and_then(|c| c.image.as_ref()).map(|i| i.reference.clone()),
        version: info.and_then(|i| some(&i.version)).or_else(|| view.version().map(|v| v.to_string())),
        edition: info.and_then(|i| some(&i.edition)),
        endpoint: endpoint.map(|e| e.url.clone()),
        started_at: container.and_then(|c| c.state.started_at),
        exit_code: container
            .filter(|c| !matches!(c.state.status, Status::Running | Status::Paused | Status::Created))
            .and_then(|c| c.state.exit_code),
        launched_by: Some(crate::diagnosis::wording::launch(view).name().to_owned()),
    }
}

/// The others, with a short verdict each.
pub(super) fn others(view: &View<'_>, snapshot: &Snapshot) -> Vec<OtherInstance> {
    let Some(instances) = view.snapshot.instances.value() else { return Vec::new() };
    let list = instances.others.iter().map(|container| OtherInstance {
        container: container.name.clone(),
        image: container.image.as_ref().map(|i| i.reference.clone()),
        state: container.state.status.word().to_owned(),
        summary: short(view, snapshot, container),
    });
    list.collect()
}

fn short(view: &View<'_>, snapshot: &Snapshot, container: &Container) -> String {
    // The other one alone, with nothing known but what the engine says of it.
    let alone = Snapshot {
        target: snapshot.target.clone(),
        instances: Observation::seen(
            view.now,
            crate::observations::Instances { chosen: Some(container.clone()), ..Default::default() },
        ),
        ..Snapshot::default()
    };
    let view = View { snapshot: &alone, run: None, ..*view };
    let telling = [
        Signal::PortTaken,
        Signal::OomKilled,
        Signal::Exit55,
        Signal::ExitFailure,
        Signal::Stopped,
        Signal::Restarting,
    ];
    telling
        .iter()
        .find_map(|s| s.evidence(&view))
        .map_or_else(|| format!("{}; select it for a verdict", container.state.status.word()), |e| e.text)
}

/// What was not seen, and what would settle it.
pub(super) fn unknowns(view: &View<'_>, cause: &str) -> Vec<Unknown> {
    let s = view.snapshot;
    let open = view.catalogue.cause(cause).is_none_or(|c| c.activated.is_none());
    let vague = matches!(cause, "license-failure-unspecified" | "server-unreachable" | "insufficient-evidence");
    let mut list = Vec::new();
    let mut add = |what: &str, settle: &str| list.push(Unknown { what: what.to_owned(), settle: settle.to_owned() });
    if !open && !vague {
        return list;
    }
    let files = s.target.from_files;
    if s.logs.value().is_none_or(|l| l.lines == 0) {
        add(
            "the start-up log",
            if files {
                "`docker logs CONTAINER 2>&1 | lsdoctor diagnose --log -`"
            } else {
                "a container whose log the engine keeps, or `--log FILE` of `lsdoctor diagnose`"
            },
        );
    }
    if s.endpoint.value().is_none_or(|e| e.info.is_none()) {
        add(
            "LocalStack's own word",
            "`curl -s http://localhost:4566/_localstack/info > info.json`, then `--info info.json`",
        );
    }
    if !s.credentials.value().is_some_and(|c| c.process_seen) {
        add(
            "the environment of LocalStack's process",
            "`docker inspect CONTAINER > inspect.json`, then `--inspect inspect.json`",
        );
    }
    if files && s.container().is_none_or(|c| c.image.is_none()) {
        add("the image", "`--image REFERENCE`");
    }
    if cause == "server-unreachable" && s.host.dns.value().is_none() {
        add(
            "which step to the license server fails",
            "`lsdoctor check --only dns,tcp,tls,https,proxy -v` on the machine that runs LocalStack",
        );
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::catalogue::Catalogue;
    use crate::diagnosis::diagnose;
    use crate::observations::{Hit, Instances, LogDigest, LogLine, LogOrigin, Removed, Run, Update};

    #[test]
    fn the_log_of_a_container_that_removed_itself_stays_and_that_of_another_does_not() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let catalogue = Catalogue::load().unwrap();
        let phrase = &catalogue.cause("credentials-missing").unwrap().when[0].any[0];
        for (gone, cause) in [("ls", "credentials-missing"), ("other", "license-failure-unspecified")] {
            let at = LogLine { number: 2, text: phrase.text.clone(), ..LogLine::default() };
            let hit = Hit { phrase: phrase.key(), at };
            let run = Run { hits: vec![hit], ..Run::default() };
            let log = LogDigest {
                origin: LogOrigin::Instance("ls".into()),
                runs: vec![run],
                lines: 2,
                ..LogDigest::default()
            };
            let vanished = Removed { name: gone.into(), exit_code: Some(55), ..Removed::default() };
            let instances = Instances { vanished: vec![vanished], ..Instances::default() };
            let mut snapshot = Snapshot::default();
            snapshot.apply(Update::Logs(Observation::seen(now, log)));
            snapshot.apply(Update::Container(Observation::seen(now, instances)));
            snapshot.apply(Update::Logs(Observation::Skipped { because: "no container".into() }));
            assert_eq!(diagnose(&snapshot, &catalogue, now).headline.cause, cause, "{gone}");
        }
    }
}
