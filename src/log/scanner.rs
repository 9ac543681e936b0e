//! Folds a log, block by block, into a digest: its starts, the phrases found in each, and the last lines. Memory is bounded.
//! Blocks without any telling word are only counted; what a phrase means is no concern of this module.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::prefix;
use super::starts::Folder;

use super::phrases::PhraseSet;
use crate::observations::{LogDigest, LogLine, Stream};
use crate::scrub::Scrubber;

/// A line longer than this is cut: nothing that LocalStack says is.
const LONGEST_LINE: usize = 64 * 1024;
/// The last lines that go into the digest, unless more are asked for.
const TAIL: Room = Room { lines: 50, bytes: 50 * LONGEST_LINE };
/// So many fresh lines are kept for those who show them.
const FRESH: usize = 1_000;
/// A shown line is cut here.
const SHOWN: usize = 4_000;
/// Lines that are read in full at the beginning, and after the banner of a start: its license is told of there.
const HEAD: usize = 300;
/// A line counts once more for each of these bytes.
const LONG_LINE: usize = 1024;
/// Lines before a telling word that are read too: a wrapped message may begin there.
const BEFORE: usize = 4;
/// Lines after a telling word that are read too: the traceback that names the host.
const AFTER: usize = 60;

/// Reads a log in whatever pieces it comes.
#[derive(Debug)]
pub struct Scanner {
    phrases: Arc<PhraseSet>,
    scrubber: Arc<Scrubber>,
    source: String,
    partial: [Partial; 3],
    folder: Folder,
    lines: u64,
    bytes: u64,
    /// Lines still to be read in full.
    attentive: usize,
    /// The last line that was read in full.
    read: u64,
    tail: VecDeque<RawLine>,
    tail_bytes: usize,
    room: Room,
    fresh: Option<VecDeque<LogLine>>,
    limits: BTreeSet<String>,
    /// A line that was read was longer than it may be.
    cut: bool,
}

/// How many last lines are kept, and at most how many bytes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Lines.
    pub lines: usize,
    /// Bytes, as they were read.
    pub bytes: usize,
}

#[derive(Debug, Default)]
struct Partial {
    bytes: Vec<u8>,
    /// The rest of an overlong line is thrown away up to its end.
    overlong: bool,
}

#[derive(Debug)]
struct RawLine {
    number: u64,
    stream: Option<Stream>,
    bytes: Vec<u8>,
    /// It was longer.
    cut: bool,
}

impl Scanner {
    /// A scanner for one log.
    pub fn new(phrases: Arc<PhraseSet>, scrubber: Arc<Scrubber>, source: String) -> Self {
        Self {
            folder: Folder::new(Arc::clone(&phrases), Arc::clone(&scrubber)),
            phrases,
            scrubber,
            source,
            partial: Default::default(),
            lines: 0,
            bytes: 0,
            attentive: HEAD,
            read: 0,
            tail: VecDeque::new(),
            tail_bytes: 0,
            room: TAIL,
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

    /// Keeps more last lines than the fifty that show how a log ends.
    #[must_use]
    pub const fn keep_tail(mut self, room: Room) -> Self {
        self.room = room;
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
        let mut runs = self.folder.runs(self.lines);
        // Requests are too many to stop at each: the last lines tell as well whether any is served.
        if let Some(run) = runs.last_mut().filter(|r| r.served.is_none()) {
            let layout = self.phrases.layout();
            run.served = tail.iter().rev().find(|l| l.number > run.first_line && layout.is_served(&l.text)).cloned();
        }
        // Of a line that is neither read nor shown, nothing is missed.
        let cut = self.cut || self.tail.iter().any(|raw| raw.cut);
        let cut = cut.then(|| format!("a line longer than {} KiB was cut", LONGEST_LINE / 1024));
        LogDigest {
            source: self.source.clone(),
            runs,
            tail,
            lines: self.lines,
            bytes: self.bytes,
            limits: self.limits.iter().cloned().chain(cut).collect(),
        }
    }

    /// Ends the log: lines without an end count too.
    pub fn finish(&mut self) -> LogDigest {
        for stream in [None, Some(Stream::Stdout), Some(Stream::Stderr)] {
            let line = std::mem::take(&mut self.partial_of(stream).bytes);
            if !line.is_empty() {
                self.block(&line, stream);
            }
        }
        self.folder.flush();
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

    /// One or more complete lines, without the last line feed.
    fn block(&mut self, block: &[u8], stream: Option<Stream>) {
        let phrases = Arc::clone(&self.phrases);
        let mut rest = block;
        loop {
            while self.attentive > 0 {
                let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                let (line, more) = rest.split_at(end);
                self.keep(line, stream);
                self.read(|| phrases.candidates(beginning(line)).next().is_some());
                let Some(more) = more.get(1..) else { return };
                rest = more;
            }
            let Some(telling) = phrases.candidates(rest).next() else {
                self.pass_over(rest, stream);
                return;
            };
            let (before, from) = rest.split_at(telling.min(rest.len()));
            let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
            let end = telling + memchr::memchr(b'\n', from).unwrap_or(from.len());
            let line = rest.get(start..end).unwrap_or_default();
            if line.len() > LONGEST_LINE && phrases.candidates(beginning(line)).next().is_none() {
                // It stands in the part of the line that is thrown away.
                self.pass_over(rest.get(..end).unwrap_or_default(), stream);
                let Some(more) = rest.get(end + 1..) else { return };
                rest = more;
                continue;
            }
            if let Some(end) = start.checked_sub(1) {
                self.pass_over(rest.get(..end).unwrap_or_default(), stream);
                rest = rest.get(start..).unwrap_or_default();
            }
            self.attend();
        }
    }

    /// A telling word: what came just before is read after all, and what follows too.
    fn attend(&mut self) {
        let from = self.tail.len().saturating_sub(BEFORE);
        for raw in self.tail.iter().skip(from).filter(|raw| raw.number > self.read) {
            self.cut |= raw.cut;
            self.folder.line(raw.number, raw.stream, &raw.bytes);
        }
        self.read = self.lines;
        self.attentive = AFTER;
    }

    /// Reads the last line in full. Whether it is telling is asked only where attention would end soon.
    fn read(&mut self, telling: impl FnOnce() -> bool) {
        let Some(raw) = self.tail.back() else { return };
        self.cut |= raw.cut;
        let starts = self.folder.line(raw.number, raw.stream, &raw.bytes);
        self.read = raw.number;
        self.attentive = self.attentive.saturating_sub(1 + raw.bytes.len() / LONG_LINE);
        if starts {
            self.attentive = HEAD;
        } else if self.attentive < AFTER && telling() {
            self.attentive = AFTER;
        }
    }

    /// Counts a line, and keeps it among the last ones.
    fn keep(&mut self, line: &[u8], stream: Option<Stream>) {
        self.lines += 1;
        // The oldest line's memory serves the newest.
        let mut bytes = Vec::new();
        if self.tail.len() >= self.room.lines
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
        while self.tail.len() > self.room.lines || self.tail_bytes > self.room.bytes {
            self.tail_bytes -= self.tail.pop_front().map_or(0, |gone| gone.bytes.len());
        }
    }

    /// Lines without any telling word: counted, and the last ones kept.
    fn pass_over(&mut self, block: &[u8], stream: Option<Stream>) {
        let shown = if self.fresh.is_some() { FRESH.max(self.room.lines) } else { self.room.lines };
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

/// As much of a line as is kept.
fn beginning(line: &[u8]) -> &[u8] {
    line.get(..LONGEST_LINE).unwrap_or(line)
}
