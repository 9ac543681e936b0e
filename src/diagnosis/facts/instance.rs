//! Facts about the instance: its endpoint, its container, its image, its log as a whole.

use super::{View, fact};
use crate::diagnosis::Evidence;
use crate::observations::{
    Answer, Container, Endpoint, ErrorKind, GATEWAY_PORT, GATEWAY_PORTS, Image, Info, ProbeId, Status, Version,
};

/// A start that takes longer than this many seconds hangs: silent resolvers cost 41 s, a black hole 35 s.
const USUAL_START: i64 = 60;
/// LocalStack's exit code for a license failure.
const LICENSE_EXIT: i64 = 55;
/// The exit code of a failure that has no other.
const ANY_FAILURE: i64 = 1;
/// The first version that exits with 55 on every license failure.
const OWN_EXIT: [u32; 2] = [4, 10];
/// Exit codes of a plain stop: ended by itself, interrupted, terminated.
const PLAIN_STOPS: [i64; 3] = [0, 130, 143];
/// What engines say of a port that is taken.
const PORT_WORDS: [&str; 4] =
    ["address already in use", "port is already allocated", "Ports are not available", "access forbidden"];
/// The first version of the one image that needs an account.
const UNIFIED: [u32; 2] = [2026, 3];
/// The first version that takes an auth token; those before know only the API key.
pub(super) const TOKENS: [u32; 1] = [3];

fn endpoint<'a>(view: &View<'a>) -> Option<&'a Endpoint> {
    view.snapshot.endpoint.value()
}

fn container<'a>(view: &View<'a>) -> Option<&'a Container> {
    view.snapshot.container()
}

fn info<'a>(view: &View<'a>) -> Option<(&'a Endpoint, &'a Info)> {
    let endpoint = endpoint(view)?;
    Some((endpoint, endpoint.info.as_ref()?))
}

fn info_source(endpoint: &Endpoint) -> String {
    if endpoint.url.starts_with("http") { format!("{}/_localstack/info", endpoint.url) } else { endpoint.url.clone() }
}

fn activation(view: &View<'_>, wanted: bool) -> Option<Evidence> {
    let (endpoint, info) = info(view)?;
    (info.is_license_activated == Some(wanted))
        .then(|| fact(ProbeId::Endpoint, info_source(endpoint), format!("\"is_license_activated\": {wanted}")))
}

pub(super) fn info_activated(view: &View<'_>) -> Option<Evidence> {
    activation(view, true)
}

pub(super) fn info_not_activated(view: &View<'_>) -> Option<Evidence> {
    activation(view, false)
}

pub(super) fn edition(view: &View<'_>, wanted: &str) -> Option<Evidence> {
    let (endpoint, info) = info(view)?;
    (info.edition == wanted)
        .then(|| fact(ProbeId::Endpoint, info_source(endpoint), format!("\"edition\": \"{wanted}\"")))
}

pub(super) fn endpoint_answers(view: &View<'_>) -> Option<Evidence> {
    let endpoint = endpoint(view)?;
    matches!(endpoint.answer, Answer::LocalStack)
        .then(|| fact(ProbeId::Endpoint, endpoint.url.clone(), "LocalStack answers"))
}

pub(super) fn endpoint_other(view: &View<'_>) -> Option<Evidence> {
    let endpoint = endpoint(view)?;
    let text = match &endpoint.answer {
        Answer::OtherProgram { status, server, says } => {
            let who = if server.is_empty() { says } else { server };
            format!("HTTP {status} from something that is not LocalStack: {who}")
        }
        Answer::NotHttp { says } => format!("something that does not speak HTTP: {says}"),
        _ => return None,
    };
    Some(fact(ProbeId::Endpoint, endpoint.url.clone(), text))
}

pub(super) fn endpoint_error(view: &View<'_>) -> Option<Evidence> {
    let endpoint = endpoint(view)?;
    let Answer::LocalStackError { status } = endpoint.answer else { return None };
    Some(fact(ProbeId::Endpoint, endpoint.url.clone(), format!("LocalStack answers HTTP {status}")))
}

pub(super) fn endpoint_unreachable(view: &View<'_>) -> Option<Evidence> {
    let endpoint = endpoint(view)?;
    let text = match &endpoint.answer {
        Answer::Refused => "connection refused".to_owned(),
        Answer::Hung => "accepts and does not answer".to_owned(),
        Answer::EmptyReply => {
            "accepts and closes without an answer: the port is published, and nothing listens behind it".to_owned()
        }
        Answer::Unreachable { why } => why.clone(),
        _ => return None,
    };
    Some(fact(ProbeId::Endpoint, endpoint.url.clone(), text))
}

pub(super) fn endpoint_refused(view: &View<'_>) -> Option<Evidence> {
    let endpoint = endpoint(view)?;
    matches!(endpoint.answer, Answer::Refused | Answer::Unreachable { .. })
        .then(|| endpoint_unreachable(view))
        .flatten()
}

pub(super) fn endpoint_silent(view: &View<'_>) -> Option<Evidence> {
    let endpoint = endpoint(view)?;
    matches!(endpoint.answer, Answer::Hung | Answer::EmptyReply).then(|| endpoint_unreachable(view)).flatten()
}

fn state(view: &View<'_>, text: impl Into<String>) -> Evidence {
    fact(ProbeId::Container, view.container_name(), text)
}

fn ended(view: &View<'_>) -> Option<i64> {
    // Other programs have exit codes of their own.
    let state = &container(view).filter(|c| !c.foreign)?.state;
    match state.status {
        Status::Running | Status::Paused | Status::Created | Status::Removing => None,
        _ => state.exit_code,
    }
}

pub(super) fn exit_55(view: &View<'_>) -> Option<Evidence> {
    (ended(view)? == LICENSE_EXIT).then(|| state(view, "exit code 55, LocalStack's own for a license failure"))
}

pub(super) fn exit_failure(view: &View<'_>) -> Option<Evidence> {
    let code = ended(view)?;
    if code == LICENSE_EXIT || PLAIN_STOPS.contains(&code) {
        return None;
    }
    let name = match code {
        137 => " (SIGKILL)",
        139 => " (SIGSEGV)",
        132 => " (SIGILL: the processor lacks an instruction)",
        134 => " (SIGABRT)",
        125..=127 => " (the engine could not start its command)",
        _ => "",
    };
    Some(state(view, format!("exit code {code}{name}")))
}

/// The CLI's exit code for every failure, and that of LocalStack up to 4.9 where the license server is out of reach.
pub(super) fn exit_ambiguous(view: &View<'_>) -> Option<Evidence> {
    let old = view.version().is_none_or(|version| !version.at_least(&OWN_EXIT));
    (ended(view)? == ANY_FAILURE && old).then(|| crate::diagnosis::facts::log::absent(view)).flatten()?;
    Some(state(view, format!("exit code {ANY_FAILURE}, which some failures of the license have too")))
}

/// Ended without an error.
pub(in crate::diagnosis) fn stopped(view: &View<'_>) -> Option<Evidence> {
    let status = container(view)?.state.status;
    let code = ended(view)?;
    // From files, an exit code is all that is known: a code of 0 is a stop there too.
    (PLAIN_STOPS.contains(&code) && status != Status::Restarting)
        .then(|| state(view, format!("stopped, exit code {code}")))
}

pub(super) fn oom_killed(view: &View<'_>) -> Option<Evidence> {
    container(view)?.state.oom_killed.then(|| state(view, "killed for want of memory (OOMKilled)"))
}

fn has_status(view: &View<'_>, status: Status) -> Option<Evidence> {
    (container(view)?.state.status == status).then(|| state(view, format!("state: {}", status.word())))
}

pub(super) fn container_running(view: &View<'_>) -> Option<Evidence> {
    has_status(view, Status::Running)
}

pub(super) fn container_paused(view: &View<'_>) -> Option<Evidence> {
    has_status(view, Status::Paused)
}

pub(super) fn container_created(view: &View<'_>) -> Option<Evidence> {
    has_status(view, Status::Created)
}

pub(super) fn restarting(view: &View<'_>) -> Option<Evidence> {
    let c = container(view)?;
    // Between two starts it is `running` for moments, with an exit code of 0.
    let loops = c.state.status == Status::Restarting || (c.state.restarts > 0 && young(view).is_some());
    loops.then(|| state(view, format!("restarted {} times by its restart policy", c.state.restarts)))
}

pub(super) fn container_known(view: &View<'_>) -> Option<Evidence> {
    let c = container(view)?;
    (!c.name.is_empty() || !c.id.is_empty()).then(|| state(view, format!("state: {}", c.state.status.word())))
}

pub(super) fn named_missing(view: &View<'_>) -> Option<Evidence> {
    let missing = view.snapshot.instances.value()?.missing.as_ref()?;
    Some(fact(ProbeId::Container, "container engine", missing.clone()))
}

pub(super) fn named_foreign(view: &View<'_>) -> Option<Evidence> {
    let container = view.snapshot.container().filter(|c| c.foreign)?;
    let image = container.image.as_ref().map(|i| format!(" of image {}", i.reference)).unwrap_or_default();
    let text = format!("`{}`{image}: no name, label, variable or port of LocalStack's", container.name);
    Some(fact(ProbeId::Container, "container engine", text))
}

pub(super) fn container_absent(view: &View<'_>) -> Option<Evidence> {
    if view.snapshot.target.from_files || named_missing(view).is_some() {
        return None;
    }
    if let Some(instances) = view.snapshot.instances.value() {
        return instances.chosen.is_none().then(|| {
            fact(ProbeId::Container, "container engine", "no LocalStack container, neither running nor stopped")
        });
    }
    match &view.snapshot.instances {
        crate::observations::Observation::Failed { error, .. } if error.kind == ErrorKind::NotFound => {
            Some(fact(ProbeId::Container, "container engine", error.detail.clone()))
        }
        _ => engine_missing(view),
    }
}

pub(super) fn engine_missing(view: &View<'_>) -> Option<Evidence> {
    let error = view.snapshot.engine.error()?;
    Some(fact(ProbeId::Engine, "container engine", error.detail.clone()))
}

pub(super) fn vanished(view: &View<'_>, license: bool) -> Option<Evidence> {
    let gone = view.snapshot.instances.value()?.vanished.first()?;
    let code = gone.exit_code?;
    (code == LICENSE_EXIT).eq(&license).then(|| {
        let when = gone.at.map_or_else(String::new, |at| format!(" at {at:.0}"));
        fact(
            ProbeId::Container,
            "events of the engine",
            format!("{} ({}) ended with exit code {code}{when} and was removed", gone.name, gone.image),
        )
    })
}

pub(super) fn port_taken(view: &View<'_>) -> Option<Evidence> {
    let error = &container(view)?.state.error;
    PORT_WORDS.iter().any(|w| error.contains(w)).then(|| state(view, error.clone()))
}

pub(super) fn port_unpublished(view: &View<'_>) -> Option<Evidence> {
    let c = container(view)?;
    let visible = c.network.ports.iter().any(|p| GATEWAY_PORTS.contains(&p.container)) || c.network.mode == "host";
    (c.state.status == Status::Running && !visible)
        .then(|| state(view, format!("publishes no port for {GATEWAY_PORT}")))
}

pub(super) fn young(view: &View<'_>) -> Option<Evidence> {
    let c = container(view)?;
    let started = c.state.started_at?;
    let age = view.now.duration_since(started).as_secs();
    let up = matches!(c.state.status, Status::Running | Status::Restarting);
    (up && age < USUAL_START).then(|| state(view, format!("started {} s ago", age.max(0))))
}

pub(super) fn auto_remove(view: &View<'_>) -> Option<Evidence> {
    container(view)?.settings.auto_remove.then(|| state(view, "is removed when it ends (AutoRemove)"))
}

pub(super) fn ci(view: &View<'_>) -> Option<Evidence> {
    let ci = view.snapshot.target.machine.ci.as_ref()?;
    Some(fact(ProbeId::Credentials, "environment", format!("this runs in {}", ci.name)))
}

pub(super) fn ci_without_secrets(view: &View<'_>) -> Option<Evidence> {
    let ci = view.snapshot.target.machine.ci.as_ref()?;
    Some(fact(ProbeId::Credentials, format!("{} variables", ci.name), ci.without_secrets.clone()?))
}

pub(super) fn activate_pro_off(view: &View<'_>) -> Option<Evidence> {
    let variable = container(view)?.variable("ACTIVATE_PRO")?;
    matches!(variable.value.trim().to_ascii_lowercase().as_str(), "0" | "false").then(|| {
        fact(
            ProbeId::Container,
            format!("environment of {}", view.container_name()),
            format!("ACTIVATE_PRO={}", variable.value),
        )
    })
}

pub(super) enum Kind {
    Pro,
    Community,
    Unified,
    Legacy,
    Ambiguous,
}

fn kind(view: &View<'_>) -> Option<(Kind, Option<Version>)> {
    let version = view.version();
    Some((kind_of(container(view)?.image.as_ref()?, version.as_ref())?, version))
}

/// What an image of this name and version does about licenses; nothing for images of other names.
pub(super) fn kind_of(image: &Image, version: Option<&Version>) -> Option<Kind> {
    let name = image.name();
    if name.ends_with("-pro") || name == "snowflake" {
        return Some(Kind::Pro);
    }
    if !matches!(name, "localstack" | "localstack-full" | "localstack-light") {
        return None;
    }
    Some(match version {
        Some(v) if v.at_least(&UNIFIED) => Kind::Unified,
        Some(v) if v.at_least(&[2]) => Kind::Community,
        Some(_) => Kind::Legacy,
        None => Kind::Ambiguous,
    })
}

fn image_fact(view: &View<'_>, version: Option<&Version>) -> Option<Evidence> {
    let image = container(view)?.image.as_ref()?;
    let version = version.map_or_else(String::new, |v| format!(" (LocalStack {v})"));
    Some(fact(ProbeId::Container, view.container_name(), format!("image: {}{version}", image.reference)))
}

pub(super) fn image_pro(view: &View<'_>) -> Option<Evidence> {
    let (kind, version) = kind(view)?;
    matches!(kind, Kind::Pro).then(|| image_fact(view, version.as_ref())).flatten()
}

pub(super) fn image_community(view: &View<'_>) -> Option<Evidence> {
    let (kind, version) = kind(view)?;
    matches!(kind, Kind::Community).then(|| image_fact(view, version.as_ref())).flatten()
}

pub(super) fn image_unified(view: &View<'_>) -> Option<Evidence> {
    let (kind, version) = kind(view)?;
    matches!(kind, Kind::Unified).then(|| image_fact(view, version.as_ref())).flatten()
}

pub(super) fn image_legacy(view: &View<'_>) -> Option<Evidence> {
    let (kind, version) = kind(view)?;
    matches!(kind, Kind::Legacy).then(|| image_fact(view, version.as_ref())).flatten()
}

pub(super) fn image_ambiguous(view: &View<'_>) -> Option<Evidence> {
    let (kind, _) = kind(view)?;
    // An explicit `latest` is the newest release, which can activate, and a digest may be any; otherwise it was merely not told.
    let told = container(view)?.image.as_ref().is_some_and(|i| i.tag.is_some() || i.reference.contains('@'));
    (matches!(kind, Kind::Ambiguous) && !told).then(|| image_fact(view, None)).flatten()
}

pub(super) fn image_key_only(view: &View<'_>) -> Option<Evidence> {
    let (kind, version) = kind(view)?;
    let old = version.as_ref().is_some_and(|v| !v.at_least(&TOKENS));
    (old && matches!(kind, Kind::Pro)).then(|| image_fact(view, version.as_ref())).flatten()
}

pub(super) fn version_2026(view: &View<'_>) -> Option<Evidence> {
    let version = view.version().filter(|v| v.at_least(&UNIFIED))?;
    Some(fact(ProbeId::Container, view.container_name(), format!("LocalStack {version}")))
}

pub(super) fn version_unknown(view: &View<'_>) -> Option<Evidence> {
    view.version().is_none().then(|| fact(ProbeId::Container, view.container_name(), "no version is known"))
}
