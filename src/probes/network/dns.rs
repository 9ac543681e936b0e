//! Looks a name up: by each resolver, by the system, and in the hosts file, all at once.
//! The diagnosis decides which answer is right.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hickory_resolver::proto::rr::{Name, RecordType};

use super::resolver::ask;
use crate::observations::{Dns, DnsStatus, RecordAnswer, ResolverAnswer, SystemAnswer};
use crate::probes::formats::limit::first;
use crate::scrub::Scrubber;

/// A resolver that has not answered by then is slower than any user waits. Below two seconds, so that a check of the
/// name alone ends within two although one resolver is silent.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// The most resolvers that are asked. Systems use three; a file written by another program can name more.
const MOST_RESOLVERS: usize = 8;
/// A license server has a handful of addresses.
const MOST_ADDRESSES: usize = 16;

/// How a viewpoint looks names up.
#[derive(Debug, Clone, Default)]
pub(super) struct Lookup {
    /// Resolvers, in order.
    pub(super) resolvers: Vec<Configured>,
    /// Lines of the hosts file.
    pub(super) hosts: Vec<(IpAddr, String)>,
    /// Whether the system's own lookup (`getaddrinfo`) is of this viewpoint.
    pub(super) system: bool,
    /// There is no network at all.
    pub(super) isolated: bool,
    /// The configuration could not be read.
    pub(super) error: Option<String>,
}

/// A resolver as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Configured {
    pub(super) address: SocketAddr,
    pub(super) source: String,
}

/// Addresses of a name that needs no lookup.
pub(super) fn literal(name: &str) -> Option<Vec<IpAddr>> {
    if let Ok(address) = name.parse() {
        return Some(vec![address]);
    }
    name.eq_ignore_ascii_case("localhost").then(|| vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])
}

impl Lookup {
    /// Addresses the hosts file gives the name.
    pub(super) fn in_hosts(&self, name: &str) -> Vec<IpAddr> {
        let found = self.hosts.iter().filter(|(_, n)| n.eq_ignore_ascii_case(name)).map(|(address, _)| *address);
        found.take(MOST_ADDRESSES).collect()
    }

    /// Looks the name up in every way there is. Comes back by `limit`, and sooner where resolvers are known.
    pub(super) async fn look(&self, name: &str, limit: Duration, scrubber: &Scrubber) -> Dns {
        let mut dns = Dns { name: name.to_owned(), isolated: self.isolated, ..Dns::default() };
        if self.isolated {
            return dns;
        }
        if let Some(addresses) = literal(name) {
            dns.system = Some(SystemAnswer::Addresses { addresses, took_ms: 0.0 });
            return dns;
        }
        dns.hosts_file = self.in_hosts(name);
        // With a dot at the end no search domain is tried.
        let full = match Name::from_ascii(format!("{name}.")) {
            Ok(full) => full,
            Err(e) => {
                dns.config_error = Some(scrubber.text(&format!("`{name}` is no host name: {e}")));
                return dns;
            }
        };
        let patience = PATIENCE.min(limit);
        let resolvers = first(self.resolvers.iter(), MOST_RESOLVERS, "resolvers", &mut dns.limits);
        let asked = join_all(resolvers.into_iter().map(|resolver| both(resolver, &full, patience, scrubber)));
        let system = async {
            if !self.system {
                return None;
            }
            let patience = if self.resolvers.is_empty() { limit } else { patience };
            Some(system(name, patience, scrubber).await)
        };
        let (resolvers, system) = tokio::join!(asked, system);
        dns.resolvers = resolvers;
        dns.system = match system {
            // Slow is not failed: where a resolver has answered, the system would go on waiting and get there.
            Some(Err(_)) if dns.resolvers.iter().any(|r| !r.addresses().is_empty()) => None,
            Some(Ok(answer) | Err(answer)) => Some(answer),
            None => None,
        };
        if dns.addresses().is_empty() {
            dns.config_error.clone_from(&self.error);
        }
        dns
    }
}

/// What went wrong, in a few words, where a lookup gave no address.
pub(super) fn complaint(dns: &Dns) -> String {
    if dns.isolated {
        return "the container has no network".to_owned();
    }
    if let Some(SystemAnswer::Failed { error, .. }) = &dns.system
        && dns.resolvers.iter().any(|r| !r.addresses().is_empty())
    {
        return format!("resolvers answer, and the system does not: {error}");
    }
    let words = dns.resolvers.iter().map(|r| match &r.a.status {
        DnsStatus::NoError => "NOERROR without addresses",
        other => other.word(),
    });
    let mut words: Vec<&str> = words.collect();
    words.dedup();
    match (words.is_empty(), &dns.config_error, &dns.system) {
        (false, ..) => words.join(", "),
        (true, Some(error), _) => error.clone(),
        (true, None, Some(SystemAnswer::Failed { error, .. })) => error.clone(),
        (true, None, _) => "no resolver is known".to_owned(),
    }
}

async fn both(resolver: &Configured, name: &Name, patience: Duration, scrubber: &Scrubber) -> ResolverAnswer {
    let begun = Instant::now();
    let server = resolver.address;
    let (a, aaaa): (RecordAnswer, RecordAnswer) = tokio::join!(
        ask(server, name, RecordType::A, patience, scrubber),
        ask(server, name, RecordType::AAAA, patience, scrubber)
    );
    ResolverAnswer { server: server.to_string(), source: resolver.source.clone(), a, aaaa, took_ms: ms(begun) }
}

/// The system's own lookup: an answer, or as an error that there was none in time.
async fn system(name: &str, patience: Duration, scrubber: &Scrubber) -> Result<SystemAnswer, SystemAnswer> {
    let begun = Instant::now();
    // It cannot be cancelled: the thread ends by itself, and nobody waits for it.
    let outcome = tokio::time::timeout(patience, tokio::net::lookup_host((name, 0))).await;
    let took_ms = ms(begun);
    match outcome {
        Ok(Ok(found)) => {
            let mut addresses: Vec<IpAddr> = Vec::new();
            for address in found.map(|a| a.ip()).take(MOST_ADDRESSES) {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            Ok(SystemAnswer::Addresses { addresses, took_ms })
        }
        Ok(Err(e)) => Ok(SystemAnswer::Failed { error: scrubber.text(&e.to_string()), took_ms }),
        Err(_) => {
            Err(SystemAnswer::Failed { error: format!("no answer within {:.1} s", patience.as_secs_f64()), took_ms })
        }
    }
}

/// Milliseconds since then.
pub(super) fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1000.0
}

/// The name servers of a `resolv.conf`, link-local ones left out: they need an interface that the file may not tell.
pub(super) fn name_servers(text: &str) -> Vec<IpAddr> {
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix("nameserver"));
    lines.filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).collect()
}

/// The lines of a hosts file, a name each.
pub(super) fn hosts_lines(text: &str) -> Vec<(IpAddr, String)> {
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        Some((words.next()?.parse::<IpAddr>().ok()?, words.map(str::to_owned).collect::<Vec<_>>()))
    });
    lines.flat_map(|(address, names)| names.into_iter().map(move |name| (address, name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_is_read_as_the_system_reads_it() {
        let conf = "# nameserver 1.1.1.1\n; x\nnameserver 10.0.0.2 # corp\nnameserver\t2001:db8::1\nnameserver fe80::1%eth0\n\
                    options no-aaaa weird\nsearch corp.example\nnameserverx\n";
        assert_eq!(name_servers(conf), ["10.0.0.2".parse::<IpAddr>().unwrap(), "2001:db8::1".parse().unwrap()]);
        let lookup = Lookup {
            hosts: hosts_lines(
                "127.0.0.1 localhost\n0.0.0.0\tAPI.localstack.cloud api # block\nrubbish\n#1.2.3.4 api\n",
            ),
            ..Lookup::default()
        };
        assert_eq!(lookup.in_hosts("api.localstack.cloud"), ["0.0.0.0".parse::<IpAddr>().unwrap()]);
        assert!(lookup.in_hosts("localstack.cloud").is_empty());
    }

    #[tokio::test]
    async fn of_many_resolvers_some_are_asked_and_that_is_told() {
        // Nobody listens at a port that was just given back: each refuses at once.
        let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let resolvers = (0..20).map(|_| Configured { address: port, source: "test".to_owned() }).collect();
        let lookup = Lookup { resolvers, ..Lookup::default() };
        let dns = lookup.look("api.localstack.cloud", Duration::from_secs(2), &Scrubber::new()).await;
        assert_eq!(dns.resolvers.len(), MOST_RESOLVERS);
        assert_eq!(dns.limits, ["12 of 20 resolvers were left out"]);
    }

    #[test]
    fn an_address_is_not_looked_up() {
        assert_eq!(literal("::1").unwrap(), ["::1".parse::<IpAddr>().unwrap()]);
        assert_eq!(literal("LocalHost").unwrap().len(), 2);
        assert!(literal("api.localstack.cloud").is_none());
    }
}
