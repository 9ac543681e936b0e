//! Facts about the container: whether it is there, its state, how it ended, its ports.

use jiff::{SignedDuration, Timestamp};

use super::context::{FactContext, fact};
use super::{credentials, log};
use crate::diagnosis::answer::Evidence;
use crate::observations::{
    Container, ErrorKind, GATEWAY_PORT, GATEWAY_PORTS, LaunchMethod, Observation, ProbeId, Status,
};

/// A start that takes longer than this many seconds hangs: silent resolvers cost 41 s, a black hole 35 s.
const USUAL_START: i64 = 60;
/// A container that was restarted, and has run for longer than this since, has left its loop.
const RECENT_LOOP: SignedDuration = SignedDuration::from_mins(15);
/// LocalStack's exit code for a license failure.
const LICENSE_EXIT: i64 = 55;
/// The exit code of a failure that has no other.
const ANY_FAILURE: i64 = 1;
/// The first version that exits with 55 on every license failure.
const OWN_EXIT: [u32; 2] = [4, 10];
/// Exit codes of a plain stop: ended by itself, interrupted, terminated.
const PLAIN_STOPS: [i64; 3] = [0, 130, 143];

fn container<'a>(cx: &FactContext<'a>) -> Option<&'a Container> {
    cx.snapshot.container()
}

fn state(cx: &FactContext<'_>, text: impl Into<String>) -> Evidence {
    fact(ProbeId::Container, cx.container_name(), text)
}

fn ended(cx: &FactContext<'_>) -> Option<i64> {
    // Other programs have exit codes of their own.
    let state = &container(cx).filter(|c| !c.foreign)?.state;
    match state.status {
        Status::Running | Status::Paused | Status::Created | Status::Removing => None,
        _ => state.exit_code,
    }
}

pub(super) fn exit_55(cx: &FactContext<'_>) -> Option<Evidence> {
    (ended(cx)? == LICENSE_EXIT).then(|| state(cx, "exit code 55, which LocalStack uses for license failures"))
}

pub(super) fn exit_failure(cx: &FactContext<'_>) -> Option<Evidence> {
    let code = ended(cx)?;
    if code == LICENSE_EXIT || PLAIN_STOPS.contains(&code) || was_stopped(cx) {
        return None;
    }
    let name = match code {
        137 => " (SIGKILL: `docker kill`, a stop that took too long, or a host out of memory)",
        139 => " (SIGSEGV)",
        132 => " (SIGILL: the processor lacks an instruction)",
        134 => " (SIGABRT)",
        125..=127 => " (the engine could not start its command)",
        _ => "",
    };
    Some(state(cx, format!("exit code {code}{name}")))
}

/// The CLI's exit code for every failure, and that of LocalStack up to 4.9 where the license server is out of reach.
pub(super) fn exit_ambiguous(cx: &FactContext<'_>) -> Option<Evidence> {
    let old = cx.version().is_none_or(|version| !version.at_least(&OWN_EXIT));
    (ended(cx)? == ANY_FAILURE && old && !was_stopped(cx)).then(|| log::absent(cx)).flatten()?;
    Some(state(cx, format!("exit code {ANY_FAILURE}, which some failures of the license have too")))
}

/// Ended without an error.
pub(in crate::diagnosis) fn stopped(cx: &FactContext<'_>) -> Option<Evidence> {
    let status = container(cx)?.state.status;
    let code = ended(cx)?;
    // From files, an exit code is all that is known: a code of 0 is a stop there too.
    let plain = PLAIN_STOPS.contains(&code) || code != LICENSE_EXIT && was_stopped(cx);
    (plain && status != Status::Restarting).then(|| state(cx, format!("stopped, exit code {code}")))
}

/// Whether somebody asked for its end. A program that does not obey in time is killed, which is still a stop.
fn was_stopped(cx: &FactContext<'_>) -> bool {
    container(cx).is_some_and(|c| c.state.was_stopped())
}

pub(super) fn oom_killed(cx: &FactContext<'_>) -> Option<Evidence> {
    container(cx)?.state.oom_killed.then(|| state(cx, "the kernel killed it: out of memory (OOMKilled)"))
}

fn has_status(cx: &FactContext<'_>, status: Status) -> Option<Evidence> {
    (container(cx)?.state.status == status).then(|| state(cx, format!("state: {}", status.word())))
}

pub(super) fn container_running(cx: &FactContext<'_>) -> Option<Evidence> {
    has_status(cx, Status::Running)
}

pub(super) fn container_paused(cx: &FactContext<'_>) -> Option<Evidence> {
    has_status(cx, Status::Paused)
}

pub(super) fn container_created(cx: &FactContext<'_>) -> Option<Evidence> {
    has_status(cx, Status::Created)
}

pub(super) fn restarting(cx: &FactContext<'_>) -> Option<Evidence> {
    let c = container(cx)?;
    let recent = |start: Timestamp| cx.now.duration_since(start) < RECENT_LOOP;
    let loops = c.is_looping(cx.now)
        || c.state.restarts > 0 && c.state.status == Status::Running && c.state.started_at.is_some_and(recent);
    let how = match c.state.restarts {
        0 => "is started again and again".to_owned(),
        times => format!("restarted {times} times by its restart policy"),
    };
    loops.then(|| state(cx, how))
}

/// Activated at each start, and ended again and again.
pub(super) fn crash_loop(cx: &FactContext<'_>) -> Option<Evidence> {
    let c = container(cx).filter(|c| cx.activated_before && c.is_looping(cx.now))?;
    Some(state(cx, format!("activated before, and restarted {} times by its restart policy", c.state.restarts)))
}

pub(super) fn container_removing(cx: &FactContext<'_>) -> Option<Evidence> {
    has_status(cx, Status::Removing)
}

/// Nothing is there any more, and the engine still remembers what was.
pub(super) fn instance_gone(cx: &FactContext<'_>) -> Option<Evidence> {
    let instances = cx.snapshot.instances.value().filter(|i| i.chosen.is_none())?;
    let gone = instances.vanished.first()?;
    Some(fact(ProbeId::Container, "events of the engine", format!("{} was removed", gone.name)))
}

pub(super) fn container_known(cx: &FactContext<'_>) -> Option<Evidence> {
    let c = container(cx)?;
    (!c.name.is_empty() || !c.id.is_empty()).then(|| state(cx, format!("state: {}", c.state.status.word())))
}

pub(super) fn named_missing(cx: &FactContext<'_>) -> Option<Evidence> {
    let missing = cx.snapshot.instances.value()?.missing.as_ref()?;
    Some(fact(ProbeId::Container, "container engine", missing.clone()))
}

pub(super) fn named_foreign(cx: &FactContext<'_>) -> Option<Evidence> {
    let container = cx.snapshot.container().filter(|c| c.foreign)?;
    let image = container.image.as_ref().map(|i| format!(" of image {}", i.reference)).unwrap_or_default();
    let text = format!("`{}`{image}: no name, label, variable or port of LocalStack", container.name);
    Some(fact(ProbeId::Container, "container engine", text))
}

pub(super) fn container_absent(cx: &FactContext<'_>) -> Option<Evidence> {
    if cx.snapshot.target.from_files || named_missing(cx).is_some() {
        return None;
    }
    if let Some(instances) = cx.snapshot.instances.value() {
        return instances.chosen.is_none().then(|| {
            fact(ProbeId::Container, "container engine", "no LocalStack container, neither running nor stopped")
        });
    }
    match &cx.snapshot.instances {
        Observation::Failed { error, .. } if error.kind == ErrorKind::NotFound => {
            Some(fact(ProbeId::Container, "container engine", error.detail.clone()))
        }
        _ => engine_missing(cx),
    }
}

pub(super) fn engine_missing(cx: &FactContext<'_>) -> Option<Evidence> {
    let error = cx.snapshot.engine.error()?;
    Some(fact(ProbeId::Engine, "container engine", error.detail.clone()))
}

pub(super) fn vanished(cx: &FactContext<'_>, license: bool) -> Option<Evidence> {
    instance_gone(cx)?;
    let gone = cx.snapshot.instances.value()?.vanished.first()?;
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

pub(super) fn port_taken(cx: &FactContext<'_>) -> Option<Evidence> {
    let error = &container(cx)?.state.error;
    cx.lexicon.capture("port_in_use", error).map(|_| state(cx, error.clone()))
}

/// What keeps it from being started at all, in the words of the engine or the cluster; a port that is taken has a fact of its own.
pub(super) fn start_error(cx: &FactContext<'_>) -> Option<Evidence> {
    let c = container(cx).filter(|c| c.state.status == Status::Created && !c.state.error.is_empty())?;
    let other = port_taken(cx).is_none() && credentials::secret_absent(cx).is_none();
    other.then(|| state(cx, c.state.error.clone()))
}

pub(super) fn port_unpublished(cx: &FactContext<'_>) -> Option<Evidence> {
    let c = container(cx)?;
    let visible = c.network.ports.iter().any(|p| GATEWAY_PORTS.contains(&p.container)) || c.network.mode == "host";
    // A pod publishes nothing by itself, and a table or a description that was given has no ports to see.
    let unseen = cx.snapshot.target.from_files && c.network.mode.is_empty();
    let pod = c.launch.method() == LaunchMethod::Kubernetes;
    let expected = c.state.status == Status::Running && !unseen && !pod;
    (expected && !visible).then(|| state(cx, format!("publishes no port for {GATEWAY_PORT}")))
}

pub(super) fn young(cx: &FactContext<'_>) -> Option<Evidence> {
    let c = container(cx)?;
    let started = c.state.started_at?;
    let age = cx.now.duration_since(started).as_secs();
    let up = matches!(c.state.status, Status::Running | Status::Restarting);
    (up && age < USUAL_START).then(|| state(cx, format!("started {} s ago", age.max(0))))
}

pub(super) fn auto_remove(cx: &FactContext<'_>) -> Option<Evidence> {
    container(cx)?.settings.auto_remove.then(|| state(cx, "is removed when it ends (AutoRemove)"))
}

pub(super) fn activate_pro_off(cx: &FactContext<'_>) -> Option<Evidence> {
    let c = container(cx)?;
    let variable = c.variable("ACTIVATE_PRO").or_else(|| c.variable("LOCALSTACK_ACTIVATE_PRO"))?;
    matches!(variable.value.text()?.trim().to_ascii_lowercase().as_str(), "0" | "false").then(|| {
        fact(
            ProbeId::Container,
            format!("environment of {}", cx.container_name()),
            format!("{}={}", variable.name, variable.value),
        )
    })
}
