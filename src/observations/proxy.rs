//! Which proxy stands on the way to the license host, and what it said. Whether that is to blame is not decided here.

use serde::{Deserialize, Serialize};

use super::variable::Variable;

/// Proxy settings, as LocalStack would apply them to the license host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Proxy {
    /// The variable that wins, and its proxy.
    pub used: Option<ProxyUse>,
    /// The NO_PROXY entry that keeps the license host from the proxy.
    pub bypassed_by: Option<NoProxy>,
    /// All proxy variables that are set, passwords masked.
    pub variables: Vec<Variable>,
    /// What came of asking the proxy for a tunnel; absent when no proxy is used or none was asked.
    pub tunnel: Option<Tunnel>,
}

/// A proxy that would be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ProxyUse {
    /// The variable.
    pub variable: String,
    /// Its URL, password masked.
    pub url: String,
    /// It cannot be read as a URL; the reason.
    pub unparseable: Option<String>,
}

impl ProxyUse {
    /// Whether it speaks SOCKS, for which Python's requests needs a package of its own (PySocks).
    pub fn is_socks(&self) -> bool {
        self.url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("socks"))
    }
}

/// A NO_PROXY entry that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct NoProxy {
    /// `NO_PROXY` or `no_proxy`.
    pub variable: String,
    /// The entry, such as `.localstack.cloud`.
    pub entry: String,
}

/// What a proxy said to `CONNECT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Tunnel {
    /// The tunnel is open.
    Open,
    /// Nobody listens at the proxy's address.
    Refused,
    /// The proxy's name does not resolve.
    UnknownHost,
    /// The proxy wants credentials (407).
    AuthenticationRequired {
        /// The schemes it offers, such as `Negotiate`.
        schemes: Vec<String>,
    },
    /// The proxy denies the tunnel.
    Denied {
        /// The HTTP status.
        status: u16,
    },
    /// No answer in time.
    Timeout,
    /// Another failure.
    Failed {
        /// The reason.
        why: String,
    },
}
