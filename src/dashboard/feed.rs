//! What the dashboard is fed with, and what it asks for: the whole interface to the session behind it.
//! No behaviour, no terminal, and nothing of how it is drawn.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::case::Case;
use crate::observations::{LogLine, ProbeId};

/// What comes in.
#[derive(Debug, Clone, PartialEq)]
pub enum Feed {
    /// Everything seen and concluded so far, after each fold.
    Case(Box<Case>),
    /// More lines of the log; a number that is not greater than the last one begins a new log.
    Lines(Vec<LogLine>),
    /// One sentence for the bottom line, such as where a report was saved.
    Notice(String),
    /// Where a recording stands.
    Replay(ReplayState),
    /// Nothing more will come; what is there stays on the screen.
    Ended,
}

/// What goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Run a check again, or all of them.
    LookAgain(Option<ProbeId>),
    /// Look at the container of this name instead.
    SelectInstance(String),
    /// Save a report there; never over something that exists.
    Report(PathBuf),
    /// The dashboard is about to end.
    Stop,
    /// Play a recording otherwise.
    Replay(ReplayControl),
}

/// How a recording is to be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayControl {
    /// Pause, or play on.
    Pause,
    /// To the next step, and pause there.
    Step,
    /// To the step before, and pause there.
    StepBack,
    /// Half as fast.
    Slower,
    /// Twice as fast.
    Faster,
    /// To this many milliseconds after the beginning.
    Seek(u64),
}

/// Where a recording stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayState {
    /// The recording's own time: ages are told by it.
    pub now: Timestamp,
    /// So many milliseconds after its beginning.
    pub position_ms: u64,
    /// So many milliseconds long.
    pub length_ms: u64,
    /// Whether it stands still.
    pub paused: bool,
    /// In percent: 100 is as it was recorded.
    pub speed: u32,
    /// What is shown, such as `missing token`.
    pub title: String,
}
