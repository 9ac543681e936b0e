//! The recent lines of the log, and how they are looked at: followed, filtered, searched, wrapped.
//! A ring of bounded size, never the log itself; what a line proves is told by the diagnosis.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::text::soft_rows;

use crate::observations::LogLine;

/// So many lines are kept: an hour of a talkative LocalStack.
const MOST_LINES: usize = 10_000;
/// So many bytes are kept, whatever the length of the lines.
const MOST_BYTES: usize = 4 << 20;
/// A single line is cut here on the screen.
const LONGEST_LINE: usize = 16 << 10;
/// Words of lines about the license; for reading only, they prove nothing.
const LICENSE_WORDS: [&str; 9] = [
    "licens",
    "auth_token",
    "api_key",
    "api key",
    "activat",
    "credentials",
    "api.localstack.cloud",
    "exit code",
    "localstack version",
];
static ABOUT_LICENSE: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(LICENSE_WORDS).ok());
/// Columns that a step to the side goes.
pub(super) const SIDE_STEP: usize = 16;

/// The recent lines, and how they are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPane {
    lines: VecDeque<Entry>,
    bytes: usize,
    /// The end is shown, and stays in sight.
    pub follow: bool,
    /// The number of the first line that is shown, when the end is not followed.
    pub top: u64,
    /// Only lines about the license.
    pub license_only: bool,
    /// Lines are shown whole, with date, thread and logger; else with the time of day alone.
    pub heads: bool,
    /// Long lines go on below.
    pub wrap: bool,
    /// Columns that are hidden on the left, when lines are cut.
    pub shift: usize,
    /// What is searched for.
    pub query: String,
    /// The number of the match that is looked at.
    pub current: Option<u64>,
}

/// A line, and whether it is about the license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line.
    pub line: LogLine,
    /// It is about the license.
    pub license: bool,
}

impl Default for LogPane {
    fn default() -> Self {
        Self {
            lines: VecDeque::new(),
            bytes: 0,
            follow: true,
            top: 0,
            license_only: false,
            heads: false,
            wrap: true,
            shift: 0,
            query: String::new(),
            current: None,
        }
    }
}

impl LogPane {
    /// Takes lines in. A number that is not greater than the last one begins a new log.
    pub fn take(&mut self, lines: Vec<LogLine>) {
        for mut line in lines {
            if self.lines.back().is_some_and(|last| line.number <= last.line.number) {
                self.clear();
            }
            if line.text.len() > LONGEST_LINE {
                line.text.truncate(floor_boundary(&line.text, LONGEST_LINE));
                line.text.push('…');
            }
            self.bytes += line.text.len();
            let license = ABOUT_LICENSE.as_ref().is_some_and(|words| words.is_match(&line.text));
            self.lines.push_back(Entry { line, license });
            while self.lines.len() > MOST_LINES || self.bytes > MOST_BYTES {
                self.bytes -= self.lines.pop_front().map_or(0, |gone| gone.line.text.len());
            }
        }
    }

    /// Forgets the lines, and keeps how they are looked at.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.bytes = 0;
        self.top = 0;
        self.current = None;
        self.follow = true;
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// A copy of the kept lines, oldest first, for a report.
    pub fn lines(&self) -> Vec<LogLine> {
        self.lines.iter().map(|entry| entry.line.clone()).collect()
    }

    /// How many lines are kept.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// How many bytes of text are kept.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The lines that pass the filter.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.lines.iter().filter(|entry| !self.license_only || entry.license)
    }

    /// The last few lines, oldest first.
    pub fn last(&self, count: usize) -> impl Iterator<Item = &Entry> {
        self.lines.iter().skip(self.lines.len().saturating_sub(count))
    }

    /// How many matches there are, and the place of the current one among them, from 1.
    pub fn matches(&self) -> (usize, Option<usize>) {
        let (mut count, mut place) = (0, None);
        for entry in self.shown().filter(|e| self.is_match(e)) {
            count += 1;
            if self.current == Some(entry.line.number) {
                place = Some(count);
            }
        }
        (count, place)
    }

    /// Goes to the next match after the current one or the top, or before it; round about at the ends.
    pub fn seek(&mut self, onward: bool) -> bool {
        let query = |e: &&Entry| self.is_match(e);
        let from = self.current.unwrap_or(if onward { self.top.saturating_sub(1) } else { self.top });
        let found = if onward {
            self.shown().filter(query).find(|e| e.line.number > from).or_else(|| self.shown().find(query))
        } else {
            self.shown().rev().filter(query).find(|e| e.line.number < from).or_else(|| self.shown().rev().find(query))
        };
        let number = found.map(|e| e.line.number);
        self.current = number;
        if let Some(number) = number {
            self.go_to(number);
        }
        number.is_some()
    }

    /// Shows a line with a little of what is before it.
    pub fn go_to(&mut self, number: u64) {
        const BEFORE: usize = 3;
        let before = self.shown().rev().filter(|e| e.line.number <= number).nth(BEFORE).map(|e| e.line.number);
        self.top = before.or_else(|| self.shown().next().map(|e| e.line.number)).unwrap_or(0);
        self.follow = false;
    }

    fn is_match(&self, entry: &Entry) -> bool {
        !self.query.is_empty() && find(&entry.line.text, &self.query, 0).is_some()
    }

    /// A line as it is shown: whole where only its head has what is searched for.
    pub fn told<'a>(&self, entry: &'a Entry) -> Cow<'a, str> {
        let whole = entry.line.text.trim_end();
        if self.heads {
            return Cow::Borrowed(whole);
        }
        let short = short(whole);
        let hidden = find(&short, &self.query, 0).is_none() && self.is_match(entry);
        if hidden { Cow::Borrowed(whole) } else { short }
    }

    /// How many rows a line takes in this width.
    pub fn rows_of(&self, entry: &Entry, width: usize) -> usize {
        if !self.wrap || entry.line.text.len() <= width {
            return 1;
        }
        soft_rows(&self.told(entry), width).len()
    }

    /// The number of the first line of the last page.
    pub fn last_page(&self, width: usize, height: usize) -> u64 {
        let mut rows = 0;
        let page = self.shown().rev().take_while(|entry| {
            rows += self.rows_of(entry, width);
            rows <= height
        });
        page.last().or_else(|| self.shown().next_back()).map_or(0, |entry| entry.line.number)
    }

    /// The number of the first line to be drawn.
    pub fn first(&self, width: usize, height: usize) -> u64 {
        let last_page = self.last_page(width, height);
        if self.follow { last_page } else { self.top.min(last_page) }
    }

    /// Scrolls by lines; at the end it follows again.
    pub fn scroll(&mut self, by: isize, width: usize, height: usize) {
        let (first, last_page) = (self.first(width, height), self.last_page(width, height));
        let target = if by < 0 {
            let before = self.shown().rev().skip_while(|e| e.line.number >= first).nth(by.unsigned_abs() - 1);
            before.or_else(|| self.shown().next())
        } else {
            self.shown()
                .skip_while(|e| e.line.number < first)
                .nth(by.unsigned_abs())
                .or_else(|| self.shown().next_back())
        };
        self.top = target.map_or(0, |e| e.line.number).min(last_page);
        self.follow = self.top >= last_page && by > 0;
    }
}

/// A line of LocalStack's without date, thread and logger, which leave no room for what it says.
pub(super) fn short(text: &str) -> Cow<'_, str> {
    let head = |(head, said): (&str, &str)| {
        let (date, rest) = head.split_once('T')?;
        let (level, _) = rest.split_once(" --- [")?;
        let (clock, level) = level.split_once('.').map(|(clock, rest)| (clock, rest.split_whitespace().nth(1)))?;
        let dated = date.len() == 10 && date.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let level = level.filter(|level| *level != "INFO").map(|level| format!("{level} ")).unwrap_or_default();
        dated.then(|| format!("{clock} {level}{said}"))
    };
    text.split_once(" : ").and_then(head).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Where a text stands in another, from a byte on; letters of ASCII match in both cases.
pub(super) fn find(text: &str, wanted: &str, from: usize) -> Option<Range<usize>> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    let first = *wanted.first()?;
    let (low, high) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    // Every kept line is searched on every draw: the first byte is looked for at the machine's speed.
    memchr::memchr2_iter(low, high, text.get(from..)?).map(|at| from + at).find_map(|at| {
        let end = at + wanted.len();
        text.get(at..end).filter(|there| there.eq_ignore_ascii_case(wanted)).map(|_| at..end)
    })
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(texts: &[&str]) -> LogPane {
        let mut book = LogPane::default();
        book.take(lines(1, texts));
        book
    }

    fn lines(first: u64, texts: &[&str]) -> Vec<LogLine> {
        let numbered = texts.iter().zip(first..);
        numbered.map(|(text, number)| LogLine { number, stream: None, text: (*text).to_owned() }).collect()
    }

    #[test]
    fn it_stays_bounded_whatever_comes() {
        let mut book = LogPane::default();
        let long = "x".repeat(100_000);
        for i in 0..20_000 {
            book.take(lines(i + 1, &[if i % 50 == 0 { &long } else { "short" }]));
        }
        assert!(book.bytes <= MOST_BYTES && book.len() <= MOST_LINES, "{} {}", book.bytes, book.len());
        assert_eq!(book.last(1).next().unwrap().line.number, 20_000);
    }

    #[test]
    fn an_older_number_begins_a_new_log() {
        let mut book = book(&["a", "b", "c"]);
        book.take(lines(1, &["new"]));
        assert_eq!(book.shown().map(|e| e.line.text.as_str()).collect::<Vec<_>>(), ["new"]);
    }

    #[test]
    fn the_last_page_counts_wrapped_rows() {
        let book = book(&["1", "2", &"3".repeat(25), "4"]);
        assert_eq!(book.last_page(10, 4), 3);
        assert_eq!(book.last_page(10, 5), 2);
        assert_eq!(book.last_page(10, 2), 4);
        assert_eq!(book.last_page(10, 100), 1);
    }

    #[test]
    fn scrolling_up_pauses_and_reaching_the_end_follows() {
        let mut book = book(&["1", "2", "3", "4", "5", "6"]);
        book.scroll(-1, 10, 3);
        assert_eq!((book.top, book.follow), (3, false));
        book.scroll(-9, 10, 3);
        assert_eq!((book.top, book.follow), (1, false));
        book.scroll(2, 10, 3);
        assert_eq!((book.top, book.follow), (3, false));
        book.scroll(50, 10, 3);
        assert_eq!((book.top, book.follow), (4, true));
    }

    #[test]
    fn search_goes_round_and_ignores_case() {
        let mut book = book(&["Token", "-", "token", "-"]);
        book.query = "TOKEN".to_owned();
        let mut seen = Vec::new();
        for _ in 0..3 {
            assert!(book.seek(true));
            seen.push(book.current.unwrap());
        }
        assert_eq!(seen, [1, 3, 1]);
        assert!(book.seek(false));
        assert_eq!((book.current, book.matches()), (Some(3), (2, Some(2))));
        book.query = "absent".to_owned();
        assert!(!book.seek(true));
    }

    #[test]
    fn the_filter_keeps_what_is_about_the_license() {
        let mut book = book(&["AWS s3.ListBuckets => 200", "License activation failed! 🔑❌", "Ready."]);
        book.license_only = true;
        assert_eq!(book.shown().map(|e| e.line.number).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_line_is_shortened_only_when_it_has_a_head() {
        let line =
            "2026-11-24T09:12:01.730  WARN --- [et.reactor-0] localstack.request.aws     : AWS s3.CreateBucket => 409";
        assert_eq!(short(line), "09:12:01 WARN AWS s3.CreateBucket => 409");
        assert_eq!(short(&line.replace("WARN", "INFO")), "09:12:01 AWS s3.CreateBucket => 409");
        for other in ["LocalStack version: 4.14.0", "a : b", "T.--- [ : x", "2026-11-24T09:12 --- [ : x", ""] {
            assert_eq!(short(other), other);
        }
    }

    #[test]
    fn a_match_in_the_head_of_a_line_shows_the_head() {
        let mut book =
            book(&["2026-11-24T09:12:01.730  INFO --- [et.reactor-0] localstack.request.aws : AWS s3 => 200"]);
        let told = |book: &LogPane| book.told(book.lines.front().unwrap()).into_owned();
        assert_eq!(told(&book), "09:12:01 AWS s3 => 200");
        book.query = "s3".to_owned();
        assert_eq!(told(&book), "09:12:01 AWS s3 => 200");
        book.query = "request.aws".to_owned();
        assert!(told(&book).contains("localstack.request.aws"));
        (book.query, book.heads) = (String::new(), true);
        assert!(told(&book).starts_with("2026-11-24T09:12:01.730"));
    }

    #[test]
    fn matches_fall_on_character_boundaries() {
        assert_eq!(find("größe 🔑 KEY", "key", 0), Some(13..16));
        assert_eq!(find("🔑🔑", "🔑", 1), Some(4..8));
        assert_eq!(find("short", "longer than it", 0), None);
    }
}
