//! On a real engine: how fast its log is read, and how soon the end of a container is told.

use std::process::{Command, Stdio};

use jiff::Timestamp;
use serde_json::Value;

use crate::standin_container::{ENGINE, Engine, Guard, Spec, WITHOUT_CREDENTIALS, wait};
use crate::{PROGRAM, median, row};

/// Lines of a log in which nothing is known: it is read in full, within the time that a check has for it.
const LINES: u32 = 200_000;
/// What a log's head is, in bytes: read first, and again with the whole.
const HEAD: u64 = 1 << 20;

pub fn run() {
    println!("\nengine: a real one, named by {ENGINE}; middle of 11 and of 7 runs");
    if std::env::var(ENGINE).is_err() {
        println!("without one: {ENGINE}=$(.ci/engine) cargo bench -- engine");
        return;
    }
    let engine = Engine::from_env();
    log(&engine);
    death(&engine);
}

/// Bytes, and how long it took to read them and throw them away, in seconds.
fn curl(engine: &Engine, container: &Guard, query: &str) -> (u64, f64) {
    let socket = engine.host.strip_prefix("unix://").expect("an engine on a socket");
    let url = format!("http://engine/v1.41/containers/{}/logs?stdout=1&stderr=1&{query}", container.id);
    let args = ["-s", "-o", "/dev/null", "-w", "%{size_download} %{time_total}", "--unix-socket", socket, &url];
    let output = Command::new("curl").args(args).output().expect("curl is installed").stdout;
    let text = String::from_utf8_lossy(&output).into_owned();
    let (size, time) = text.split_once(' ').unwrap();
    (size.parse().unwrap(), time.parse().unwrap())
}

fn log(engine: &Engine) {
    let line = "2026-11-24T19:19:58.108  INFO --- [  MainThread] some.module.name : a line of a quiet program that says no more";
    let script = format!("yes '{line}' | head -n {LINES}; echo end; exec sleep 600");
    let container = engine.run(Spec { script: &script, ..Spec::default() });
    wait("its log is written", || engine.docker(&["logs", "--tail", "1", &container.id]) == "end");
    let again = curl(engine, &container, "tail=5000").0 + HEAD;
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..11 {
        let (size, seconds) = curl(engine, &container, "since=1");
        theirs.push(size as f64 / seconds / 1e6);
        let args = ["--docker-host", &engine.host, "check", "--offline", "--only", "logs", "--format", "json"];
        let output = Command::new(&*PROGRAM).args(args).stdin(Stdio::null()).output().unwrap().stdout;
        let answer: Value = serde_json::from_slice(&output).unwrap();
        let check = answer["checks"].as_array().unwrap().iter().find(|check| check["id"] == "logs").unwrap();
        ours.push((size + again) as f64 / check["duration_ms"].as_f64().unwrap() / 1e3);
    }
    let (theirs, ours) = (median(theirs), median(ours));
    row(
        "a log read in full, against curl -o /dev/null",
        format!("{ours:.1} of {theirs:.1} MB/s = {:.2}", ours / theirs),
    );
}

fn death(engine: &Engine) {
    let script = format!("echo 'LocalStack version: 4.14.0'; sleep 2; {WITHOUT_CREDENTIALS}");
    let times: Vec<f64> = (0..7)
        .map(|_| {
            let container = engine.run(Spec { script: &script, ..Spec::default() });
            let args = ["--docker-host", &engine.host, "check", "--offline", "--wait=60s"];
            let status =
                Command::new(&*PROGRAM).args(args).stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
            let end = Timestamp::now();
            assert_eq!(status.code(), Some(1), "it was told");
            let died: Timestamp = container.field("{{.State.FinishedAt}}").parse().unwrap();
            end.duration_since(died).as_secs_f64() * 1e3
        })
        .collect();
    let (least, most) = (times.iter().copied().fold(f64::MAX, f64::min), times.iter().copied().fold(0.0, f64::max));
    row(
        "from a container's death to the end of check --wait",
        format!("{:.0} ms, from {least:.0} to {most:.0}", median(times)),
    );
}
