//! The commands, a file each: settings in, text out, exit code back. This file chooses the command.
//! What an answer says is decided by the diagnosis, how it looks by the views.

mod changes;
mod check;
mod demo;
mod diagnose;
mod diff;
mod explain;
mod identity;
mod live;
mod man;
pub mod opened;
mod output;
mod record;
mod replay;
mod report;
mod screen;
mod start;

pub use output::Terminal;

use std::sync::Arc;

use anyhow::{Result, anyhow};
use clap::CommandFactory;

use crate::cli;
use crate::cli::{Cli, Command};
use crate::config;
use crate::diagnosis::Catalogue;
use crate::exit::Exit;
use crate::probes::Host;
use crate::views;
use crate::views::deliver;

/// Runs a command and returns its exit code.
///
/// # Errors
/// When a setting or an input cannot be understood, or an output cannot be written.
pub async fn run(cli: Cli, host: Host, terminal: Terminal) -> Result<Exit> {
    let global = &cli.global;
    let out = &mut std::io::stdout().lock();
    // Read on demand: a manual page needs no catalogue.
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
        Some(Command::Man(args)) => man::manual(out, &args),
        Some(Command::Schema) => {
            deliver(out, views::schema::VERSION_1)?;
            Ok(Exit::Fine)
        }
        Some(Command::Explain(args)) => explain::explain(out, &*catalogue()?, &args, output::columns(terminal)),
        Some(Command::Diagnose(args)) => {
            let (settings, catalogue) = ready()?;
            diagnose::diagnose_files(out, &settings, &catalogue, global, &args, terminal)
        }
        Some(Command::Check(args)) => {
            let (settings, catalogue) = ready()?;
            check::check(out, settings, catalogue, global, &args, terminal).await
        }
        None if terminal.both() => {
            let (settings, catalogue) = ready()?;
            live::live(settings, catalogue, global).await
        }
        None => {
            let (settings, catalogue) = ready()?;
            check::check(out, settings, catalogue, global, &cli::Check::default(), terminal).await
        }
        Some(Command::Report(args)) => {
            let (settings, catalogue) = ready()?;
            report::report(out, settings, catalogue, &args).await
        }
        Some(Command::Record(args)) => {
            let (settings, catalogue) = ready()?;
            record::record(settings, catalogue, &args, terminal).await
        }
        Some(Command::Replay(args)) if terminal.both() => {
            let (settings, catalogue) = ready()?;
            replay::in_dashboard(settings, catalogue, global, &args).await
        }
        Some(Command::Replay(args)) => {
            let (settings, catalogue) = ready()?;
            replay::as_text(out, &settings, &catalogue, global, &args, terminal)
        }
        Some(Command::Diff(args)) => {
            let (settings, catalogue) = ready()?;
            diff::diff(out, &settings, &catalogue, global, &args, terminal)
        }
        Some(Command::Demo) if !terminal.both() => Err(anyhow!("the demo needs a terminal")),
        Some(Command::Demo) => {
            let (settings, catalogue) = ready()?;
            demo::demo(settings, catalogue, global).await
        }
    }
}
