//! One line of a log, as the reading of starts has it.

use crate::observations::Stream;

/// One line, without its prefixes.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Its number.
    pub number: u64,
    /// Its stream.
    pub stream: Option<Stream>,
    /// The text, without prefixes and without white space at its ends.
    pub message: String,
    /// The message without white space.
    pub packed: String,
    /// Characters of the whole line, with all that stands before the message.
    pub width: usize,
    /// Whether it begins a log record.
    pub header: bool,
    /// Whether it is only the rest of the line before, which was cut there: it has no prefix, and its line before has one.
    pub rest: bool,
    /// Whether it is the rest of a line that was cut in mid-word.
    pub glued: bool,
}
