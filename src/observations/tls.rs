//! The certificate that answers for the license host, and what each set of roots makes of it.
//! Whether that is to blame is not decided here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The handshake with the license host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Tls {
    /// The name that was asked for.
    pub server_name: String,
    /// The chain that was presented, leaf first; also when it is not trusted.
    pub chain: Vec<Certificate>,
    /// Judged with this system's store.
    pub system: Trust,
    /// Judged with Mozilla's roots, which LocalStack's bundle (certifi) holds.
    pub mozilla: Trust,
    /// Judged with the bundle that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names, where one is named and readable.
    pub bundle: Option<BundleTrust>,
    /// The handshake failed before any certificate.
    pub fault: Option<TlsFault>,
    /// The protocol that was agreed on, such as `TLSv1.3`.
    pub version: Option<String>,
}

impl Tls {
    /// Every issuer of the chain, and its organisation.
    pub fn issuers(&self) -> Vec<&str> {
        self.chain
            .iter()
            .flat_map(|c| [c.issuer.as_str(), c.issuer_organization.as_deref().unwrap_or_default()])
            .collect()
    }
}

/// What one set of roots makes of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Trust {
    /// Not asked.
    #[default]
    NotChecked,
    /// Trusted.
    Trusted,
    /// Not trusted.
    Untrusted {
        /// Why.
        fault: TlsFault,
    },
}

/// The verdict of a named bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleTrust {
    /// The variable that names it.
    pub variable: String,
    /// Its path.
    pub path: String,
    /// The verdict, or why the bundle could not be used.
    pub verdict: Result<Trust, String>,
}

/// Faults of a handshake or a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum TlsFault {
    /// No trusted issuer.
    UnknownIssuer,
    /// Signed by itself.
    SelfSigned,
    /// Expired.
    Expired,
    /// Not yet valid: often a wrong clock.
    NotYetValid,
    /// For another name.
    WrongName,
    /// The issuer's Basic Constraints are missing or not critical, which Python 3.13 refuses even when trusted.
    CaConstraints,
    /// Something that is not TLS answered.
    NotTls,
    /// Closed or reset in the handshake.
    Closed,
    /// No protocol version or cipher in common.
    NoCommonProtocol,
    /// No answer in time.
    Timeout,
    /// Another fault, in the library's words.
    Other {
        /// The words.
        says: String,
    },
}

impl TlsFault {
    /// The fault in words, to follow "the certificate" or "the handshake".
    pub fn words(&self) -> &str {
        match self {
            Self::UnknownIssuer => "issuer is not trusted",
            Self::SelfSigned => "signed by itself",
            Self::Expired => "expired",
            Self::NotYetValid => "not yet valid (is the clock right?)",
            Self::WrongName => "issued for another name",
            Self::CaConstraints => "CA without critical Basic Constraints, which Python 3.13 refuses",
            Self::NotTls => "the answer is not TLS",
            Self::Closed => "connection closed in the handshake",
            Self::NoCommonProtocol => "no common TLS version",
            Self::Timeout => "no answer in the handshake",
            Self::Other { says } => says,
        }
    }
}

/// One certificate of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Certificate {
    /// Common name of the subject, else its whole name.
    pub subject: String,
    /// Common name of the issuer, else its whole name.
    pub issuer: String,
    /// Organisation of the issuer, where named.
    pub issuer_organization: Option<String>,
    /// Names it is valid for, bounded.
    pub names: Vec<String>,
    /// Valid from.
    pub not_before: Option<Timestamp>,
    /// Valid until.
    pub not_after: Option<Timestamp>,
    /// Subject and issuer are the same.
    pub self_issued: bool,
    /// For a CA: whether its Basic Constraints are marked critical.
    pub critical_constraints: Option<bool>,
}
