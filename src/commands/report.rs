//! `lsdoctor report`: a report of one round of checks for an issue or a support request.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use jiff::Timestamp;

use super::identity::anonymous;
use super::output::{free, save};
use super::start::whole_session;
use crate::case::Case;
use crate::cli;
use crate::cli::{Answer, ReportFormat};
use crate::config::Settings;
use crate::diagnosis::{Catalogue, diagnose};
use crate::exit::Exit;
use crate::probes;
use crate::probes::Context;
use crate::probes::sources::Sources;
use crate::session;
use crate::views::anonymous::Anonymous;
use crate::views::{deliver, report};

/// The last line of an anonymized report, so that nobody searches for these names.
const ANONYMIZED: &str =
    "Names of hosts, users, containers, projects and directories, and private addresses, are made up.\n";

/// Runs every check once and writes a report.
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
    let session = whole_session(settings, catalogue);
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

/// Adds the whole log of the latest start. A check keeps only its last lines.
async fn with_whole_log(context: &Context, sources: &Sources, case: Case) -> Case {
    // If the log cannot be read, its check says so.
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

/// Replaces names in a case and diagnoses the result again, so that the report's verdict follows from the report.
fn anonymized(names: &mut Anonymous, case: &Case, catalogue: &Catalogue, now: Timestamp) -> Result<Case> {
    let snapshot = names.of(&case.snapshot).map_err(|e| anyhow!("the report cannot be anonymized: {e}"))?;
    let mut case = Case::new(snapshot);
    case.conclude(diagnose(&case.snapshot, catalogue, now), now);
    Ok(case)
}
