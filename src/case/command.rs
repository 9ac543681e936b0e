//! The commands that a dashboard or a waiting command sends back to the source of its case events.
//! Plain data, like the events.

use crate::observations::ProbeId;

/// One command to a live session or to the player of a recording. Each ignores what only the other can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchCommand {
    /// Run this check again, or every check.
    Recheck(Option<ProbeId>),
    /// Make the container of this name the subject of the case.
    Select(String),
    /// Play the recording differently.
    Replay(ReplayControl),
    /// End the session or the player.
    Stop,
}

/// A control of the player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayControl {
    /// Pause, or continue.
    Pause,
    /// Go to the next step and pause.
    Step,
    /// Go to the step before and pause.
    StepBack,
    /// Halve the speed.
    Slower,
    /// Double the speed.
    Faster,
    /// Go to this many milliseconds after the beginning.
    Seek(u64),
}
