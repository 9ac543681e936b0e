//! Sets of roots, and what each makes of a chain: this system's, Mozilla's, and the bundle that variables name.
//! A chain is judged after the handshake that presented it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};

use super::certificate::{is_lax, is_lax_issuer, is_self_issued};
use crate::observations::{BundleTrust, TlsFault, Trust};
use crate::probes::host::certificates;

/// The largest bundle that is read: certifi's has 300 KB.
pub(super) const LARGEST_BUNDLE: u64 = 8 << 20;
/// The variables that name a bundle, in the order in which requests reads them.
pub(super) const BUNDLE_VARIABLES: [&str; 2] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// Where a viewpoint's roots come from.
#[derive(Debug, Clone, Default)]
pub(super) struct RootSources {
    /// The system's store.
    pub(super) system: SystemStore,
    /// The bundle that a variable names.
    pub(super) bundle: Option<Bundle>,
}

/// The system's store of a viewpoint.
#[derive(Debug, Clone, Default)]
pub(super) enum SystemStore {
    /// There is none: LocalStack in a container does not ask its system's store.
    #[default]
    Absent,
    /// This system's own.
    Native,
    /// The file that SSL_CERT_FILE names, or why it cannot be read.
    File(Result<Vec<u8>, String>),
}

/// A bundle that a variable names.
#[derive(Debug, Clone)]
pub(super) struct Bundle {
    pub(super) variable: String,
    pub(super) path: String,
    /// Its text, or why it cannot be read.
    pub(super) pem: Result<Vec<u8>, String>,
}

/// The sets of roots, read.
pub(super) struct Roots {
    system: Store,
    mozilla: Arc<RootCertStore>,
    bundle: Option<(Bundle, Result<Vec<CertificateDer<'static>>, String>)>,
}

enum Store {
    Absent,
    Roots(Arc<RootCertStore>),
    Unusable(String),
}

/// The verdicts of all sets.
pub(super) struct Verdicts {
    pub(super) system: Trust,
    pub(super) mozilla: Trust,
    pub(super) bundle: Option<BundleTrust>,
}

impl Verdicts {
    /// Whether any set trusts the chain. A bundle that only Python's strictness refuses counts: the way is open.
    pub(super) fn any_trusts(&self) -> bool {
        let bundle = self.bundle.as_ref().and_then(|b| b.verdict.as_ref().ok());
        let trusts = |t: &Trust| matches!(t, Trust::Trusted | Trust::Untrusted { fault: TlsFault::CaConstraints });
        trusts(&self.system) || trusts(&self.mozilla) || bundle.is_some_and(trusts)
    }

    /// The fault in words, of the set that comes nearest to what LocalStack uses.
    pub(super) fn complaint(&self) -> &str {
        let bundle = self.bundle.as_ref().and_then(|b| b.verdict.as_ref().ok());
        [bundle, Some(&self.mozilla), Some(&self.system)]
            .into_iter()
            .flatten()
            .find_map(|t| if let Trust::Untrusted { fault } = t { Some(fault.words()) } else { None })
            .unwrap_or("not trusted")
    }
}

impl Roots {
    /// Reads all sets. Takes tens of milliseconds: the system's store has well over a hundred certificates.
    pub(super) fn read(sources: RootSources) -> Self {
        let system = match sources.system {
            SystemStore::Absent => Store::Absent,
            SystemStore::Native => {
                let found = certificates::system_roots();
                // A machine without a store trusts nothing, and that says nothing of the license server.
                if found.is_empty() { Store::Absent } else { Store::Roots(store(found)) }
            }
            SystemStore::File(pem) => match pem.and_then(|p| certificates::from_pem(&p)) {
                Ok(found) => Store::Roots(store(found)),
                Err(why) => Store::Unusable(format!("the file that SSL_CERT_FILE names is no use: {why}")),
            },
        };
        let mozilla = Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
        let bundle = sources.bundle.map(|mut bundle| {
            let found = std::mem::replace(&mut bundle.pem, Ok(Vec::new())).and_then(|pem| certificates::from_pem(&pem));
            (bundle, found)
        });
        Self { system, mozilla, bundle }
    }

    /// What each set makes of the chain, for this name and time.
    pub(super) fn judge(&self, chain: &[CertificateDer<'_>], name: &ServerName<'_>, now: Timestamp) -> Verdicts {
        let system = match &self.system {
            Store::Absent => Trust::NotChecked,
            Store::Roots(roots) => judge(roots, chain, name, now),
            Store::Unusable(why) => Trust::Untrusted { fault: TlsFault::Other { says: why.clone() } },
        };
        let bundle = self.bundle.as_ref().map(|(bundle, found)| BundleTrust {
            variable: bundle.variable.clone(),
            path: bundle.path.clone(),
            verdict: found.as_ref().map_err(Clone::clone).map(|found| strictly(found, chain, name, now)),
        });
        Verdicts { system, mozilla: judge(&self.mozilla, chain, name, now), bundle }
    }
}

fn store(found: Vec<CertificateDer<'static>>) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found);
    Arc::new(roots)
}

/// As Python 3.13 judges with a bundle: every CA on the way must have critical Basic Constraints, the root as well.
fn strictly(
    found: &[CertificateDer<'static>],
    chain: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    now: Timestamp,
) -> Trust {
    let verdict = judge(&store(found.to_vec()), chain, name, now);
    let lax = chain.iter().enumerate().any(|(place, der)| is_lax(der, place > 0))
        || chain.last().is_some_and(|last| found.iter().any(|anchor| is_lax_issuer(anchor, last)));
    if verdict == Trust::Trusted && lax {
        return Trust::Untrusted { fault: TlsFault::CaConstraints };
    }
    verdict
}

fn judge(roots: &Arc<RootCertStore>, chain: &[CertificateDer<'_>], name: &ServerName<'_>, now: Timestamp) -> Trust {
    let Some((leaf, rest)) = chain.split_first() else { return Trust::NotChecked };
    let verifier = match WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), provider()).build() {
        Ok(verifier) => verifier,
        Err(e) => return Trust::Untrusted { fault: TlsFault::Other { says: e.to_string() } },
    };
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0)));
    match verifier.verify_server_cert(leaf, rest, name, &[], now) {
        Ok(_) => Trust::Trusted,
        Err(error) => Trust::Untrusted { fault: fault(&error, chain) },
    }
}

/// The cryptography of all handshakes here; independent of what the process installed.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn fault(error: &Error, chain: &[CertificateDer<'_>]) -> TlsFault {
    let Error::InvalidCertificate(reason) = error else { return TlsFault::Other { says: error.to_string() } };
    let own = chain.first().is_some_and(|leaf| is_self_issued(leaf));
    match reason {
        CertificateError::UnknownIssuer if own => TlsFault::SelfSigned,
        CertificateError::UnknownIssuer => TlsFault::UnknownIssuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFault::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsFault::WrongName,
        other => {
            let says = format!("{other:?}");
            if says.contains("CaUsedAsEndEntity") && own {
                TlsFault::SelfSigned
            } else if says.contains("EndEntityUsedAsCa") {
                TlsFault::CaConstraints
            } else {
                TlsFault::Other { says: error.to_string() }
            }
        }
    }
}
