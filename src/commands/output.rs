//! Where answers go: the terminal's properties, the layout of text, the formats, and files that are written.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;

use crate::case::Case;
use crate::cli::{Color, Format, Global};
use crate::diagnosis::Diagnosis;
use crate::exit::Exit;
use crate::probes::Context;
use crate::views;
use crate::views::ci::Outcome;
use crate::views::fleet;
use crate::views::fleet::Judged;
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

/// Renders an answer in the format that was asked for.
pub(super) fn render(case: &Case, exit: Exit, format: Format, layout: Layout, context: &Context) -> Result<String> {
    let outcome = outcome(exit);
    match format {
        Format::Text => Ok(views::text::render(&case.diagnosis, layout)),
        Format::Json => views::json::render(&case.diagnosis, context.now()).context("cannot write JSON"),
        Format::Markdown if layout.detail == Detail::Quiet => Ok(views::markdown::paragraph(&case.diagnosis)),
        Format::Markdown => Ok(views::markdown::render(&case.diagnosis)),
        Format::Github => Ok(views::ci::github(&case.diagnosis, outcome)),
        Format::Junit => Ok(views::ci::junit(&case.diagnosis, outcome)),
        Format::Jsonl => Err(only_for_changes()),
    }
}

/// Renders the answers about every instance in the format that was asked for.
pub(super) fn render_fleet(
    case: &Case,
    answers: Vec<(Diagnosis, Exit)>,
    format: Format,
    layout: Layout,
    now: Timestamp,
) -> Result<String> {
    let judged = |(diagnosis, exit): (Diagnosis, Exit)| Judged { diagnosis, outcome: outcome(exit) };
    let mut answers: Vec<Judged> = answers.into_iter().map(judged).collect();
    fleet::sort(&mut answers);
    match format {
        Format::Text => Ok(fleet::text(&answers, now, layout)),
        Format::Json => {
            let each = answers.iter().map(|judged| &judged.diagnosis);
            views::json::render_each(each, &case.snapshot.engine, now).context("cannot write JSON")
        }
        Format::Markdown => Ok(fleet::markdown(&answers, now)),
        Format::Github => Ok(fleet::github(&answers)),
        Format::Junit => Ok(fleet::junit(&answers)),
        Format::Jsonl => Err(only_for_changes()),
    }
}

fn only_for_changes() -> anyhow::Error {
    anyhow!("`--format jsonl` prints changes: use it with `lsdoctor check --watch`")
}

/// What an exit code means for a job.
const fn outcome(exit: Exit) -> Outcome {
    match exit {
        Exit::Fine => Outcome::Passed,
        Exit::NotActivated | Exit::Findings => Outcome::Failed,
        Exit::Undecided | Exit::Usage => Outcome::Open,
    }
}

/// The width of text in columns, from 40 to 100. Piped text is for people too; long lines are hard to read on a wide terminal.
pub(super) fn columns(terminal: Terminal) -> usize {
    terminal.columns.filter(|_| terminal.stdout).map_or(100, usize::from).clamp(40, 100)
}

/// The layout of text answers, from flags, environment and terminal.
pub(super) fn layout(context: &Context, global: &Global, terminal: Terminal) -> Layout {
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
    let links = color && terminal.stdout && takes_links(context);
    Layout { width: columns(terminal), charset, color, links, detail }
}

/// Whether the terminal is known to take hyperlinks. Others would print parts of them.
fn takes_links(context: &Context) -> bool {
    let var = |name: &str| context.host.var(name).unwrap_or_default();
    let vte = var("VTE_VERSION").parse::<u32>().is_ok_and(|version| version >= 5_000);
    let program = matches!(var("TERM_PROGRAM"), "iTerm.app" | "WezTerm" | "vscode" | "ghostty" | "Hyper");
    let term = var("TERM");
    let named = ["kitty", "alacritty", "foot", "wezterm", "ghostty"].iter().any(|name| term.contains(name));
    vte || program || named || !var("WT_SESSION").is_empty() || !var("KONSOLE_VERSION").is_empty()
}

/// Fails if the file exists and may not be overwritten. Asked before a check runs: nobody should wait for this error.
pub(super) fn free(path: &Path, force: bool) -> Result<()> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(anyhow!("{} exists: give another name, or add --force to overwrite it", path.display()));
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
