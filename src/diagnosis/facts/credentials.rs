//! Facts about credentials and cached licenses.

use super::context::{FactContext, fact};
use crate::diagnosis::answer::Evidence;
use crate::observations::{
    Credential, CredentialKind, Credentials, License, LicenseFile, PlaceKind, ProbeId, TokenShape, Value, Version,
};

/// Up to this version the token's prefix had to be exactly `ls-`.
const PLAIN_PREFIX_UNTIL: [u32; 3] = [3, 8, 2];

fn credentials<'a>(cx: &FactContext<'a>) -> Option<&'a Credentials> {
    cx.snapshot.credentials.value()
}

/// The credential LocalStack's process would use: the baked one, the token, the key.
fn used<'a>(cx: &FactContext<'a>) -> Option<&'a Credential> {
    let process = &credentials(cx)?.process;
    CredentialKind::ALL.into_iter().find_map(|kind| process.iter().find(|c| c.kind == kind && !c.shape.is_blank()))
}

fn of(credential: &Credential, text: impl Into<String>) -> Evidence {
    let line = credential.place.at.as_ref().map(|at| at.line).filter(|l| *l > 0);
    Evidence { check: ProbeId::Credentials, source: credential.place.to_string(), line, text: text.into() }
}

pub(super) fn missing(cx: &FactContext<'_>) -> Option<Evidence> {
    let seen = credentials(cx)?;
    (seen.process_seen && used(cx).is_none()).then(|| match seen.process.first() {
        Some(blank) => of(blank, format!("{} is set and empty", blank.name)),
        None => fact(
            ProbeId::Credentials,
            format!("environment of {}", cx.container_name()),
            "neither LOCALSTACK_AUTH_TOKEN nor LOCALSTACK_API_KEY is set",
        ),
    })
}

/// The token is to come from a Secret, and the cluster says that the Secret, or the key in it, is not there.
pub(super) fn secret_absent(cx: &FactContext<'_>) -> Option<Evidence> {
    let container = cx.snapshot.container()?;
    let (name, reference) = container.environment.iter().find_map(|variable| match &variable.value {
        Value::From(reference) if reference.exists == Some(false) => Some((&variable.name, reference)),
        _ => None,
    })?;
    let credential = CredentialKind::ALL.iter().any(|kind| kind.variable() == name);
    let text = format!("{name}: {} `{}` or its key `{}` does not exist", reference.kind, reference.name, reference.key);
    credential.then(|| fact(ProbeId::Credentials, format!("environment of {}", cx.container_name()), text))
}

pub(super) fn blank(cx: &FactContext<'_>) -> Option<Evidence> {
    missing(cx)?;
    let blank = credentials(cx)?.process.first()?;
    let what = if blank.shape == TokenShape::Empty { "is empty" } else { "contains only spaces or quotes" };
    Some(of(blank, format!("{} {what}", blank.name)))
}

pub(super) fn present(cx: &FactContext<'_>) -> Option<Evidence> {
    let credential = used(cx)?;
    Some(of(credential, format!("{}={}", credential.name, credential.masked)))
}

pub(super) fn token_only(cx: &FactContext<'_>) -> Option<Evidence> {
    let credential = used(cx)?;
    let key = credentials(cx)?.process.iter().any(|c| c.kind == CredentialKind::ApiKey && !c.shape.is_blank());
    (credential.kind != CredentialKind::ApiKey && !key).then(|| present(cx)).flatten()
}

pub(super) fn malformed(cx: &FactContext<'_>) -> Option<Evidence> {
    let credential = used(cx)?;
    let flaw = credential.shape.flaws().first()?;
    Some(of(credential, format!("{}={} {}", credential.name, credential.masked, flaw.words())))
}

pub(super) fn well_formed(cx: &FactContext<'_>) -> Option<Evidence> {
    let credential = used(cx)?;
    matches!(credential.shape, TokenShape::WellFormed { .. }).then(|| {
        of(credential, format!("{}={} has the shape and checksum of a token", credential.name, credential.masked))
    })
}

pub(super) fn prefix_too_new(cx: &FactContext<'_>) -> Option<Evidence> {
    let credential = used(cx)?;
    let TokenShape::WellFormed { prefix } = &credential.shape else { return None };
    let version: Version = cx.version()?;
    (prefix != "ls-" && !version.at_least(&PLAIN_PREFIX_UNTIL))
        .then(|| of(credential, format!("the token begins with `{prefix}`, which LocalStack {version} does not know")))
}

pub(super) fn overridden(cx: &FactContext<'_>) -> Option<Evidence> {
    used(cx).filter(|used| used.kind == CredentialKind::Override).and_then(|_| present(cx))
}

pub(super) fn conflict(cx: &FactContext<'_>) -> Option<Evidence> {
    let process = &credentials(cx)?.process;
    let set = |kind| process.iter().find(|c| c.kind == kind && !c.shape.is_blank());
    let (token, key) = (set(CredentialKind::AuthToken)?, set(CredentialKind::ApiKey)?);
    Some(of(key, format!("{} and {} are both set", token.name, key.name)))
}

pub(super) fn misspelt(cx: &FactContext<'_>) -> Option<Evidence> {
    let miss = credentials(cx)?.near_misses.first()?;
    Some(fact(
        ProbeId::Credentials,
        miss.place.to_string(),
        format!("{} is set; LocalStack reads {}", miss.name, miss.meant),
    ))
}

pub(super) fn on_host(cx: &FactContext<'_>) -> Option<Evidence> {
    let credential = credentials(cx)?.on_host()?;
    Some(of(credential, format!("{}={}", credential.name, credential.masked)))
}

/// The one that would be used, where it is none that LocalStack could use.
pub(super) fn host_malformed(cx: &FactContext<'_>) -> Option<Evidence> {
    let credential = credentials(cx)?.on_host()?;
    let flaw = credential.shape.flaws().first()?;
    Some(of(credential, format!("{}={} {}", credential.name, credential.masked, flaw.words())))
}

/// Both, where a LocalStack that is started from here gets both.
pub(super) fn host_conflict(cx: &FactContext<'_>) -> Option<Evidence> {
    let host = &credentials(cx)?.host;
    let passed_on = |c: &&Credential| matches!(c.place.kind, PlaceKind::Shell | PlaceKind::Profile);
    let set = |kind| host.iter().filter(passed_on).find(|c| c.kind == kind && !c.shape.is_blank());
    let (token, key) = (set(CredentialKind::AuthToken)?, set(CredentialKind::ApiKey)?);
    Some(of(key, format!("{} and {} are both set", token.name, key.name)))
}

pub(super) fn differs(cx: &FactContext<'_>) -> Option<Evidence> {
    let inside = used(cx)?;
    let host = credentials(cx)?.on_host()?;
    (host.same_as_process == Some(false) && host.kind == inside.kind)
        .then(|| of(host, format!("{} here, {} in LocalStack", host.masked, inside.masked)))
}

pub(super) fn exposed(cx: &FactContext<'_>) -> Option<Evidence> {
    let exposed = credentials(cx)?.exposed.first()?;
    let line = (exposed.at.line > 0).then_some(exposed.at.line);
    let text = match credentials(cx)?.exposed.len() - 1 {
        0 => exposed.how.clone(),
        more => format!("{}, and {more} more with -v", exposed.how),
    };
    Some(Evidence { check: ProbeId::Credentials, source: exposed.at.path.clone(), line, text })
}

fn license<'a>(cx: &FactContext<'a>, wanted: impl Fn(&License) -> bool) -> Option<(&'a str, &'a License)> {
    cx.snapshot.cache.value()?.iter().find_map(|file| match &file.content {
        LicenseFile::License(license) if wanted(license) => Some((file.path.as_str(), license)),
        _ => None,
    })
}

pub(super) fn cache_expired(cx: &FactContext<'_>) -> Option<Evidence> {
    let past = |l: &License| l.expires.is_some_and(|at| at < cx.now) || l.status.eq_ignore_ascii_case("EXPIRED");
    let (path, license) = license(cx, past)?;
    let when = license
        .expires
        .filter(|at| *at < cx.now)
        .map_or_else(|| "status EXPIRED".to_owned(), |at| format!("expired on {}", at.strftime("%Y-%m-%d")));
    Some(fact(ProbeId::Cache, path, when))
}

pub(super) fn cache_inactive(cx: &FactContext<'_>) -> Option<Evidence> {
    let (path, license) = license(cx, |l| matches!(l.status.to_ascii_uppercase().as_str(), "SUSPENDED" | "INACTIVE"))?;
    Some(fact(ProbeId::Cache, path, format!("status {}", license.status)))
}

pub(super) fn cache_corrupt(cx: &FactContext<'_>) -> Option<Evidence> {
    cx.snapshot.cache.value()?.iter().find_map(|file| match &file.content {
        LicenseFile::Corrupt { why } => Some(fact(ProbeId::Cache, file.path.clone(), why.clone())),
        _ => None,
    })
}

pub(super) fn cache_other_version(cx: &FactContext<'_>) -> Option<Evidence> {
    let version = cx.version()?;
    let other = |l: &License| {
        let made_for = l.localstack_version.as_deref().and_then(Version::parse);
        made_for.is_some_and(|made_for| made_for.to_string() != version.to_string())
    };
    let (path, license) = license(cx, other)?;
    Some(fact(ProbeId::Cache, path, format!("made for LocalStack {}", license.localstack_version.as_deref()?)))
}
