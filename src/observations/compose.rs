//! A compose file, as far as it decides how LocalStack starts; interpolated, values masked.

use serde::{Deserialize, Serialize};

/// A compose file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ComposeFile {
    /// The files that were read, in order.
    pub paths: Vec<String>,
    /// The service that is LocalStack, if one is.
    pub service: Option<ComposeService>,
    /// What is wrong with the file itself, with line and column.
    pub faults: Vec<ComposeFault>,
}

/// The service that runs LocalStack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ComposeService {
    /// Its name.
    pub name: String,
    /// Its image after interpolation.
    pub image: Option<String>,
    /// Credentials as they would reach the container.
    pub variables: Vec<ComposeVariable>,
    /// Published ports, as written.
    pub ports: Vec<String>,
    /// Whether `/var/lib/localstack` lies on a volume.
    pub persistent_cache: bool,
    /// The file and line where `environment:` stands, or where the service begins.
    pub environment_at: Option<FileLine>,
    /// Whether an `environment:` section exists.
    pub has_environment: bool,
    /// `host` and the like, where one is set: host networking publishes no ports.
    pub network_mode: Option<String>,
    /// A unified diff of the file that passes the token on, where the file does not, and the change can be shown.
    pub mend: Option<String>,
}

/// A variable of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ComposeVariable {
    /// Its name.
    pub name: String,
    /// As it is written, secrets masked: `${LOCALSTACK_AUTH_TOKEN:-}`.
    pub written: String,
    /// What it comes to, masked; `None` when it is left out of the environment.
    pub value: Option<String>,
    /// Where.
    pub at: FileLine,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct FileLine {
    /// The path.
    pub path: String,
    /// The line, counted from 1; 0 when the file is meant as a whole.
    pub line: u64,
}

impl std::fmt::Display for FileLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line == 0 { f.write_str(&self.path) } else { write!(f, "{}:{}", self.path, self.line) }
    }
}

/// Something that is wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ComposeFault {
    /// Where.
    pub at: FileLine,
    /// What, as one sentence without a full stop.
    pub says: String,
}
