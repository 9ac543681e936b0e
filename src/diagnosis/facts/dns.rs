//! Facts about the license host's name: whether it leads anywhere, and whether that is the right place.
//! Each asks the network path that LocalStack uses; each fact's text can follow "LocalStack gets no address for it:".

use std::net::IpAddr;

use super::context::{FactContext, fact};
use super::path::{effective_path, seen_from};
use crate::diagnosis::answer::Evidence;
use crate::observations::{ConnectionPath, Dns, ProbeId, ResolverAnswer, SystemAnswer, Viewpoint};

/// So many resolvers are quoted.
const MOST_QUOTED: usize = 3;

/// A name given as an address, or as this machine, was not looked up.
fn is_local_name(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok() || name == "localhost" || name.is_empty()
}

/// Behind a proxy, the proxy resolves: what this side can resolve does not matter.
fn asked(ladder: &ConnectionPath) -> Option<&Dns> {
    let proxied = ladder.proxy.value().is_some_and(|p| p.used.is_some());
    ladder.dns.value().filter(|dns| !proxied && !is_local_name(&dns.name))
}

fn told(dns: &Dns, from: Viewpoint, text: String) -> Evidence {
    fact(ProbeId::Dns, format!("{}, {}", dns.name, seen_from(from)), text)
}

fn resolver(answer: &ResolverAnswer) -> String {
    format!("the resolver {} ({}) {}", answer.server, answer.source, answer.worse().says())
}

/// The container was given no network.
pub(super) fn dns_isolated(cx: &FactContext<'_>) -> Option<Evidence> {
    effective_path(cx).0.dns.value().filter(|dns| dns.isolated).and_then(|_| dns_failed(cx))
}

pub(super) fn dns_failed(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let dns = asked(ladder)?;
    if dns.isolated {
        return Some(told(dns, from, "the container has no network at all (`--network none`)".to_owned()));
    }
    if !dns.addresses().is_empty() {
        return None;
    }
    let knows = dns.resolvers.iter().find(|r| !r.addresses().is_empty());
    let text = match (&dns.system, knows) {
        (Some(SystemAnswer::Failed { error, .. }), Some(knows)) => {
            format!("the system's own look-up fails ({error}), although the resolver {} knows the name", knows.server)
        }
        _ if !dns.resolvers.is_empty() => {
            let quoted: Vec<String> = dns.resolvers.iter().take(MOST_QUOTED).map(resolver).collect();
            quoted.join("; ")
        }
        (system, _) => match (&dns.config_error, system) {
            (Some(error), _) => error.clone(),
            (None, Some(SystemAnswer::Failed { error, .. })) => format!("the system's look-up fails: {error}"),
            _ => "no resolver is known".to_owned(),
        },
    };
    Some(told(dns, from, text))
}

/// The name leads nowhere, to this machine, or to the page of a filter.
pub(super) fn dns_sinkhole(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let dns = asked(ladder)?;
    let itself = if from == Viewpoint::Host { "this machine" } else { "the container" };
    let wrong = |ip: &IpAddr| {
        if ip.is_unspecified() {
            Some("which is nowhere: the name is blocked".to_owned())
        } else if ip.is_loopback() {
            Some(format!("which is {itself} itself"))
        } else {
            cx.lexicon.block_page(ip).map(|product| format!("the block page of {product}"))
        }
    };
    let (bad, what) = dns.addresses().into_iter().find_map(|ip| Some((ip, wrong(&ip)?)))?;
    Some(told(dns, from, format!("{} sends it to {bad}, {what}", sender(dns, &bad))))
}

/// Who gave this address.
fn sender(dns: &Dns, address: &IpAddr) -> String {
    if dns.hosts_file.contains(address) {
        return "a line of the hosts file".to_owned();
    }
    match dns.resolvers.iter().find(|r| r.addresses().contains(address)) {
        Some(r) => format!("the resolver {} ({})", r.server, r.source),
        None => "the system's look-up".to_owned(),
    }
}

/// The hosts file has the name: no resolver is asked for it.
pub(super) fn hosts_entry(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let dns = asked(ladder)?;
    let list: Vec<String> = dns.hosts_file.iter().map(ToString::to_string).collect();
    (!list.is_empty()).then(|| told(dns, from, format!("the hosts file has {}", list.join(", "))))
}

/// Some resolvers know the name, others do not.
pub(super) fn dns_disagree(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let dns = asked(ladder)?;
    let good = dns.resolvers.iter().find(|r| !r.addresses().is_empty())?;
    let bad = dns.resolvers.iter().find(|r| r.addresses().is_empty())?;
    Some(told(dns, from, format!("{}; the resolver {} gives addresses", resolver(bad), good.server)))
}

/// The system knows the name, and none of the resolvers does: a VPN or `systemd-resolved` sends it elsewhere.
pub(super) fn dns_system_only(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let dns = asked(ladder).filter(|dns| dns.hosts_file.is_empty())?;
    let first = dns.resolvers.first()?;
    let knows = matches!(&dns.system, Some(SystemAnswer::Addresses { addresses, .. }) if !addresses.is_empty());
    (knows && dns.resolvers.iter().all(|r| r.addresses().is_empty()))
        .then(|| told(dns, from, format!("{}; the system's look-up gives addresses", resolver(first))))
}

/// The name leads into a private network: a mirror, a proxy or a filter of one's own.
pub(super) fn dns_private(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let dns = asked(ladder)?;
    let private = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local(),
    };
    let address = dns.addresses().into_iter().find(private)?;
    Some(told(dns, from, format!("{} gives {address}", sender(dns, &address))))
}
