//! The page that text answers are written on: layout, wrapping, colors and hyperlinks.
//! What is written on it is decided by the views.

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

use super::glyphs::Charset;
use crate::diagnosis::{CheckStatus, Diagnosis, Remedy, Severity, Status};

/// How text is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Columns, at least 40.
    pub width: usize,
    /// Characters that may be used.
    pub charset: Charset,
    /// Whether colour is used.
    pub color: bool,
    /// Whether the terminal takes hyperlinks (OSC 8).
    pub links: bool,
    /// How much is shown.
    pub detail: Detail,
}

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// The verdict.
    Quiet,
    /// Verdict, proof and remedies; one line for each finding and for each check with a problem.
    #[default]
    Normal,
    /// Everything: all proof, every check with its time and detail, and what was ruled out.
    Verbose,
}

/// A page that text is written on.
pub(super) struct Page {
    pub(super) out: String,
    pub(super) layout: Layout,
}

const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
const COMMAND: Style = AnsiColor::Cyan.on_default();

pub(super) const fn verdict_style(status: Status, headline: Severity) -> Style {
    match status {
        Status::Activated if matches!(headline, Severity::Error) => AnsiColor::Red.on_default().bold(),
        Status::Activated => AnsiColor::Green.on_default().bold(),
        Status::NotActivated => AnsiColor::Red.on_default().bold(),
        Status::NoLicenseNeeded => AnsiColor::Blue.on_default().bold(),
        Status::Undecided => AnsiColor::Yellow.on_default().bold(),
    }
}

pub(super) const fn check_style(status: CheckStatus) -> Style {
    match status {
        CheckStatus::Pass => AnsiColor::Green.on_default(),
        CheckStatus::Fail => AnsiColor::Red.on_default(),
        CheckStatus::Warn | CheckStatus::Error => AnsiColor::Yellow.on_default(),
        CheckStatus::Skip | CheckStatus::Pending => DIM,
    }
}

impl Page {
    pub(super) fn styled(&self, style: Style, text: &str) -> String {
        if self.layout.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// An empty page.
    pub(super) const fn new(layout: Layout) -> Self {
        Self { out: String::new(), layout }
    }

    /// The text of the page.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// A line in faint letters.
    pub(super) fn faint(&mut self, text: &str) {
        let text = self.styled(DIM, text.trim_end());
        self.line(&text);
    }

    /// A line in the color of a verdict, with its sign in front.
    pub(super) fn verdict_line(&mut self, text: &str, d: &Diagnosis) {
        let sign = self.layout.charset.verdict(d.status, d.headline.severity);
        let text = if self.layout.charset == Charset::Ascii { ascii(text) } else { text.to_owned() };
        let sign = self.styled(verdict_style(d.status, d.headline.severity), sign);
        self.line(&format!("{sign} {text}"));
    }

    pub(super) const fn verbose(&self) -> bool {
        matches!(self.layout.detail, Detail::Verbose)
    }

    /// The text as a hyperlink, where the terminal takes one. Addresses are ours or the catalogue's, never foreign text.
    pub(super) fn link(&self, text: &str, url: Option<&str>) -> String {
        match url.filter(|url| self.layout.links && url.starts_with("https://")) {
            Some(url) => format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"),
            None => text.to_owned(),
        }
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// A paragraph, wrapped, with these indents.
    pub(super) fn paragraph(&mut self, first: &str, rest: &str, text: &str) {
        self.some_lines(first, rest, text, usize::MAX);
    }

    /// The first lines of a paragraph, wrapped. Where more follow, the last one ends in an ellipsis. Returns how many were written.
    pub(super) fn some_lines(&mut self, first: &str, rest: &str, text: &str, most: usize) -> usize {
        let text = if self.layout.charset == Charset::Ascii { ascii(text) } else { text.to_owned() };
        let options = Options::new(self.layout.width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        let lines = textwrap::wrap(&text, options);
        for (index, line) in lines.iter().take(most).enumerate() {
            let cut = index + 1 == most && lines.len() > most;
            let line =
                if cut { format!("{} {}", line.trim_end(), self.layout.charset.ellipsis()) } else { line.to_string() };
            self.line(&line);
        }
        lines.len().min(most)
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.out.push('\n');
        let text = self.styled(BOLD, text);
        self.line(&text);
    }

    pub(super) fn remedy(&mut self, first: &str, remedy: &Remedy) {
        let indent = " ".repeat(first.chars().count());
        self.paragraph(first, &indent, &remedy.text);
        if let Some(file) = &remedy.file {
            let colon = if remedy.command.is_some() { ":" } else { "" };
            self.line(&format!("{indent}in {file}{colon}"));
        }
        if let Some(command) = &remedy.command {
            // Never wrapped: it is to be copied.
            for line in command.trim_end().lines() {
                let line = format!("{indent}  {}", self.styled(COMMAND, line));
                self.line(&line);
            }
        }
        if let Some(url) = &remedy.url {
            let shown = self.link(url, Some(url));
            self.line(&format!("{indent}{shown}"));
        }
    }
}

/// Nothing but ASCII: what has no likeness becomes a question mark.
pub(super) fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201C}' | '\u{201D}' => '"',
            '\u{2013}' | '\u{2014}' => '-',
            '…' => '~',
            c if c.is_ascii() => c,
            _ => '?',
        })
        .collect()
}
