//! How a viewpoint is set up to reach the license server: as this machine is, or as the container is.
//! Settings are read here and nowhere else in this folder; nothing is asked for over the network.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::dns::{Configured, Lookup, hosts_lines, name_servers};
use super::server::Server;
use super::trust::{BUNDLE_VARIABLES, Bundle, LARGEST_BUNDLE, RootSources, SystemStore};
use crate::probes::context::Context;
use crate::probes::host::Environment;
use crate::probes::host::read_bounded;
use crate::scrub::Scrubber;
use crate::scrub::url::masked;

/// `resolv.conf` and `hosts` are small; block lists make `hosts` larger.
pub(super) const LARGEST_FILE: u64 = 4 << 20;
/// The port of every resolver in a `resolv.conf`.
pub(super) const DNS_PORT: u16 = 53;

/// Everything the probe of a path needs to know.
#[derive(Clone)]
pub(super) struct Settings {
    /// The license server.
    pub(super) server: Server,
    /// Environment variables, in clear.
    pub(super) env: Environment,
    /// How names are looked up.
    pub(super) lookup: Lookup,
    /// Whose loopback addresses are.
    pub(super) loopback: Loopback,
    /// Where roots come from.
    pub(super) roots: RootSources,
    /// The time each step may take.
    pub(super) limit: Duration,
    /// The time certificates are judged by.
    pub(super) now: Timestamp,
    /// Hides secrets.
    pub(super) scrubber: Arc<Scrubber>,
}

/// Whose loopback addresses are, as seen from this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loopback {
    /// This machine's: they can be asked.
    Ours,
    /// The container's own: they cannot be asked from here.
    Theirs,
}

impl Loopback {
    /// Whether this address leads into the container and nowhere else.
    pub(super) fn hides(self, address: &IpAddr) -> bool {
        self == Self::Theirs && (address.is_loopback() || address.is_unspecified())
    }
}

impl Settings {
    /// As this machine is set up.
    pub(super) fn of_host(context: &Context) -> Result<Self, String> {
        let server = Server::parse(&context.api_endpoint).map_err(|why| {
            let shown = masked(&context.api_endpoint, &context.scrubber);
            format!("the license server's URL `{shown}` cannot be used: {why}")
        })?;
        let system = match context.host.var("SSL_CERT_FILE") {
            Some(path) => SystemStore::File(file(context, path, LARGEST_BUNDLE)),
            None => SystemStore::Native,
        };
        let bundle = named_bundle(&context.host.env).map(|(variable, path)| Bundle {
            pem: file(context, &path, LARGEST_BUNDLE),
            variable,
            path: context.scrubber.text(&path),
        });
        Ok(Self {
            server,
            env: context.host.env.clone(),
            lookup: lookup(context),
            loopback: Loopback::Ours,
            roots: RootSources { system, bundle },
            limit: context.limits.timeout,
            now: context.now(),
            scrubber: Arc::clone(&context.scrubber),
        })
    }
}

/// The bundle requests would use: the first of its variables that is set.
pub(super) fn named_bundle(env: &Environment) -> Option<(String, String)> {
    BUNDLE_VARIABLES
        .into_iter()
        .find_map(|name| Some((name.to_owned(), env.get(name).filter(|v| !v.trim().is_empty())?.to_owned())))
}

fn lookup(context: &Context) -> Lookup {
    let hosts = file(context, "/etc/hosts", LARGEST_FILE).map(|bytes| hosts_lines(&String::from_utf8_lossy(&bytes)));
    let mut lookup = Lookup { hosts: hosts.unwrap_or_default(), ..Lookup::default() };
    if !context.dns_servers.is_empty() {
        let given = context.dns_servers.iter();
        lookup.resolvers = given.map(|a| Configured { address: *a, source: "--dns-server".to_owned() }).collect();
        return lookup;
    }
    lookup.system = true;
    match file(context, "/etc/resolv.conf", LARGEST_FILE) {
        Ok(bytes) => {
            let servers = name_servers(&String::from_utf8_lossy(&bytes));
            if servers.is_empty() {
                lookup.error = Some("/etc/resolv.conf names no resolver".to_owned());
            }
            lookup.resolvers = configured(servers, "/etc/resolv.conf");
        }
        // Windows keeps its resolvers elsewhere.
        Err(_) if cfg!(windows) => {
            let found = hickory_resolver::system_conf::read_system_conf().map(|(conf, _)| conf);
            let servers = found.map(|conf| conf.name_servers.iter().map(|s| s.ip).collect()).unwrap_or_default();
            lookup.resolvers = configured(servers, "the system's settings");
        }
        Err(why) => lookup.error = Some(format!("/etc/resolv.conf cannot be read: {why}")),
    }
    lookup
}

/// Resolvers on the usual port.
pub(super) fn configured(servers: Vec<IpAddr>, source: &str) -> Vec<Configured> {
    let with_port = |ip| Configured { address: SocketAddr::new(ip, DNS_PORT), source: source.to_owned() };
    servers.into_iter().map(with_port).collect()
}

/// A file of this machine; a relative path is one below the working directory.
fn file(context: &Context, path: &str, limit: u64) -> Result<Vec<u8>, String> {
    let place = if Path::new(path).is_absolute() { context.host.path(path) } else { context.host.cwd.join(path) };
    if place.is_dir() {
        return Err("it is a directory, and only files are read".to_owned());
    }
    read_bounded(&place, limit).map_err(|e| context.scrubber.text(&e.to_string()))
}
