//! The published schema: every answer keeps to it, and it stays as it is within a schema version.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, unreachable_pub, missing_docs)]

use crate::support::judge;

use std::process::{Command, Stdio};

use crate::support::cases::{now, snapshots, stories};
use lsdoctor::diagnosis::{Catalogue, diagnose};
use lsdoctor::observations::{ErrorKind, Observation, ProbeError, Snapshot};
use lsdoctor::views::{json, schema};
use serde_json::{Value, json};

/// The keywords that are checked, and those that say nothing about a value.
const CHECKED: [&str; 10] =
    ["type", "required", "properties", "additionalProperties", "const", "enum", "items", "$ref", "minimum", "format"];
const SILENT: [&str; 4] = ["$schema", "title", "description", "$defs"];

fn schema() -> Value {
    serde_json::from_str(schema::VERSION_1).unwrap()
}

/// What is wrong with a value, as `path: fault`.
fn faults(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut list = Vec::new();
    if let Some(reference) = schema.get("$ref") {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        list.extend(faults(root, root.pointer(pointer).expect(pointer), value, path));
    }
    let is = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("no such type: {other}"),
    };
    match schema.get("type") {
        Some(Value::Array(names)) if !names.iter().any(is) => list.push(format!("{path}: is none of {names:?}")),
        Some(name @ Value::String(_)) if !is(name) => list.push(format!("{path}: is no {name}")),
        _ => {}
    }
    if schema.get("const").is_some_and(|wanted| wanted != value) {
        list.push(format!("{path}: is not {}", schema["const"]));
    }
    if schema.get("enum").is_some_and(|wanted| !wanted.as_array().unwrap().contains(value)) {
        list.push(format!("{path}: {value} is none of {}", schema["enum"]));
    }
    if let (Some(least), Some(number)) = (schema.get("minimum").and_then(Value::as_f64), value.as_f64())
        && number < least
    {
        list.push(format!("{path}: less than {least}"));
    }
    if let (Some("date-time"), Some(text)) = (schema.get("format").and_then(Value::as_str), value.as_str())
        && text.parse::<jiff::Timestamp>().is_err()
    {
        list.push(format!("{path}: {text} is no time"));
    }
    if let Some(map) = value.as_object() {
        let known = |key: &str| schema.get("properties").and_then(|p| p.get(key));
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let missing = required.filter(|k| !map.contains_key(k.as_str().unwrap()));
        list.extend(missing.map(|k| format!("{path}: lacks {k}")));
        for (key, item) in map {
            match known(key) {
                Some(inner) => list.extend(faults(root, inner, item, &format!("{path}/{key}"))),
                None if schema.get("additionalProperties") == Some(&json!(false)) => {
                    list.push(format!("{path}: does not know {key}"));
                }
                None => {}
            }
        }
    }
    if let (Some(inner), Some(items)) = (schema.get("items"), value.as_array()) {
        let each = items.iter().enumerate();
        list.extend(each.flat_map(|(i, item)| faults(root, inner, item, &format!("{path}/{i}"))));
    }
    list
}

fn check(text: &str, what: &str) {
    let (schema, value) = (schema(), serde_json::from_str(text).expect("one JSON object"));
    let found = faults(&schema, &schema, &value, "");
    assert!(found.is_empty(), "{what}: {found:#?}");
}

fn situations() -> Vec<Snapshot> {
    let mut all = vec![
        Snapshot::default(),
        snapshots::not_running(),
        snapshots::activated(),
        stories::starting(),
        snapshots::credentials_missing(),
        stories::compose(snapshots::interceptor()),
        snapshots::license_expired(),
    ];
    let mut broken = snapshots::activated();
    let error = ProbeError::new(ErrorKind::Crashed, "the check crashed");
    broken.cache = Observation::Failed { at: now(), took_ms: 0.3, error };
    broken.credentials = Observation::Pending { since: now() };
    let Observation::Seen { value, .. } = &mut broken.instances else { panic!() };
    value.others = vec![snapshots::container()];
    all.push(broken);
    all
}

#[test]
fn every_situation_keeps_to_the_schema() {
    let catalogue = Catalogue::load().unwrap();
    for snapshot in situations() {
        let diagnosis = diagnose(&snapshot, &catalogue, now());
        check(&json::render(&diagnosis, now()).unwrap(), &diagnosis.headline.cause);
    }
}

#[test]
fn every_case_of_the_corpus_keeps_to_the_schema() {
    let catalogue = Catalogue::load().unwrap();
    let folders: Vec<_> = judge::roots().iter().flat_map(|root| judge::cases(root)).collect();
    assert!(folders.len() > 20, "{}", folders.len());
    for folder in folders {
        let diagnosis = judge::judge(&catalogue, &folder, &judge::description(&folder), None);
        check(&json::render(&diagnosis, now()).unwrap(), &folder.display().to_string());
    }
}

#[test]
fn what_the_program_prints_keeps_to_the_schema() {
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lsdoctor"));
        command.env_clear().env("HOME", home.path()).current_dir(home.path()).stdin(Stdio::null()).args(args);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let away = ["--offline", "--docker-host", "unix:///nowhere.sock", "--endpoint-url", "http://127.0.0.1:1"];
    check(&run(&[&["check", "--format", "json"], &away[..]].concat()), "check");
    check(
        &run(&["diagnose", "--format", "json", "--exit-code", "55", "--image", "localstack/localstack-pro"]),
        "diagnose",
    );
    assert_eq!(run(&["schema"]), schema::VERSION_1);
}

#[test]
fn an_answer_that_does_not_keep_to_the_schema_is_found() {
    let catalogue = Catalogue::load().unwrap();
    let diagnosis = diagnose(&snapshots::activated(), &catalogue, now());
    let good: Value = serde_json::from_str(&json::render(&diagnosis, now()).unwrap()).unwrap();
    let schema = schema();
    let broken = |change: fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        faults(&schema, &schema, &value, "").len()
    };
    assert_eq!(broken(|_| {}), 0);
    assert_eq!(broken(|v| drop(v.as_object_mut().unwrap().remove("cause"))), 1);
    assert_eq!(broken(|v| v["more"] = json!(1)), 1);
    assert_eq!(broken(|v| v["status"] = json!("fine")), 1);
    assert_eq!(broken(|v| v["schema_version"] = json!(2)), 1);
    assert_eq!(broken(|v| v["checks"][0]["at"] = json!("yesterday")), 1);
    assert_eq!(broken(|v| v["checks"][0]["duration_ms"] = json!(-1)), 1);
    assert_eq!(broken(|v| v["evidence"][0]["check"] = json!("magic")), 1);
    assert_eq!(broken(|v| v["instance"]["exit_code"] = json!("55")), 1);
}

/// A keyword that is not checked here would be a promise nobody keeps.
#[test]
fn every_keyword_of_the_schema_is_checked() {
    fn walk(schema: &Value, names: bool) {
        match schema {
            Value::Object(map) => {
                for (key, inner) in map {
                    assert!(names || CHECKED.contains(&key.as_str()) || SILENT.contains(&key.as_str()), "{key}");
                    walk(inner, !names && matches!(key.as_str(), "properties" | "$defs"));
                }
            }
            Value::Array(list) => list.iter().filter(|v| v.is_object()).for_each(|v| walk(v, false)),
            _ => {}
        }
    }
    walk(&schema(), false);
}

/// What programs rely on: within a version a change here is a mistake, unless it only adds a description.
#[test]
fn the_schema_of_a_version_is_frozen() {
    assert_eq!(json::SCHEMA_VERSION, 1, "a new version gets a schema and a snapshot of its own");
    insta::assert_snapshot!(format!("schema-version-{}", json::SCHEMA_VERSION), schema::VERSION_1);
}
