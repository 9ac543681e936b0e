//! A home directory and a project in a temporary folder, and a context that sees nothing else.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lsdoctor::log::PhraseSet;
use lsdoctor::probes::credentials::learn_shell_tokens;
use lsdoctor::probes::{Context, Host, Limits};
use tempfile::TempDir;

/// A token of the right shape that was never issued; only its last four characters may be seen.
pub(crate) const TOKEN: &str = "ls-MARKfake-fake-fake-fake-fakefakec8b2";

/// A host of its own.
pub(crate) struct Home {
    folder: TempDir,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) compose: Option<Vec<PathBuf>>,
    pub(crate) keyring: bool,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "project", "bin"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder, variables: BTreeMap::new(), compose: None, keyring: false }
    }

    /// A path below the temporary folder.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file below the temporary folder.
    pub(crate) fn write(&self, relative: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Puts a program into `bin`. Written by another process, so that no test's child holds it open for writing.
    #[cfg(unix)]
    pub(crate) fn program(&self, name: &str, script: &str) {
        let text = self.write("script", script);
        let program = self.path("bin").join(name);
        let install = std::process::Command::new("install").args(["-m", "755"]).arg(text).arg(program).status();
        assert!(install.unwrap().success());
    }

    /// Sets a variable of the shell.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Looks at `project/compose.yaml`.
    pub(crate) fn compose(&mut self, text: &str) -> PathBuf {
        let path = self.write("project/compose.yaml", text);
        self.compose = Some(vec![path.clone()]);
        path
    }

    pub(crate) fn context(&self) -> Context {
        let host = Host {
            env: self.variables.clone().into(),
            home: Some(self.path("home")),
            cwd: self.path("project"),
            root: self.folder.path().to_owned(),
        };
        let limits = Limits { timeout: Duration::from_secs(20), offline: true, keyring: self.keyring };
        let phrases = Arc::new(PhraseSet::new([], &lsdoctor::log::LogLayout::default()).unwrap());
        let context = Context {
            api_endpoint: "https://api.invalid/v1".to_owned(),
            compose: self.compose.clone(),
            ..Context::new(host, limits, phrases)
        };
        learn_shell_tokens(&context);
        context
    }
}

/// No secret of these tests is in what will be stored or shown.
pub(crate) fn assert_scrubbed(observation: &impl serde::Serialize) {
    let text = serde_json::to_string(observation).unwrap();
    for marked in ["MARK", "fakefake", "marked"] {
        assert!(!text.contains(marked), "{marked} is in {text}");
    }
}

/// What is no regular file, or no file that ends: a probe must neither wait for it nor fail because of it.
#[cfg(unix)]
pub(crate) fn obstacles(path: &Path) -> Vec<Box<dyn Fn() + '_>> {
    let clear = move || {
        if path.is_dir() && !path.is_symlink() {
            fs::remove_dir(path).unwrap();
        } else if path.symlink_metadata().is_ok() {
            fs::remove_file(path).unwrap();
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
    };
    vec![
        Box::new(move || {
            clear();
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        }),
        Box::new(move || {
            clear();
            fs::create_dir(path).unwrap();
        }),
        Box::new(move || {
            clear();
            std::os::unix::fs::symlink(path, path).unwrap();
        }),
        Box::new(move || {
            clear();
            std::os::unix::fs::symlink("/dev/zero", path).unwrap();
        }),
        Box::new(move || {
            clear();
            fs::write(path, vec![b'x'; 3 << 20]).unwrap();
        }),
        Box::new(move || {
            clear();
            fs::write(path, [0xff, 0x00, b'=', b'\n', 0x1b, b'[', b'{']).unwrap();
        }),
    ]
}
