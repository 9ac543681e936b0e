//! Lines to starts and hits: joins wrapped messages, keeps log records together, leaves out quoted source code.
//! It knows where a start begins, and nothing else about LocalStack.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, LazyLock};

use regex::bytes::Regex;

use super::excerpt::excerpt;
use super::pack::pack;
use super::phrases::{Found, Phrase, PhraseSet};
use super::prefix::{pattern, strip, unwrap_json};
use crate::observations::{Hit, LogLine, PRELUDE, Run, Stream};
use crate::scrub::Scrubber;

/// A wrapped message spans at most so many further lines.
const WRAP: usize = 4;
/// The last starts that are kept; a restart loop has thousands.
const RUNS: usize = 8;
/// Hits kept of one start.
const HITS: usize = 400;
/// Lines of a log record in which `near` is looked for.
const RECORD: usize = 150;
/// Different sources told apart in one log.
const SOURCES: usize = 32;

static FRAME: LazyLock<Regex> = LazyLock::new(|| pattern(r#"^\s*File ".*", line \d+"#));
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"^\s*(?:raise|return|print|def|if|elif|else|assert|self|LOG|LOGGER|log|logger|logging|console|msg|message)\b[\s.(=:].*[(=]|%[sdr]\b|\bf["']"#,
    )
});
static EXCEPTION_LINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[A-Za-z_][A-Za-z0-9_]*\.)*[A-Z][A-Za-z0-9_]*(?:Error|Exception|Exit|Interrupt|Warning|Failure)\b(?::.*)?$",
    )
});
static ERROR_LINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:\S+\s+)?(?:ERROR|FATAL|CRITICAL)\b|:ERROR:|^(?:ERROR|Error|FATAL)\b.*:"));

/// Everything that is kept while lines come in.
#[derive(Debug, Clone)]
pub(super) struct StartAssembler {
    phrases: Arc<PhraseSet>,
    scrubber: Arc<Scrubber>,
    sources: Vec<Source>,
    threads: BTreeMap<(Option<usize>, u8), Thread>,
    runs: VecDeque<Draft>,
}

#[derive(Debug, Clone)]
struct Source {
    name: String,
    localstack: bool,
}

/// Lines of one source and stream, in their order.
#[derive(Debug, Clone, Default)]
struct Thread {
    waiting: VecDeque<Line>,
    record: VecDeque<(u64, String)>,
    deferred: Vec<Deferred>,
    before: String,
    traceback: bool,
    /// A line that is no word of LocalStack's own may go on, if it was cut at this width.
    aside: Option<usize>,
}

#[derive(Debug, Clone)]
struct Line {
    number: u64,
    stream: Option<Stream>,
    message: String,
    packed: String,
    /// Characters of the whole line, with all that stands before the message.
    width: usize,
    header: bool,
}

/// A hit whose `near` must still be found in its record.
#[derive(Debug, Clone)]
struct Deferred {
    phrase: usize,
    hit: Hit,
}

#[derive(Debug, Clone, Default)]
struct Draft {
    run: Run,
    hits: Vec<(Option<usize>, Hit)>,
}

impl Thread {
    /// Of each phrase the first and the last are kept: what lies between tells nothing new, and a record may never end.
    fn defer(&mut self, found: Deferred) {
        let mut same = self.deferred.iter_mut().filter(|d| d.phrase == found.phrase);
        match (same.next(), same.next()) {
            (Some(_), Some(last)) => *last = found,
            _ => self.deferred.push(found),
        }
    }
}

/// The first and the last of each phrase in a line, in order.
fn ends(found: Vec<Found>) -> impl Iterator<Item = Found> {
    let last: BTreeMap<usize, usize> = found.iter().enumerate().map(|(at, f)| (f.phrase, at)).collect();
    let mut seen = BTreeSet::new();
    found
        .into_iter()
        .enumerate()
        .filter(move |(at, f)| seen.insert(f.phrase) || last.get(&f.phrase) == Some(at))
        .map(|(_, f)| f)
}

impl StartAssembler {
    pub(super) fn new(phrases: Arc<PhraseSet>, scrubber: Arc<Scrubber>) -> Self {
        Self { phrases, scrubber, sources: Vec::new(), threads: BTreeMap::new(), runs: VecDeque::new() }
    }

    /// Takes one line that may hold something; tells whether a start begins with it.
    pub(super) fn line(&mut self, number: u64, stream: Option<Stream>, bytes: &[u8]) -> bool {
        let unwrapped = unwrap_json(bytes);
        // Before anything is cut out of it: half a secret is not recognised as one.
        let text = self.scrubber.line(unwrapped.as_deref().map_or(bytes, str::as_bytes));
        let stripped = strip(&text);
        let source = stripped.source.and_then(|name| self.source(name));
        let starts = self.start_if_banner(number, stripped.message, source);
        let line = Line {
            number,
            stream,
            message: stripped.message.to_owned(),
            packed: pack(stripped.message),
            width: text.chars().count(),
            header: stripped.header,
        };
        let key = (source, stream.map_or(0, |s| 1 + s as u8));
        let mut thread = self.threads.remove(&key).unwrap_or_default();
        thread.waiting.push_back(line);
        while thread.waiting.len() > WRAP || thread.waiting.iter().skip(1).any(|l| l.header) {
            self.read_front(&mut thread, source);
        }
        self.threads.insert(key, thread);
        starts
    }

    /// Reads everything that still waits for a continuation.
    pub(super) fn flush(&mut self) {
        for key in self.threads.keys().copied().collect::<Vec<_>>() {
            let Some(mut thread) = self.threads.remove(&key) else { continue };
            while !thread.waiting.is_empty() {
                self.read_front(&mut thread, key.0);
            }
            self.close_record(&mut thread, key.0);
            self.threads.insert(key, thread);
        }
    }

    /// The starts so far, without hits of sources that are not LocalStack.
    pub(super) fn runs(&self, last_line: u64) -> Vec<Run> {
        // What still waits is read on a copy: more lines may follow and change it.
        let mut copy = self.clone();
        copy.flush();
        let named = copy.sources.iter().any(|s| s.localstack);
        let ends: Vec<u64> =
            copy.runs.iter().skip(1).map(|d| d.run.first_line.saturating_sub(1)).chain([last_line]).collect();
        let foreign =
            |source: Option<usize>| named && source.and_then(|s| copy.sources.get(s)).is_some_and(|s| !s.localstack);
        copy.runs
            .iter()
            .zip(ends)
            .map(|(draft, last_line)| {
                let mut hits: Vec<Hit> =
                    draft.hits.iter().filter(|(s, _)| !foreign(*s)).map(|(_, h)| h.clone()).collect();
                hits.sort_by_key(|h| h.at.number);
                Run { hits, last_line, ..draft.run.clone() }
            })
            .collect()
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

    fn start_if_banner(&mut self, number: u64, message: &str, source: Option<usize>) -> bool {
        let Some(rest) = self.phrases.layout().after_banner(message) else { return false };
        let version = rest.split_whitespace().next().map(|v| v.chars().take(60).collect());
        if let Some(source) = source.and_then(|s| self.sources.get_mut(s)) {
            source.localstack = true;
        }
        // Whatever waits belongs to the start before.
        self.flush();
        let hits = self.prelude(number, source);
        self.runs.push_back(Draft { run: Run { version, first_line: number, ..Run::default() }, hits });
        if self.runs.len() > RUNS {
            self.runs.pop_front();
        }
        true
    }

    /// What the start that begins here has said before its banner: taken from the start before, after its last own word.
    fn prelude(&mut self, number: u64, source: Option<usize>) -> Vec<(Option<usize>, Hit)> {
        let Some(before) = self.runs.back_mut() else { return Vec::new() };
        let fits = |hit: &Hit| hit.at.number + PRELUDE >= number && self.phrases.is_prelude(&hit.phrase);
        let others = before.hits.iter().filter(|(from, hit)| *from == source && !fits(hit));
        let last = others.map(|(_, hit)| hit.at.number).max().unwrap_or(0);
        let (hits, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut before.hits)
            .into_iter()
            .partition(|(from, hit)| *from == source && fits(hit) && hit.at.number > last);
        before.hits = rest;
        // A line that is recognised is no failure that nobody has a phrase for.
        before.run.last_error.take_if(|error| hits.iter().any(|(_, hit)| hit.at.number == error.number));
        // Where nothing else came before the first banner, no start did.
        let run = &before.run;
        if run.version.is_none() && before.hits.is_empty() && run.served.is_none() && run.last_error.is_none() {
            self.runs.pop_back();
        }
        hits
    }

    fn draft(&mut self, number: u64) -> Option<&mut Draft> {
        if self.runs.is_empty() {
            self.runs.push_back(Draft { run: Run { first_line: number, ..Run::default() }, hits: Vec::new() });
        }
        self.runs.back_mut()
    }

    /// Reads the oldest waiting line together with what may be its continuation.
    fn read_front(&mut self, thread: &mut Thread, source: Option<usize>) {
        let Some(line) = thread.waiting.pop_front() else { return };
        if line.header {
            self.close_record(thread, source);
        }
        self.settle_deferred(thread, &line, source);
        let mut packed = line.packed.clone();
        let mut text = line.message.clone();
        for next in thread.waiting.iter().take_while(|n| !n.header) {
            packed.push_str(&next.packed);
            text.push('\n');
            text.push_str(&next.message);
        }
        let quoted = FRAME.is_match(thread.before.as_bytes()) || CODE.is_match(line.message.as_bytes());
        let quoted = self.is_aside(thread, &line, &packed) || quoted;
        if !quoted {
            let phrases = Arc::clone(&self.phrases);
            let of_line = |f: &Found| f.start < line.packed.len();
            let whole = |f: &Found| f.start == 0 && f.end == line.packed.len();
            let counts = |f: &Found| phrases.phrase(f.phrase).is_some_and(|(p, _)| !p.whole || whole(f));
            for found in ends(phrases.find(&packed).filter(|f| of_line(f) && counts(f)).collect()) {
                let Some((phrase, key)) = phrases.phrase(found.phrase) else { continue };
                let hit = Hit { phrase: key.to_owned(), at: self.quote(&line, &text, found.start, found.end) };
                self.weigh(thread, source, &packed, phrase, Deferred { phrase: found.phrase, hit });
            }
        }
        self.note_error(thread, &line, source);
        thread.record.push_back((line.number, line.packed));
        if thread.record.len() > RECORD {
            thread.record.pop_front();
        }
        thread.before = line.message;
    }

    /// Whether a line, or what it continues, is no word of LocalStack's own. Pieces of a cut line are of one width.
    fn is_aside(&self, thread: &mut Thread, line: &Line, packed: &str) -> bool {
        let goes_on = thread.aside.take().filter(|_| !line.header);
        let begins = self.phrases.layout().is_aside(if line.header { packed } else { &line.packed });
        thread.aside = if begins && line.header { Some(line.width) } else { goes_on.filter(|w| *w == line.width) };
        begins || goes_on.is_some()
    }

    /// Takes a hit if its conditions hold in its own line, or defers it to the rest of its record.
    fn weigh(&mut self, thread: &mut Thread, source: Option<usize>, packed: &str, phrase: &Phrase, found: Deferred) {
        let lower = packed.to_ascii_lowercase();
        let holds = |text: &String| lower.contains(&pack(text).to_ascii_lowercase());
        if phrase.not.iter().any(holds) {
            return;
        }
        if phrase.near.is_empty() || phrase.near.iter().any(holds) {
            self.take(source, found.hit);
        } else if !lower.contains("host='") {
            thread.defer(found);
        }
    }

    /// A later line of the record may bring what a hit needs; the first host that is named decides.
    fn settle_deferred(&mut self, thread: &mut Thread, line: &Line, source: Option<usize>) {
        if thread.deferred.is_empty() {
            return;
        }
        let lower = line.packed.to_ascii_lowercase();
        for deferred in std::mem::take(&mut thread.deferred) {
            match self.phrases.phrase(deferred.phrase) {
                Some((phrase, _)) if is_near(phrase, &lower) => self.take(source, deferred.hit),
                Some(_) if lower.contains("host='") => {}
                _ => thread.deferred.push(deferred),
            }
        }
    }

    /// At the end of a record, what stands before a hit counts as well.
    fn close_record(&mut self, thread: &mut Thread, source: Option<usize>) {
        for deferred in std::mem::take(&mut thread.deferred) {
            let Some((phrase, _)) = self.phrases.phrase(deferred.phrase) else { continue };
            // Each line together with its next: what is looked for may be wrapped.
            let lines: Vec<&str> = thread
                .record
                .iter()
                .take_while(|(n, _)| *n <= deferred.hit.at.number)
                .map(|(_, packed)| packed.as_str())
                .collect();
            let mut pairs = lines.windows(2).rev().map(|pair| pair.concat().to_ascii_lowercase());
            let near = pairs
                .find(|lower| is_near(phrase, lower) || lower.contains("host='"))
                .is_some_and(|lower| is_near(phrase, &lower));
            if near {
                self.take(source, deferred.hit);
            }
        }
        thread.record.clear();
        thread.traceback = false;
    }

    /// Keeps the first and the last hit of each phrase; what lies between tells nothing new.
    fn take(&mut self, source: Option<usize>, hit: Hit) {
        let Some(draft) = self.draft(hit.at.number) else { return };
        let same: Vec<usize> = draft
            .hits
            .iter()
            .enumerate()
            .filter(|(_, (s, h))| *s == source && h.phrase == hit.phrase)
            .map(|(i, _)| i)
            .collect();
        match same.as_slice() {
            [_, .., last] => {
                if let Some(slot) = draft.hits.get_mut(*last) {
                    slot.1 = hit;
                }
            }
            _ if draft.hits.len() < HITS => draft.hits.push((source, hit)),
            _ => {}
        }
    }

    fn note_error(&mut self, thread: &mut Thread, line: &Line, source: Option<usize>) {
        let foreign = source.and_then(|s| self.sources.get(s)).is_some_and(|s| !s.localstack);
        if foreign {
            return;
        }
        thread.traceback |= line.message.starts_with("Traceback (");
        let served = self.phrases.layout().is_served(&line.message);
        if served || self.phrases.layout().is_ready(&line.message) {
            self.draft(line.number).into_iter().for_each(|draft| _ = draft.run.opened.get_or_insert(line.number));
        }
        let message = line.message.as_bytes();
        let is_error = (thread.traceback && EXCEPTION_LINE.is_match(message)) || ERROR_LINE.is_match(message);
        if !served && !is_error {
            return;
        }
        let shown = self.quote(line, &line.message, 0, 0);
        let Some(draft) = self.draft(line.number) else { return };
        if served {
            draft.run.served = Some(shown);
        } else {
            draft.run.last_error = Some(shown);
        }
    }

    /// The text around a hit, scrubbed, with the lines it spans joined.
    fn quote(&self, line: &Line, text: &str, start: usize, end: usize) -> LogLine {
        let shown = excerpt(text, line.message.chars().count(), start, end);
        LogLine { number: line.number, stream: line.stream, text: self.scrubber.hide(shown.trim()) }
    }
}

fn is_near(phrase: &Phrase, lower: &str) -> bool {
    let holds = |text: &String| lower.contains(&pack(text).to_ascii_lowercase());
    phrase.near.iter().any(holds) && !phrase.not.iter().any(holds)
}
