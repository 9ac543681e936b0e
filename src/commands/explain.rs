//! `lsdoctor explain`: the catalogue for people.

use std::io::Write;

use anyhow::{Result, anyhow};

use crate::cli;
use crate::diagnosis::Catalogue;
use crate::exit::Exit;
use crate::views;
use crate::views::deliver;

/// Prints one cause, the list of causes, or the whole catalogue as markdown. `width` is in columns.
pub(super) fn explain(out: &mut dyn Write, catalogue: &Catalogue, args: &cli::Explain, width: usize) -> Result<Exit> {
    let text = match &args.cause {
        None if args.markdown => views::explain::page(catalogue),
        None => views::explain::list(catalogue),
        Some(id) => match (catalogue.cause(id), catalogue.remark(id)) {
            (Some(cause), _) => views::explain::one(cause, width),
            (None, Some(remark)) => views::explain::remark(remark, width),
            (None, None) => return Err(anyhow!("no cause is called `{id}`: `lsdoctor explain` lists them")),
        },
    };
    deliver(out, &text)?;
    Ok(Exit::Fine)
}
