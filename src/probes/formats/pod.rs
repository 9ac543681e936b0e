//! Reads what `kubectl get pod -o json` (or yaml) prints into one description per container, in the terms of `docker inspect`,
//! so that one reader takes all of them. Pure.

use serde_json::{Map, Value, json};

use super::environment::{self, GivenEnvironment, Setting};

/// Reasons for which a container waits that mean: it ended, and will be started again.
const BACK_OFF: &str = "CrashLoopBackOff";
/// The reason of a container whose configuration cannot be put together, such as a Secret that is not there.
const CONFIG_ERROR: &str = "CreateContainerConfigError";
/// The reason of a container that the kernel ended at its memory limit.
const OOM_KILLED: &str = "OOMKilled";

/// A container as a pod describes it.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    /// In the terms of `docker inspect`, without its variables.
    pub(crate) inspect: Value,
    /// Its variables; nothing where the description does not say.
    pub(crate) environment: Option<GivenEnvironment>,
    /// The last lines of its log, where the pod keeps them as the termination message.
    pub(crate) last_words: Option<String>,
}

/// The containers of all pods in a tree: a pod, a list of pods, or several documents.
pub(crate) fn containers(tree: &Value) -> Vec<Described> {
    match tree {
        Value::Array(items) => items.iter().flat_map(containers).collect(),
        Value::Object(map) => match (map.get("kind").and_then(Value::as_str), map.get("items")) {
            (Some(kind), Some(Value::Array(items))) if kind.ends_with("List") => {
                items.iter().flat_map(containers).collect()
            }
            (Some("Pod"), _) => of_pod(tree),
            // Items of a list do not repeat what they are.
            (None, _) if tree.pointer("/spec/containers").is_some() => of_pod(tree),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn of_pod(pod: &Value) -> Vec<Described> {
    let list = pod.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|container| described(pod, container.as_object()?)).collect()
}

fn described(pod: &Value, container: &Map<String, Value>) -> Option<Described> {
    let name = container.get("name")?.as_str()?;
    let statuses = pod.pointer("/status/containerStatuses").and_then(Value::as_array).into_iter().flatten();
    let status = statuses.into_iter().find(|s| s.get("name").and_then(Value::as_str) == Some(name));
    let text = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let meta = |field: &str| text(pod, &format!("/metadata/{field}")).unwrap_or_default();
    let state = state(pod, status);
    let ports = container.get("ports").and_then(Value::as_array).into_iter().flatten();
    let exposed: Map<String, Value> =
        ports.filter_map(|port| Some((format!("{}/tcp", port.get("containerPort")?.as_u64()?), json!({})))).collect();
    let id = status.and_then(|s| text(s, "/containerID")).unwrap_or_default();
    let id = id.rsplit("//").next().unwrap_or_default().to_owned();
    let mut environment = environment::of_container(container).unwrap_or_default();
    mark_absent(&mut environment, state.get("Error").and_then(Value::as_str).unwrap_or_default());
    let parts = [meta("namespace"), meta("name"), name.to_owned()];
    let whole_name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
    let inspect = json!({
        "Id": id,
        "Name": whole_name,
        "Created": meta("creationTimestamp"),
        "State": state,
        "RestartCount": status.and_then(|s| s.get("restartCount")).cloned().unwrap_or(json!(0)),
        "Config": {
            "Image": container.get("image").cloned().unwrap_or_default(),
            "ExposedPorts": exposed,
            "Labels": { "io.kubernetes.pod.name": meta("name"), "io.kubernetes.pod.namespace": meta("namespace") },
        },
    });
    let words = |pointer: &str| status.and_then(|s| text(s, pointer)).filter(|words| !words.trim().is_empty());
    let last_words = words("/state/terminated/message").or_else(|| words("/lastState/terminated/message"));
    Some(Described { inspect, environment: Some(environment), last_words })
}

/// The state of a container. While it waits for its next start, or runs and is not ready, its last end is what counts.
fn state(pod: &Value, status: Option<&Value>) -> Value {
    let Some(status) = status else { return json!({ "Status": "created", "Error": unscheduled(pod) }) };
    let part = |pointer: &str| status.pointer(pointer).filter(|part| part.is_object());
    let field = |part: &Value, name: &str| part.get(name).cloned().unwrap_or_default();
    let ended = |part: &Value, word: &str| {
        json!({
            "Status": word,
            "ExitCode": field(part, "exitCode"),
            "OOMKilled": part.get("reason").and_then(Value::as_str) == Some(OOM_KILLED),
            "StartedAt": field(part, "startedAt"),
            "FinishedAt": field(part, "finishedAt"),
            "Error": "",
        })
    };
    let last = part("/lastState/terminated");
    let ready = status.get("ready").and_then(Value::as_bool).unwrap_or(false);
    if let Some(terminated) = part("/state/terminated") {
        return ended(terminated, "exited");
    }
    match (part("/state/running"), part("/state/waiting"), last) {
        (Some(_), _, Some(last)) if !ready => ended(last, "restarting"),
        (Some(running), ..) => json!({ "Status": "running", "StartedAt": field(running, "startedAt"), "Error": "" }),
        (_, Some(waiting), Some(last)) if waiting.get("reason").and_then(Value::as_str) == Some(BACK_OFF) => {
            ended(last, "restarting")
        }
        (_, Some(waiting), _) => {
            let word = |name: &str| waiting.get(name).and_then(Value::as_str).unwrap_or_default();
            json!({ "Status": "created", "Error": said(word("reason"), word("message")) })
        }
        _ => json!({ "Status": "created", "Error": unscheduled(pod) }),
    }
}

/// Why no node takes the pod, where that is so.
fn unscheduled(pod: &Value) -> String {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let word =
        |condition: &Value, name: &str| condition.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let refused = conditions.into_iter().find(|c| word(c, "type") == "PodScheduled" && word(c, "status") == "False");
    refused.map(|c| said(&word(c, "reason"), &word(c, "message"))).unwrap_or_default()
}

fn said(reason: &str, message: &str) -> String {
    let parts = [reason, message].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(": ")
}

/// Marks the references to a Secret or a ConfigMap of which the cluster says that it, or the key in it, is not there.
pub(super) fn mark_absent(environment: &mut GivenEnvironment, error: &str) {
    if !error.starts_with(CONFIG_ERROR) {
        return;
    }
    let named = |name: &str| error.split(|c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c)).any(|w| w == name);
    for given in &mut environment.variables {
        if let Setting::Reference(reference) = &mut given.value
            && named(&reference.name)
        {
            reference.exists = Some(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(status: Value) -> Described {
        let pod = json!({
            "kind": "List", "items": [{
                "kind": "Pod",
                "metadata": { "name": "ls-0", "namespace": "ci" },
                "spec": { "containers": [{
                    "name": "localstack", "image": "localstack/localstack-pro:4.14.0",
                    "ports": [{ "containerPort": 4566 }],
                    "env": [{ "name": "LOCALSTACK_AUTH_TOKEN", "valueFrom": { "secretKeyRef": { "name": "ls-auth", "key": "token" } } }],
                }] },
                "status": { "containerStatuses": [status] },
            }],
        });
        containers(&pod).pop().unwrap()
    }

    fn state_of(status: Value) -> (String, Value, String) {
        let state = one(status).inspect["State"].clone();
        (
            state["Status"].as_str().unwrap().to_owned(),
            state["ExitCode"].clone(),
            state["Error"].as_str().unwrap().to_owned(),
        )
    }

    #[test]
    fn the_last_end_counts_until_the_container_is_ready() {
        let last =
            json!({ "terminated": { "exitCode": 55, "reason": "Error", "message": "License activation failed!" } });
        let looping = json!({ "name": "localstack", "ready": false, "restartCount": 3, "lastState": last, "state": { "waiting": { "reason": "CrashLoopBackOff" } } });
        assert_eq!(state_of(looping.clone()), ("restarting".into(), json!(55), String::new()));
        let again = json!({ "name": "localstack", "ready": false, "lastState": last, "state": { "running": {} } });
        assert_eq!(state_of(again).0, "restarting");
        let ready = json!({ "name": "localstack", "ready": true, "lastState": last, "state": { "running": {} } });
        assert_eq!(state_of(ready), ("running".into(), Value::Null, String::new()));
        let found = one(looping);
        assert_eq!(found.inspect["Name"], "ci/ls-0/localstack");
        assert_eq!(found.last_words.as_deref(), Some("License activation failed!"));
    }

    #[test]
    fn what_keeps_it_from_starting_is_told_and_a_secret_that_is_absent_sets_nothing() {
        let waiting = |reason: &str, message: &str| json!({ "name": "localstack", "state": { "waiting": { "reason": reason, "message": message } } });
        let (status, _, error) = state_of(waiting("ImagePullBackOff", "Back-off pulling image"));
        assert_eq!((status.as_str(), error.as_str()), ("created", "ImagePullBackOff: Back-off pulling image"));
        let exists = |status| one(status).environment.unwrap().references().next().unwrap().1.exists;
        assert_eq!(exists(waiting("ImagePullBackOff", "")), None);
        assert_eq!(exists(waiting("CreateContainerConfigError", "secret \"ls-auth\" not found")), Some(false));
        let no_key = "couldn't find key LOCALSTACK_AUTH_TOKEN in Secret ci/ls-auth";
        assert_eq!(exists(waiting("CreateContainerConfigError", no_key)), Some(false));
        assert_eq!(exists(waiting("CreateContainerConfigError", "configmap \"other\" not found")), None);
        let oom =
            json!({ "name": "localstack", "state": { "terminated": { "exitCode": 247, "reason": "OOMKilled" } } });
        assert_eq!(one(oom).inspect["State"]["OOMKilled"], true);
        assert!(containers(&json!({ "kind": "Deployment", "spec": {} })).is_empty());
    }
}
