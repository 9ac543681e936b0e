//! A key with what is held down: how it is written in tables, and which event of the terminal it is.
//! Nothing of what it does.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Deserialize;

/// A key, with what is held down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Keys with names.
const NAMED: [(&str, KeyCode); 15] = [
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
];

impl Chord {
    /// The names of keys that have one.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// The key as a terminal reports it.
    pub fn event(&self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }
}

impl From<KeyEvent> for Chord {
    fn from(key: KeyEvent) -> Self {
        // Shift is already in the character; some terminals report it as well, others do not.
        let held = KeyModifiers::CONTROL | KeyModifiers::ALT;
        Self { code: key.code, modifiers: key.modifiers & held }
    }
}

impl TryFrom<String> for Chord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (held, name) = [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT)]
            .into_iter()
            .find_map(|(prefix, held)| Some((held, text.strip_prefix(prefix)?)))
            .unwrap_or((KeyModifiers::NONE, &text));
        let mut letters = name.chars();
        let code = match (NAMED.iter().find(|(known, _)| *known == name), letters.next(), letters.next()) {
            (Some((_, code)), ..) => *code,
            (None, Some(letter), None) => KeyCode::Char(letter),
            _ => return Err(format!("`{text}` is not a key; write a character, `ctrl-x`, or a name such as `pgdn`")),
        };
        Ok(Self { code, modifiers: held })
    }
}

impl std::fmt::Display for Chord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("alt-")?;
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(letter)) => write!(f, "{letter}"),
            (None, code) => write!(f, "{code:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_they_are_read() {
        for text in ["q", "Q", "?", "ctrl-z", "shift-tab", "pgdn", "space", "/"] {
            assert_eq!(Chord::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        assert!(Chord::try_from("hyper-x".to_owned()).unwrap_err().contains("`hyper-x` is not a key"));
    }
}
