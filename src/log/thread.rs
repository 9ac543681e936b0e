//! The lines of one source and stream, in their order: what waits for its continuation, the log record so far, and the
//! paragraph so far. The assembler reads a line when it has everything that may belong to it.

use super::line::Line;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::phrases::Found;
use super::speaker::Conversation;
use crate::observations::Hit;

/// Lines of a log record that are kept, to look for what must stand near a phrase.
const RECORD: usize = 150;
/// Characters of the narrowest terminal that is thought of.
const CUT: usize = 40;
/// A wrapped message spans at most so many further lines.
const WRAP: usize = 4;

/// The lines of one source and stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Thread {
    /// Lines that are not read yet: what follows may be their continuation.
    pub waiting: VecDeque<Line>,
    /// The record so far: number and packed text of each line.
    pub record: VecDeque<(u64, String)>,
    /// Hits whose `near` was not found yet.
    pub deferred: Vec<Deferred>,
    /// The line before.
    pub before: String,
    /// Characters of the line before, and of the longest line so far.
    pub widths: (usize, usize),
    /// How many of the longest lines a record's first line followed, and how many another line.
    followed: (usize, usize),
    /// Whether a traceback is being printed.
    pub traceback: bool,
    /// A line that quotes somebody may go on, if it was cut at this width.
    pub aside: Option<usize>,
    /// Who speaks.
    pub conversation: Conversation,
    /// The paragraph so far.
    pub paragraph: Paragraph,
    /// Whether every line so far is a known phrase and nothing else.
    pub impure: bool,
}

/// Lines between two blank ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Paragraph {
    /// Its first line.
    pub first: u64,
    /// Phrases in it.
    pub phrases: BTreeSet<usize>,
    /// Whether a line in it is more than a known phrase.
    pub impure: bool,
    /// Up to this line, a hit goes on that began above.
    pub covered_to: u64,
}

/// A line together with what may be its continuation.
#[derive(Debug)]
pub(super) struct Joined {
    /// Without white space.
    pub packed: String,
    /// As it is shown, a line break between two lines.
    pub text: String,
    /// Where in `packed` each line ends, and its number.
    pub ends: Vec<(usize, u64)>,
}

/// A hit whose `near` must still be found in its record.
#[derive(Debug, Clone)]
pub(super) struct Deferred {
    /// The phrase's index.
    pub phrase: usize,
    /// The hit.
    pub hit: Hit,
}

impl Thread {
    /// A thread of a source. `certain`: the source is LocalStack; `foreign`: it has another name.
    pub(super) fn new(certain: bool, foreign: bool) -> Self {
        Self { conversation: Conversation::new(certain, foreign), ..Self::default() }
    }

    /// Whether the oldest waiting line has everything that may belong to it.
    pub(super) fn is_front_complete(&self) -> bool {
        self.waiting.iter().filter(|line| !line.rest).count() > WRAP || self.waiting.iter().skip(1).any(|l| l.header)
    }

    /// Keeps a hit until its record says more. Of each phrase the first and the last hit are kept: what lies between adds
    /// nothing, and a record may never end.
    pub(super) fn defer(&mut self, found: Deferred) {
        let mut same = self.deferred.iter_mut().filter(|d| d.phrase == found.phrase);
        match (same.next(), same.next()) {
            (Some(_), Some(last)) => *last = found,
            _ => self.deferred.push(found),
        }
    }

    /// Whether the line before was likely cut by a terminal: none is longer, and such lines are not whole records.
    pub(super) const fn is_cut(&self) -> bool {
        self.is_full() && self.followed.0 <= self.followed.1 + 1
    }

    const fn is_full(&self) -> bool {
        self.widths.0 >= CUT && self.widths.0 == self.widths.1
    }

    /// Puts a line and what may be its continuation together.
    pub(super) fn join(&self, line: &Line) -> Joined {
        let mut packed = line.packed.clone();
        let mut text = line.message.clone();
        let mut ends = vec![(packed.len(), line.number)];
        for next in self.waiting.iter().take_while(|next| !next.header) {
            packed.push_str(&next.packed);
            if !next.glued {
                text.push('\n');
            }
            text.push_str(&next.message);
            ends.push((packed.len(), next.number));
        }
        Joined { packed, text, ends }
    }

    /// Notes whether a line is a known phrase and nothing else, for its paragraph and for the text as a whole. `known`: the
    /// line is known for what it is without a phrase. A blank line ends the paragraph, as [`Self::close_paragraph`] does.
    pub(super) fn note(&mut self, line: &Line, known: bool, found: &[Found], ends: &[(usize, u64)]) -> Option<u64> {
        if line.packed.is_empty() {
            return self.close_paragraph();
        }
        let paragraph = &mut self.paragraph;
        if paragraph.first == 0 {
            paragraph.first = line.number;
        }
        let covered = line.number <= paragraph.covered_to;
        for hit in found {
            // The lines that the phrase goes on into are a part of it.
            let to = ends.iter().find(|(end, _)| hit.end <= *end).map_or(line.number, |(_, number)| *number);
            paragraph.covered_to = paragraph.covered_to.max(to);
            paragraph.phrases.insert(hit.phrase);
        }
        if !known && !covered && !is_bare(&line.packed, found) {
            paragraph.impure = true;
            self.impure = true;
        }
        None
    }

    /// Ends the paragraph. One of at least two phrases and nothing else is a piece of LocalStack's banner, copied by hand:
    /// returns the line from which on it is LocalStack's.
    pub(super) fn close_paragraph(&mut self) -> Option<u64> {
        let paragraph = std::mem::take(&mut self.paragraph);
        (!paragraph.impure && paragraph.phrases.len() > 1).then_some(paragraph.first)
    }

    /// Adds a line that was read to the record.
    pub(super) fn remember(&mut self, line: Line) {
        if self.is_full() {
            if line.header {
                self.followed.0 += 1;
            } else {
                self.followed.1 += 1;
            }
        }
        if line.width > self.widths.1 {
            self.followed = (0, 0);
        }
        self.widths = (line.width, self.widths.1.max(line.width));
        self.record.push_back((line.number, line.packed));
        if self.record.len() > RECORD {
            self.record.pop_front();
        }
        self.before = line.message;
    }
}

/// The first and the last place of each phrase in a line, in order.
pub(super) fn first_and_last(found: Vec<Found>) -> impl Iterator<Item = Found> {
    let last: BTreeMap<usize, usize> = found.iter().enumerate().map(|(at, f)| (f.phrase, at)).collect();
    let mut seen = BTreeSet::new();
    found
        .into_iter()
        .enumerate()
        .filter(move |(at, f)| seen.insert(f.phrase) || last.get(&f.phrase) == Some(at))
        .map(|(_, f)| f)
}

/// Whether phrases are all that a packed line says, but for `Reason:` or `Error:` before them.
fn is_bare(packed: &str, found: &[Found]) -> bool {
    let Some(first) = found.iter().map(|f| f.start).min() else { return false };
    let label = packed.get(..first).unwrap_or_default().trim_matches(|c: char| !c.is_alphanumeric());
    let labelled = label.is_empty() || ["reason", "error"].iter().any(|word| label.eq_ignore_ascii_case(word));
    let mut to = first;
    let mut sorted: Vec<&Found> = found.iter().collect();
    sorted.sort_by_key(|f| f.start);
    for f in sorted {
        if packed.get(to..f.start).is_some_and(|between| between.contains(char::is_alphanumeric)) {
            return false;
        }
        to = to.max(f.end);
    }
    labelled && !packed.get(to..).unwrap_or_default().contains(char::is_alphanumeric)
}
