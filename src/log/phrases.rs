//! A matcher of known texts, without any knowledge of what they mean.
//! White space does not count: a message that was wrapped, by words or in mid-word, is still that message.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};

use super::layout::{Layout, LogLayout};
use super::pack::pack;
use super::prefilter::Prefilter;

/// A text to look for in a log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Phrase {
    /// The text; letter case and white space do not count.
    pub text: String,
    /// At least one of these must stand in the same line, or else in the same log record.
    pub near: Vec<String>,
    /// None of these may stand in the same line, nor in the one that brings `near`.
    pub not: Vec<String>,
    /// The line must be nothing but the text.
    pub whole: bool,
    /// It is about a container: `near` must stand in its line or, where the line does not name the container, in the nearest
    /// line of the record that names one.
    pub of_container: bool,
    /// It is said just before the banner of the start that it belongs to.
    pub prelude: bool,
    /// It is looked for in lines that tell of an attempt whose outcome follows, and there alone.
    pub attempt: bool,
}

impl Phrase {
    /// Identifies the phrase within stored observations.
    pub fn key(&self) -> String {
        let mut key = self.text.clone();
        if self.of_container {
            key.push_str(" [of container]");
        }
        if self.attempt {
            key.push_str(" [attempt]");
        }
        if self.whole {
            key.push_str(" [whole]");
        }
        if !self.near.is_empty() {
            key.push_str(" [near ");
            key.push_str(&self.near.join(" | "));
            key.push(']');
        }
        if !self.not.is_empty() {
            key.push_str(" [not ");
            key.push_str(&self.not.join(" | "));
            key.push(']');
        }
        key
    }
}

/// Whether a text is made of stop words only.
fn is_stop_word(layout: &LogLayout, text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.split_whitespace().all(|word| layout.stop_words.iter().any(|line| line.contains(word)))
}

/// A set of phrases, compiled.
#[derive(Debug)]
pub struct PhraseSet {
    phrases: Vec<Phrase>,
    keys: Vec<String>,
    texts: AhoCorasick,
    /// Phrase indices of each pattern of `texts`: phrases may share a text.
    owners: Vec<Vec<usize>>,
    /// Texts that the scan of a long log stops at: phrases, what stands near them, errors, and the banner.
    selective: BTreeSet<String>,
    stop_words: Vec<String>,
    /// Built when a log first goes on beyond its head, which is read in full without it.
    prefilter: OnceLock<Option<Prefilter>>,
    layout: Layout,
}

/// A phrase's text, found in a packed line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Index of the phrase.
    pub phrase: usize,
    /// Where the text begins, in bytes of the packed line.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl PhraseSet {
    /// Compiles phrases for a layout; equal phrases are merged.
    ///
    /// # Errors
    /// When a text is empty, a pattern cannot be read, or an automaton grows too large.
    pub fn new(phrases: impl IntoIterator<Item = Phrase>, layout: &LogLayout) -> Result<Self, String> {
        let mut phrases: Vec<Phrase> = phrases.into_iter().collect();
        phrases.sort();
        phrases.dedup();
        let mut patterns: Vec<String> = Vec::new();
        let mut owners: Vec<Vec<usize>> = Vec::new();
        let mut selective = BTreeSet::new();
        for (index, phrase) in phrases.iter().enumerate() {
            let packed = pack(&phrase.text);
            if packed.is_empty() {
                return Err("a phrase has no text".to_owned());
            }
            match patterns.iter().position(|p| *p == packed) {
                Some(at) => owners.get_mut(at).into_iter().for_each(|list| list.push(index)),
                None => {
                    patterns.push(packed);
                    owners.push(vec![index]);
                }
            }
            selective.insert(phrase.text.clone());
            // The scan stops at the phrase itself, so a stop word beside it adds nothing.
            selective.extend(phrase.near.iter().filter(|near| !is_stop_word(layout, near)).cloned());
        }
        selective.extend(layout.errors.iter().cloned());
        selective.extend(Some(layout.banner.clone()).filter(|b| !b.is_empty()));
        Ok(Self {
            keys: phrases.iter().map(Phrase::key).collect(),
            texts: AhoCorasick::builder().ascii_case_insensitive(true).build(&patterns).map_err(|e| e.to_string())?,
            owners,
            selective,
            stop_words: layout.stop_words.clone(),
            prefilter: OnceLock::new(),
            phrases,
            layout: Layout::new(layout)?,
        })
    }

    /// How the log is laid out.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The phrase of this index.
    pub fn phrase(&self, index: usize) -> Option<(&Phrase, &str)> {
        Some((self.phrases.get(index)?, self.keys.get(index)?))
    }

    /// Whether the phrase of this key is said before the banner of its start.
    pub fn is_prelude(&self, key: &str) -> bool {
        self.keys.iter().position(|k| k == key).and_then(|i| self.phrases.get(i)).is_some_and(|p| p.prelude)
    }

    /// Every text in a line that was packed with [`pack`], overlapping ones too.
    pub fn find<'a>(&'a self, packed: &'a str) -> impl Iterator<Item = Found> + 'a {
        self.texts.find_overlapping_iter(packed).flat_map(|m| {
            let owners = self.owners.get(m.pattern().as_usize()).map_or(&[][..], Vec::as_slice);
            owners.iter().map(move |phrase| Found { phrase: *phrase, start: m.start(), end: m.end() })
        })
    }

    /// Offsets in raw bytes, ascending, where a line may hold a phrase: a quick first look over a whole block.
    pub fn candidates<'a>(&'a self, block: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let prefilter = self.prefilter.get_or_init(|| Prefilter::new(&self.selective, &self.stop_words).ok());
        // Without prefilter, a phrase may stand anywhere.
        let anywhere = if prefilter.is_none() { 0..block.len() } else { 0..0 };
        prefilter.iter().flat_map(|prefilter| prefilter.find(block)).chain(anywhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> Phrase {
        Phrase { text: text.into(), ..Phrase::default() }
    }

    fn set<const N: usize>(phrases: [Phrase; N]) -> Result<PhraseSet, String> {
        PhraseSet::new(phrases, &LogLayout { banner: "LocalStack version:".into(), ..LogLayout::default() })
    }

    #[test]
    fn white_space_and_letter_case_do_not_count() {
        let set = set([phrase("expected license to be ACTIVE"), phrase("license")]).expect("compiles");
        let found: Vec<_> = set.find(&pack("Reason: Expected license to\n   be AC TIVE, was")).collect();
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn one_text_can_serve_two_phrases() {
        let near = Phrase { near: vec!["b".into()], ..phrase("a text") };
        let set = set([phrase("a text"), near.clone(), near]).expect("compiles");
        assert_eq!(set.find("atext").count(), 2);
    }

    #[test]
    fn an_empty_phrase_is_an_error() {
        assert!(set([phrase("  ")]).is_err());
    }

    #[test]
    fn a_candidate_is_found_in_raw_bytes() {
        let set = set([phrase("No credentials were found in the environment")]).expect("compiles");
        assert!(set.candidates(b"x\nNo credentials were fou\nnd in the environment").next().is_some());
        assert_eq!(set.candidates(b"2026 INFO AWS s3.ListBuckets => 200").next(), None);
    }
}
