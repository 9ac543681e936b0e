//! Whether what must stand near a phrase does: in its line, in the rest of its log record, or in the lines above.
//!
//! The first host that an error names is the one that it is about: `Connection refused` near `api.localstack.cloud` says
//! nothing about the license server where the record names `host='pypi.org'` first. In the same way, `exited with code 55` is
//! about the container that its line names or, where it names none, about the one that was named last.

use super::layout::Layout;
use super::pack::pack;
use super::phrases::{Found, Phrase};
use super::thread::Thread;

/// What became of a phrase that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weighed {
    /// Its conditions hold.
    Counts,
    /// The rest of its record may bring what it needs.
    Waits,
    /// Its conditions do not hold.
    Not,
}

/// Weighs a phrase by its own line, packed together with what may be its continuation; `length` is the line's own part.
pub(super) fn in_line(
    layout: &Layout,
    phrase: &Phrase,
    thread: &Thread,
    packed: &str,
    (found, length): (&Found, usize),
) -> Weighed {
    let lower = packed.to_ascii_lowercase();
    if phrase.of_container {
        let own = lower.get(..found.end.max(length)).unwrap_or_default();
        if is_near(phrase, own) {
            return Weighed::Counts;
        }
        let cut = thread.record.back().filter(|_| thread.is_cut()).map_or("", |(_, before)| before.as_str());
        let before = format!("{cut}{}", packed.get(..found.start).unwrap_or_default());
        if !layout.lines.unnamed_container.is_match(&before) {
            return Weighed::Not;
        }
        let above: Vec<String> = thread.record.iter().map(|(_, packed)| packed.to_ascii_lowercase()).collect();
        let named = above.iter().rposition(|lower| layout.names_container(lower));
        // Together with the line before: the name may be wrapped.
        let named = named.and_then(|at| Some(above.get(at.saturating_sub(1)..=at)?.concat()));
        return match named {
            Some(lower) if is_near(phrase, &lower) => Weighed::Counts,
            Some(_) => Weighed::Not,
            None => Weighed::Waits,
        };
    }
    if phrase.not.iter().any(|text| holds(text, &lower)) {
        Weighed::Not
    } else if phrase.near.is_empty() || is_near(phrase, &lower) {
        Weighed::Counts
    } else if layout.names_host(&lower) {
        Weighed::Not
    } else {
        Weighed::Waits
    }
}

/// Weighs a phrase that waits by a later line of its record.
pub(super) fn below(layout: &Layout, phrase: &Phrase, lower: &str) -> Weighed {
    if phrase.of_container && !layout.names_container(lower) {
        Weighed::Waits
    } else if is_near(phrase, lower) {
        Weighed::Counts
    } else if !phrase.of_container && layout.names_host(lower) {
        Weighed::Not
    } else {
        Weighed::Waits
    }
}

/// Whether the lines above a phrase, up to its own, have what it needs: asked when its record ends.
pub(super) fn above(layout: &Layout, phrase: &Phrase, thread: &Thread, number: u64) -> bool {
    if phrase.of_container {
        return false;
    }
    // Each line together with its next: what is looked for may be wrapped.
    let lines = thread.record.iter().take_while(|(n, _)| *n <= number).map(|(_, packed)| packed.as_str());
    let lines: Vec<&str> = lines.collect();
    let mut pairs = lines.windows(2).rev().map(|pair| pair.concat().to_ascii_lowercase());
    let deciding = pairs.find(|lower| is_near(phrase, lower) || layout.names_host(lower));
    deciding.is_some_and(|lower| is_near(phrase, &lower))
}

/// Whether a text stands in a packed line in lower case.
fn holds(text: &str, lower: &str) -> bool {
    lower.contains(&pack(text).to_ascii_lowercase())
}

/// Whether a packed line in lower case has what must stand near a phrase, and nothing that must not.
fn is_near(phrase: &Phrase, lower: &str) -> bool {
    phrase.near.iter().any(|text| holds(text, lower)) && !phrase.not.iter().any(|text| holds(text, lower))
}
