//! The answer as one JSON object, complete, and the same within a schema version.

use jiff::Timestamp;
use serde::Serialize;

use crate::diagnosis::{
    CheckRow, Confidence, Diagnosis, Evidence, Finding, Instance, OtherInstance, Remedy, Status, Unknown,
};

/// The version of the format; it changes when a key changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// The tool that gave the answer.
#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    schema_version: u32,
    tool: Tool,
    generated_at: Timestamp,
    status: Status,
    activated: Option<bool>,
    cause: &'a str,
    title: &'a str,
    summary: &'a str,
    confidence: Confidence,
    doc: Option<&'a str>,
    evidence: &'a [Evidence],
    remedies: &'a [Remedy],
    findings: &'a [Finding],
    unknowns: &'a [Unknown],
    checks: &'a [CheckRow],
    instance: &'a Instance,
    others: &'a [OtherInstance],
}

/// Renders the answer.
///
/// # Errors
/// When the answer cannot be written as JSON, which would be a fault of ours.
pub fn render(diagnosis: &Diagnosis, now: Timestamp) -> Result<String, serde_json::Error> {
    let head = &diagnosis.headline;
    let answer = Answer {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        generated_at: now,
        status: diagnosis.status,
        activated: diagnosis.activated,
        cause: &head.cause,
        title: &head.title,
        summary: &head.summary,
        confidence: head.confidence,
        doc: head.doc.as_deref(),
        evidence: &head.evidence,
        remedies: &head.remedies,
        findings: &diagnosis.findings,
        unknowns: &diagnosis.unknowns,
        checks: &diagnosis.checks,
        instance: &diagnosis.instance,
        others: &diagnosis.others,
    };
    let mut text = serde_json::to_string_pretty(&answer)?;
    text.push('\n');
    Ok(text)
}
