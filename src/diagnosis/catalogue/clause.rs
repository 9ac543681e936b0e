//! A clause: one way to recognise a cause, as `[[when]]` in its TOML file tells it.

use serde::{Deserialize, Deserializer};

use crate::diagnosis::answer::{Confidence, Severity};
use crate::diagnosis::facts::Fact;
use crate::log::Phrase;

/// One way to recognise a cause: everything in it must hold.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Clause {
    /// How sure it makes.
    pub confidence: Confidence,
    /// Phrases that must all stand in the same start.
    pub log: Vec<Phrase>,
    /// Phrases of which one must stand there.
    pub any: Vec<Phrase>,
    /// The `near` of each of its phrases that has none of its own.
    pub near: Vec<String>,
    /// The `not` of each of its phrases that has none of its own.
    pub not: Vec<String>,
    /// Phrases that end its time: what is said after the first of them does not count.
    pub before: Vec<Phrase>,
    /// Facts that must all hold.
    pub facts: Vec<Fact>,
    /// Facts of which one must hold.
    pub some: Vec<Fact>,
    /// Facts none of which may hold.
    pub no: Vec<Fact>,
    /// A line that ends a start or proves a success. What is not decisive counts only where nothing decisive was said.
    #[serde(default = "yes")]
    pub decisive: bool,
    /// Whose words its phrases must be.
    pub speaker: Voice,
    /// Said by a LocalStack that quits: it was not activated, whatever else its start says.
    pub only_if_exited: bool,
    /// Differs from the cause's own word: `true`, `false` or `unknown`.
    pub activated: Option<ActivatedOverride>,
    /// Only ever a secondary finding, of this severity.
    pub remark: Option<Severity>,
    /// Sentences of its own, where the cause's would say too much.
    pub summary: Vec<String>,
}

/// What the phrases of a cause have in common: `[defaults]` in its file. A list of a clause or a phrase replaces it.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Defaults {
    /// The `near` of each phrase that has none.
    pub near: Vec<String>,
    /// The `not` of each phrase that has none.
    pub not: Vec<String>,
}

impl Clause {
    /// Gives each phrase the lists that it does not have itself: those of the clause, else those of the cause.
    pub(super) fn apply(&mut self, defaults: &Defaults) {
        let near = if self.near.is_empty() { &defaults.near } else { &self.near };
        let not = if self.not.is_empty() { &defaults.not } else { &self.not };
        for phrase in self.log.iter_mut().chain(&mut self.any) {
            if phrase.near.is_empty() {
                phrase.near.clone_from(near);
            }
            if phrase.not.is_empty() {
                phrase.not.clone_from(not);
            }
        }
    }
}

/// Whose words the phrases of a clause must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voice {
    /// LocalStack's own: what another program says in the same words is no sign of anything.
    #[default]
    LocalStack,
    /// Anybody's: the engine's, a test runner's or a client's words about LocalStack.
    Any,
}

const fn yes() -> bool {
    true
}

/// True, false, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivatedOverride(pub Option<bool>);

impl<'de> Deserialize<'de> for ActivatedOverride {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Known(bool),
            Word(String),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Known(known) => Ok(Self(Some(known))),
            Raw::Word(word) if word == "unknown" => Ok(Self(None)),
            Raw::Word(word) => Err(serde::de::Error::custom(format!("`{word}` is none of true, false, \"unknown\""))),
        }
    }
}
