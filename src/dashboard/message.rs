//! The messages that `update` takes, and what it gives back: whether to draw, and the effects to carry out.
//! Types only; `update` has the behavior.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;

use super::screen::Size;
use crate::case::{CaseEvent, WatchCommand};

/// One input of the dashboard.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// A mouse button was pressed, or the wheel was turned.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this size now.
    Resize(Size),
    /// The clock shows this time now.
    Tick(Timestamp),
    /// The session or the player sent an event.
    Case(CaseEvent),
    /// A sentence for the bottom line, such as where a report was saved.
    Notice(String),
    /// The system asks the program to end (SIGTERM, SIGHUP).
    Terminate,
}

/// One action outside of the model. `dashboard::run` carries it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// End the dashboard.
    Quit {
        /// Print the last screen, so that it stays in the terminal's scrollback.
        printing: bool,
    },
    /// Send a command to the session or the player.
    Ask(WatchCommand),
    /// Save a report to this file, which must not exist.
    SaveReport(PathBuf),
    /// Copy a text to the clipboard.
    Copy(String),
    /// Open a link.
    Open(String),
    /// Capture the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Suspend the program, as Ctrl-Z does in a shell.
    Suspend,
}

/// The result of one message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The screen has to be drawn again.
    pub changed: bool,
    /// The effects, in the order in which they are carried out.
    pub effects: Vec<Effect>,
}

impl Outcome {
    pub(super) const fn unchanged() -> Self {
        Self { changed: false, effects: Vec::new() }
    }

    pub(super) const fn changed() -> Self {
        Self { changed: true, effects: Vec::new() }
    }

    pub(super) fn effect(effect: Effect) -> Self {
        Self { changed: true, effects: vec![effect] }
    }
}
