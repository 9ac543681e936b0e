//! What the text of a log says about how LocalStack was started, where no label of a container can tell.

use serde::{Deserialize, Serialize};

use super::launch::LaunchMethod;

/// Hints that were found in a log file, or in its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct LaunchHints {
    /// The tool that started LocalStack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<LaunchMethod>,
    /// The language of the tests, such as `java`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The CI service, such as `GitHub Actions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci: Option<String>,
    /// Podman is the engine.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub podman: bool,
    /// The name of the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The compose service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The namespace of the pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Kind and name of what keeps the pod running, or `pod/NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
}
