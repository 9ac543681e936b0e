//! Several instances and several reports on the command line: `--inspect` of many, `--format jsonl`, `diff`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use jiff::Timestamp;
use lsdoctor::case::Case;
use lsdoctor::views::report::Stored;
use serde_json::{Value, json};

use crate::support::cases::snapshots;
use crate::support::doctor::Doctor;

const TOKEN: &str = "LOCALSTACK_AUTH_TOKEN=ls-FAKEfake-fake-fake-fake-notareal9e7c";

fn container(name: &str, image: &str, started: &str, code: i64, env: &[&str]) -> Value {
    json!({
        "Id": format!("{name:0>64}"), "Name": format!("/{name}"),
        "State": {"Status": "exited", "ExitCode": code, "StartedAt": started, "FinishedAt": started},
        "Config": {"Image": image, "Env": env}
    })
}

#[test]
fn the_most_recent_localstack_of_a_file_is_judged_and_the_others_beside_it() {
    let doctor = Doctor::new();
    let image = "localstack/localstack-pro:4.14.0";
    let all = json!([
        container("database", "postgres:16", "2026-11-24T19:00:00Z", 1, &[]),
        container("older", image, "2026-11-24T17:00:00Z", 55, &["LOCALSTACK_AUTH_TOKEN="]),
        container("newer", image, "2026-11-24T18:00:00Z", 55, &[TOKEN]),
    ]);
    let file = doctor.write("inspect.json", all.to_string());
    let ended = doctor.run(&["diagnose", "--format", "json", "--inspect", &file]);
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(answer["instance"]["container"], "newer", "{answer:#}");
    let others = answer["others"].as_array().unwrap();
    assert_eq!(others.len(), 1, "the database is no instance: {others:#?}");
    assert_eq!((&others[0]["container"], &others[0]["status"]), (&json!("older"), &json!("not-activated")));
    assert_eq!(others[0]["cause"], "credentials-missing", "from its own environment: {others:#?}");
    assert!(!ended.out.contains("FAKEfake"));
}

#[test]
fn lines_of_changes_need_a_watch_and_a_watch_needs_lines() {
    let doctor = Doctor::new();
    let file = doctor.write("a.log", "LocalStack version: 4.14.0\n");
    for args in [
        &["diagnose", "--format", "jsonl", "--log", &file][..],
        &["check", "--watch", "--format", "junit"],
        &["check", "--watch", "--wait"],
    ] {
        let ended = doctor.run(args);
        assert_eq!(ended.code, Some(2), "{args:?}: {}", ended.err);
        assert_eq!(ended.out, "");
    }
}

#[test]
fn two_reports_are_compared_and_only_what_differs_is_told() {
    let doctor = Doctor::new();
    let report = |name: &str, snapshot| {
        let stored = Stored::of(&Case::new(snapshot), Timestamp::UNIX_EPOCH);
        doctor.write(name, serde_json::to_string(&stored).unwrap())
    };
    let here = report("here.json", snapshots::activated());
    let there = report("there.json", snapshots::credentials_missing());
    let ended = doctor.run(&["diff", &here, &there]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let first = ended.out.find("  credential\n").unwrap_or_else(|| panic!("{}", ended.out));
    let variable = ended.out.find("LOCALSTACK_AUTH_TOKEN ls-...").unwrap();
    assert!(first < variable && ended.out.contains("credentials-missing"), "{}", ended.out);
    let ended = doctor.run(&["diff", "--format", "json", &here, &here]);
    let same: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(same["differences"], json!([]));
    assert_eq!(doctor.run(&["diff", &here, "missing.json"]).code, Some(2));
}
