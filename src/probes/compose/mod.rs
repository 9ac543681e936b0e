//! Reads the compose file behind the container, or the one that was named, with compose's own interpolation.
//! The diagnosis decides what the file means for the activation.

mod dockerfile;
mod fix;
mod load;
mod model;
mod project;
mod service;
mod surroundings;
mod yaml;

use super::Answer;
use super::context::Context;
use crate::observations::{ComposeFile, ComposeService, ErrorKind, ProbeError};

pub(crate) use super::formats::interpolate::{Template, is_clear_secret, secrets_in};
use load::{Loaded, load};
pub use project::{Project, project_of, readable};
pub(crate) use service::Passed;
use service::Reader;
pub(crate) use surroundings::{Line, project_env_files, read_env_file};

/// The most faults that are reported.
const MOST_FAULTS: usize = 20;
/// A compose file as it is told, and what it passes in clear: for probes only.
pub(crate) struct Reading {
    /// As it is told.
    pub(crate) file: ComposeFile,
    /// The variables of LocalStack's service.
    pub(crate) passed: Vec<Passed>,
}

/// The compose file, as far as LocalStack is concerned.
///
/// # Errors
/// When a file cannot be read.
pub async fn observe(context: &Context, project: &Project) -> Answer<ComposeFile> {
    Ok(read(context, project).await?.file)
}

/// Reads the files of a project.
///
/// # Errors
/// When a file cannot be read. One that makes no sense is told as a fault.
pub(crate) async fn read(context: &Context, project: &Project) -> Answer<Reading> {
    if project.files.is_empty() {
        return Err(ProbeError::new(ErrorKind::NotFound, "no compose file was found"));
    }
    let Loaded { service: chosen, scopes, texts, faults, internal } = load(context, project).await?;
    let mut reader = Reader { scopes: &scopes, scrubber: &context.scrubber, faults };
    let (mut service, mut passed) = (None, Vec::new());
    if let Some(chosen) = chosen {
        passed = reader.variables(&chosen).await;
        let told = reader.describe(&chosen, &passed, &internal);
        let mends = fix::suggest_fix(&chosen, &told, &texts, &context.scrubber);
        service = Some(ComposeService { mends, ..told });
    }
    let untold = reader.faults.len().saturating_sub(MOST_FAULTS);
    reader.faults.truncate(MOST_FAULTS);
    if untold > 0
        && let Some(last) = reader.faults.last_mut()
    {
        last.says.push_str(&format!("; {untold} more faults are not told"));
    }
    let faults = std::mem::take(&mut reader.faults);
    let paths = texts.into_iter().map(|(shown, _)| shown).collect();
    let files = project.files.iter().map(|f| context.scrubber.text(&f.display().to_string())).collect();
    Ok(Reading { file: ComposeFile { files, paths, service, faults }, passed })
}
