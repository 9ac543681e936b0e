//! One row per check: what it saw in one sentence, and whether that is fine. The verdict is made in `verdict`.

mod credentials;
mod instance;
mod network;
mod row;

use super::answer::{CheckRow, CheckStatus, Finding, Severity};
use super::facts::{Fact, FactContext};
use crate::observations::{FileLine, ProbeId};
use credentials::{cache, credentials};
use instance::{container, endpoint};
pub use network::path_statuses;
use network::{dns, https, ladder_row, others, proxy, tcp, tls};
use row::{outcome, row};

/// All rows that were asked for, in listing order.
pub(super) fn rows(cx: &FactContext<'_>, headline: &Finding) -> Vec<CheckRow> {
    let s = cx.snapshot;
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
            ProbeId::Container => row(id, &s.instances, |_| container(cx)),
            ProbeId::Endpoint => row(id, &s.endpoint, |e| endpoint(cx, &e.answer)),
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
            ProbeId::Credentials => row(id, &s.credentials, |_| credentials(cx)),
            ProbeId::Cache => row(id, &s.cache, |files| cache(cx, files)),
            ProbeId::Dns => ladder_row(id, s, |l| &l.dns, dns),
            ProbeId::Tcp => ladder_row(id, s, |l| &l.tcp, tcp),
            ProbeId::Tls => ladder_row(id, s, |l| &l.tls, |t| tls(cx, t)),
            ProbeId::Https => ladder_row(id, s, |l| &l.https, https),
            ProbeId::Proxy => ladder_row(id, s, |l| &l.proxy, proxy),
            ProbeId::Hosts => row(id, &s.other_hosts, |hosts| others(hosts)),
            ProbeId::Compose => row(id, &s.compose, |c| {
                let path = c.paths.first().cloned().unwrap_or_default();
                let mut o = match (c.faults.first(), &c.service, Fact::ComposeFlawed.evidence(cx)) {
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
        .map(|row| CheckRow { doc: cx.lexicon.doc(row.id).map(str::to_owned), ..row })
        .collect()
}

/// The line of the log that proves a failure.
fn failing_line(headline: &Finding) -> Option<u64> {
    let failed = headline.severity == Severity::Error;
    headline.evidence.iter().filter(|e| failed && e.check == ProbeId::Logs).find_map(|e| e.line)
}
