//! Keys as data: what each key does on which screen, read from `assets/keymap.toml` and printed by help, footer and README.
//! Nothing is carried out here, and no key is known by name anywhere else.

mod chord;

pub use chord::Chord;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crossterm::event::KeyEvent;
use serde::{Deserialize, Serialize};

use super::screen::Screen;

static BUILT_IN: LazyLock<Keymap> =
    LazyLock::new(|| Keymap::parse(include_str!("../../../assets/keymap.toml")).unwrap_or_default());

/// What a key can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the keymap says what each does")]
pub enum Action {
    Overview,
    Checks,
    Log,
    Network,
    License,
    Instance,
    Timeline,
    Explain,
    NextScreen,
    PreviousScreen,
    Down,
    Up,
    PageDown,
    PageUp,
    Top,
    Bottom,
    Left,
    Right,
    Choose,
    LookAgain,
    LookAgainAll,
    Copy,
    OpenLink,
    SaveReport,
    Follow,
    Search,
    NextMatch,
    PreviousMatch,
    LicenseLines,
    LineHeads,
    Wrap,
    NextStart,
    PreviousStart,
    NextProof,
    Pause,
    Step,
    StepBack,
    Slower,
    Faster,
    Mouse,
    Theme,
    Cancel,
    Suspend,
    QuitPrinting,
    Help,
    Quit,
}

impl Action {
    /// The name in the table and in the configuration.
    pub fn name(self) -> String {
        // Serde has the names already, for reading the table.
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether the action needs a live session. In a recording it is not offered.
    pub const fn needs_session(self) -> bool {
        matches!(self, Self::LookAgain | Self::LookAgainAll | Self::SaveReport)
    }
}

/// Where a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Scope {
    Overview,
    Checks,
    Log,
    Network,
    License,
    Instance,
    Timeline,
    Explain,
    /// While a recording is played.
    Replay,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// What happens.
    pub action: Action,
    /// Any of these keys.
    pub keys: Vec<Chord>,
    /// The line of the help.
    pub says: String,
    /// The word of the footer.
    #[serde(default)]
    pub footer: Option<String>,
    /// Where it works; nothing means everywhere.
    #[serde(default)]
    pub on: Vec<Scope>,
}

/// The whole table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keymap {
    #[serde(rename = "key")]
    bindings: Vec<Binding>,
}

/// A row as help and README print it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// The keys, such as `j down`.
    pub keys: String,
    /// What they do.
    pub says: String,
    /// Where they work; empty means everywhere.
    pub on: String,
}

/// The rows of the built-in table, for README.
pub fn keymap_rows() -> Vec<KeyRow> {
    Keymap::built_in().rows(|_| true)
}

impl Keymap {
    /// The table that comes with the program.
    pub fn built_in() -> Self {
        BUILT_IN.clone()
    }

    /// Reads a table.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The same table with other keys for some actions, as a user's configuration wants it.
    pub fn rebound(mut self, keys: &BTreeMap<Action, Vec<Chord>>) -> Self {
        for binding in &mut self.bindings {
            if let Some(keys) = keys.get(&binding.action) {
                binding.keys.clone_from(keys);
            }
        }
        self
    }

    /// What is wrong with the table, as a sentence, and which actions it is about: a key that would do two things on one
    /// screen, or no key to quit.
    pub fn conflict(&self) -> Option<([Action; 2], String)> {
        let twice = self.bindings.iter().enumerate().find_map(|(i, one)| {
            self.bindings.iter().skip(i + 1).filter(|other| one.meets(other)).find_map(|other| {
                let key = one.keys.iter().find(|key| other.keys.contains(key))?;
                let why = format!("the key `{key}` is used twice: \"{}\" and \"{}\"", one.says, other.says);
                Some(([one.action, other.action], why))
            })
        });
        let quits = self.bindings.iter().any(|b| b.action == Action::Quit && !b.keys.is_empty());
        let stuck = || ([Action::Quit; 2], "no key quits: give at least one key to `quit`".to_owned());
        twice.or_else(|| (!quits).then(stuck))
    }

    /// Every action once, by its name in the table, with its keys and what they do.
    pub fn actions(&self) -> impl Iterator<Item = (String, &[Chord], String)> {
        self.bindings.iter().enumerate().filter_map(|(i, binding)| {
            let same = |other: &&Binding| other.action == binding.action;
            if self.bindings.iter().take(i).any(|earlier| same(&earlier)) {
                return None;
            }
            let says: Vec<_> = self.bindings.iter().filter(same).map(|b| b.says.as_str()).collect();
            Some((binding.action.name(), binding.keys.as_slice(), says.join("; ")))
        })
    }

    /// What a key does on a screen.
    pub fn action(&self, key: KeyEvent, screen: Screen, replay: bool) -> Option<Action> {
        let chord = Chord::from(key);
        self.on_screen(screen, replay).find(|b| b.keys.contains(&chord)).map(|b| b.action)
    }

    /// The rows that work on a screen.
    pub fn on_screen(&self, screen: Screen, replay: bool) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |b| b.works(screen, replay))
    }

    /// The rows as they are printed.
    pub fn rows(&self, wanted: impl Fn(&Binding) -> bool) -> Vec<KeyRow> {
        // What a user has taken all keys from is not offered.
        self.bindings.iter().filter(|b| !b.keys.is_empty() && wanted(b)).map(Binding::row).collect()
    }

    /// The first key of an action on a screen, to be named in a sentence.
    pub fn key_of(&self, action: Action, screen: Screen, replay: bool) -> String {
        let binding = self.on_screen(screen, replay).find(|b| b.action == action);
        binding.and_then(|b| b.keys.first()).map(Chord::to_string).unwrap_or_default()
    }
}

impl Binding {
    /// Whether it works there.
    pub fn works(&self, screen: Screen, replay: bool) -> bool {
        self.on.is_empty() || self.on.contains(&scope_of(screen)) || (replay && self.on.contains(&Scope::Replay))
    }

    /// Whether there is a screen on which both work.
    fn meets(&self, other: &Self) -> bool {
        Screen::ALL.into_iter().any(|screen| self.works(screen, true) && other.works(screen, true))
    }

    fn row(&self) -> KeyRow {
        let everywhere_but_few = self.on.len() > 4;
        let on = if everywhere_but_few {
            String::new()
        } else {
            self.on.iter().map(|scope| format!("{scope:?}").to_lowercase()).collect::<Vec<_>>().join(", ")
        };
        KeyRow { keys: self.keys_text(), says: self.says.clone(), on }
    }

    /// Its keys, side by side.
    pub fn keys_text(&self) -> String {
        self.keys.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ")
    }
}

const fn scope_of(screen: Screen) -> Scope {
    match screen {
        Screen::Overview => Scope::Overview,
        Screen::Checks => Scope::Checks,
        Screen::Log => Scope::Log,
        Screen::Network => Scope::Network,
        Screen::License => Scope::License,
        Screen::Instance => Scope::Instance,
        Screen::Timeline => Scope::Timeline,
        Screen::Explain => Scope::Explain,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    #[test]
    fn the_built_in_table_is_sound() {
        let keymap = Keymap::parse(include_str!("../../../assets/keymap.toml")).expect("reads");
        assert_eq!(keymap.conflict(), None);
        assert_eq!(keymap, Keymap::built_in());
    }

    #[test]
    fn every_action_has_a_key() {
        // Serde knows the names of all variants: an unknown one makes it list them.
        let list = toml::from_str::<Keymap>("[[key]]\naction='?'\nkeys=[]\nsays=''").unwrap_err().to_string();
        let names: Vec<_> = list.split('`').skip(3).step_by(2).collect();
        assert!(names.len() > 40, "{list}");
        let table = include_str!("../../../assets/keymap.toml");
        for name in names {
            assert!(table.contains(&format!("action = \"{name}\"")), "no key for {name}");
        }
    }

    #[test]
    fn a_key_taken_twice_is_told() {
        let keymap = Keymap::built_in()
            .rebound(&BTreeMap::from([(Action::Follow, vec![Chord::try_from("q".to_owned()).unwrap()])]));
        let (actions, told) = keymap.conflict().expect("a conflict");
        assert_eq!(actions, [Action::Follow, Action::Quit]);
        assert!(told.contains("`q`") && told.contains("follow the log"), "{told}");
    }

    #[test]
    fn shift_is_part_of_the_character() {
        let keymap = Keymap::built_in();
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let key = KeyEvent::new(KeyCode::Char('Q'), modifiers);
            assert_eq!(keymap.action(key, Screen::Log, false), Some(Action::QuitPrinting));
        }
    }

    #[test]
    fn an_action_has_the_same_keys_in_all_its_rows() {
        // Else a configuration, which has one line for an action, could not say what the table says.
        let keymap = Keymap::built_in();
        for one in &keymap.bindings {
            assert!(
                keymap.bindings.iter().all(|other| other.action != one.action || other.keys == one.keys),
                "{one:?}"
            );
        }
    }

    #[test]
    fn an_action_without_keys_is_not_offered() {
        let keymap = Keymap::built_in().rebound(&BTreeMap::from([(Action::Follow, vec![])]));
        assert!(keymap.rows(|row| row.action == Action::Follow).is_empty());
        assert_eq!(keymap.conflict(), None);
    }

    #[test]
    fn keys_of_a_replay_work_in_a_replay_only() {
        let (keymap, space) = (Keymap::built_in(), KeyEvent::from(KeyCode::Char(' ')));
        assert_eq!(keymap.action(space, Screen::Log, false), None);
        assert_eq!(keymap.action(space, Screen::Log, true), Some(Action::Pause));
    }
}
