//! The rows about the instance: its container and its endpoint.

use super::row::{Outcome, outcome};
use crate::diagnosis::answer::CheckStatus;
use crate::diagnosis::facts::{Fact, FactContext};
use crate::diagnosis::spans::{moment, span};
use crate::observations::{Answer, Container, GATEWAY_PORT, Status};

pub(super) fn container(cx: &FactContext<'_>) -> Outcome {
    let limits = cx.snapshot.instances.value().map(|i| i.limits.clone()).unwrap_or_default();
    let Some(c) = cx.snapshot.container() else {
        let found = [Fact::NamedMissing, Fact::VanishedOtherwise, Fact::Vanished55];
        let found = found.iter().find_map(|fact| fact.evidence(cx));
        let text = found.map_or_else(|| "no LocalStack container was found".to_owned(), |e| e.text);
        return Outcome { detail: limits, ..outcome(CheckStatus::Warn, text) };
    };
    let mut summary = described(cx, c);
    if let Some(code) = c.state.exit_code.filter(|_| !matches!(c.state.status, Status::Running | Status::Paused)) {
        summary.push_str(&format!(", exit code {code}"));
    }
    if c.state.restarts > 0 {
        summary.push_str(&format!(", restarted {} times", c.state.restarts));
    }
    // A row that warns says why.
    if Fact::PortUnpublished.evidence(cx).is_some() {
        summary.push_str(&format!(", publishes no port for {GATEWAY_PORT}"));
    }
    let bad = [Fact::Exit55, Fact::ExitFailure, Fact::OomKilled, Fact::Restarting, Fact::PortTaken];
    let odd = [Fact::ContainerPaused, Fact::Stopped, Fact::ContainerCreated, Fact::PortUnpublished];
    let holds = |list: &[Fact]| list.iter().find_map(|s| s.evidence(cx));
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
        o.detail.push(format!("last start {}, {} ago", moment(at), span(cx.now.duration_since(at).as_secs())));
    }
    o.detail.extend(c.network.ports.iter().map(|p| format!("port {} on {}:{}", p.container, p.host_ip, p.host)));
    if !c.state.error.is_empty() {
        o.detail.push(c.state.error.clone());
    }
    o.detail.extend(limits.into_iter().chain(c.limits.iter().cloned()));
    o
}

/// Name, image and state. From files, what was not given is left out.
fn described(cx: &FactContext<'_>, c: &Container) -> String {
    let files = cx.snapshot.target.from_files;
    let name = if c.name.is_empty() { cx.container_name() } else { c.name.clone() };
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

pub(super) fn endpoint(cx: &FactContext<'_>, answer: &Answer) -> Outcome {
    let Some(endpoint) = cx.snapshot.endpoint.value() else { return outcome(CheckStatus::Error, "not asked") };
    let url = &endpoint.url;
    let says = |s: Fact| s.evidence(cx).map(|e| format!("{url}: {}", e.text)).unwrap_or_default();
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
        Answer::LocalStackError { .. } => outcome(CheckStatus::Fail, says(Fact::EndpointError)),
        Answer::OtherProgram { .. } | Answer::NotHttp { .. } => outcome(CheckStatus::Fail, says(Fact::EndpointOther)),
        Answer::Unknown => outcome(CheckStatus::Skip, "not asked"),
        _ => outcome(CheckStatus::Fail, says(Fact::EndpointUnreachable)),
    }
}
