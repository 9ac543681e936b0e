//! Patterns that take a word out of a line: data of `assets/log.toml`.
//! What the word is for is decided elsewhere.

use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

/// A pattern with one group, or several of which one matches. Compiled when first needed, which is rarely.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Capture {
    pattern: String,
    compiled: OnceLock<Option<Regex>>,
}

impl From<String> for Capture {
    fn from(pattern: String) -> Self {
        Self { pattern, compiled: OnceLock::new() }
    }
}

impl Capture {
    /// What the group holds; nothing where the pattern is none, which a test keeps a release from.
    pub(super) fn find(&self, text: &str) -> Option<String> {
        let captures = self.compiled()?.captures(text)?;
        captures.iter().skip(1).flatten().next().map(|m| m.as_str().trim().to_owned())
    }

    fn compiled(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&self.pattern).ok()).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::catalogue::Catalogue;

    #[test]
    fn every_pattern_of_the_catalogue_compiles_and_has_a_group() {
        let catalogue = Catalogue::load().unwrap();
        assert!(!catalogue.captures.is_empty());
        for (name, capture) in &catalogue.captures {
            assert!(capture.compiled().is_some_and(|c| c.captures_len() > 1), "{name}: {}", capture.pattern);
        }
    }
}
