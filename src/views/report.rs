//! The support report: everything support asks for, and nothing that is secret; as markdown to paste, or as JSON.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::markdown;
use crate::diagnosis::{Case, Diagnosis};
use crate::observations::Snapshot;

/// An issue takes 65,536 characters; the rest is left for what people write around it.
const LARGEST: usize = 60_000;
/// The version of the stored format.
pub const FORMAT: u32 = 1;

/// A report as stored: opened again by `replay`, and judged again by `diagnose --replay`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// The version of this format.
    pub report_version: u32,
    /// The version of the tool that wrote it.
    pub tool_version: String,
    /// When it was written.
    pub generated_at: Timestamp,
    /// What was seen, scrubbed.
    pub snapshot: Snapshot,
    /// What was concluded then.
    pub diagnosis: Diagnosis,
}

impl Stored {
    /// A report of this case.
    pub fn of(case: &Case, now: Timestamp) -> Self {
        Self {
            report_version: FORMAT,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            generated_at: now,
            snapshot: case.snapshot.clone(),
            diagnosis: case.diagnosis.clone(),
        }
    }
}

/// The parts of a report, and how much of each would go in.
pub fn contents(case: &Case, hidden: u64) -> String {
    let s = &case.snapshot;
    let count = |n: usize, what: &str| format!("{n} {what}");
    let variables = s.container().map_or(0, |c| c.environment.len());
    let lines = s.logs.value().map_or(0, |l| l.tail.len() + l.runs.iter().map(|r| r.hits.len()).sum::<usize>());
    let sources = s.credentials.value().map_or(0, |c| c.process.len() + c.host.len());
    let parts = [
        ("verdict, evidence, remedies", case.diagnosis.headline.cause.clone()),
        ("checks with their times", count(case.diagnosis.checks.len(), "rows")),
        ("engine, container, image, state", s.container().map_or_else(|| "none".to_owned(), |c| c.name.clone())),
        ("environment, secret values masked", count(variables, "variables")),
        ("places of credentials, prefix and last four characters", count(sources, "places")),
        ("log of the latest start, as far as it was kept", count(lines, "lines")),
        ("cached licenses, without secret and signature", count(s.cache.value().map_or(0, Vec::len), "files")),
        ("way to the license server: names, connections, certificates", s.target.license_host.clone()),
        ("hidden texts", count(usize::try_from(hidden).unwrap_or(usize::MAX), "times")),
    ];
    parts.iter().fold(String::new(), |mut out, (what, how)| {
        let _ = writeln!(out, "{what:<62} {how}");
        out
    })
}

/// Renders the report as markdown, the oldest log lines cut first.
pub fn markdown(case: &Case, now: Timestamp, hidden: u64) -> String {
    let mut out = markdown::render(&case.diagnosis);
    let machine = &case.snapshot.target.machine;
    let _ = write!(out, "\n### Machine\n\n| | |\n|---|---|\n| system | {} {} |\n", machine.os, machine.arch);
    if let Some(ci) = &machine.ci {
        let _ = writeln!(out, "| CI | {} |", markdown::cell(&ci.name));
    }
    if let Some(engine) = case.snapshot.engine.value() {
        let text = format!("{} {} (API {}), {}", engine.name, engine.version, engine.api_version, engine.chosen_by);
        let _ = writeln!(out, "| engine | {} |", markdown::cell(&text));
    }
    details(&mut out, "Every check in detail", &check_details(case));
    details(&mut out, "Environment of LocalStack (secrets masked)", &environment(case));
    let _ = write!(
        out,
        "\nWritten by lsdoctor {} at {now:.0}. Secrets are masked on entry ({hidden} texts hidden); nothing was sent anywhere.\n",
        env!("CARGO_PKG_VERSION")
    );
    log(&mut out, case);
    out
}

fn details(out: &mut String, title: &str, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    let _ = write!(out, "\n<details><summary>{title}</summary>\n\n{}\n</details>\n", markdown::block(text));
}

fn check_details(case: &Case) -> String {
    let mut text = String::new();
    for row in &case.diagnosis.checks {
        let _ = writeln!(text, "{}: {}", row.id, row.summary);
        for line in &row.detail {
            let _ = writeln!(text, "    {line}");
        }
    }
    text.chars().take(LARGEST / 4).collect()
}

fn environment(case: &Case) -> String {
    let list = case.snapshot.container().map(|c| c.environment.as_slice()).unwrap_or_default();
    let text: String = list.iter().map(|v| format!("{}={}\n", v.name, v.value)).collect();
    text.chars().take(LARGEST / 4).collect()
}

fn log(out: &mut String, case: &Case) {
    let Some(log) = case.snapshot.logs.value() else { return };
    let hits = log.runs.last().map(|r| r.hits.as_slice()).unwrap_or_default();
    let mut lines: Vec<(u64, &str)> = hits.iter().map(|h| (h.at.number, h.at.text.as_str())).collect();
    lines.extend(log.tail.iter().map(|l| (l.number, l.text.as_str())));
    lines.sort_by_key(|(number, _)| *number);
    lines.dedup_by_key(|(number, _)| *number);
    let room = LARGEST.saturating_sub(out.len() + 400);
    let (mut size, mut kept) = (0, Vec::new());
    for (number, text) in lines.iter().rev() {
        let line = format!("{number:>6}  {text}");
        size += line.len() + 1;
        if size > room {
            break;
        }
        kept.push(line);
    }
    kept.reverse();
    let cut = lines.len() - kept.len();
    let title = if cut == 0 {
        format!("Log of the latest start ({} of {} lines)", kept.len(), log.lines)
    } else {
        format!("Log of the latest start ({} of {} lines; the {cut} oldest kept lines were cut)", kept.len(), log.lines)
    };
    details(out, &title, &kept.join("\n"));
}
