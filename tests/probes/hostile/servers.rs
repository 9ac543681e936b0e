//! Engines and endpoints that answer too much, too slowly, or something else.

use serde_json::json;

use crate::support::doctor::{Doctor, Ended};
use crate::support::fakes::http::{HttpServer, Reply};

const CONTAINER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Looks at an engine that answers by this script.
async fn at_engine(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Ended {
    let engine = HttpServer::scripted(script).await;
    looked(vec!["--docker-host".into(), format!("tcp://{}", engine.address)]).await
}

async fn at_endpoint(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Ended {
    let server = HttpServer::scripted(script).await;
    looked(vec!["--endpoint-url".into(), format!("http://{}", server.address)]).await
}

async fn looked(args: Vec<String>) -> Ended {
    tokio::task::spawn_blocking(move || {
        let doctor = Doctor::new();
        let mut all = vec!["check", "--offline", "--timeout", "2s", "--format", "json"];
        all.extend(args.iter().map(String::as_str));
        doctor.run(&all)
    })
    .await
    .unwrap()
}

fn row(id: &str, name: &str) -> serde_json::Value {
    json!({"Id": id, "Names": [format!("/{name}")], "Image": "localstack/localstack-pro:4.14.0", "State": "exited",
           "Status": "Exited (55) 1 minute ago", "Created": 1_700_000_000})
}

fn details() -> serde_json::Value {
    json!({"Id": CONTAINER, "Name": "/localstack-main", "Image": "sha256:1",
           "State": {"Status": "exited", "ExitCode": 55, "StartedAt": "2026-11-24T10:00:00Z"},
           "Config": {"Image": "localstack/localstack-pro:4.14.0", "Env": []}})
}

/// An engine with one container, and a log by this script.
fn engine_with_log(log: impl Fn() -> Reply) -> impl Fn(&str) -> Reply {
    move |line| match line {
        line if line.contains("/containers/json") => {
            Reply::json(&json!([row(CONTAINER, "localstack-main")]).to_string())
        }
        line if line.contains("/logs?") => log(),
        line if line.contains("/containers/") && line.contains("/json") => Reply::json(&details().to_string()),
        line => small(line),
    }
}

fn small(line: &str) -> Reply {
    if line.contains("/_ping") {
        return Reply::http("200 OK", "Api-Version: 1.41\r\n", "OK");
    }
    if line.contains("/version") {
        return Reply::json(&json!({"Version": "20.10.24", "ApiVersion": "1.41", "Os": "linux"}).to_string());
    }
    Reply::http("404 Not Found", "Content-Type: application/json\r\n", r#"{"message": "no"}"#)
}

fn frame(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![1, 0, 0, 0];
    frame.extend_from_slice(&u32::try_from(text.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(text);
    frame
}

fn stream(first: Vec<u8>) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n".to_vec(), first].concat()
}

#[tokio::test]
async fn frames_without_end_are_read_for_a_bounded_time() {
    let one = frame(b"\xf0\x9f");
    for more in [one.repeat(10_000), frame(b"").repeat(10_000), frame(&[b'x'; 60_000])] {
        let ended = at_engine(engine_with_log(move || Reply::Endless(stream(Vec::new()), more.clone()))).await;
        assert!(ended.out.contains("\"logs\""), "{}", ended.out);
    }
}

#[tokio::test]
async fn a_message_split_over_frames_is_one_message() {
    let text = "LocalStack version: 4.14.0\nReason: The license has expired. \u{1f600}\n";
    let frames: Vec<u8> = text.as_bytes().chunks(1).flat_map(frame).collect();
    let ended = at_engine(engine_with_log(move || Reply::Bytes(stream(frames.clone())))).await;
    assert!(ended.out.contains("license-expired") && ended.out.contains('\u{1f600}'), "{}", ended.out);
}

#[tokio::test]
async fn frames_that_are_none_do_not_hurt() {
    for bytes in
        [vec![1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, b'x'], vec![9; 100], vec![1, 0, 0], b"no frames at all\n".to_vec()]
    {
        at_engine(engine_with_log(move || Reply::Bytes(stream(bytes.clone())))).await;
    }
}

#[tokio::test]
async fn ten_thousand_containers_are_listed_and_few_looked_into() {
    let rows: Vec<_> = (0..10_000).map(|n| row(&format!("{n:064x}"), &format!("localstack-{n}"))).collect();
    let rows = json!(rows).to_string();
    let ended = at_engine(move |line| match line {
        line if line.contains("/containers/json") => Reply::json(&rows),
        line if line.contains("/containers/") && line.contains("/json") => Reply::json(&details().to_string()),
        line => small(line),
    })
    .await;
    let answer: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert!(answer["others"].as_array().unwrap().len() < 100, "{}", answer["others"]);
    for told in ["the newest 1000 were looked through", "of 1000 containers that look like LocalStack's, 50 were"] {
        assert!(ended.out.contains(told), "{told}: {}", answer["checks"]);
    }
}

#[tokio::test]
async fn answers_of_an_engine_that_are_too_large_too_deep_or_too_slow_are_cut_short() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n".to_vec();
    for reply in [
        Reply::Endless(head.clone(), b"[".repeat(65_536)),
        Reply::Endless(head.clone(), b"[{\"Id\":\"a\"},".repeat(5_000)),
        Reply::Stall(head.clone()),
        Reply::json(&"[".repeat(100_000)),
        Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-A: b\r\n".repeat(1000)),
        Reply::Close,
    ] {
        let ended =
            at_engine(move |line| if line.contains("/containers/json") { reply.clone() } else { small(line) }).await;
        assert!(ended.out.contains("\"engine\""), "{}", ended.out);
    }
}

#[tokio::test]
async fn answers_of_an_endpoint_that_are_too_large_too_deep_or_too_slow_are_cut_short() {
    let head = |more: &str| {
        format!("HTTP/1.1 200 OK\r\nx-localstack: true\r\n{more}Content-Length: 10000000000\r\n\r\n").into_bytes()
    };
    let deep = format!("{}1{}", "{\"a\":".repeat(1_000), "}".repeat(1_000));
    for reply in [
        Reply::Endless(head(""), vec![b'['; 65_536]),
        Reply::Stall(head("")),
        Reply::json(&deep),
        // A bomb is only one for those who unpack it.
        Reply::Endless(head("Content-Encoding: gzip\r\n"), vec![0x1f; 65_536]),
    ] {
        let ended = at_endpoint(move |_| reply.clone()).await;
        assert!(ended.out.contains("\"endpoint\""), "{}", ended.out);
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let server = HttpServer::start(Reply::http("302 Found", "Location: /_localstack/info?again\r\n", "")).await;
    let ended = looked(vec!["--endpoint-url".into(), format!("http://{}", server.address)]).await;
    assert!(ended.out.contains("\"endpoint\""), "{}", ended.out);
    assert!(!server.heads.all().iter().any(|head| head.contains("again")), "{:?}", server.heads.all());
}
