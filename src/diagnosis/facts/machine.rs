//! Facts about the machine that lsdoctor runs on: a CI service, and whether it withholds secrets.

use super::context::{FactContext, fact};
use crate::diagnosis::answer::Evidence;
use crate::observations::ProbeId;

pub(super) fn ci(cx: &FactContext<'_>) -> Option<Evidence> {
    if let Some(ci) = &cx.snapshot.target.machine.ci {
        return Some(fact(ProbeId::Credentials, "environment", format!("this runs in {}", ci.name)));
    }
    let ci = cx.snapshot.logs.value()?.launch.ci.as_ref()?;
    Some(fact(ProbeId::Logs, cx.log_source(), format!("a log of {ci}")))
}

pub(super) fn ci_without_secrets(cx: &FactContext<'_>) -> Option<Evidence> {
    let ci = cx.snapshot.target.machine.ci.as_ref()?;
    Some(fact(ProbeId::Credentials, format!("{} variables", ci.name), ci.without_secrets.clone()?))
}
