//! Shows: a diagnosis as text, JSON, markdown, annotations or a test report. Nothing is looked at or concluded here.

pub mod anonymous;
pub mod changes;
pub mod ci;
pub mod diff;
pub mod explain;
pub mod fleet;
pub mod glyphs;
pub mod json;
pub mod markdown;
mod page;
pub mod report;
pub mod schema;
pub mod text;

use std::io::{self, Write};

/// Writes a whole text. A reader that went away wanted no more of it: that is no failure.
///
/// # Errors
/// When the text cannot be written for another reason.
pub fn deliver(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let done = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match done {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
