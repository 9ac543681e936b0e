//! The checks: their list, and one of them in full with what it proves.
//! Outcomes come from the diagnosis; no observation is judged here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use super::pieces;
use super::pieces::{Page, check_mark, draw, heading, mark_row, offset_for, span};
use crate::dashboard::layout::{Areas, Panel, page_width};
use crate::dashboard::model::Model;
use crate::dashboard::screen::Screen;
use crate::dashboard::text;
use crate::dashboard::theme::{Look, Role};
use crate::diagnosis::{CheckRow, CheckStatus, Evidence, Finding};
use crate::observations::ProbeId;
use crate::views::glyphs::{check_word, confidence_word};

/// Columns of glyph and word.
const MARK: usize = 9;
/// Columns of the check's id.
const ID: usize = 12;
/// Columns of the time it took, and of its age.
const NUMBER: usize = 8;
/// From this width on the time it took is shown.
const WITH_TIMES: usize = 70;

/// Draws the screen.
pub(super) fn view(model: &Model, areas: &Areas, buf: &mut Buffer) {
    let (look, area) = (&model.look, areas.of(Panel::List));
    let width = page_width(area);
    let rows = model.checks();
    let marked = model.pane().selected.min(rows.len().saturating_sub(1));
    title(look, &counts(model), width).render(area, buf);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let offset = list_offset(marked, body.height.into());
    let lines: Vec<_> = rows.iter().map(|row| line(model, row, width)).collect();
    draw(&lines, offset, body, look, buf);
    if let Some(row) = body.rows().nth(marked - offset.min(marked)) {
        mark_row(buf, row, look.style(Role::Selected));
        if let Some(cell) = buf.cell_mut((row.x, row.y)) {
            cell.set_symbol(look.glyphs.pointer());
        }
    }
    let area = areas.of(Panel::Detail);
    draw(&detail(model, page_width(area)).lines, model.pane().offset, area, look, buf);
}

/// The first row of the list that is drawn.
pub(crate) fn list_offset(marked: usize, height: usize) -> usize {
    offset_for(&(marked..marked + 1), 0, height)
}

/// The heading of the checks, with the names of the columns over them where they are shown.
pub(crate) fn title(look: &Look, hint: &str, width: usize) -> Line<'static> {
    if width < WITH_TIMES {
        return heading(look, "Checks", hint, width);
    }
    let name = |name: &str, columns: usize| {
        let rule = look.glyphs.rule().repeat(columns.saturating_sub(name.len() + 2));
        [span(look, Role::Rule, rule), span(look, Role::Quiet, format!(" {name}"))]
    };
    let before = MARK + ID + 1 + 2 * NUMBER + 1;
    let mut line = Line::from(span(look, Role::Heading, "Checks "));
    line.extend(name("took", MARK + ID + 1 + NUMBER + 1 - "Checks ".len()));
    line.push_span(" ");
    line.extend(name("age", NUMBER));
    line.push_span(" ");
    line.extend(heading(look, "", hint, width.saturating_sub(before)).spans.into_iter().skip(2));
    line
}

/// One check in one line.
fn line(model: &Model, row: &CheckRow, width: usize) -> Line<'static> {
    let look = &model.look;
    let ellipsis = look.glyphs.ellipsis();
    let (glyph, word, role) = check_mark(look, row.status);
    let mut spans = vec![
        span(look, role, text::pad(&format!("  {glyph} {word}"), MARK, ellipsis)),
        span(look, Role::Text, text::pad(&format!(" {}", row.id), ID + 1, ellipsis)),
    ];
    let mut used = MARK + ID + 1;
    if width >= WITH_TIMES {
        let took = row.duration_ms.map(text::took).unwrap_or_default();
        let age = row.at.map(|at| text::age(at, model.now)).unwrap_or_default();
        spans.push(span(look, Role::Quiet, text::pad_left(&took, NUMBER, ellipsis)));
        spans.push(span(look, Role::Quiet, text::pad_left(&age, NUMBER, ellipsis)));
        used += 2 * NUMBER;
    }
    let summary = text::fit(&said(row), width.saturating_sub(used + 3), ellipsis);
    let role = if matches!(row.status, CheckStatus::Skip | CheckStatus::Pending) { Role::Quiet } else { Role::Text };
    spans.push(span(look, role, format!("  {summary}")));
    Line::from(spans)
}

fn said(row: &CheckRow) -> String {
    match (&row.skipped_because, row.status) {
        (Some(because), CheckStatus::Skip) if row.summary.is_empty() => because.clone(),
        (_, CheckStatus::Pending) if row.summary.is_empty() => "no answer yet".to_owned(),
        _ => row.summary.clone(),
    }
}

/// The checks for the overview: all of them, or, in less room, the gravest and a line about the rest.
pub(crate) fn summary(model: &Model, width: usize, height: usize) -> Vec<(Option<ProbeId>, Line<'static>)> {
    let mut rows = model.checks();
    if rows.len() <= height {
        return rows.iter().map(|row| (Some(row.id), line(model, row, width))).collect();
    }
    rows.sort_by_key(|row| row.status.gravity());
    let rest = rows.split_off(height.saturating_sub(1).min(rows.len()));
    let mut lines: Vec<_> = rows.iter().map(|row| (Some(row.id), line(model, row, width))).collect();
    lines.push((None, rest_line(model, &rest, width)));
    lines
}

/// How many checks are neither fine nor left out.
pub(crate) fn told(model: &Model) -> usize {
    model.checks().iter().filter(|row| row.status.gravity() < CheckStatus::Pass.gravity()).count()
}

/// How many came out how, the gravest first: `1 fail, 2 warn, 9 pass`.
pub(crate) fn counts(model: &Model) -> String {
    let mut rows = model.checks();
    rows.sort_by_key(|row| row.status.gravity());
    let parts = rows.chunk_by(|a, b| a.status == b.status);
    let words = parts.filter_map(|part| part.first().map(|row| format!("{} {}", part.len(), check_word(row.status))));
    words.collect::<Vec<_>>().join(&format!(" {} ", model.look.glyphs.dot()))
}

/// The checks that had no room, by outcome.
fn rest_line(model: &Model, rest: &[CheckRow], width: usize) -> Line<'static> {
    let look = &model.look;
    let mut words = Vec::new();
    for part in rest.chunk_by(|a, b| a.status == b.status) {
        let Some(first) = part.first() else { continue };
        let (glyph, word, _) = check_mark(look, first.status);
        let names: Vec<_> = part.iter().map(|row| row.id.name()).collect();
        words.push(format!("{glyph} {word} {}", names.join(", ")));
    }
    let line = text::fit(&format!("  {}", words.join("   ")), width.saturating_sub(1), look.glyphs.ellipsis());
    Line::from(span(look, Role::Quiet, line))
}

/// The marked check.
pub(crate) fn marked(model: &Model) -> Option<ProbeId> {
    let selected = model.panes.get(&Screen::Checks).map_or(0, |pane| pane.selected);
    ProbeId::ALL.get(selected).copied()
}

/// One check in full.
pub(crate) fn detail(model: &Model, width: usize) -> Page {
    let look = &model.look;
    let mut page = Page::default();
    let Some(row) = marked(model).and_then(|id| model.checks().into_iter().find(|row| row.id == id)) else {
        return page;
    };
    let (glyph, word, role) = check_mark(look, row.status);
    page.line(heading(look, &row.title, "", width));
    page.fact(look, "outcome", span(look, role, format!("{glyph} {word}")), width);
    page.fact(look, "says", span(look, Role::Text, said(&row)), width);
    if let Some(at) = row.at {
        let dot = look.glyphs.dot();
        let took = row.duration_ms.map(|ms| format!(" {dot} took {}", text::took(ms))).unwrap_or_default();
        let clock = text::moment(at, model.now, &model.setup.zone);
        let when = format!("{clock} {dot} {}{took}", text::ago(at, model.now));
        page.fact(look, "seen", span(look, Role::Quiet, when), width);
    }
    if let Some(because) = row.skipped_because.as_ref().filter(|because| **because != said(&row)) {
        page.fact(look, "skipped", span(look, Role::Quiet, because.clone()), width);
    }
    for (i, line) in row.detail.iter().enumerate() {
        let name = if i == 0 { "detail" } else { "" };
        page.fact(look, name, span(look, Role::Text, line.clone()), width);
    }
    let diagnosis = &model.observed.case.diagnosis;
    for finding in std::iter::once(&diagnosis.headline).chain(&diagnosis.findings) {
        proof(model, &mut page, finding, row.id, width);
    }
    page
}

/// What a check proves of a finding.
fn proof(model: &Model, page: &mut Page, finding: &Finding, id: ProbeId, width: usize) {
    let of_this: Vec<&Evidence> = finding.evidence.iter().filter(|e| e.check == id).collect();
    if of_this.is_empty() {
        return;
    }
    let look = &model.look;
    page.gap();
    let title = format!("Proof of {} ({})", finding.cause, confidence_word(finding.confidence));
    page.line(heading(look, &title, "", width));
    for evidence in of_this {
        evidence_lines(model, page, evidence, 2, width);
    }
}

/// A piece of proof: where, and what stands there.
pub(super) fn evidence_lines(model: &Model, page: &mut Page, evidence: &Evidence, indent: usize, width: usize) {
    let look = &model.look;
    page.prose(look, Role::Quiet, indent, &pieces::place(evidence), width);
    for line in evidence.text.lines() {
        for row in text::wrap(line, width.saturating_sub(indent + 2)) {
            let quote = span(look, Role::Rule, format!("{}{} ", " ".repeat(indent), look.glyphs.quote()));
            page.line(vec![quote, span(look, Role::Proof, row)]);
        }
    }
}
