//! Scrolling and marking rows. Sizes come from the layout and the pages, so that the shown part never leaves them.

use crate::dashboard::keys::Action;
use crate::dashboard::layout;
use crate::dashboard::layout::Panel;
use crate::dashboard::message::Outcome;
use crate::dashboard::model::Model;
use crate::dashboard::screen::Screen;
use crate::dashboard::view;
use crate::observations::ProbeId;

/// Moves the marked row or the page by the distance of an action.
pub(super) fn moved(model: &mut Model, action: Action) -> Outcome {
    let page = isize::try_from(page_rows(model)).unwrap_or(isize::MAX);
    let far = isize::MAX / 2;
    let (by, whole) = match action {
        Action::Down => (1, false),
        Action::Up => (-1, false),
        Action::PageDown => (page, true),
        Action::PageUp => (-page, true),
        Action::Top => (-far, false),
        _ => (far, false),
    };
    let rows = rows(model);
    if rows > 0 && (!whole || model.screen == Screen::Overview) {
        let selected = model.pane().selected.saturating_add_signed(by).min(rows - 1);
        if selected == model.pane().selected && model.screen == Screen::Instance {
            // Beyond the last instance the page goes on.
            scroll(model, by);
        } else {
            select(model, selected);
        }
    } else {
        scroll(model, by);
    }
    Outcome::changed()
}

/// How many rows can be marked on the shown screen.
fn rows(model: &Model) -> usize {
    match model.screen {
        Screen::Overview => model.remedies().len(),
        Screen::Checks => ProbeId::ALL.len(),
        Screen::Instance => view::other_names(model).len(),
        _ => 0,
    }
}

/// Marks a row, and shows it.
pub(super) fn select(model: &mut Model, row: usize) {
    let changed = model.pane().selected != row;
    model.pane_mut().selected = row;
    if model.screen == Screen::Checks && changed {
        model.pane_mut().offset = 0;
    }
    if model.screen == Screen::Instance {
        let area = view::areas(model).of(Panel::Page);
        let page = view::page(model, layout::page_width(area));
        let offset = model.pane().offset;
        let item = page.items.get(row).cloned().unwrap_or_default();
        // The first row brings the heading with it.
        let item = if row == 0 { 0..item.end } else { item };
        model.pane_mut().offset = view::offset_for(&item, offset, area.height.into());
    }
    clamp(model);
}

/// Scrolls the shown screen by lines.
pub(super) fn scroll(model: &mut Model, by: isize) {
    if model.screen == Screen::Log {
        let (width, height) = layout::log_text(view::areas(model).of(Panel::Log));
        model.log.scroll(by, width, height);
        return;
    }
    let offset = model.pane().offset.saturating_add_signed(by);
    model.pane_mut().offset = offset;
    clamp(model);
}

/// Lines of the part that scrolls, and its rows.
fn extent(model: &Model) -> (usize, usize) {
    let areas = view::areas(model);
    match model.screen {
        Screen::Checks => {
            let area = areas.of(Panel::Detail);
            (view::detail(model, layout::page_width(area)).lines.len(), area.height.into())
        }
        Screen::Overview | Screen::Log => (0, 0),
        _ => {
            let area = areas.of(Panel::Page);
            (view::page(model, layout::page_width(area)).lines.len(), area.height.into())
        }
    }
}

fn page_rows(model: &Model) -> usize {
    let areas = view::areas(model);
    let rows = match model.screen {
        Screen::Log => layout::log_text(areas.of(Panel::Log)).1,
        _ => extent(model).1,
    };
    rows.saturating_sub(2).max(1)
}

/// Brings the marked row and the offset back to where something is.
pub(super) fn clamp(model: &mut Model) {
    let rows = rows(model);
    let (lines, height) = extent(model);
    let pane = model.pane_mut();
    pane.selected = pane.selected.min(rows.saturating_sub(1));
    pane.offset = pane.offset.min(lines.saturating_sub(height));
}

/// Marks what was clicked on, `line` rows below the heading of its panel.
pub(super) fn pick(model: &mut Model, panel: Panel, area: ratatui::layout::Rect, line: usize) {
    let width = usize::from(area.width);
    let height = usize::from(area.height).saturating_sub(1);
    match panel {
        Panel::List => {
            let offset = view::list_offset(model.pane().selected, height);
            if line + offset < ProbeId::ALL.len() {
                select(model, line + offset);
            }
        }
        Panel::Remedies => {
            let page = view::remedies(model, width);
            let line = line + view::remedies_offset(model, &page, height);
            if let Some(row) = page.items.iter().position(|item| item.contains(&line)) {
                select(model, row);
            }
        }
        Panel::Summary => {
            let clicked = view::summary(model, width, height).into_iter().nth(line).and_then(|(id, _)| id);
            model.screen = Screen::Checks;
            if let Some(row) = ProbeId::ALL.into_iter().position(|id| Some(id) == clicked) {
                select(model, row);
            }
        }
        Panel::Page => {
            // The page begins in its first row: its headings are part of it.
            let line = line + 1 + model.pane().offset;
            let page = view::page(model, layout::page_width(area));
            if let Some(row) = page.items.iter().position(|item| item.contains(&line)) {
                select(model, row);
            }
        }
        _ => {}
    }
}
