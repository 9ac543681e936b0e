//! Every place a credential can come from, with its shape and last four characters, and whether it reaches LocalStack.

use serde::{Deserialize, Serialize};

use super::compose::FileLine;
use super::token::TokenShape;

/// The credentials that were found, in the order in which LocalStack uses them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Credentials {
    /// Whether the environment of LocalStack's own process was seen. If not, its credentials are unknown, not absent.
    pub process_seen: bool,
    /// Credentials of that process.
    pub process: Vec<Credential>,
    /// Credentials on this host, that may or may not get there.
    pub host: Vec<Credential>,
    /// Variables whose names look like a misspelt credential, in the process or on the host.
    pub near_misses: Vec<NearMiss>,
    /// Files that hold a credential where others can read it.
    pub exposed: Vec<Exposed>,
    /// Limits that were met: what was not taken up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
}

impl Credentials {
    /// The process's credential of this kind, the one that counts.
    pub fn in_process(&self, kind: CredentialKind) -> Option<&Credential> {
        self.process.iter().find(|c| c.kind == kind)
    }

    /// The first host credential that is not blank.
    pub fn on_host(&self) -> Option<&Credential> {
        self.host.iter().find(|c| !c.shape.is_blank())
    }
}

/// One credential at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Token or API key.
    pub kind: CredentialKind,
    /// The variable or key name, as it stands there.
    pub name: String,
    /// The place.
    pub place: Place,
    /// Its shape.
    pub shape: TokenShape,
    /// The masked text, such as `ls-...efb9`; empty when blank.
    pub masked: String,
    /// Whether the text is the same as that of the process's credential; unknown when there is none.
    pub same_as_process: Option<bool>,
}

/// The two kinds of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// `LOCALSTACK_AUTH_TOKEN`.
    AuthToken,
    /// `LOCALSTACK_API_KEY`, the older one.
    ApiKey,
    /// `LOCALSTACK_AUTH_TOKEN_OVERRIDE`, baked into offline images; beats the others.
    Override,
}

impl CredentialKind {
    /// All kinds, the one that wins first.
    pub const ALL: [Self; 3] = [Self::Override, Self::AuthToken, Self::ApiKey];

    /// The environment variable.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::AuthToken => "LOCALSTACK_AUTH_TOKEN",
            Self::ApiKey => "LOCALSTACK_API_KEY",
            Self::Override => "LOCALSTACK_AUTH_TOKEN_OVERRIDE",
        }
    }
}

/// Where a credential stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What kind of place.
    pub kind: PlaceKind,
    /// File and line, where it is a file.
    pub at: Option<FileLine>,
}

/// Kinds of places for credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// Environment of the container, or of the process, as started.
    Process,
    /// Baked into the image.
    Image,
    /// This shell's environment.
    Shell,
    /// `.env` beside the compose file or in the working directory.
    DotEnv,
    /// A file named by `env_file` or given.
    EnvFile,
    /// The compose file itself.
    Compose,
    /// `~/.localstack/<profile>.env`.
    Profile,
    /// `~/.localstack/auth.json`, read by the CLI on the host only.
    AuthJson,
    /// lstk's token file.
    Lstk,
    /// The system's keyring.
    Keyring,
}

impl PlaceKind {
    /// The place in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Process => "environment of LocalStack",
            Self::Image => "image",
            Self::Shell => "this shell's environment",
            Self::DotEnv => ".env file",
            Self::EnvFile => "env file",
            Self::Compose => "compose file",
            Self::Profile => "profile file",
            Self::AuthJson => "auth.json of the CLI",
            Self::Lstk => "token file of lstk",
            Self::Keyring => "keyring",
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{} {at}", self.kind.words()),
            None => f.write_str(self.kind.words()),
        }
    }
}

/// A variable that is probably meant to be a credential, and is not read by LocalStack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearMiss {
    /// The name as it stands there.
    pub name: String,
    /// What it was probably meant to be.
    pub meant: String,
    /// The place.
    pub place: Place,
}

/// A credential that others can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposed {
    /// File and line.
    pub at: FileLine,
    /// How it is exposed, such as `tracked by git` or `readable by everyone`.
    pub how: String,
}
