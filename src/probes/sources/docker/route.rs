//! Where a container's endpoint can be reached from this machine.

use std::net::{IpAddr, Ipv4Addr};

use super::client::Client;
use crate::observations::{Container, GATEWAY_PORT, host_of};
use crate::probes::sources::recognise::gateway_port;
use crate::probes::sources::types::Route;

impl Client {
    /// The way to the container's gateway: a published port, else its own address where that is reachable.
    pub(crate) fn route(&self, container: &Container) -> Route {
        route(remote(&self.about().address).as_deref(), container)
    }
}

/// The way to a container's gateway. `remote` is the engine's host, where the engine is not on this machine: its containers'
/// ports are published there.
fn route(remote: Option<&str>, container: &Container) -> Route {
    let network = &container.network;
    if network.mode == "host" {
        let port = gateway_port(container);
        return Route::Address(format!("http://{}:{port}", remote.unwrap_or("localhost")));
    }
    if let Some(port) = network.ports.iter().find(|p| p.container == GATEWAY_PORT && p.host != 0) {
        let host = remote.map_or_else(
            || match port.host_ip.parse::<IpAddr>() {
                Ok(ip) if !ip.is_unspecified() && ip != IpAddr::from(Ipv4Addr::LOCALHOST) => in_url(&ip),
                _ => "localhost".to_owned(),
            },
            str::to_owned,
        );
        return Route::Port(format!("http://{host}:{}", port.host));
    }
    // On Linux the containers' own addresses are reachable; elsewhere they lie in a virtual machine.
    if cfg!(not(target_os = "linux")) || remote.is_some() {
        return Route::None;
    }
    let address = network.addresses.iter().find_map(|a| a.parse::<IpAddr>().ok());
    address.map_or(Route::None, |address| Route::Address(format!("http://{}:{GATEWAY_PORT}", in_url(&address))))
}

fn in_url(address: &IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

/// The host of an engine that is not on this machine, as it stands in a URL.
fn remote(address: &str) -> Option<String> {
    let (scheme, _) = address.split_once("://")?;
    let host = host_of(address);
    let here = host.is_empty()
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified());
    let elsewhere = matches!(scheme, "tcp" | "http" | "https" | "ssh") && !here;
    elsewhere.then(|| if host.contains(':') { format!("[{host}]") } else { host })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::{ContainerNetwork, PublishedPort};

    fn container(mode: &str, ports: &[(u16, &str, u16)], addresses: &[&str]) -> Container {
        let port = |(container, ip, host): &(u16, &str, u16)| PublishedPort {
            container: *container,
            host_ip: (*ip).to_owned(),
            host: *host,
        };
        let network = ContainerNetwork {
            mode: mode.to_owned(),
            ports: ports.iter().map(port).collect(),
            addresses: addresses.iter().map(|a| (*a).to_owned()).collect(),
            ..ContainerNetwork::default()
        };
        Container { network, ..Container::default() }
    }

    #[test]
    fn a_container_is_reached_where_it_publishes() {
        let at = |c: &Container| route(None, c).url().map(str::to_owned);
        for (ip, url) in [
            ("0.0.0.0", "http://localhost:14566"),
            ("::", "http://localhost:14566"),
            ("", "http://localhost:14566"),
            ("127.0.0.1", "http://localhost:14566"),
            ("::1", "http://[::1]:14566"),
            ("192.0.2.7", "http://192.0.2.7:14566"),
        ] {
            assert_eq!(at(&container("x", &[(4566, ip, 14566)], &[])).as_deref(), Some(url), "{ip}");
        }
        assert_eq!(at(&container("host", &[], &[])).as_deref(), Some("http://localhost:4566"));
        assert_eq!(at(&container("bridge", &[(4510, "0.0.0.0", 4510)], &[])), None);
        if cfg!(target_os = "linux") {
            let own = container("bridge", &[], &["172.17.0.2"]);
            assert_eq!(at(&own).as_deref(), Some("http://172.17.0.2:4566"));
        }
    }

    #[test]
    fn published_ports_are_at_the_engine_that_was_found_whatever_named_it() {
        let published = container("bridge", &[(4566, "0.0.0.0", 14566)], &[]);
        let at = |engine: &str, c: &Container| route(remote(engine).as_deref(), c).url().map(str::to_owned);
        assert_eq!(at("ssh://me@build.corp", &published).as_deref(), Some("http://build.corp:14566"));
        assert_eq!(at("unix:///run/docker.sock", &published).as_deref(), Some("http://localhost:14566"));
        assert_eq!(at("tcp://build.corp:2375", &container("x", &[], &["172.17.0.2"])), None);
    }
}
