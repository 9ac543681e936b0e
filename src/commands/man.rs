//! `lsdoctor man`: manual pages, made from the command line's definition.

use std::io::Write;

use anyhow::{Context as _, Result, anyhow};
use clap::CommandFactory;

use crate::cli;
use crate::cli::Cli;
use crate::exit::Exit;
use crate::views::deliver;

/// Prints the manual page of the program or of one command, or writes the pages of all commands to a directory.
pub(super) fn manual(out: &mut dyn Write, args: &cli::Man) -> Result<Exit> {
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
        return Err(anyhow!("no command is called `{}`: `lsdoctor --help` lists them", wanted.unwrap_or_default()));
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page.clone()).render(&mut text)?;
    deliver(out, &String::from_utf8_lossy(&text))?;
    Ok(Exit::Fine)
}
