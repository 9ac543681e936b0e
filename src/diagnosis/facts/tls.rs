//! Facts about the certificate that answers for the license host, and who trusts it.
//! Each asks the network path that LocalStack uses; each fact's text can follow "no trusted connection to it:".

use super::context::{FactContext, fact, log_says};
use super::path::{effective_path, seen_from};
use crate::diagnosis::answer::Evidence;
use crate::observations::{BundleTrust, Certificate, ProbeId, Tls, TlsFault, Trust};

/// The issuer as people know it: its name, and its organisation where the name does not tell.
fn named(certificate: &Certificate) -> String {
    match &certificate.issuer_organization {
        Some(o) if !certificate.issuer.contains(o.as_str()) => format!("`{}` ({o})", certificate.issuer),
        _ => format!("`{}`", certificate.issuer),
    }
}

const fn refused(trust: &Trust) -> Option<&TlsFault> {
    match trust {
        Trust::Untrusted { fault } => Some(fault),
        _ => None,
    }
}

/// The bundle LocalStack would use: the one its variables name, else Mozilla's roots.
fn localstack_verdict(tls: &Tls) -> &Trust {
    match &tls.bundle {
        Some(BundleTrust { verdict: Ok(verdict), .. }) => verdict,
        _ => &tls.mozilla,
    }
}

/// Why LocalStack would not trust it. What it trusts is no failure, whatever the store of this machine says.
pub(in crate::diagnosis) fn distrusted(tls: &Tls) -> Option<&TlsFault> {
    let own = localstack_verdict(tls);
    refused(if *own == Trust::NotChecked { &tls.system } else { own })
}

pub(super) fn tls_failed(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let tls = ladder.tls.value()?;
    let text = if let Some(fault) = &tls.fault { handshake(fault) } else { defect(cx, tls, distrusted(tls)?) };
    Some(fact(ProbeId::Tls, format!("{}, {}", tls.server_name, seen_from(from)), text))
}

/// The clock and the certificate do not agree: as seen, or as the log says.
pub(super) fn out_of_time(cx: &FactContext<'_>) -> Option<Evidence> {
    fault_among(cx, &[TlsFault::Expired, TlsFault::NotYetValid]).or_else(|| log_says(cx, "tls_out_of_time"))
}

/// The certificate is another host's: as seen, or as the log says.
pub(super) fn wrong_name(cx: &FactContext<'_>) -> Option<Evidence> {
    fault_among(cx, &[TlsFault::WrongName]).or_else(|| log_says(cx, "tls_wrong_name"))
}

/// The fault that keeps LocalStack from trusting the certificate is one of these.
fn fault_among(cx: &FactContext<'_>, faults: &[TlsFault]) -> Option<Evidence> {
    let tls = effective_path(cx).0.tls.value()?;
    refused(localstack_verdict(tls)).filter(|fault| faults.contains(fault)).and_then(|_| tls_failed(cx))
}

pub(super) fn tls_handshake(cx: &FactContext<'_>) -> Option<Evidence> {
    effective_path(cx).0.tls.value()?.fault.as_ref().and_then(|_| tls_failed(cx))
}

fn handshake(fault: &TlsFault) -> String {
    match fault {
        TlsFault::NotTls => "what answers on its port does not speak TLS: something stands in between".to_owned(),
        TlsFault::Closed => {
            "the connection is closed in the handshake, as filters do that read the name of the host".to_owned()
        }
        TlsFault::NoCommonProtocol => "what answers speaks no TLS version that is in use today".to_owned(),
        TlsFault::Timeout => "it connects, and the handshake gets no answer".to_owned(),
        other => format!("the handshake fails: {}", other.words()),
    }
}

fn defect(cx: &FactContext<'_>, tls: &Tls, fault: &TlsFault) -> String {
    let by = tls.chain.first().map_or_else(|| "an unknown issuer".to_owned(), named);
    let leaf = tls.chain.first();
    let day = |at: Option<jiff::Timestamp>| at.map_or_else(|| "?".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
    match fault {
        TlsFault::UnknownIssuer => match &tls.bundle {
            Some(BundleTrust { verdict: Ok(_), variable, path }) => {
                format!(
                    "its certificate is issued by {by}, whose root is not in {path}, the bundle that {variable} names"
                )
            }
            Some(BundleTrust { verdict: Err(why), variable, path }) => {
                format!("its certificate is issued by {by}, and {path}, which {variable} names, cannot be used: {why}")
            }
            None if tls.system == Trust::Trusted => {
                format!("its certificate is issued by {by}, which this machine trusts and LocalStack does not")
            }
            None => format!("its certificate is issued by {by}, which neither LocalStack nor this machine trusts"),
        },
        TlsFault::SelfSigned => format!("its certificate is signed by itself (issuer {by})"),
        TlsFault::Expired => {
            format!(
                "its certificate expired on {}, and the clock here says {}",
                day(leaf.and_then(|c| c.not_after)),
                day(Some(cx.now))
            )
        }
        TlsFault::NotYetValid => format!(
            "its certificate is valid from {} on, and the clock here says {}, which may be wrong",
            day(leaf.and_then(|c| c.not_before)),
            day(Some(cx.now))
        ),
        TlsFault::WrongName => {
            let names = leaf.map(|c| c.names.iter().take(2).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "));
            format!(
                "the certificate that answers is for {}, so the name leads to another server",
                names.unwrap_or_default()
            )
        }
        TlsFault::CaConstraints => format!(
            "the company's CA {} has no critical Basic Constraints, and Python 3.13 refuses it even when it is trusted",
            lax(tls).map_or(by, |ca| format!("`{}`", ca.subject))
        ),
        other => format!("its certificate (issued by {by}) is invalid: {}", other.words()),
    }
}

/// The CA of the chain that lacks critical Basic Constraints.
fn lax(tls: &Tls) -> Option<&Certificate> {
    tls.chain.iter().find(|c| c.critical_constraints == Some(false))
}

/// A CA that Python 3.13 refuses even when it is trusted: to give LocalStack the root would not help.
pub(super) fn tls_lax_ca(cx: &FactContext<'_>) -> Option<Evidence> {
    lax_ca_seen(cx).or_else(|| log_says(cx, "tls_lax_ca"))
}

fn lax_ca_seen(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let tls = ladder.tls.value()?;
    refused(&tls.mozilla)?;
    let ca = lax(tls)?;
    let text = format!("`{}` has no critical Basic Constraints", ca.subject);
    Some(fact(ProbeId::Tls, format!("{}, {}", tls.server_name, seen_from(from)), text))
}

/// The bundle that a variable names is no use.
pub(super) fn tls_bundle_unusable(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let BundleTrust { variable, path, verdict: Err(why) } = ladder.tls.value()?.bundle.as_ref()? else { return None };
    Some(fact(ProbeId::Tls, seen_from(from), format!("{variable}={path}: {why}")))
}

pub(super) fn tls_intercepted(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let tls = ladder.tls.value()?;
    let product = cx.lexicon.interceptor(&tls.issuers())?;
    let by = tls.chain.first().map(named)?;
    Some(fact(ProbeId::Tls, seen_from(from), format!("issued by {by}: {} inspects this connection", product.name)))
}

pub(super) fn tls_trusted_here_only(cx: &FactContext<'_>) -> Option<Evidence> {
    // LocalStack in a container has no use of this machine's store: what that says is told by this machine's own path.
    let tls = cx.snapshot.host.tls.value()?;
    let (ladder, _) = effective_path(cx);
    refused(localstack_verdict(ladder.tls.value()?))?;
    (tls.system == Trust::Trusted && refused(&tls.mozilla).is_some()).then(|| {
        let text = "trusted by this machine's store, and not by the roots LocalStack uses";
        fact(ProbeId::Tls, seen_from(crate::observations::Viewpoint::Host), text)
    })
}
