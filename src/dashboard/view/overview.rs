//! The first screen: the verdict, what to type, the checks in short, what changed, the end of the log.
//! It draws what the diagnosis says, word for word, and concludes nothing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Stylize;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::pieces;
use super::pieces::{Page, heading, mark_row, offset_for, severity_mark, span, spread, verdict_mark};
use super::{checks, log, timeline};
use crate::dashboard::keys::Action;
use crate::dashboard::layout;
use crate::dashboard::layout::{Areas, Panel, Wants};
use crate::dashboard::model::Model;
use crate::dashboard::screen::Screen;
use crate::dashboard::text;
use crate::dashboard::theme::Role;
use crate::diagnosis::{CheckStatus, Remedy};
use crate::views::glyphs::confidence_word;

/// Rows of a quoted proof at most; the checks screen has all of it.
const PROOF_ROWS: usize = 2;
/// So many further findings are named in the banner.
const ALSO_ROWS: usize = 2;
/// So many rows of changes are worth a place on the overview; the timeline has them all.
const MOST_CHANGES: usize = 16;
/// Columns before a remedy's text.
const INDENT: usize = 5;

/// How much the panels want to show.
pub(super) fn wants(model: &Model) -> Wants {
    let width = usize::from(model.size.width);
    let page = remedies(model, layout::left_column(model.size.width).into());
    let rows = |count: usize| u16::try_from(count).unwrap_or(u16::MAX / 4);
    let (banner, sentence) = banner(model, width);
    Wants {
        banner: rows(banner.len()),
        sentence: rows(sentence),
        remedies: page.items.iter().map(|item| rows(item.end + 1)).collect(),
        checks: rows(checks::told(model) + 2),
        changes: rows(timeline::lines(model, layout::changes_column(model.size.width).into(), MOST_CHANGES).len() + 1)
            .min(rows(MOST_CHANGES + 1)),
        player: model.setup.replay,
    }
}

/// Draws the screen.
pub(super) fn view(model: &Model, areas: &Areas, buf: &mut Buffer) {
    let area = areas.of(Panel::Banner);
    pieces::lay(&banner(model, area.width.into()).0, 0, area, buf);
    view_remedies(model, areas.of(Panel::Remedies), buf);
    view_summary(model, areas.of(Panel::Summary), buf);
    let area = areas.of(Panel::Changes);
    if area.area() > 0 {
        let width = usize::from(area.width);
        let mut lines = vec![heading(&model.look, "What changed", "", width)];
        lines.extend(timeline::lines(model, width, usize::from(area.height) - 1));
        pieces::lay(&lines, 0, area, buf);
    }
    let area = areas.of(Panel::Tail);
    if area.area() > 0 {
        log::view_tail(model, area, buf);
    }
}

/// The verdict in full, and how many of its lines no screen can do without.
fn banner(model: &Model, width: usize) -> (Vec<Line<'static>>, usize) {
    let (look, case) = (&model.look, &model.observed.case);
    let headline = &case.diagnosis.headline;
    let (glyph, word, role) = verdict_mark(model);
    let room = width.saturating_sub(3);
    let small = model.size.height < 20;
    let mut page = Page::default();

    let mut left = vec![span(look, role, format!("{glyph} {word}")).style(look.style(role).bold())];
    if !model.looking() {
        left.push(span(look, Role::Text, format!("   {}", headline.title)).bold());
    }
    // The title tells more than the time: where both do not fit, the time goes one line down.
    let columns: usize = left.iter().map(Span::width).sum();
    let since = since(model, room);
    let beside = since.as_ref().is_some_and(|since| columns + since.width() + 1 < room);
    let (first, second) = if beside { (since, None) } else { (None, since) };
    page.line(spread(left, first.into_iter().collect(), room.saturating_sub(1), look));
    if !model.looking() && !small {
        let room = room.saturating_sub(1 + second.as_ref().map_or(0, |since| since.width() + 1));
        let about = joined(&about(model), &format!(" {} ", look.glyphs.dot()), room);
        let about = vec![span(look, Role::Quiet, about)];
        page.line(spread(about, second.into_iter().collect(), width.saturating_sub(4), look));
    }
    page.prose(look, Role::Text, 0, &sentence(model), room);
    let needed = page.lines.len();
    if let Some(proof) = headline.evidence.first() {
        if !small {
            let place = text::fit(&pieces::place(proof), room.saturating_sub(6), look.glyphs.ellipsis());
            page.line(vec![span(look, Role::Quiet, "proof "), span(look, Role::Quiet, place)]);
        }
        let rows = if small { 1 } else { PROOF_ROWS };
        for row in quoted(&proof.text, room.saturating_sub(2), rows, look.glyphs.ellipsis()) {
            let quote = span(look, Role::Rule, format!("{} ", look.glyphs.quote()));
            page.line(vec![quote, span(look, Role::Proof, row)]);
        }
    }
    let also = &case.diagnosis.findings;
    for (i, finding) in also.iter().take(if small { 1 } else { ALSO_ROWS }).enumerate() {
        let (glyph, word, role) = severity_mark(look, finding.severity);
        let more = also.len() - 1 - i;
        let more = if more > 0 && (i + 1 == ALSO_ROWS || small) { format!(" (+{more})") } else { String::new() };
        let summary =
            text::fit(&finding.summary, room.saturating_sub(word.len() + 3 + more.len()), look.glyphs.ellipsis());
        page.line(vec![
            span(look, role, format!("{glyph} {word} ")),
            span(look, Role::Text, summary),
            span(look, Role::Quiet, more),
        ]);
    }
    let bar = || span(look, role, format!("{}  ", look.glyphs.bar()));
    let barred = page.lines.into_iter().map(|line| {
        let mut spans = vec![bar()];
        spans.extend(line.spans);
        Line::from(spans)
    });
    (barred.collect(), needed)
}

fn since(model: &Model, room: usize) -> Option<Span<'static>> {
    let at = model.observed.case.since.filter(|_| !model.looking())?;
    let clock = text::moment(at, model.now, &model.setup.zone);
    let dot = model.look.glyphs.dot();
    let words = match text::age(at, model.now).as_str() {
        _ if room < 70 => clock,
        "now" => format!("since {clock}"),
        age => format!("since {clock} {dot} {age}"),
    };
    Some(span(&model.look, Role::Quiet, words))
}

/// Cause, certainty, and what it is about.
fn about(model: &Model) -> Vec<String> {
    let diagnosis = &model.observed.case.diagnosis;
    let mut about = vec![diagnosis.headline.cause.clone()];
    if !diagnosis.headline.evidence.is_empty() {
        about.push(confidence_word(diagnosis.headline.confidence).to_owned());
    }
    let instance = &diagnosis.instance;
    about.extend(instance.container.clone().or(instance.endpoint.clone()));
    if !diagnosis.others.is_empty() {
        about.push(format!("{} more on screen 6", diagnosis.others.len()));
    }
    about.extend(instance.image.clone());
    about
}

/// As many of the parts as fit, the first ones first.
fn joined(parts: &[String], between: &str, room: usize) -> String {
    let mut line = String::new();
    for part in parts {
        let between = if line.is_empty() { "" } else { between };
        if text::width(&line) + text::width(between) + text::width(part) <= room {
            line.push_str(between);
            line.push_str(part);
        }
    }
    line
}

/// The sentence of the verdict; while nothing is concluded, how far the looking is.
fn sentence(model: &Model) -> String {
    let diagnosis = &model.observed.case.diagnosis;
    if !model.looking() {
        return diagnosis.headline.summary.clone();
    }
    let checks = model.checks();
    let waiting: Vec<_> =
        checks.iter().filter(|row| row.status == CheckStatus::Pending).map(|row| row.id.name()).collect();
    if waiting.len() > 5 {
        return format!("{} of {} checks have answered.", checks.len() - waiting.len(), checks.len());
    }
    format!(
        "{} of {} checks have answered; waiting for {}.",
        checks.len() - waiting.len(),
        checks.len(),
        waiting.join(", ")
    )
}

fn quoted(quote: &str, width: usize, most: usize, ellipsis: &str) -> Vec<String> {
    let rows = text::wrap(quote.trim(), width);
    let more = rows.len() > most;
    let mut kept: Vec<_> = rows.into_iter().take(most).collect();
    if let (true, Some(last)) = (more, kept.last_mut()) {
        *last = text::fit(&format!("{last} {ellipsis}"), width, ellipsis);
    }
    kept
}

/// What to type: every remedy with its command, file and link.
pub(crate) fn remedies(model: &Model, width: usize) -> Page {
    let marked = model.panes.get(&Screen::Overview).map_or(0, |pane| pane.selected);
    let mut page = Page::default();
    for (i, remedy) in model.remedies().into_iter().enumerate() {
        let start = page.lines.len();
        remedy_lines(model, &mut page, remedy, i, i == marked, width);
        page.items.push(start..page.lines.len());
    }
    page
}

fn remedy_lines(model: &Model, page: &mut Page, remedy: &Remedy, index: usize, marked: bool, width: usize) {
    let (look, glyphs) = (&model.look, &model.look.glyphs);
    let room = width.saturating_sub(INDENT + 1);
    for (i, row) in text::wrap(&remedy.text, room).into_iter().enumerate() {
        let pointer = if marked && i == 0 { glyphs.pointer() } else { " " };
        let number = if i == 0 { format!("{:>2}  ", index + 1) } else { " ".repeat(INDENT - 1) };
        let role = if marked { Role::Accent } else { Role::Quiet };
        page.line(vec![span(look, role, format!("{pointer}{number}")), span(look, Role::Text, row)]);
    }
    let indent = || Span::raw(" ".repeat(INDENT));
    if let Some(file) = &remedy.file {
        let file = text::fit_middle(file, room.saturating_sub(3), glyphs.ellipsis());
        page.line(vec![indent(), span(look, Role::Quiet, "in "), span(look, Role::Accent, file)]);
    }
    for line in remedy.command.iter().flat_map(|command| command.lines()) {
        for row in text::wrap(line, room.saturating_sub(2)) {
            let quote = span(look, Role::Rule, format!("{} ", glyphs.quote()));
            page.line(vec![indent(), quote, span(look, Role::Command, row)]);
        }
    }
    for row in remedy.url.iter().flat_map(|url| text::wrap(url, room)) {
        page.line(vec![indent(), span(look, Role::Accent, row)]);
    }
}

/// The first line of the remedies that is drawn.
pub(crate) fn remedies_offset(model: &Model, page: &Page, height: usize) -> usize {
    let marked = model.panes.get(&Screen::Overview).map_or(0, |pane| pane.selected);
    page.items.get(marked).map_or(0, |item| offset_for(item, 0, height))
}

fn view_remedies(model: &Model, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let look = &model.look;
    let page = remedies(model, area.width.into());
    let height = usize::from(area.height) - 1;
    let offset = remedies_offset(model, &page, height);
    let key = |action| model.setup.keymap.key_of(action, model.screen, model.setup.replay);
    let dot = look.glyphs.dot();
    let mut hints = vec![(key(Action::Copy), "copies")];
    if model.link().is_some() {
        hints.push((key(Action::OpenLink), "opens"));
    }
    let seen = page.items.iter().filter(|item| item.start >= offset && item.end <= offset + height).count();
    if seen < page.items.len() {
        hints.insert(0, (key(Action::Down), "next"));
    }
    // An action that a user has taken all keys from is not hinted at.
    let mut words: Vec<_> =
        hints.into_iter().filter(|(key, _)| !key.is_empty()).map(|(key, word)| format!("{key} {word}")).collect();
    if seen < page.items.len() {
        words.insert(0, format!("{} of {}", model.pane().selected + 1, page.items.len()));
    }
    let hint = words.join(&format!(" {dot} "));
    heading(look, "What to do", &hint, area.width.into()).render(area, buf);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    pieces::lay(&page.lines, offset, body, buf);
    let marked = model.pane().selected;
    if page.items.len() > 1
        && let Some(item) = page.items.get(marked)
        && let Some(row) = item.start.checked_sub(offset)
        && row < height
    {
        let rows =
            text::wrap(model.remedies().get(marked).map_or("", |r| &r.text), usize::from(area.width) - INDENT - 1)
                .len();
        let rows = u16::try_from(rows.min(height - row)).unwrap_or(1);
        mark_row(
            buf,
            Rect { y: body.y + u16::try_from(row).unwrap_or(0), height: rows, ..body },
            look.style(Role::Selected),
        );
    }
}

fn view_summary(model: &Model, area: Rect, buf: &mut Buffer) {
    if area.area() == 0 {
        return;
    }
    let width = usize::from(area.width);
    let mut lines = vec![checks::title(&model.look, &checks::counts(model), width)];
    lines.extend(checks::summary(model, width, usize::from(area.height) - 1).into_iter().map(|(_, line)| line));
    pieces::lay(&lines, 0, area, buf);
}
