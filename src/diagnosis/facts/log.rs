//! Facts about the log as a whole: whose it is, how far it got, and how it ends.

use super::context::{FactContext, fact};
use crate::diagnosis::answer::Evidence;
use crate::observations::ProbeId;

pub(super) fn banner(cx: &FactContext<'_>) -> Option<Evidence> {
    let run = cx.run?;
    let version = run.version.as_ref()?;
    Some(Evidence {
        check: ProbeId::Logs,
        source: cx.log_source(),
        line: Some(run.first_line),
        text: format!("{} {version}", cx.lexicon.layout.banner),
    })
}

pub(super) fn served(cx: &FactContext<'_>) -> Option<Evidence> {
    let line = cx.run?.served.as_ref()?;
    Some(Evidence { check: ProbeId::Logs, source: cx.log_source(), line: Some(line.number), text: line.text.clone() })
}

pub(super) fn opened(cx: &FactContext<'_>) -> Option<Evidence> {
    let line = cx.run?.opened?;
    let text = "LocalStack was ready";
    Some(Evidence { line: Some(line), ..fact(ProbeId::Logs, cx.log_source(), text) })
}

pub(super) fn error(cx: &FactContext<'_>) -> Option<Evidence> {
    let run = cx.run?;
    let line = run.last_error.as_ref()?;
    // Where nothing else tells whose log it is, the manner of the line has to.
    let own = run.version.is_some() || cx.snapshot.container().is_some();
    (own || cx.lexicon.capture("own_error", &line.text).is_some()).then(|| Evidence {
        check: ProbeId::Logs,
        source: cx.log_source(),
        line: Some(line.number),
        text: line.text.clone(),
    })
}

pub(super) fn absent(cx: &FactContext<'_>) -> Option<Evidence> {
    match cx.snapshot.logs.value() {
        Some(log) if log.lines > 0 => None,
        Some(log) => Some(fact(ProbeId::Logs, log.origin.to_string(), "the log is empty")),
        None => Some(fact(ProbeId::Logs, "log", "no log was seen")),
    }
}

pub(super) fn unreadable(cx: &FactContext<'_>) -> Option<Evidence> {
    let error = cx.snapshot.logs.error()?;
    Some(fact(ProbeId::Logs, cx.container_name(), error.detail.clone()))
}
