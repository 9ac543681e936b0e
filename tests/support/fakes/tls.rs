//! Certificate authorities, certificates with one defect each, and servers that show them.
//! What is said after the handshake is the script of `http`.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::Record;
use super::http::{Reply, Script, serve};

/// The object identifier of Basic Constraints, and a CA's value of it.
const BASIC_CONSTRAINTS: [u64; 4] = [2, 5, 29, 19];
const CA_TRUE: [u8; 5] = [0x30, 0x03, 0x01, 0x01, 0xff];

pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pub pem: String,
}

/// How an authority marks itself as one.
#[derive(Debug, Clone, Copy)]
pub enum Constraints {
    Critical,
    /// Not marked critical: Python 3.13 refuses it.
    Lax,
}

impl Authority {
    pub fn new(common_name: &str, organization: &str, constraints: Constraints) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.distinguished_name.push(DnType::OrganizationName, organization);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        match constraints {
            Constraints::Critical => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            Constraints::Lax => {
                params.custom_extensions =
                    vec![CustomExtension::from_oid_content(&BASIC_CONSTRAINTS, CA_TRUE.to_vec())];
            }
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Self { issuer: Issuer::new(params, key), der, pem }
    }
}

/// What is wrong with a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    None,
    Expired,
    NotYetValid,
    WrongName,
    SelfSigned,
}

pub struct TlsServer {
    pub address: SocketAddr,
    /// Every request's head, in full.
    pub heads: Record,
}

impl TlsServer {
    /// Shows a certificate for `name` with its authority's, and answers everything alike.
    pub async fn start(authority: &Authority, name: &str, defect: Defect, reply: Reply) -> Self {
        let (leaf, key) = certificate(authority, name, defect);
        let chain = if defect == Defect::SelfSigned { vec![leaf] } else { vec![leaf, authority.der.clone()] };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), heads: Record::default() };
        let heads = server.heads.clone();
        let script: Script = Arc::new(move |_| reply.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, script, heads) = (acceptor.clone(), Arc::clone(&script), heads.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, script, heads).await;
                    }
                });
            }
        });
        server
    }
}

fn certificate(authority: &Authority, name: &str, defect: Defect) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let shown = if defect == Defect::WrongName { "other.example" } else { name };
    let mut params = CertificateParams::new(vec![shown.to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, shown);
    match defect {
        Defect::Expired => {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        Defect::NotYetValid => {
            params.not_before = date_time_ymd(2090, 1, 1);
            params.not_after = date_time_ymd(2091, 1, 1);
        }
        Defect::None | Defect::WrongName | Defect::SelfSigned => {}
    }
    let key = KeyPair::generate().unwrap();
    let made = match defect {
        Defect::SelfSigned => params.self_signed(&key).unwrap(),
        _ => params.signed_by(&key, &authority.issuer).unwrap(),
    };
    (made.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into()))
}
