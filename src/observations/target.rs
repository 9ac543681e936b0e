//! What the user asked about, and the machine it was asked from.

use serde::{Deserialize, Serialize};

/// The addresses and names that the evidence is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Target {
    /// The endpoint the user named, if one was named.
    pub endpoint: Option<String>,
    /// The container the user named, if one was named.
    pub container: Option<String>,
    /// Base URL of the license server.
    pub api_endpoint: String,
    /// Host name of the license server.
    pub license_host: String,
    /// Nothing beyond this machine was asked.
    pub offline: bool,
    /// Evidence comes from files alone; what was not given is unknown.
    pub from_files: bool,
    /// The machine and where it runs.
    pub machine: Machine,
}

/// The machine that lsdoctor runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Machine {
    /// Operating system, such as `linux`.
    pub os: String,
    /// Processor architecture, such as `x86_64`.
    pub arch: String,
    /// The CI service that lsdoctor runs in, if any.
    pub ci: Option<Ci>,
}

/// A CI service, recognised by its environment variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ci {
    /// Its name, such as `GitHub Actions`.
    pub name: String,
    /// Why this run gets no secrets (a fork's pull request, a bot), where the variables show it.
    pub without_secrets: Option<String>,
}
