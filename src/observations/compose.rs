//! A compose file, as far as it decides how LocalStack starts; interpolated, values masked.

use serde::{Deserialize, Serialize};

/// A compose file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ComposeFile {
    /// The files that compose is given, in order.
    pub files: Vec<String>,
    /// All files that were read, those that others include or extend among them.
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
    /// Where it begins.
    pub at: FileLine,
    /// Its image after interpolation.
    pub image: Option<String>,
    /// Where the image is named.
    pub image_at: Option<FileLine>,
    /// Credentials as they would reach the container.
    pub variables: Vec<ComposeVariable>,
    /// Published ports, as written.
    pub ports: Vec<String>,
    /// Whether `/var/lib/localstack` lies on a volume.
    pub persistent_cache: bool,
    /// `host` and the like, where one is set: host networking publishes no ports.
    pub network_mode: Option<String>,
    /// Why no network leads from it to the license server, where that is so: `network_mode: none`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub isolated: Option<String>,
    /// Changes that could be made to its files and can be shown. Whether one is called for is judged elsewhere.
    pub mends: Vec<Mend>,
}

impl ComposeService {
    /// Whether this port of the container, 1 to 65535, is published, alone or in a range.
    pub fn publishes(&self, port: u16) -> bool {
        let holds = |text: &String| {
            let target = text.rsplit(':').next()?.split('/').next()?;
            let (first, last) = target.split_once('-').unwrap_or((target, target));
            Some((first.parse().ok()?..=last.parse().ok()?).contains(&port))
        };
        self.ports.iter().any(|p| holds(p).unwrap_or(false))
    }

    /// The ready-made change of this kind.
    pub fn mend(&self, of: MendKind) -> Option<&Mend> {
        self.mends.iter().find(|m| m.of == of)
    }
}

/// A change to a compose file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mend {
    /// What it changes.
    pub of: MendKind,
    /// Where.
    pub at: FileLine,
    /// The change as a unified diff, as `patch` and `git apply` take it.
    pub diff: String,
}

/// The changes to a compose file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MendKind {
    /// `LOCALSTACK_AUTH_TOKEN` is passed on, and compose refuses to start without it.
    Token,
    /// The licensed image, of the same tag.
    Image,
    /// LocalStack's port is published, on this machine alone.
    Port,
    /// `LOCALSTACK_API_KEY` is taken out.
    ApiKey,
    /// `/var/lib/localstack` lies on a volume.
    Volume,
}

impl MendKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Token, Self::Image, Self::Port, Self::ApiKey, Self::Volume];

    /// The id used in JSON, and in the catalogue as `{mend_<id>}`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Image => "image",
            Self::Port => "port",
            Self::ApiKey => "api_key",
            Self::Volume => "volume",
        }
    }
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
    /// The variable that has to be set for compose to start, where that alone is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<String>,
}
