//! The search field of the log screen. Each key searches again, so the first match is shown while typing.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::dashboard::message::{Effect, Outcome};
use crate::dashboard::model::{Mode, Model};

/// Bytes of a search text at most.
const LONGEST_QUERY: usize = 200;

/// Handles a key while the search field is open.
pub(super) fn type_into_search(model: &mut Model, key: KeyEvent) -> Outcome {
    let Mode::Search(query) = &mut model.mode else { return Outcome::unchanged() };
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if ctrl => return Outcome::effect(Effect::Quit { printing: false }),
        KeyCode::Char('u') if ctrl => query.clear(),
        KeyCode::Char('w') if ctrl => {
            let kept = query.trim_end().rfind(' ').map_or(0, |at| at + 1);
            query.truncate(kept);
        }
        KeyCode::Char(letter) if !ctrl && query.len() < LONGEST_QUERY => query.push(letter),
        KeyCode::Backspace => drop(query.pop()),
        KeyCode::Enter => {
            model.mode = Mode::Normal;
            return Outcome::changed();
        }
        KeyCode::Esc => {
            model.mode = Mode::Normal;
            model.log.query.clear();
            model.log.current = None;
            return Outcome::changed();
        }
        _ => return Outcome::unchanged(),
    }
    search(model);
    Outcome::changed()
}

/// Searches for the text in the field and goes to the first match.
fn search(model: &mut Model) {
    let Mode::Search(query) = &model.mode else { return };
    model.log.query.clone_from(query);
    model.log.current = None;
    model.log.seek(false);
}

/// Adds the first line of a pasted text to the search field.
pub(super) fn paste(model: &mut Model, text: &str) -> Outcome {
    let Mode::Search(query) = &mut model.mode else { return Outcome::unchanged() };
    let line = text.lines().next().unwrap_or_default();
    query.extend(line.chars().filter(|c| !c.is_control()).take(LONGEST_QUERY.saturating_sub(query.len())));
    search(model);
    Outcome::changed()
}
