//! The causes that were considered and excluded, each with the evidence that excludes it.
//! Listed only while LocalStack is not activated: a reader then asks first what the reason is not.

use super::answer::{CheckRow, CheckStatus, Evidence, RuledOut};
use super::catalogue::Class;
use super::facts::{Fact, FactContext, fact};
use crate::observations::{ProbeId, Status};

/// What each check of the network path excludes when it passes.
const NETWORK: [(ProbeId, &str); 5] = [
    (ProbeId::Proxy, "a broken proxy"),
    (ProbeId::Dns, "DNS"),
    (ProbeId::Tcp, "a blocked port"),
    (ProbeId::Tls, "an untrusted certificate"),
    (ProbeId::Https, "an unreachable license server"),
];

/// Lists what was excluded. `class` is the class of the headline's cause: what it blames is never excluded, and where it blames
/// the network, a check that passes now says nothing about the time of the failure.
pub(super) fn ruled_out(cx: &FactContext<'_>, class: Class, checks: &[CheckRow]) -> Vec<RuledOut> {
    let mut list = Vec::new();
    let mut exclude = |what: &str, evidence: Option<Evidence>| {
        if let Some(evidence) = evidence {
            list.push(RuledOut { what: what.to_owned(), evidence: vec![evidence] });
        }
    };
    if class != Class::Credentials
        && Fact::TokenMissing.evidence(cx).is_none()
        && Fact::TokenBlank.evidence(cx).is_none()
    {
        exclude("a missing token", Fact::TokenPresent.evidence(cx));
        if Fact::TokenMalformed.evidence(cx).is_none() {
            exclude("a malformed token", Fact::TokenWellFormed.evidence(cx));
        }
    }
    if class != Class::Image {
        exclude("the image", Fact::ImagePro.evidence(cx).or_else(|| Fact::ImageUnified.evidence(cx)));
    }
    if class != Class::Network {
        for (id, what) in NETWORK {
            let row = checks.iter().find(|row| row.id == id && row.status == CheckStatus::Pass);
            exclude(what, row.map(|row| fact(id, "", row.summary.clone())));
        }
    }
    let ended = cx.snapshot.container().filter(|c| c.state.status == Status::Exited && !c.state.oom_killed);
    if class != Class::NotLicense {
        exclude(
            "too little memory",
            ended.map(|_| fact(ProbeId::Container, cx.container_name(), "`OOMKilled` is false")),
        );
    }
    list
}
