//! Licenses and credentials: every place a credential can come from, and every cached license.
//! Masked texts and dates as they were observed; no secret can be here, none was taken up.

use jiff::Timestamp;
use ratatui::text::{Line, Span};

use super::pieces::{Page, heading, span};
use crate::dashboard::model::Model;
use crate::dashboard::text;
use crate::dashboard::theme::{Look, Role};
use crate::observations::{
    CachePlace, CachedLicense, Credential, Credentials, License, LicenseFile, Observation, TokenShape,
};

/// From this width on a credential takes one line.
const ONE_LINE: usize = 96;

/// The page.
pub(super) fn page(model: &Model, width: usize) -> Page {
    let mut page = Page::default();
    credentials(model, &mut page, width);
    page.gap();
    cached(model, &mut page, width);
    page
}

/// What there is to say when an observation has no value; also that an older one is shown.
pub(super) fn missing<T>(model: &Model, page: &mut Page, now: &Observation<T>, kept: &Observation<T>, width: usize) {
    let look = &model.look;
    let ago = kept.at().map(|at| text::ago(at, model.now));
    match now {
        Observation::Seen { .. } => {}
        Observation::Pending { .. } if ago.is_some() => {
            let words = format!("  Seen {}; checking again.", ago.unwrap_or_default());
            page.line(span(look, Role::Quiet, words));
            return;
        }
        Observation::NotAsked => page.line(span(look, Role::Quiet, "  Not checked.")),
        Observation::Pending { .. } => page.line(span(look, Role::Unsure, "  No answer yet.")),
        Observation::Skipped { because } => page.prose(look, Role::Quiet, 2, &format!("Skipped: {because}."), width),
        Observation::Failed { error, .. } => page.prose(look, Role::Warn, 2, &error.detail, width),
    }
    if let (None, Some(ago)) = (now.value(), ago) {
        let words = format!("Out of date: seen {ago}.");
        page.prose(look, Role::Warn, 2, &words, width);
    }
}

fn credentials(model: &Model, page: &mut Page, width: usize) {
    let (look, seen) = (&model.look, &model.observed);
    page.line(heading(look, "Credentials", "in the order in which LocalStack uses them", width));
    let (now, kept) = (&seen.case.snapshot.credentials, &seen.kept.credentials);
    missing(model, page, now, kept, width);
    let Some(found) = now.value().or(kept.value()) else { return };
    page.line(span(look, Role::Quiet, "  reaching LocalStack"));
    match (found.process_seen, found.process.as_slice()) {
        (false, _) => page.line(span(look, Role::Unsure, "    not known: the environment was not seen")),
        (true, []) => page.line(span(look, Role::Bad, format!("    {} none", look.glyphs.bad()))),
        (true, all) => all.iter().for_each(|one| credential(look, page, one, width)),
    }
    page.line(span(look, Role::Quiet, "  on this machine"));
    if found.host.is_empty() {
        page.line(span(look, Role::Quiet, "    none"));
    }
    found.host.iter().for_each(|one| credential(look, page, one, width));
    oddities(look, page, found, width);
}

fn credential(look: &Look, page: &mut Page, one: &Credential, width: usize) {
    let (glyph, role, shape) = shape(look, &one.shape);
    let ellipsis = look.glyphs.ellipsis();
    let masked = if one.masked.is_empty() { "(empty)" } else { &one.masked };
    let same = match one.same_as_process {
        Some(true) => "the same as in LocalStack",
        Some(false) => "differs from LocalStack's",
        None => "",
    };
    let place = one.place.to_string();
    let same_role = if one.same_as_process == Some(false) { Role::Warn } else { Role::Quiet };
    let head = vec![
        span(look, role, format!("    {glyph} ")),
        span(look, Role::Text, text::pad(&one.name, 24, ellipsis)),
        span(look, Role::Accent, format!(" {}", text::pad(masked, 14, ellipsis))),
    ];
    if width >= ONE_LINE {
        let room = width.saturating_sub(6 + 24 + 15 + 2 + 27 + 1);
        let mut line = head;
        line.push(span(
            look,
            Role::Quiet,
            format!(" {}", text::pad(&text::fit_middle(&place, room, ellipsis), room, "")),
        ));
        line.push(span(look, same_role, format!(" {same}")));
        page.line(line);
    } else {
        page.line(head);
        page.prose(look, Role::Quiet, 6, &place, width);
        page.prose(look, same_role, 6, same, width);
    }
    page.prose(look, role, 6, &shape, width);
}

/// Glyph, role and words of a shape; no words when it is right.
fn shape(look: &Look, shape: &TokenShape) -> (&'static str, Role, String) {
    match shape {
        TokenShape::WellFormed { .. } => (look.glyphs.good(), Role::Good, String::new()),
        TokenShape::Opaque => {
            (look.glyphs.unsure(), Role::Unsure, "an API key (its format cannot be checked)".to_owned())
        }
        TokenShape::Empty => (look.glyphs.bad(), Role::Bad, "is empty: LocalStack treats it as missing".to_owned()),
        TokenShape::Blank => (look.glyphs.bad(), Role::Bad, "is blank: LocalStack treats it as missing".to_owned()),
        TokenShape::Malformed { flaws } => {
            let words: Vec<_> = flaws.iter().map(|flaw| flaw.words()).collect();
            (look.glyphs.bad(), Role::Bad, words.join("; "))
        }
    }
}

fn oddities(look: &Look, page: &mut Page, found: &Credentials, width: usize) {
    for miss in &found.near_misses {
        let words = format!(
            "{} {} ({}) is not a LocalStack variable; did you mean {}?",
            look.glyphs.warn(),
            miss.name,
            miss.place,
            miss.meant
        );
        page.prose(look, Role::Warn, 4, &words, width);
    }
    for exposed in &found.exposed {
        let words = format!("{} {} holds a credential and is {}", look.glyphs.warn(), exposed.at, exposed.how);
        page.prose(look, Role::Warn, 4, &words, width);
    }
}

fn cached(model: &Model, page: &mut Page, width: usize) {
    let (look, seen) = (&model.look, &model.observed);
    page.line(heading(look, "Cached licenses", "", width));
    let (now, kept) = (&seen.case.snapshot.cache, &seen.kept.cache);
    missing(model, page, now, kept, width);
    let Some(files) = now.value().or(kept.value()) else { return };
    if files.is_empty() {
        page.line(span(look, Role::Quiet, "  None was found."));
    }
    for (i, file) in files.iter().enumerate() {
        if i > 0 {
            page.gap();
        }
        license(model, page, file, width);
    }
}

fn license(model: &Model, page: &mut Page, file: &CachedLicense, width: usize) {
    let look = &model.look;
    let place = match file.place {
        CachePlace::Host => "on this machine",
        CachePlace::Container => "in the container",
        CachePlace::File => "from a file",
    };
    page.line(Line::from(vec![
        span(
            look,
            Role::Text,
            format!("  {}", text::fit_middle(&file.path, width.saturating_sub(22), look.glyphs.ellipsis())),
        ),
        span(look, Role::Quiet, format!("  {place}")),
    ]));
    match &file.content {
        LicenseFile::Corrupt { why } | LicenseFile::Unreadable { why } => {
            page.prose(look, Role::Bad, 4, &format!("{} {why}", look.glyphs.bad()), width);
        }
        LicenseFile::License(license) => {
            for (name, value) in facts(model, license) {
                page.fact(look, name, value, width);
            }
        }
    }
}

fn facts(model: &Model, license: &License) -> Vec<(&'static str, Span<'static>)> {
    let (look, now) = (&model.look, model.now);
    let day = |at: Option<Timestamp>| at.map(|at| text::date(at, &model.setup.zone));
    let (glyph, role) =
        if license.status == "ACTIVE" { (look.glyphs.good(), Role::Good) } else { (look.glyphs.bad(), Role::Bad) };
    let mut facts = vec![
        ("plan", span(look, Role::Text, license.plan.clone())),
        ("status", span(look, role, format!("{glyph} {}", license.status))),
    ];
    if let (Some(at), Some(day)) = (license.expires, day(license.expires)) {
        facts.push(("expires", countdown(look, at, now, &day, "expired")));
    }
    if let Some(at) = license.reactivate_after {
        let clock = text::moment(at, now, &model.setup.zone);
        facts.push(("asks again", countdown(look, at, now, &clock, "due since")));
    }
    if let Some(at) = license.last_activated {
        let words = format!("{} ({})", text::moment(at, now, &model.setup.zone), text::ago(at, now));
        facts.push(("activated", span(look, Role::Text, words)));
    }
    facts.extend(day(license.issued).map(|day| ("issued", span(look, Role::Text, day))));
    if !license.products.is_empty() {
        facts.push(("products", span(look, Role::Text, license.products.join(", "))));
    }
    let version = license.localstack_version.clone();
    facts.extend(version.map(|version| ("version", span(look, Role::Text, version))));
    facts
}

/// A time that comes, and how long until then; or that it is past.
fn countdown(look: &Look, at: Timestamp, now: Timestamp, words: &str, past: &str) -> Span<'static> {
    const SOON: i64 = 3 * 86_400;
    let left = at.duration_since(now).as_secs();
    match left {
        ..0 => span(look, Role::Bad, format!("{} {past} {words} ({} ago)", look.glyphs.bad(), text::span(-left))),
        0..SOON => span(look, Role::Warn, format!("{words} (in {})", text::span(left))),
        _ => span(look, Role::Text, format!("{words} (in {})", text::span(left))),
    }
}
