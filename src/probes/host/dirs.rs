//! Directories in which programs keep their files on each operating system. The rules are those of the tools that write the files.

use std::path::PathBuf;

use crate::probes::host::Host;

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
