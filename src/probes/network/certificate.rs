//! Reads what people need to know out of a certificate, however odd it is.
//! `trust` decides whether the chain is trusted.

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};
use x509_cert::name::Name;
use x509_cert::time::Time;

use crate::observations::Certificate;
use crate::scrub::Scrubber;

/// Some certificates are valid for hundreds of names; a few show what it is.
const MOST_NAMES: usize = 12;
/// A chain has three or four certificates.
pub(super) const LONGEST_CHAIN: usize = 10;
/// The characters of a name that are shown.
const LONGEST_NAME: usize = 200;

/// Describes a chain as it was presented, leaf first.
pub fn describe(chain: &[CertificateDer<'_>], scrubber: &Scrubber) -> Vec<Certificate> {
    let numbered = chain.iter().take(LONGEST_CHAIN).enumerate();
    numbered.map(|(place, der)| certificate(der, place > 0, scrubber)).collect()
}

fn certificate(der: &[u8], issues: bool, scrubber: &Scrubber) -> Certificate {
    // The lenient profile: interceptors make certificates with overlong serial numbers.
    let Ok(parsed) = CertificateInner::<Raw>::from_der(der) else {
        return Certificate { subject: "a certificate that cannot be read".to_owned(), ..Certificate::default() };
    };
    let body = parsed.tbs_certificate();
    let names = match body.get_extension::<SubjectAltName>() {
        Ok(Some((_, names))) => names.0.iter().filter_map(|n| alternative(n, scrubber)).take(MOST_NAMES).collect(),
        _ => Vec::new(),
    };
    let organization = body.issuer().organization().ok().flatten().map(|o| short(&o.value(), scrubber));
    Certificate {
        subject: common_name(body.subject(), scrubber),
        issuer: common_name(body.issuer(), scrubber),
        issuer_organization: organization.filter(|o| !o.is_empty()),
        names,
        not_before: timestamp(body.validity().not_before),
        not_after: timestamp(body.validity().not_after),
        self_issued: body.subject() == body.issuer(),
        critical_constraints: critical_constraints(&parsed, issues),
    }
}

/// For a CA, whether its Basic Constraints are marked critical; a certificate that issued another counts as a CA.
fn critical_constraints(certificate: &CertificateInner<Raw>, issues: bool) -> Option<bool> {
    match certificate.tbs_certificate().get_extension::<BasicConstraints>() {
        Ok(Some((critical, constraints))) if constraints.ca || issues => Some(critical && constraints.ca),
        _ => issues.then_some(false),
    }
}

/// Whether this is a CA, or stands where one must, without critical Basic Constraints.
pub(super) fn is_lax(der: &[u8], issues: bool) -> bool {
    CertificateInner::<Raw>::from_der(der).is_ok_and(|c| critical_constraints(&c, issues) == Some(false))
}

/// Whether this trust anchor issued the last certificate of a chain, and lacks critical Basic Constraints.
pub(super) fn is_lax_issuer(anchor: &[u8], last: &[u8]) -> bool {
    let (Ok(anchor), Ok(last)) = (CertificateInner::<Raw>::from_der(anchor), CertificateInner::<Raw>::from_der(last))
    else {
        return false;
    };
    anchor.tbs_certificate().subject() == last.tbs_certificate().issuer()
        && critical_constraints(&anchor, true) == Some(false)
}

/// Whether subject and issuer are the same.
pub(super) fn is_self_issued(der: &[u8]) -> bool {
    CertificateInner::<Raw>::from_der(der).is_ok_and(|c| c.tbs_certificate().subject() == c.tbs_certificate().issuer())
}

fn common_name(name: &Name, scrubber: &Scrubber) -> String {
    let common = name.common_name().ok().flatten().map(|n| short(&n.value(), scrubber));
    common.filter(|n| !n.trim().is_empty()).unwrap_or_else(|| short(&name.to_string(), scrubber))
}

fn alternative(name: &GeneralName, scrubber: &Scrubber) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(short(name.as_str(), scrubber)),
        GeneralName::IpAddress(address) => {
            let bytes = address.as_bytes();
            let v4 = <[u8; 4]>::try_from(bytes).map(|b| std::net::IpAddr::from(b).to_string());
            v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|b| std::net::IpAddr::from(b).to_string())).ok()
        }
        _ => None,
    }
}

fn short(text: &str, scrubber: &Scrubber) -> String {
    scrubber.beginning(text, LONGEST_NAME)
}

fn timestamp(time: Time) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(time.to_unix_duration().as_secs()).ok()?).ok()
}
