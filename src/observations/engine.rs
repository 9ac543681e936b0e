//! The container engine as it answered. Nothing here connects to one.

use serde::{Deserialize, Serialize};

/// An engine that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Engine {
    /// Its address, such as `unix:///var/run/docker.sock`; a password in it is masked.
    pub address: String,
    /// Why this one was asked: `DOCKER_HOST`, `docker context "colima"`, `well-known socket of Docker`.
    pub chosen_by: String,
    /// Its name, such as `Docker Engine` or `Podman Engine`.
    pub name: String,
    /// Its version, such as `20.10.24`.
    pub version: String,
    /// The newest API version it speaks, such as `1.41`.
    pub api_version: String,
    /// Operating system of the engine, such as `linux`.
    pub os: String,
    /// Proxy settings of the daemon, as `NAME=value`, passwords masked. Containers do not inherit them.
    /// Source: <https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemInfo>
    pub proxies: Vec<String>,
    /// Proxy settings that docker's client hands to each container it creates, as `NAME=value`, passwords masked.
    /// Source: <https://docs.docker.com/engine/cli/proxy/>
    pub client_proxies: Vec<String>,
}
