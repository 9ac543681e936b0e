//! Tests of reading logs, against an engine that answers from a script.

use std::sync::Arc;

use super::reader::HEAD;
use super::*;
use crate::observations::{ContainerSettings, ErrorKind, State, Status, Update};
use crate::probes::guard::ProbeEvent;
use crate::probes::sources::docker::fake::{Fake, Say, context_in, source_of};

const REASON: &str = "No credentials were found in the environment";

fn frame(stream: u8, text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    [&[stream, 0, 0, 0], &length[..], text.as_bytes()].concat()
}

fn exited() -> Container {
    let state =
        State { status: Status::Exited, started_at: jiff::Timestamp::from_second(1000).ok(), ..State::default() };
    Container { id: "a1".into(), name: "ls".into(), state, ..Container::default() }
}

/// A context, the engine that it names, and what keeps that engine alive.
struct World {
    context: Arc<Context>,
    source: Source,
    fake: Fake,
    _root: tempfile::TempDir,
}

impl World {
    async fn observe(&self, container: &Container) -> Answer<LogDigest> {
        observe(&self.context, &self.source, container).await
    }
}

async fn world(script: impl Fn(&str) -> Say + Send + Sync + 'static) -> World {
    let root = tempfile::tempdir().unwrap();
    let mut context = context_in(root.path());
    let fake = Fake::listen(&root.path().join("engine.sock"), move |path| match path {
        "/_ping" => Say::Status(404, Vec::new()),
        _ => script(path),
    });
    context.docker_host = Some(fake.address());
    let source = source_of(&context).await;
    World { context: Arc::new(context), source, fake, _root: root }
}

fn log(text: Vec<u8>) -> Say {
    Say::Status(200, text)
}

#[tokio::test]
async fn a_short_log_is_read_once_from_just_before_the_start() {
    let world =
        world(|_| log([frame(1, "LocalStack version: 4.14.0\n"), frame(2, REASON), frame(2, ".\n")].concat())).await;
    let digest = world.observe(&exited()).await.unwrap();
    assert_eq!(digest.lines, 2);
    assert!(settled(&digest));
    assert_eq!(digest.origin.to_string(), "container ls");
    let asked = world.fake.asked();
    assert_eq!(asked.len(), 2, "ping, log: {asked:?}");
    let begins = "GET /containers/a1/logs?follow=false&stdout=true&stderr=true&since=998&";
    assert!(asked[1].starts_with(begins) && asked[1].ends_with("&tail=all"), "{asked:?}");
}

#[tokio::test]
async fn a_long_log_is_read_at_both_ends_and_says_so() {
    let world = world(|path| {
        if path.contains("tail=5000") {
            return log(frame(1, &format!("{REASON}\n")));
        }
        let line = frame(1, &format!("{}\n", "x".repeat(9_999)));
        log(line.repeat(usize::try_from(HEAD).unwrap() / 9_000))
    })
    .await;
    let digest = world.observe(&exited()).await.unwrap();
    assert!(settled(&digest));
    assert!(digest.limits.iter().any(|l| l.contains("last 5000 lines")), "{:?}", digest.limits);
    assert_eq!(world.fake.asked().len(), 3, "ping, head, tail: {:?}", world.fake.asked());
}

#[tokio::test]
async fn a_report_has_the_start_whole_and_never_more_than_a_megabyte() {
    let lines = |count: usize, width: usize| {
        let text = |i: usize| frame(1, &format!("{i} {}\n", "x".repeat(width)));
        (0..count).flat_map(text).collect::<Vec<u8>>()
    };
    let short = world(move |_| log(lines(900, 20))).await;
    let kept = whole(&short.context, &short.source, &exited()).await.unwrap();
    assert_eq!((kept.len(), kept[0].number, kept[899].number), (900, 1, 900));
    let wide = world(move |_| log(lines(4_000, 3_000))).await;
    let kept = whole(&wide.context, &wide.source, &exited()).await.unwrap();
    let bytes: usize = kept.iter().map(|l| l.text.len()).sum();
    assert!(bytes > 900_000 && bytes <= 1 << 20, "{bytes}");
    assert!(kept.windows(2).all(|pair| pair[0].number < pair[1].number));
}

#[tokio::test]
async fn the_middle_is_read_when_both_ends_say_nothing() {
    let world = world(|path| {
        if path.contains("tail=5000") {
            return log(frame(1, "nothing\n"));
        }
        let line = frame(1, &format!("{}\n", "x".repeat(9_999)));
        log([line.repeat(200), frame(1, &format!("{REASON}\n")), line.repeat(200)].concat())
    })
    .await;
    let digest = world.observe(&exited()).await.unwrap();
    assert!(settled(&digest));
    assert_eq!(digest.lines, 401);
}

#[tokio::test]
async fn an_earlier_start_does_not_speak_for_a_later_one_that_says_little() {
    let world = world(|_| log(frame(1, "nothing known\n"))).await;
    world.observe(&exited()).await.unwrap();
    assert_eq!(world.fake.asked().len(), 2, "ping and the latest start: {:?}", world.fake.asked());
}

#[tokio::test]
async fn a_restart_loop_is_read_over_several_starts() {
    let world = world(|_| log(frame(1, &format!("{REASON}\n")))).await;
    let mut container = exited();
    container.state.restarts = 3;
    container.state.status = Status::Restarting;
    world.observe(&container).await.unwrap();
    assert!(world.fake.asked()[1].ends_with("&tail=2000"), "{:?}", world.fake.asked());
    container.state.status = Status::Running;
    container.state.started_at = Some(world.context.now());
    world.observe(&container).await.unwrap();
    assert!(world.fake.asked()[2].ends_with("&tail=2000"), "it has only begun: {:?}", world.fake.asked());
    container.state.started_at = exited().state.started_at;
    world.observe(&container).await.unwrap();
    assert!(world.fake.asked()[3].contains("&since=998&"), "it has run for long: {:?}", world.fake.asked());
}

#[tokio::test]
async fn an_engine_that_keeps_no_log_is_told_of_with_the_driver_and_what_to_do() {
    let world =
        world(|_| Say::Status(501, br#"{"message":"configured logging driver does not support reading"}"#.to_vec()))
            .await;
    for driver in ["none", "syslog"] {
        let settings = ContainerSettings { log_driver: driver.into(), ..ContainerSettings::default() };
        let error = world.observe(&Container { settings, ..exited() }).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer);
        assert!(error.detail.contains(&format!("driver is `{driver}`")), "{error}");
        assert!(error.detail.contains("--log-driver json-file"), "{error}");
    }
}

#[tokio::test]
async fn a_log_that_never_ends_is_left_in_time_with_what_it_had() {
    let root = tempfile::tempdir().unwrap();
    let mut context = context_in(root.path());
    context.limits.timeout = Duration::from_millis(300);
    let fake = Fake::listen(&root.path().join("engine.sock"), |path| match path {
        "/_ping" => Say::Status(404, Vec::new()),
        _ => Say::Endless(frame(1, &format!("{REASON}\n"))),
    });
    context.docker_host = Some(fake.address());
    let source = source_of(&context).await;
    let digest = observe(&context, &source, &exited()).await.unwrap();
    assert!(settled(&digest));
    assert!(digest.limits.iter().any(|l| l.contains("stopped after 300 ms")), "{:?}", digest.limits);
}

#[tokio::test]
async fn a_terminals_log_is_read_and_a_line_without_end_fills_no_memory() {
    let world = world(|path| {
        let endless = if path.contains("tail=5000") { Vec::new() } else { vec![b'x'; 4 << 20] };
        log([format!("{REASON}\r\n").into_bytes(), endless].concat())
    })
    .await;
    let settings = ContainerSettings { tty: true, ..ContainerSettings::default() };
    let digest = world.observe(&Container { settings, ..exited() }).await.unwrap();
    assert!(settled(&digest));
    assert!(digest.limits.iter().any(|l| l.contains("a line of more than")), "{:?}", digest.limits);
}

#[tokio::test]
async fn following_tells_each_line_once_and_ends_with_the_log() {
    let world = world(|path| {
        let text = [frame(1, "one\n"), frame(2, "two\n")].concat();
        if path.contains("follow=true") {
            log([text, frame(1, "three\n"), frame(1, "no end")].concat())
        } else {
            log(text)
        }
    })
    .await;
    let (sink, mut news) = tokio::sync::mpsc::unbounded_channel();
    tokio::time::timeout(
        Duration::from_secs(10),
        follow(Arc::clone(&world.context), world.source.clone(), exited(), sink),
    )
    .await
    .unwrap();
    let (mut lines, mut digests) = (Vec::new(), Vec::new());
    while let Some(piece) = news.recv().await {
        match piece {
            ProbeEvent::Lines(batch) => lines.extend(batch.into_iter().map(|l| l.text)),
            ProbeEvent::Sources(_) | ProbeEvent::Chosen(_) => {}
            ProbeEvent::Update(update) => digests.push(*update),
        }
    }
    assert_eq!(lines, ["one", "two", "three", "no end"]);
    let Some(Update::Logs(last)) = digests.last() else { panic!("{digests:?}") };
    assert_eq!(last.value().unwrap().lines, 4);
}
