//! Reads the inspect JSON of Docker and Podman, from an engine or a saved file. An odd value costs its field, never the
//! container.

use jiff::Timestamp;
use serde_json::Value;

use super::launch;
use crate::observations::{
    Container, ContainerNetwork, ContainerSettings, Image, PublishedPort, State, Status, Variable, Version,
};
use crate::probes::formats::limit::{first, note};
use crate::probes::formats::variables;
use crate::probes::sources::recognise;
use crate::probes::sources::types::Inspected;
use crate::scrub::Scrubber;

/// LocalStack publishes 52 ports, on two addresses each.
const MOST_PORTS: usize = 256;
/// More mounts, addresses or hosts than this tell nothing more.
const MOST_ENTRIES: usize = 64;

/// Reads a container and its environment in clear. What is missing or odd is left at its default.
///
/// The environment is read once, here: its secrets are learnt before anything of the container is shown.
pub fn inspected(inspect: &Value, scrubber: &Scrubber) -> Inspected {
    let variables = variables::read(inspect, scrubber);
    let mut limits = Vec::new();
    note(variables.left_out, variables.masked.len() + variables.left_out, "variables", &mut limits);
    Inspected {
        container: container(inspect, variables.masked, limits, scrubber),
        environment: variables.in_clear,
        image_id: inspect.get("Image").and_then(Value::as_str).unwrap_or_default().to_owned(),
        is_localstack: recognise::confirmed(inspect),
    }
}

fn container(inspect: &Value, environment: Vec<Variable>, mut limits: Vec<String>, scrubber: &Scrubber) -> Container {
    let text = |pointer: &str| inspect.pointer(pointer).and_then(Value::as_str).map(|t| scrubber.text(t));
    let image = text("/Config/Image").or_else(|| text("/ImageName")).filter(|i| !i.is_empty());
    let image = image.or_else(|| text("/Image")).map(|reference| Image::parse(&reference));
    let state = state(inspect, scrubber);
    Container {
        id: text("/Id").unwrap_or_default(),
        name: text("/Name").unwrap_or_default().trim_start_matches('/').to_owned(),
        version: version(&environment, text("/Config/Labels/org.opencontainers.image.version"), image.as_ref()),
        launch: launch::read(inspect, scrubber),
        network: network(inspect, state.status, scrubber, &mut limits),
        settings: settings(inspect, scrubber, &mut limits),
        image,
        state,
        environment,
        foreign: false,
        limits,
    }
}

/// The build's own word first, then a label, then the tag. A base image's label may speak of Debian: only what can be
/// a LocalStack version counts.
fn version(environment: &[Variable], label: Option<String>, image: Option<&Image>) -> Option<String> {
    let built = environment
        .iter()
        .rev()
        .find(|v| v.name == "LOCALSTACK_BUILD_VERSION")
        .and_then(|v| Some(v.value.text()?.to_owned()));
    let tag = image.and_then(|i| i.tag.clone()).filter(|t| Version::parse(t).is_some());
    let label = label.filter(|l| {
        let major = Version::parse(l).and_then(|v| v.numbers.first().copied());
        major.is_some_and(|m| !(10..2026).contains(&m))
    });
    built.filter(|v| !v.is_empty()).or(label).or(tag)
}

fn state(inspect: &Value, scrubber: &Scrubber) -> State {
    let at = |name: &str| inspect.get("State").and_then(|s| s.get(name));
    let flag = |name: &str| at(name).and_then(Value::as_bool).unwrap_or(false);
    let status = status(at("Status").and_then(Value::as_str).unwrap_or_default(), flag("Running"), flag("Paused"));
    let finished_at = time(at("FinishedAt"));
    let code = at("ExitCode").and_then(Value::as_i64);
    // A running container shows 0, and one that was never started too, unless the start itself failed.
    let ended = match status {
        Status::Removing => true,
        Status::Created => code != Some(0),
        status => status.has_ended(),
    };
    let health = at("Health").or_else(|| at("Healthcheck")).and_then(|h| h.get("Status")).and_then(Value::as_str);
    State {
        status,
        exit_code: code.filter(|_| ended),
        ends: Vec::new(),
        oom_killed: flag("OOMKilled"),
        error: at("Error").and_then(Value::as_str).map(|e| scrubber.text(e)).unwrap_or_default(),
        started_at: time(at("StartedAt")),
        finished_at,
        created_at: time(inspect.get("Created")),
        restarts: inspect.get("RestartCount").and_then(Value::as_u64).unwrap_or(0),
        health: health.filter(|h| !matches!(*h, "" | "none")).map(|h| scrubber.text(h)),
    }
}

/// Docker's words, and Podman's for the same.
fn status(word: &str, running: bool, paused: bool) -> Status {
    match word {
        "created" | "configured" | "initialized" => Status::Created,
        "running" => Status::Running,
        "paused" => Status::Paused,
        "restarting" => Status::Restarting,
        "removing" => Status::Removing,
        "exited" | "stopped" | "stopping" => Status::Exited,
        "dead" => Status::Dead,
        _ if paused => Status::Paused,
        _ if running => Status::Running,
        _ => Status::Unknown,
    }
}

/// Engines write the year 1 for "never".
pub(crate) fn time(value: Option<&Value>) -> Option<Timestamp> {
    value?.as_str()?.parse::<Timestamp>().ok().filter(|t| t.as_second() > 0)
}

fn network(inspect: &Value, status: Status, scrubber: &Scrubber, limits: &mut Vec<String>) -> ContainerNetwork {
    let mut ports = ports(inspect.pointer("/NetworkSettings/Ports"), scrubber, limits);
    if ports.is_empty() && !matches!(status, Status::Running | Status::Paused) {
        // A container that is not up has none: what it was asked to publish tells what it will.
        ports = self::ports(inspect.pointer("/HostConfig/PortBindings"), scrubber, limits);
    }
    let mut list = |pointer: &str, what: &str| {
        let entries = inspect.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        let taken = first(entries.filter_map(Value::as_str), MOST_ENTRIES, what, limits);
        taken.into_iter().map(|e| scrubber.text(e)).collect::<Vec<_>>()
    };
    let (dns, extra_hosts) = (list("/HostConfig/Dns", "resolvers"), list("/HostConfig/ExtraHosts", "extra hosts"));
    let mode = inspect.pointer("/HostConfig/NetworkMode").and_then(Value::as_str).unwrap_or_default();
    let networks = inspect.pointer("/NetworkSettings/Networks").and_then(Value::as_object);
    let own = inspect.get("NetworkSettings").into_iter().chain(networks.into_iter().flat_map(|n| n.values()));
    let addresses = own.flat_map(|n| [n.get("IPAddress"), n.get("GlobalIPv6Address")]).flatten();
    let addresses = addresses.filter_map(Value::as_str).filter(|a| !a.is_empty());
    let mut addresses: Vec<String> =
        first(addresses, MOST_ENTRIES, "addresses", limits).into_iter().map(|a| scrubber.text(a)).collect();
    addresses.sort();
    addresses.dedup();
    ContainerNetwork {
        mode: scrubber.text(if mode == "default" { "bridge" } else { mode }),
        ports,
        addresses,
        dns,
        extra_hosts,
    }
}

/// Reads `{"4566/tcp": [{"HostIp": "0.0.0.0", "HostPort": "4566"}]}`; LocalStack's UDP ports are not asked for anywhere.
fn ports(map: Option<&Value>, scrubber: &Scrubber, limits: &mut Vec<String>) -> Vec<PublishedPort> {
    let entries = map.and_then(Value::as_object).into_iter().flatten();
    let tcp = entries.filter_map(|(key, places)| {
        let container = key.strip_suffix("/tcp").unwrap_or(key).parse::<u16>().ok()?;
        Some((container, places.as_array()?))
    });
    let places = tcp.flat_map(|(container, places)| places.iter().map(move |place| (container, place)));
    let published = places.filter_map(|(container, place)| {
        let text = |name: &str| place.get(name).and_then(Value::as_str).unwrap_or_default();
        let host = text("HostPort").parse().ok().filter(|p| *p != 0)?;
        Some(PublishedPort { container, host_ip: scrubber.text(text("HostIp")), host })
    });
    let mut ports = first(published, MOST_PORTS, "published ports", limits);
    ports.sort_by(|a, b| (a.container, a.host, &a.host_ip).cmp(&(b.container, b.host, &b.host_ip)));
    ports
}

fn settings(inspect: &Value, scrubber: &Scrubber, limits: &mut Vec<String>) -> ContainerSettings {
    let text =
        |pointer: &str| inspect.pointer(pointer).and_then(Value::as_str).map(|t| scrubber.text(t)).unwrap_or_default();
    let flag = |pointer: &str| inspect.pointer(pointer).and_then(Value::as_bool).unwrap_or(false);
    let mounts = inspect.get("Mounts").and_then(Value::as_array).into_iter().flatten();
    ContainerSettings {
        auto_remove: flag("/HostConfig/AutoRemove"),
        restart_policy: text("/HostConfig/RestartPolicy/Name"),
        max_retries: inspect
            .pointer("/HostConfig/RestartPolicy/MaximumRetryCount")
            .and_then(Value::as_u64)
            .unwrap_or(0),
        log_driver: text("/HostConfig/LogConfig/Type"),
        tty: flag("/Config/Tty"),
        mounts: first(mounts, MOST_ENTRIES, "mounts", limits)
            .into_iter()
            .filter_map(|m| {
                let part = |name: &str| m.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
                let source = part("Source").or_else(|| part("Name")).or_else(|| part("Type")).unwrap_or_default();
                Some(scrubber.text(&format!("{source}:{}", part("Destination")?)))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests;
