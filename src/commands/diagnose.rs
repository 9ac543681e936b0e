//! `lsdoctor diagnose`: the verdict from files alone, without network and engine.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, anyhow};

use super::opened::snapshot_of;
use super::output::{Terminal, layout, render};
use crate::case::Case;
use crate::cli;
use crate::cli::Global;
use crate::config::Settings;
use crate::diagnosis::{Catalogue, diagnose};
use crate::exit::Exit;
use crate::probes::offline;
use crate::probes::offline::Inputs;
use crate::session;
use crate::views::deliver;

/// Fails for a name of `--ignore` that is neither a cause nor a remark: a misspelt name would silently ignore nothing.
pub(super) fn known(ignored: &[String], catalogue: &Catalogue) -> Result<()> {
    let known = |id: &&String| catalogue.cause(id).is_some() || catalogue.remarks.iter().any(|r| r.id == **id);
    match ignored.iter().find(|id| !known(id)) {
        Some(id) => Err(anyhow!("no cause or finding is called `{id}`: `lsdoctor explain` lists them")),
        None => Ok(()),
    }
}

/// Diagnoses the given files and prints the answer.
pub(super) fn diagnose_files(
    out: &mut dyn Write,
    settings: &Settings,
    catalogue: &Catalogue,
    global: &Global,
    args: &cli::Diagnose,
    terminal: Terminal,
) -> Result<Exit> {
    known(&args.answer.ignore, catalogue)?;
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
        Some(path) => snapshot_of(path)?,
        None => (offline::read(context, &given).map_err(|e| anyhow!(e))?, context.now()),
    };
    let mut case = Case::new(snapshot);
    case.conclude(diagnose(&case.snapshot, catalogue, now), now);
    let layout = layout(context, global, terminal);
    let exit = session::exit(&case.diagnosis, &args.answer);
    deliver(out, &render(&case, exit, args.answer.format, layout, context)?)?;
    Ok(exit)
}
