//! The answer as text. The first screenful decides: verdict, why, at most three lines of proof, what to type.
//! Everything else is one line each, and complete with `-v`.

use textwrap::Options;

use super::page::{DIM, Page, ascii, check_style, verdict_style};

pub use super::page::{Detail, Layout};

use super::glyphs::{Charset, check_word, confidence_word, severity_word, verdict_word};
use crate::diagnosis::{CheckRow, CheckStatus, Confidence, Diagnosis, Evidence, Remedy, Start, Status};

/// Lines of proof, unless everything is shown.
const PROOF_LINES: usize = 3;
/// Remedies, unless everything is shown.
const REMEDIES: usize = 3;
/// Things that are not known, unless everything is shown.
const UNKNOWNS: usize = 3;

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
    page.ruled_out(diagnosis);
    page.unknowns(diagnosis);
    page.start(diagnosis.start.as_ref());
    page.others(diagnosis);
    page.instance(diagnosis);
    page.out
}

impl Page {
    fn verdict(&mut self, d: &Diagnosis) {
        let grave = d.headline.severity;
        let sign = self.layout.charset.verdict(d.status, grave);
        let word = self.styled(verdict_style(d.status, grave), &format!("{sign} {}", verdict_word(d.status, grave)));
        let sure = if d.headline.evidence.is_empty() { "" } else { confidence_word(d.headline.confidence) };
        let cause = if sure.is_empty() { d.headline.cause.clone() } else { format!("{} ({sure})", d.headline.cause) };
        let cause = self.link(&cause, d.headline.doc.as_deref());
        let line = format!("{word}  {cause}");
        self.line(&line);
        self.paragraph("  ", "  ", &d.headline.summary);
    }

    /// The proof of the verdict, the decisive piece first.
    fn evidence(&mut self, evidence: &[Evidence]) {
        if evidence.is_empty() {
            return;
        }
        self.heading("Proof");
        let mut room = if self.verbose() { usize::MAX } else { PROOF_LINES };
        let mut source = None;
        for (index, e) in evidence.iter().enumerate() {
            if room == 0 {
                return;
            }
            // The first piece decides, so it gets two of the three lines.
            let last = index + 1 == evidence.len();
            let most = if self.verbose() || last { room } else { room.div_ceil(2) };
            let text = proof(e, source == Some(&e.source));
            room = room.saturating_sub(self.some_lines("  - ", "    ", &text, most));
            source = Some(&e.source);
        }
    }

    fn remedies(&mut self, remedies: &[Remedy]) {
        if remedies.is_empty() {
            return;
        }
        self.heading("What to do");
        let most = if self.verbose() { usize::MAX } else { REMEDIES };
        for (index, remedy) in remedies.iter().take(most).enumerate() {
            self.remedy(&format!("  {}. ", index + 1), remedy);
        }
        self.more(remedies.len().saturating_sub(most), "more");
    }

    /// How many items were left out, and how to see them.
    fn more(&mut self, count: usize, what: &str) {
        if count > 0 {
            let text = self.styled(DIM, &format!("  {} {count} {what}: add `-v`", self.layout.charset.ellipsis()));
            self.line(&text);
        }
    }

    fn findings(&mut self, d: &Diagnosis) {
        if d.findings.is_empty() {
            return;
        }
        self.heading(if self.verbose() {
            "Also worth knowing"
        } else {
            "Also worth knowing (`-v` shows proof and commands)"
        });
        for f in &d.findings {
            let text = format!("{} ({}): {}", severity_word(f.severity), f.cause, f.summary);
            if !self.verbose() {
                // A second sentence mostly explains the first.
                self.some_lines("  - ", "    ", &text, 2);
                continue;
            }
            self.paragraph("  - ", "    ", &text);
            for e in &f.evidence {
                self.paragraph("    - ", "      ", &proof(e, false));
            }
            for remedy in &f.remedies {
                self.remedy("    > ", remedy);
            }
        }
    }

    fn checks(&mut self, rows: &[CheckRow]) {
        let verbose = self.verbose();
        let shown: Vec<&CheckRow> =
            rows.iter().filter(|r| verbose || !matches!(r.status, CheckStatus::Pass | CheckStatus::Skip)).collect();
        if shown.is_empty() {
            return;
        }
        self.heading(if verbose { "Checks" } else { "Checks with a problem" });
        for row in shown {
            let sign = self.layout.charset.check(row.status);
            let word = self.styled(check_style(row.status), &format!("{sign} {:<5}", check_word(row.status)));
            let time = row.duration_ms.filter(|_| verbose).map_or_else(String::new, |ms| format!(" ({ms:.1} ms)"));
            let name = self.link(row.id.name(), row.doc.as_deref());
            let pad = " ".repeat(12_usize.saturating_sub(row.id.name().len()));
            let head = format!("  {word} {name}{pad}");
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

    fn ruled_out(&mut self, d: &Diagnosis) {
        if d.ruled_out.is_empty() || !self.verbose() {
            return;
        }
        self.heading("Ruled out");
        for ruled_out in &d.ruled_out {
            let why: Vec<_> = ruled_out.evidence.iter().map(|e| proof(e, false)).collect();
            self.paragraph("  - ", "    ", &format!("not {}: {}", ruled_out.what, why.join("; ")));
        }
    }

    /// What is not known. Where the verdict is proven, it changes nothing and is left to `-v`.
    fn unknowns(&mut self, d: &Diagnosis) {
        let proven = d.headline.confidence == Confidence::Proven && d.status != Status::Undecided;
        if d.unknowns.is_empty() || (proven && !self.verbose()) {
            return;
        }
        self.heading("Not known, and what would show it");
        let most = if self.verbose() { usize::MAX } else { UNKNOWNS };
        for u in d.unknowns.iter().take(most) {
            self.paragraph("  - ", "    ", &format!("{}: {}", u.what, u.settle));
        }
        self.more(d.unknowns.len().saturating_sub(most), "more");
    }

    /// How the judged start went, where its steps have times. A slow start is worth a sentence without `-v` too.
    fn start(&mut self, start: Option<&Start>) {
        let Some(start) = start.filter(|s| !s.steps.is_empty() && (self.verbose() || s.slow.is_some())) else { return };
        self.heading("How the start went");
        if self.verbose() {
            for step in &start.steps {
                let line = step.line.map_or_else(String::new, |line| format!(" (line {line})"));
                let text = format!("  {:>8}  {}{line}", seconds(step.after_ms), step.what);
                self.line(&text);
            }
        }
        if let Some(slow) = &start.slow {
            self.paragraph("  ", "  ", slow);
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
        let labelled = |label: &str, value: &Option<String>| value.as_ref().map(|value| format!("{label} {value}"));
        let launch = i.launched_by.clone().filter(|by| by != "unknown");
        let mut facts: Vec<String> = Vec::new();
        facts.extend(labelled("container", &i.container));
        facts.extend(labelled("image", &i.image));
        facts.extend(labelled("LocalStack", &i.version));
        facts.extend(labelled("edition", &i.edition));
        facts.extend(labelled("endpoint", &i.endpoint));
        facts.extend(labelled("started by", &launch));
        facts.extend(i.exit_code.map(|c| format!("exit code {c}")));
        if facts.is_empty() {
            return;
        }
        self.out.push('\n');
        let dot = format!(" {} ", self.layout.charset.dot());
        let mut line = String::new();
        for fact in facts {
            let longer = format!("{line}{}{fact}", if line.is_empty() { "" } else { &dot });
            if longer.chars().count() <= self.layout.width {
                line = longer;
            } else {
                let full = self.styled(DIM, &std::mem::replace(&mut line, fact));
                self.line(&full);
            }
        }
        let text = self.styled(DIM, &line);
        self.line(&text);
    }
}

/// One piece of proof: its place, then the quoted text. The source is left out where the piece before it names the same one.
fn proof(e: &Evidence, same_source: bool) -> String {
    let text: String = e.text.chars().take(600).collect();
    let place = match (e.line.filter(|line| *line > 0), e.source.as_str()) {
        (Some(line), source) if same_source || source.is_empty() => format!("line {line}"),
        (Some(line), source) => format!("{source}, line {line}"),
        (None, source) => source.to_owned(),
    };
    if place.is_empty() { text } else { format!("{place}: {text}") }
}

/// A time in seconds with one digit: `3.2 s`.
fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
}
