//! One row per check: what it saw in one sentence, and whether that is fine. The verdict is made elsewhere.

mod network;

use super::answer::{CheckRow, CheckStatus, Finding, Severity};
use super::facts::{Signal, View};
use super::wording::{moment, span};
use crate::observations::{Answer, CachedLicense, Container, FileLine, LicenseFile, Observation, ProbeId, Status};
use network::{dns, https, ladder_row, others, proxy, tcp, tls};

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
pub(super) fn rows(view: &View<'_>, headline: &Finding) -> Vec<CheckRow> {
    let s = view.snapshot;
    ProbeId::ALL
        .into_iter()
        .chain(ProbeId::ON_REQUEST)
        .filter_map(|id| match id {
            ProbeId::Engine => row(id, &s.engine, |e| {
                let mut o = outcome(CheckStatus::Pass, format!("{} {} at {}", e.name, e.version, e.address));
                o.detail = vec![format!("chosen by: {}", e.chosen_by), format!("API {}", e.api_version)];
                o.detail.extend(e.proxies.iter().map(|p| format!("the engine's own: {p}")));
                o.detail.extend(e.client_proxies.iter().map(|p| format!("docker's client, for new containers: {p}")));
                o
            }),
            ProbeId::Container => row(id, &s.instances, |_| container(view)),
            ProbeId::Endpoint => row(id, &s.endpoint, |e| endpoint(view, &e.answer)),
            ProbeId::Logs => row(id, &s.logs, |l| {
                let starts = if l.runs.len() == 1 { "1 start".to_owned() } else { format!("{} starts", l.runs.len()) };
                let read = format!("{} lines, {starts}, from {}", l.lines, l.origin);
                // A log that tells of the failure is none that is fine.
                let mut o = match failing_line(headline) {
                    Some(line) => outcome(CheckStatus::Fail, format!("line {line} says why; {read}")),
                    None => outcome(CheckStatus::Pass, read),
                };
                o.detail.clone_from(&l.limits);
                o
            }),
            ProbeId::Credentials => row(id, &s.credentials, |_| credentials(view)),
            ProbeId::Cache => row(id, &s.cache, |files| cache(view, files)),
            ProbeId::Dns => ladder_row(id, s, |l| &l.dns, dns),
            ProbeId::Tcp => ladder_row(id, s, |l| &l.tcp, tcp),
            ProbeId::Tls => ladder_row(id, s, |l| &l.tls, |t| tls(view, t)),
            ProbeId::Https => ladder_row(id, s, |l| &l.https, https),
            ProbeId::Proxy => ladder_row(id, s, |l| &l.proxy, proxy),
            ProbeId::Hosts => row(id, &s.other_hosts, |hosts| others(hosts)),
            ProbeId::Compose => row(id, &s.compose, |c| {
                let path = c.paths.first().cloned().unwrap_or_default();
                let mut o = match (c.faults.first(), &c.service, Signal::ComposeFlawed.evidence(view)) {
                    (Some(fault), _, _) => outcome(CheckStatus::Fail, format!("{}: {}", fault.at, fault.says)),
                    (None, None, _) => outcome(CheckStatus::Warn, format!("{path}: no service runs LocalStack")),
                    (None, Some(_), Some(flaw)) => {
                        let at = FileLine { path: flaw.source, line: flaw.line.unwrap_or_default() };
                        outcome(CheckStatus::Warn, format!("{at}: {}", flaw.text))
                    }
                    (None, Some(service), None) => {
                        outcome(CheckStatus::Pass, format!("service `{}` of {path}", service.name))
                    }
                };
                let variables = c.service.iter().flat_map(|s| &s.variables);
                o.detail.extend(variables.map(|v| format!("{}: {} = {}", v.at, v.name, v.written)));
                o.detail.extend(c.faults.iter().skip(1).map(|f| format!("{}: {}", f.at, f.says)));
                o
            }),
        })
        .collect()
}

/// The line of the log that proves a failure.
fn failing_line(headline: &Finding) -> Option<u64> {
    let failed = headline.severity == Severity::Error;
    headline.evidence.iter().filter(|e| failed && e.check == ProbeId::Logs).find_map(|e| e.line)
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

fn container(view: &View<'_>) -> Outcome {
    let limits = view.snapshot.instances.value().map(|i| i.limits.clone()).unwrap_or_default();
    let Some(c) = view.snapshot.container() else {
        let found = [Signal::NamedMissing, Signal::VanishedOtherwise, Signal::Vanished55];
        let found = found.iter().find_map(|signal| signal.evidence(view));
        let text = found.map_or_else(|| "no LocalStack container was found".to_owned(), |e| e.text);
        return Outcome { detail: limits, ..outcome(CheckStatus::Warn, text) };
    };
    let mut summary = described(view, c);
    if let Some(code) = c.state.exit_code.filter(|_| !matches!(c.state.status, Status::Running | Status::Paused)) {
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
    if !c.launch.told_by.is_empty() {
        o.detail.push(format!("started by {} ({})", c.launch.method().name(), c.launch.told_by));
    }
    if let Some(at) = c.state.started_at {
        o.detail.push(format!("last start {}, {} ago", moment(at), span(view.now.duration_since(at).as_secs())));
    }
    o.detail.extend(c.network.ports.iter().map(|p| format!("port {} on {}:{}", p.container, p.host_ip, p.host)));
    if !c.state.error.is_empty() {
        o.detail.push(c.state.error.clone());
    }
    o.detail.extend(limits.into_iter().chain(c.limits.iter().cloned()));
    o
}

/// Name, image and state. From files, what was not given is left out.
fn described(view: &View<'_>, c: &Container) -> String {
    let files = view.snapshot.target.from_files;
    let name = if c.name.is_empty() { view.container_name() } else { c.name.clone() };
    let image = match &c.image {
        Some(image) => format!(" ({})", image.reference),
        None if files => String::new(),
        None => " (unknown image)".to_owned(),
    };
    let state = match c.state.status {
        Status::Unknown if files => String::new(),
        status => format!(" is {}", status.word()),
    };
    format!("{name}{image}{state}")
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
    let odd = [
        Signal::HostTokenDiffers,
        Signal::MisspeltVariable,
        Signal::TokenExposed,
        Signal::TokenBlank,
        Signal::HostTokenMalformed,
        Signal::HostTokenAndKey,
    ];
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
        o.detail.extend(seen.limits.iter().cloned());
    }
    o
}

/// The file that is no good speaks, else the one that is read first.
fn cache(view: &View<'_>, files: &[CachedLicense]) -> Outcome {
    let flaw =
        [Signal::CacheExpired, Signal::CacheInactive, Signal::CacheCorrupt].iter().find_map(|s| s.evidence(view));
    let bad = flaw.and_then(|e| files.iter().find(|f| f.path == e.source));
    let Some(speaks) = bad.or_else(|| files.first()) else { return outcome(CheckStatus::Pass, "no cached license") };
    let status = match &speaks.content {
        LicenseFile::License(_) if bad.is_none() => CheckStatus::Pass,
        _ => CheckStatus::Warn,
    };
    let mut o = outcome(status, cached(speaks));
    if let LicenseFile::License(license) = &speaks.content
        && let Some(at) = license.reactivate_after
    {
        o.detail.push(format!("must reach the server again after {}", moment(at)));
    }
    o.detail.extend(files.iter().filter(|f| !std::ptr::eq(*f, speaks)).map(cached));
    o
}

fn cached(file: &CachedLicense) -> String {
    match &file.content {
        LicenseFile::License(license) => {
            let until = license.expires.map_or_else(String::new, |at| format!(", expires {}", at.strftime("%Y-%m-%d")));
            format!("plan {}, {}{until} ({})", license.plan, license.status, file.path)
        }
        LicenseFile::Corrupt { why } => format!("{} cannot be read as a license: {why}", file.path),
        LicenseFile::Unreadable { why } => format!("{}: {why}", file.path),
    }
}
