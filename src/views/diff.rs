//! The differences between two snapshots, as text.

use super::glyphs::verdict_word;
use super::page::{Layout, Page};
use crate::diagnosis::{Comparison, Diagnosis};

/// One of the two sides: what it is called, and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What it is called, such as the file's path.
    pub name: &'a str,
    /// Its answer.
    pub diagnosis: &'a Diagnosis,
}

/// Renders both verdicts, and what differs, the likeliest reason first.
pub fn text(first: Side<'_>, second: Side<'_>, comparison: &Comparison, layout: Layout) -> String {
    let mut page = Page::new(layout);
    for (sign, side) in [("A", first), ("B", second)] {
        let head = &side.diagnosis.headline;
        let word = verdict_word(side.diagnosis.status, head.severity);
        page.verdict_line(&format!("{sign} {}: {word}  {}", side.name, head.cause), side.diagnosis);
        page.paragraph("    ", "    ", &head.summary);
    }
    if comparison.differences.is_empty() {
        page.heading("Nothing that was seen of both differs.");
    } else {
        page.heading("What differs, the likeliest reason first");
    }
    for difference in &comparison.differences {
        page.paragraph("  ", "    ", &difference.subject);
        page.paragraph("    A ", "      ", &difference.first);
        page.paragraph("    B ", "      ", &difference.second);
    }
    if !comparison.not_compared.is_empty() {
        page.heading("Not compared, because only one of the two has it");
        page.paragraph("  ", "  ", &comparison.not_compared.join(", "));
    }
    page.finish()
}
