//! Reads the compose file behind the container, or the one that was named, with compose's own interpolation.
//! What it means for the activation is judged elsewhere.

mod fix;
mod load;
mod model;
mod service;
mod surroundings;
mod yaml;

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};

use super::Answer;
use super::context::Context;
use super::host::file;
use crate::observations::{ComposeFile, ComposeService, Container, ErrorKind, ProbeError};

pub(crate) use super::formats::interpolate::{Template, is_clear_secret, learn};
use load::{Loaded, load};
pub(crate) use service::Passed;
use service::Reader;
use surroundings::project_setting;
pub(crate) use surroundings::{Line, project_env_files, read_env_file};

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

/// The files of a project, and what they are read with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Project {
    /// The compose files, merged in order; none when nothing was named and the container is not compose's.
    pub files: Vec<PathBuf>,
    /// The folder that paths in them are relative to.
    pub folder: PathBuf,
    /// The files that variables are filled from, besides the shell.
    pub env_files: Vec<PathBuf>,
}

/// The project to look at: the files that were named, else the container's.
///
/// An empty path, or a folder, means the files that compose itself would take.
pub fn project_of(context: &Context, container: Option<&Container>) -> Project {
    let cwd = &context.host.cwd;
    let clean = |path: PathBuf| -> PathBuf { path.components().collect() };
    if let Some(named) = &context.compose {
        let whole = named.iter().map(|n| cwd.join(n));
        let found = whole.flat_map(|path| if path.is_dir() { discover(context, &path) } else { vec![path] });
        let files: Vec<PathBuf> = found.map(clean).collect();
        let folder = files.first().and_then(|f| f.parent()).map(Path::to_owned).unwrap_or_default();
        let env_files = project_env_files(context, &folder);
        return Project { files, folder, env_files };
    }
    let Some(launch) = container.map(|c| &c.launch).filter(|l| !l.config_files.is_empty()) else {
        return Project::default();
    };
    let base = launch.working_dir.as_ref().map(PathBuf::from);
    let files: Vec<PathBuf> = launch.config_files.iter().map(|f| clean(base.as_ref().unwrap_or(cwd).join(f))).collect();
    let folder = base.or_else(|| Some(files.first()?.parent()?.to_owned())).unwrap_or_default();
    let env_files = match launch.env_files.as_slice() {
        [] => project_env_files(context, &folder),
        named => named.iter().map(|f| folder.join(f)).collect(),
    };
    Project { files, folder, env_files }
}

/// Whether the files that the user named can be opened at all: what cannot is bad input, not a fault of LocalStack's.
///
/// # Errors
/// When one cannot: which, and why.
pub fn readable(context: &Context) -> Result<(), String> {
    for named in context.compose.iter().flatten() {
        let path = context.host.cwd.join(named);
        // A pipe would be waited for: what is no file is told by the check itself.
        let opened = |kind: Metadata| if kind.is_file() { File::open(&path).map(drop) } else { Ok(()) };
        std::fs::metadata(&path)
            .and_then(opened)
            .map_err(|e| format!("cannot read the compose file {}: {}", named.display(), file::why(&e)))?;
    }
    Ok(())
}

fn discover(context: &Context, folder: &Path) -> Vec<PathBuf> {
    if let Some(named) = project_setting(context, folder, "COMPOSE_FILE") {
        let usual = if cfg!(windows) { ";" } else { ":" };
        let separator = project_setting(context, folder, "COMPOSE_PATH_SEPARATOR").unwrap_or_else(|| usual.to_owned());
        return named.split(&separator).filter(|f| !f.is_empty()).map(|f| folder.join(f)).collect();
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
    let Loaded { service: chosen, scopes, texts, faults } = load(context, project).await?;
    let mut reader = Reader { scopes: &scopes, scrubber: &context.scrubber, faults };
    let (mut service, mut passed) = (None, Vec::new());
    if let Some(chosen) = chosen {
        passed = reader.variables(&chosen).await;
        let told = reader.describe(&chosen, &passed);
        let mends = fix::all(&chosen, &told, &texts, &context.scrubber);
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
