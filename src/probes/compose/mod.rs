//! Reads the compose file behind the container, or the one that was named, with compose's own interpolation.
//! What it means for the activation is judged elsewhere.

mod interpolate;
mod mend;
mod model;
mod service;
mod surroundings;
mod yaml;

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::{Answer, Context, places};
use crate::observations::{ComposeFault, ComposeFile, ComposeService, Container, ErrorKind, FileLine, ProbeError};

pub(crate) use interpolate::{Template, is_clear_secret, learn};
pub use mend::mend;
pub(crate) use service::Passed;
use service::Reader;
use surroundings::Surroundings;
pub(crate) use surroundings::{Line, project_env_files, read_env_file};

/// A compose file is a few kilobytes.
const LARGEST_FILE: u64 = 1 << 20;
/// So many files are merged.
const MOST_FILES: usize = 16;
/// So many faults are told.
const MOST_FAULTS: usize = 20;
/// Compose looks for its file in the parent folders too; so many are tried.
const MOST_PARENTS: usize = 32;
/// The names compose looks for, the first wins, each with those of its override.
const NAMES: [(&str, [&str; 2]); 4] = [
    ("compose.yaml", ["compose.override.yaml", "compose.override.yml"]),
    ("compose.yml", ["compose.override.yml", "compose.override.yaml"]),
    ("docker-compose.yml", ["docker-compose.override.yml", "docker-compose.override.yaml"]),
    ("docker-compose.yaml", ["docker-compose.override.yaml", "docker-compose.override.yml"]),
];

/// The compose files to read: the ones that were named, else the container's.
///
/// An empty path, or a folder, means the files that compose itself would take.
pub fn files_of(context: &Context, container: Option<&Container>) -> Vec<PathBuf> {
    let found = candidates(context, container);
    found.into_iter().take(MOST_FILES).map(|path| path.components().collect()).collect()
}

fn candidates(context: &Context, container: Option<&Container>) -> Vec<PathBuf> {
    let cwd = &context.host.cwd;
    if let Some(named) = &context.compose {
        let path = cwd.join(named);
        return if path.is_dir() { discover(context, &path) } else { vec![path] };
    }
    let Some(launch) = container.map(|c| &c.launch) else { return Vec::new() };
    let base = launch.working_dir.as_ref().map_or_else(|| cwd.clone(), PathBuf::from);
    launch.config_files.iter().map(|f| base.join(f)).collect()
}

fn discover(context: &Context, folder: &Path) -> Vec<PathBuf> {
    if let Some(named) = context.host.var("COMPOSE_FILE") {
        let separator = if cfg!(windows) { ";" } else { ":" };
        let separator = context.host.var("COMPOSE_PATH_SEPARATOR").unwrap_or(separator);
        return named.split(separator).filter(|f| !f.is_empty()).map(|f| folder.join(f)).collect();
    }
    for folder in folder.ancestors().take(MOST_PARENTS) {
        for (name, overrides) in NAMES {
            let file = folder.join(name);
            if file.is_file() {
                let over = overrides.into_iter().map(|o| folder.join(o)).find(|o| o.is_file());
                return std::iter::once(file).chain(over).collect();
            }
        }
    }
    Vec::new()
}

/// A compose file as it is told, and what it passes in clear: for probes only.
pub(crate) struct Reading {
    /// As it is told.
    pub(crate) file: ComposeFile,
    /// The variables of LocalStack's service.
    pub(crate) passed: Vec<Passed>,
    /// The project's folder.
    pub(crate) folder: PathBuf,
}

/// The compose file, as far as LocalStack is concerned.
///
/// # Errors
/// When a file cannot be read.
pub async fn observe(context: &Context, files: &[PathBuf]) -> Answer<ComposeFile> {
    Ok(read(context, files).await?.file)
}

/// Reads the files of a project.
///
/// # Errors
/// When a file cannot be read. One that makes no sense is told as a fault.
pub(crate) async fn read(context: &Context, files: &[PathBuf]) -> Answer<Reading> {
    let nothing = || ProbeError::new(ErrorKind::NotFound, "no compose file was found");
    let folder = files.first().and_then(|f| f.parent()).ok_or_else(nothing)?.to_owned();
    let scrubber = &*context.scrubber;
    let surroundings = Surroundings::of(context, &folder).await;
    let mut reader = Reader { surroundings: &surroundings, scrubber, folder: &folder, faults: Vec::new() };
    let (mut texts, mut documents) = (Vec::new(), Vec::new());
    for path in files {
        let shown = scrubber.text(&path.display().to_string());
        let bytes = places::read(path, LARGEST_FILE).await.map_err(|error| places::unreadable(&shown, &error))?;
        let text = SecretString::from(String::from_utf8_lossy(&bytes).into_owned());
        match model::parse(text.expose_secret(), &shown) {
            Ok(document) => documents.push(document),
            Err(fault) => {
                let at = FileLine { path: shown.clone(), line: fault.line };
                reader.fault(&at, scrubber.text(&fault.says));
            }
        }
        texts.push((shown, text));
    }
    let hidden = hiding(&documents);
    let (mut service, mut passed) = (None, Vec::new());
    if let Some(chosen) = reader.choose(documents) {
        passed = reader.variables(&chosen).await;
        let told = reader.describe(&chosen, &passed);
        service = Some(ComposeService { mend: mended(context, &texts, &told), ..told });
    } else {
        reader.faults.extend(hidden);
    }
    reader.faults.truncate(MOST_FAULTS);
    let faults = std::mem::take(&mut reader.faults);
    let paths = texts.into_iter().map(|(shown, _)| shown).collect();
    drop(reader);
    Ok(Reading { file: ComposeFile { paths, service, faults }, passed, folder })
}

/// Other files, which are not read, may hold the service that was not found.
fn hiding(documents: &[model::Document]) -> Vec<ComposeFault> {
    let mut faults = Vec::new();
    for document in documents {
        let services = &document.services.0;
        let at = services.first().map(|s| FileLine { path: s.at.path.clone(), line: 0 }).unwrap_or_default();
        if document.include.is_some() {
            faults.push(ComposeFault { at, says: "files that are included were not read".to_owned() });
        }
        for service in services.iter().filter(|s| s.extends.as_ref().is_some_and(|e| e.file.is_some())) {
            let says = "the file of the service that is extended here was not read".to_owned();
            faults.push(ComposeFault { at: service.at.clone(), says });
        }
    }
    faults
}

/// The diff, with as much around the change as can be shown without showing a secret.
fn mended(context: &Context, texts: &[(String, SecretString)], service: &ComposeService) -> Option<String> {
    let place = mend::place(service)?;
    let (_, text) = texts.iter().find(|(shown, _)| *shown == place.path)?;
    let diffs = (0..=mend::AROUND).rev().filter_map(|around| mend::diff(text.expose_secret(), service, around));
    diffs.into_iter().find(|diff| context.scrubber.lines(diff) == *diff)
}
