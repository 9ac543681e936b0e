//! What the cause means, everything that proves it, all other findings, and what is not known.
//! The words come from the catalogue and the diagnosis.

use super::checks::evidence_lines;
use super::pieces::{Page, heading, severity_mark, span};
use crate::dashboard::model::Model;
use crate::dashboard::text;
use crate::dashboard::theme::Role;
use crate::views::glyphs::confidence_word;

/// The page.
pub(super) fn page(model: &Model, width: usize) -> Page {
    let (look, diagnosis) = (&model.look, &model.observed.case.diagnosis);
    let headline = &diagnosis.headline;
    let mut page = Page::default();
    if model.looking() {
        page.line(heading(look, "Explain", "", width));
        page.gap();
        page.line(span(look, Role::Quiet, "  There is no verdict yet."));
        return page;
    }
    page.line(heading(look, &headline.title, &headline.cause, width));
    page.gap();
    page.prose(look, Role::Text, 2, &headline.summary, width);
    let words = model.setup.explain.get(&headline.cause);
    if let Some(words) = words {
        page.gap();
        page.prose(look, Role::Text, 2, words.means.trim(), width);
    }
    if let Some(url) = words.and_then(|words| words.doc.as_deref()) {
        page.gap();
        page.prose(look, Role::Accent, 2, url, width);
    }
    if !headline.evidence.is_empty() {
        page.gap();
        page.line(heading(look, "Proof", confidence_word(headline.confidence), width));
        for evidence in &headline.evidence {
            evidence_lines(model, &mut page, evidence, 2, width);
        }
    }
    ruled_out(model, &mut page, width);
    start(model, &mut page, width);
    findings(model, &mut page, width);
    unknowns(model, &mut page, width);
    if let Some(words) = words.filter(|words| !words.recognised.trim().is_empty()) {
        page.gap();
        page.line(heading(look, "How it is recognized", "", width));
        page.prose(look, Role::Quiet, 2, words.recognised.trim(), width);
    }
    page
}

/// The causes that were considered and excluded.
fn ruled_out(model: &Model, page: &mut Page, width: usize) {
    let (look, list) = (&model.look, &model.observed.case.diagnosis.ruled_out);
    if list.is_empty() {
        return;
    }
    page.gap();
    page.line(heading(look, "Ruled out", "", width));
    for ruled_out in list {
        let why: Vec<_> = ruled_out.evidence.iter().map(|e| e.text.as_str()).collect();
        page.prose(look, Role::Text, 2, &format!("not {}: {}", ruled_out.what, why.join("; ")), width);
    }
}

/// The steps of the judged start, where they have times.
fn start(model: &Model, page: &mut Page, width: usize) {
    let look = &model.look;
    let Some(start) = model.observed.case.diagnosis.start.as_ref().filter(|start| !start.steps.is_empty()) else {
        return;
    };
    page.gap();
    page.line(heading(look, "How the start went", "", width));
    for step in &start.steps {
        let line = step.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        let took = text::pad_left(&text::took(step.after_ms as f64), 8, "");
        page.line(span(look, Role::Text, format!("  {took}  {}{line}", step.what)));
    }
    if let Some(slow) = &start.slow {
        page.prose(look, Role::Warn, 2, slow, width);
    }
}

fn findings(model: &Model, page: &mut Page, width: usize) {
    let look = &model.look;
    let findings = &model.observed.case.diagnosis.findings;
    if findings.is_empty() {
        return;
    }
    page.gap();
    page.line(heading(look, "Also worth knowing", "", width));
    for finding in findings {
        let (glyph, word, role) = severity_mark(look, finding.severity);
        let dot = look.glyphs.dot();
        page.line(vec![
            span(look, role, format!("  {glyph} {word}")),
            span(look, Role::Quiet, format!(" {dot} {} {dot} {}", finding.cause, confidence_word(finding.confidence))),
        ]);
        page.prose(look, Role::Text, 4, &finding.summary, width);
        for evidence in &finding.evidence {
            evidence_lines(model, page, evidence, 4, width);
        }
        for remedy in &finding.remedies {
            page.prose(look, Role::Text, 4, &remedy.text, width);
            for line in remedy.command.iter().flat_map(|command| command.lines()) {
                for row in text::wrap(line, width.saturating_sub(7)) {
                    let quote = span(look, Role::Rule, format!("    {} ", look.glyphs.quote()));
                    page.line(vec![quote, span(look, Role::Command, row)]);
                }
            }
        }
        page.gap();
    }
    page.lines.pop();
}

fn unknowns(model: &Model, page: &mut Page, width: usize) {
    let look = &model.look;
    let unknowns = &model.observed.case.diagnosis.unknowns;
    if unknowns.is_empty() {
        return;
    }
    page.gap();
    page.line(heading(look, "Not known, and what would show it", "", width));
    for unknown in unknowns {
        page.prose(look, Role::Text, 2, &unknown.what, width);
        page.prose(look, Role::Quiet, 4, &unknown.settle, width);
    }
}
