//! Facts about a compose file: what would happen if it were started as it stands.

use super::context::{FactContext, fact};
use super::image::{Kind, TOKENS, kind_of};
use crate::diagnosis::answer::Evidence;
use crate::observations::{
    Answer, ComposeService, ComposeVariable, Credential, CredentialKind, FileLine, GATEWAY_PORT, GATEWAY_PORTS, Image,
    ProbeId,
};

fn service<'a>(cx: &FactContext<'a>) -> Option<&'a ComposeService> {
    cx.snapshot.compose.value()?.service.as_ref()
}

fn at(place: &FileLine, text: impl Into<String>) -> Evidence {
    let line = (place.line > 0).then_some(place.line);
    Evidence { line, ..fact(ProbeId::Compose, place.path.clone(), text) }
}

fn kind(cx: &FactContext<'_>, service: &ComposeService) -> Option<(Kind, Image)> {
    let image = Image::parse(service.image.as_ref()?);
    let kind = kind_of(cx.lexicon, &image, image.version().as_ref())?;
    // Without a version, compose takes the newest release, which can be activated.
    Some((if matches!(kind, Kind::Ambiguous) { Kind::Unified } else { kind }, image))
}

fn takes_license(cx: &FactContext<'_>, service: &ComposeService) -> bool {
    kind(cx, service).is_some_and(|(kind, _)| matches!(kind, Kind::Pro | Kind::Unified))
}

fn set(service: &ComposeService, kind: CredentialKind) -> Option<&ComposeVariable> {
    let full = |v: &&ComposeVariable| v.value.as_deref().is_some_and(|text| !text.is_empty());
    service.variables.iter().filter(full).find(|v| v.name == kind.variable())
}

pub(super) fn fault(cx: &FactContext<'_>) -> Option<Evidence> {
    let fault = cx.snapshot.compose.value()?.faults.iter().find(|f| f.required.is_none())?;
    Some(at(&fault.at, fault.says.clone()))
}

/// No fault of the file: it asks for something that is not here.
pub(super) fn variable_unset(cx: &FactContext<'_>) -> Option<Evidence> {
    let fault = cx.snapshot.compose.value()?.faults.iter().find(|f| f.required.is_some())?;
    Some(at(&fault.at, fault.says.clone()))
}

pub(super) fn no_service(cx: &FactContext<'_>) -> Option<Evidence> {
    let file = cx.snapshot.compose.value()?;
    let path = file.paths.first()?;
    (file.service.is_none() && file.faults.is_empty())
        .then(|| fact(ProbeId::Compose, path.clone(), "no service runs LocalStack"))
}

pub(super) fn with_service(cx: &FactContext<'_>) -> Option<Evidence> {
    let service = service(cx)?;
    Some(at(&service.at, format!("the service `{}` runs LocalStack", service.name)))
}

pub(super) fn flawed(cx: &FactContext<'_>) -> Option<Evidence> {
    fault(cx).or_else(|| flaw(cx))
}

/// What the file would give to LocalStack that keeps it from being activated.
fn flaw(cx: &FactContext<'_>) -> Option<Evidence> {
    let flaws = [token_missing, token_malformed, token_and_key, image_without_activation, image_key_only, isolated];
    flaws.into_iter().find_map(|flaw| flaw(cx))
}

/// The file is the answer only where no instance is: a container, or an endpoint that answers, says more than a file.
pub(super) fn blocks(cx: &FactContext<'_>) -> Option<Evidence> {
    let answers = cx.snapshot.endpoint.value().is_some_and(|e| !e.answer.is_silence() && e.answer != Answer::Unknown);
    let instance = cx.snapshot.container().is_some() || answers;
    (!instance).then(|| flaw(cx)).flatten()
}

pub(super) fn isolated(cx: &FactContext<'_>) -> Option<Evidence> {
    let service = service(cx)?;
    let why = service.isolated.as_ref().filter(|_| takes_license(cx, service))?;
    Some(at(&service.at, format!("the service `{}`: {why}", service.name)))
}

pub(super) fn token_missing(cx: &FactContext<'_>) -> Option<Evidence> {
    let service = service(cx)?;
    if CredentialKind::ALL.into_iter().any(|kind| set(service, kind).is_some()) {
        return None;
    }
    let Some(token) = service.variables.iter().find(|v| v.name == CredentialKind::AuthToken.variable()) else {
        return takes_license(cx, service)
            .then(|| at(&service.at, format!("the service `{}` is given no LOCALSTACK_AUTH_TOKEN", service.name)));
    };
    // Compose itself refuses to start, which is told as a fault.
    let refused = cx.snapshot.compose.value()?.faults.iter().any(|f| f.at == token.at);
    let community = kind(cx, service).is_some_and(|(kind, _)| matches!(kind, Kind::Community));
    let how = match (&token.value, token.written.is_empty()) {
        (None, _) => format!("`{}` is not set here, so nothing is passed on", token.name),
        (Some(_), true) => format!("{} is given nothing", token.name),
        (Some(_), false) => format!("{} is `{}`, which comes to nothing here", token.name, token.written),
    };
    (!refused && !community).then(|| at(&token.at, how))
}

pub(super) fn token_malformed(cx: &FactContext<'_>) -> Option<Evidence> {
    let token = set(service(cx)?, CredentialKind::AuthToken)?;
    let found = &cx.snapshot.credentials.value()?.host;
    let same = |c: &&Credential| c.kind == CredentialKind::AuthToken && c.place.at.as_ref() == Some(&token.at);
    let flaw = *found.iter().find(same)?.shape.flaws().first()?;
    Some(at(&token.at, format!("{}={} {}", token.name, token.value.as_deref().unwrap_or_default(), flaw.words())))
}

pub(super) fn token_and_key(cx: &FactContext<'_>) -> Option<Evidence> {
    let service = service(cx)?;
    let (token, key) = (set(service, CredentialKind::AuthToken)?, set(service, CredentialKind::ApiKey)?);
    Some(at(&key.at, format!("{} and {} are both set", token.name, key.name)))
}

pub(super) fn image_without_activation(cx: &FactContext<'_>) -> Option<Evidence> {
    let service = service(cx)?;
    set(service, CredentialKind::AuthToken).or_else(|| set(service, CredentialKind::ApiKey))?;
    let (kind, image) = kind(cx, service)?;
    matches!(kind, Kind::Community)
        .then(|| at(service.image_at.as_ref().unwrap_or(&service.at), format!("image: {}", image.reference)))
}

pub(super) fn image_key_only(cx: &FactContext<'_>) -> Option<Evidence> {
    let service = service(cx)?;
    set(service, CredentialKind::AuthToken)?;
    let (kind, image) = kind(cx, service)?;
    let old = image.version().is_some_and(|v| !v.at_least(&TOKENS));
    (matches!(kind, Kind::Pro) && old && set(service, CredentialKind::ApiKey).is_none())
        .then(|| at(service.image_at.as_ref().unwrap_or(&service.at), format!("image: {}", image.reference)))
}

pub(super) fn port_unpublished(cx: &FactContext<'_>) -> Option<Evidence> {
    let service = service(cx)?;
    let visible = GATEWAY_PORTS.iter().any(|p| service.publishes(*p)) || service.network_mode.is_some();
    (!visible).then(|| at(&service.at, format!("the service `{}` publishes no port for {GATEWAY_PORT}", service.name)))
}

pub(super) fn cache_lost(cx: &FactContext<'_>) -> Option<Evidence> {
    let service = service(cx)?;
    (takes_license(cx, service) && !service.persistent_cache)
        .then(|| at(&service.at, format!("the service `{}` has no volume at /var/lib/localstack", service.name)))
}
