//! Facts about the way to the license server. The container's viewpoint goes before the host's where both were seen.

use std::net::IpAddr;

use super::{View, fact};
use crate::diagnosis::Evidence;
use crate::observations::{
    BundleTrust, Certificate, Dns, DnsStatus, HttpBody, Ladder, ProbeId, SystemAnswer, TcpOutcome, Tls, Trust, Tunnel,
    Viewpoint,
};

/// Asks both viewpoints, the container's first: it is LocalStack's own.
fn first<'a, T>(view: &View<'a>, ask: impl Fn(&'a Ladder, Viewpoint) -> Option<T>) -> Option<T> {
    [Viewpoint::Container, Viewpoint::Host].into_iter().find_map(|from| ask(view.snapshot.ladder(from), from))
}

fn seen_from(from: Viewpoint) -> String {
    format!("seen from {}", from.words())
}

/// An address that is no place for the license server: nowhere, or this machine.
const fn is_sinkhole(ip: &IpAddr) -> bool {
    ip.is_unspecified() || ip.is_loopback()
}

/// A name given as an address, or as this machine, was not looked up.
fn is_local_name(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok() || name == "localhost" || name.is_empty()
}

fn dns_says(dns: &Dns) -> Option<(String, String)> {
    if dns.isolated {
        return Some(("network of the container".to_owned(), "it has no network (`--network none`)".to_owned()));
    }
    if let Some(error) = &dns.config_error {
        return Some(("resolver configuration".to_owned(), error.clone()));
    }
    if !dns.addresses().is_empty() || is_local_name(&dns.name) {
        return None;
    }
    let worst = dns.resolvers.iter().find(|r| r.a.status != DnsStatus::NoError).or_else(|| dns.resolvers.first());
    match (worst, &dns.system) {
        (Some(r), _) => {
            let word = if r.a.status == DnsStatus::NoError { "NOERROR, and no address" } else { r.a.status.word() };
            Some((format!("resolver {} ({})", r.server, r.source), format!("{}: {word}", dns.name)))
        }
        (None, Some(SystemAnswer::Failed { error, .. })) => {
            Some(("getaddrinfo".to_owned(), format!("{}: {error}", dns.name)))
        }
        _ => None,
    }
}

/// Behind a proxy, the proxy resolves: what this machine can resolve does not matter.
fn proxied(ladder: &Ladder) -> bool {
    ladder.proxy.value().is_some_and(|p| p.used.is_some())
}

pub(super) fn dns_failed(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        if proxied(ladder) {
            return None;
        }
        let (source, text) = dns_says(ladder.dns.value()?)?;
        Some(fact(ProbeId::Dns, format!("{source}, {}", seen_from(from)), text))
    })
}

pub(super) fn dns_sinkhole(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let dns = ladder.dns.value()?;
        if is_local_name(&dns.name) {
            return None;
        }
        let bad = dns.addresses().into_iter().find(is_sinkhole)?;
        let by = if dns.hosts_file.contains(&bad) { "hosts file" } else { "resolver" };
        Some(fact(ProbeId::Dns, format!("{by}, {}", seen_from(from)), format!("{} resolves to {bad}", dns.name)))
    })
}

pub(super) fn dns_disagree(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let dns = ladder.dns.value()?;
        let good = dns.resolvers.iter().find(|r| !r.addresses().is_empty())?;
        let bad = dns.resolvers.iter().find(|r| r.addresses().is_empty())?;
        let text = format!("{} says {}, {} gives addresses", bad.server, bad.a.status.word(), good.server);
        Some(fact(ProbeId::Dns, seen_from(from), text))
    })
}

pub(super) fn tcp_failed(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let tcp = ladder.tcp.value()?;
        if tcp.connected() {
            return None;
        }
        let attempt = tcp.attempts.first()?;
        let text = format!("{}: {}", attempt.address, attempt.outcome.words());
        Some(fact(ProbeId::Tcp, seen_from(from), text))
    })
}

pub(super) fn ipv6_broken(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let tcp = ladder.tcp.value()?;
        let v6 = tcp.attempts.iter().find(|a| a.ipv6 && a.outcome == TcpOutcome::Timeout)?;
        tcp.attempts.iter().any(|a| !a.ipv6 && a.outcome == TcpOutcome::Connected).then(|| {
            fact(ProbeId::Tcp, seen_from(from), format!("{}: {}, while IPv4 connects", v6.address, v6.outcome.words()))
        })
    })
}

fn issuer(tls: &Tls) -> Option<&Certificate> {
    tls.chain.first()
}

fn named(certificate: &Certificate) -> String {
    match &certificate.issuer_organization {
        Some(o) if !certificate.issuer.contains(o.as_str()) => format!("{} ({o})", certificate.issuer),
        _ => certificate.issuer.clone(),
    }
}

const fn refused(trust: &Trust) -> Option<&crate::observations::TlsFault> {
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

pub(super) fn tls_failed(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let tls = ladder.tls.value()?;
        let text = if let Some(fault) = &tls.fault {
            format!("handshake with {}: {}", tls.server_name, fault.words())
        } else {
            let fault = refused(localstack_verdict(tls)).or_else(|| refused(&tls.system))?;
            let by = issuer(tls).map_or_else(String::new, |c| format!(", issued by {}", named(c)));
            format!("certificate of {}: {}{by}", tls.server_name, fault.words())
        };
        Some(fact(ProbeId::Tls, seen_from(from), text))
    })
}

pub(super) fn tls_intercepted(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let tls = ladder.tls.value()?;
        let names: Vec<&str> = tls
            .chain
            .iter()
            .flat_map(|c| [c.issuer.as_str(), c.issuer_organization.as_deref().unwrap_or_default()])
            .collect();
        let product = view.catalogue.interceptor(&names)?;
        let by = issuer(tls).map(named)?;
        Some(fact(ProbeId::Tls, seen_from(from), format!("issued by {by}: {} inspects this connection", product.name)))
    })
}

pub(super) fn tls_trusted_here_only(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let tls = ladder.tls.value()?;
        refused(localstack_verdict(tls))?;
        (tls.system == Trust::Trusted).then(|| {
            fact(ProbeId::Tls, seen_from(from), "trusted by this system's store, and not by the roots LocalStack uses")
        })
    })
}

pub(super) fn portal(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let https = ladder.https.value()?;
        let host = crate::diagnosis::host_in(&https.url);
        let text = match &https.body {
            HttpBody::Html { title } if title.is_empty() => format!("HTTP {} with a page for people", https.status),
            HttpBody::Html { title } => format!("HTTP {} with a page titled \"{title}\"", https.status),
            HttpBody::Redirect { to_host } if !to_host.is_empty() && *to_host != host => {
                format!("HTTP {} that leads to {to_host}", https.status)
            }
            _ => return None,
        };
        // A server in trouble sends pages too: those are its own errors.
        (https.status < 500).then(|| fact(ProbeId::Https, format!("{}, {}", https.url, seen_from(from)), text))
    })
}

pub(super) fn server_fails(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let https = ladder.https.value()?;
        (https.status >= 500 || https.status == 429).then(|| {
            let text = format!("HTTP {} {}", https.status, https.excerpt);
            fact(ProbeId::Https, format!("{}, {}", https.url, seen_from(from)), text.trim().to_owned())
        })
    })
}

pub(super) fn server_reachable(view: &View<'_>) -> Option<Evidence> {
    let https = view.snapshot.host.https.value()?;
    (https.status < 500 && !matches!(https.body, HttpBody::Html { .. } | HttpBody::Redirect { .. }))
        .then(|| fact(ProbeId::Https, https.url.clone(), format!("HTTP {}", https.status)))
}

pub(super) fn proxy_failed(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let proxy = ladder.proxy.value()?;
        let used = proxy.used.as_ref()?;
        let text = if let Some(why) = &used.unparseable {
            format!("{}={} cannot be read as a URL: {why}", used.variable, used.url)
        } else {
            let what = match proxy.tunnel.as_ref()? {
                Tunnel::Open => return None,
                Tunnel::Refused => "connection refused".to_owned(),
                Tunnel::UnknownHost => "its name does not resolve".to_owned(),
                Tunnel::AuthenticationRequired { schemes } if schemes.is_empty() => {
                    "wants credentials (407)".to_owned()
                }
                Tunnel::AuthenticationRequired { schemes } => {
                    format!("wants credentials (407, {})", schemes.join(", "))
                }
                Tunnel::Denied { status } => format!("denies the tunnel (HTTP {status})"),
                Tunnel::Timeout => "no answer".to_owned(),
                Tunnel::Failed { why } => why.clone(),
            };
            format!("{}={}: {what}", used.variable, used.url)
        };
        Some(fact(ProbeId::Proxy, seen_from(from), text))
    })
}

pub(super) fn proxy_used(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let used = ladder.proxy.value()?.used.as_ref()?;
        Some(fact(ProbeId::Proxy, seen_from(from), format!("{}={}", used.variable, used.url)))
    })
}

pub(super) fn no_proxy_swallows(view: &View<'_>) -> Option<Evidence> {
    first(view, |ladder, from| {
        let rule = ladder.proxy.value()?.bypassed_by.as_ref()?;
        Some(fact(ProbeId::Proxy, seen_from(from), format!("{} holds `{}`", rule.variable, rule.entry)))
    })
}

pub(super) fn proxy_differs(view: &View<'_>) -> Option<Evidence> {
    let host = view.snapshot.host.proxy.value()?;
    let inside = view.snapshot.inside.proxy.value()?;
    let text = match (&host.used, &inside.used) {
        (Some(p), None) if inside.bypassed_by.is_none() => {
            format!("{}={} is set on this machine, and no proxy in the container", p.variable, p.url)
        }
        (None, Some(p)) if host.bypassed_by.is_none() => {
            format!("{}={} is set in the container, and no proxy on this machine", p.variable, p.url)
        }
        _ => return None,
    };
    Some(fact(ProbeId::Proxy, "environment", text))
}
