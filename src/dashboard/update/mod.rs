//! What a message changes: the only place where the model is changed, and where effects are asked for.
//! Pure: no terminal, no clock, no channel; the time comes in as a message.

mod actions;
mod scroll;
mod search;

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;
use ratatui::layout::{Position, Rect};

use super::keys::Action;
use super::layout;
use super::layout::Panel;
use super::message::{Effect, Msg, Outcome};
use super::model::{Mode, Model, id_of};
use super::screen::Screen;
use super::view;
use crate::case::{CaseEvent, ReplayControl, WatchCommand};
use crate::observations::Observation;
use actions::act;
use scroll::{clamp, pick, scroll};
use search::{paste, type_into_search};

/// Rows that a turn of the wheel goes.
const WHEEL: isize = 3;

/// Changes the model.
pub fn update(model: &mut Model, msg: Msg) -> Outcome {
    match msg {
        Msg::Key(key) => press(model, key),
        Msg::Mouse(mouse) => point(model, mouse),
        Msg::Paste(text) => paste(model, &text),
        Msg::Resize(size) => {
            let changed = model.size != size;
            model.size = size;
            clamp(model);
            Outcome { changed, effects: Vec::new() }
        }
        Msg::Tick(now) => tick(model, now),
        Msg::Case(event) => take(model, event),
        Msg::Notice(text) => {
            model.tell(text);
            Outcome::changed()
        }
        Msg::Terminate => Outcome::effect(Effect::Quit { printing: false }),
    }
}

fn tick(model: &mut Model, now: Timestamp) -> Outcome {
    let was_shown = model.notice().is_some();
    let replayed = model.setup.replay && model.transient.replay.is_some();
    model.transient.clock = now;
    if !replayed {
        model.now = now;
    }
    let notice_gone = was_shown && model.notice().is_none();
    if notice_gone {
        model.transient.notice = None;
    }
    let ages = !replayed && !matches!(model.screen, Screen::Log | Screen::Explain);
    Outcome { changed: ages || notice_gone, effects: Vec::new() }
}

fn take(model: &mut Model, event: CaseEvent) -> Outcome {
    match event {
        CaseEvent::Case { case, .. } => {
            let other = id_of(&case).is_some() && id_of(&case) != id_of(&model.observed.case);
            let none = matches!(case.snapshot.logs, Observation::NotAsked);
            if other || none {
                model.log.clear();
            }
            // Without lines of its own the log shows what the digest kept.
            if model.log.is_empty()
                && let Some(digest) = case.snapshot.logs.value()
            {
                model.log.take(digest.tail.clone());
            }
            model.observed.take(*case);
            model.transient.ended = false;
            clamp(model);
        }
        CaseEvent::Lines(lines) => {
            model.log.take(lines);
            return Outcome { changed: matches!(model.screen, Screen::Log | Screen::Overview), effects: Vec::new() };
        }
        // The case that follows contains it.
        CaseEvent::Update(_) => return Outcome::unchanged(),
        CaseEvent::Replay(state) => {
            model.now = state.now;
            model.transient.ended = false;
            model.transient.replay = Some(state);
        }
        CaseEvent::Ended => model.transient.ended = true,
    }
    Outcome::changed()
}

fn press(model: &mut Model, key: KeyEvent) -> Outcome {
    if matches!(model.mode, Mode::Search(_)) {
        return type_into_search(model, key);
    }
    let Some(action) = model.setup.keymap.action(key, model.screen, model.setup.replay) else {
        return Outcome::unchanged();
    };
    if matches!(model.mode, Mode::Help(_)) {
        return press_in_help(model, action);
    }
    act(model, action)
}

fn press_in_help(model: &mut Model, action: Action) -> Outcome {
    let Mode::Help(offset) = model.mode else { return Outcome::unchanged() };
    let most = view::help_lines(model).len().saturating_sub(view::help_height(model.size));
    let page = view::help_height(model.size).saturating_sub(1);
    let offset = match action {
        Action::Down => offset + 1,
        Action::Up => offset.saturating_sub(1),
        Action::PageDown => offset + page,
        Action::PageUp => offset.saturating_sub(page),
        Action::Top => 0,
        Action::Bottom => most,
        Action::QuitPrinting | Action::Suspend | Action::Mouse | Action::Theme => return act(model, action),
        _ => {
            model.mode = Mode::Normal;
            let closes = matches!(action, Action::Help | Action::Quit | Action::Cancel | Action::Choose);
            return if closes { Outcome::changed() } else { act(model, action) };
        }
    };
    model.mode = Mode::Help(offset.min(most));
    Outcome::changed()
}

fn point(model: &mut Model, mouse: MouseEvent) -> Outcome {
    match mouse.kind {
        MouseEventKind::ScrollDown => wheel(model, WHEEL, mouse),
        MouseEventKind::ScrollUp => wheel(model, -WHEEL, mouse),
        MouseEventKind::Down(MouseButton::Left) => click(model, mouse.column, mouse.row),
        _ => Outcome::unchanged(),
    }
}

fn wheel(model: &mut Model, by: isize, mouse: MouseEvent) -> Outcome {
    if matches!(model.mode, Mode::Help(_)) {
        return press_in_help(model, if by > 0 { Action::Down } else { Action::Up });
    }
    let over = view::areas(model).at(mouse.column, mouse.row).map(|(panel, _)| panel);
    match over {
        Some(Panel::List | Panel::Remedies) => act(model, if by > 0 { Action::Down } else { Action::Up }),
        _ => {
            scroll(model, by);
            Outcome::changed()
        }
    }
}

fn click(model: &mut Model, column: u16, row: u16) -> Outcome {
    if matches!(model.mode, Mode::Help(_)) {
        model.mode = Mode::Normal;
        return Outcome::changed();
    }
    let areas = view::areas(model);
    let Some((panel, area)) = areas.at(column, row) else { return Outcome::unchanged() };
    let at = Position::new(column, row);
    // Panels begin with their heading.
    let below_heading = usize::from(row - area.y).checked_sub(1);
    match panel {
        Panel::Tabs => {
            let tabs = layout::tabs(area.width, model.screen);
            let Some((screen, ..)) = tabs.into_iter().find(|(_, place, _)| place.contains(at)) else {
                return Outcome::unchanged();
            };
            model.screen = screen;
        }
        Panel::Verdict | Panel::Banner => model.screen = Screen::Explain,
        Panel::Changes => model.screen = Screen::Timeline,
        Panel::Tail => model.screen = Screen::Log,
        Panel::Player => return seek(model, area, column),
        Panel::List | Panel::Remedies | Panel::Summary | Panel::Page => {
            let Some(line) = below_heading.or((panel == Panel::Page).then_some(0)) else { return Outcome::unchanged() };
            pick(model, panel, area, line);
        }
        Panel::Detail | Panel::Log | Panel::Footer => return Outcome::unchanged(),
    }
    clamp(model);
    Outcome::changed()
}

fn seek(model: &Model, area: Rect, column: u16) -> Outcome {
    let bar = view::player_bar(model, area);
    let Some(state) = &model.transient.replay else { return Outcome::unchanged() };
    if column < bar.x || column >= bar.right() {
        return Outcome::effect(Effect::Ask(WatchCommand::Replay(ReplayControl::Pause)));
    }
    let to = view::share((column - bar.x).into(), state.length_ms, bar.width.into());
    Outcome::effect(Effect::Ask(WatchCommand::Replay(ReplayControl::Seek(to))))
}
