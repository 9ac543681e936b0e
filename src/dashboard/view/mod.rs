//! The screens, drawn from the model: one file per panel, and here what frames them all.
//! Nothing is fetched, read or changed while drawing.

mod checks;
mod explain;
mod help;
mod instance;
mod license;
mod log;
mod network;
mod overview;
mod pieces;
mod player;
mod steps;
mod timeline;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use super::keys::Action;
use super::layout;
use super::layout::{Areas, Panel};
use super::model::{Mode, Model};
use super::screen::Screen;
use super::text;
use super::theme::Role;
use crate::views::glyphs::Charset;
use pieces::span;

pub(super) use checks::{detail, list_offset, marked as marked_check, summary};
pub(super) use help::{height as help_height, lines as help_lines};
pub(super) use instance::other_names;
pub(super) use log::{proofs, starts};
pub(super) use overview::{remedies, remedies_offset};
pub(super) use pieces::{Page, offset_for};
pub(super) use player::{bar as player_bar, share};

/// Where everything is on the shown screen.
pub(super) fn areas(model: &Model) -> Areas {
    layout::areas(model.size, model.screen, &overview::wants(model))
}

/// The page of a screen that scrolls as one.
pub(super) fn page(model: &Model, width: usize) -> Page {
    match model.screen {
        Screen::Network => network::page(model, width),
        Screen::License => license::page(model, width),
        Screen::Instance => instance::page(model, width),
        Screen::Timeline => timeline::page(model, width),
        Screen::Explain => explain::page(model, width),
        Screen::Overview | Screen::Checks | Screen::Log => Page::default(),
    }
}

/// Draws the shown screen.
pub fn view(model: &Model, frame: &mut Frame) {
    show(&paint(model), frame);
}

/// Puts a painted screen into a frame, which may have another size while the terminal is being resized.
pub(super) fn show(painted: &Buffer, frame: &mut Frame) {
    let buf = frame.buffer_mut();
    for at in painted.area.intersection(buf.area).positions() {
        if let (Some(from), Some(to)) = (painted.cell(at), buf.cell_mut(at)) {
            to.clone_from(from);
        }
    }
}

/// The shown screen, in the size that the model has.
pub(super) fn paint(model: &Model) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, model.size.width, model.size.height));
    paint_into(model, &mut buf);
    buf
}

fn paint_into(model: &Model, buf: &mut Buffer) {
    let areas = areas(model);
    if areas.iter().next().is_none() {
        return too_small(model, buf);
    }
    tabs(model, areas.of(Panel::Tabs), buf);
    let area = areas.of(Panel::Verdict);
    if area.area() > 0 {
        pieces::verdict_line(model, area.width.into()).render(area, buf);
    }
    match model.screen {
        Screen::Overview => overview::view(model, &areas, buf),
        Screen::Checks => checks::view(model, &areas, buf),
        Screen::Log => log::view(model, &areas, buf),
        _ => {
            let area = areas.of(Panel::Page);
            pieces::draw(&page(model, layout::page_width(area)).lines, model.pane().offset, area, &model.look, buf);
        }
    }
    player::view(model, areas.of(Panel::Player), buf);
    footer(model, areas.of(Panel::Footer), buf);
    if let Mode::Help(offset) = model.mode {
        help::view(model, offset, buf);
    }
    if model.look.glyphs == Charset::Ascii {
        to_ascii(buf);
    }
}

fn tabs(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let mut end = 0;
    for (screen, place, label) in layout::tabs(area.width, model.screen) {
        let role = if screen == model.screen { Role::TabActive } else { Role::Tab };
        span(look, role, label).render(place, buf);
        end = place.right();
    }
    let title = format!("{} ", model.setup.title);
    let columns = u16::try_from(title.width()).unwrap_or(u16::MAX);
    if end.saturating_add(columns).saturating_add(2) <= area.width {
        let place = Rect { x: area.right() - columns, width: columns, ..area };
        span(look, Role::Quiet, title).render(place, buf);
    }
}

/// Search field, notice, or the keys that matter here.
fn footer(model: &Model, area: Rect, buf: &mut Buffer) {
    let (look, width) = (&model.look, usize::from(area.width));
    let line = match (&model.mode, model.notice()) {
        (Mode::Search(query), _) => {
            let room = width.saturating_sub(12);
            let tail =
                text::hard_rows(query, room.max(1)).last().map_or("", |row| query.get(row.clone()).unwrap_or_default());
            Line::from(vec![
                span(look, Role::Key, " search / "),
                span(look, Role::Text, tail.to_owned()),
                span(look, Role::Selected, " "),
            ])
        }
        (_, Some(notice)) => {
            let words = text::fit(notice, width.saturating_sub(2), look.glyphs.ellipsis());
            Line::from(span(look, Role::Accent, format!(" {words}")))
        }
        _ => keys(model, width),
    };
    line.render(area, buf);
}

/// Whether an action would find something to act on.
fn useful(model: &Model, action: Action) -> bool {
    match action {
        _ if model.setup.replay && action.needs_session() => false,
        Action::Copy => model.remedies().iter().any(|remedy| remedy.command.is_some()),
        Action::OpenLink => model.link().is_some(),
        Action::Choose if model.screen == Screen::Instance => !other_names(model).is_empty(),
        Action::Choose => !model.observed.case.diagnosis.headline.evidence.is_empty(),
        Action::NextProof => !proofs(model).is_empty(),
        Action::Follow | Action::Search | Action::LicenseLines | Action::LineHeads | Action::Wrap => {
            !model.log.is_empty()
        }
        _ => true,
    }
}

/// The keys of this screen, as many as fit; help and quit always.
fn keys(model: &Model, width: usize) -> Line<'static> {
    let look = &model.look;
    let mut rows: Vec<_> = model.setup.keymap.on_screen(model.screen, model.setup.replay).collect();
    // What belongs to this screen first, help and quit at the end whatever happens.
    rows.sort_by_key(|b| (matches!(b.action, Action::Help | Action::Quit), b.on.is_empty()));
    rows.retain(|b| useful(model, b.action));
    let hints = rows.into_iter().filter_map(|b| {
        let word = b.footer.as_deref()?;
        let key = b.keys.first()?.to_string();
        Some((matches!(b.action, Action::Help | Action::Quit), key, word.to_owned()))
    });
    let hints: Vec<_> = hints.collect();
    let columns = |key: &str, word: &str| key.width() + word.width() + 3;
    let ended = match (model.transient.ended, model.setup.replay) {
        (false, _) => "",
        (true, true) => "end of the recording ",
        (true, false) => "no longer checking ",
    };
    let width_of_keys = width.saturating_sub(ended.len() + usize::from(!ended.is_empty()));
    let mut room =
        width_of_keys.saturating_sub(hints.iter().filter(|h| h.0).map(|(_, k, w)| columns(k, w)).sum::<usize>());
    let mut spans = Vec::new();
    for (last, key, word) in hints {
        if !last {
            let Some(rest) = room.checked_sub(columns(&key, &word)) else { continue };
            room = rest;
        }
        spans.push(span(look, Role::Key, format!(" {key}")));
        spans.push(span(look, Role::Quiet, format!(" {word} ")));
    }
    if ended.is_empty() {
        return Line::from(spans);
    }
    pieces::spread(spans, vec![span(look, Role::Warn, ended)], width, look)
}

fn too_small(model: &Model, buf: &mut Buffer) {
    let smallest = layout::SMALLEST;
    let words = [
        "This terminal is too small.".to_owned(),
        format!("{}x{} is needed,", smallest.width, smallest.height),
        format!("this is {}x{}.", model.size.width, model.size.height),
        "lsdoctor check works at any size.".to_owned(),
    ];
    let area = buf.area;
    let height = u16::try_from(words.len()).unwrap_or(0).min(area.height);
    let top = area.y + (area.height - height) / 2;
    for (words, row) in words.iter().zip(Rect { y: top, height, ..area }.rows()) {
        let words = text::fit(words, row.width.into(), "");
        Line::from(Span::raw(words)).centered().render(row, buf);
    }
}

/// Replaces what is no ASCII, also in foreign text.
fn to_ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if !cell.symbol().is_ascii() {
            cell.set_symbol("?");
        }
    }
}
