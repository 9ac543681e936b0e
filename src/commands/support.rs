//! The commands of a support session: report, record, and replay without a terminal.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use tokio::sync::mpsc::unbounded_channel;

use super::recording::{self, Entry, Played};
use super::{Terminal, layout, render};
use crate::cli::{self, Answer, Exit, Format, Global, ReportFormat};
use crate::config::Settings;
use crate::diagnosis::{Case, Catalogue, diagnose};
use crate::observations::{ProbeId, Snapshot};
use crate::probes::Context;
use crate::session::{self, Session, Told, Wish};
use crate::views::{self, deliver, report};

/// Writes a report of one look.
pub(super) async fn report(
    out: &mut dyn Write,
    settings: Settings,
    catalogue: Arc<Catalogue>,
    args: &cli::Report,
) -> Result<Exit> {
    if let Some(path) = &args.output {
        // Said before the look: nobody likes to wait for this.
        free(path, args.force)?;
    }
    let session = session_of(settings, catalogue);
    let case = session.check().await;
    let now = session.context.now();
    let hidden = session.context.scrubber.hidden();
    let text = if args.dry_run {
        report::contents(&case, hidden)
    } else {
        match args.format {
            ReportFormat::Markdown => report::markdown(&case, now, hidden),
            ReportFormat::Json => serde_json::to_string_pretty(&report::Stored::of(&case, now))? + "\n",
        }
    };
    match &args.output {
        Some(path) if !args.dry_run => save(path, args.force, &text)?,
        _ => deliver(out, &text)?,
    }
    Ok(session::exit(&case.diagnosis, &Answer::default()))
}

pub(super) fn session_of(settings: Settings, catalogue: Arc<Catalogue>) -> Session {
    let wanted: BTreeSet<ProbeId> = ProbeId::ALL.into();
    Session { context: Arc::new(settings.context), catalogue, wanted, interval: settings.interval }
}

fn free(path: &Path, force: bool) -> Result<()> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(anyhow!("{} exists; give another name, or --force to overwrite it", path.display()));
    }
    Ok(())
}

/// Writes a file that must not exist, unless forced.
pub(super) fn save(path: &Path, force: bool, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    let options = options.write(true);
    let options = if force { options.create(true).truncate(true) } else { options.create_new(true) };
    let mut file = options.open(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

/// Records observations until the time is over, or until Ctrl-C.
pub(super) async fn record(
    settings: Settings,
    catalogue: Arc<Catalogue>,
    args: &cli::Record,
    terminal: Terminal,
) -> Result<Exit> {
    free(&args.output, args.force)?;
    let session = session_of(settings, catalogue);
    let context = Arc::clone(&session.context);
    let header = Entry::Header {
        recording_version: recording::FORMAT,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        at: context.now(),
        target: Box::new(context.target()),
    };
    save(&args.output, args.force, &header.line()?)?;
    let mut file = OpenOptions::new().append(true).open(&args.output)?;
    if terminal.stderr {
        let _ = writeln!(std::io::stderr(), "recording to {}; Ctrl-C ends it", args.output.display());
    }
    let (told, mut heard) = unbounded_channel();
    let (wish, wishes) = unbounded_channel();
    let watching = tokio::spawn(session::watch(session, told, wishes));
    let mut diagnosis = None;
    let end = async {
        match args.r#for {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(end);
    loop {
        let entry = tokio::select! {
            told = heard.recv() => match told {
                Some(Told::Update(update)) => Entry::Update { at: context.now(), update },
                Some(Told::Lines(lines)) => Entry::Lines { at: context.now(), lines },
                Some(Told::Case(case)) => { diagnosis = Some(case.diagnosis); continue }
                None => break,
            },
            () = &mut end => break,
            _ = tokio::signal::ctrl_c() => break,
        };
        file.write_all(entry.line()?.as_bytes()).with_context(|| format!("cannot write {}", args.output.display()))?;
    }
    let _ = wish.send(Wish::Stop);
    let _ = watching.await;
    Ok(diagnosis.map_or(Exit::Undecided, |d| session::exit(&d, &Answer::default())))
}

/// The snapshot of a report or a recording, and the time it was taken.
pub(super) fn stored(path: &Path) -> Result<(Snapshot, Timestamp)> {
    Ok(match recording::open(path)? {
        Played::Report(report) => (report.snapshot, report.generated_at),
        Played::Recording(entries, _) => {
            // By the fold of live looking, which holds back an answer that failed to come once.
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
    })
}

/// A recording's or report's last word, where there is no terminal for the dashboard.
pub(super) fn replay(
    out: &mut dyn Write,
    settings: &Settings,
    catalogue: &Catalogue,
    global: &Global,
    args: &cli::Replay,
    terminal: Terminal,
) -> Result<Exit> {
    let (snapshot, now) = stored(&args.file)?;
    let mut case = Case::new(snapshot);
    case.conclude(diagnose(&case.snapshot, catalogue, now), now);
    let layout = layout(&settings.context, global, terminal);
    deliver(out, &render(&case, Format::Text, layout, &settings.context)?)?;
    Ok(session::exit(&case.diagnosis, &Answer::default()))
}

/// Appends the answer to the job's summary, where GitHub Actions names a file for it.
pub(super) fn step_summary(context: &Context, case: &Case) -> Result<()> {
    let Some(path) = context.host.var("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    let text = views::markdown::render(&case.diagnosis);
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .with_context(|| format!("cannot append to GITHUB_STEP_SUMMARY {path}"))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot append to GITHUB_STEP_SUMMARY {path}"))
}
