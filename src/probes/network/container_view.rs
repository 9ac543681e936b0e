//! The container's viewpoint: its resolvers, hosts, proxies and bundle, as its settings and files tell.
//! No program is run in the container: its settings and files are read, and the path is then probed from this machine.

use std::net::IpAddr;

use super::dns::{Configured, Lookup, hosts_lines, literal, name_servers};
use super::proxy::{Way, choose};
use super::server::Server;
use super::settings::{LARGEST_FILE, Loopback, Settings, configured, named_bundle};
use super::trust::{Bundle, LARGEST_BUNDLE, RootSources, SystemStore};
use crate::observations::Container;
use crate::probes::chosen::Chosen;
use crate::probes::host::Environment;

/// What was read out of the container.
#[derive(Default)]
struct Files {
    resolv_conf: Option<String>,
    hosts: Option<String>,
}

/// As the container is set up; what it does not tell is as on this machine.
pub(super) async fn settings(host: Settings, chosen: Chosen) -> Settings {
    let Chosen { source, container, environment, .. } = chosen;
    let env: Environment = environment.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let handle = container.handle();
    let text = async |path: &str| {
        let read = source.as_ref()?.file(&handle, path, LARGEST_FILE).await.ok()?;
        Some(String::from_utf8_lossy(&read.into_bytes(path).ok()??).into_owned())
    };
    let bundle = async {
        let (variable, path) = named_bundle(&env)?;
        let pem = match &source {
            Some(source) => match source.file(&handle, &path, LARGEST_BUNDLE).await {
                Ok(found) => found.into_bytes(&path).map_err(|why| host.scrubber.text(&why)),
                Err(error) => Err(error.detail),
            },
            None => Err("the container's files cannot be read".to_owned()),
        };
        let pem = pem.and_then(|found| found.ok_or_else(|| "there is no such file in the container".to_owned()));
        Some(Bundle { variable, path: host.scrubber.text(&path), pem })
    };
    let (resolv_conf, hosts, bundle) = tokio::join!(text("/etc/resolv.conf"), text("/etc/hosts"), bundle);
    let loopback = if container.network.mode == "host" { Loopback::Ours } else { Loopback::Theirs };
    let files = Files { resolv_conf, hosts };
    Settings {
        server: env.get("API_ENDPOINT").and_then(|url| Server::parse(url).ok()).unwrap_or(host.server),
        lookup: lookup(&host.lookup, &container, &files, &env, loopback),
        loopback,
        roots: RootSources { system: SystemStore::Absent, bundle },
        env,
        ..host
    }
}

fn lookup(host: &Lookup, container: &Container, files: &Files, env: &Environment, loopback: Loopback) -> Lookup {
    if container.network.mode == "none" {
        return Lookup { isolated: true, ..Lookup::default() };
    }
    let hosts = match &files.hosts {
        Some(text) => hosts_lines(text),
        None => container.network.extra_hosts.iter().filter_map(|entry| extra_host(entry)).collect(),
    };
    let resolvers = resolvers(host, container, files, env, loopback);
    Lookup { resolvers, hosts, system: false, isolated: false, error: None }
}

/// An entry of `--add-host`: `name:address` or `name=address`. `host-gateway` is known to the engine alone.
fn extra_host(entry: &str) -> Option<(IpAddr, String)> {
    let (name, address) = entry.split_once([':', '='])?;
    let address = address.trim_matches(['[', ']']).parse().ok()?;
    Some((address, name.to_owned()))
}

/// `--dns` beats the file, and the file beats LocalStack's own variable. Loopback resolvers are the container's own:
/// what stands behind them is asked in their place.
fn resolvers(
    host: &Lookup,
    container: &Container,
    files: &Files,
    env: &Environment,
    loopback: Loopback,
) -> Vec<Configured> {
    let given: Vec<IpAddr> = container.network.dns.iter().filter_map(|d| d.parse().ok()).collect();
    if !given.is_empty() {
        return configured(given, "`--dns` of the container");
    }
    let text = files.resolv_conf.as_deref().unwrap_or_default();
    let mut servers = name_servers(text);
    servers.retain(|ip| !loopback.hides(ip));
    if !servers.is_empty() {
        return configured(servers, "/etc/resolv.conf of the container");
    }
    let upstream = upstream(text);
    if !upstream.is_empty() {
        return configured(upstream, "behind the engine's resolver 127.0.0.11");
    }
    let own = env.get("DNS_SERVER").and_then(|v| v.trim().parse::<IpAddr>().ok());
    if let Some(own) = own.filter(|ip| !loopback.hides(ip)) {
        return configured(vec![own], "DNS_SERVER of the container");
    }
    let because = if files.resolv_conf.is_some() {
        "this machine's, which the engine's resolver asks"
    } else {
        "this machine's; the container's /etc/resolv.conf was not read"
    };
    host.resolvers.iter().map(|r| Configured { address: r.address, source: because.to_owned() }).collect()
}

/// The servers that the engine's resolver forwards to, which the engine notes in the file: `# ExtServers: [10.0.0.2 host(127.0.0.53)]`.
fn upstream(resolv_conf: &str) -> Vec<IpAddr> {
    let noted = resolv_conf.lines().find_map(|line| line.trim_start_matches(['#', ' ']).strip_prefix("ExtServers:"));
    let words = noted.unwrap_or_default().split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')'));
    words.filter_map(|word| word.parse().ok()).collect()
}

/// Whether the container's path is that of this machine, so that probing it again would show nothing new.
pub(super) fn same_way(host: &Settings, inside: &Settings) -> bool {
    let addresses = |s: &Settings| s.lookup.resolvers.iter().map(|r| r.address).collect::<Vec<_>>();
    let hosts = |s: &Settings| s.lookup.in_hosts(&s.server.host);
    let proxies = match (way(host), way(inside)) {
        (Way::Direct, Way::Direct) => true,
        (Way::Through(a), Way::Through(b)) => {
            let theirs = literal(&b.host).is_some_and(|ips| ips.iter().any(|ip| inside.loopback.hides(ip)));
            !theirs && (&a.host, a.port, a.speaks, &a.shown) == (&b.host, b.port, b.speaks, &b.shown)
        }
        _ => false,
    };
    proxies
        && host.server == inside.server
        && !inside.lookup.isolated
        && host.roots.bundle.is_none()
        && inside.roots.bundle.is_none()
        && addresses(host) == addresses(inside)
        && hosts(host) == hosts(inside)
        && literal(&inside.server.host).is_none_or(|ips| !ips.iter().any(|ip| inside.loopback.hides(ip)))
}

fn way(settings: &Settings) -> Way {
    choose(&settings.env, &settings.server, &settings.scrubber).way
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::ContainerNetwork;

    fn asked(conf: Option<&str>, dns: &[&str], env: &[(&str, &str)], mode: &str) -> Vec<(String, String)> {
        let host = Lookup { resolvers: configured(vec!["10.9.9.9".parse().unwrap()], "host"), ..Lookup::default() };
        let network = ContainerNetwork {
            mode: mode.to_owned(),
            dns: dns.iter().map(|d| (*d).to_owned()).collect(),
            ..ContainerNetwork::default()
        };
        let container = Container { network, ..Container::default() };
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let files = Files { resolv_conf: conf.map(str::to_owned), hosts: None };
        let loopback = if mode == "host" { Loopback::Ours } else { Loopback::Theirs };
        let found = lookup(&host, &container, &files, &env, loopback);
        found.resolvers.into_iter().map(|r| (r.address.ip().to_string(), r.source)).collect()
    }

    #[test]
    fn the_resolvers_behind_the_container_are_found() {
        let only = |found: Vec<(String, String)>| {
            assert_eq!(found.len(), 1);
            found.into_iter().next().unwrap()
        };
        let embedded = "nameserver 127.0.0.11\noptions ndots:0\n";
        let noted = "# Generated\nnameserver 127.0.0.11\n# ExtServers: [host(10.0.0.2)]\n";
        assert_eq!(only(asked(Some(embedded), &["1.1.1.1"], &[], "x")).0, "1.1.1.1");
        assert_eq!(
            only(asked(Some("nameserver 10.0.0.7\n"), &[], &[("DNS_SERVER", "8.8.8.8")], "bridge")).0,
            "10.0.0.7"
        );
        assert_eq!(only(asked(Some(noted), &[], &[("DNS_SERVER", "8.8.8.8")], "x")).0, "10.0.0.2");
        assert_eq!(
            only(asked(Some(embedded), &[], &[("DNS_SERVER", "8.8.8.8")], "x")).1,
            "DNS_SERVER of the container"
        );
        let (ip, source) = only(asked(Some(embedded), &[], &[("DNS_SERVER", "127.0.0.1")], "x"));
        assert_eq!((ip.as_str(), source.contains("this machine's")), ("10.9.9.9", true));
        assert!(only(asked(None, &[], &[], "x")).1.contains("was not read"));
        assert_eq!(only(asked(Some("nameserver 127.0.0.53\n"), &[], &[], "host")).0, "127.0.0.53");
    }

    #[test]
    fn a_bundle_on_either_side_makes_another_way() {
        let folder = tempfile::tempdir().unwrap();
        let context = crate::probes::sources::docker::fake::context_in(folder.path());
        let plain = Settings::of_host(&context).unwrap();
        let bundle = Bundle { variable: "REQUESTS_CA_BUNDLE".into(), path: "/ca.pem".into(), pem: Ok(Vec::new()) };
        let with = Settings { roots: RootSources { bundle: Some(bundle), ..RootSources::default() }, ..plain.clone() };
        assert!(same_way(&plain, &plain));
        assert!(!same_way(&with, &plain) && !same_way(&plain, &with));
    }

    #[test]
    fn entries_of_add_host_are_read() {
        assert_eq!(extra_host("api.x:10.0.0.1").unwrap().0.to_string(), "10.0.0.1");
        assert_eq!(extra_host("api.x=[::1]").unwrap().1, "api.x");
        assert_eq!(extra_host("api.x:::1").unwrap().0.to_string(), "::1");
        assert_eq!(extra_host("api.x:host-gateway"), None);
    }
}
