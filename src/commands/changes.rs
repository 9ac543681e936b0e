//! `lsdoctor check --watch`: looks on for good and prints one line per change, as text or as JSON.

use std::io::Write;

use anyhow::{Result, anyhow};
use tokio::sync::mpsc::unbounded_channel;

use crate::case::{Case, CaseEvent, Change};
use crate::cli::Format;
use crate::exit::Exit;
use crate::session;
use crate::session::Session;
use crate::views;
use crate::views::changes::Subject;

/// Prints changes until the program is ended, or until nobody reads them any more.
pub(super) async fn print(out: &mut dyn Write, session: Session, format: Format) -> Result<Exit> {
    let render: fn(&Change, Subject<'_>) -> Result<String> = match format {
        Format::Text => |change, subject| Ok(views::changes::line(change, subject)),
        Format::Jsonl => |change, subject| Ok(views::changes::json(change, subject)?),
        _ => return Err(anyhow!("`check --watch` prints changes: use `--format text` or `--format jsonl`")),
    };
    let all = session.all;
    let (sender, mut events) = unbounded_channel();
    // Kept open: `watch` ends when nobody sends commands any more.
    let (_commands, received) = unbounded_channel();
    tokio::spawn(session::watch(session, sender, received));
    let mut before: Option<Box<Case>> = None;
    while let Some(event) = events.recv().await {
        // While a look is under way, the case is not whole: answers that are still to come would be printed as changes.
        let CaseEvent::Case { case, idle: true } = event else { continue };
        let mut changes = case.changes_since(before.as_deref());
        if !all {
            changes.retain(|(subject, _)| subject.is_none());
        }
        for (other, change) in changes {
            let subject = match &other {
                Some(name) => Subject::other(name, &case.diagnosis),
                None => Subject::chosen(&case.diagnosis),
            };
            // Whoever reads this went away: there is nobody to print for.
            if writeln!(out, "{}", render(&change, subject)?).and_then(|()| out.flush()).is_err() {
                return Ok(Exit::Fine);
            }
        }
        before = Some(case);
    }
    Ok(Exit::Undecided)
}
