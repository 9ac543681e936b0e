//! Lists where an engine may be: what the user named, docker's context, and the well-known sockets.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::address::Address;
use crate::observations::{ErrorKind, ProbeError};
use crate::probes::answer::Answer;
use crate::probes::context::Context;
use crate::probes::host::Host;
use crate::probes::host::read_bounded;

/// Docker's configuration files are a few kilobytes; credentials helpers make some larger.
const LARGEST_CONFIG: u64 = 1 << 20;
/// The file that docker's client is configured by, in its folder.
const CLIENT_CONFIG: &str = "config.json";
/// Nobody has more docker contexts than this.
const MOST_CONTEXTS: usize = 256;

/// One place to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The address.
    pub(crate) address: Address,
    /// Why it is looked at, such as `DOCKER_HOST`.
    pub(crate) because: String,
}

/// The places to look at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Places {
    /// This one was named: it must answer.
    Named(Place),
    /// Nothing was named: the first of these that answers.
    WellKnown(Vec<Place>),
}

/// The places to look at, by docker's own order: flag, `DOCKER_HOST`, `DOCKER_CONTEXT`, current context, local sockets.
pub(crate) fn places(context: &Context) -> Answer<Places> {
    let host = &context.host;
    let given = context.docker_host.as_deref().filter(|h| !h.trim().is_empty());
    let named = given.map(|h| (h, "--docker-host")).or_else(|| host.var("DOCKER_HOST").map(|h| (h, "DOCKER_HOST")));
    if let Some((text, because)) = named {
        let address = Address::parse(text, keys_of_environment(host))
            .map_err(|e| ProbeError::new(ErrorKind::BadAnswer, context.scrubber.text(&format!("{because}: {e}"))))?;
        return Ok(Places::Named(Place { address, because: because.to_owned() }));
    }
    let Some((name, because)) = context_name(host) else { return Ok(Places::WellKnown(well_known(host))) };
    let named = of_context(host, &name)
        .map_err(|(kind, e)| ProbeError::new(kind, context.scrubber.text(&format!("{because} names `{name}`: {e}"))))?;
    Ok(Places::Named(Place { address: named, because: context.scrubber.text(&format!("docker context \"{name}\"")) }))
}

/// Docker speaks TLS to `tcp://` when either variable is set to anything.
fn keys_of_environment(host: &Host) -> Option<PathBuf> {
    let wanted = host.var("DOCKER_TLS_VERIFY").or_else(|| host.var("DOCKER_TLS")).is_some();
    wanted.then(|| host.var("DOCKER_CERT_PATH").map(PathBuf::from).or_else(|| config_folder(host)).unwrap_or_default())
}

fn config_folder(host: &Host) -> Option<PathBuf> {
    host.var("DOCKER_CONFIG").map(PathBuf::from).or_else(|| host.in_home(".docker"))
}

/// The configuration of docker's client, where there is one that makes sense.
pub(crate) fn client_config(host: &Host) -> Option<Value> {
    let path = config_folder(host)?.join(CLIENT_CONFIG);
    serde_json::from_slice(&read_bounded(&path, LARGEST_CONFIG).ok()?).ok()
}

/// The context in use and what says so, unless it is the default one: that means the local socket.
fn context_name(host: &Host) -> Option<(String, String)> {
    let (name, because) = match host.var("DOCKER_CONTEXT") {
        Some(name) => (name.to_owned(), "DOCKER_CONTEXT".to_owned()),
        None => {
            let path = config_folder(host)?.join(CLIENT_CONFIG);
            (client_config(host)?.get("currentContext")?.as_str()?.to_owned(), path.display().to_string())
        }
    };
    (!matches!(name.as_str(), "" | "default")).then_some((name, because))
}

/// The engine of a docker context. Its folder is named after a hash, so all of them are read until the name fits.
fn of_context(host: &Host, name: &str) -> Result<Address, (ErrorKind, String)> {
    let contexts = config_folder(host).unwrap_or_default().join("contexts");
    let folders = std::fs::read_dir(contexts.join("meta")).into_iter().flatten().flatten().take(MOST_CONTEXTS);
    for folder in folders {
        let meta = read_bounded(&folder.path().join("meta.json"), LARGEST_CONFIG).ok();
        let Some(meta) = meta.and_then(|m| serde_json::from_slice::<Value>(&m).ok()) else { continue };
        if meta.get("Name").and_then(Value::as_str) != Some(name) {
            continue;
        }
        let address = meta.pointer("/Endpoints/docker/Host").and_then(Value::as_str);
        let Some(address) = address.filter(|a| !a.is_empty()) else {
            return Err((ErrorKind::BadAnswer, "this docker context has no engine address".to_owned()));
        };
        let keys = contexts.join("tls").join(folder.file_name()).join("docker");
        return Address::parse(address, keys.is_dir().then_some(keys)).map_err(|e| (ErrorKind::BadAnswer, e));
    }
    let none = "there is no such docker context";
    Err((ErrorKind::NotFound, format!("{none} among the first {MOST_CONTEXTS}; `docker context ls` lists them")))
}

/// The sockets of the engines people run, the most usual first.
fn well_known(host: &Host) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    let mut add = |path: Option<PathBuf>, engine: &str| {
        let Some(address) = path.map(Address::Unix) else { return };
        if !places.iter().any(|p| p.address == address) {
            places.push(Place { address, because: format!("well-known socket of {engine}") });
        }
    };
    let runtime = host.var("XDG_RUNTIME_DIR").map(Path::new);
    let config = host.var("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| host.in_home(".config"));
    add(Some(host.path("/var/run/docker.sock")), "Docker");
    add(runtime.map(|r| r.join("docker.sock")), "rootless Docker");
    add(host.in_home(".docker/run/docker.sock"), "Docker Desktop");
    add(host.in_home(".docker/desktop/docker.sock"), "Docker Desktop");
    add(host.in_home(".colima/default/docker.sock"), "Colima");
    add(config.map(|c| c.join("colima/default/docker.sock")), "Colima");
    add(host.in_home(".rd/docker.sock"), "Rancher Desktop");
    add(host.in_home(".orbstack/run/docker.sock"), "OrbStack");
    add(host.in_home(".lima/docker/sock/docker.sock"), "Lima");
    add(host.in_home(".lima/default/sock/docker.sock"), "Lima");
    add(runtime.map(|r| r.join("podman/podman.sock")), "Podman");
    add(host.in_home(".local/share/containers/podman/machine/podman.sock"), "Podman");
    add(Some(host.path("/run/podman/podman.sock")), "Podman of root");
    #[cfg(windows)]
    for (pipe, engine) in [
        ("docker_engine", "Docker"),
        ("dockerDesktopLinuxEngine", "Docker Desktop"),
        ("podman-machine-default", "Podman"),
    ] {
        places.push(Place {
            address: Address::Pipe(format!(r"\\.\pipe\{pipe}")),
            because: format!("well-known pipe of {engine}"),
        });
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::sources::docker::fake::context_in;

    fn named(context: &Context) -> (String, String) {
        match places(context).expect("a place") {
            Places::Named(place) => (place.address.to_string(), place.because),
            Places::WellKnown(list) => panic!("nothing named: {list:?}"),
        }
    }

    fn write_context(home: &Path, id: &str, meta: &str) {
        let folder = home.join(".docker/contexts/meta").join(id);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("meta.json"), meta).unwrap();
    }

    #[test]
    fn flag_variable_and_context_come_in_dockers_order() {
        let root = tempfile::tempdir().unwrap();
        let mut context = context_in(root.path());
        let home = context.host.home.clone().unwrap();
        assert!(matches!(places(&context), Ok(Places::WellKnown(_))));
        write_context(&home, "00", "not json");
        write_context(&home, "aa", r#"{"Name":"colima","Endpoints":{"docker":{"Host":"unix:///c.sock"}}}"#);
        write_context(&home, "bb", r#"{"Name":"far","Endpoints":{"docker":{"Host":"tcp://far:2376"}}}"#);
        std::fs::create_dir_all(home.join(".docker/contexts/tls/bb/docker")).unwrap();
        std::fs::write(home.join(".docker/config.json"), r#"{"currentContext":"colima"}"#).unwrap();
        assert_eq!(named(&context), ("unix:///c.sock".into(), "docker context \"colima\"".into()));
        context.host.env.insert("DOCKER_CONTEXT".into(), "far".into());
        assert_eq!(named(&context), ("https://far:2376".into(), "docker context \"far\"".into()));
        context.host.env.insert("DOCKER_HOST".into(), "tcp://near".into());
        assert_eq!(named(&context), ("tcp://near:2375".into(), "DOCKER_HOST".into()));
        context.host.env.insert("DOCKER_TLS_VERIFY".into(), "1".into());
        assert_eq!(named(&context).0, "https://near:2376");
        context.docker_host = Some("unix:///flag.sock".into());
        assert_eq!(named(&context), ("unix:///flag.sock".into(), "--docker-host".into()));
    }

    #[test]
    fn the_default_context_means_the_local_sockets_and_an_unknown_one_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let mut context = context_in(root.path());
        context.host.env.insert("DOCKER_CONTEXT".into(), "default".into());
        assert!(matches!(places(&context), Ok(Places::WellKnown(_))));
        context.host.env.insert("DOCKER_CONTEXT".into(), "gone".into());
        let error = places(&context).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
        assert!(error.detail.contains("DOCKER_CONTEXT names `gone`"), "{error}");
    }
}
