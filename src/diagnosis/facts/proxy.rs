//! Facts about proxies: which one LocalStack would take, whether it lets LocalStack through, and what keeps it off.
//! Each fact's text can follow "LocalStack cannot reach it:".

use super::context::{FactContext, fact};
use super::path::{effective_path, seen_from};
use crate::diagnosis::answer::Evidence;
use crate::observations::{ProbeId, Proxy, ProxyUse, Tunnel, Viewpoint};

/// LocalStack's own settings: the container's where they were seen, else this machine's.
fn settings<'a>(cx: &FactContext<'a>) -> Option<(&'a Proxy, Viewpoint)> {
    let find = |from| cx.snapshot.path(from).proxy.value().map(|proxy| (proxy, from));
    find(Viewpoint::Container).or_else(|| find(Viewpoint::Host))
}

fn set(used: &ProxyUse) -> String {
    format!("{}={}", used.variable, used.url)
}

pub(super) fn proxy_failed(cx: &FactContext<'_>) -> Option<Evidence> {
    let (ladder, from) = effective_path(cx);
    let proxy = ladder.proxy.value()?;
    let used = proxy.used.as_ref()?;
    let named = format!("the proxy {} that {} names", used.url, used.variable);
    let text = match (&used.unparseable, &proxy.tunnel) {
        (Some(why), _) => format!("`{}` is no URL: {why}", set(used)),
        (None, None | Some(Tunnel::Open)) => return None,
        (None, Some(Tunnel::Refused)) => format!("nothing listens at {named} (connection refused)"),
        (None, Some(Tunnel::UnknownHost)) => format!("the name of {named} does not resolve"),
        (None, Some(Tunnel::AuthenticationRequired { schemes })) => {
            let schemes: String = schemes.iter().map(|s| format!(", {s}")).collect();
            format!("{named} requires a user and a password (HTTP 407{schemes})")
        }
        (None, Some(Tunnel::Denied { status })) => format!("{named} denies the connection (HTTP {status})"),
        (None, Some(Tunnel::Timeout)) => format!("{named} does not answer"),
        (None, Some(Tunnel::Failed { why })) => format!("{named} does not connect LocalStack: {why}"),
    };
    Some(fact(ProbeId::Proxy, seen_from(from), text))
}

/// The proxy wants a user and a password.
pub(super) fn proxy_wants_credentials(cx: &FactContext<'_>) -> Option<Evidence> {
    let asked = effective_path(cx).0.proxy.value()?.tunnel.as_ref()?;
    matches!(asked, Tunnel::AuthenticationRequired { .. }).then(|| proxy_failed(cx)).flatten()
}

/// A proxy is set, for LocalStack or at least on this machine.
pub(super) fn proxy_used(cx: &FactContext<'_>) -> Option<Evidence> {
    let (used, from) = [Viewpoint::Container, Viewpoint::Host]
        .into_iter()
        .find_map(|from| Some((cx.snapshot.path(from).proxy.value()?.used.as_ref()?, from)))?;
    Some(fact(ProbeId::Proxy, seen_from(from), set(used)))
}

/// A SOCKS proxy, for which Python's requests needs a package of its own.
pub(super) fn proxy_socks(cx: &FactContext<'_>) -> Option<Evidence> {
    let (proxy, from) = settings(cx)?;
    let used = proxy.used.as_ref().filter(|used| used.is_socks())?;
    Some(fact(ProbeId::Proxy, seen_from(from), set(used)))
}

pub(super) fn no_proxy_swallows(cx: &FactContext<'_>) -> Option<Evidence> {
    let (proxy, from) = settings(cx)?;
    let rule = proxy.bypassed_by.as_ref()?;
    Some(fact(ProbeId::Proxy, seen_from(from), format!("{} holds `{}`", rule.variable, rule.entry)))
}

/// This machine goes through a proxy, and the container has none.
pub(super) fn proxy_on_host_only(cx: &FactContext<'_>) -> Option<Evidence> {
    let used = cx.snapshot.host.proxy.value()?.used.as_ref()?;
    let inside = cx.snapshot.inside.proxy.value()?;
    (inside.used.is_none() && inside.bypassed_by.is_none()).then(|| {
        fact(
            ProbeId::Proxy,
            "environment",
            format!("{} is set on this machine, and no proxy in the container", set(used)),
        )
    })
}

/// The container goes through a proxy, and this machine has none.
pub(super) fn proxy_in_container_only(cx: &FactContext<'_>) -> Option<Evidence> {
    let host = cx.snapshot.host.proxy.value()?;
    let used = cx.snapshot.inside.proxy.value()?.used.as_ref()?;
    (host.used.is_none() && host.bypassed_by.is_none()).then(|| {
        fact(
            ProbeId::Proxy,
            "environment",
            format!("{} is set in the container, and no proxy on this machine", set(used)),
        )
    })
}
