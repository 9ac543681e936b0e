//! A regular expression that is data: read from `assets/log.toml`, compiled when it is first needed.

use std::sync::OnceLock;

use regex::bytes::{Captures, Regex, RegexBuilder};
use serde::Deserialize;

/// A pattern over the bytes of a line. What programs write around a line is ASCII, and a pattern without Unicode compiles in
/// microseconds. An empty pattern, and one that cannot be compiled, matches nothing; a test keeps a release from the second.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "String")]
pub struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self { text, compiled: OnceLock::new() }
    }
}

impl Pattern {
    /// Whether the pattern matches anywhere in a line.
    pub(super) fn is_match(&self, line: &str) -> bool {
        self.compiled().is_some_and(|p| p.is_match(line.as_bytes()))
    }

    /// The first match, with its groups.
    pub(super) fn captures<'a>(&self, line: &'a str) -> Option<Captures<'a>> {
        self.compiled()?.captures(line.as_bytes())
    }

    /// Whether the pattern is empty or can be compiled.
    pub(super) fn is_valid(&self) -> bool {
        self.text.is_empty() || self.compiled().is_some()
    }

    fn compiled(&self) -> Option<&Regex> {
        let build = || (!self.text.is_empty()).then(|| RegexBuilder::new(&self.text).unicode(false).build().ok());
        self.compiled.get_or_init(|| build().flatten()).as_ref()
    }
}
