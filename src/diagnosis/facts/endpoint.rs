//! Facts about LocalStack's endpoint: what answers there, and what it says of itself.

use super::context::{FactContext, fact};
use crate::diagnosis::answer::Evidence;
use crate::observations::{Answer, Endpoint, Info, ProbeId};

fn endpoint<'a>(cx: &FactContext<'a>) -> Option<&'a Endpoint> {
    cx.snapshot.endpoint.value()
}

fn info<'a>(cx: &FactContext<'a>) -> Option<(&'a Endpoint, &'a Info)> {
    let endpoint = endpoint(cx)?;
    Some((endpoint, endpoint.info.as_ref()?))
}

fn info_source(endpoint: &Endpoint) -> String {
    if endpoint.url.starts_with("http") { format!("{}/_localstack/info", endpoint.url) } else { endpoint.url.clone() }
}

fn activation(cx: &FactContext<'_>, wanted: bool) -> Option<Evidence> {
    let endpoint = endpoint(cx)?;
    // What this start said once still holds while its gateway does not answer.
    let info = endpoint.info.as_ref().or(endpoint.said_before.as_ref())?;
    (info.is_license_activated == Some(wanted))
        .then(|| fact(ProbeId::Endpoint, info_source(endpoint), format!("\"is_license_activated\": {wanted}")))
}

/// The endpoint is known to be that of the chosen instance.
pub(super) fn endpoint_own(cx: &FactContext<'_>) -> Option<Evidence> {
    let (endpoint, container) = (endpoint(cx)?, cx.snapshot.container()?);
    let own = endpoint.of.as_ref().is_some_and(|of| of.handle == container.handle());
    own.then(|| fact(ProbeId::Endpoint, endpoint.url.clone(), format!("the endpoint of {}", container.name)))
}

pub(super) fn info_activated(cx: &FactContext<'_>) -> Option<Evidence> {
    activation(cx, true)
}

pub(super) fn info_not_activated(cx: &FactContext<'_>) -> Option<Evidence> {
    activation(cx, false)
}

pub(super) fn edition(cx: &FactContext<'_>, wanted: &str) -> Option<Evidence> {
    let (endpoint, info) = info(cx)?;
    (info.edition == wanted)
        .then(|| fact(ProbeId::Endpoint, info_source(endpoint), format!("\"edition\": \"{wanted}\"")))
}

pub(super) fn endpoint_answers(cx: &FactContext<'_>) -> Option<Evidence> {
    let endpoint = endpoint(cx)?;
    matches!(endpoint.answer, Answer::LocalStack)
        .then(|| fact(ProbeId::Endpoint, endpoint.url.clone(), "LocalStack answers"))
}

pub(super) fn endpoint_other(cx: &FactContext<'_>) -> Option<Evidence> {
    let endpoint = endpoint(cx)?;
    let text = match &endpoint.answer {
        Answer::OtherProgram { status, server, says, program } => {
            let status = if *status == 0 { "an answer".to_owned() } else { format!("HTTP {status}") };
            match program {
                Some(program) => format!("{status} from {program}, which is not LocalStack"),
                None => {
                    let who = if server.is_empty() { says } else { server };
                    format!("{status} from something that is not LocalStack: {who}")
                }
            }
        }
        Answer::NotHttp { says } => format!("something that does not speak HTTP: {says}"),
        _ => return None,
    };
    Some(fact(ProbeId::Endpoint, endpoint.url.clone(), text))
}

/// Its text is the program's name.
pub(super) fn endpoint_lookalike(cx: &FactContext<'_>) -> Option<Evidence> {
    let endpoint = endpoint(cx)?;
    let Answer::OtherProgram { program: Some(program), .. } = &endpoint.answer else { return None };
    Some(fact(ProbeId::Endpoint, endpoint.url.clone(), program.clone()))
}

pub(super) fn endpoint_error(cx: &FactContext<'_>) -> Option<Evidence> {
    let endpoint = endpoint(cx)?;
    let Answer::LocalStackError { status } = endpoint.answer else { return None };
    Some(fact(ProbeId::Endpoint, endpoint.url.clone(), format!("LocalStack answers HTTP {status}")))
}

pub(super) fn endpoint_unreachable(cx: &FactContext<'_>) -> Option<Evidence> {
    let endpoint = endpoint(cx)?;
    let text = match &endpoint.answer {
        Answer::Refused => "connection refused".to_owned(),
        Answer::Hung => "accepts and does not answer".to_owned(),
        Answer::EmptyReply => {
            "accepts and closes without an answer: the port is published, and nothing listens behind it".to_owned()
        }
        Answer::Unreachable { why } => why.clone(),
        _ => return None,
    };
    Some(fact(ProbeId::Endpoint, endpoint.url.clone(), text))
}

pub(super) fn endpoint_refused(cx: &FactContext<'_>) -> Option<Evidence> {
    let endpoint = endpoint(cx)?;
    matches!(endpoint.answer, Answer::Refused | Answer::Unreachable { .. }).then(|| endpoint_unreachable(cx)).flatten()
}

pub(super) fn endpoint_silent(cx: &FactContext<'_>) -> Option<Evidence> {
    let endpoint = endpoint(cx)?;
    matches!(endpoint.answer, Answer::Hung | Answer::EmptyReply).then(|| endpoint_unreachable(cx)).flatten()
}
