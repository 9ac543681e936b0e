//! `lsdoctor diff`: compares two JSON reports or recordings.

use std::io::Write;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::opened::snapshot_of;
use super::output::{Terminal, layout};
use crate::cli;
use crate::cli::{DiffFormat, Global};
use crate::config::Settings;
use crate::diagnosis::{Catalogue, Comparison, Diagnosis, Status, compare, diagnose};
use crate::exit::Exit;
use crate::views::deliver;
use crate::views::diff::{Side, text};

/// A comparison as programs read it.
#[derive(Serialize)]
struct Answer<'a> {
    first: Verdict<'a>,
    second: Verdict<'a>,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

#[derive(Serialize)]
struct Verdict<'a> {
    name: String,
    status: Status,
    cause: &'a str,
    summary: &'a str,
}

/// Prints what differs between two files. Both are judged anew, so that an older report is judged by today's catalogue.
pub(super) fn diff(
    out: &mut dyn Write,
    settings: &Settings,
    catalogue: &Catalogue,
    global: &Global,
    args: &cli::Diff,
    terminal: Terminal,
) -> Result<Exit> {
    let scrubber = &settings.context.scrubber;
    let opened = |path: &std::path::Path| -> Result<_> {
        let (snapshot, at) = snapshot_of(path)?;
        let diagnosis = diagnose(&snapshot, catalogue, at);
        Ok((scrubber.text(&path.display().to_string()), snapshot, diagnosis))
    };
    let (first, second) = (opened(&args.first)?, opened(&args.second)?);
    let comparison = compare(&first.1, &second.1);
    let answer = match args.format {
        DiffFormat::Text => {
            let first = Side { name: &first.0, diagnosis: &first.2 };
            let second = Side { name: &second.0, diagnosis: &second.2 };
            text(first, second, &comparison, layout(&settings.context, global, terminal))
        }
        DiffFormat::Json => {
            let answer = Answer {
                first: verdict(&first.0, &first.2),
                second: verdict(&second.0, &second.2),
                comparison: &comparison,
            };
            serde_json::to_string_pretty(&answer).context("cannot write JSON")? + "\n"
        }
    };
    deliver(out, &answer)?;
    Ok(Exit::Fine)
}

fn verdict<'a>(name: &str, diagnosis: &'a Diagnosis) -> Verdict<'a> {
    let head = &diagnosis.headline;
    Verdict { name: name.to_owned(), status: diagnosis.status, cause: &head.cause, summary: &head.summary }
}
