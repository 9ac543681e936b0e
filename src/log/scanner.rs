//! Scans a log, block by block, into a [`LogDigest`]: the starts in it, the phrases found in each start, and the last lines.
//! The scan reads gigabytes at the speed of memory and keeps a bounded amount of text, whatever the log holds.
//!
//! # How a block is read
//!
//! Most lines of a long log say nothing about activation: they are requests that were served. Taking each of them apart
//! (prefix, record, phrases) would cost a hundred times what looking for a few bytes costs. So there are two speeds:
//!
//! 1. **In full**, line by line, through the [`StartAssembler`]: the first [`HEAD`] lines of the log and of each start,
//!    because LocalStack activates its license there; and the lines around a hit, [`BEFORE`] lines before it and [`AFTER`]
//!    lines after it. A message that was wrapped begins before the word that was hit. The traceback that names the host
//!    that could not be reached follows it.
//! 2. **Skipped over**: everything else. The prefilter ([`super::prefilter`]) searches the raw bytes for short pieces of the
//!    phrases. Where it finds none, lines are only counted, and the last of them kept for the tail.
//!
//! A hit of the prefilter decides nothing. It only says that a phrase *may* stand there; the automaton over all phrases
//! runs on the assembled line. A hit therefore costs some sixty lines of reading, and is never an answer by itself.
//!
//! ```text
//! line 1      LocalStack version: 4.14.0               read in full: the head of the log
//! ...
//! line 300    AWS s3.PutObject => 200                  read in full, and the last line of the head
//! line 301    AWS s3.PutObject => 200                  skipped over, as are the next 900,000 lines
//! ...
//! line 900301 Reason: The license has                  hit: lines 900,297 to 900,361 are read in full
//! line 900302 expired.                                 joined with the line before by the assembler
//! ```
//!
//! # What bounds memory
//!
//! A line is cut at [`LONGEST_LINE`]; the rest up to its line feed is thrown away as it comes. The tail holds the number of
//! lines and bytes of its [`TailLimit`], and the memory of its oldest line is used again for the newest. The assembler keeps
//! the last starts and a limited number of hits of each. A long line counts for several lines of the head, so that a log of
//! very long lines is not read in full for longer than others.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::prefix;
use super::starts::StartAssembler;

use super::phrases::PhraseSet;
use crate::observations::{LaunchHints, LogDigest, LogLine, LogOrigin, Stream};
use crate::scrub::Scrubber;

/// Bytes of a line that are kept. LocalStack's own messages are shorter.
const LONGEST_LINE: usize = 64 * 1024;
/// How much of the log's end goes into the digest, unless [`Scanner::keep_tail`] asks for more.
const TAIL: TailLimit = TailLimit { lines: 50, bytes: 50 * LONGEST_LINE };
/// Lines kept between two calls of [`Scanner::take_lines`]; older ones are dropped.
const FRESH: usize = 1_000;
/// A line with more bytes than this is shown shortened.
const SHOWN: usize = 4_000;
/// Lines read in full at the beginning of the log and of each start: LocalStack activates its license there.
const HEAD: usize = 300;
/// A line counts as one more line of the head for each of these bytes.
const LONG_LINE: usize = 1024;
/// Lines before a hit that are read in full: a wrapped message may begin there.
const BEFORE: usize = 4;
/// Lines after a hit that are read in full: a traceback names its host at its end.
const AFTER: usize = 60;

/// Scans one log. Bytes come in pieces of any size, cut anywhere, from up to two streams.
#[derive(Debug)]
pub struct Scanner {
    phrases: Arc<PhraseSet>,
    scrubber: Arc<Scrubber>,
    origin: LogOrigin,
    partial: [Partial; 3],
    assembler: StartAssembler,
    lines: u64,
    bytes: u64,
    /// How many lines are still read in full, because a hit or the beginning of a start is near.
    near_hit: usize,
    /// The last line that was read in full.
    read: u64,
    tail: VecDeque<RawLine>,
    tail_bytes: usize,
    tail_limit: TailLimit,
    fresh: Option<VecDeque<LogLine>>,
    limits: BTreeSet<String>,
    /// Whether a line that was read in full was cut at [`LONGEST_LINE`].
    cut: bool,
}

/// Limits of the tail: how many of the last lines are kept, and how many bytes of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TailLimit {
    /// Lines.
    pub lines: usize,
    /// Bytes, as they were read.
    pub bytes: usize,
}

#[derive(Debug, Default)]
struct Partial {
    bytes: Vec<u8>,
    /// Whether the line was cut, and its rest up to the line feed is thrown away.
    overlong: bool,
}

#[derive(Debug)]
struct RawLine {
    number: u64,
    stream: Option<Stream>,
    bytes: Vec<u8>,
    /// Whether the line was longer than what is kept of it.
    cut: bool,
}

impl Scanner {
    /// A scanner for one log.
    pub fn new(phrases: Arc<PhraseSet>, scrubber: Arc<Scrubber>, origin: LogOrigin) -> Self {
        Self {
            assembler: StartAssembler::new(Arc::clone(&phrases), Arc::clone(&scrubber)),
            phrases,
            scrubber,
            origin,
            partial: Default::default(),
            lines: 0,
            bytes: 0,
            near_hit: HEAD,
            read: 0,
            tail: VecDeque::new(),
            tail_bytes: 0,
            tail_limit: TAIL,
            fresh: None,
            limits: BTreeSet::new(),
            cut: false,
        }
    }

    /// Whether lines are kept for [`Self::take_lines`].
    #[must_use]
    pub fn keep_lines(mut self, keep: bool) -> Self {
        self.fresh = keep.then(VecDeque::new);
        self
    }

    /// Keeps a longer tail than the fifty lines that show how a log ends.
    #[must_use]
    pub const fn keep_tail(mut self, limit: TailLimit) -> Self {
        self.tail_limit = limit;
        self
    }

    /// Tells that the log is the output of a LocalStack container, and of nothing else: every line is LocalStack's word.
    #[must_use]
    pub const fn of_localstack(mut self) -> Self {
        self.assembler.set_of_localstack();
        self
    }

    /// Notes a limit that the reader met, such as a part of the log that was left out.
    pub fn note_limit(&mut self, text: impl Into<String>) {
        self.limits.insert(text.into());
    }

    /// Takes the next bytes of one stream.
    pub fn feed(&mut self, bytes: &[u8], stream: Option<Stream>) {
        self.bytes += bytes.len() as u64;
        let mut rest = bytes;
        if self.partial_of(stream).overlong {
            let Some(end) = memchr::memchr(b'\n', rest) else { return };
            self.partial_of(stream).overlong = false;
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        if !self.partial_of(stream).bytes.is_empty() {
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.keep_partial(rest, stream);
                return;
            };
            let mut line = std::mem::take(&mut self.partial_of(stream).bytes);
            line.extend_from_slice(rest.get(..end).unwrap_or_default());
            self.block(&line, stream);
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        if let Some(end) = memchr::memrchr(b'\n', rest) {
            self.block(rest.get(..end).unwrap_or_default(), stream);
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        self.keep_partial(rest, stream);
    }

    /// Lines completed since the last call, scrubbed.
    pub fn take_lines(&mut self) -> Vec<LogLine> {
        self.fresh.as_mut().map(|f| f.drain(..).collect()).unwrap_or_default()
    }

    /// What the log holds so far; a line without an end is not in it yet.
    pub fn digest(&self) -> LogDigest {
        let tail: Vec<LogLine> = self.tail.iter().map(|raw| self.show(raw)).collect();
        let mut runs = self.assembler.runs(self.lines);
        // The prefilter does not stop at served requests: there are too many. The tail shows whether any was served.
        if let Some(run) = runs.last_mut().filter(|r| r.served.is_none()) {
            let layout = self.phrases.layout();
            run.served = tail.iter().rev().find(|l| l.number > run.first_line && layout.is_served(&l.text)).cloned();
        }
        // A line that was neither read in full nor is shown loses nothing by being cut.
        let cut = self.cut || self.tail.iter().any(|raw| raw.cut);
        let cut = cut.then(|| format!("a line longer than {} KiB was cut", LONGEST_LINE / 1024));
        LogDigest {
            of: None,
            earlier: Vec::new(),
            origin: self.origin.clone(),
            runs,
            tail,
            lines: self.lines,
            bytes: self.bytes,
            limits: self.limits.iter().cloned().chain(cut).collect(),
            launch: LaunchHints::default(),
        }
    }

    /// Ends the log, or one of several texts that are read as one log: a line without an end counts, and whoever speaks in
    /// the next text is not known from this one.
    pub fn finish(&mut self) -> LogDigest {
        for stream in [None, Some(Stream::Stdout), Some(Stream::Stderr)] {
            let line = std::mem::take(&mut self.partial_of(stream).bytes);
            if !line.is_empty() {
                self.block(&line, stream);
            }
        }
        self.assembler.end_text();
        self.digest()
    }

    const fn partial_of(&mut self, stream: Option<Stream>) -> &mut Partial {
        let [none, out, err] = &mut self.partial;
        match stream {
            None => none,
            Some(Stream::Stdout) => out,
            Some(Stream::Stderr) => err,
        }
    }

    fn keep_partial(&mut self, bytes: &[u8], stream: Option<Stream>) {
        let partial = self.partial_of(stream);
        // One byte more than is kept tells that the line was longer.
        let room = (LONGEST_LINE + 1).saturating_sub(partial.bytes.len());
        partial.bytes.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        if bytes.len() > room {
            let line = std::mem::take(&mut partial.bytes);
            partial.overlong = true;
            self.block(&line, stream);
        }
    }

    /// Reads one or more complete lines, given without their last line feed.
    fn block(&mut self, block: &[u8], stream: Option<Stream>) {
        let phrases = Arc::clone(&self.phrases);
        let mut rest = block;
        loop {
            while self.near_hit > 0 {
                let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                let (line, more) = rest.split_at(end);
                self.keep(line, stream);
                self.read(|| phrases.candidates(beginning(line)).next().is_some());
                let Some(more) = more.get(1..) else { return };
                rest = more;
            }
            let Some(hit) = phrases.candidates(rest).next() else {
                self.pass_over(rest, stream);
                return;
            };
            let (before, from) = rest.split_at(hit.min(rest.len()));
            let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
            let end = hit + memchr::memchr(b'\n', from).unwrap_or(from.len());
            let line = rest.get(start..end).unwrap_or_default();
            if line.len() > LONGEST_LINE && phrases.candidates(beginning(line)).next().is_none() {
                // The hit stands in the part of the line that is thrown away.
                self.pass_over(rest.get(..end).unwrap_or_default(), stream);
                let Some(more) = rest.get(end + 1..) else { return };
                rest = more;
                continue;
            }
            if let Some(end) = start.checked_sub(1) {
                self.pass_over(rest.get(..end).unwrap_or_default(), stream);
                rest = rest.get(start..).unwrap_or_default();
            }
            self.enter_context();
        }
    }

    /// Reads the lines just before a hit of the prefilter, and sets that the lines after it are read in full.
    fn enter_context(&mut self) {
        let from = self.tail.len().saturating_sub(BEFORE);
        for raw in self.tail.iter().skip(from).filter(|raw| raw.number > self.read) {
            self.cut |= raw.cut;
            self.assembler.line(raw.number, raw.stream, &raw.bytes);
        }
        self.read = self.lines;
        self.near_hit = AFTER;
    }

    /// Reads the last line in full. `is_hit` runs the prefilter on it, and is called only where reading in full would end
    /// soon: within the head it would change nothing.
    fn read(&mut self, is_hit: impl FnOnce() -> bool) {
        let Some(raw) = self.tail.back() else { return };
        self.cut |= raw.cut;
        let starts = self.assembler.line(raw.number, raw.stream, &raw.bytes);
        self.read = raw.number;
        self.near_hit = self.near_hit.saturating_sub(1 + raw.bytes.len() / LONG_LINE);
        if starts {
            self.near_hit = HEAD;
        } else if self.near_hit < AFTER && is_hit() {
            self.near_hit = AFTER;
        }
    }

    /// Counts a line, and keeps it among the last ones.
    fn keep(&mut self, line: &[u8], stream: Option<Stream>) {
        self.lines += 1;
        // The memory of the oldest line is used again for the newest.
        let mut bytes = Vec::new();
        if self.tail.len() >= self.tail_limit.lines
            && let Some(oldest) = self.tail.pop_front()
        {
            self.tail_bytes -= oldest.bytes.len();
            bytes = oldest.bytes;
        }
        bytes.clear();
        bytes.extend_from_slice(beginning(line));
        let raw = RawLine { number: self.lines, stream, bytes, cut: line.len() > LONGEST_LINE };
        if self.fresh.is_some() {
            let shown = self.show(&raw);
            if let Some(fresh) = &mut self.fresh {
                fresh.push_back(shown);
                if fresh.len() > FRESH {
                    fresh.pop_front();
                }
            }
        }
        self.tail_bytes += raw.bytes.len();
        self.tail.push_back(raw);
        while self.tail.len() > self.tail_limit.lines || self.tail_bytes > self.tail_limit.bytes {
            self.tail_bytes -= self.tail.pop_front().map_or(0, |gone| gone.bytes.len());
        }
    }

    /// Counts lines without a hit, and keeps the last of them.
    fn pass_over(&mut self, block: &[u8], stream: Option<Stream>) {
        let shown = if self.fresh.is_some() { FRESH.max(self.tail_limit.lines) } else { self.tail_limit.lines };
        let from = memchr::memrchr_iter(b'\n', block).nth(shown.saturating_sub(1)).map_or(0, |end| end + 1);
        let (skipped, last) = block.split_at(from);
        self.lines += memchr::memchr_iter(b'\n', skipped).count() as u64;
        for line in last.split(|b| *b == b'\n') {
            self.keep(line, stream);
        }
    }

    fn show(&self, raw: &RawLine) -> LogLine {
        let unwrapped = prefix::unwrap_json(&raw.bytes);
        let mut text = self.scrubber.line(unwrapped.as_deref().map_or(&raw.bytes, str::as_bytes));
        if text.len() > SHOWN {
            text = text.chars().take(SHOWN / 4).chain("…".chars()).collect();
        }
        LogLine { number: raw.number, stream: raw.stream, text }
    }
}

/// The beginning of a line, at most [`LONGEST_LINE`] bytes.
fn beginning(line: &[u8]) -> &[u8] {
    line.get(..LONGEST_LINE).unwrap_or(line)
}
