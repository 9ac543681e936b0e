//! Trusted root certificates of this machine, and certificates in PEM files. Both the license server's chain and an encrypted
//! engine are checked against what is loaded here.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The root certificates that the operating system trusts; empty on a machine without a store.
///
/// Takes tens of milliseconds, because the system's store has well over a hundred certificates.
pub(crate) fn system_roots() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// The certificates in the text of a PEM file. Blocks that are not certificates are left out.
///
/// # Errors
/// When there is no certificate in it: a few words to follow the name of the file.
pub(crate) fn from_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect();
    if found.is_empty() { Err("it holds no certificate".to_owned()) } else { Ok(found) }
}
