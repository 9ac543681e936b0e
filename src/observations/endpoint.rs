//! What answers at LocalStack's endpoint, if anything does.

use serde::{Deserialize, Serialize};

use super::handle::StartId;

/// The port of LocalStack's gateway, inside its container and, unless published otherwise, on the host.
pub const GATEWAY_PORT: u16 = 4566;
/// The ports on which the gateway listens inside its container: the second one speaks HTTPS.
pub const GATEWAY_PORTS: [u16; 2] = [GATEWAY_PORT, 443];
/// LocalStack's endpoint, unless a container publishes another.
pub const DEFAULT_ENDPOINT: &str = "http://localhost:4566";

/// What was found at the endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Endpoint {
    /// The URL that was asked, such as `http://localhost:4566`.
    pub url: String,
    /// Why this one: `--endpoint-url`, `port published by localstack-main`, `default`.
    pub chosen_by: String,
    /// The start of the instance whose own port or address was asked; nothing where it is not known who answers there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<StartId>,
    /// What kind of answer came.
    pub answer: Answer,
    /// The body of `/_localstack/info`, where it came.
    pub info: Option<Info>,
    /// The body of `/_localstack/health`, where it came.
    pub health: Option<Health>,
    /// What this very start said at `/_localstack/info` when it last answered, where it does not answer now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said_before: Option<Info>,
}

/// The kinds of answer an endpoint gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Answer {
    /// Nobody asked.
    #[default]
    Unknown,
    /// LocalStack answers.
    LocalStack,
    /// LocalStack answers, with an HTTP error and no usable body.
    LocalStackError {
        /// The HTTP status.
        status: u16,
    },
    /// Another program answers.
    OtherProgram {
        /// The HTTP status; 0 where the answer was saved without it.
        status: u16,
        /// Its `Server` header, if it sent one.
        server: String,
        /// The title of its page, or the beginning of its body.
        says: String,
        /// Its name, where its answer is that of a program known to take LocalStack's place, such as `MiniStack`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        program: Option<String>,
    },
    /// Something answers that does not speak HTTP.
    NotHttp {
        /// The first bytes, scrubbed.
        says: String,
    },
    /// Nobody listens.
    Refused,
    /// Accepted, and no answer within the time-out.
    Hung,
    /// Accepted and closed again without a byte: a published port with nothing behind it.
    EmptyReply,
    /// No way there: no route, unknown name, failed encryption.
    Unreachable {
        /// The reason.
        why: String,
    },
}

impl Answer {
    /// Whether nothing answered: no connection, or one without a byte of an answer.
    pub const fn is_silence(&self) -> bool {
        matches!(self, Self::Refused | Self::Hung | Self::EmptyReply | Self::Unreachable { .. })
    }
}

/// The body of `GET /_localstack/info`: the same nine keys from 3.0.2 to 2026.3.0, those used here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Info {
    /// Version, often followed by a build hash.
    pub version: String,
    /// `pro`, `community`, or `unknown` (a process without a container).
    pub edition: String,
    /// LocalStack's own word; absent in an abridged body.
    pub is_license_activated: Option<bool>,
    /// Identifies this start.
    pub session_id: String,
    /// System, such as `linux`.
    pub system: String,
    /// Whether it runs in a container.
    pub is_docker: Option<bool>,
    /// Its clock, without a zone.
    pub server_time_utc: String,
    /// Seconds since its start.
    pub uptime: Option<u64>,
}

/// The body of `GET /_localstack/health`, those keys used here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Health {
    /// `pro` or `community`.
    pub edition: String,
    /// Version.
    pub version: String,
    /// How many services are listed.
    pub services: usize,
    /// How many of them run.
    pub running: usize,
    /// Names of services in state `error`, bounded.
    pub failing: Vec<String>,
}
