//! Several instances on a real engine: each has its whole verdict, with `check --all`, in `others`, and as it changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::standin::{ACTIVATED, Engine, Spec, WITHOUT_CREDENTIALS};

const TOKEN: &str = "LOCALSTACK_AUTH_TOKEN=ls-FAKEfake-fake-fake-fake-notareal9e7c";
/// Instances that fail besides the two that run.
const FAILING: usize = 3;

fn command(engine: &Engine, home: &tempfile::TempDir, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lsdoctor"));
    command.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin").current_dir(home.path());
    command.args(["--docker-host", &engine.host, "--timeout", "20s"]).args(args).stdin(Stdio::null());
    command
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn every_instance_has_the_verdict_that_it_would_have_alone() {
    let engine = Engine::from_env();
    let home = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..FAILING).map(|i| format!("ls-failing-{i}")).collect();
    let spec = |name| Spec { name, script: WITHOUT_CREDENTIALS, ..Spec::default() };
    let _failing: Vec<_> = names.iter().map(|name| engine.run(spec(name)).exited()).collect();
    let one = Spec { name: "ls-one", script: ACTIVATED, env: &[TOKEN], ports: &["24571:4566"], ..Spec::default() };
    let _one = engine.run(one);
    let _two = engine.run(Spec { name: "ls-two", ports: &["24572:4566"], ..one });
    let output = command(&engine, &home, &["check", "--all", "--format", "json", "--wait=20s"]).output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdicts: Vec<(&str, &str)> = json["instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| (answer["instance"]["container"].as_str().unwrap(), answer["cause"].as_str().unwrap()))
        .collect();
    assert_eq!(output.status.code(), Some(1), "the worst of them: {verdicts:?}");
    assert_eq!(verdicts.len(), FAILING + 2, "{verdicts:?}");
    assert!(
        verdicts[..FAILING]
            .iter()
            .all(|(name, cause)| names.iter().any(|n| n == name) && *cause == "credentials-missing")
    );
    assert!(
        verdicts[FAILING..].iter().all(|(_, cause)| *cause == "activated-from-cache" || *cause == "activated"),
        "{verdicts:?}"
    );
    assert_eq!(json["sources"][0]["error"], Value::Null);
    // The answer about one of them has the same verdicts beside it.
    let args = ["check", "--format", "json", "--container", "ls-one"];
    let output = command(&engine, &home, &args).output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["instance"]["container"], "ls-one");
    for other in json["others"].as_array().unwrap() {
        let known = verdicts.iter().find(|(name, _)| other["container"] == *name).unwrap();
        assert_eq!(other["cause"], known.1, "{other:#}");
    }
    let text = command(&engine, &home, &["check", "--all"]).output().unwrap();
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(!text.contains("FAKEfake"), "{text}");
    assert_eq!(
        text.matches("License").count().min(1),
        text.matches("License").count(),
        "one cause, one advice: {text}"
    );
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn a_change_of_any_instance_is_one_line() {
    let engine = Engine::from_env();
    let home = tempfile::tempdir().unwrap();
    let one = Spec { name: "ls-one", script: ACTIVATED, env: &[TOKEN], ports: &["24571:4566"], ..Spec::default() };
    let _two = engine.run(Spec { name: "ls-two", ports: &["24572:4566"], ..one });
    let one = engine.run(one);
    let args = ["check", "--watch", "--all", "--format", "jsonl"];
    let mut child = command(&engine, &home, &args).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until = |wanted: &[(&str, &str, &str)]| {
        let mut open = wanted.to_vec();
        let mut seen = Vec::new();
        while !open.is_empty() {
            let line = lines.next().unwrap_or_else(|| panic!("no {open:?}: {seen:#?}")).unwrap();
            let change: Value = serde_json::from_str(&line).unwrap();
            open.retain(|(name, status, severity)| {
                change["container"] != *name || change["status"] != *status || change["severity"] != *severity
            });
            seen.push(line);
        }
    };
    until(&[("ls-one", "activated", "info"), ("ls-two", "activated", "info")]);
    engine.docker(&["kill", &one.id]);
    // Somebody stopped it: nobody is activated any more, and nothing failed.
    until(&[("ls-one", "undecided", "warning")]);
    child.kill().unwrap();
    child.wait().unwrap();
}
