//! What several panels are built of: headings, marks, rows, pages that scroll.
//! No panel of its own, and nothing that knows a check or a cause by name.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::dashboard::model::Model;
use crate::dashboard::text;
use crate::dashboard::theme::{Look, Role};
use crate::diagnosis::{CheckStatus, Evidence, Severity, Status};
use crate::views::glyphs::{check_word, severity_word, verdict_word};

/// Prose is not wrapped wider than this.
pub(super) const PROSE: usize = 100;

/// A page that scrolls: its lines, and which of them belong to each row that can be marked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Page {
    /// The lines.
    pub lines: Vec<Line<'static>>,
    /// The rows that can be marked.
    pub items: Vec<Range<usize>>,
}

impl Page {
    /// Adds a line.
    pub(super) fn line(&mut self, line: impl Into<Line<'static>>) {
        self.lines.push(line.into());
    }

    /// Adds an empty line.
    pub(super) fn gap(&mut self) {
        self.lines.push(Line::default());
    }

    /// Adds text, wrapped and indented.
    pub(super) fn prose(&mut self, look: &Look, role: Role, indent: usize, prose: &str, width: usize) {
        for paragraph in prose.lines() {
            for row in text::wrap(paragraph, width.saturating_sub(indent).clamp(1, PROSE)) {
                self.line(vec![Span::raw(" ".repeat(indent)), span(look, role, row)]);
            }
        }
    }

    /// Adds a name and its value, the value wrapped beside it.
    pub(super) fn fact(&mut self, look: &Look, name: &str, value: Span<'static>, width: usize) {
        let rows = text::wrap(&value.content, width.saturating_sub(NAME + 2).max(1));
        for (i, row) in rows.into_iter().enumerate() {
            let name = if i == 0 { name } else { "" };
            let name = span(look, Role::Quiet, format!("  {}", text::pad(name, NAME, look.glyphs.ellipsis())));
            self.line(vec![name, Span::styled(row, value.style)]);
        }
    }
}

/// Columns of a fact's name.
const NAME: usize = 14;

/// A piece of text in a role.
pub(super) fn span(look: &Look, role: Role, text: impl Into<String>) -> Span<'static> {
    Span::styled(text.into(), look.style(role))
}

/// A heading, with a rule to the right edge and a hint in it.
pub(super) fn heading(look: &Look, title: &str, hint: &str, width: usize) -> Line<'static> {
    let title = text::fit(title, width.saturating_sub(2), look.glyphs.ellipsis());
    let used = text::width(&title) + 1;
    let hint_width = if hint.is_empty() { 0 } else { text::width(hint) + 2 };
    let hint_fits = used + hint_width + 4 <= width;
    let rule = width.saturating_sub(used + if hint_fits { hint_width } else { 0 });
    let mut line =
        vec![span(look, Role::Heading, title), Span::raw(" "), span(look, Role::Rule, look.glyphs.rule().repeat(rule))];
    if hint_fits && !hint.is_empty() {
        line.push(span(look, Role::Quiet, format!(" {hint} ")));
    }
    Line::from(line)
}

/// Glyph, word and role of a check's outcome.
pub(super) const fn check_mark(look: &Look, status: CheckStatus) -> (&'static str, &'static str, Role) {
    let role = match status {
        CheckStatus::Pass => Role::Good,
        CheckStatus::Warn | CheckStatus::Error => Role::Warn,
        CheckStatus::Fail => Role::Bad,
        CheckStatus::Skip => Role::Quiet,
        CheckStatus::Pending => Role::Unsure,
    };
    (look.glyphs.check(status), check_word(status), role)
}

/// Glyph, word and role of the verdict.
pub(super) const fn verdict_mark(model: &Model) -> (&'static str, &'static str, Role) {
    if model.looking() {
        return (model.look.glyphs.pending(), "LOOKING", Role::Unsure);
    }
    let diagnosis = &model.observed.case.diagnosis;
    status_mark(&model.look, diagnosis.status, diagnosis.headline.severity)
}

/// Glyph, word and role of a status, whose headline is that grave.
pub(super) const fn status_mark(look: &Look, status: Status, headline: Severity) -> (&'static str, &'static str, Role) {
    let role = match (status, headline) {
        (Status::NotActivated, _) | (Status::Activated, Severity::Error) => Role::Bad,
        (Status::Activated, _) => Role::Good,
        (Status::NoLicenseNeeded | Status::Undecided, _) => Role::Unsure,
    };
    (look.glyphs.verdict(status, headline), verdict_word(status, headline), role)
}

/// Glyph, word and role of a finding's weight.
pub(super) const fn severity_mark(look: &Look, severity: Severity) -> (&'static str, &'static str, Role) {
    let role = match severity {
        Severity::Error => Role::Bad,
        Severity::Warning => Role::Warn,
        Severity::Info => Role::Unsure,
    };
    (look.glyphs.severity(severity), severity_word(severity), role)
}

/// Where a piece of proof stands.
pub(super) fn place(evidence: &Evidence) -> String {
    match evidence.line {
        Some(line) => format!("{}, line {line}", evidence.source),
        None => evidence.source.clone(),
    }
}

/// Two parts of a line, the second at the right edge; the first is cut when both do not fit.
pub(super) fn spread(
    mut left: Vec<Span<'static>>,
    right: Vec<Span<'static>>,
    width: usize,
    look: &Look,
) -> Line<'static> {
    let columns = |spans: &[Span]| spans.iter().map(Span::width).sum::<usize>();
    let room = width.saturating_sub(columns(&right) + usize::from(!right.is_empty()));
    if columns(&left) > room {
        left = cut(left, room, look);
    }
    left.push(Span::raw(" ".repeat(width.saturating_sub(columns(&left) + columns(&right)))));
    left.extend(right);
    Line::from(left)
}

/// Spans, cut to a width with an ellipsis.
pub(super) fn cut(spans: Vec<Span<'static>>, width: usize, look: &Look) -> Vec<Span<'static>> {
    let mut kept = Vec::new();
    let mut room = width;
    for span in spans {
        let columns = span.width();
        if columns > room {
            kept.push(Span::styled(text::fit(&span.content, room, look.glyphs.ellipsis()), span.style));
            break;
        }
        room -= columns;
        kept.push(span);
    }
    kept
}

/// The first line to draw so that a row is wholly seen, or at least its beginning.
pub(crate) fn offset_for(item: &Range<usize>, offset: usize, height: usize) -> usize {
    if item.start < offset { item.start } else { offset.max(item.end.saturating_sub(height)).min(item.start) }
}

/// Draws lines from an offset on, as many as there is room for.
pub(super) fn lay(lines: &[Line<'static>], offset: usize, area: Rect, buf: &mut Buffer) {
    for (line, row) in lines.iter().skip(offset).zip(area.rows()) {
        line.render(row, buf);
    }
}

/// Draws lines from an offset on, with a mark at the right edge where there is more.
pub(super) fn draw(lines: &[Line<'static>], offset: usize, area: Rect, look: &Look, buf: &mut Buffer) {
    lay(lines, offset, area, buf);
    let height = usize::from(area.height);
    if lines.len() <= height || area.width < 2 || height < 2 {
        return;
    }
    let thumb = (height * height / lines.len()).max(1);
    let most = lines.len() - height;
    let start = (offset.min(most) * (height - thumb)).div_ceil(most);
    for y in start..(start + thumb).min(height) {
        let at = (area.right() - 1, area.y + u16::try_from(y).unwrap_or(0));
        if let Some(cell) = buf.cell_mut(at) {
            cell.set_symbol(look.glyphs.thumb()).set_style(look.style(Role::Rule));
        }
    }
}

/// Paints over a marked row.
pub(super) fn mark_row(buf: &mut Buffer, area: Rect, style: Style) {
    buf.set_style(area, style);
}

/// The line of the verdict that stands above every screen but the overview.
pub(super) fn verdict_line(model: &Model, width: usize) -> Line<'static> {
    let (look, case) = (&model.look, &model.observed.case);
    let (glyph, word, role) = verdict_mark(model);
    let mut left = vec![span(look, role, format!(" {glyph} {word}"))];
    if !model.looking() {
        left.push(span(look, Role::Text, format!("  {}", case.diagnosis.headline.title)));
    }
    let columns: usize = left.iter().map(Span::width).sum();
    let since = case.since.filter(|_| !model.looking());
    let since = since.map(|at| format!("since {} ", text::moment(at, model.now, &model.setup.zone)));
    let since = since.filter(|since| columns + text::width(since) < width);
    spread(left, since.map(|text| span(look, Role::Quiet, text)).into_iter().collect(), width, look)
}
