//! Which files make up a compose project: those that the user named, those of the container's labels, or those that compose
//! would find in a directory. The files themselves are read in `load`.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};

use super::surroundings::{project_env_files, project_setting};
use crate::observations::Container;
use crate::probes::context::Context;
use crate::probes::host::file;

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
    let Some(launch) = container.and_then(|c| c.launch.compose()).filter(|l| !l.config_files.is_empty()) else {
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
