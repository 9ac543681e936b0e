//! The commands of a support session: report, record, and replay without a terminal.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use tokio::sync::mpsc::unbounded_channel;

use super::recording;
use super::recording::{Entry, Played};
use super::{Terminal, layout, render};
use crate::case::{Case, CaseEvent, WatchCommand};
use crate::cli;
use crate::cli::{Answer, Format, Global, ReportFormat};
use crate::config::Settings;
use crate::diagnosis::{Catalogue, diagnose};
use crate::exit::Exit;
use crate::observations::{ProbeId, Snapshot};
use crate::probes;
use crate::probes::Context;
use crate::probes::sources::Sources;
use crate::session;
use crate::session::Session;
use crate::views;
use crate::views::anonymous::{Anonymous, Identity};
use crate::views::{deliver, report};

/// Said at the end of a report that was anonymized, so that nobody looks for these names.
const ANONYMIZED: &str =
    "Names of hosts, users, containers, projects and directories, and private addresses, are made up.\n";
/// A host's name is a line.
const LONGEST_NAME: u64 = 1_024;

/// Writes a report of one look.
pub(super) async fn report(
    out: &mut dyn Write,
    settings: Settings,
    catalogue: Arc<Catalogue>,
    args: &cli::Report,
) -> Result<Exit> {
    // As elsewhere, `-` is standard output.
    let file = args.output.as_deref().filter(|path| *path != Path::new("-"));
    if let Some(path) = file {
        // Said before the look: nobody likes to wait for this.
        free(path, args.force)?;
    }
    let session = session_of(settings, catalogue);
    let (case, sources) = session.check_with_sources().await;
    let mut case = with_whole_log(&session.context, &sources, case).await;
    let now = session.context.now();
    if args.anonymize {
        case = anonymized(&mut anonymous(&session.context, &session.catalogue), &case, &session.catalogue, now)?;
    }
    let text = if args.dry_run {
        report::contents(&case, now)
    } else {
        match args.format {
            ReportFormat::Markdown if args.anonymize => report::markdown(&case, now) + ANONYMIZED,
            ReportFormat::Markdown => report::markdown(&case, now),
            ReportFormat::Json => serde_json::to_string_pretty(&report::Stored::of(&case, now))? + "\n",
        }
    };
    match file {
        Some(path) if !args.dry_run => save(path, args.force, &text)?,
        _ => deliver(out, &text)?,
    }
    Ok(session::exit(&case.diagnosis, &Answer::default()))
}

/// A look keeps the log's last lines only; a report has the latest start whole.
async fn with_whole_log(context: &Context, sources: &Sources, case: Case) -> Case {
    // A log that cannot be read is told of by its check already.
    let container = case.snapshot.container().filter(|_| case.snapshot.logs.value().is_some());
    let lines = match container.and_then(|container| Some((sources.of(&container.handle())?, container))) {
        Some((source, container)) => probes::logs::whole(context, source, container).await.ok(),
        None => None,
    };
    match lines {
        Some(lines) => report::with_log(case, lines),
        None => case,
    }
}

/// What is known of this machine and its user, to be hidden.
fn anonymous(context: &Context, catalogue: &Catalogue) -> Anonymous {
    let host = &context.host;
    let set = |names: &[&str]| names.iter().filter_map(|n| host.var(n)).map(str::to_owned).collect::<Vec<_>>();
    let mut hosts = set(&["HOSTNAME", "HOST", "COMPUTERNAME"]);
    let named = probes::host::read_bounded(&host.path("/etc/hostname"), LONGEST_NAME);
    hosts.extend(named.ok().map(|name| String::from_utf8_lossy(&name).trim().to_owned()));
    let mut users = set(&["USER", "LOGNAME", "USERNAME", "SUDO_USER"]);
    users.extend(host.home.as_ref().and_then(|h| Some(h.file_name()?.to_string_lossy().into_owned())));
    let directories = host.home.iter().chain([&host.cwd]).map(|path| path.to_string_lossy().into_owned()).collect();
    let products = catalogue.lexicon.interceptors.iter().flat_map(|product| product.issuers.clone()).collect();
    Anonymous::new(&Identity { hosts, users, directories }, products)
}

/// The same case without names, judged anew: what is left must carry the verdict.
fn anonymized(names: &mut Anonymous, case: &Case, catalogue: &Catalogue, now: Timestamp) -> Result<Case> {
    let snapshot = names.of(&case.snapshot).map_err(|e| anyhow!("the report cannot be anonymized: {e}"))?;
    let mut case = Case::new(snapshot);
    case.conclude(diagnose(&case.snapshot, catalogue, now), now);
    Ok(case)
}

/// The same entry without names.
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

pub(super) fn session_of(settings: Settings, catalogue: Arc<Catalogue>) -> Session {
    let wanted: BTreeSet<ProbeId> = ProbeId::ALL.into();
    let (context, interval) = (Arc::new(settings.context), settings.interval);
    Session { context, catalogue, wanted, left_out: BTreeSet::new(), interval }
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
    while lines < recording::MOST_LINES && size < recording::LARGEST {
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
    let exit = session::exit(&case.diagnosis, &Answer::default());
    deliver(out, &render(&case, exit, Format::Text, layout, &settings.context)?)?;
    Ok(exit)
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
