//! The recordings of the demo: what happens, when, and what follows.
//! Each is a row of situations; the steps between them are the observations that differ.

use jiff::SignedDuration;
use lsdoctor::dashboard::{Recording, Step};
use lsdoctor::diagnosis::{Case, Diagnosis};
use lsdoctor::observations::{LogLine, Observation, Snapshot, Update, Viewpoint};

use super::{now, world};

/// A situation of a story: after so many seconds, with this log.
struct Scene {
    second: u64,
    case: Case,
    log: &'static str,
}

const fn scene(second: u64, case: Case, log: &'static str) -> Scene {
    Scene { second, case, log }
}

/// All stories with their file names.
pub fn all() -> Vec<(&'static str, Recording)> {
    vec![("missing-token", missing_token()), ("interceptor", interceptor()), ("expired-license", expired_license())]
}

/// The token does not reach the container; it is started again with it.
fn missing_token() -> Recording {
    let scenes = vec![
        scene(0, super::pending(), ""),
        scene(1, looking(super::not_running()), ""),
        scene(5, super::starting(), world::STARTING),
        scene(9, super::credentials_missing(), world::MISSING),
        scene(27, super::starting(), world::STARTING),
        scene(32, super::activated(), world::ACTIVATED),
    ];
    told("missing token, then mended", 0, scenes)
}

/// A proxy opens the encryption; the container gets its certificate.
fn interceptor() -> Recording {
    let scenes = vec![
        scene(0, super::starting(), world::STARTING),
        scene(6, super::interceptor(), world::UNREACHABLE),
        scene(26, super::starting(), world::STARTING),
        scene(31, super::activated(), world::ACTIVATED),
    ];
    told("intercepted connection, then mended", 44, scenes)
}

/// The license is over.
fn expired_license() -> Recording {
    let scenes = vec![
        scene(0, super::starting(), world::STARTING),
        scene(4, super::license_expired(), world::EXPIRED),
        scene(20, super::license_expired(), world::EXPIRED),
    ];
    told("expired license", 88, scenes)
}

fn looking(mut case: Case) -> Case {
    case.diagnosis.headline.summary =
        "No container of LocalStack was found, and nothing listens at http://localhost:4566.".to_owned();
    case
}

/// A story that begins so many seconds after the first one.
fn told(title: &str, begins: u64, scenes: Vec<Scene>) -> Recording {
    let mut before = Snapshot::default();
    let mut steps: Vec<Step> = Vec::new();
    let mut log = "";
    for scene in scenes {
        // Every situation is built as of one moment; in the story it is another one.
        let shift = SignedDuration::from_secs(i64::try_from(begins + scene.second).unwrap());
        let text = serde_json::to_string(&scene.case).unwrap();
        let case: Case = serde_json::from_str(&shifted(&text, shift)).unwrap();
        let lines = if scene.log == log { Vec::new() } else { new_lines(log, scene.log) };
        log = scene.log;
        let diagnosis: Diagnosis = case.diagnosis;
        let updates = between(&before, &case.snapshot);
        steps.push(Step { at_ms: scene.second * 1_000, title: None, updates, lines, diagnosis: Some(diagnosis) });
        before = case.snapshot;
    }
    Recording {
        title: title.to_owned(),
        began: now() + SignedDuration::from_secs(i64::try_from(begins).unwrap()),
        target: world::target(),
        steps,
    }
}

/// Lines that were not there, or all of them when another log begins.
fn new_lines(before: &str, after: &str) -> Vec<LogLine> {
    let known = if after.starts_with(before) { before.lines().count() } else { 0 };
    world::lines(after).split_off(known)
}

/// The text with every time stamp moved.
fn shifted(text: &str, by: SignedDuration) -> String {
    let mut shifted = String::new();
    for (i, piece) in text.split('"').enumerate() {
        if i > 0 {
            shifted.push('"');
        }
        match piece.parse::<jiff::Timestamp>() {
            Ok(at) if piece.ends_with('Z') => shifted.push_str(&(at + by).to_string()),
            _ => shifted.push_str(piece),
        }
    }
    shifted
}

/// The observations that differ.
fn between(before: &Snapshot, after: &Snapshot) -> Vec<Update> {
    let mut updates = Vec::new();
    let mut differs = |update: Update, same: bool| {
        if !same {
            updates.push(update);
        }
    };
    differs(Update::Engine(after.engine.clone()), before.engine == after.engine);
    differs(Update::Instances(Box::new(after.instances.clone())), before.instances == after.instances);
    differs(Update::Endpoint(after.endpoint.clone()), before.endpoint == after.endpoint);
    differs(Update::Logs(after.logs.clone()), before.logs == after.logs);
    differs(Update::Credentials(after.credentials.clone()), before.credentials == after.credentials);
    differs(Update::Cache(after.cache.clone()), before.cache == after.cache);
    differs(Update::Compose(after.compose.clone()), before.compose == after.compose);
    for from in Viewpoint::ALL {
        let (old, new) = (before.ladder(from), after.ladder(from));
        differs(Update::Proxy(from, new.proxy.clone()), old.proxy == new.proxy);
        differs(Update::Dns(from, new.dns.clone()), old.dns == new.dns);
        differs(Update::Tcp(from, new.tcp.clone()), old.tcp == new.tcp);
        differs(Update::Tls(from, new.tls.clone()), old.tls == new.tls);
        differs(Update::Https(from, new.https.clone()), old.https == new.https);
    }
    updates
        .retain(|update| !matches!(update, Update::Compose(Observation::NotAsked)) || before.compose != after.compose);
    updates
}
