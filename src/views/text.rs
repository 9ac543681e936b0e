//! The answer as text that a tired person reads in five seconds: verdict, why, proof, what to type.

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

use super::glyphs::{Charset, check_word, confidence_word, severity_word, verdict_word};
use crate::diagnosis::{CheckRow, CheckStatus, Diagnosis, Evidence, Remedy, Severity, Status};

/// How text is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Columns, at least 40.
    pub width: usize,
    /// Characters that may be used.
    pub charset: Charset,
    /// Whether colour is used.
    pub color: bool,
    /// How much is told.
    pub detail: Detail,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// The verdict.
    Quiet,
    /// Verdict, proof, remedies, and the checks that are not fine.
    #[default]
    Normal,
    /// Every check, with its timing and detail.
    Verbose,
}

/// A page that text is written on.
pub(super) struct Page {
    out: String,
    layout: Layout,
}

/// Renders the answer.
pub fn render(diagnosis: &Diagnosis, layout: Layout) -> String {
    let mut page = Page::new(layout);
    page.verdict(diagnosis);
    if layout.detail == Detail::Quiet {
        return page.out;
    }
    page.evidence(&diagnosis.headline.evidence);
    page.remedies(&diagnosis.headline.remedies);
    page.findings(diagnosis);
    page.checks(&diagnosis.checks);
    page.unknowns(diagnosis);
    page.others(diagnosis);
    page.instance(diagnosis);
    page.out
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const COMMAND: Style = AnsiColor::Cyan.on_default();

const fn verdict_style(status: Status, headline: Severity) -> Style {
    match status {
        Status::Activated if matches!(headline, Severity::Error) => AnsiColor::Red.on_default().bold(),
        Status::Activated => AnsiColor::Green.on_default().bold(),
        Status::NotActivated => AnsiColor::Red.on_default().bold(),
        Status::NoLicenseNeeded => AnsiColor::Blue.on_default().bold(),
        Status::Undecided => AnsiColor::Yellow.on_default().bold(),
    }
}

const fn check_style(status: CheckStatus) -> Style {
    match status {
        CheckStatus::Pass => AnsiColor::Green.on_default(),
        CheckStatus::Fail => AnsiColor::Red.on_default(),
        CheckStatus::Warn | CheckStatus::Error => AnsiColor::Yellow.on_default(),
        CheckStatus::Skip | CheckStatus::Pending => DIM,
    }
}

impl Page {
    fn styled(&self, style: Style, text: &str) -> String {
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

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// A paragraph, wrapped, with these indents.
    pub(super) fn paragraph(&mut self, first: &str, rest: &str, text: &str) {
        let text = if self.layout.charset == Charset::Ascii { ascii(text) } else { text.to_owned() };
        let options = Options::new(self.layout.width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        for line in textwrap::wrap(&text, options) {
            self.line(&line);
        }
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.out.push('\n');
        let text = self.styled(BOLD, text);
        self.line(&text);
    }

    fn verdict(&mut self, d: &Diagnosis) {
        let grave = d.headline.severity;
        let sign = self.layout.charset.verdict(d.status, grave);
        let word = self.styled(verdict_style(d.status, grave), &format!("{sign} {}", verdict_word(d.status, grave)));
        let sure = if d.headline.evidence.is_empty() { "" } else { confidence_word(d.headline.confidence) };
        let cause = if sure.is_empty() { d.headline.cause.clone() } else { format!("{} ({sure})", d.headline.cause) };
        let line = format!("{word}  {cause}");
        self.line(&line);
        self.paragraph("  ", "  ", &d.headline.summary);
    }

    fn evidence(&mut self, evidence: &[Evidence]) {
        if evidence.is_empty() {
            return;
        }
        self.heading("Proof");
        for e in evidence {
            self.one_evidence("  ", e);
        }
    }

    fn one_evidence(&mut self, indent: &str, e: &Evidence) {
        let place = match e.line {
            Some(line) if line > 0 => format!("{}, line {line}", e.source),
            _ => e.source.clone(),
        };
        let text: String = e.text.chars().take(600).collect();
        let text = if place.is_empty() { text } else { format!("{place}: {text}") };
        self.paragraph(&format!("{indent}- "), &format!("{indent}  "), &text);
    }

    fn remedies(&mut self, remedies: &[Remedy]) {
        if remedies.is_empty() {
            return;
        }
        self.heading("What to do");
        for (index, remedy) in remedies.iter().enumerate() {
            self.remedy(&format!("  {}. ", index + 1), remedy);
        }
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
            self.line(&format!("{indent}{url}"));
        }
    }

    fn findings(&mut self, d: &Diagnosis) {
        if d.findings.is_empty() {
            return;
        }
        self.heading("Also worth knowing");
        for f in &d.findings {
            self.paragraph("  - ", "    ", &format!("{} ({}): {}", severity_word(f.severity), f.cause, f.summary));
            for e in f.evidence.iter().take(2) {
                self.one_evidence("    ", e);
            }
            // What is only worth knowing needs nothing to be done at once.
            let told = self.layout.detail == Detail::Verbose || f.severity > Severity::Info;
            if let Some(remedy) = f.remedies.first().filter(|_| told) {
                self.remedy("    > ", remedy);
            }
        }
    }

    fn checks(&mut self, rows: &[CheckRow]) {
        let verbose = self.layout.detail == Detail::Verbose;
        let shown: Vec<&CheckRow> =
            rows.iter().filter(|r| verbose || !matches!(r.status, CheckStatus::Pass | CheckStatus::Skip)).collect();
        if shown.is_empty() {
            return;
        }
        self.heading(if verbose { "Checks" } else { "Checks that are not fine" });
        for row in shown {
            let sign = self.layout.charset.check(row.status);
            let word = self.styled(check_style(row.status), &format!("{sign} {:<5}", check_word(row.status)));
            let time = row.duration_ms.filter(|_| verbose).map_or_else(String::new, |ms| format!(" ({ms:.1} ms)"));
            let head = format!("  {word} {:<12}", row.id.name());
            let indent = " ".repeat(23);
            let text = format!("{}{time}", row.summary);
            let options = Options::new(self.layout.width.saturating_sub(23).max(20)).break_words(false);
            let text = if self.layout.charset == Charset::Ascii { ascii(&text) } else { text };
            let lines: Vec<_> = textwrap::wrap(&text, options).into_iter().map(|l| l.into_owned()).collect();
            for (index, line) in lines.iter().enumerate() {
                let line = if index == 0 { format!("{head} {line}") } else { format!("{indent}{line}") };
                self.line(&line);
            }
            if verbose {
                for detail in &row.detail {
                    self.paragraph(&format!("{indent}- "), &format!("{indent}  "), detail);
                }
            }
        }
    }

    fn unknowns(&mut self, d: &Diagnosis) {
        if d.unknowns.is_empty() {
            return;
        }
        self.heading("Not seen");
        for u in &d.unknowns {
            self.paragraph("  - ", "    ", &format!("{}: {}", u.what, u.settle));
        }
    }

    fn others(&mut self, d: &Diagnosis) {
        if d.others.is_empty() {
            return;
        }
        self.heading("Other instances");
        for o in &d.others {
            let image = o.image.as_deref().unwrap_or("unknown image");
            self.paragraph("  - ", "    ", &format!("{} ({image}): {}", o.container, o.summary));
        }
    }

    fn instance(&mut self, d: &Diagnosis) {
        let i = &d.instance;
        let mut facts: Vec<String> = Vec::new();
        facts.extend(i.container.clone());
        facts.extend(i.image.clone());
        facts.extend(i.version.as_ref().map(|v| format!("LocalStack {v}")));
        facts.extend(i.edition.clone());
        facts.extend(i.endpoint.clone());
        facts.extend(i.launched_by.as_ref().filter(|l| *l != "unknown").map(|l| format!("started by {l}")));
        facts.extend(i.exit_code.map(|c| format!("exit code {c}")));
        if facts.is_empty() {
            return;
        }
        self.out.push('\n');
        let text = facts.join(&format!(" {} ", self.layout.charset.dot()));
        let text = self.styled(DIM, &text);
        self.line(&text);
    }
}

/// Nothing but ASCII: what has no likeness becomes a question mark.
fn ascii(text: &str) -> String {
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
