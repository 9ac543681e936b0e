//! How instances are described: the subject, the others, and what was not seen of the subject.

use super::answer::{Diagnosis, Instance, OtherInstance, Unknown};
use super::catalogue::Catalogue;
use super::facts::FactContext;
use super::launch::launch;
use crate::observations::{Container, Status};

/// The instance in a few fields.
pub(super) fn describe(cx: &FactContext<'_>) -> Instance {
    let endpoint = cx.snapshot.endpoint.value();
    let info = endpoint.and_then(|e| e.info.as_ref());
    let container = cx.snapshot.container();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Instance {
        container: container.and_then(|c| some(&c.name)),
        image: container.and_then(|c| c.image.as_ref()).map(|i| i.reference.clone()),
        version: info.and_then(|i| some(&i.version)).or_else(|| cx.shown_version().map(|v| v.to_string())),
        edition: info.and_then(|i| some(&i.edition)),
        endpoint: endpoint.map(|e| e.url.clone()),
        started_at: container.and_then(|c| c.state.started_at),
        exit_code: container
            .filter(|c| !matches!(c.state.status, Status::Running | Status::Paused | Status::Created))
            .and_then(|c| c.state.exit_code),
        launched_by: Some(launch(cx).name().to_owned()),
    }
}

/// Another instance with its verdict in short.
pub(super) fn other(container: &Container, diagnosis: &Diagnosis) -> OtherInstance {
    let headline = &diagnosis.headline;
    OtherInstance {
        container: container.name.clone(),
        image: container.image.as_ref().map(|i| i.reference.clone()),
        state: container.state.status.word().to_owned(),
        status: diagnosis.status,
        cause: headline.cause.clone(),
        severity: headline.severity,
        summary: headline.summary.clone(),
    }
}

/// What was not seen, and what would settle it.
pub(super) fn unknowns(cx: &FactContext<'_>, catalogue: &Catalogue, cause: &str) -> Vec<Unknown> {
    let s = cx.snapshot;
    let open = catalogue.cause(cause).is_none_or(|c| c.activated.is_none());
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
        let health = s.endpoint.value().is_some_and(|e| e.health.is_some());
        let word = if health && files {
            "LocalStack's own word on its license: what was given is the answer of `/_localstack/health`, which has none; \
             that of `/_localstack/info` has"
        } else {
            "LocalStack's own word"
        };
        add(word, "`curl -s http://localhost:4566/_localstack/info > info.json`, then `--info info.json`");
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
