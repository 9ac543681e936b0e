//! `lsdoctor record`: writes every observation of a session to a file, as it comes.

use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use tokio::sync::mpsc::unbounded_channel;

use super::identity::anonymous;
use super::output::{Terminal, free, save};
use super::start::whole_session;
use crate::case::recording::{Entry, FORMAT, LARGEST, MOST_LINES};
use crate::case::{CaseEvent, WatchCommand};
use crate::cli;
use crate::cli::Answer;
use crate::config::Settings;
use crate::diagnosis::Catalogue;
use crate::exit::Exit;
use crate::session;
use crate::views::anonymous::Anonymous;

/// Records observations until the time is over, until Ctrl-C, or until the file has its largest size.
pub(super) async fn record(
    settings: Settings,
    catalogue: Arc<Catalogue>,
    args: &cli::Record,
    terminal: Terminal,
) -> Result<Exit> {
    free(&args.output, args.force)?;
    let session = whole_session(settings, catalogue);
    let context = Arc::clone(&session.context);
    let header = Entry::Header {
        recording_version: FORMAT,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        at: context.now(),
        target: Box::new(context.target()),
    };
    let mut names = args.anonymize.then(|| anonymous(&context, &session.catalogue));
    let mut shown = |entry: Entry| match &mut names {
        Some(names) => unnamed(names, entry),
        None => Ok(entry),
    };
    save(&args.output, args.force, &shown(header)?.line()?)?;
    let mut file = OpenOptions::new().append(true).open(&args.output)?;
    if terminal.stderr {
        let _ = writeln!(std::io::stderr(), "recording to {}; Ctrl-C ends it", args.output.display());
    }
    let (sender, mut events) = unbounded_channel();
    let (commands, received) = unbounded_channel();
    let watching = tokio::spawn(session::watch(session, sender, received));
    let mut diagnosis = None;
    let end = async {
        match args.r#for {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(end);
    let (mut lines, mut size) = (1, 0);
    while lines < MOST_LINES && size < LARGEST {
        let entry = tokio::select! {
            event = events.recv() => match event {
                Some(CaseEvent::Update(update)) => Entry::Update { at: context.now(), update },
                Some(CaseEvent::Lines(lines)) => Entry::Lines { at: context.now(), lines },
                Some(CaseEvent::Case { case, .. }) => { diagnosis = Some(case.diagnosis); continue }
                Some(CaseEvent::Replay(_) | CaseEvent::Ended) => continue,
                None => break,
            },
            () = &mut end => break,
            _ = tokio::signal::ctrl_c() => break,
        };
        let line = shown(entry)?.line()?;
        (lines, size) = (lines + 1, size + line.len() as u64);
        file.write_all(line.as_bytes()).with_context(|| format!("cannot write {}", args.output.display()))?;
    }
    let _ = commands.send(WatchCommand::Stop);
    let _ = watching.await;
    Ok(diagnosis.map_or(Exit::Undecided, |d| session::exit(&d, &Answer::default())))
}

/// Replaces names in an entry.
fn unnamed(names: &mut Anonymous, entry: Entry) -> Result<Entry> {
    let told = |e: String| anyhow!("the recording cannot be anonymized: {e}");
    Ok(match entry {
        Entry::Header { recording_version, tool_version, at, target } => {
            Entry::Header { recording_version, tool_version, at, target: names.of(&target).map_err(told)? }
        }
        Entry::Update { at, update } => Entry::Update { at, update: names.of(&update).map_err(told)? },
        Entry::Lines { at, lines } => Entry::Lines { at, lines: names.of(&lines).map_err(told)? },
    })
}
