//! Assembles lines into starts and hits. Lines come from several sources and streams at once, wrapped, prefixed, and mixed
//! with other programs' words; a list of starts goes out, each with the phrases that were said in it, and by whom.
//!
//! # From a line to a hit
//!
//! 1. **Prefixes come off** ([`super::prefix`]), and tell the source: `localstack-1  | Ready.` is `Ready.` of `localstack-1`.
//! 2. **The line joins its thread**: the lines of one source and stream, in their order. Two services that write at the same
//!    time do not break each other's messages.
//! 3. **Wrapped messages are joined.** A line waits until [`super::thread`] has what may be its continuation, at most four
//!    further lines. White space is taken out ([`super::pack`]), the lines are put together, and phrases are looked for in
//!    the whole; a phrase counts for the line in which it begins. Where a line with a prefix was cut by a terminal, its rest
//!    has none: such a rest is added to the thread of the line before it, and nothing can begin in it.
//! 4. **Quotations are left out**: source code in a traceback, lines that tell of an attempt, printed documents.
//! 5. **The speaker is decided** ([`super::speaker`]), and kept with the hit.
//! 6. **What must stand near** a phrase is looked for in its line, then in the rest of its log record, and when the record ends
//!    in the lines before. The first host that an error names decides: a record about another host is about that host.
//!
//! ```text
//! localstack-1  | Reason: Expected license to be ACTI        thread localstack-1: waits
//! VE, was EXPIRED                                            its rest: joined without a blank
//! app-1         | waiting for localstack                     thread app-1
//! localstack-1  |                                            thread localstack-1
//! => hit "license to be ACTIVE, was EXPIRED" in line 1, said by LocalStack
//! ```
//!
//! # Starts
//!
//! A version banner begins a start, in whatever source it stands. What is said before the first banner forms a start without a
//! version, which counts only where nothing after it speaks. Some phrases are said just before the banner of their own
//! start (`prelude`): they are moved to it.
//!
//! # What bounds memory
//!
//! Eight starts are kept, four hundred hits of each, of each phrase, source and speaker the first and the last hit
//! ([`super::drafts`]), a record of a hundred and fifty lines, and [`SOURCES`] sources. A log that never ends and never repeats itself stays within that.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::drafts::{Drafts, ThreadKey, Whose};
use super::excerpt::excerpt;
use super::line::Line;
use super::near::{self, Weighed};
use super::pack::pack;
use super::phrases::{Found, PhraseSet};
use super::prefix::{strip, unwrap_json};
use super::speaker::Heard;
use super::thread::{Deferred, Joined, Thread, first_and_last};
use crate::observations::{Hit, LogLine, Run, Speaker, Stream};
use crate::scrub::{Scrubber, strip_controls};

/// Different sources told apart in one log.
const SOURCES: usize = 32;

/// Assembles the lines of one log.
#[derive(Debug, Clone)]
pub(super) struct StartAssembler {
    phrases: Arc<PhraseSet>,
    scrubber: Arc<Scrubber>,
    /// The whole log is a container's of LocalStack.
    of_localstack: bool,
    sources: Vec<Source>,
    threads: BTreeMap<ThreadKey, Thread>,
    /// The last line with a prefix: its thread and number.
    prefixed: Option<(ThreadKey, u64)>,
    /// Characters of the longest line, and how many lines have as many.
    widest: (usize, usize),
    drafts: Drafts,
}

#[derive(Debug, Clone)]
struct Source {
    name: String,
    localstack: bool,
}

impl StartAssembler {
    pub(super) fn new(phrases: Arc<PhraseSet>, scrubber: Arc<Scrubber>) -> Self {
        Self {
            phrases,
            scrubber,
            of_localstack: false,
            sources: Vec::new(),
            threads: BTreeMap::new(),
            prefixed: None,
            widest: (0, 0),
            drafts: Drafts::default(),
        }
    }

    /// From now on every line is known to come from a LocalStack container.
    pub(super) const fn set_of_localstack(&mut self) {
        self.of_localstack = true;
    }

    /// Takes one line that may hold something. Returns whether a start begins with it.
    pub(super) fn line(&mut self, number: u64, stream: Option<Stream>, bytes: &[u8]) -> bool {
        let phrases = Arc::clone(&self.phrases);
        let unwrapped = unwrap_json(bytes);
        // Secrets are hidden where a line is quoted: a token that is an ordinary word must not blacken a phrase.
        let raw = unwrapped.as_deref().map_or(bytes, str::as_bytes);
        // An escape sequence can swallow the beginning that a secret is recognised by: then they are hidden first.
        let text = if raw.contains(&0x1b) { self.scrubber.line(raw) } else { strip_controls(raw) };
        let stripped = strip(&text, phrases.layout());
        let source = stripped.source.and_then(|name| self.source(name));
        let key = (source, stream);
        let starts = self.start_if_banner(number, stripped.message, key);
        let mut line = Line {
            number,
            stream,
            message: stripped.message.to_owned(),
            packed: pack(stripped.message),
            width: text.chars().count(),
            header: stripped.header,
            rest: false,
            glued: false,
        };
        self.widest = match line.width.cmp(&self.widest.0) {
            std::cmp::Ordering::Greater => (line.width, 1),
            std::cmp::Ordering::Equal => (line.width, self.widest.1 + 1),
            std::cmp::Ordering::Less => self.widest,
        };
        let follows = self.prefixed.filter(|((_, of), at)| *of == stream && at + 1 == number);
        if stripped.prefixed {
            self.prefixed = Some((key, number));
        } else if let Some((before, _)) = follows.filter(|_| !stripped.header && !starts && !line.packed.is_empty()) {
            self.add_rest(before, &line, &text);
            self.prefixed = Some((before, number));
        }
        line.header |= starts;
        let mut thread = self.take_thread(key);
        thread.waiting.push_back(line);
        while thread.is_front_complete() {
            self.read_front(&mut thread, key);
        }
        self.threads.insert(key, thread);
        starts
    }

    /// Adds a line without a prefix to the thread of the prefixed line before it: it may be the rest of that line.
    fn add_rest(&mut self, key: ThreadKey, line: &Line, text: &str) {
        let Some(thread) = self.threads.get_mut(&key) else { return };
        let Some(before) = thread.waiting.back() else { return };
        // A terminal cuts all lines at one width: the rest of a line is no longer than the line.
        if line.width > before.width || before.message.is_empty() {
            return;
        }
        let glued = !text.starts_with(' ') && before.message.ends_with(|c: char| c.is_alphanumeric());
        thread.waiting.push_back(Line { rest: true, glued, ..line.clone() });
    }

    fn take_thread(&mut self, key: ThreadKey) -> Thread {
        self.threads.remove(&key).unwrap_or_else(|| {
            let named = key.0.and_then(|s| self.sources.get(s));
            let own = self.of_localstack || named.is_some_and(|s| s.localstack);
            Thread::new(own, named.is_some_and(|s| !s.localstack))
        })
    }

    /// Reads everything that still waits for a continuation.
    pub(super) fn flush(&mut self) {
        for key in self.threads.keys().copied().collect::<Vec<_>>() {
            let Some(mut thread) = self.threads.remove(&key) else { continue };
            while !thread.waiting.is_empty() {
                self.read_front(&mut thread, key);
            }
            self.close_record(&mut thread, key.0);
            thread.close_paragraph().into_iter().for_each(|from| self.drafts.claim(key, from));
            self.threads.insert(key, thread);
        }
    }

    /// Ends one text of several that are read as one log: nobody goes on speaking in the next.
    pub(super) fn end_text(&mut self) {
        self.flush();
        self.settle_whole_texts();
        self.threads.clear();
        self.prefixed = None;
        self.widest = (0, 0);
    }

    /// A text in which every line is a known phrase and nothing else is LocalStack's: nothing in it speaks against that.
    fn settle_whole_texts(&mut self) {
        let whole = self.threads.iter().filter(|(key, thread)| key.0.is_none() && !thread.impure);
        for key in whole.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.drafts.claim(key, 0);
        }
    }

    /// The starts so far, without hits of sources that are not LocalStack.
    pub(super) fn runs(&self, last_line: u64) -> Vec<Run> {
        // What still waits is read on a copy: more lines may follow and change it.
        let mut copy = self.clone();
        copy.flush();
        copy.settle_whole_texts();
        let named = copy.sources.iter().any(|s| s.localstack);
        copy.drafts.finished(last_line, |source| match source.and_then(|s| copy.sources.get(s)) {
            Some(source) if source.localstack => Whose::LocalStack,
            Some(_) if named => Whose::Other,
            _ => Whose::AsSaid,
        })
    }

    fn source(&mut self, name: &str) -> Option<usize> {
        if let Some(index) = self.sources.iter().position(|s| s.name == name) {
            return Some(index);
        }
        if self.sources.len() >= SOURCES {
            return None;
        }
        let localstack = self.phrases.layout().is_localstack(name);
        self.sources.push(Source { name: name.to_owned(), localstack });
        Some(self.sources.len() - 1)
    }

    fn start_if_banner(&mut self, number: u64, message: &str, key: ThreadKey) -> bool {
        let Some(rest) = self.phrases.layout().after_banner(message) else { return false };
        let version = rest.split_whitespace().next().map(|v| self.scrubber.text(v).chars().take(60).collect());
        // Whatever waits belongs to the start before.
        self.flush();
        let mut thread = self.take_thread(key);
        let quoted = thread.conversation.is_quoting(number);
        if !quoted {
            thread.conversation.start();
        }
        self.threads.insert(key, thread);
        if quoted {
            return false;
        }
        if let Some(source) = key.0.and_then(|s| self.sources.get_mut(s)) {
            source.localstack = true;
        }
        let phrases = Arc::clone(&self.phrases);
        self.drafts.begin(version, number, key.0, |phrase| phrases.is_prelude(phrase));
        true
    }

    /// Reads the oldest waiting line together with what may be its continuation.
    fn read_front(&mut self, thread: &mut Thread, key: ThreadKey) {
        let Some(line) = thread.waiting.pop_front() else { return };
        // Several lines of one width, and none wider: the text was cut there, and a phrase may begin in the rest of a line.
        let wrapped = self.widest.1 > 1 && thread.widths.0 == self.widest.0;
        if line.rest && !wrapped {
            return;
        }
        if line.header {
            self.close_record(thread, key.0);
        }
        self.settle_deferred(thread, &line, key.0);
        let Joined { packed, text, ends } = thread.join(&line);
        let phrases = Arc::clone(&self.phrases);
        let cut = thread.is_cut();
        let heard = thread.conversation.hear(phrases.layout(), &line, &packed, cut);
        self.settle_heard(thread, &heard, key, line.number);
        let lines = &phrases.layout().lines;
        let code = lines.frame.is_match(&thread.before) || lines.code.is_match(&line.message);
        let aside = self.is_aside(thread, &line, &packed);
        let mut found: Vec<Found> = phrases.find(&packed).filter(|f| f.start < line.packed.len()).collect();
        let known = heard.known && !heard.quoted;
        thread.note(&line, known, &found, &ends).into_iter().for_each(|from| self.drafts.claim(key, from));
        if !code && !heard.quoted {
            found.retain(|f| !aside || phrases.phrase(f.phrase).is_some_and(|(p, _)| p.attempt));
            let whole = |f: &Found| f.start == 0 && f.end == line.packed.len();
            found.retain(|f| phrases.phrase(f.phrase).is_some_and(|(p, _)| !p.whole || whole(f)));
            for found in first_and_last(found) {
                let Some((phrase, name)) = phrases.phrase(found.phrase) else { continue };
                let at = self.quote(&line, &text, found.start, found.end);
                let hit = Hit { phrase: name.to_owned(), at, speaker: heard.speaker };
                let deferred = Deferred { phrase: found.phrase, hit };
                match near::in_line(phrases.layout(), phrase, thread, &packed, (&found, line.packed.len())) {
                    Weighed::Counts => self.drafts.take(key.0, deferred.hit),
                    Weighed::Waits => thread.defer(deferred),
                    Weighed::Not => {}
                }
            }
        }
        if !heard.quoted {
            self.note_error(thread, &line, key.0, heard.speaker);
        }
        thread.remember(line);
    }

    /// Acts on what a line tells of the lines above it.
    fn settle_heard(&mut self, thread: &mut Thread, heard: &Heard, key: ThreadKey, number: u64) {
        if heard.quits {
            self.drafts.quit(number);
        }
        if let Some(from) = heard.closes_from {
            let waiting = thread.deferred.iter_mut().filter(|d| d.hit.at.number >= from);
            waiting.filter(|d| d.hit.speaker == Speaker::Unknown).for_each(|d| d.hit.speaker = Speaker::LocalStack);
            self.drafts.claim(key, from);
        }
        if let Some(from) = heard.example_from {
            thread.deferred.retain(|d| d.hit.at.number < from);
            self.drafts.retract(key, from);
        }
    }

    /// Whether a line, or what it continues, is no word of LocalStack's own. Pieces of a cut line are of one width.
    fn is_aside(&self, thread: &mut Thread, line: &Line, packed: &str) -> bool {
        let goes_on = thread.aside.take().filter(|_| !line.header);
        let begins = self.phrases.layout().is_aside(if line.header { packed } else { &line.packed });
        thread.aside = if begins && line.header { Some(line.width) } else { goes_on.filter(|w| *w == line.width) };
        begins || goes_on.is_some()
    }

    /// A later line of the record may bring what a hit needs.
    fn settle_deferred(&mut self, thread: &mut Thread, line: &Line, source: Option<usize>) {
        if thread.deferred.is_empty() {
            return;
        }
        let lower = line.packed.to_ascii_lowercase();
        for deferred in std::mem::take(&mut thread.deferred) {
            let Some((phrase, _)) = self.phrases.phrase(deferred.phrase) else { continue };
            match near::below(self.phrases.layout(), phrase, &lower) {
                Weighed::Counts => self.drafts.take(source, deferred.hit),
                Weighed::Waits => thread.deferred.push(deferred),
                Weighed::Not => {}
            }
        }
    }

    /// At the end of a record, what stands before a hit counts as well.
    fn close_record(&mut self, thread: &mut Thread, source: Option<usize>) {
        for deferred in std::mem::take(&mut thread.deferred) {
            let Some((phrase, _)) = self.phrases.phrase(deferred.phrase) else { continue };
            if near::above(self.phrases.layout(), phrase, thread, deferred.hit.at.number) {
                self.drafts.take(source, deferred.hit);
            }
        }
        thread.record.clear();
        thread.traceback = false;
    }

    fn note_error(&mut self, thread: &mut Thread, line: &Line, source: Option<usize>, speaker: Speaker) {
        let foreign = source.and_then(|s| self.sources.get(s)).is_some_and(|s| !s.localstack);
        // Within a start, another program's error is not how the start failed.
        let started = self.drafts.has_started();
        if foreign || (started && speaker == Speaker::Other) {
            return;
        }
        let phrases = Arc::clone(&self.phrases);
        let lines = &phrases.layout().lines;
        thread.traceback |= lines.traceback.is_match(&line.message);
        let served = self.phrases.layout().is_served(&line.message);
        if served || self.phrases.layout().is_ready(&line.message) {
            self.drafts.current(line.number).into_iter().for_each(|run| _ = run.opened.get_or_insert(line.number));
        }
        let is_exception = thread.traceback && lines.exception.is_match(&line.message);
        let is_error = is_exception || lines.error.is_match(&line.message);
        if !served && !is_error {
            return;
        }
        let shown = self.quote(line, &line.message, 0, 0);
        let Some(run) = self.drafts.current(line.number) else { return };
        if served {
            run.served = Some(shown);
        } else {
            run.last_error = Some(shown);
        }
    }

    /// The text around a hit, with the lines it spans joined, and without secrets. They are hidden before anything is cut off:
    /// half a secret is not recognised as one.
    fn quote(&self, line: &Line, text: &str, start: usize, end: usize) -> LogLine {
        let hidden = self.scrubber.hide(text);
        let own = hidden.split('\n').next().unwrap_or_default().chars().count();
        let start = if hidden == text { start } else { shifted(&self.scrubber, text, start) };
        let end = if hidden == text { end } else { shifted(&self.scrubber, text, end) };
        let shown = excerpt(&hidden, own, start, end);
        LogLine { number: line.number, stream: line.stream, text: shown.trim().to_owned() }
    }
}

/// Where an offset in the packed text stands once secrets are hidden: what is hidden before it has another length.
fn shifted(scrubber: &Scrubber, text: &str, offset: usize) -> usize {
    let mut packed = 0;
    let before: String = text
        .chars()
        .take_while(|c| {
            let within = packed < offset;
            packed += if c.is_whitespace() { 0 } else { c.len_utf8() };
            within
        })
        .collect();
    pack(&scrubber.hide(&before)).len()
}
