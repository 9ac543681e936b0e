//! Reads the tables in which tools list containers: `docker ps`, `docker compose ps`, `docker events`, `kubectl get pods`
//! and `kubectl get events`; what `kubectl describe pod` prints is read in `describe`. Each row becomes a description in the terms of `docker inspect`, so that
//! one reader takes all of them. Pure; which rows are LocalStack's is decided by the caller.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::describe;
use super::pod::Described;

/// The most rows that are read.
const MOST_ROWS: usize = 200;
/// Reasons of a pod that was never started, as `kubectl` prints them.
const NEVER_STARTED: [&str; 10] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "FailedScheduling",
    "Unschedulable",
    "FailedMount",
];

/// The containers that are listed in a text, in its order.
pub(crate) fn containers(text: &str) -> Vec<Described> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut found = describe::pods(&lines);
    for (number, line) in lines.iter().enumerate() {
        let rest = lines.get(number + 1..).unwrap_or_default();
        if let Some(header) = Header::of(line) {
            found.extend(header.rows(rest));
        } else if let Some(container) = died(line) {
            found.push(container);
        }
    }
    if found.is_empty() {
        found.extend(from_events(&lines));
    }
    found.truncate(MOST_ROWS);
    found
}

fn row(name: &str, image: &str, state: &Value, ports: &str, labels: &Value) -> Described {
    let published: Map<String, Value> = ports
        .split(',')
        .filter_map(|port| {
            let (host, container) = port.trim().split_once("->")?;
            let (address, host) = host.rsplit_once(':')?;
            Some((container.to_owned(), json!([{ "HostIp": address, "HostPort": host }])))
        })
        .collect();
    let inspect = json!({
        "Name": name,
        "State": state,
        "Config": { "Image": image, "Labels": labels },
        "HostConfig": { "PortBindings": published },
        "NetworkSettings": { "Ports": published },
    });
    Described { inspect, environment: None, last_words: None }
}

/// The header of a table: its titles, and where each stands. Older tools center titles above their columns.
struct Header {
    titles: Vec<(String, Range<usize>)>,
}

/// The texts of a line that have at least two spaces between them, each with its place.
fn cells(line: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    for part in line.split("  ") {
        let begins = at + (part.len() - part.trim_start().len());
        let text = part.trim();
        if !text.is_empty() {
            found.push((text, begins..begins + text.len()));
        }
        at += part.len() + 2;
    }
    found
}

impl Header {
    /// The header, if the line is one of a table of containers or pods.
    fn of(line: &str) -> Option<Self> {
        let titles: Vec<_> = cells(line).into_iter().map(|(text, at)| (text.to_ascii_uppercase(), at)).collect();
        let has = |title: &str| titles.iter().any(|(known, _)| known == title);
        let docker =
            has("CONTAINER ID") && has("STATUS") || has("NAME") && has("COMMAND") && (has("STATUS") || has("STATE"));
        let pods = has("NAME") && has("READY") && has("STATUS") && has("RESTARTS");
        (docker || pods).then_some(Self { titles })
    }

    /// The text of a row below or above which this title stands.
    fn cell<'a>(&self, line: &'a str, title: &str) -> &'a str {
        let Some((_, title)) = self.titles.iter().find(|(known, _)| known == title) else { return "" };
        let below = |at: &Range<usize>| at.start < title.end && title.start < at.end;
        cells(line).into_iter().find(|(_, at)| below(at)).map_or("", |(text, _)| text)
    }

    fn rows(&self, lines: &[&str]) -> Vec<Described> {
        let rows = lines.iter().filter(|line| !line.starts_with("---"));
        rows.take_while(|line| !line.trim().is_empty() && Self::of(line).is_none() && !line.starts_with("$ "))
            .take(MOST_ROWS)
            .filter_map(|line| self.row(line))
            .collect()
    }

    fn row(&self, line: &str) -> Option<Described> {
        let cell = |titles: &[&str]| titles.iter().map(|title| self.cell(line, title)).find(|cell| !cell.is_empty());
        let name = cell(&["NAMES", "NAME"])?;
        let status = cell(&["STATUS", "STATE"])?;
        if self.titles.iter().any(|(title, _)| title == "READY") {
            let ready = cell(&["READY"]).and_then(|r| r.split_once('/')).is_some_and(|(ready, all)| ready == all);
            let restarts = cell(&["RESTARTS"]).and_then(|r| r.split_whitespace().next()?.parse::<u64>().ok());
            return Some(pod_row(name, cell(&["NAMESPACE"]).unwrap_or_default(), status, ready, restarts.unwrap_or(0)));
        }
        let service = cell(&["SERVICE"]);
        let labels = service.map_or(
            json!({}),
            |service| json!({ "com.docker.compose.project": "", "com.docker.compose.service": service }),
        );
        let image = cell(&["IMAGE"]).unwrap_or_default();
        Some(row(name, image, &engine_state(status)?, cell(&["PORTS"]).unwrap_or_default(), &labels))
    }
}

/// The state in the engine's words for people, such as `Exited (55) 2 minutes ago` or, from older tools, `Exit 55`.
fn engine_state(status: &str) -> Option<Value> {
    let code = status.split(['(', ')']).nth(1).and_then(|code| code.parse::<i64>().ok());
    let old = status.strip_prefix("Exit ").and_then(|code| code.trim().parse::<i64>().ok());
    let word = status.split_whitespace().next()?.to_ascii_lowercase();
    let state = match word.as_str() {
        "up" | "running" if status.contains("(Paused)") => "paused",
        "up" | "running" => "running",
        "exited" | "exit" => "exited",
        "restarting" => "restarting",
        "created" => "created",
        "dead" => "dead",
        "removal" | "removing" => "removing",
        "paused" => "paused",
        _ => return None,
    };
    let health = ["unhealthy", "healthy"].into_iter().find(|health| status.contains(health)).unwrap_or_default();
    Some(json!({ "Status": state, "ExitCode": code.or(old), "Health": { "Status": health }, "Error": "" }))
}

/// A row of `kubectl get pods`: the status column tells the reason, and never the exit code.
fn pod_row(name: &str, namespace: &str, status: &str, ready: bool, restarts: u64) -> Described {
    let status = status.split_whitespace().next().unwrap_or_default();
    let reason = status.rsplit(':').next().unwrap_or(status);
    let state = match reason {
        "OOMKilled" => json!({ "Status": "exited", "OOMKilled": true, "Error": "" }),
        "CrashLoopBackOff" => json!({ "Status": "restarting", "Error": "" }),
        "Error" | "Completed" => json!({ "Status": "exited", "Error": "" }),
        "Running" if ready || restarts == 0 => json!({ "Status": "running", "Error": "" }),
        "Running" => json!({ "Status": "restarting", "Error": "" }),
        _ if NEVER_STARTED.contains(&reason) => json!({ "Status": "created", "Error": reason }),
        _ => json!({ "Status": "created", "Error": "" }),
    };
    let mut found = row(name, "", &state, "", &pod_labels(name, namespace));
    if let Some(map) = found.inspect.as_object_mut() {
        map.insert("RestartCount".to_owned(), json!(restarts));
    }
    found
}

fn pod_labels(name: &str, namespace: &str) -> Value {
    json!({ "io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace })
}

/// A line of `docker events`: `... container die 1a2b (exitCode=55, image=localstack/localstack, name=localstack-main)`.
fn died(line: &str) -> Option<Described> {
    let (_, rest) = line.split_once("container die ")?;
    let attributes = rest.split_once('(')?.1.trim_end_matches(')');
    let attribute = |wanted: &str| {
        attributes.split(", ").find_map(|pair| pair.split_once('=').filter(|(name, _)| *name == wanted)).map(|(_, v)| v)
    };
    let code: i64 = attribute("exitCode")?.parse().ok()?;
    let state = json!({ "Status": "exited", "ExitCode": code, "Error": "" });
    Some(row(attribute("name")?, attribute("image").unwrap_or_default(), &state, "", &json!({})))
}

/// Rows of `kubectl get events`, folded to one container per pod: what keeps it from starting, or that it is started again
/// and again.
fn from_events(lines: &[&str]) -> Vec<Described> {
    let mut pods: Vec<(String, Value)> = Vec::new();
    for line in lines {
        let mut words = line.split_whitespace();
        let Some(object) = words.by_ref().find(|word| word.starts_with("pod/")) else { continue };
        let message = words.collect::<Vec<_>>().join(" ");
        let name = object.trim_start_matches("pod/").to_owned();
        let restarted = message.contains("Back-off restarting failed container");
        let reason = NEVER_STARTED.into_iter().find(|reason| line.contains(reason));
        let unpulled = message.starts_with("Failed to pull image") || message.starts_with("Back-off pulling image");
        let state = if restarted {
            json!({ "Status": "restarting", "Error": "" })
        } else if reason.is_some() || unpulled {
            json!({ "Status": "created", "Error": message })
        } else {
            continue;
        };
        match pods.iter_mut().find(|(known, _)| *known == name) {
            // The first message that names a cause says more than that it is tried again.
            Some((_, known)) if known.get("Status") == state.get("Status") => {}
            Some((_, known)) => *known = state,
            None => pods.push((name, state)),
        }
    }
    pods.into_iter().map(|(name, state)| row(&name, "", &state, "", &pod_labels(&name, ""))).collect()
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

    fn of(name: &str, status: &str, code: Option<i64>, error: &str) -> (String, String, Option<i64>, String) {
        (name.to_owned(), status.to_owned(), code, error.to_owned())
    }

    #[test]
    fn tables_of_engines_are_read_by_their_columns() {
        let ps = "\
$ docker ps -a
CONTAINER ID   IMAGE                       COMMAND                  CREATED          STATUS                      PORTS                      NAMES
1a2b3c4d5e6f   localstack/localstack-pro   \"docker-entrypoint.sh\"   2 minutes ago    Exited (55) 2 minutes ago                              localstack-main
2b3c4d5e6f70   nginx                       \"nginx\"                  2 hours ago      Up 2 hours (healthy)        0.0.0.0:80->80/tcp         web

next";
        assert_eq!(read(ps), [of("localstack-main", "exited", Some(55), ""), of("web", "running", None, "")]);
        let compose = "\
NAME              IMAGE                     COMMAND                  SERVICE      CREATED         STATUS                      PORTS
app-localstack-1  localstack/localstack     \"docker-entrypoint.sh\"   localstack   3 minutes ago   Restarting (55) 3 seconds ago";
        assert_eq!(read(compose), [of("app-localstack-1", "restarting", Some(55), "")]);
        let old = "\
   Name                   Command            State      Ports
-----------------------------------------------------------
app_localstack_1   docker-entrypoint.sh   Exit 55";
        assert_eq!(read(old), [of("app_localstack_1", "exited", Some(55), "")]);
        let event = "2026-05-05T10:00:03.1Z container die 1a2b (exitCode=55, image=localstack/localstack-pro, name=localstack-main)";
        assert_eq!(read(event), [of("localstack-main", "exited", Some(55), "")]);
    }

    #[test]
    fn tables_of_kubectl_tell_reasons() {
        let pods = "\
NAME                          READY   STATUS             RESTARTS      AGE
localstack-6d4cf56db6-2xk7p   0/1     CrashLoopBackOff   5 (12s ago)   4m
localstack-7d4cf56db6-2xk7p   0/1     ImagePullBackOff   0             4m
aws-localstack-0              0/1     OOMKilled          1             4m";
        assert_eq!(
            read(pods),
            [
                of("localstack-6d4cf56db6-2xk7p", "restarting", None, ""),
                of("localstack-7d4cf56db6-2xk7p", "created", None, "ImagePullBackOff"),
                of("aws-localstack-0", "exited", None, ""),
            ]
        );
        let events = "\
LAST SEEN   TYPE      REASON      OBJECT             MESSAGE
4m          Normal    Started     pod/localstack-0   Started container localstack
20s         Warning   BackOff     pod/localstack-0   Back-off restarting failed container localstack in pod localstack-0_ci(8f1e)
20s         Warning   Failed      pod/localstack-1   Failed to pull image \"localstack/localstack-pro:9\": not found";
        assert_eq!(
            read(events),
            [
                of("localstack-0", "restarting", None, ""),
                of("localstack-1", "created", None, "Failed to pull image \"localstack/localstack-pro:9\": not found"),
            ]
        );
    }

    #[test]
    fn what_is_no_table_lists_nothing() {
        for text in
            ["", "LocalStack version: 4.14.0\nReady.", "NAME READY STATUS\nx", "Containers:\n", "STATUS NAME COMMAND"]
        {
            assert_eq!(read(text), [], "{text}");
        }
    }
}
