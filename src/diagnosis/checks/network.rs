//! The rows of the way to the license host, and of LocalStack's other hosts.

use super::row::{Outcome, outcome, row};
use crate::diagnosis::answer::{CheckRow, CheckStatus};
use crate::diagnosis::facts::{Fact, FactContext, distrusted};
use crate::observations::{
    ConnectionPath, Dns, DnsStatus, HttpBody, Https, Observation, OtherHost, ProbeId, Proxy, RecordAnswer, Snapshot,
    SystemAnswer, Tcp, Tls, Trust, Tunnel, Viewpoint,
};

/// One row for both viewpoints: the worse one speaks, the other is detail.
pub(super) fn ladder_row<T>(
    id: ProbeId,
    s: &Snapshot,
    rung: impl Fn(&ConnectionPath) -> &Observation<T>,
    judge: impl Fn(&T) -> Outcome,
) -> Option<CheckRow> {
    let host = row(id, rung(s.path(Viewpoint::Host)), &judge);
    let inside = row(id, rung(s.path(Viewpoint::Container)), &judge);
    let (mut speaks, other, whose) = match (host, inside) {
        (Some(h), Some(i)) if i.status.gravity() < h.status.gravity() => (i, Some(h), Viewpoint::Container),
        (Some(h), i) => (h, i, Viewpoint::Host),
        (None, i) => (i?, None, Viewpoint::Container),
    };
    if whose == Viewpoint::Container {
        speaks.summary = format!("{} (from the container, simulated)", speaks.summary);
    }
    if let Some(other) = other.filter(|o| o.status != CheckStatus::Skip) {
        let whose = if whose == Viewpoint::Host { "from the container (simulated)" } else { "this machine" };
        speaks.detail.push(format!("{whose}: {}", other.summary));
        speaks.detail.extend(other.detail);
    }
    Some(speaks)
}

/// Whether each step of a network path to the license server holds, in the order in which they are taken. A step that
/// nobody asked about is `Skip`. For example, a certificate that LocalStack does not trust makes `tls` a `Fail`.
pub fn path_statuses(path: &ConnectionPath) -> [(ProbeId, CheckStatus); 5] {
    fn status<T>(seen: &Observation<T>, judge: impl Fn(&T) -> CheckStatus) -> CheckStatus {
        match seen {
            Observation::NotAsked | Observation::Skipped { .. } => CheckStatus::Skip,
            Observation::Pending { .. } => CheckStatus::Pending,
            Observation::Failed { .. } => CheckStatus::Error,
            Observation::Seen { value, .. } => judge(value),
        }
    }
    let trusted = |t: &Tls| t.fault.is_none() && distrusted(t).is_none();
    [
        (ProbeId::Proxy, status(&path.proxy, |p| proxy(p).status)),
        (ProbeId::Dns, status(&path.dns, |d| dns(d).status)),
        (ProbeId::Tcp, status(&path.tcp, |t| tcp(t).status)),
        (ProbeId::Tls, status(&path.tls, |t| if trusted(t) { CheckStatus::Pass } else { CheckStatus::Fail })),
        (ProbeId::Https, status(&path.https, |h| https(h).status)),
    ]
}

pub(super) fn dns(dns: &Dns) -> Outcome {
    let addresses = dns.addresses();
    let local = addresses.iter().any(|a| a.is_loopback() || a.is_unspecified());
    let list: Vec<String> = addresses.iter().take(4).map(ToString::to_string).collect();
    let given = dns.name.parse::<std::net::IpAddr>().is_ok() || dns.name == "localhost";
    let mut o = if given {
        outcome(CheckStatus::Pass, format!("{} is an address: nothing to look up", dns.name))
    } else if dns.isolated {
        outcome(CheckStatus::Fail, "the container has no network")
    } else if addresses.is_empty() {
        let word = dns.resolvers.iter().map(|r| r.a.status.word()).find(|w| *w != "NOERROR").unwrap_or("no address");
        outcome(CheckStatus::Fail, format!("{}: {word}", dns.name))
    } else if local {
        outcome(CheckStatus::Fail, format!("{} resolves to {}", dns.name, list.join(", ")))
    } else if dns.resolvers.iter().any(|r| r.addresses().is_empty()) {
        outcome(CheckStatus::Warn, format!("{} resolves to {}, not by every resolver", dns.name, list.join(", ")))
    } else {
        outcome(CheckStatus::Pass, format!("{} resolves to {}", dns.name, list.join(", ")))
    };
    for r in &dns.resolvers {
        let (a, aaaa) = (record("A", &r.a), record("AAAA", &r.aaaa));
        o.detail.push(format!("{} ({}): {a}, {aaaa}, {:.1} ms", r.server, r.source, r.took_ms));
    }
    if !dns.hosts_file.is_empty() {
        let list: Vec<_> = dns.hosts_file.iter().map(ToString::to_string).collect();
        o.detail.push(format!("hosts file: {}", list.join(" ")));
    }
    match &dns.system {
        Some(SystemAnswer::Addresses { addresses, took_ms }) => {
            let shown: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            o.detail.push(format!("system (getaddrinfo): {}, {took_ms:.1} ms", shown.join(" ")));
        }
        Some(SystemAnswer::Failed { error, took_ms }) => {
            o.detail.push(format!("system (getaddrinfo): {error}, {took_ms:.1} ms"))
        }
        None => {}
    }
    o.detail.extend(dns.config_error.iter().chain(&dns.limits).cloned());
    o
}

pub(super) fn tcp(tcp: &Tcp) -> Outcome {
    let via = tcp.via_proxy.as_ref().map_or_else(String::new, |p| format!(" (proxy {p})"));
    let best = tcp
        .attempts
        .iter()
        .find(|a| a.outcome == crate::observations::TcpOutcome::Connected)
        .or_else(|| tcp.attempts.first());
    let mut o = match best {
        Some(a) if tcp.connected() => {
            outcome(CheckStatus::Pass, format!("{} connected in {:.1} ms{via}", a.address, a.took_ms))
        }
        Some(a) => outcome(CheckStatus::Fail, format!("{}: {}{via}", a.address, a.outcome.words())),
        None => outcome(CheckStatus::Fail, "no address to connect to"),
    };
    o.detail.extend(tcp.attempts.iter().map(|a| format!("{}: {}, {:.1} ms", a.address, a.outcome.words(), a.took_ms)));
    o
}

pub(super) fn tls(cx: &FactContext<'_>, tls: &Tls) -> Outcome {
    let issuer = tls.chain.first().map_or_else(String::new, |c| format!(", issued by {}", c.issuer));
    let verdict = |t: &Trust| match t {
        Trust::NotChecked => "not checked".to_owned(),
        Trust::Trusted => "trusted".to_owned(),
        Trust::Untrusted { fault } => fault.words().to_owned(),
    };
    let mut o = match (Fact::TlsFailed.evidence(cx), &tls.fault) {
        (_, Some(fault)) => {
            outcome(CheckStatus::Fail, format!("handshake with {}: {}", tls.server_name, fault.words()))
        }
        (Some(_), None) if distrusted(tls).is_some() => {
            let own = tls.bundle.as_ref().and_then(|b| b.verdict.as_ref().ok()).unwrap_or(&tls.mozilla);
            let says = format!("system: {}; LocalStack's roots: {}{issuer}", verdict(&tls.system), verdict(own));
            outcome(CheckStatus::Fail, says)
        }
        _ => outcome(CheckStatus::Pass, format!("trusted{issuer}")),
    };
    o.detail.push(format!("system store: {}; Mozilla's roots: {}", verdict(&tls.system), verdict(&tls.mozilla)));
    if let Some(bundle) = &tls.bundle {
        let says = match &bundle.verdict {
            Ok(trust) => verdict(trust),
            Err(why) => why.clone(),
        };
        o.detail.push(format!("{}={}: {says}", bundle.variable, bundle.path));
    }
    o.detail.extend(tls.version.iter().map(|version| format!("agreed on {version}")));
    o.detail.extend(tls.chain.iter().map(|c| {
        let day =
            |at: Option<jiff::Timestamp>| at.map_or_else(|| "?".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
        let issuer = if c.self_issued { "itself" } else { c.issuer.as_str() };
        format!("{}, issued by {issuer}, from {} to {}", c.subject, day(c.not_before), day(c.not_after))
    }));
    o
}

pub(super) fn proxy(proxy: &Proxy) -> Outcome {
    let Some(used) = &proxy.used else {
        return match &proxy.bypassed_by {
            Some(rule) => outcome(
                CheckStatus::Warn,
                format!("{} holds `{}`: LocalStack goes past the proxy", rule.variable, rule.entry),
            ),
            None => outcome(CheckStatus::Pass, "no proxy is set"),
        };
    };
    if let Some(why) = &used.unparseable {
        return outcome(CheckStatus::Fail, format!("{}={} cannot be read: {why}", used.variable, used.url));
    }
    let (status, word) = match &proxy.tunnel {
        None => (CheckStatus::Pass, String::new()),
        Some(Tunnel::Open) => (CheckStatus::Pass, ", connects".to_owned()),
        Some(Tunnel::Refused) => (CheckStatus::Fail, ": connection refused".to_owned()),
        Some(Tunnel::UnknownHost) => (CheckStatus::Fail, ": its name does not resolve".to_owned()),
        Some(Tunnel::AuthenticationRequired { schemes }) => {
            (CheckStatus::Fail, format!(": requires a user and a password ({})", schemes.join(", ")))
        }
        Some(Tunnel::Denied { status }) => (CheckStatus::Fail, format!(": denies the tunnel (HTTP {status})")),
        Some(Tunnel::Timeout) => (CheckStatus::Fail, ": no answer".to_owned()),
        Some(Tunnel::Failed { why }) => (CheckStatus::Fail, format!(": {why}")),
    };
    let mut o = outcome(status, format!("{}={}{word}", used.variable, used.url));
    o.detail.extend(proxy.variables.iter().map(|v| format!("{}={}", v.name, v.value)));
    o
}

pub(super) fn https(https: &Https) -> Outcome {
    let words = match &https.body {
        HttpBody::Html { title } => format!(", a page titled \"{title}\""),
        HttpBody::Redirect { to_host } => format!(", leads to {to_host}"),
        HttpBody::Plain | HttpBody::Json => String::new(),
    };
    let status = if https.verdict().serves() { CheckStatus::Pass } else { CheckStatus::Fail };
    outcome(status, format!("HTTP {}{words} from {}", https.status, https.url))
}

/// None of these decides anything: one out of reach is odd, and no failure.
pub(super) fn others(hosts: &[OtherHost]) -> Outcome {
    let words = |found: &OtherHost| match &found.stumbled {
        Some(broken) => format!("{} fails at {}: {}", found.host, broken.at, broken.why),
        None => format!("{} can be reached", found.host),
    };
    let mut o = match hosts.iter().find(|found| found.stumbled.is_some()) {
        Some(bad) => outcome(CheckStatus::Warn, words(bad)),
        None => outcome(CheckStatus::Pass, format!("{} hosts can be reached", hosts.len())),
    };
    o.detail.extend(hosts.iter().map(|found| format!("{}, {:.1} ms", words(found), found.took_ms)));
    o
}

/// An answer as dig tells it: type, status, addresses.
fn record(kind: &str, answer: &RecordAnswer) -> String {
    let mut words = vec![kind.to_owned(), answer.status.word().to_owned()];
    words.extend(answer.addresses.iter().map(ToString::to_string));
    if answer.addresses.is_empty() && answer.status == DnsStatus::NoError {
        words.push("without records".to_owned());
    }
    if answer.over_tcp {
        words.push("over TCP".to_owned());
    }
    words.join(" ")
}
