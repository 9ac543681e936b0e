//! The catalogue for people: the list of causes, one cause in full, and the reference page.

use std::fmt::Write as _;

use textwrap::{Options, WordSplitter};

use crate::diagnosis::{Catalogue, Cause, Remedy, RemedyTemplate};

/// The list of causes.
pub fn list(catalogue: &Catalogue) -> String {
    let widest = catalogue.causes.iter().map(|c| c.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for cause in &catalogue.causes {
        let _ = writeln!(out, "{:widest$}  {:<13}  {}", cause.id, activated(cause), cause.title);
    }
    out.push_str("\n`lsdoctor explain CAUSE` tells more of one.\n");
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
    out.push_str("\nHow it is recognised\n");
    paragraphs(&mut out, &cause.recognised, width, "  ");
    if !cause.remedy.is_empty() {
        out.push_str("\nWhat mends it\n");
    }
    for (remedy, for_whom) in general(cause) {
        let text = if for_whom.is_empty() { remedy.text.clone() } else { format!("{} [{for_whom}]", remedy.text) };
        wrap(&mut out, &text, width, "  - ", "    ");
        for line in remedy.command.iter().flat_map(|c| c.trim_end().lines()) {
            let _ = writeln!(out, "      {line}");
        }
        if let Some(url) = &remedy.url {
            let _ = writeln!(out, "    {url}");
        }
    }
    if let Some(doc) = &cause.doc {
        let _ = writeln!(out, "\nMore: {doc}");
    }
    out
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
        let _ = write!(out, "\nHow it is recognised: {}\n", cause.recognised.trim());
        for (remedy, for_whom) in general(cause) {
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
        if let Some(doc) = &cause.doc {
            let _ = write!(out, "\nMore: <{doc}>\n");
        }
    }
    out
}

/// The remedies that can be told without a case, and whom they are for.
fn general(cause: &Cause) -> impl Iterator<Item = (Remedy, String)> + '_ {
    cause.remedy.iter().filter_map(|template| Some((template.general()?, launches(template))))
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
