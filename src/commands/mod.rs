//! One function per command: settings in, text out, exit code back.
//! Looking, concluding and showing are done elsewhere.

pub mod recording;
mod screen;
mod support;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use clap::CommandFactory;

use crate::case::Case;
use crate::cli;
use crate::cli::{Cli, Color, Command, Format, Global};
use crate::config;
use crate::config::Settings;
use crate::diagnosis::{Catalogue, diagnose};
use crate::exit::Exit;
use crate::observations::ProbeId;
use crate::probes;
use crate::probes::offline;
use crate::probes::offline::Inputs;
use crate::probes::{Context, Host};
use crate::session;
use crate::session::Session;
use crate::views;
use crate::views::ci::Outcome;
use crate::views::deliver;
use crate::views::glyphs::Charset;
use crate::views::text::{Detail, Layout};

/// Which of the standard streams are terminals.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminal {
    /// Standard input.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
    /// Columns of the terminal, where there is one.
    pub columns: Option<u16>,
}

impl Terminal {
    /// Whether the dashboard can be shown and typed into.
    pub const fn both(self) -> bool {
        self.stdin && self.stdout
    }
}

/// Carries out a command line.
///
/// # Errors
/// When a setting or an input cannot be understood, or an output cannot be written.
pub async fn run(cli: Cli, host: Host, terminal: Terminal) -> Result<Exit> {
    let global = &cli.global;
    let out = &mut std::io::stdout().lock();
    // Read by those who need it: a manual page waits for no catalogue.
    let catalogue = || Catalogue::load().map(Arc::new).map_err(|e| anyhow!(e));
    let ready = || {
        let catalogue = catalogue()?;
        let settings = config::settle(global, host, &catalogue).map_err(|e| anyhow!(e))?;
        Ok::<_, anyhow::Error>((settings, catalogue))
    };
    match cli.command {
        _ if global.print_config => {
            deliver(out, &config::template())?;
            Ok(Exit::Fine)
        }
        Some(Command::Completions { shell }) => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "lsdoctor", &mut text);
            deliver(out, &String::from_utf8_lossy(&text))?;
            Ok(Exit::Fine)
        }
        Some(Command::Man(args)) => manual(out, &args),
        Some(Command::Schema) => {
            deliver(out, views::schema::VERSION_1)?;
            Ok(Exit::Fine)
        }
        Some(Command::Explain(args)) => explain(out, &*catalogue()?, &args, columns(terminal)),
        Some(Command::Diagnose(args)) => {
            let (settings, catalogue) = ready()?;
            known(&args.answer.ignore, &catalogue)?;
            diagnose_files(out, &settings, &catalogue, global, &args, terminal)
        }
        Some(Command::Check(args)) => {
            let (settings, catalogue) = ready()?;
            known(&args.answer.ignore, &catalogue)?;
            check(out, settings, catalogue, global, &args, terminal).await
        }
        None if terminal.both() => {
            let (settings, catalogue) = ready()?;
            screen::live(settings, catalogue, global).await
        }
        None => {
            let (settings, catalogue) = ready()?;
            check(out, settings, catalogue, global, &cli::Check::default(), terminal).await
        }
        Some(Command::Report(args)) => {
            let (settings, catalogue) = ready()?;
            support::report(out, settings, catalogue, &args).await
        }
        Some(Command::Record(args)) => {
            let (settings, catalogue) = ready()?;
            support::record(settings, catalogue, &args, terminal).await
        }
        Some(Command::Replay(args)) if terminal.both() => {
            let (settings, catalogue) = ready()?;
            screen::replay(settings, catalogue, global, &args).await
        }
        Some(Command::Replay(args)) => {
            let (settings, catalogue) = ready()?;
            support::replay(out, &settings, &catalogue, global, &args, terminal)
        }
        Some(Command::Demo) if !terminal.both() => Err(anyhow!("the demo needs a terminal")),
        Some(Command::Demo) => {
            let (settings, catalogue) = ready()?;
            screen::demo(settings, catalogue, global).await
        }
    }
}

/// Findings are named by causes and by remarks; a misspelt name would ignore nothing, silently.
fn known(ignored: &[String], catalogue: &Catalogue) -> Result<()> {
    let known = |id: &&String| catalogue.cause(id).is_some() || catalogue.remarks.iter().any(|r| r.id == **id);
    match ignored.iter().find(|id| !known(id)) {
        Some(id) => Err(anyhow!("there is no cause `{id}` to ignore; `lsdoctor explain` lists them")),
        None => Ok(()),
    }
}

fn explain(out: &mut dyn Write, catalogue: &Catalogue, args: &cli::Explain, width: usize) -> Result<Exit> {
    let text = match &args.cause {
        None if args.markdown => views::explain::page(catalogue),
        None => views::explain::list(catalogue),
        Some(id) => match catalogue.cause(id) {
            Some(cause) => views::explain::one(cause, width),
            None => return Err(anyhow!("there is no cause `{id}`; `lsdoctor explain` lists them")),
        },
    };
    deliver(out, &text)?;
    Ok(Exit::Fine)
}

/// A manual page, or those of all commands as files.
fn manual(out: &mut dyn Write, args: &cli::Man) -> Result<Exit> {
    let mut whole = Cli::command().disable_help_subcommand(true);
    if let Some(dir) = &args.dir {
        clap_mangen::generate_to(whole, dir)
            .with_context(|| format!("cannot write manual pages to {}", dir.display()))?;
        return Ok(Exit::Fine);
    }
    whole.build();
    let wanted = args.command.as_deref();
    let page = match wanted {
        None => Some(&whole),
        Some(name) => whole.find_subcommand(name),
    };
    let Some(page) = page else {
        return Err(anyhow!("there is no command `{}`; `lsdoctor --help` lists them", wanted.unwrap_or_default()));
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page.clone()).render(&mut text)?;
    deliver(out, &String::from_utf8_lossy(&text))?;
    Ok(Exit::Fine)
}

async fn check(
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
    let session = Session { context: Arc::new(context), catalogue, wanted, left_out, interval };
    let (case, settled) = match args.wait {
        None => (session.check().await, true),
        Some(limit) => {
            let mut progress = Progress::new(terminal.stderr && !global.quiet);
            let found = session.wait(limit, |case| progress.tell(case)).await;
            progress.end();
            found
        }
    };
    let exit = if settled { session::exit(&case.diagnosis, &args.answer) } else { Exit::Undecided };
    deliver(out, &render(&case, exit, args.answer.format, layout, &session.context)?)?;
    if args.answer.format == Format::Github
        && let Err(error) = support::step_summary(&session.context, &case)
    {
        // The answer was given: its exit code stands.
        let _ = writeln!(std::io::stderr(), "lsdoctor: {}", session.context.scrubber.text(&format!("{error:#}")));
    }
    Ok(exit)
}

fn diagnose_files(
    out: &mut dyn Write,
    settings: &Settings,
    catalogue: &Catalogue,
    global: &Global,
    args: &cli::Diagnose,
    terminal: Terminal,
) -> Result<Exit> {
    let context = &settings.context;
    let mut given = Inputs {
        logs: args.log.iter().chain(&args.file).cloned().collect(),
        env: args.env.clone(),
        info: args.info.clone(),
        inspect: args.inspect.clone(),
        license: args.license.clone(),
        image: args.image.clone(),
        exit_code: args.exit_code,
    };
    let nothing = given.logs.is_empty()
        && given.image.is_none()
        && given.exit_code.is_none()
        && args.replay.is_none()
        && [&given.env, &given.info, &given.inspect, &given.license].iter().all(|g| g.is_none());
    if nothing {
        if terminal.stdin {
            return Err(anyhow!(
                "nothing to diagnose: give --log FILE, --info FILE, --inspect FILE, --env FILE, or pipe a log in"
            ));
        }
        given.logs.push(PathBuf::from("-"));
    }
    let (snapshot, now) = match &args.replay {
        Some(path) => support::stored(path)?,
        None => (offline::read(context, &given).map_err(|e| anyhow!(e))?, context.now()),
    };
    let mut case = Case::new(snapshot);
    case.conclude(diagnose(&case.snapshot, catalogue, now), now);
    let layout = layout(context, global, terminal);
    let exit = session::exit(&case.diagnosis, &args.answer);
    deliver(out, &render(&case, exit, args.answer.format, layout, context)?)?;
    Ok(exit)
}

fn render(case: &Case, exit: Exit, format: Format, layout: Layout, context: &Context) -> Result<String> {
    let outcome = match exit {
        Exit::Fine => Outcome::Passed,
        Exit::NotActivated | Exit::Findings => Outcome::Failed,
        Exit::Undecided | Exit::Usage => Outcome::Open,
    };
    match format {
        Format::Text => Ok(views::text::render(&case.diagnosis, layout)),
        Format::Json => views::json::render(&case.diagnosis, context.now()).context("cannot write JSON"),
        Format::Markdown => Ok(views::markdown::render(&case.diagnosis)),
        Format::Github => Ok(views::ci::github(&case.diagnosis, outcome)),
        Format::Junit => Ok(views::ci::junit(&case.diagnosis, outcome)),
    }
}

/// Piped text is for people too; a very wide terminal is no reason for very long lines.
fn columns(terminal: Terminal) -> usize {
    terminal.columns.filter(|_| terminal.stdout).map_or(100, usize::from).clamp(40, 100)
}

fn layout(context: &Context, global: &Global, terminal: Terminal) -> Layout {
    let host = &context.host;
    let color = match global.color.unwrap_or_default() {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal.stdout && host.var("NO_COLOR").is_none() && host.var("TERM") != Some("dumb"),
    };
    let detail = match (global.quiet, global.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    let charset = if global.ascii { Charset::Ascii } else { Charset::Unicode };
    Layout { width: columns(terminal), charset, color, detail }
}

/// Tells on standard error how waiting goes: a line that is rewritten, on a terminal only.
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
