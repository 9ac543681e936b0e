//! `lsdoctor replay`: the dashboard over a recording or a report, or its last answer where there is no terminal.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Result, anyhow};

use super::opened::{Opened, open, snapshot_of};
use super::output::{Terminal, layout, render};
use super::screen::play;
use crate::case::Case;
use crate::case::recording::{Recording, Step};
use crate::cli;
use crate::cli::{Answer, Format, Global};
use crate::config::Settings;
use crate::diagnosis::{Catalogue, diagnose};
use crate::exit::Exit;
use crate::session;
use crate::views::deliver;

/// Shows a recording or a report in the dashboard.
pub(super) async fn in_dashboard(
    settings: Settings,
    catalogue: Arc<Catalogue>,
    global: &Global,
    args: &cli::Replay,
) -> Result<Exit> {
    let recording = match open(&args.file)? {
        Opened::Recording(entries, cut) => {
            Recording::from_entries(entries, cut).ok_or_else(|| anyhow!("the recording is empty"))?
        }
        Opened::Report(stored) => {
            let step = Step { at_ms: 0, title: None, updates: stored.snapshot.updates(), lines: Vec::new() };
            Recording {
                title: format!("report of {:.0}", stored.generated_at),
                began: stored.generated_at,
                target: stored.snapshot.target.clone(),
                steps: vec![step],
            }
        }
    };
    play(&settings, &catalogue, global, recording).await
}

/// Prints the answer at the end of a recording or in a report, where there is no terminal for the dashboard.
pub(super) fn as_text(
    out: &mut dyn Write,
    settings: &Settings,
    catalogue: &Catalogue,
    global: &Global,
    args: &cli::Replay,
    terminal: Terminal,
) -> Result<Exit> {
    let (snapshot, now) = snapshot_of(&args.file)?;
    let mut case = Case::new(snapshot);
    case.conclude(diagnose(&case.snapshot, catalogue, now), now);
    let layout = layout(&settings.context, global, terminal);
    let exit = session::exit(&case.diagnosis, &Answer::default());
    deliver(out, &render(&case, exit, Format::Text, layout, &settings.context)?)?;
    Ok(exit)
}
