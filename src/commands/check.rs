//! `lsdoctor check`: runs the checks on this machine and prints the answer.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};

use super::changes;
use super::diagnose::known;
use super::output::{Terminal, layout, render, render_fleet};
use crate::case::Case;
use crate::cli;
use crate::cli::{Format, Global};
use crate::config::Settings;
use crate::diagnosis::{Catalogue, Diagnosis, diagnose_each};
use crate::exit::Exit;
use crate::observations::ProbeId;
use crate::probes;
use crate::probes::Context;
use crate::session;
use crate::session::Session;
use crate::views;
use crate::views::deliver;
use crate::views::text::Layout;

/// Runs the checks once, or until LocalStack is activated, and prints the answer.
pub(super) async fn check(
    out: &mut dyn Write,
    settings: Settings,
    catalogue: Arc<Catalogue>,
    global: &Global,
    args: &cli::Check,
    terminal: Terminal,
) -> Result<Exit> {
    if args.list_checks {
        let row = |id: ProbeId, remark: &str| format!("{:<12} {}{remark}\n", id.name(), id.title());
        let list = ProbeId::ALL.map(|id| row(id, "")).into_iter();
        let list: String = list.chain(ProbeId::ON_REQUEST.map(|id| row(id, ", only with --only"))).collect();
        deliver(out, &list)?;
        return Ok(Exit::Fine);
    }
    known(&args.answer.ignore, &catalogue)?;
    let Settings { mut context, interval, .. } = settings;
    context.compose = args.compose.clone();
    probes::compose::readable(&context).map_err(|e| anyhow!(e))?;
    let mut wanted: BTreeSet<ProbeId> =
        if args.only.is_empty() { ProbeId::ALL.into() } else { args.only.iter().copied().collect() };
    wanted.retain(|id| !args.skip.contains(id));
    if args.skip.contains(&ProbeId::Hosts) {
        // Otherwise a log that names one would have it asked.
        context.other_hosts.clear();
    }
    let left_out = args.skip.iter().copied().collect();
    let layout = layout(&context, global, terminal);
    let session = Session { context: Arc::new(context), catalogue, wanted, left_out, interval, all: args.all };
    if args.watch {
        return changes::print(out, session, args.answer.format).await;
    }
    let (case, settled) = match args.wait {
        None => (session.check().await, true),
        Some(limit) => {
            let mut progress = Progress::new(terminal.stderr && !global.quiet);
            let found = session.wait(limit, |case| progress.tell(case)).await;
            progress.end();
            found
        }
    };
    if args.all {
        return each(out, &session, &case, settled, args, layout);
    }
    let exit = if settled { session::exit(&case.diagnosis, &args.answer) } else { Exit::Undecided };
    deliver(out, &render(&case, exit, args.answer.format, layout, &session.context)?)?;
    if args.answer.format == Format::Github
        && let Err(error) = step_summary(&session.context, &case)
    {
        // The answer was given: its exit code stands.
        let _ = writeln!(std::io::stderr(), "lsdoctor: {}", session.context.scrubber.text(&format!("{error:#}")));
    }
    Ok(exit)
}

/// Prints the answers about every instance. The exit code is that of the worst of them.
fn each(
    out: &mut dyn Write,
    session: &Session,
    case: &Case,
    settled: bool,
    args: &cli::Check,
    layout: Layout,
) -> Result<Exit> {
    let now = session.context.now();
    let with_exit = |diagnosis: Diagnosis| {
        let exit = session::exit(&diagnosis, &args.answer);
        (diagnosis, exit)
    };
    let answers: Vec<_> = diagnose_each(&case.snapshot, &session.catalogue, now).into_iter().map(with_exit).collect();
    // Waiting ran out: what is not settled yet is an open question at best.
    let open = (!settled).then_some(Exit::Undecided);
    let exit = session::worst(answers.iter().map(|(_, exit)| *exit).chain(open));
    deliver(out, &render_fleet(case, answers, args.answer.format, layout, now)?)?;
    Ok(exit)
}

/// Appends the answer to the job's summary, where GitHub Actions names a file for it.
fn step_summary(context: &Context, case: &Case) -> Result<()> {
    let Some(path) = context.host.var("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    let text = views::markdown::render(&case.diagnosis);
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .with_context(|| format!("cannot append to GITHUB_STEP_SUMMARY {path}"))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot append to GITHUB_STEP_SUMMARY {path}"))
}

/// The progress line of `--wait` on standard error. It is rewritten in place, and shown on a terminal only.
struct Progress {
    shown: bool,
    begun: std::time::Instant,
}

impl Progress {
    fn new(shown: bool) -> Self {
        Self { shown, begun: std::time::Instant::now() }
    }

    fn tell(&mut self, case: &Case) {
        if self.shown {
            let seconds = self.begun.elapsed().as_secs();
            let title: String = case.diagnosis.headline.title.chars().take(60).collect();
            let _ = write!(std::io::stderr(), "\r\x1b[K{seconds:>4} s  {title}");
            let _ = std::io::stderr().flush();
        }
    }

    fn end(&self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
