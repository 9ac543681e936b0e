//! The answer as one JSON object, complete, and the same within a schema version.

use jiff::Timestamp;
use serde::Serialize;

use crate::diagnosis::{
    CheckRow, Confidence, Diagnosis, Evidence, Finding, Instance, OtherInstance, Remedy, RuledOut, Start, Status,
    Unknown,
};
use crate::observations::{Engine, Observation};

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
    ruled_out: &'a [RuledOut],
    unknowns: &'a [Unknown],
    checks: &'a [CheckRow],
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<&'a Start>,
    instance: &'a Instance,
    others: &'a [OtherInstance],
}

/// The answers about every instance.
#[derive(Debug, Serialize)]
struct Fleet<'a> {
    schema_version: u32,
    tool: Tool,
    generated_at: Timestamp,
    instances: Vec<Answer<'a>>,
    sources: Vec<SourceState<'a>>,
}

/// A source of instances, and whether it could be asked.
#[derive(Debug, Serialize)]
struct SourceState<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    address: Option<&'a str>,
    /// Why it could not be asked; its instances are missing from the list then.
    error: Option<&'a str>,
}

const TOOL: Tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

/// Renders the answer.
///
/// # Errors
/// When the answer cannot be written as JSON, which would be a fault of ours.
pub fn render(diagnosis: &Diagnosis, now: Timestamp) -> Result<String, serde_json::Error> {
    pretty(&answer(diagnosis, now))
}

/// Renders the answers about every instance as one object, with the source that they come from.
///
/// # Errors
/// When the answers cannot be written as JSON, which would be a fault of ours.
pub fn render_each<'a>(
    answers: impl Iterator<Item = &'a Diagnosis>,
    source: &'a Observation<Engine>,
    now: Timestamp,
) -> Result<String, serde_json::Error> {
    let sources = match source {
        Observation::Seen { value, .. } => vec![SourceState {
            name: Some(&value.name),
            version: Some(&value.version),
            address: Some(&value.address),
            error: None,
        }],
        Observation::Failed { error, .. } => {
            vec![SourceState { name: None, version: None, address: None, error: Some(&error.detail) }]
        }
        _ => Vec::new(),
    };
    let instances = answers.map(|diagnosis| answer(diagnosis, now)).collect();
    pretty(&Fleet { schema_version: SCHEMA_VERSION, tool: TOOL, generated_at: now, instances, sources })
}

fn pretty(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

fn answer(diagnosis: &Diagnosis, now: Timestamp) -> Answer<'_> {
    let head = &diagnosis.headline;
    Answer {
        schema_version: SCHEMA_VERSION,
        tool: TOOL,
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
        ruled_out: &diagnosis.ruled_out,
        unknowns: &diagnosis.unknowns,
        checks: &diagnosis.checks,
        start: diagnosis.start.as_ref(),
        instance: &diagnosis.instance,
        others: &diagnosis.others,
    }
}
