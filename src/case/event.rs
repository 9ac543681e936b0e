//! The events that a case's dashboard, recorder or waiting command receives: live from the session, or from a recording.
//! Plain data; the channel that carries them belongs to the sender.

use jiff::Timestamp;

use super::Case;
use crate::observations::{LogLine, Update};

/// One event about a case. A live session sends `Case`, `Update` and `Lines`; a recording sends `Case`, `Lines`,
/// `Replay` and `Ended`.
#[derive(Debug, Clone, PartialEq)]
pub enum CaseEvent {
    /// The whole case after one or more observations.
    Case {
        /// Everything observed and concluded so far.
        case: Box<Case>,
        /// No probe is running or due: without news from outside, the case stays like this.
        idle: bool,
    },
    /// One observation, sent before the case that contains it. A recorder stores it.
    Update(Box<Update>),
    /// New lines of the log. A number that is not greater than the last one begins another log.
    Lines(Vec<LogLine>),
    /// The position in a recording.
    Replay(ReplayState),
    /// The end of the recording. What was sent before stays valid.
    Ended,
}

impl From<Case> for CaseEvent {
    /// The event for a case that is complete: nothing is being looked at.
    fn from(case: Case) -> Self {
        Self::Case { case: Box::new(case), idle: true }
    }
}

/// The position in a recording, and how it is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayState {
    /// The time at this position. Ages are counted from it, not from the clock.
    pub now: Timestamp,
    /// Milliseconds from the beginning to this position.
    pub position_ms: u64,
    /// Milliseconds from the beginning to the end.
    pub length_ms: u64,
    /// Whether the player is paused.
    pub paused: bool,
    /// The speed in percent: 100 is the speed of the recording.
    pub speed: u32,
    /// The title of the recording, or of the part that is played, such as `missing token`.
    pub title: String,
}
