//! One handshake that records the chain whatever it is worth, and has every set of roots judge it afterwards.
//! Nothing but the handshake is sent here.

use std::io;
use std::sync::{Arc, Mutex};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{AlertDescription, ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate::{LONGEST_CHAIN, describe};
use super::settings::Settings;
use super::tcp::BoxedWire;
use super::trust::{RootSources, Roots, Verdicts, provider};
use crate::observations::{Tls, TlsFault};

/// What a handshake came to.
pub(super) struct Handshake {
    /// The handshake as it is reported.
    pub(super) tls: Tls,
    /// The encrypted connection, where some set of roots trusts the chain; else why there is none.
    pub(super) wire: Result<BoxedWire, String>,
}

/// Shakes hands over the connection and judges the chain.
pub(super) async fn shake(wire: BoxedWire, host: &str, settings: &Settings, deadline: Instant) -> Handshake {
    let mut tls = Tls { server_name: host.to_owned(), ..Tls::default() };
    let name = match ServerName::try_from(host.to_owned()) {
        Ok(name) => name,
        Err(e) => return broken(tls, TlsFault::Other { says: e.to_string() }),
    };
    // The store is read from disk, while the other side answers.
    let roots = tokio::task::spawn_blocking({
        let sources: RootSources = settings.roots.clone();
        move || Roots::read(sources)
    });
    let seen = Arc::new(Mutex::new(Vec::new()));
    let stream = match config(&seen) {
        Ok(config) => {
            let handshake = TlsConnector::from(Arc::new(config)).connect(name.clone(), wire);
            timeout_at(deadline, handshake).await.map_err(|_| TlsFault::Timeout).and_then(|r| r.map_err(|e| fault(&e)))
        }
        Err(e) => Err(TlsFault::Other { says: e.to_string() }),
    };
    let chain = seen.lock().map(|mut chain| std::mem::take(&mut *chain)).unwrap_or_default();
    tls.chain = describe(&chain, &settings.scrubber);
    tls.version = stream.as_ref().ok().and_then(version);
    let Ok(roots) = roots.await else {
        return broken(tls, TlsFault::Other { says: "the certificate stores could not be read".to_owned() });
    };
    let mut complaint = None;
    if !chain.is_empty() {
        let verdicts: Verdicts = roots.judge(&chain, &name, settings.now);
        complaint = (!verdicts.any_trusts()).then(|| verdicts.complaint().to_owned());
        tls.system = verdicts.system;
        tls.mozilla = verdicts.mozilla;
        tls.bundle = verdicts.bundle;
    }
    match (stream, complaint) {
        (Ok(_), Some(complaint)) => Handshake { tls, wire: Err(complaint) },
        (Ok(stream), None) => Handshake { tls, wire: Ok(Box::new(stream)) },
        (Err(fault), _) => broken(tls, scrubbed(fault, settings)),
    }
}

fn broken(mut tls: Tls, fault: TlsFault) -> Handshake {
    let wire = Err(fault.words().to_owned());
    tls.fault = Some(fault);
    Handshake { tls, wire }
}

fn scrubbed(fault: TlsFault, settings: &Settings) -> TlsFault {
    match fault {
        TlsFault::Other { says } => TlsFault::Other { says: settings.scrubber.text(&says) },
        other => other,
    }
}

fn version(stream: &TlsStream<BoxedWire>) -> Option<String> {
    let version = stream.get_ref().1.protocol_version()?;
    Some(match version {
        ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    })
}

fn config(seen: &Arc<Mutex<Vec<CertificateDer<'static>>>>) -> Result<ClientConfig, Error> {
    let provider = provider();
    let recording = Recording { provider: Arc::clone(&provider), seen: Arc::clone(seen) };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(recording))
        .with_no_client_auth())
}

/// Keeps the chain and lets the handshake go on. Nothing that needs protection is ever sent over the connection.
#[derive(Debug)]
struct Recording {
    provider: Arc<CryptoProvider>,
    seen: Arc<Mutex<Vec<CertificateDer<'static>>>>,
}

impl ServerCertVerifier for Recording {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Ok(mut seen) = self.seen.lock() {
            *seen = std::iter::once(leaf).chain(rest).take(LONGEST_CHAIN).map(|c| c.clone().into_owned()).collect();
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn fault(error: &io::Error) -> TlsFault {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match (tls, error.kind()) {
        (Some(Error::InvalidMessage(_)), _) => TlsFault::NotTls,
        (Some(Error::PeerIncompatible(_)), _) => TlsFault::NoCommonProtocol,
        (
            Some(Error::AlertReceived(
                AlertDescription::ProtocolVersion
                | AlertDescription::HandshakeFailure
                | AlertDescription::InsufficientSecurity,
            )),
            _,
        ) => TlsFault::NoCommonProtocol,
        (Some(other), _) => TlsFault::Other { says: other.to_string() },
        (
            None,
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe,
        ) => TlsFault::Closed,
        (None, _) => TlsFault::Other { says: error.to_string() },
    }
}
