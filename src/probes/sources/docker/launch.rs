//! Reads how a container was started, from the labels and settings that the starting tool leaves behind.

use serde_json::Value;

use crate::observations::{ComposeLaunch, Launch, Launcher, Workload};
use crate::probes::sources::recognise::LSTK_LABEL;
use crate::scrub::Scrubber;

/// A project has a handful of compose files.
const MOST_FILES: usize = 32;

/// Reads the way a container was started out of its inspect JSON.
pub(crate) fn read(inspect: &Value, scrubber: &Scrubber) -> Launch {
    let label = |name: &str| {
        let text = inspect.get("Config")?.get("Labels")?.get(name)?.as_str()?;
        Some(scrubber.text(text)).filter(|t| !t.is_empty())
    };
    if let Some(name) =
        ["com.docker.compose.project", "io.podman.compose.project"].into_iter().find(|l| label(l).is_some())
    {
        let files = label("com.docker.compose.project.config_files").unwrap_or_default();
        let project = ComposeLaunch {
            project: label(name),
            service: label("com.docker.compose.service").or_else(|| label("io.podman.compose.service")),
            config_files: list(&files),
            env_files: list(&label("com.docker.compose.project.environment_file").unwrap_or_default()),
            working_dir: label("com.docker.compose.project.working_dir"),
        };
        return told(Launcher::Compose(project), format!("label {name}"));
    }
    if label(LSTK_LABEL).is_some() {
        return told(Launcher::Lstk, format!("label {LSTK_LABEL}"));
    }
    if variable(inspect, "LOCALSTACK_CLIENT_NAME").is_some_and(|v| v.contains("lstk")) {
        return told(Launcher::Lstk, "variable LOCALSTACK_CLIENT_NAME");
    }
    if let Some(name) = labels(inspect).find(|l| *l == "org.testcontainers" || l.starts_with("org.testcontainers.")) {
        return told(Launcher::Testcontainers, format!("label {}", scrubber.text(name)));
    }
    if let Some(name) = labels(inspect).find(|l| l.starts_with("io.kubernetes.")) {
        return told(Launcher::Kubernetes(Workload::default()), format!("label {}", scrubber.text(name)));
    }
    match cli_trace(inspect) {
        Some(trace) => told(Launcher::Cli, format!("removed when it ends, {trace}")),
        None => told(Launcher::DockerRun, "no label of another tool"),
    }
}

/// Paths with commas between them.
fn list(text: &str) -> Vec<String> {
    text.split(',').filter(|f| !f.is_empty()).take(MOST_FILES).map(str::to_owned).collect()
}

fn told(by: Launcher, told_by: impl Into<String>) -> Launch {
    Launch { by, told_by: told_by.into() }
}

/// `localstack start` has its container removed at the end, tells it its own name, and mounts the CLI's volume folder.
/// One of these alone is also what people type themselves.
fn cli_trace(inspect: &Value) -> Option<String> {
    let removed = inspect.pointer("/HostConfig/AutoRemove").and_then(Value::as_bool).unwrap_or(false);
    if !removed {
        return None;
    }
    if let Some(name) = ["LOCALSTACK_CLI", "MAIN_CONTAINER_NAME"].into_iter().find(|n| variable(inspect, n).is_some()) {
        return Some(format!("variable {name}"));
    }
    let named = inspect.get("Name").and_then(Value::as_str).is_some_and(|n| n.trim_matches('/') == "localstack-main");
    let binds = inspect.pointer("/HostConfig/Binds").and_then(Value::as_array).into_iter().flatten();
    let mounted = binds.filter_map(Value::as_str).any(|b| b.contains("localstack/volume:/var/lib/localstack"));
    (named && mounted).then(|| "named localstack-main, with the CLI's volume".to_owned())
}

fn labels(inspect: &Value) -> impl Iterator<Item = &str> {
    let labels = inspect.pointer("/Config/Labels").and_then(Value::as_object);
    labels.into_iter().flat_map(|l| l.keys()).map(String::as_str)
}

fn variable<'a>(inspect: &'a Value, name: &str) -> Option<&'a str> {
    let list = inspect.pointer("/Config/Env").and_then(Value::as_array)?;
    list.iter().filter_map(Value::as_str).find_map(|v| v.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::LaunchMethod;
    use serde_json::json;

    fn method(inspect: Value) -> (LaunchMethod, String) {
        let launch = read(&inspect, &Scrubber::new());
        (launch.method(), launch.told_by)
    }

    #[test]
    fn each_tool_is_known_by_what_it_leaves_behind() {
        use LaunchMethod::{Cli, DockerRun, Kubernetes, Lstk, Testcontainers};
        for (inspect, expected, by) in [
            (json!({"Config": {"Labels": {"cloud.localstack.lstk": "1"}}}), Lstk, "label cloud.localstack.lstk"),
            (json!({"Config": {"Env": ["LOCALSTACK_CLIENT_NAME=lstk"]}}), Lstk, "LOCALSTACK_CLIENT_NAME"),
            (json!({"Config": {"Labels": {"org.testcontainers": "true"}}}), Testcontainers, "org.testcontainers"),
            (json!({"Config": {"Labels": {"io.kubernetes.pod.name": "ls-0"}}}), Kubernetes, "io.kubernetes.pod.name"),
            (
                json!({"HostConfig": {"AutoRemove": true}, "Config": {"Env": ["MAIN_CONTAINER_NAME=localstack-main"]}}),
                Cli,
                "MAIN_CONTAINER_NAME",
            ),
            (json!({"Name": "/localstack-main", "HostConfig": {"AutoRemove": true}}), DockerRun, "no label"),
            (
                json!({"Config": {"Env": ["MAIN_CONTAINER_NAME=localstack-main"], "Labels": null}}),
                DockerRun,
                "no label",
            ),
        ] {
            let (method, told_by) = method(inspect.clone());
            assert_eq!(method, expected, "{inspect}");
            assert!(told_by.contains(by), "{told_by}");
        }
    }

    #[test]
    fn compose_tells_its_project_service_and_files() {
        let inspect = json!({"Config": {"Labels": {
            "com.docker.compose.project": "shop",
            "com.docker.compose.service": "localstack",
            "com.docker.compose.project.config_files": "/src/a.yml,/src/b.yml",
            "com.docker.compose.project.working_dir": "/src",
            "com.docker.compose.project.environment_file": "/src/ci.env",
            "org.testcontainers": "true",
        }}});
        let launch = read(&inspect, &Scrubber::new());
        assert_eq!(launch.method(), LaunchMethod::Compose);
        let launch = launch.compose().unwrap();
        assert_eq!((launch.project.as_deref(), launch.service.as_deref()), (Some("shop"), Some("localstack")));
        assert_eq!(launch.config_files, ["/src/a.yml", "/src/b.yml"]);
        assert_eq!(launch.working_dir.as_deref(), Some("/src"));
        assert_eq!(launch.env_files, ["/src/ci.env"]);
    }
}
