//! Facts about the way to the license server: connections and answers. Names, certificates and proxies have their own.
//! Each asks the network path that LocalStack uses; each fact's text can follow "LocalStack cannot reach it:".

use super::context::{FactContext, fact, log_says};
use super::path::{effective_path, seen_from};
use super::tls::tls_failed;
use crate::diagnosis::answer::Evidence;
use crate::diagnosis::spans::moment;
use crate::observations::{
    ConnectionPath, HttpBody, HttpsVerdict, Observation, ProbeId, Tcp, TcpAttempt, TcpOutcome, Viewpoint, host_of,
};

/// Where a license server's answer comes from, for evidence.
fn answered(url: &str, from: Viewpoint) -> String {
    format!("{url}, {}", seen_from(from))
}

/// Behind a proxy, a failure to connect is the proxy's.
fn straight(ladder: &ConnectionPath) -> Option<&Tcp> {
    ladder.tcp.value().filter(|tcp| tcp.via_proxy.is_none())
}

pub(super) fn tcp_failed(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let tcp = straight(ladder).filter(|tcp| !tcp.connected())?;
    let first = tcp.attempts.first()?;
    let pinned = ladder.dns.value().is_some_and(|dns| !dns.hosts_file.is_empty());
    let address = if pinned { format!("{}, as the hosts file has it,", first.address) } else { first.address.clone() };
    let rest = if tcp.attempts.len() > 1 { ", and no other address connects either" } else { "" };
    let text = match &first.outcome {
        TcpOutcome::Connected | TcpOutcome::Other(_) => format!("{address}: {}", first.outcome.words()),
        TcpOutcome::Refused => format!("{address} refuses the connection, or a firewall does in its place"),
        TcpOutcome::Timeout => {
            format!("{address} does not answer: packets are dropped on the way, mostly by a firewall")
        }
        TcpOutcome::Unreachable => format!("there is no route to {address}"),
    };
    Some(fact(ProbeId::Tcp, seen_from(from), format!("{}{rest}", text.replace(",:", ":"))))
}

pub(super) fn ipv6_broken(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let tcp = ladder.tcp.value()?;
    // No route at all is a network without IPv6, which nothing waits for.
    let broken = |a: &&TcpAttempt| a.ipv6 && !matches!(a.outcome, TcpOutcome::Connected | TcpOutcome::Unreachable);
    let v6 = tcp.attempts.iter().find(broken)?;
    tcp.attempts.iter().any(|a| !a.ipv6 && a.outcome == TcpOutcome::Connected).then(|| {
        fact(ProbeId::Tcp, seen_from(from), format!("{}: {}, while IPv4 connects", v6.address, v6.outcome.words()))
    })
}

pub(super) fn https_failed(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let error = ladder.https.error()?;
    Some(fact(ProbeId::Https, seen_from(from), error.detail.clone()))
}

pub(super) fn portal(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let https = ladder.https.value()?;
    if https.verdict() != HttpsVerdict::Intercepted {
        return None;
    }
    let text = match &https.body {
        HttpBody::Html { title } if title.is_empty() => format!("HTTP {} with a page for people", https.status),
        HttpBody::Html { title } => format!("HTTP {} with a page titled \"{title}\"", https.status),
        HttpBody::Redirect { to_host } => format!("HTTP {} that leads to {to_host}", https.status),
        HttpBody::Plain | HttpBody::Json => return None,
    };
    Some(fact(ProbeId::Https, answered(&https.url, from), text))
}

/// The page stands where the license server's answer should be, and its title or what stands beside it names a product.
pub(super) fn log_block_page(cx: &FactContext<'_>) -> Option<Evidence> {
    let page = log_says(cx, "error_page")?;
    let line = cx.run?.hits.iter().rev().find(|hit| Some(hit.at.number) == page.line)?;
    let product = cx.lexicon.interceptor(&[&line.at.text])?;
    Some(Evidence { text: format!("a page of {}, titled \"{}\"", product.name, page.text), ..page })
}

pub(super) fn server_fails(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let https = ladder.https.value()?;
    https.verdict().fails().then(|| {
        let text = format!("HTTP {} {}", https.status, https.excerpt);
        fact(ProbeId::Https, answered(&https.url, from), text.trim().to_owned())
    })
}

pub(super) fn server_reachable(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let https = ladder.https.value()?;
    // What only this machine's store trusts is no way for LocalStack.
    let trusted = tls_failed(cx).is_none();
    (trusted && https.verdict().serves())
        .then(|| fact(ProbeId::Https, answered(&https.url, from), at(ladder, https.status)))
}

/// A failure then and an answer now are both true: each is told with its time.
fn at(ladder: &ConnectionPath, status: u16) -> String {
    let when = ladder.https.at().map(|at| format!(" at {}", moment(at)));
    format!("HTTP {status}{}", when.unwrap_or_default())
}

/// This machine reaches the server while the container, by its settings, does not.
pub(super) fn container_alone(cx: &FactContext<'_>) -> Option<Evidence> {
    let host = cx.snapshot.host.https.value()?;
    let (inside, from) = effective_path(cx);
    (from == Viewpoint::Container && inside.https.value().is_none() && host.verdict().serves())
        .then(|| fact(ProbeId::Https, answered(&host.url, Viewpoint::Host), format!("HTTP {}", host.status)))
}

/// The container, by its settings, reaches the server while this machine does not.
pub(super) fn host_alone(cx: &FactContext<'_>) -> Option<Evidence> {
    let (_, from) = effective_path(cx);
    server_reachable(cx).filter(|_| from == Viewpoint::Container)?;
    let Observation::Skipped { because } = &cx.snapshot.host.https else { return None };
    Some(fact(ProbeId::Https, seen_from(Viewpoint::Host), because.clone()))
}

pub(super) fn other_host_fails(cx: &FactContext<'_>) -> Option<Evidence> {
    let hosts = cx.snapshot.other_hosts.value()?;
    let told: Vec<String> = hosts
        .iter()
        .filter_map(|found| {
            let broken = found.stumbled.as_ref()?;
            let without = cx.lexicon.hosts.iter().find(|known| host_of(&known.url) == found.host);
            let without = without.map(|known| format!(" ({})", known.without)).unwrap_or_default();
            Some(format!("{} fails at {}: {}{without}", found.host, broken.at, broken.why))
        })
        .collect();
    (!told.is_empty()).then(|| fact(ProbeId::Hosts, seen_from(Viewpoint::Host), told.join("; ")))
}
