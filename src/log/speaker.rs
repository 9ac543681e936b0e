//! Who speaks in a line: LocalStack, another program, or somebody unknown. Decided here once, for every phrase.
//!
//! `License activation failed` and `The license has expired` are also words of JetBrains, JRebel, Telerik, Vault, and of
//! users' own exceptions, often in the very job log that LocalStack's stands in. A phrase alone decides nothing; LocalStack
//! must be known to say it. What tells is, the surest first:
//!
//! 1. **The source.** The text is a container's log that the engine handed out, or the line has the prefix of a service, pod or
//!    container that is called LocalStack. A source with another name is another program, unless a version banner stands in it.
//! 2. **The line.** It holds a text that only LocalStack says, or is a log record with one of its loggers.
//! 3. **The lines before, in the same source and stream.** A line without a mark of its own goes on as the lines before it did:
//!    after a version banner, a failure banner or a record of LocalStack's it is LocalStack's; after a record of another
//!    program it is that program's.
//! 4. **The lines after.** The last sentence of the failure banner names LocalStack: what stands just above it is its word, too.
//! 5. **The text as a whole.** A hand-copied fragment may have no mark at all. Where every line of a text, or of a paragraph
//!    that holds a heading and a reason, is a known phrase and nothing else, nothing speaks against LocalStack.
//!
//! ```text
//! 08:00:00 JRebel: License activation failed              another program: a time, and a name with a colon
//! Reason: Your license has expired.                       goes on as the line before: another program
//! LocalStack version: 4.14.0                              LocalStack: the version banner
//! Localstack returning with exit code 55. Reason:         LocalStack: its own text
//! Reason: The license has expired.                        goes on as the line before: LocalStack
//! ```
//!
//! A document that is printed (`cat README.md`, a fenced block within a job's log) and a text with placeholders
//! (`license <id>:<plan>`) quote the banner: nothing was said in this run.

use super::layout::{Layout, OwnText};
use super::line::Line;
use crate::observations::Speaker;

/// Lines above the close of a banner that still belong to it.
pub(super) const BANNER: u64 = 14;
/// Lines of a printed document at most; after that, the end was overlooked.
const DOCUMENT: u64 = 600;
/// Lines below a placeholder that still belong to the same example.
const EXAMPLE: u64 = 8;

/// Follows who speaks, line by line, in one source and stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Conversation {
    /// Who spoke last.
    current: Speaker,
    /// Whose the line before was.
    last: Speaker,
    /// The source itself is LocalStack: no line in it is another program's.
    certain: bool,
    /// The first line after the last one that was another program's.
    pub since: u64,
    /// The last line with a text that only LocalStack says.
    own: u64,
    /// Up to this line a document or an example is quoted.
    quoted_to: u64,
    /// A fence is open.
    fenced: bool,
    /// A command, or anybody's record, was seen: the text is a job's log and no document as a whole.
    job: bool,
}

/// What a line tells of its speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    /// Who speaks.
    pub speaker: Speaker,
    /// The line quotes a document.
    pub quoted: bool,
    /// What stands above belongs to LocalStack, from this line on.
    pub closes_from: Option<u64>,
    /// What was said from this line on was an example.
    pub example_from: Option<u64>,
    /// The line has a mark of its own, or says nothing.
    pub known: bool,
    /// It belongs to the banner of a LocalStack that quits.
    pub quits: bool,
}

impl Conversation {
    /// A conversation in a source that is LocalStack, or in one that is not known to be.
    pub(super) fn new(certain: bool, foreign: bool) -> Self {
        let current = match (certain, foreign) {
            (true, _) => Speaker::LocalStack,
            (_, true) => Speaker::Other,
            _ => Speaker::Unknown,
        };
        Self { current, certain, ..Self::default() }
    }

    /// A version banner stands here: from now on LocalStack speaks.
    pub(super) const fn start(&mut self) {
        self.current = Speaker::LocalStack;
        self.job = true;
    }

    /// Whether a document is being printed.
    pub(super) const fn is_quoting(&self, number: u64) -> bool {
        self.fenced || number <= self.quoted_to
    }

    /// Takes the next line. `packed` is the line without white space, together with what may be its continuation; its own part
    /// has `length` bytes. `cut`: the line before was cut, and this one is likely its rest.
    pub(super) fn hear(&mut self, layout: &Layout, line: &Line, packed: &str, cut: bool) -> Heard {
        let (number, message, length) = (line.number, line.message.as_str(), line.packed.len());
        let rules = &layout.speaker;
        let own_text = layout.own_text(packed, length);
        let own_record = rules.own_record.is_match(message);
        let furniture = rules.furniture.is_match(message);
        let quoted = self.quotes(layout, number, message, own_record);
        let mut heard = Heard {
            speaker: self.current,
            quoted,
            closes_from: None,
            example_from: None,
            quits: false,
            known: furniture || own_text.is_some() || own_record,
        };
        if quoted {
            return heard;
        }
        if rules.placeholder.is_match(message) && !own_record {
            heard.quoted = true;
            let near = self.own > 0 && self.own + BANNER >= number;
            heard.example_from = near.then_some(self.own);
            self.quoted_to = if near { number + EXAMPLE } else { number };
            return heard;
        }
        let goes_on = own_record || own_text.is_some_and(|text| text != OwnText::Sentence);
        if goes_on {
            self.current = Speaker::LocalStack;
        } else if !self.certain && !furniture && is_other(layout, message, cut) {
            self.current = Speaker::Other;
            self.since = number + 1;
        }
        self.job |= own_record || self.current == Speaker::Other;
        if own_text.is_some() && (self.own == 0 || self.own + BANNER < number) {
            self.own = number;
        }
        if own_text == Some(OwnText::Closing) {
            heard.closes_from = Some(self.since.max(number.saturating_sub(BANNER)));
        }
        let own = own_text.is_some() || rules.own_success.is_match(message);
        heard.speaker = match (own, cut) {
            (true, _) => Speaker::LocalStack,
            // The rest of a line is whose the line was.
            (_, true) if !goes_on => self.last,
            _ => self.current,
        };
        self.last = heard.speaker;
        heard.known |= own;
        heard.quits = matches!(own_text, Some(OwnText::Opening | OwnText::Closing));
        heard
    }

    /// Whether the line belongs to a document that is printed.
    fn quotes(&mut self, layout: &Layout, number: u64, message: &str, own_record: bool) -> bool {
        let rules = &layout.speaker;
        if rules.fence.is_match(message) {
            self.fenced = !self.fenced && self.job;
            return true;
        }
        if rules.document.is_match(message) {
            self.quoted_to = number + DOCUMENT;
            self.job = true;
            return true;
        }
        if rules.command.is_match(message) {
            self.job = true;
            self.fenced = false;
            self.quoted_to = 0;
            self.since = number + 1;
            // Whatever is printed next is the command's.
            self.current = if self.certain { Speaker::LocalStack } else { Speaker::Unknown };
        }
        if own_record {
            // A document has no log records with today's time.
            self.quoted_to = 0;
        }
        self.is_quoting(number)
    }
}

/// Whether a line has the beginning of another program's.
fn is_other(layout: &Layout, message: &str, cut: bool) -> bool {
    let rules = &layout.speaker;
    if rules.neutral_record.is_match(message) {
        return false;
    }
    if rules.other_record.is_match(message) {
        return true;
    }
    if cut {
        return false;
    }
    let word = rules.named.captures(message).and_then(|found| message.get(found.get(1)?.range()));
    word.is_some_and(|word| !rules.unnamed.is_match(word))
}
