//! The answer as markdown, for an issue, a mail or a job summary.

use std::fmt::Write as _;

use super::glyphs::{check_word, confidence_word, severity_word, verdict_word};
use crate::diagnosis::{Diagnosis, Evidence, Finding, OtherInstance, Remedy, Unknown};

/// Renders the answer.
pub fn render(d: &Diagnosis) -> String {
    let mut out = String::new();
    let head = &d.headline;
    let _ = writeln!(out, "## LocalStack: {}", verdict_word(d.status, d.headline.severity).to_lowercase());
    let _ = writeln!(out, "\n**{}** (`{}`, {})\n", head.title, head.cause, confidence_word(head.confidence));
    let _ = writeln!(out, "{}", head.summary);
    evidence(&mut out, &head.evidence);
    remedies(&mut out, &head.remedies);
    findings(&mut out, &d.findings);
    unknowns(&mut out, &d.unknowns);
    checks(&mut out, d);
    instance(&mut out, d);
    others(&mut out, &d.others);
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
    for (index, remedy) in list.iter().enumerate() {
        let _ = writeln!(out, "{}. {}", index + 1, remedy.text);
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
        let _ = writeln!(out, "- {} (`{}`): {}", severity_word(f.severity), f.cause, f.summary);
        for e in &f.evidence {
            let _ = writeln!(out, "  - {}{}: {}", cell(&e.source), line_of(e), code(&e.text));
        }
        for command in f.remedies.iter().filter_map(|r| r.command.as_deref()).filter(|c| !c.contains('\n')) {
            let _ = writeln!(out, "  - to do: {}", code(command));
        }
    }
}

fn unknowns(out: &mut String, list: &[Unknown]) {
    if list.is_empty() {
        return;
    }
    out.push_str("\n### Not seen\n\n");
    for unknown in list {
        let _ = writeln!(out, "- {}; what would settle it: {}", unknown.what, unknown.settle);
    }
}

fn others(out: &mut String, list: &[OtherInstance]) {
    if list.is_empty() {
        return;
    }
    out.push_str("\n### Other instances\n\n");
    for other in list {
        let image = other.image.as_deref().map_or_else(String::new, |i| format!(" ({})", cell(i)));
        let _ = writeln!(out, "- {}{image}, {}: {}", cell(&other.container), other.state, cell(&other.summary));
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

/// A table cell: no bars, no markup, one line.
pub fn cell(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "&lt;")
        .replace(['\n', '\r'], " ")
        .replace('*', "\\*")
        .replace('_', "\\_")
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
    }
}
