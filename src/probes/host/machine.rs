//! This machine as probes see it: captured once, below a root that tests can move. Nothing is read here.

use std::path::{Path, PathBuf};

use super::Environment;

/// Variables by which lstk tells a program that it runs of itself (`LSTK_EXT_CONTEXT` and others; lstk's source).
const LSTK_CONTEXT: &str = "LSTK_EXT_";

/// The host as probes see it. Probes read files below `root` and never ask the process for its environment.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// Environment variables.
    pub env: Environment,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// The working directory.
    pub cwd: PathBuf,
    /// `/`, or a temporary directory in tests.
    pub root: PathBuf,
}

impl Host {
    /// The real host.
    pub fn capture() -> Self {
        let env: Environment = std::env::vars_os()
            // lstk hands its context to programs it runs, the token in it: that is not ours to know.
            .filter(|(name, _)| !name.to_string_lossy().starts_with(LSTK_CONTEXT))
            .map(|(k, v)| (k.to_string_lossy().into_owned(), v.to_string_lossy().into_owned()))
            .collect();
        let home = env.get("HOME").or_else(|| env.get("USERPROFILE")).filter(|h| !h.is_empty()).map(PathBuf::from);
        Self { home, cwd: std::env::current_dir().unwrap_or_default(), root: PathBuf::from("/"), env }
    }

    /// A variable that is set to something.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).filter(|v| !v.is_empty())
    }

    /// A path such as `/etc/hosts`, below `root`.
    pub fn path(&self, absolute: &str) -> PathBuf {
        self.root.join(absolute.trim_start_matches('/'))
    }

    /// A path below the home directory.
    pub fn in_home(&self, relative: impl AsRef<Path>) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(relative))
    }
}
