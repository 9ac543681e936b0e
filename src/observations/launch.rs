//! How an instance was started, with what the remedies for that way need.

use serde::{Deserialize, Serialize};

/// How an instance was started, as its labels and settings show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(from = "StoredLaunch", into = "StoredLaunch")]
pub struct Launch {
    /// The tool that started it, with what the tool's remedies need.
    pub by: Launcher,
    /// What this was read from, such as `label com.docker.compose.project`.
    pub told_by: String,
}

/// The tools that start LocalStack, each with what its remedies need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Launcher {
    /// Not known.
    #[default]
    Unknown,
    /// `localstack start`.
    Cli,
    /// `lstk start`.
    Lstk,
    /// `docker run`.
    DockerRun,
    /// `docker compose up`.
    Compose(ComposeLaunch),
    /// A test library.
    Testcontainers,
    /// A job of a CI service.
    Ci,
    /// A pod of a cluster.
    Kubernetes(Workload),
    /// A process without a container.
    HostProcess,
}

/// The compose project that started an instance, as far as its labels show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ComposeLaunch {
    /// The project's name.
    pub project: Option<String>,
    /// The name of LocalStack's service.
    pub service: Option<String>,
    /// The compose files, in order.
    pub config_files: Vec<String>,
    /// The project's directory.
    pub working_dir: Option<String>,
    /// The env files that `--env-file` named, in order.
    pub env_files: Vec<String>,
}

/// What keeps a pod running, as `kubectl` names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workload {
    /// The namespace; nothing where it is not known.
    pub namespace: Option<String>,
    /// Kind and name, such as `deployment/localstack` or `statefulset/aws`; nothing where it is not known.
    pub workload: Option<String>,
}

impl Launch {
    /// The way that remedies are chosen by.
    pub const fn method(&self) -> LaunchMethod {
        match self.by {
            Launcher::Unknown => LaunchMethod::Unknown,
            Launcher::Cli => LaunchMethod::Cli,
            Launcher::Lstk => LaunchMethod::Lstk,
            Launcher::DockerRun => LaunchMethod::DockerRun,
            Launcher::Compose(_) => LaunchMethod::Compose,
            Launcher::Testcontainers => LaunchMethod::Testcontainers,
            Launcher::Ci => LaunchMethod::Ci,
            Launcher::Kubernetes(_) => LaunchMethod::Kubernetes,
            Launcher::HostProcess => LaunchMethod::HostProcess,
        }
    }

    /// The compose project, if compose started the instance.
    pub const fn compose(&self) -> Option<&ComposeLaunch> {
        match &self.by {
            Launcher::Compose(project) => Some(project),
            _ => None,
        }
    }
}

/// A launch as it is stored: one flat object, whose fields of other ways are empty.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct StoredLaunch {
    method: LaunchMethod,
    told_by: String,
    project: Option<String>,
    service: Option<String>,
    config_files: Vec<String>,
    working_dir: Option<String>,
    env_files: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<String>,
}

impl From<StoredLaunch> for Launch {
    fn from(stored: StoredLaunch) -> Self {
        let StoredLaunch { method, told_by, project, service, config_files, working_dir, env_files, .. } = stored;
        let by = match method {
            LaunchMethod::Unknown => Launcher::Unknown,
            LaunchMethod::Cli => Launcher::Cli,
            LaunchMethod::Lstk => Launcher::Lstk,
            LaunchMethod::DockerRun => Launcher::DockerRun,
            LaunchMethod::Compose => {
                Launcher::Compose(ComposeLaunch { project, service, config_files, working_dir, env_files })
            }
            LaunchMethod::Testcontainers => Launcher::Testcontainers,
            LaunchMethod::Ci => Launcher::Ci,
            LaunchMethod::Kubernetes => {
                Launcher::Kubernetes(Workload { namespace: stored.namespace, workload: stored.workload })
            }
            LaunchMethod::HostProcess => Launcher::HostProcess,
        };
        Self { by, told_by }
    }
}

impl From<Launch> for StoredLaunch {
    fn from(launch: Launch) -> Self {
        let method = launch.method();
        let stored = Self { method, told_by: launch.told_by, ..Self::default() };
        match launch.by {
            Launcher::Compose(ComposeLaunch { project, service, config_files, working_dir, env_files }) => {
                Self { project, service, config_files, working_dir, env_files, ..stored }
            }
            Launcher::Kubernetes(Workload { namespace, workload }) => Self { namespace, workload, ..stored },
            _ => stored,
        }
    }
}

/// The ways to start LocalStack that remedies are worded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum LaunchMethod {
    /// Not known.
    #[default]
    Unknown,
    /// `localstack start`.
    Cli,
    /// `lstk start`.
    Lstk,
    /// `docker run`.
    DockerRun,
    /// `docker compose up`.
    Compose,
    /// A test library.
    Testcontainers,
    /// A job of a CI service.
    Ci,
    /// A pod.
    Kubernetes,
    /// A process without a container.
    HostProcess,
}

impl LaunchMethod {
    /// The id used in JSON and in the catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Cli => "cli",
            Self::Lstk => "lstk",
            Self::DockerRun => "docker-run",
            Self::Compose => "compose",
            Self::Testcontainers => "testcontainers",
            Self::Ci => "ci",
            Self::Kubernetes => "kubernetes",
            Self::HostProcess => "host-process",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_launch_is_stored_flat_and_read_back() {
        let compose = ComposeLaunch { project: Some("shop".into()), env_files: vec!["a".into()], ..Default::default() };
        let workload = Workload { namespace: Some("team".into()), workload: Some("deployment/ls".into()) };
        for by in [Launcher::Compose(compose), Launcher::Kubernetes(workload), Launcher::DockerRun, Launcher::Unknown] {
            let launch = Launch { by, told_by: "a label".into() };
            let text = serde_json::to_string(&launch).unwrap();
            assert!(text.starts_with("{\"method\":\""), "{text}");
            assert_eq!(serde_json::from_str::<Launch>(&text).unwrap(), launch);
        }
    }
}
