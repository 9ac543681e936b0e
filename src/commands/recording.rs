//! Recordings: a session's redacted observations as one JSON object a line, read back up to where they were cut.
//! The format is versioned by its first line.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::observations::{LogLine, Target, Update};
use crate::scrub::Scrubber;
use crate::views::report;
use crate::views::report::Stored;

/// The version of the format.
pub const FORMAT: u32 = 1;
/// A line of a recording is an observation; none is larger than this.
const LONGEST_LINE: u64 = 8 << 20;
/// A recording has at most so many lines: a day of a busy log.
pub(super) const MOST_LINES: usize = 1_000_000;
/// A recording has at most so many bytes: it is read back into memory.
pub(super) const LARGEST: u64 = 256 << 20;

/// One line of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", try_from = "Flat")]
pub enum Entry {
    /// The first line.
    Header {
        /// The version of the format.
        recording_version: u32,
        /// The tool's version.
        tool_version: String,
        /// When it was begun.
        at: Timestamp,
        /// What was asked for.
        target: Box<Target>,
    },
    /// An observation.
    Update {
        /// When it came.
        at: Timestamp,
        /// The observation.
        update: Box<Update>,
    },
    /// Lines of the log.
    Lines {
        /// When they came.
        at: Timestamp,
        /// The lines.
        lines: Vec<LogLine>,
    },
}

/// A line as it is stored. Read like this, no observation is copied on its way.
#[derive(Deserialize)]
struct Flat {
    kind: Kind,
    at: Timestamp,
    recording_version: Option<u32>,
    tool_version: Option<String>,
    target: Option<Box<Target>>,
    update: Option<Box<Update>>,
    lines: Option<Vec<LogLine>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Header,
    Update,
    Lines,
}

impl TryFrom<Flat> for Entry {
    type Error = &'static str;

    fn try_from(flat: Flat) -> Result<Self, &'static str> {
        let at = flat.at;
        Ok(match flat.kind {
            Kind::Header => Self::Header {
                recording_version: flat.recording_version.ok_or("missing field `recording_version`")?,
                tool_version: flat.tool_version.ok_or("missing field `tool_version`")?,
                at,
                target: flat.target.ok_or("missing field `target`")?,
            },
            Kind::Update => Self::Update { at, update: flat.update.ok_or("missing field `update`")? },
            Kind::Lines => Self::Lines { at, lines: flat.lines.ok_or("missing field `lines`")? },
        })
    }
}

impl Entry {
    /// When it came.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Header { at, .. } | Self::Update { at, .. } | Self::Lines { at, .. } => *at,
        }
    }

    /// The entry as a line.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn line(&self) -> Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }
}

/// What a file to be replayed holds.
#[derive(Debug)]
pub enum Played {
    /// A recording, with the reason where it was cut.
    Recording(Vec<Entry>, Option<String>),
    /// A report.
    Report(Box<Stored>),
}

/// Opens a recording or a JSON report. A recording that was cut is read up to the cut.
///
/// # Errors
/// When the file cannot be read, is neither, or is of a later version.
pub fn open(path: &Path) -> Result<Played> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut text = String::new();
    let mut reader = BufReader::new(file);
    reader
        .by_ref()
        .take(LONGEST_LINE)
        .read_line(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    if let Ok(header @ Entry::Header { .. }) = foreign(&text) {
        return recording(reader, header, path);
    }
    reader
        .take(LONGEST_LINE * 4)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let report: Stored = foreign(&text).map_err(|e| neither(path, &text, &e))?;
    if report.report_version > report::FORMAT {
        return Err(later(path, report.report_version));
    }
    Ok(Played::Report(Box::new(report)))
}

/// Reads what another lsdoctor wrote, or somebody in its name: its texts are as foreign as any.
fn foreign<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    let mut value = serde_json::from_slice(text.as_bytes())?;
    if !scrub(&mut value, &Scrubber::new()) {
        return serde_json::from_slice(text.as_bytes());
    }
    // By way of text: data has one reader, of bytes, which is not built twice.
    serde_json::from_slice(&serde_json::to_vec(&value)?)
}

/// Scrubs every text, and tells whether there was anything to scrub.
fn scrub(value: &mut Value, scrubber: &Scrubber) -> bool {
    let any = |found: bool, item: &mut Value| scrub(item, scrubber) || found;
    match value {
        Value::String(text) => {
            // Line by line: a diff has several, and keeps its last line feed.
            let clean = text.split('\n').map(|line| scrubber.text(line)).collect::<Vec<_>>().join("\n");
            let foul = clean != *text;
            *text = clean;
            foul
        }
        Value::Array(list) => list.iter_mut().fold(false, any),
        Value::Object(map) => map.values_mut().fold(false, any),
        _ => false,
    }
}

/// What a later version wrote may lack what this one needs: the version tells more than what is missed.
fn neither(path: &Path, text: &str, error: &serde_json::Error) -> anyhow::Error {
    let value: Value = serde_json::from_slice(text.lines().next().unwrap_or_default().as_bytes())
        .or_else(|_| serde_json::from_slice(text.as_bytes()))
        .unwrap_or_default();
    let version = |key: &str| value.get(key)?.as_u64().and_then(|v| u32::try_from(v).ok());
    match version("recording_version").or_else(|| version("report_version")) {
        Some(version) if version > FORMAT.max(report::FORMAT) => later(path, version),
        _ => anyhow!("{} is neither a recording nor a JSON report: {error}", path.display()),
    }
}

fn later(path: &Path, version: u32) -> anyhow::Error {
    anyhow!("{} was written by a later lsdoctor (format {version}): open it with that one", path.display())
}

fn recording(mut reader: impl BufRead, header: Entry, path: &Path) -> Result<Played> {
    if let Entry::Header { recording_version, .. } = &header
        && *recording_version > FORMAT
    {
        return Err(later(path, *recording_version));
    }
    let mut entries = vec![header];
    let mut size = 0;
    loop {
        let mut line = String::new();
        match reader.by_ref().take(LONGEST_LINE).read_line(&mut line) {
            Ok(0) => return Ok(Played::Recording(entries, None)),
            Ok(bytes) => size += bytes as u64,
            Err(e) => return Ok(Played::Recording(entries, Some(format!("cannot be read on: {e}")))),
        }
        match foreign(&line) {
            Ok(entry) if entries.len() < MOST_LINES && size <= LARGEST => entries.push(entry),
            Ok(_) => {
                let count = entries.len();
                return Ok(Played::Recording(
                    entries,
                    Some(format!("larger than can be opened: cut after line {count}")),
                ));
            }
            Err(_) => {
                let count = entries.len();
                return Ok(Played::Recording(entries, Some(format!("cut after line {count}"))));
            }
        }
    }
}
