//! What was seen: plain data, already scrubbed of secrets and control characters, that can be stored and read back.
//! No I/O, no judgement, and no other module of ours may be imported here.

mod anchors;
mod cache;
mod compose;
mod container;
mod credentials;
mod endpoint;
mod engine;
mod log;
mod network;
mod phrases;
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
pub use phrases::*;
pub use proxy::*;
pub use snapshot::*;
pub use tls::*;
pub use token::*;
pub use url::*;
pub use version::*;

use jiff::Timestamp;
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

/// One probe's result, with its time. A probe that failed is data, not an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Observation<T> {
    /// Nobody asked for it: unknown, not absent.
    #[default]
    NotAsked,
    /// Under way.
    Pending {
        /// When it was begun.
        since: Timestamp,
    },
    /// An answer was had.
    Seen {
        /// When the answer was complete.
        at: Timestamp,
        /// How long it took, in milliseconds.
        took_ms: f64,
        /// The answer.
        value: T,
    },
    /// The probe itself could not look.
    Failed {
        /// When it gave up.
        at: Timestamp,
        /// How long it took, in milliseconds.
        took_ms: f64,
        /// Why.
        error: ProbeError,
    },
    /// It was not worth asking.
    Skipped {
        /// The reason, as a sentence without a full stop.
        because: String,
    },
}

impl<T> Observation<T> {
    /// The value, if one was seen.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Seen { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The probe's own failure, if it failed.
    pub const fn error(&self) -> Option<&ProbeError> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }

    /// When the value was seen or the probe gave up.
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Seen { at, .. } | Self::Failed { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// How long the probe took, in milliseconds.
    pub const fn took_ms(&self) -> Option<f64> {
        match self {
            Self::Seen { took_ms, .. } | Self::Failed { took_ms, .. } => Some(*took_ms),
            _ => None,
        }
    }

    /// Whether the answer is still awaited.
    pub const fn is_pending(&self) -> bool {
        matches!(self, Self::Pending { .. })
    }

    /// What is still awaited becomes a time-out.
    pub fn expire(&mut self, at: Timestamp) {
        if let Self::Pending { since } = self {
            let took_ms = at.duration_since(*since).as_secs_f64() * 1000.0;
            *self = Self::Failed { at, took_ms, error: ProbeError::new(ErrorKind::Timeout, "no answer in time") };
        }
    }

    /// A value seen at `at`, that took no time worth telling: for files and tests.
    pub const fn seen(at: Timestamp, value: T) -> Self {
        Self::Seen { at, took_ms: 0.0, value }
    }
}

/// Why a probe could not look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeError {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// What failed, on what, and why, in one sentence without a full stop.
    pub detail: String,
}

impl ProbeError {
    /// A failure of this kind.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

impl std::fmt::Display for ProbeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

/// The kinds of failure a probe can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The other side refused the connection.
    Refused,
    /// No answer in time.
    Timeout,
    /// It is not there.
    NotFound,
    /// Not permitted.
    Denied,
    /// Encryption failed.
    Tls,
    /// A proxy was in the way.
    Proxy,
    /// The answer made no sense.
    BadAnswer,
    /// The probe itself crashed.
    Crashed,
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
