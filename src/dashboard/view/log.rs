//! The log: recent lines with the starts they belong to, proofs marked, matches lit.
//! It reads the log book and the diagnosis; which line proves something is said there.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::pieces::{cut, draw, heading, span};
use crate::dashboard::layout;
use crate::dashboard::layout::{Areas, Panel};
use crate::dashboard::log_pane::{Entry, find, short};
use crate::dashboard::model::Model;
use crate::dashboard::text;
use crate::dashboard::theme::Role;
use crate::observations::{LogDigest, Observation, ProbeId};

/// Columns of a line's number.
const NUMBER: usize = 6;
/// In this many bytes of a line its level is looked for.
const LEVEL_WITHIN: usize = 40;

/// Draws the screen.
pub(super) fn view(model: &Model, areas: &Areas, buf: &mut Buffer) {
    let area = areas.of(Panel::Log);
    let (look, book) = (&model.look, &model.log);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let (width, height) = layout::log_text(area);
    let first = book.first(width, height);
    // A log without lines is not looked at in any way, but what was searched for is answered.
    let state = if book.is_empty() && book.query.is_empty() { String::new() } else { state(model) };
    // How it is looked at comes before where it is from.
    let room = usize::from(area.width).saturating_sub(if state.is_empty() { 0 } else { text::width(&state) + 7 });
    let title = text::fit(&title(model, first), room, look.glyphs.ellipsis());
    heading(look, &title, &state, area.width.into()).render(area, buf);
    if book.is_empty() {
        let mut none = vec![Line::default()];
        none.push(Line::from(span(look, Role::Quiet, format!("  {}", nothing(model)))));
        return draw(&none, 0, body, look, buf);
    }
    let proofs = proofs(model);
    let mut lines = Vec::new();
    for entry in book.shown().skip_while(|e| e.line.number < first) {
        if lines.len() >= height {
            break;
        }
        lines.extend(rows(model, entry, proofs.contains(&entry.line.number), width));
    }
    // Lines that do not fill the page are not a page to scroll.
    lines.truncate(height);
    draw(&lines, 0, body, look, buf);
}

/// The end of the log on the overview.
pub(super) fn view_tail(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let width = usize::from(area.width);
    let height = usize::from(area.height.saturating_sub(1));
    let proofs = proofs(model);
    let mut lines = vec![heading(look, "Log", &source(model), width)];
    let written = model.log.last(2 * height).filter(|entry| !clean(entry).is_empty());
    let written: Vec<_> = written.collect();
    for entry in written.iter().skip(written.len().saturating_sub(height)) {
        let (mark, role) = mark(model, entry, proofs.contains(&entry.line.number));
        let told = Span::styled(short(clean(entry)).into_owned(), look.style(tint(clean(entry), role)));
        let spans = vec![span(look, role, format!("{mark} ")), told];
        lines.push(Line::from(cut(spans, width, look)));
    }
    if model.log.is_empty() {
        lines.push(Line::from(span(look, Role::Quiet, format!("  {}", nothing(model)))));
    }
    draw(&lines, 0, area, look, buf);
}

fn nothing(model: &Model) -> String {
    match &model.observed.case.snapshot.logs {
        Observation::Failed { error, .. } => error.detail.clone(),
        Observation::Pending { .. } => "Waiting for the log.".to_owned(),
        Observation::Skipped { because } => format!("There is no log: {because}."),
        Observation::NotAsked => "The log was not read.".to_owned(),
        Observation::Seen { .. } => "No lines yet.".to_owned(),
    }
}

fn digest(model: &Model) -> Option<&LogDigest> {
    model.observed.case.snapshot.logs.value()
}

fn source(model: &Model) -> String {
    digest(model).map(|digest| digest.origin.to_string()).unwrap_or_default()
}

/// Where the log comes from, and, of several starts, the one that the shown lines belong to.
fn title(model: &Model, first: u64) -> String {
    let source = source(model);
    let log = if source.is_empty() { "Log".to_owned() } else { format!("Log of {source}") };
    let Some(digest) = digest(model).filter(|digest| digest.runs.len() > 1) else { return log };
    let at = model.log.current.unwrap_or(if model.log.follow { u64::MAX } else { first });
    let index = digest.runs.iter().rposition(|run| run.first_line <= at).unwrap_or(0);
    let version = digest.runs.get(index).and_then(|run| run.version.as_ref());
    let version = version.map(|version| format!(", LocalStack {version}")).unwrap_or_default();
    format!("{log}, start {} of {}{version}", index + 1, digest.runs.len())
}

/// How it is looked at, in words.
fn state(model: &Model) -> String {
    let book = &model.log;
    let mut words = Vec::new();
    if !book.query.is_empty() {
        let (count, at) = book.matches();
        let at = at.map(|at| format!("{at} of ")).unwrap_or_default();
        words.push(format!("\"{}\" {at}{count}", book.query));
    }
    if book.license_only {
        words.push(format!("license lines, {} of {}", book.shown().count(), book.len()));
    }
    if book.heads {
        words.push("whole lines".to_owned());
    }
    if !book.wrap {
        words.push("cut".to_owned());
    }
    words.push(if book.follow { "following" } else { "paused" }.to_owned());
    words.join(&format!(" {} ", model.look.glyphs.dot()))
}

/// The numbers of lines that prove something, the headline's and the findings'.
pub(crate) fn proofs(model: &Model) -> BTreeSet<u64> {
    let diagnosis = &model.observed.case.diagnosis;
    let findings = std::iter::once(&diagnosis.headline).chain(&diagnosis.findings);
    let evidence = findings.flat_map(|finding| &finding.evidence).filter(|e| e.check == ProbeId::Logs);
    evidence.filter_map(|e| e.line).collect()
}

/// The first lines of the starts.
pub(crate) fn starts(model: &Model) -> Vec<u64> {
    digest(model).map(|digest| digest.runs.iter().map(|run| run.first_line).collect()).unwrap_or_default()
}

fn mark(model: &Model, entry: &Entry, proof: bool) -> (&'static str, Role) {
    if proof {
        (model.look.glyphs.pointer(), Role::Proof)
    } else if entry.license {
        (model.look.glyphs.dot(), Role::Text)
    } else {
        (" ", Role::Quiet)
    }
}

/// The rows of one line: its number, its mark, its text with matches lit.
fn rows(model: &Model, entry: &Entry, proof: bool, width: usize) -> Vec<Line<'static>> {
    let (look, book) = (&model.look, &model.log);
    let (glyph, role) = mark(model, entry, proof);
    let begins = starts(model).contains(&entry.line.number);
    let current = book.current == Some(entry.line.number);
    let number_role = if current || begins { Role::Accent } else { Role::Rule };
    let told = book.told(entry);
    let text = told.as_ref();
    let tint = tint(clean(entry), role);
    let spans = if book.wrap {
        text::soft_rows(text, width)
    } else {
        let start = text::hard_rows(text, book.shift.max(1)).first().map_or(0, |row| row.end);
        let start = if book.shift == 0 { 0 } else { start };
        let rest = text.get(start..).unwrap_or_default();
        let end = text::hard_rows(rest, width).first().map_or(0, |row| row.end);
        std::iter::once(start..start + end).collect()
    };
    let mut lines = Vec::new();
    for (i, range) in spans.into_iter().enumerate() {
        let number = if i == 0 { entry.line.number.to_string() } else { String::new() };
        let glyph = if i == 0 { glyph } else { " " };
        let mut line =
            vec![span(look, number_role, text::pad_left(&number, NUMBER, "")), span(look, role, format!("{glyph} "))];
        line.extend(lit(model, text, range, look.style(tint)));
        lines.push(Line::from(line));
    }
    lines
}

/// A part of the text, its matches lit.
fn lit(model: &Model, text: &str, range: std::ops::Range<usize>, style: Style) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut from = range.start;
    let mut next = find(text, &model.log.query, 0);
    while let Some(found) = next {
        let (start, end) = (found.start.clamp(from, range.end), found.end.clamp(from, range.end));
        if start < end {
            spans.push(Span::styled(text.get(from..start).unwrap_or_default().to_owned(), style));
            spans.push(Span::styled(text.get(start..end).unwrap_or_default().to_owned(), model.look.style(Role::Mark)));
            from = end;
        }
        next = if found.end >= range.end { None } else { find(text, &model.log.query, found.end) };
    }
    spans.push(Span::styled(text.get(from..range.end).unwrap_or_default().to_owned(), style));
    spans
}

/// Errors and warnings are tinted by the level that stands near the beginning of the line.
fn tint(text: &str, role: Role) -> Role {
    let head = text.get(..text.len().min(LEVEL_WITHIN)).unwrap_or_default();
    if role == Role::Proof {
        role
    } else if head.contains(" ERROR ") || head.contains(" FATAL ") {
        Role::Bad
    } else if head.contains(" WARN ") {
        Role::Warn
    } else {
        role
    }
}

fn clean(entry: &Entry) -> &str {
    entry.line.text.trim_end()
}
