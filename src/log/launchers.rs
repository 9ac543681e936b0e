//! Finds hints about how LocalStack was started in the text around a log, by the patterns of `assets/launchers.toml`.
//!
//! Only the beginning and the end of a file are searched, because that is where tools write their own lines. For example,
//! `localstack-1  | Ready.` says that compose started it, and that the service is called `localstack`.

use std::sync::OnceLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::observations::{LaunchHints, LaunchMethod};

/// So many bytes at the beginning and at the end of a file are searched.
const PART: usize = 128 << 10;

/// One pattern, and what it says; data of `assets/launchers.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct LauncherHint {
    /// The pattern; the groups `service`, `container`, `namespace`, `workload` and `pod` give names.
    pub pattern: String,
    /// The tool that started LocalStack.
    pub method: Option<LaunchMethod>,
    /// The language of the tests.
    pub language: Option<String>,
    /// The CI service.
    pub ci: Option<String>,
    /// Podman is the engine.
    pub podman: bool,
}

/// All patterns. They are compiled at the first search, so that a run that reads no file does not wait for them.
#[derive(Debug, Default)]
pub struct Launchers {
    hints: Vec<LauncherHint>,
    compiled: OnceLock<Vec<Option<Regex>>>,
}

impl Launchers {
    /// Takes the patterns; one that is no regular expression finds nothing, and a test keeps a release from that.
    pub const fn new(hints: Vec<LauncherHint>) -> Self {
        Self { hints, compiled: OnceLock::new() }
    }

    /// Collects what a text says, such as the beginning of a log under the name of its file.
    pub fn hints(&self, text: &str) -> LaunchHints {
        let compile = || self.hints.iter().map(|hint| Regex::new(&hint.pattern).ok()).collect();
        let mut found = LaunchHints::default();
        for (hint, pattern) in self.hints.iter().zip(self.compiled.get_or_init(compile)) {
            let Some(captures) = pattern.as_ref().and_then(|pattern| pattern.captures(text)) else {
                continue;
            };
            let other = hint.method.is_some() && found.method.is_some() && hint.method != found.method;
            found.method = found.method.or(hint.method);
            found.language = found.language.take().or_else(|| hint.language.clone());
            found.ci = found.ci.take().or_else(|| hint.ci.clone());
            found.podman |= hint.podman;
            if other {
                // Names of another tool's lines are not those that the first tool's commands take.
                continue;
            }
            let group = |name: &str| captures.name(name).map(|m| m.as_str().trim_matches(['-', '_', '.']).to_owned());
            found.container = found.container.take().or_else(|| group("container"));
            found.service = found.service.take().or_else(|| group("service"));
            found.namespace = found.namespace.take().or_else(|| group("namespace"));
            let pod = || group("pod").map(|pod| format!("pod/{pod}"));
            found.workload = found.workload.take().or_else(|| group("workload")).or_else(pod);
        }
        found
    }
}

/// Keeps the beginning and the end of a log while it is read.
#[derive(Debug, Default)]
pub struct Ends {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Ends {
    /// Takes the next block.
    pub fn feed(&mut self, block: &[u8]) {
        let (head, rest) = block.split_at(PART.saturating_sub(self.head.len()).min(block.len()));
        self.head.extend_from_slice(head);
        self.tail.extend_from_slice(rest);
        let surplus = self.tail.len().saturating_sub(PART);
        self.tail.drain(..surplus);
    }

    /// Gives the text: the name, a line feed, the beginning and the end. Bytes that are no text are replaced.
    pub fn text(&self, name: &str) -> String {
        format!("{name}\n{}\n{}", String::from_utf8_lossy(&self.head), String::from_utf8_lossy(&self.tail))
    }
}
