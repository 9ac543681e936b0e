//! The answer as markdown, for an issue, a mail or a job summary.

use std::fmt::Write as _;

use super::glyphs::{check_word, confidence_word, severity_word, verdict_word};
use crate::diagnosis::{Diagnosis, Evidence, Finding, OtherInstance, Remedy, RuledOut, Start, Unknown};

/// Renders the answer.
pub fn render(d: &Diagnosis) -> String {
    let mut out = String::new();
    let head = &d.headline;
    let _ = writeln!(out, "## LocalStack: {}", verdict_word(d.status, d.headline.severity).to_lowercase());
    let _ = writeln!(out, "\n**{}** (`{}`, {})\n", head.title, head.cause, confidence_word(head.confidence));
    let _ = writeln!(out, "{}", prose(&head.summary));
    evidence(&mut out, &head.evidence);
    remedies(&mut out, &head.remedies);
    findings(&mut out, &d.findings);
    ruled_out(&mut out, &d.ruled_out);
    unknowns(&mut out, &d.unknowns);
    checks(&mut out, d);
    start(&mut out, d.start.as_ref());
    instance(&mut out, d);
    others(&mut out, &d.others);
    out
}

/// Renders the answer as one paragraph with its proof, to paste into an issue.
pub fn paragraph(d: &Diagnosis) -> String {
    let head = &d.headline;
    let verdict = verdict_word(d.status, head.severity).to_lowercase();
    let sure = confidence_word(head.confidence);
    let mut out = format!("LocalStack: **{verdict}** (`{}`, {sure}). {}", head.cause, prose(&head.summary));
    for (index, e) in head.evidence.iter().take(2).enumerate() {
        let word = if index == 0 { " Proof:" } else { ";" };
        let place = format!("{}{}", cell(&e.source), line_of(e));
        let place = if place.is_empty() { String::new() } else { format!(" {place}:") };
        let _ = write!(out, "{word}{place} {}", code(&e.text.replace('\n', " ")));
    }
    let i = &d.instance;
    let version = i.version.as_ref().map(|version| format!("LocalStack {version}"));
    let facts: Vec<_> =
        [i.container.clone(), i.image.clone(), version].into_iter().flatten().map(|f| cell(&f)).collect();
    if !head.evidence.is_empty() {
        out.push('.');
    }
    if !facts.is_empty() {
        let _ = write!(out, " ({})", facts.join(", "));
    }
    out.push('\n');
    out
}

/// Text that markdown does not read as markup: what stands between back quotes, with longer quotes around them where needed.
pub fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A block of lines, fenced so that nothing in it can end it.
pub fn block(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

fn evidence(out: &mut String, list: &[Evidence]) {
    if list.is_empty() {
        return;
    }
    out.push_str("\n### Proof\n\n");
    for e in list {
        let _ = writeln!(out, "- {}{}: {}", cell(&e.source), line_of(e), code(&e.text));
    }
}

fn remedies(out: &mut String, list: &[Remedy]) {
    if list.is_empty() {
        return;
    }
    out.push_str("\n### What to do\n\n");
    steps(out, list);
}

/// The remedies as a numbered list.
pub(super) fn steps(out: &mut String, list: &[Remedy]) {
    for (index, remedy) in list.iter().enumerate() {
        let _ = writeln!(out, "{}. {}", index + 1, prose(&remedy.text));
        if let Some(file) = &remedy.file {
            let _ = writeln!(out, "\n   in {}:", code(file));
        }
        if let Some(command) = &remedy.command {
            let indented: String = block(command).lines().map(|l| format!("   {l}\n")).collect();
            let _ = write!(out, "\n{indented}");
        }
        if let Some(url) = &remedy.url {
            let _ = writeln!(out, "   <{url}>");
        }
    }
}

fn findings(out: &mut String, list: &[Finding]) {
    if list.is_empty() {
        return;
    }
    out.push_str("\n### Also worth knowing\n\n");
    for f in list {
        let _ = writeln!(out, "- {} (`{}`): {}", severity_word(f.severity), f.cause, prose(&f.summary));
        for e in &f.evidence {
            let _ = writeln!(out, "  - {}{}: {}", cell(&e.source), line_of(e), code(&e.text));
        }
        for remedy in &f.remedies {
            to_do(out, remedy);
        }
    }
}

/// What a finding wants done, below its line.
fn to_do(out: &mut String, remedy: &Remedy) {
    let file = remedy.file.as_ref().map_or_else(String::new, |file| format!(" (in {})", code(file)));
    let url = remedy.url.as_ref().map_or_else(String::new, |url| format!(" <{url}>"));
    let _ = writeln!(out, "  - to do: {}{file}{url}", remedy.text);
    if let Some(command) = &remedy.command {
        let indented: String = block(command).lines().map(|l| format!("    {l}\n")).collect();
        let _ = write!(out, "\n{indented}");
    }
}

fn unknowns(out: &mut String, list: &[Unknown]) {
    if list.is_empty() {
        return;
    }
    out.push_str("\n### Not known, and what would show it\n\n");
    for unknown in list {
        let _ = writeln!(out, "- {}: {}", prose(&unknown.what), prose(&unknown.settle));
    }
}

fn ruled_out(out: &mut String, list: &[RuledOut]) {
    if list.is_empty() {
        return;
    }
    out.push_str("\n### Ruled out\n\n");
    for ruled_out in list {
        let place = |e: &Evidence| {
            if e.source.is_empty() { String::new() } else { format!("{}{}: ", cell(&e.source), line_of(e)) }
        };
        let why: Vec<_> = ruled_out.evidence.iter().map(|e| format!("{}{}", place(e), code(&e.text))).collect();
        let _ = writeln!(out, "- not {}: {}", ruled_out.what, why.join("; "));
    }
}

/// The steps of the judged start, where they have times.
fn start(out: &mut String, start: Option<&Start>) {
    let Some(start) = start.filter(|start| !start.steps.is_empty()) else { return };
    out.push_str("\n### How the start went\n\n| after | step | line |\n|---|---|---|\n");
    for step in &start.steps {
        let line = step.line.map(|line| line.to_string()).unwrap_or_default();
        let _ =
            writeln!(out, "| {}.{} s | {} | {line} |", step.after_ms / 1_000, step.after_ms % 1_000 / 100, step.what);
    }
    if let Some(slow) = &start.slow {
        let _ = writeln!(out, "\n{slow}");
    }
}

fn others(out: &mut String, list: &[OtherInstance]) {
    if list.is_empty() {
        return;
    }
    out.push_str("\n### Other instances\n\n");
    for other in list {
        let image = other.image.as_deref().map_or_else(String::new, |i| format!(" ({})", cell(i)));
        let _ = writeln!(out, "- {}{image}, {}: {}", cell(&other.container), other.state, prose(&other.summary));
    }
}

fn line_of(e: &Evidence) -> String {
    e.line.filter(|l| *l > 0).map_or_else(String::new, |l| format!(", line {l}"))
}

fn checks(out: &mut String, d: &Diagnosis) {
    if d.checks.is_empty() {
        return;
    }
    out.push_str("\n### Checks\n\n| check | outcome | time | what was seen |\n|---|---|---|---|\n");
    for row in &d.checks {
        let time = row.duration_ms.map_or_else(String::new, |ms| format!("{ms:.1} ms"));
        let _ = writeln!(out, "| {} | {} | {time} | {} |", row.id, check_word(row.status), cell(&row.summary));
    }
}

fn instance(out: &mut String, d: &Diagnosis) {
    let i = &d.instance;
    let fields = [
        ("container", i.container.clone()),
        ("image", i.image.clone()),
        ("version", i.version.clone()),
        ("edition", i.edition.clone()),
        ("endpoint", i.endpoint.clone()),
        ("started", i.started_at.map(|t| t.to_string())),
        ("exit code", i.exit_code.map(|c| c.to_string())),
        ("started by", i.launched_by.clone().filter(|by| by != "unknown")),
    ];
    if fields.iter().all(|(_, v)| v.is_none()) {
        return;
    }
    out.push_str("\n### Instance\n\n| | |\n|---|---|\n");
    for (name, value) in fields {
        if let Some(value) = value {
            let _ = writeln!(out, "| {name} | {} |", cell(&value));
        }
    }
}

/// A table cell: no bars, no markup, no mention, one line.
pub fn cell(text: &str) -> String {
    around_code(text, |text| plain(text).replace('_', "\\_")).replace('|', "\\|")
}

/// A sentence, which may quote what somebody else wrote: no markup but what stands between back quotes, no mention, one line.
pub(super) fn prose(text: &str) -> String {
    around_code(text, plain)
}

/// The text with its code as it is, and all else made harmless.
fn around_code(text: &str, harmless: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.find('`').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(&harmless(before));
        let after = tail.trim_start_matches('`');
        let quotes = tail.len() - after.len();
        let (code, left) = after.split_at_checked(end_of_code(after, quotes).unwrap_or(0)).unwrap_or_default();
        let quote = if code.is_empty() { "\\`" } else { "`" };
        out.push_str(&quote.repeat(quotes));
        out.push_str(&code.replace(['\n', '\r'], " "));
        rest = left;
    }
    out + &harmless(rest)
}

/// Where code ends that so many back quotes began: behind the next ones of the same number, as markdown has it.
fn end_of_code(text: &str, quotes: usize) -> Option<usize> {
    let mut end = 0;
    loop {
        let tail = text.get(end..)?;
        let run = tail.get(tail.find('`')?..)?;
        let after = run.trim_start_matches('`');
        end = text.len() - after.len();
        if run.len() - after.len() == quotes {
            return Some(end);
        }
    }
}

/// Text without code: an at sign that follows no letter would mention somebody.
fn plain(text: &str) -> String {
    let mut before = ' ';
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '\\' | '*' | '[' => out.extend(['\\', c]),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\n' | '\r' => out.push(' '),
            '@' if !before.is_alphanumeric() => out.push_str("@&#8203;"),
            c => out.push(c),
        }
        before = c;
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_quoted_can_break_out() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert!(block("x\n```\ny").starts_with("````text\n"));
        assert_eq!(cell("a|b<script>"), "a\\|b&lt;script>");
        assert_eq!(cell("a`b|c_d` e_f `g @everyone"), "a`b\\|c_d` e\\_f \\`g @&#8203;everyone");
    }

    #[test]
    fn a_sentence_quotes_without_markup_and_keeps_our_code() {
        for (text, shown) in [
            ("set `A_B=<x>`, or ask a@b.c", "set `A_B=<x>`, or ask a@b.c"),
            ("\"<img src=x> @everyone &#64;all\"", "\"&lt;img src=x> @&#8203;everyone &amp;#64;all\""),
            ("![x](http://x) *b*\n# h", "!\\[x](http://x) \\*b\\* # h"),
            // Back quotes that close nothing are none, and those that are escaped open nothing.
            ("a `` <b> `c`", "a \\`\\` &lt;b> `c`"),
            ("a ``` <b>", "a \\`\\`\\` &lt;b>"),
            ("\\` <b> `", "\\\\` <b> `"),
            ("``a`<b>`` <c>", "``a`<b>`` &lt;c>"),
        ] {
            assert_eq!(prose(text), shown);
        }
    }
}
