//! What was seen: plain data, already scrubbed of secrets and control characters, that can be stored and read back.
//! No I/O, no judgement, and no other module of ours may be imported here.

mod cache;
mod compose;
mod container;
mod credentials;
mod endpoint;
mod engine;
mod log;
mod network;
mod observation;
mod proxy;
mod snapshot;
mod tls;
mod token;
mod url;
mod version;

pub use cache::*;
pub use compose::*;
pub use container::*;
pub use credentials::*;
pub use endpoint::*;
pub use engine::*;
pub use log::*;
pub use network::*;
pub use observation::*;
pub use proxy::*;
pub use snapshot::*;
pub use tls::*;
pub use token::*;
pub use url::*;
pub use version::*;

use serde::{Deserialize, Serialize};

/// The checks, in the order in which they are listed. The names are an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeId {
    /// The container engine: reachable, which, version.
    Engine,
    /// LocalStack's containers.
    Container,
    /// The HTTP endpoint of LocalStack.
    Endpoint,
    /// The lines of the latest start.
    Logs,
    /// Every place a token can come from.
    Credentials,
    /// Cached license files.
    Cache,
    /// Name resolution of the license host.
    Dns,
    /// Connections to the license host.
    Tcp,
    /// The certificate that answers for the license host.
    Tls,
    /// The license host's HTTP answer.
    Https,
    /// Proxy variables, and whether the proxy lets us through.
    Proxy,
    /// The compose file behind the container.
    Compose,
    /// LocalStack's other hosts; looked at only when asked for, or when the log names one.
    Hosts,
}

impl ProbeId {
    /// The checks that run unless told otherwise, in listing order.
    pub const ALL: [Self; 12] = [
        Self::Engine,
        Self::Container,
        Self::Endpoint,
        Self::Logs,
        Self::Credentials,
        Self::Cache,
        Self::Dns,
        Self::Tcp,
        Self::Tls,
        Self::Https,
        Self::Proxy,
        Self::Compose,
    ];

    /// The checks that run only when asked for.
    pub const ON_REQUEST: [Self; 1] = [Self::Hosts];

    /// The id as users type it and JSON shows it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Container => "container",
            Self::Endpoint => "endpoint",
            Self::Logs => "logs",
            Self::Credentials => "credentials",
            Self::Cache => "cache",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Https => "https",
            Self::Proxy => "proxy",
            Self::Compose => "compose",
            Self::Hosts => "hosts",
        }
    }

    /// What the check looks at, in a few words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Engine => "Container engine",
            Self::Container => "LocalStack container",
            Self::Endpoint => "LocalStack endpoint",
            Self::Logs => "Start-up log",
            Self::Credentials => "Credentials",
            Self::Cache => "Cached license",
            Self::Dns => "DNS of the license host",
            Self::Tcp => "Connection to the license host",
            Self::Tls => "Certificate of the license host",
            Self::Https => "Answer of the license host",
            Self::Proxy => "Proxy",
            Self::Compose => "Compose file",
            Self::Hosts => "Other hosts of LocalStack",
        }
    }

    /// The check of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().chain(Self::ON_REQUEST).find(|id| id.name() == name)
    }
}

impl std::fmt::Display for ProbeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What was asked for: addresses and names that the evidence is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Target {
    /// The endpoint the user named, if one was named.
    pub endpoint: Option<String>,
    /// The container the user named, if one was named.
    pub container: Option<String>,
    /// Base URL of the license server.
    pub api_endpoint: String,
    /// Host name of the license server.
    pub license_host: String,
    /// Nothing beyond this machine was asked.
    pub offline: bool,
    /// Evidence comes from files alone; what was not given is unknown.
    pub from_files: bool,
    /// The machine and where it runs.
    pub machine: Machine,
}

/// The machine the doctor runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Machine {
    /// Operating system, such as `linux`.
    pub os: String,
    /// Processor architecture, such as `x86_64`.
    pub arch: String,
    /// The CI service this runs in, if any.
    pub ci: Option<Ci>,
}

/// A CI service, as its variables tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ci {
    /// Its name, such as `GitHub Actions`.
    pub name: String,
    /// Why secrets are withheld from this run, where the variables tell (a fork's pull request, a bot).
    pub without_secrets: Option<String>,
}
