//! The path to the license host, step by step: name, connection, answer. `proxy.rs` and `tls.rs` hold the other steps.
//! The diagnosis decides which step is to blame.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::url::host_of;

/// From where the license host is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Viewpoint {
    /// As this machine is configured.
    Host,
    /// As the container is configured, asked from this machine: inference, never proof.
    Container,
}

impl Viewpoint {
    /// Both, the host first.
    pub const ALL: [Self; 2] = [Self::Host, Self::Container];

    /// The viewpoint in words, to follow "seen from".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Host => "this machine",
            Self::Container => "the container's settings, asked from this machine",
        }
    }
}

/// Answers to one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Dns {
    /// The name that was asked for, without a dot at the end.
    pub name: String,
    /// Each resolver's own answer.
    pub resolvers: Vec<ResolverAnswer>,
    /// The system's answer (`getaddrinfo`), which also follows the hosts file; absent where the viewpoint has none, and
    /// where a resolver had answered and the system was still waiting for another.
    pub system: Option<SystemAnswer>,
    /// Addresses the hosts file gives the name.
    pub hosts_file: Vec<IpAddr>,
    /// The resolver configuration could not be read.
    pub config_error: Option<String>,
    /// The network has no way out at all (`--network none`).
    pub isolated: bool,
    /// Limits that were met: what was not asked, or not taken up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
}

impl Dns {
    /// The addresses that a connection would use: the system's, else the first resolver's that gave any.
    pub fn addresses(&self) -> Vec<IpAddr> {
        if !self.hosts_file.is_empty() {
            return self.hosts_file.clone();
        }
        match &self.system {
            Some(SystemAnswer::Addresses { addresses, .. }) => addresses.clone(),
            Some(SystemAnswer::Failed { .. }) => Vec::new(),
            None => self.resolvers.iter().map(ResolverAnswer::addresses).find(|a| !a.is_empty()).unwrap_or_default(),
        }
    }
}

/// One resolver's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResolverAnswer {
    /// The resolver, such as `10.0.0.2:53`.
    pub server: String,
    /// Where it is configured, such as `/etc/resolv.conf`, `--dns-server`, `daemon.json or --dns`.
    pub source: String,
    /// IPv4 addresses.
    pub a: RecordAnswer,
    /// IPv6 addresses.
    pub aaaa: RecordAnswer,
    /// How long both took, in milliseconds.
    pub took_ms: f64,
}

impl ResolverAnswer {
    /// Addresses of both families.
    pub fn addresses(&self) -> Vec<IpAddr> {
        self.a.addresses.iter().chain(&self.aaaa.addresses).copied().collect()
    }

    /// The status that explains why there is no address: of IPv4, unless that one is `NOERROR`.
    pub fn worse(&self) -> &DnsStatus {
        if self.a.status == DnsStatus::NoError { &self.aaaa.status } else { &self.a.status }
    }
}

/// The answer for one record type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAnswer {
    /// The status, as dig prints it.
    pub status: DnsStatus,
    /// The addresses; empty with `NOERROR` means the name exists without such a record.
    pub addresses: Vec<IpAddr>,
    /// The answer did not fit a datagram and was fetched over TCP.
    pub over_tcp: bool,
}

/// Status of a DNS answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsStatus {
    /// NOERROR.
    NoError,
    /// NXDOMAIN.
    NxDomain,
    /// SERVFAIL.
    ServFail,
    /// REFUSED.
    Refused,
    /// No answer in time.
    Timeout,
    /// Nothing listens at the resolver's address.
    Unreachable,
    /// An answer that is no DNS message, or another failure; the text says which.
    Other(String),
}

impl DnsStatus {
    /// The word dig prints, or the nearest to it.
    pub fn word(&self) -> &str {
        match self {
            Self::NoError => "NOERROR",
            Self::NxDomain => "NXDOMAIN",
            Self::ServFail => "SERVFAIL",
            Self::Refused => "REFUSED",
            Self::Timeout => "time-out",
            Self::Unreachable => "connection refused",
            Self::Other(text) => text,
        }
    }

    /// What the resolver does, to follow its name; `NoError` is taken to mean no record at all.
    pub fn says(&self) -> String {
        match self {
            Self::NoError => "knows the name and has no address for it (NOERROR, no records)".to_owned(),
            Self::NxDomain => "says that the name does not exist (NXDOMAIN)".to_owned(),
            Self::ServFail => "could not find it out (SERVFAIL)".to_owned(),
            Self::Refused => "refuses to answer (REFUSED)".to_owned(),
            Self::Timeout => "does not answer (time-out)".to_owned(),
            Self::Unreachable => "is not there (connection refused)".to_owned(),
            Self::Other(text) => format!("is no help: {text}"),
        }
    }
}

/// The system's own answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum SystemAnswer {
    /// It resolves.
    Addresses {
        /// To these.
        addresses: Vec<IpAddr>,
        /// In milliseconds.
        took_ms: f64,
    },
    /// It does not.
    Failed {
        /// The system's words.
        error: String,
        /// In milliseconds.
        took_ms: f64,
    },
}

/// Connections to the license host, or to the proxy in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Tcp {
    /// One try per address.
    pub attempts: Vec<TcpAttempt>,
    /// The proxy that was connected to instead, masked.
    pub via_proxy: Option<String>,
}

impl Tcp {
    /// Whether any address could be connected to.
    pub fn connected(&self) -> bool {
        self.attempts.iter().any(|a| a.outcome == TcpOutcome::Connected)
    }
}

/// One try to connect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TcpAttempt {
    /// Address and port.
    pub address: String,
    /// Whether the address is IPv6.
    pub ipv6: bool,
    /// The outcome.
    pub outcome: TcpOutcome,
    /// In milliseconds.
    pub took_ms: f64,
}

/// Outcomes of a try to connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpOutcome {
    /// Connected.
    Connected,
    /// Refused.
    Refused,
    /// No answer in time: dropped on the way.
    Timeout,
    /// No route, or network unreachable.
    Unreachable,
    /// Another failure, in the system's words.
    Other(String),
}

impl TcpOutcome {
    /// The outcome in a few words.
    pub fn words(&self) -> &str {
        match self {
            Self::Connected => "connected",
            Self::Refused => "refused",
            Self::Timeout => "no answer (time-out)",
            Self::Unreachable => "no route",
            Self::Other(text) => text,
        }
    }
}

/// The license host's HTTP answer to `GET {api}/health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Https {
    /// The URL that was asked.
    pub url: String,
    /// The HTTP status, 100 to 599.
    pub status: u16,
    /// What kind of body came.
    pub body: HttpBody,
    /// The `Server` header, where sent.
    pub server: Option<String>,
    /// The beginning of the body, scrubbed.
    pub excerpt: String,
}

impl Https {
    /// What the answer says about the license server.
    ///
    /// The status is looked at first: a server in trouble sends pages for people as well, and those are its own. For
    /// example, HTTP 403 with JSON is `Refused`, HTTP 200 with a page is `Intercepted`, HTTP 503 with a page is `Failing`.
    pub fn verdict(&self) -> HttpsVerdict {
        let astray = match &self.body {
            HttpBody::Html { .. } => true,
            HttpBody::Redirect { to_host } => *to_host != host_of(&self.url),
            HttpBody::Plain | HttpBody::Json => false,
        };
        match self.status {
            500.. => HttpsVerdict::Failing,
            429 => HttpsVerdict::Limited,
            _ if astray => HttpsVerdict::Intercepted,
            400.. => HttpsVerdict::Refused,
            _ => HttpsVerdict::Fine,
        }
    }
}

/// What an HTTP answer says about the license server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpsVerdict {
    /// The server serves.
    Fine,
    /// The server serves, and refuses this very request (HTTP 400 to 499).
    Refused,
    /// The server has had too many requests from here (HTTP 429).
    Limited,
    /// The server itself is in trouble (HTTP 500 and above).
    Failing,
    /// Something else answers in the server's place: a page for people, or a redirect to another host.
    Intercepted,
}

impl HttpsVerdict {
    /// Whether the license server serves requests: what it refuses, it has understood.
    pub const fn serves(self) -> bool {
        matches!(self, Self::Fine | Self::Refused)
    }

    /// Whether the server answers and cannot serve now: it is in trouble, or limits this client.
    pub const fn fails(self) -> bool {
        matches!(self, Self::Limited | Self::Failing)
    }
}

/// Kinds of HTTP bodies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum HttpBody {
    /// Empty, or a kind that tells nothing.
    #[default]
    Plain,
    /// JSON, as the license server speaks.
    Json,
    /// A page for people: a portal or a block page.
    Html {
        /// Its title.
        title: String,
    },
    /// Sent elsewhere.
    Redirect {
        /// The host of the new place.
        to_host: String,
    },
}

/// How far another host of LocalStack's can be reached, from this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherHost {
    /// Its name.
    pub host: String,
    /// Where the path broke; nothing where the TLS handshake succeeded.
    pub stumbled: Option<Breakpoint>,
    /// In milliseconds.
    pub took_ms: f64,
}

/// The step at which the path to a host broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakpoint {
    /// The step.
    pub at: PathStep,
    /// Why, in a few words.
    pub why: String,
}

/// The steps of the path to a host, up to its certificate, named as the checks of the license host are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathStep {
    /// The proxy that is to be used.
    Proxy,
    /// Name resolution.
    Dns,
    /// The connection.
    Tcp,
    /// The TLS handshake.
    Tls,
}

impl std::fmt::Display for PathStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Proxy => "proxy",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_one_verdict_by_status_and_then_by_body() {
        use HttpsVerdict::{Failing, Fine, Intercepted, Limited, Refused};
        let page = || HttpBody::Html { title: "Blocked".to_owned() };
        let to = |host: &str| HttpBody::Redirect { to_host: host.to_owned() };
        for (status, body, verdict) in [
            (200, HttpBody::Json, Fine),
            (301, to("api.example"), Fine),
            (403, HttpBody::Json, Refused),
            (429, page(), Limited),
            (503, page(), Failing),
            (200, page(), Intercepted),
            (403, page(), Intercepted),
            (302, to("portal.example"), Intercepted),
        ] {
            let https = Https { url: "https://api.example/v1".to_owned(), status, body, ..Https::default() };
            assert_eq!(https.verdict(), verdict, "{https:?}");
        }
        assert!(Refused.serves() && !Limited.serves() && Limited.fails() && !Intercepted.fails());
    }
}
