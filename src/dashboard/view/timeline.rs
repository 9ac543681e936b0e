//! What changed, and when, the latest first.
//! The changes come from the fold, already debounced.

use ratatui::text::Line;

use super::pieces::{Page, heading, severity_mark, span, status_mark};
use crate::case::{Change, ChangeKind};
use crate::dashboard::model::Model;
use crate::dashboard::text;
use crate::dashboard::theme::Role;
use crate::diagnosis::Severity;

/// From this width on the verdict's word stands beside each change.
const WITH_WORD: usize = 76;
/// Columns of the longest word.
const WORD: usize = 17;
/// Columns of the time.
const TIME: usize = 11;

/// The page.
pub(super) fn page(model: &Model, width: usize) -> Page {
    let mut page = Page { lines: vec![heading(&model.look, "What changed", "", width)], items: Vec::new() };
    let look = &model.look;
    let mut day = String::new();
    for change in model.observed.case.changes.iter().rev() {
        let date = text::date(change.at, &model.setup.zone);
        if date != day {
            page.gap();
            page.line(span(look, Role::Quiet, format!("  {date}")));
            day = date;
        }
        page.lines.extend(change_lines(model, change, width, usize::MAX));
    }
    if model.observed.case.changes.is_empty() {
        page.gap();
        page.line(span(look, Role::Quiet, "  Nothing changed since the dashboard was opened."));
    }
    page
}

/// The latest changes for the overview: whole where they fit, else in two rows each.
pub(super) fn lines(model: &Model, width: usize, height: usize) -> Vec<Line<'static>> {
    let changes = &model.observed.case.changes;
    let width = width.min(WITH_WORD - 1);
    // No more of them than rows: a long session has many.
    let latest = changes.iter().rev().take(height);
    let rows = |most| latest.clone().flat_map(|change| change_lines(model, change, width, most)).collect::<Vec<_>>();
    if changes.is_empty() {
        return vec![Line::from(span(&model.look, Role::Quiet, "  Nothing yet."))];
    }
    let whole = rows(usize::MAX);
    if whole.len() <= height { whole } else { rows(2) }
}

fn change_lines(model: &Model, change: &Change, width: usize, most: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let (glyph, word, role) = match change.kind {
        ChangeKind::Verdict(status, severity) => {
            let (glyph, word, role) = status_mark(look, status, severity);
            // Of a license that was activated before, the row above it tells.
            (glyph, word.rsplit(", ").next().unwrap_or(word), role)
        }
        ChangeKind::Clock => {
            let (glyph, _, role) = severity_mark(look, Severity::Warning);
            (glyph, "clock", role)
        }
        ChangeKind::Event { check, severity } => {
            let (glyph, _, role) = severity_mark(look, severity);
            (glyph, check.name(), if severity == Severity::Info { Role::Quiet } else { role })
        }
    };
    let with_word = width >= WITH_WORD;
    let used = TIME + if with_word { WORD + 4 } else { 3 };
    let mut rows = text::wrap(&change.text, width.saturating_sub(used + 1));
    if rows.len() > most {
        let rest = rows.split_off(most - 1).join(" ");
        rows.push(text::fit(&rest, width.saturating_sub(used + 1), look.glyphs.ellipsis()));
    }
    let lines = rows.into_iter().enumerate().map(|(i, row)| {
        let clock = if i == 0 { text::clock(change.at, &model.setup.zone) } else { String::new() };
        let mark = match (i, with_word) {
            (0, true) => text::pad(&format!("{glyph} {word}"), WORD + 4, ""),
            (0, false) => format!("{glyph}  "),
            (_, true) => " ".repeat(WORD + 4),
            (_, false) => "   ".to_owned(),
        };
        Line::from(vec![
            span(look, Role::Quiet, text::pad(&format!("  {clock}"), TIME, "")),
            span(look, role, mark),
            span(look, Role::Text, row),
        ])
    });
    lines.collect()
}
