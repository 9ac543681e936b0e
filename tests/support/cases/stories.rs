//! The recordings of the demo: what is seen, and when; what follows from it is concluded by the program itself.
//! Each is a row of situations; the steps between them are the observations that differ.

use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp};
use lsdoctor::case::recording::{Recording, Step};
use lsdoctor::diagnosis::Catalogue;
use lsdoctor::log::{PhraseSet, Scanner};
use lsdoctor::observations::*;
use lsdoctor::scrub::Scrubber;

use super::{now, seen, snapshots};

static PHRASES: LazyLock<Arc<PhraseSet>> =
    LazyLock::new(|| Arc::new(Catalogue::load().expect("the catalogue loads").phrases().expect("phrases compile")));

/// A situation of a story: after so many seconds, with this log.
struct Scene {
    second: u64,
    snapshot: Snapshot,
    log: String,
}

fn scene(second: u64, snapshot: Snapshot, log: &str) -> Scene {
    let snapshot = if log.is_empty() { snapshot } else { logged(snapshot, log) };
    Scene { second, snapshot, log: log.to_owned() }
}

/// The log of a start that succeeds: `ready` seconds after twelve it is ready, a while later it is used.
fn success(ready: i64, used: bool) -> String {
    let stamp = |seconds: i64| (now() + SignedDuration::from_secs(seconds)).to_string().replace('Z', "");
    let log = snapshots::ACTIVATED;
    let lines = log.lines().enumerate().filter(|(i, _)| used || *i < 7).map(|(i, line)| {
        let old = line.split_once('.').map_or("", |(stamp, _)| stamp);
        let is_stamp = old.len() == 19 && old.contains('T');
        if is_stamp { line.replace(old, &stamp(ready + if i > 6 { 7 + i as i64 } else { 0 })) } else { line.to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The container, started and ended so many seconds ago.
pub fn lived(mut snapshot: Snapshot, started: i64, ended: Option<i64>) -> Snapshot {
    if let Observation::Seen { value, .. } = &mut snapshot.instances
        && let Some(container) = &mut value.chosen
    {
        container.state.started_at = Some(super::ago(started));
        container.state.finished_at = ended.map(super::ago);
    }
    snapshot
}

/// Activated a moment ago, by a start so many seconds ago.
pub fn activated(started: i64) -> Snapshot {
    let mut snapshot = lived(snapshots::activated(), started, None);
    if let Observation::Seen { value, .. } = &mut snapshot.endpoint
        && let Some(info) = &mut value.info
    {
        info.uptime = u64::try_from(started).ok();
    }
    if let Observation::Seen { value, .. } = &mut snapshot.cache {
        for file in value {
            if let LicenseFile::License(license) = &mut file.content {
                license.last_activated = Some(super::ago(1));
                license.reactivate_after = Some(now() + SignedDuration::from_hours(24));
            }
        }
    }
    snapshot
}

/// The same situation with this log.
pub fn logged(mut snapshot: Snapshot, log: &str) -> Snapshot {
    snapshot.logs = seen(0, 12.0, read(log));
    snapshot
}

/// All stories with their file names.
pub fn all() -> Vec<(&'static str, Recording)> {
    vec![("missing-token", missing_token()), ("interceptor", interceptor()), ("expired-license", expired_license())]
}

/// The token does not reach the container; it is started again with it.
fn missing_token() -> Recording {
    let scenes = vec![
        scene(0, waiting(), ""),
        scene(2, docker_run(snapshots::not_running()), ""),
        scene(6, docker_run(starting()), snapshots::STARTING),
        scene(9, docker_run(lived(snapshots::credentials_missing(), 7, Some(1))), snapshots::MISSING),
        scene(29, docker_run(starting()), snapshots::STARTING),
        scene(33, docker_run(activated(8)), &success(32, false)),
        scene(43, docker_run(activated(18)), &success(32, true)),
    ];
    told("missing token, then mended", 0, scenes)
}

/// A proxy opens the encryption; the container gets its certificate.
fn interceptor() -> Recording {
    let scenes = vec![
        scene(0, compose(starting()), snapshots::STARTING),
        scene(6, compose(lived(snapshots::interceptor(), 10, Some(1))), snapshots::UNREACHABLE),
        scene(28, compose(starting()), snapshots::STARTING),
        scene(33, compose(activated(9)), &success(82, false)),
        scene(43, compose(activated(19)), &success(82, true)),
    ];
    told("intercepted connection, then mended", 50, scenes)
}

/// The license is over.
fn expired_license() -> Recording {
    let scenes = vec![
        scene(0, docker_run(starting()), snapshots::STARTING),
        scene(4, docker_run(lived(snapshots::license_expired(), 8, Some(1))), snapshots::EXPIRED),
        scene(20, docker_run(lived(snapshots::license_expired(), 24, Some(17))), snapshots::EXPIRED),
    ];
    told("expired license", 100, scenes)
}

/// Before anything has answered.
fn waiting() -> Snapshot {
    fn wait<T>() -> Observation<T> {
        Observation::Pending { since: now() }
    }
    let ladder = || ConnectionPath { proxy: wait(), dns: wait(), tcp: wait(), tls: wait(), https: wait() };
    Snapshot {
        target: snapshots::target(),
        engine: wait(),
        instances: wait(),
        endpoint: wait(),
        logs: wait(),
        credentials: wait(),
        cache: wait(),
        compose: wait(),
        other_hosts: Observation::NotAsked,
        host: ladder(),
        inside: ladder(),
        others: Vec::new(),
    }
}

/// Just started; the license host was looked at before.
pub fn starting() -> Snapshot {
    let endpoint = Endpoint {
        url: "http://localhost:4566".to_owned(),
        chosen_by: "port published by localstack-main".to_owned(),
        answer: Answer::EmptyReply,
        ..Endpoint::default()
    };
    Snapshot { instances: snapshots::just_started(), endpoint: seen(1, 1.0, endpoint), ..snapshots::activated() }
}

/// Started by `docker run`, with nothing odd besides.
pub fn docker_run(snapshot: Snapshot) -> Snapshot {
    let mut snapshot = plain(snapshot);
    snapshot.compose = Observation::Skipped { because: "not started by compose".to_owned() };
    let launch = Launch { by: Launcher::DockerRun, told_by: "no label of another tool".to_owned() };
    if let Observation::Seen { value, .. } = &mut snapshot.instances
        && let Some(container) = &mut value.chosen
    {
        container.launch = launch;
    }
    snapshot
}

/// Started by compose, from a file that passes the token on.
pub fn compose(snapshot: Snapshot) -> Snapshot {
    let mut snapshot = plain(snapshot);
    let path = "/home/someone/projects/stack/docker-compose.yml".to_owned();
    let at = |line| FileLine { path: path.clone(), line };
    let variable = ComposeVariable {
        name: "LOCALSTACK_AUTH_TOKEN".to_owned(),
        written: "${LOCALSTACK_AUTH_TOKEN:?}".to_owned(),
        value: Some(super::TOKEN.to_owned()),
        at: at(7),
    };
    let service = ComposeService {
        name: "localstack".to_owned(),
        image: Some("localstack/localstack-pro:4.14.0".to_owned()),
        variables: vec![variable],
        ports: vec!["127.0.0.1:4566:4566".to_owned()],
        persistent_cache: true,
        at: at(3),
        ..ComposeService::default()
    };
    let file = ComposeFile { paths: vec![path.clone()], service: Some(service), ..ComposeFile::default() };
    snapshot.compose = seen(9, 2.0, file);
    snapshot
}

/// Without the oddities that the screens are tested with.
fn plain(mut snapshot: Snapshot) -> Snapshot {
    if let Observation::Seen { value, .. } = &mut snapshot.credentials {
        value.near_misses.clear();
        value.exposed.clear();
        value.host.truncate(1);
    }
    if let Observation::Seen { value, .. } = &mut snapshot.cache {
        value.retain(|file| matches!(file.content, LicenseFile::License(_)));
    }
    for ladder in [&mut snapshot.host, &mut snapshot.inside] {
        if let Observation::Seen { value, .. } = &mut ladder.dns {
            value.resolvers.truncate(1);
        }
    }
    snapshot
}

/// The log as the program reads it.
pub fn read(log: &str) -> LogDigest {
    let source = LogOrigin::Instance("localstack-main".to_owned());
    let mut scanner = Scanner::new(Arc::clone(&PHRASES), Arc::new(Scrubber::new()), source).of_localstack();
    scanner.feed(log.as_bytes(), Some(Stream::Stdout));
    scanner.finish()
}

/// A story that begins so many seconds after the first one.
fn told(title: &str, begins: u64, scenes: Vec<Scene>) -> Recording {
    let after = |seconds: u64| SignedDuration::from_secs(i64::try_from(seconds).unwrap());
    let mut before = Snapshot::default();
    let mut steps: Vec<Step> = Vec::new();
    let mut log = String::new();
    for scene in scenes {
        // Every situation is built as of one moment; in the story it is another one.
        let text = serde_json::to_string(&scene.snapshot).unwrap();
        let snapshot: Snapshot = serde_json::from_str(&shifted(&text, after(begins + scene.second))).unwrap();
        let lines = if scene.log == log { Vec::new() } else { new_lines(&log, &scene.log) };
        log = scene.log;
        let updates = snapshot.updates();
        let known = before.updates();
        let updates = updates.into_iter().filter(|update| !known.contains(update)).collect();
        steps.push(Step { at_ms: scene.second * 1_000, title: None, updates, lines });
        before = snapshot;
    }
    Recording { title: title.to_owned(), began: now() + after(begins), target: snapshots::target(), steps }
}

/// Lines that were not there, or all of them when another log begins.
fn new_lines(before: &str, after: &str) -> Vec<LogLine> {
    let known = if after.starts_with(before) { before.lines().count() } else { 0 };
    snapshots::lines(after).split_off(known)
}

/// The text with every time stamp moved.
fn shifted(text: &str, by: SignedDuration) -> String {
    let moved = text.split('"').map(|piece| match piece.parse::<Timestamp>() {
        Ok(at) if piece.ends_with('Z') => (at + by).to_string(),
        _ => piece.to_owned(),
    });
    moved.collect::<Vec<_>>().join("\"")
}
