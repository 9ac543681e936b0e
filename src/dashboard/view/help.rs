//! The help: all keys that work here, printed from the keymap.
//! No key and no word of its own.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use super::pieces::{draw, span};
use crate::dashboard::keys::{Action, KeyRow};
use crate::dashboard::model::Model;
use crate::dashboard::screen::Size;
use crate::dashboard::text;
use crate::dashboard::theme::Role;
use crate::views::glyphs::Charset;

/// Columns of the keys.
const KEYS: usize = 14;
/// Columns between two columns of keys.
const GAP: usize = 3;
/// Columns beside the keys: border, space, and the mark of where the help stands.
const MARGIN: usize = 5;
/// Columns of the screen beside the help that are worth seeing.
const LEAST_BESIDE: u16 = 8;
/// Rows above and below the keys: border and hint.
const FRAME: u16 = 2;

/// The lines of the help: in two columns where one is too long and there is room for two.
pub(crate) fn lines(model: &Model) -> Vec<Line<'static>> {
    let mut lines = one_column(model);
    let columns = lines.iter().map(Line::width).max().unwrap_or(0) + GAP;
    if lines.len() <= height(model.size) || 2 * columns + MARGIN > usize::from(model.size.width) {
        return lines;
    }
    let right = lines.split_off(lines.len().div_ceil(2));
    for (left, right) in lines.iter_mut().zip(right) {
        left.spans.push(Span::raw(" ".repeat(columns - left.width())));
        left.spans.extend(right.spans);
    }
    lines
}

fn one_column(model: &Model) -> Vec<Line<'static>> {
    let look = &model.look;
    let (screen, replay) = (model.screen, model.setup.replay);
    let idle = |action: Action| replay && action.needs_session();
    let here = model.setup.keymap.rows(|b| b.works(screen, replay) && !b.on.is_empty() && !idle(b.action));
    let everywhere = model.setup.keymap.rows(|b| b.on.is_empty() && !idle(b.action));
    let row = |row: KeyRow| {
        Line::from(vec![
            span(look, Role::Key, text::pad(&row.keys, KEYS, look.glyphs.ellipsis())),
            span(look, Role::Text, row.says),
        ])
    };
    let mut lines = vec![Line::from(span(look, Role::Heading, format!("On this screen: {}", screen.title())))];
    lines.extend(here.into_iter().map(row));
    lines.push(Line::default());
    lines.push(Line::from(span(look, Role::Heading, "Everywhere")));
    lines.extend(everywhere.into_iter().map(row));
    lines
}

/// Rows that can be shown at once.
pub(crate) fn height(size: Size) -> usize {
    usize::from(size.height.saturating_sub(FRAME + 2))
}

/// Draws it over the screen.
pub(super) fn view(model: &Model, offset: usize, buf: &mut Buffer) {
    let look = &model.look;
    let lines = lines(model);
    let inner = lines.iter().map(Line::width).max().unwrap_or(0) + MARGIN;
    let whole = buf.area;
    let width = u16::try_from(inner).unwrap_or(u16::MAX).min(whole.width.saturating_sub(2));
    let rows = u16::try_from(lines.len().min(height(model.size))).unwrap_or(u16::MAX);
    let area = whole.centered(Constraint::Length(width), Constraint::Length(rows + FRAME));
    // A narrow strip of the screen beside it would be noise.
    let wiped = if area.x <= LEAST_BESIDE { Rect { x: whole.x, width: whole.width, ..area } } else { area };
    Clear.render(wiped, buf);
    let mut block =
        Block::bordered().border_style(look.style(Role::Rule)).title_top(span(look, Role::Heading, " Keys "));
    block = if look.glyphs == Charset::Ascii {
        block.border_set(ASCII_BORDER)
    } else {
        block.border_type(BorderType::Rounded)
    };
    let within = block.inner(area);
    block.render(area, buf);
    let within = Rect { x: within.x + 1, width: within.width.saturating_sub(1), ..within };
    draw(&lines, offset, within, look, buf);
}

const ASCII_BORDER: ratatui::symbols::border::Set = ratatui::symbols::border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};
