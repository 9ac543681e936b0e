//! The catalogue for people: the list of causes and findings, one of them in full, and the reference page.

use std::fmt::Write as _;

use textwrap::{Options, WordSplitter};

use crate::diagnosis::{Catalogue, Cause, Remark, Remedy, RemedyTemplate, Severity};

/// Lists the causes, then the findings that are no cause of their own.
pub fn list(catalogue: &Catalogue) -> String {
    let ids = catalogue.causes.iter().map(|c| &c.id).chain(catalogue.remarks.iter().map(|r| &r.id));
    let widest = ids.map(String::len).max().unwrap_or(0);
    let mut out = String::new();
    for cause in &catalogue.causes {
        let _ = writeln!(out, "{:widest$}  {:<13}  {}", cause.id, activated(cause), cause.title);
    }
    out.push_str("\nFindings in addition to the verdict\n");
    for remark in &catalogue.remarks {
        let _ = writeln!(out, "{:widest$}  {:<13}  {}", remark.id, severity(remark), remark.title);
    }
    out.push_str("\n`lsdoctor explain CAUSE` explains one of them.\n");
    out
}

const fn activated(cause: &Cause) -> &'static str {
    match cause.activated {
        Some(true) => "activated",
        Some(false) => "not activated",
        None => "not known",
    }
}

/// One cause in full.
pub fn one(cause: &Cause, width: usize) -> String {
    let mut out = format!("{}\n{} ({})\n", cause.title, cause.id, activated(cause));
    paragraphs(&mut out, &cause.explain, width, "");
    out.push_str("\nHow it is recognized\n");
    paragraphs(&mut out, &cause.recognised, width, "  ");
    remedies(&mut out, &cause.remedy, width);
    let _ = writeln!(out, "\nMore: {}", cause.doc);
    out
}

/// One finding that is no cause of its own, in full.
pub fn remark(remark: &Remark, width: usize) -> String {
    let mut out = format!("{}\n{} (finding, {})\n", remark.title, remark.id, severity(remark));
    paragraphs(&mut out, &remark.explain, width, "");
    remedies(&mut out, &remark.remedy, width);
    let _ = writeln!(out, "\nMore: {}", remark.doc);
    out
}

const fn severity(remark: &Remark) -> &'static str {
    match remark.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

fn remedies(out: &mut String, templates: &[RemedyTemplate], width: usize) {
    let mut list = general(templates).peekable();
    if list.peek().is_some() {
        out.push_str("\nHow to fix it\n");
    }
    for (remedy, for_whom) in list {
        let text = if for_whom.is_empty() { remedy.text.clone() } else { format!("{} [{for_whom}]", remedy.text) };
        wrap(out, &text, width, "  - ", "    ");
        for line in remedy.command.iter().flat_map(|c| c.trim_end().lines()) {
            let _ = writeln!(out, "      {line}");
        }
        if let Some(url) = &remedy.url {
            let _ = writeln!(out, "    {url}");
        }
    }
}

/// The reference page.
pub fn page(catalogue: &Catalogue) -> String {
    let mut out = String::from(
        "# Causes\n\nWhat lsdoctor can conclude. This page is printed by `lsdoctor explain --markdown`.\n\n\
         | id | activated | meaning |\n|---|---|---|\n",
    );
    for cause in &catalogue.causes {
        let _ = writeln!(out, "| [{0}](#{0}) | {1} | {2} |", cause.id, activated(cause), cause.title);
    }
    for cause in &catalogue.causes {
        let _ = write!(out, "\n## {}\n\n**{}**\n\n{}\n", cause.id, cause.title, cause.explain.trim());
        let _ = write!(out, "\nHow it is recognized: {}\n", cause.recognised.trim());
        remedies_on_page(&mut out, &cause.remedy);
        let _ = write!(out, "\nMore: <{}>\n", cause.doc);
    }
    out.push_str("\n# Findings\n\nWhat lsdoctor reports in addition to the verdict.\n");
    for remark in &catalogue.remarks {
        let _ =
            write!(out, "\n## {}\n\n**{}** ({})\n\n{}\n", remark.id, remark.title, severity(remark), remark.explain);
        remedies_on_page(&mut out, &remark.remedy);
        let _ = write!(out, "\nMore: <{}>\n", remark.doc);
    }
    out
}

fn remedies_on_page(out: &mut String, templates: &[RemedyTemplate]) {
    for (remedy, for_whom) in general(templates) {
        let suffix = if for_whom.is_empty() { String::new() } else { format!(" ({for_whom})") };
        let _ = write!(out, "\n- {}{suffix}\n", remedy.text);
        if let Some(command) = &remedy.command {
            let _ = write!(out, "\n  ```\n");
            for line in command.trim_end().lines() {
                let _ = writeln!(out, "  {line}");
            }
            out.push_str("  ```\n");
        }
        if let Some(url) = &remedy.url {
            let _ = writeln!(out, "  <{url}>");
        }
    }
}

/// The remedies that can be told without a case, and whom they are for.
fn general(templates: &[RemedyTemplate]) -> impl Iterator<Item = (Remedy, String)> + '_ {
    templates.iter().filter_map(|template| Some((template.general()?, launches(template))))
}

fn launches(remedy: &RemedyTemplate) -> String {
    let names: Vec<&str> = remedy.launch.iter().map(|l| l.name()).filter(|n| *n != "unknown").collect();
    match (names.is_empty(), &remedy.versions) {
        (true, None) => String::new(),
        (true, Some(range)) => format!("LocalStack {range}"),
        (false, None) => names.join(", "),
        (false, Some(range)) => format!("{}, LocalStack {range}", names.join(", ")),
    }
}

fn paragraphs(out: &mut String, text: &str, width: usize, indent: &str) {
    for paragraph in text.trim().split("\n\n") {
        if indent.is_empty() {
            out.push('\n');
        }
        let one_line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        wrap(out, &one_line, width, indent, indent);
    }
}

fn wrap(out: &mut String, text: &str, width: usize, first: &str, rest: &str) {
    let options = Options::new(width)
        .initial_indent(first)
        .subsequent_indent(rest)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    for line in textwrap::wrap(text, options) {
        out.push_str(&line);
        out.push('\n');
    }
}
