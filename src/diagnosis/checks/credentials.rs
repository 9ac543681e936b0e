//! The rows about tokens and keys, and about cached licenses.

use super::row::{Outcome, outcome};
use crate::diagnosis::answer::CheckStatus;
use crate::diagnosis::facts::{Fact, FactContext};
use crate::diagnosis::spans::moment;
use crate::observations::{CachedLicense, LicenseFile};

pub(super) fn credentials(cx: &FactContext<'_>) -> Outcome {
    let bad = [Fact::TokenMalformed, Fact::TokenAndKey];
    let odd = [
        Fact::HostTokenDiffers,
        Fact::MisspeltVariable,
        Fact::TokenExposed,
        Fact::TokenBlank,
        Fact::HostTokenMalformed,
        Fact::HostTokenAndKey,
    ];
    let holds = |list: &[Fact]| list.iter().find_map(|s| s.evidence(cx)).map(|e| format!("{}: {}", e.source, e.text));
    let mut o = if let Some(text) = holds(&bad) {
        outcome(CheckStatus::Fail, text)
    } else if let Some(text) = holds(&odd) {
        outcome(CheckStatus::Warn, text)
    } else if let Some(text) = holds(&[Fact::TokenPresent]) {
        outcome(CheckStatus::Pass, text)
    } else if let Some(e) = Fact::TokenMissing.evidence(cx) {
        let host = Fact::HostHasToken.evidence(cx).map(|h| format!("; this machine has one ({})", h.source));
        outcome(CheckStatus::Warn, format!("{}{}", e.text, host.unwrap_or_default()))
    } else if let Some(text) = holds(&[Fact::HostHasToken]) {
        outcome(CheckStatus::Pass, format!("on this machine, {text}"))
    } else {
        outcome(CheckStatus::Pass, "no token and no API key on this machine")
    };
    if let Some(seen) = cx.snapshot.credentials.value() {
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
pub(super) fn cache(cx: &FactContext<'_>, files: &[CachedLicense]) -> Outcome {
    let flaw = [Fact::CacheExpired, Fact::CacheInactive, Fact::CacheCorrupt].iter().find_map(|s| s.evidence(cx));
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
