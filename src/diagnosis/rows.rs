//! One row per check: what it saw in one sentence, and whether that is fine. The verdict is made elsewhere.

use super::signals::{Signal, View};
use super::words::{moment, span};
use super::{CheckRow, CheckStatus};
use crate::observations::{
    Answer, CachedLicense, Dns, HttpBody, Ladder, LicenseFile, Observation, ProbeId, Snapshot, SystemAnswer, Tcp, Tls,
    Trust, Tunnel, Viewpoint,
};

/// A row's outcome before it is laid out.
struct Outcome {
    status: CheckStatus,
    summary: String,
    detail: Vec<String>,
}

fn outcome(status: CheckStatus, summary: impl Into<String>) -> Outcome {
    Outcome { status, summary: summary.into(), detail: Vec::new() }
}

/// All rows that were asked for, in listing order.
pub(super) fn rows(view: &View<'_>) -> Vec<CheckRow> {
    let s = view.snapshot;
    ProbeId::ALL
        .into_iter()
        .filter_map(|id| match id {
            ProbeId::Engine => row(id, &s.engine, |e| {
                let mut o = outcome(CheckStatus::Pass, format!("{} {} at {}", e.name, e.version, e.address));
                o.detail = vec![format!("chosen by: {}", e.chosen_by), format!("API {}", e.api_version)];
                o.detail.extend(e.proxies.iter().map(|p| format!("daemon: {p}")));
                o
            }),
            ProbeId::Container => row(id, &s.instances, |_| container(view)),
            ProbeId::Endpoint => row(id, &s.endpoint, |e| endpoint(view, &e.answer)),
            ProbeId::Logs => row(id, &s.logs, |l| {
                let starts = if l.runs.len() == 1 { "1 start".to_owned() } else { format!("{} starts", l.runs.len()) };
                let mut o = outcome(CheckStatus::Pass, format!("{} lines, {starts}, from {}", l.lines, l.source));
                o.detail.clone_from(&l.limits);
                o
            }),
            ProbeId::Credentials => row(id, &s.credentials, |_| credentials(view)),
            ProbeId::Cache => row(id, &s.cache, |files| cache(view, files)),
            ProbeId::Dns => ladder_row(id, s, |l| &l.dns, dns),
            ProbeId::Tcp => ladder_row(id, s, |l| &l.tcp, tcp),
            ProbeId::Tls => ladder_row(id, s, |l| &l.tls, |t| tls(view, t)),
            ProbeId::Https => ladder_row(
                id,
                s,
                |l| &l.https,
                |h| {
                    let words = match &h.body {
                        HttpBody::Html { title } => format!(", a page titled \"{title}\""),
                        HttpBody::Redirect { to_host } => format!(", leads to {to_host}"),
                        _ => String::new(),
                    };
                    let fine = h.status < 500 && h.status != 429 && !matches!(h.body, HttpBody::Html { .. });
                    outcome(
                        if fine { CheckStatus::Pass } else { CheckStatus::Fail },
                        format!("HTTP {}{words} from {}", h.status, h.url),
                    )
                },
            ),
            ProbeId::Proxy => ladder_row(id, s, |l| &l.proxy, proxy),
            ProbeId::Compose => row(id, &s.compose, |c| {
                let path = c.paths.first().cloned().unwrap_or_default();
                let Some(service) = &c.service else {
                    return outcome(CheckStatus::Warn, format!("{path}: no service runs LocalStack"));
                };
                let mut o = match c.faults.first() {
                    Some(fault) => outcome(CheckStatus::Warn, format!("{}: {}", fault.at, fault.says)),
                    None => outcome(CheckStatus::Pass, format!("service `{}` of {path}", service.name)),
                };
                o.detail.extend(service.variables.iter().map(|v| format!("{}: {} = {}", v.at, v.name, v.written)));
                o.detail.extend(c.faults.iter().skip(1).map(|f| format!("{}: {}", f.at, f.says)));
                o
            }),
        })
        .collect()
}

fn row<T>(id: ProbeId, seen: &Observation<T>, judge: impl Fn(&T) -> Outcome) -> Option<CheckRow> {
    let (found, skipped) = match seen {
        Observation::NotAsked => return None,
        Observation::Pending { .. } => (outcome(CheckStatus::Pending, "waiting for an answer"), None),
        Observation::Seen { value, .. } => (judge(value), None),
        Observation::Failed { error, .. } => {
            // No engine is a result: a remote LocalStack needs none.
            let status = if id == ProbeId::Engine { CheckStatus::Warn } else { CheckStatus::Error };
            (outcome(status, error.detail.clone()), None)
        }
        Observation::Skipped { because } => (outcome(CheckStatus::Skip, because.clone()), Some(because.clone())),
    };
    Some(CheckRow {
        id,
        title: id.title().to_owned(),
        status: found.status,
        summary: found.summary,
        detail: found.detail,
        duration_ms: seen.took_ms().map(|ms| (ms * 10.0).round() / 10.0),
        skipped_because: skipped,
        at: seen.at(),
    })
}

/// One row for both viewpoints: the worse one speaks, the other is detail.
fn ladder_row<T>(
    id: ProbeId,
    s: &Snapshot,
    rung: impl Fn(&Ladder) -> &Observation<T>,
    judge: impl Fn(&T) -> Outcome,
) -> Option<CheckRow> {
    let host = row(id, rung(s.ladder(Viewpoint::Host)), &judge);
    let inside = row(id, rung(s.ladder(Viewpoint::Container)), &judge);
    let rank = |r: &CheckRow| match r.status {
        CheckStatus::Fail => 0,
        CheckStatus::Error => 1,
        CheckStatus::Warn => 2,
        CheckStatus::Pending => 3,
        CheckStatus::Pass => 4,
        CheckStatus::Skip => 5,
    };
    let (mut speaks, other, whose) = match (host, inside) {
        (Some(h), Some(i)) if rank(&i) < rank(&h) => (i, Some(h), Viewpoint::Container),
        (Some(h), i) => (h, i, Viewpoint::Host),
        (None, i) => (i?, None, Viewpoint::Container),
    };
    if whose == Viewpoint::Container {
        speaks.summary = format!("{} (as the container is configured)", speaks.summary);
    }
    if let Some(other) = other.filter(|o| o.status != CheckStatus::Skip) {
        let whose = if whose == Viewpoint::Host { "as the container is configured" } else { "this machine" };
        speaks.detail.push(format!("{whose}: {}", other.summary));
        speaks.detail.extend(other.detail);
    }
    Some(speaks)
}

fn container(view: &View<'_>) -> Outcome {
    let Some(c) = view.snapshot.container() else {
        let found = Signal::VanishedOtherwise.evidence(view).or_else(|| Signal::Vanished55.evidence(view));
        return outcome(
            CheckStatus::Warn,
            found.map_or_else(|| "no LocalStack container was found".to_owned(), |e| e.text),
        );
    };
    let image = c.image.as_ref().map_or("unknown image", |i| i.reference.as_str());
    let mut summary = format!("{} ({image}) is {}", c.name, c.state.status.word());
    if let Some(code) = c.state.exit_code.filter(|_| {
        !matches!(c.state.status, crate::observations::Status::Running | crate::observations::Status::Paused)
    }) {
        summary.push_str(&format!(", exit code {code}"));
    }
    if c.state.restarts > 0 {
        summary.push_str(&format!(", restarted {} times", c.state.restarts));
    }
    let bad = [Signal::Exit55, Signal::ExitFailure, Signal::OomKilled, Signal::Restarting, Signal::PortTaken];
    let odd = [Signal::ContainerPaused, Signal::Stopped, Signal::ContainerCreated, Signal::PortUnpublished];
    let holds = |list: &[Signal]| list.iter().find_map(|s| s.evidence(view));
    let mut o = if holds(&bad).is_some() {
        outcome(CheckStatus::Fail, summary)
    } else if holds(&odd).is_some() {
        outcome(CheckStatus::Warn, summary)
    } else {
        outcome(CheckStatus::Pass, summary)
    };
    o.detail.push(format!("started by {} ({})", c.launch.method.name(), c.launch.told_by));
    if let Some(at) = c.state.started_at {
        o.detail.push(format!("last start {}, {} ago", moment(at), span(view.now.duration_since(at).as_secs())));
    }
    o.detail.extend(c.network.ports.iter().map(|p| format!("port {} on {}:{}", p.container, p.host_ip, p.host)));
    if !c.state.error.is_empty() {
        o.detail.push(c.state.error.clone());
    }
    o
}

fn endpoint(view: &View<'_>, answer: &Answer) -> Outcome {
    let Some(endpoint) = view.snapshot.endpoint.value() else { return outcome(CheckStatus::Error, "not asked") };
    let url = &endpoint.url;
    let says = |s: Signal| s.evidence(view).map(|e| format!("{url}: {}", e.text)).unwrap_or_default();
    match answer {
        Answer::LocalStack => {
            let mut text = format!("LocalStack answers at {url}");
            if let Some(info) = &endpoint.info {
                text = format!("LocalStack {} ({}) answers at {url}", info.version, info.edition);
                if let Some(activated) = info.is_license_activated {
                    text.push_str(if activated { ", license activated" } else { ", license not activated" });
                }
            }
            outcome(CheckStatus::Pass, text)
        }
        Answer::LocalStackError { .. } => outcome(CheckStatus::Fail, says(Signal::EndpointError)),
        Answer::OtherProgram { .. } | Answer::NotHttp { .. } => outcome(CheckStatus::Fail, says(Signal::EndpointOther)),
        Answer::Unknown => outcome(CheckStatus::Skip, "not asked"),
        _ => outcome(CheckStatus::Fail, says(Signal::EndpointUnreachable)),
    }
}

fn credentials(view: &View<'_>) -> Outcome {
    let bad = [Signal::TokenMalformed, Signal::TokenAndKey];
    let odd = [Signal::HostTokenDiffers, Signal::MisspeltVariable, Signal::TokenExposed, Signal::TokenBlank];
    let holds =
        |list: &[Signal]| list.iter().find_map(|s| s.evidence(view)).map(|e| format!("{}: {}", e.source, e.text));
    let mut o = if let Some(text) = holds(&bad) {
        outcome(CheckStatus::Fail, text)
    } else if let Some(text) = holds(&odd) {
        outcome(CheckStatus::Warn, text)
    } else if let Some(text) = holds(&[Signal::TokenPresent]) {
        outcome(CheckStatus::Pass, text)
    } else if let Some(e) = Signal::TokenMissing.evidence(view) {
        let host = Signal::HostHasToken.evidence(view).map(|h| format!("; this machine has one ({})", h.source));
        outcome(CheckStatus::Warn, format!("{}{}", e.text, host.unwrap_or_default()))
    } else if let Some(text) = holds(&[Signal::HostHasToken]) {
        outcome(CheckStatus::Pass, format!("on this machine, {text}"))
    } else {
        outcome(CheckStatus::Pass, "no token and no API key on this machine")
    };
    if let Some(seen) = view.snapshot.credentials.value() {
        let list = seen.process.iter().map(|c| ("LocalStack", c)).chain(seen.host.iter().map(|c| ("host", c)));
        o.detail.extend(list.map(|(whose, c)| {
            let value = if c.masked.is_empty() { "(empty)" } else { c.masked.as_str() };
            let flaw = c.shape.flaws().first().map_or_else(String::new, |f| format!(", {}", f.words()));
            format!("{whose}: {} = {value}, {}{flaw}", c.name, c.place)
        }));
        o.detail.extend(
            seen.near_misses.iter().map(|m| format!("{} in {} is not read; meant is {}", m.name, m.place, m.meant)),
        );
        o.detail.extend(seen.exposed.iter().map(|e| format!("{}: {}", e.at, e.how)));
    }
    o
}

fn cache(view: &View<'_>, files: &[CachedLicense]) -> Outcome {
    let Some(first) = files.first() else { return outcome(CheckStatus::Pass, "no cached license") };
    let mut o = match &first.content {
        LicenseFile::License(license) => {
            let bad = [Signal::CacheExpired, Signal::CacheInactive].iter().any(|s| s.evidence(view).is_some());
            let until = license.expires.map_or_else(String::new, |at| format!(", expires {}", at.strftime("%Y-%m-%d")));
            let status = if bad { CheckStatus::Warn } else { CheckStatus::Pass };
            outcome(status, format!("plan {}, {}{until} ({})", license.plan, license.status, first.path))
        }
        LicenseFile::Corrupt { why } => {
            outcome(CheckStatus::Warn, format!("{} cannot be read as a license: {why}", first.path))
        }
        LicenseFile::Unreadable { why } => outcome(CheckStatus::Warn, format!("{}: {why}", first.path)),
    };
    if let LicenseFile::License(license) = &first.content
        && let Some(at) = license.reactivate_after
    {
        o.detail.push(format!("must reach the server again after {}", moment(at)));
    }
    o.detail.extend(files.iter().skip(1).map(|f| f.path.clone()));
    o
}

fn dns(dns: &Dns) -> Outcome {
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
        let show = |a: &[std::net::IpAddr]| a.iter().map(|a| format!(" {a}")).collect::<String>();
        o.detail.push(format!(
            "{} ({}): A {}{}, AAAA {}{}, {:.1} ms",
            r.server,
            r.source,
            r.a.status.word(),
            show(&r.a.addresses),
            r.aaaa.status.word(),
            show(&r.aaaa.addresses),
            r.took_ms
        ));
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
    o.detail.extend(dns.config_error.iter().cloned());
    o
}

fn tcp(tcp: &Tcp) -> Outcome {
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

fn tls(view: &View<'_>, tls: &Tls) -> Outcome {
    let issuer = tls.chain.first().map_or_else(String::new, |c| format!(", issued by {}", c.issuer));
    let verdict = |t: &Trust| match t {
        Trust::NotChecked => "not checked".to_owned(),
        Trust::Trusted => "trusted".to_owned(),
        Trust::Untrusted { fault } => fault.words().to_owned(),
    };
    let mut o = match (Signal::TlsFailed.evidence(view), &tls.fault) {
        (_, Some(fault)) => {
            outcome(CheckStatus::Fail, format!("handshake with {}: {}", tls.server_name, fault.words()))
        }
        (Some(_), None) if tls.mozilla != Trust::Trusted || tls.bundle.is_some() => outcome(
            CheckStatus::Fail,
            format!("system: {}; LocalStack's roots: {}{issuer}", verdict(&tls.system), verdict(&tls.mozilla)),
        ),
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
    o.detail.extend(tls.chain.iter().map(|c| {
        let until = c.not_after.map_or_else(String::new, |at| format!(", until {}", at.strftime("%Y-%m-%d")));
        format!("{} <- {}{until}", c.subject, c.issuer)
    }));
    o
}

fn proxy(proxy: &crate::observations::Proxy) -> Outcome {
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
        Some(Tunnel::Open) => (CheckStatus::Pass, ", lets us through".to_owned()),
        Some(Tunnel::Refused) => (CheckStatus::Fail, ": connection refused".to_owned()),
        Some(Tunnel::UnknownHost) => (CheckStatus::Fail, ": its name does not resolve".to_owned()),
        Some(Tunnel::AuthenticationRequired { schemes }) => {
            (CheckStatus::Fail, format!(": wants credentials ({})", schemes.join(", ")))
        }
        Some(Tunnel::Denied { status }) => (CheckStatus::Fail, format!(": denies the tunnel (HTTP {status})")),
        Some(Tunnel::Timeout) => (CheckStatus::Fail, ": no answer".to_owned()),
        Some(Tunnel::Failed { why }) => (CheckStatus::Fail, format!(": {why}")),
    };
    let mut o = outcome(status, format!("{}={}{word}", used.variable, used.url));
    o.detail.extend(proxy.variables.iter().map(|v| format!("{}={}", v.name, v.value)));
    o
}
