//! Where programs keep their files on each operating system, and reading those files with a bound.
//! What the files mean is unknown here.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

use super::{Host, files};
use crate::observations::{ErrorKind, FileLine, ProbeError};

/// The families of operating systems that differ in their folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Linux and everything else that follows the XDG rules.
    Xdg,
    /// macOS.
    Mac,
    /// Windows.
    Windows,
}

impl System {
    /// The one this program was built for.
    pub(crate) const fn here() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::Mac
        } else {
            Self::Xdg
        }
    }

    /// The user's configuration folder, by Go's rules, which lstk follows.
    pub(crate) fn config(self, host: &Host) -> Option<PathBuf> {
        match self {
            Self::Xdg => absolute(host, "XDG_CONFIG_HOME").or_else(|| host.in_home(".config")),
            Self::Mac => host.in_home("Library/Application Support"),
            Self::Windows => host.var("APPDATA").map(PathBuf::from),
        }
    }

    /// The user's cache folder, by Go's rules, which lstk follows.
    pub(crate) fn cache(self, host: &Host) -> Option<PathBuf> {
        match self {
            Self::Xdg => absolute(host, "XDG_CACHE_HOME").or_else(|| host.in_home(".cache")),
            Self::Mac => host.in_home("Library/Caches"),
            Self::Windows => host.var("LOCALAPPDATA").map(PathBuf::from),
        }
    }

    /// The cache folder of LocalStack's Python CLI.
    pub(crate) fn cli_cache(self, host: &Host) -> Option<PathBuf> {
        match self {
            Self::Xdg => host.in_home(".cache"),
            Self::Mac => host.in_home("Library/Caches"),
            Self::Windows => Some(PathBuf::from(host.var("LOCALAPPDATA")?).join("cache")),
        }
    }
}

fn absolute(host: &Host, variable: &str) -> Option<PathBuf> {
    host.var(variable).map(PathBuf::from).filter(|p| p.is_absolute())
}

/// Reads a regular file of at most `limit` bytes, off the threads that answer; the bytes are wiped when they are dropped.
///
/// # Errors
/// When it is no regular file, larger than the limit, or cannot be read.
pub(crate) async fn read(path: &Path, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || files::read_bounded(&path, limit));
    read.await.map_err(io::Error::other)?.map(Zeroizing::new)
}

/// Why a file could not be read, as a probe's own failure.
pub(crate) fn unreadable(path: &str, error: &io::Error) -> ProbeError {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        _ => ErrorKind::BadAnswer,
    };
    ProbeError::new(kind, format!("cannot read {path}: {}", why(error)))
}

/// A file error in words that do not depend on the system.
pub(crate) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// A line of a file.
pub(crate) fn at(path: &Path, line: u64) -> FileLine {
    FileLine { path: path.display().to_string(), line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(variables: &[(&str, &str)]) -> Host {
        Host {
            home: Some("/home/u".into()),
            env: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            ..Host::default()
        }
    }

    #[test]
    fn each_system_has_its_own_folders() {
        let plain = host(&[]);
        assert_eq!(System::Xdg.config(&plain), Some("/home/u/.config".into()));
        assert_eq!(System::Xdg.cache(&plain), Some("/home/u/.cache".into()));
        assert_eq!(System::Mac.config(&plain), Some("/home/u/Library/Application Support".into()));
        assert_eq!(System::Mac.cli_cache(&plain), Some("/home/u/Library/Caches".into()));
        assert_eq!(System::Windows.config(&plain), None);
        let windows = host(&[("LOCALAPPDATA", "C:/L"), ("APPDATA", "C:/R")]);
        assert_eq!(System::Windows.cli_cache(&windows), Some("C:/L/cache".into()));
        assert_eq!(System::Windows.cache(&windows), Some("C:/L".into()));
        assert_eq!(System::Windows.config(&windows), Some("C:/R".into()));
    }

    #[test]
    fn xdg_folders_count_only_when_absolute() {
        assert_eq!(System::Xdg.config(&host(&[("XDG_CONFIG_HOME", "/x")])), Some("/x".into()));
        assert_eq!(System::Xdg.config(&host(&[("XDG_CONFIG_HOME", "x")])), Some("/home/u/.config".into()));
        assert_eq!(System::Xdg.cache(&Host::default()), None);
    }
}
