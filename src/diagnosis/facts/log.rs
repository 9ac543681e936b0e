//! Facts about the log as a whole: whose it is, how far it got, and how it ends.

use super::{View, fact};
use crate::diagnosis::Evidence;
use crate::observations::ProbeId;

pub(super) fn banner(view: &View<'_>) -> Option<Evidence> {
    let run = view.run?;
    let version = run.version.as_ref()?;
    Some(Evidence {
        check: ProbeId::Logs,
        source: view.log_source(),
        line: Some(run.first_line),
        text: format!("LocalStack version: {version}"),
    })
}

pub(super) fn served(view: &View<'_>) -> Option<Evidence> {
    let line = view.run?.served.as_ref()?;
    Some(Evidence { check: ProbeId::Logs, source: view.log_source(), line: Some(line.number), text: line.text.clone() })
}

pub(super) fn error(view: &View<'_>) -> Option<Evidence> {
    let run = view.run?;
    let line = run.last_error.as_ref()?;
    // Where nothing else tells whose log it is, the manner of the line has to.
    let own = run.version.is_some() || view.snapshot.container().is_some();
    (own || view.catalogue.capture("own_error", &line.text).is_some()).then(|| Evidence {
        check: ProbeId::Logs,
        source: view.log_source(),
        line: Some(line.number),
        text: line.text.clone(),
    })
}

pub(super) fn absent(view: &View<'_>) -> Option<Evidence> {
    match view.snapshot.logs.value() {
        Some(log) if log.lines > 0 => None,
        Some(log) => Some(fact(ProbeId::Logs, log.origin.to_string(), "the log is empty")),
        None => Some(fact(ProbeId::Logs, "log", "no log was seen")),
    }
}

pub(super) fn unreadable(view: &View<'_>) -> Option<Evidence> {
    let error = view.snapshot.logs.error()?;
    Some(fact(ProbeId::Logs, view.container_name(), error.detail.clone()))
}
