//! Opens a recording or a JSON report, whichever a file is.
//! The formats are defined by `case::recording` and `views::report`.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use serde_json::Value;

use crate::case::recording;
use crate::case::recording::{Entry, LONGEST_LINE};
use crate::observations::Snapshot;
use crate::scrub::json::parse_foreign;
use crate::views::report;
use crate::views::report::Stored;

/// The content of a file that can be replayed.
#[derive(Debug)]
pub enum Opened {
    /// A recording, and the reason why it could not be read to its end.
    Recording(Vec<Entry>, Option<String>),
    /// A report.
    Report(Box<Stored>),
}

/// Opens a recording or a JSON report. A recording that was cut is read up to the cut.
///
/// # Errors
/// When the file cannot be read, is neither, or was written by a later version.
pub fn open(path: &Path) -> Result<Opened> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut text = String::new();
    let mut reader = BufReader::new(file);
    reader
        .by_ref()
        .take(LONGEST_LINE)
        .read_line(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    if let Ok(header @ Entry::Header { recording_version, .. }) = parse_foreign(&text) {
        if recording_version > recording::FORMAT {
            return Err(later(path, recording_version));
        }
        let (entries, cut) = recording::read(reader, header);
        return Ok(Opened::Recording(entries, cut));
    }
    reader
        .take(LONGEST_LINE * 4)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let report: Stored = parse_foreign(&text).map_err(|e| neither(path, &text, &e))?;
    if report.report_version > report::FORMAT {
        return Err(later(path, report.report_version));
    }
    Ok(Opened::Report(Box::new(report)))
}

/// The snapshot in a report or at the end of a recording, and its time.
///
/// # Errors
/// When the file cannot be opened.
pub(super) fn snapshot_of(path: &Path) -> Result<(Snapshot, Timestamp)> {
    Ok(match open(path)? {
        Opened::Report(report) => (report.snapshot, report.generated_at),
        Opened::Recording(entries, _) => recording::last_snapshot(entries),
    })
}

/// The error for a file that cannot be read. If a later version wrote it, that is the reason: its fields may differ.
fn neither(path: &Path, text: &str, error: &serde_json::Error) -> anyhow::Error {
    let value: Value = serde_json::from_slice(text.lines().next().unwrap_or_default().as_bytes())
        .or_else(|_| serde_json::from_slice(text.as_bytes()))
        .unwrap_or_default();
    let version = |key: &str| value.get(key)?.as_u64().and_then(|v| u32::try_from(v).ok());
    match version("recording_version").or_else(|| version("report_version")) {
        Some(version) if version > recording::FORMAT.max(report::FORMAT) => later(path, version),
        _ => anyhow!("{} is neither a recording nor a JSON report: {error}", path.display()),
    }
}

fn later(path: &Path, version: u32) -> anyhow::Error {
    anyhow!("{} was written by a newer lsdoctor (format {version}): open it with that version", path.display())
}
