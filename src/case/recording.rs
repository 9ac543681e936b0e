//! Recordings of a session: the format of the file, reading it back, and the steps that the player plays.
//! Each line is one JSON object. The first is a header with the version of the format. A file that was cut is read up to the
//! cut. Nothing here opens a file.

use std::io::{BufRead, Read as _};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Case;
use crate::observations::{LogLine, Snapshot, Target, Update};
use crate::scrub::json::parse_foreign;

/// The version of the format.
pub const FORMAT: u32 = 1;
/// Bytes of the longest line. A line is one observation, and none is larger.
pub const LONGEST_LINE: u64 = 8 << 20;
/// Lines of a recording at most: a day of a busy log.
pub const MOST_LINES: usize = 1_000_000;
/// Bytes of a recording at most. It is read back into memory.
pub const LARGEST: u64 = 256 << 20;
/// Entries closer than this many milliseconds belong to one step.
const STEP: u64 = 10;

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
        /// The time of the first observation.
        at: Timestamp,
        /// What the recording is about.
        target: Box<Target>,
    },
    /// An observation.
    Update {
        /// The time of the observation.
        at: Timestamp,
        /// The observation.
        update: Box<Update>,
    },
    /// Lines of the log.
    Lines {
        /// The time at which they were read.
        at: Timestamp,
        /// The lines.
        lines: Vec<LogLine>,
    },
}

/// A line as it is stored. Reading into this flat form copies no observation, unlike serde's tagged enums.
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
    /// The time of the entry.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Header { at, .. } | Self::Update { at, .. } | Self::Lines { at, .. } => *at,
        }
    }

    /// The entry as a line of the file, with its line feed.
    ///
    /// # Errors
    /// When the entry cannot be written as JSON.
    pub fn line(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string(self)? + "\n")
    }
}

/// Reads the entries that follow a header. Returns them with the reason why reading stopped before the end, if it did.
pub fn read(mut reader: impl BufRead, header: Entry) -> (Vec<Entry>, Option<String>) {
    let mut entries = vec![header];
    let mut size = 0;
    loop {
        let mut line = String::new();
        match reader.by_ref().take(LONGEST_LINE).read_line(&mut line) {
            Ok(0) => return (entries, None),
            Ok(bytes) => size += bytes as u64,
            Err(e) => return (entries, Some(format!("cannot be read further: {e}"))),
        }
        let count = entries.len();
        match parse_foreign(&line) {
            Ok(entry) if count < MOST_LINES && size <= LARGEST => entries.push(entry),
            Ok(_) => return (entries, Some(format!("too large: only the first {count} lines were read"))),
            Err(_) => return (entries, Some(format!("cut after line {count}"))),
        }
    }
}

/// The snapshot at the end of a recording, and its time. It is folded like a live session, so an answer that failed to come
/// once is held back here too.
pub fn last_snapshot(entries: Vec<Entry>) -> (Snapshot, Timestamp) {
    let mut case = Case::default();
    let mut at = Timestamp::UNIX_EPOCH;
    for entry in entries {
        at = entry.at();
        match entry {
            Entry::Header { target, .. } => case.snapshot.target = *target,
            Entry::Update { update, .. } => case.apply(*update),
            Entry::Lines { .. } => {}
        }
    }
    (case.snapshot, at)
}

/// A recording in the form that the player uses: steps with their distance from the beginning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// The title, such as `missing token`.
    pub title: String,
    /// The time at which it begins.
    pub began: Timestamp,
    /// What it is about: endpoint, license server, machine.
    pub target: Target,
    /// Its steps, in the order of time.
    pub steps: Vec<Step>,
}

/// The observations and log lines of one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Milliseconds after the beginning.
    pub at_ms: u64,
    /// The title of the part that begins here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The observations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<Update>,
    /// The lines of the log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LogLine>,
}

impl Recording {
    /// Joins recordings into one, each after the one before. Their titles become titles of their first steps.
    pub fn joined(parts: Vec<Self>) -> Option<Self> {
        let mut parts = parts.into_iter();
        let mut whole = parts.next()?;
        for mut part in parts {
            let later = u64::try_from(part.began.duration_since(whole.began).as_millis()).unwrap_or(0);
            let offset = later.max(whole.length_ms());
            if let Some(first) = part.steps.first_mut() {
                first.title = Some(part.title);
            }
            whole
                .steps
                .extend(part.steps.into_iter().map(|step| Step { at_ms: step.at_ms.saturating_add(offset), ..step }));
        }
        Some(whole)
    }

    /// The length in milliseconds.
    pub fn length_ms(&self) -> u64 {
        self.steps.last().map_or(0, |step| step.at_ms)
    }

    /// The time at this distance from the beginning.
    pub fn moment(&self, at_ms: u64) -> Timestamp {
        let after = SignedDuration::from_millis(i64::try_from(at_ms).unwrap_or(i64::MAX));
        self.began.saturating_add(after).unwrap_or(self.began)
    }

    /// Converts the lines of a recording to steps. Entries less than 10 ms apart make one step. Where the clock was set back,
    /// the recording continues from the step before. None if there is no header.
    pub fn from_entries(entries: Vec<Entry>, cut: Option<String>) -> Option<Self> {
        let mut entries = entries.into_iter();
        let Some(Entry::Header { at: began, target, .. }) = entries.next() else {
            return None;
        };
        let mut steps: Vec<Step> = Vec::new();
        // By how much the clock was set back meanwhile: a recording goes on all the same.
        let mut behind = 0;
        for entry in entries {
            let last = steps.last().map_or(0, |step| i128::from(step.at_ms));
            let passed = entry.at().duration_since(began).as_millis() + behind;
            behind += (last - passed).max(0);
            let at_ms = u64::try_from(passed.max(last)).unwrap_or(0);
            let near = steps.last().is_some_and(|s| at_ms.saturating_sub(s.at_ms) < STEP);
            if !near {
                steps.push(Step { at_ms, title: None, updates: Vec::new(), lines: Vec::new() });
            }
            let Some(step) = steps.last_mut() else { continue };
            match entry {
                Entry::Update { update, .. } => step.updates.push(*update),
                Entry::Lines { lines, .. } => step.lines.extend(lines),
                Entry::Header { .. } => {}
            }
        }
        let title = cut.map_or_else(|| format!("recording of {began:.0}"), |c| format!("recording of {began:.0}, {c}"));
        Some(Self { title, began, target: *target, steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_goes_on_after_the_clock_was_set_back() {
        let began = Timestamp::UNIX_EPOCH;
        let header =
            Entry::Header { recording_version: FORMAT, tool_version: String::new(), at: began, target: Box::default() };
        let line = |second| Entry::Lines { at: began + SignedDuration::from_secs(second), lines: Vec::new() };
        let recording = Recording::from_entries(vec![header, line(1), line(-7_200), line(-7_195)], None).unwrap();
        assert_eq!(recording.steps.iter().map(|step| step.at_ms).collect::<Vec<_>>(), [1_000, 6_000]);
    }
}
