//! Reads what `kubectl describe pod` prints, and turns it into what `kubectl get pod -o json` would print of the same pod. Pure.

use serde_json::{Value, json};

use super::environment::{self, Given, GivenEnvironment, Setting};
use super::pod::{self, Described};

/// A line of `kubectl describe` with the lines that are indented below it.
#[derive(Default)]
struct Node<'a> {
    line: &'a str,
    key: &'a str,
    value: &'a str,
    children: Vec<Self>,
}

impl<'a> Node<'a> {
    fn child(&self, key: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.key == key)
    }

    fn text(&self, key: &str) -> &'a str {
        self.child(key).map_or("", |child| child.value)
    }
}

/// The lines from `at` on that are indented deeper than `outer`, as a tree; and the number of the first line after them.
fn nodes<'a>(lines: &[&'a str], mut at: usize, outer: Option<usize>, depth: usize) -> (Vec<Node<'a>>, usize) {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    while let Some(line) = lines.get(at) {
        if line.trim().is_empty() {
            at += 1;
            continue;
        }
        let own = indent(line);
        if outer.is_some_and(|outer| own <= outer) {
            break;
        }
        let (key, value) = line.trim().split_once(':').unwrap_or((line.trim(), ""));
        let (children, next) =
            if depth > 0 { nodes(lines, at + 1, Some(own), depth - 1) } else { (Vec::new(), at + 1) };
        found.push(Node { line: line.trim(), key: key.trim(), value: value.trim(), children });
        at = next.max(at + 1);
    }
    (found, at)
}

/// The pods that `kubectl describe pod` describes, turned into what `kubectl get pod -o json` would print of them.
pub(super) fn pods(lines: &[&str]) -> Vec<Described> {
    if !lines.iter().any(|line| line.trim() == "Containers:") {
        return Vec::new();
    }
    let (tree, _) = nodes(lines, 0, None, 6);
    let mut found = Vec::new();
    let mut meta = json!({});
    for (number, node) in tree.iter().enumerate() {
        match node.key {
            "Name" => meta = json!({ "name": node.value }),
            "Namespace" => {
                if let Some(map) = meta.as_object_mut() {
                    map.insert("namespace".to_owned(), json!(node.value));
                }
            }
            "Containers" => {
                let own = tree.get(number..).unwrap_or_default().iter().take_while(|n| n.key != "Name");
                let events = own.filter(|n| n.key == "Events").flat_map(|n| &n.children);
                let failed = events.filter(|n| n.line.contains("Failed"));
                let said = failed.map(event_message).find(|message| !message.is_empty()).unwrap_or_default();
                for container in &node.children {
                    let described = pod::containers(&as_pod(&meta, container, &said)).into_iter();
                    found.extend(described.map(|found| with_variables(found, container)));
                }
            }
            _ => {}
        }
    }
    found
}

/// What an event says, without type, reason, age and source.
fn event_message(node: &Node<'_>) -> String {
    let text = node.line;
    let message = ["Failed to", "Error: ", "couldn't", "secret "].iter().find_map(|start| text.find(start));
    message.and_then(|at| text.get(at..)).unwrap_or_default().to_owned()
}

fn as_pod(meta: &Value, container: &Node<'_>, said: &str) -> Value {
    let state = |key: &str| {
        let Some(node) = container.child(key) else { return json!({}) };
        let reason = node.text("Reason");
        match node.value {
            "Running" => json!({ "running": {} }),
            "Terminated" => {
                let code = node.text("Exit Code").parse::<i64>().ok();
                json!({ "terminated": { "reason": reason, "exitCode": code, "message": node.text("Message") } })
            }
            "Waiting" => {
                let text = node.text("Message");
                json!({ "waiting": { "reason": reason, "message": if text.is_empty() { said } else { text } } })
            }
            _ => json!({}),
        }
    };
    json!({
        "kind": "Pod",
        "metadata": meta,
        "spec": { "containers": [{ "name": container.key, "image": container.text("Image") }] },
        "status": { "containerStatuses": [{
            "name": container.key,
            "ready": container.text("Ready") == "True",
            "restartCount": container.text("Restart Count").parse::<u64>().unwrap_or(0),
            "state": state("State"),
            "lastState": state("Last State"),
        }] },
    })
}

/// Adds the variables that are described: in clear, or as references such as `<set to the key 'token' in secret 'ls'>`.
fn with_variables(mut found: Described, container: &Node<'_>) -> Described {
    let given = |node: &Node<'_>| {
        let place = node.value.strip_prefix("<set to ").and_then(|rest| rest.split('>').next());
        let value = place
            .map_or_else(|| Setting::text(node.value), |place| Setting::Reference(environment::reference_of(place)));
        Given { name: node.key.to_owned(), value }
    };
    let variables = container.child("Environment").map(|node| node.children.iter().map(given).collect());
    let incomplete = container.child("Environment Variables from").is_some();
    found.environment = variables.map(|variables| GivenEnvironment { variables, incomplete });
    if let Some(environment) = &mut found.environment {
        let error = found.inspect.pointer("/State/Error").and_then(Value::as_str).unwrap_or_default();
        pod::mark_absent(environment, error);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, Option<i64>, String)> {
        let shown = |found: Described| {
            let text =
                |pointer: &str| found.inspect.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let code = found.inspect.pointer("/State/ExitCode").and_then(Value::as_i64);
            (text("/Name"), text("/State/Status"), code, text("/State/Error"))
        };
        containers(text).into_iter().map(shown).collect()
    }

    fn containers(text: &str) -> Vec<Described> {
        pods(&text.lines().collect::<Vec<_>>())
    }

    fn of(name: &str, status: &str, code: Option<i64>, error: &str) -> (String, String, Option<i64>, String) {
        (name.to_owned(), status.to_owned(), code, error.to_owned())
    }

    #[test]
    fn described_pods_are_read_as_pods() {
        let pod = "\
Name:         localstack-0
Namespace:    ci
Containers:
  localstack:
    Image:          localstack/localstack-pro:4.14.0
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Exit Code:    55
    Ready:          False
    Environment:
      DEBUG:                  1
      LOCALSTACK_AUTH_TOKEN:  <set to the key 'token' in secret 'ls'>  Optional: false
Events:
  Warning  BackOff  12s   kubelet  Back-off restarting failed container
";
        assert_eq!(read(pod), [of("ci/localstack-0/localstack", "restarting", Some(55), "")]);
        let variables = containers(pod).pop().unwrap().environment.unwrap().variables;
        assert_eq!(variables.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["DEBUG", "LOCALSTACK_AUTH_TOKEN"]);
        let unpulled = "\
Name:         ls-1
Containers:
  localstack:
    Image:          localstack/localstack-pro:4.15.0
    State:          Waiting
      Reason:       ImagePullBackOff
Events:
  Warning  Failed     12s   kubelet  Failed to pull image \"localstack/localstack-pro:4.15.0\": not found
";
        let error = "ImagePullBackOff: Failed to pull image \"localstack/localstack-pro:4.15.0\": not found";
        assert_eq!(read(unpulled), [of("ls-1/localstack", "created", None, error)]);
    }
}
