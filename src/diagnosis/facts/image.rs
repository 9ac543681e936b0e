//! Facts about the image: what LocalStack of this name and version does about licenses.

use super::context::{FactContext, fact};
use crate::diagnosis::answer::Evidence;
use crate::diagnosis::lexicon::{Lexicon, Licensing};
use crate::observations::{Image, ProbeId, Version};

/// The first version of the one image that needs an account.
const UNIFIED: [u32; 2] = [2026, 3];
/// The first version that takes an auth token; those before know only the API key.
pub(super) const TOKENS: [u32; 1] = [3];

/// What an image does about licenses.
pub(super) enum Kind {
    /// Always activates, or quits.
    Pro,
    /// Cannot activate.
    Community,
    /// The one image from 2026.3 on, which needs an account.
    Unified,
    /// Before 2.0: an API key could activate it.
    Legacy,
    /// Of a version that is not known.
    Ambiguous,
}

fn kind(cx: &FactContext<'_>) -> Option<(Kind, Option<Version>)> {
    let version = cx.version();
    Some((kind_of(cx.lexicon, cx.snapshot.container()?.image.as_ref()?, version.as_ref())?, version))
}

/// What an image of this name and version does about licenses; nothing for images that are no instance of LocalStack.
pub(super) fn kind_of(lexicon: &Lexicon, image: &Image, version: Option<&Version>) -> Option<Kind> {
    match lexicon.product(image.name())?.license {
        Licensing::Always => Some(Kind::Pro),
        Licensing::None => None,
        Licensing::ByVersion => Some(match version {
            Some(v) if v.at_least(&UNIFIED) => Kind::Unified,
            Some(v) if v.at_least(&[2]) => Kind::Community,
            Some(_) => Kind::Legacy,
            None => Kind::Ambiguous,
        }),
    }
}

fn image_fact(cx: &FactContext<'_>, version: Option<&Version>) -> Option<Evidence> {
    let image = cx.snapshot.container()?.image.as_ref()?;
    let version = version.map_or_else(String::new, |v| format!(" (LocalStack {v})"));
    Some(fact(ProbeId::Container, cx.container_name(), format!("image: {}{version}", image.reference)))
}

pub(super) fn image_pro(cx: &FactContext<'_>) -> Option<Evidence> {
    let (kind, version) = kind(cx)?;
    matches!(kind, Kind::Pro).then(|| image_fact(cx, version.as_ref())).flatten()
}

pub(super) fn image_community(cx: &FactContext<'_>) -> Option<Evidence> {
    let (kind, version) = kind(cx)?;
    matches!(kind, Kind::Community).then(|| image_fact(cx, version.as_ref())).flatten()
}

pub(super) fn image_unified(cx: &FactContext<'_>) -> Option<Evidence> {
    let (kind, version) = kind(cx)?;
    matches!(kind, Kind::Unified).then(|| image_fact(cx, version.as_ref())).flatten()
}

pub(super) fn image_legacy(cx: &FactContext<'_>) -> Option<Evidence> {
    let (kind, version) = kind(cx)?;
    matches!(kind, Kind::Legacy).then(|| image_fact(cx, version.as_ref())).flatten()
}

pub(super) fn image_ambiguous(cx: &FactContext<'_>) -> Option<Evidence> {
    let (kind, _) = kind(cx)?;
    // An explicit `latest` is the newest release, which can activate, and a digest may be any; otherwise it was merely not told.
    let told = cx.snapshot.container()?.image.as_ref().is_some_and(|i| i.tag.is_some() || i.reference.contains('@'));
    (matches!(kind, Kind::Ambiguous) && !told).then(|| image_fact(cx, None)).flatten()
}

pub(super) fn image_key_only(cx: &FactContext<'_>) -> Option<Evidence> {
    let (kind, version) = kind(cx)?;
    let old = version.as_ref().is_some_and(|v| !v.at_least(&TOKENS));
    (old && matches!(kind, Kind::Pro)).then(|| image_fact(cx, version.as_ref())).flatten()
}

pub(super) fn version_2026(cx: &FactContext<'_>) -> Option<Evidence> {
    let version = cx.version().filter(|v| v.at_least(&UNIFIED))?;
    Some(fact(ProbeId::Container, cx.container_name(), format!("LocalStack {version}")))
}

pub(super) fn version_unknown(cx: &FactContext<'_>) -> Option<Evidence> {
    cx.version().is_none().then(|| fact(ProbeId::Container, cx.container_name(), "no version is known"))
}
