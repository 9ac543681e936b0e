//! Every cause's situation, judged by the program and shown on the first screen at three sizes.
//! The logs are those of `tests/corpus`; what no log shows is built by hand. A changed sentence changes its snapshot.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, unreachable_pub, missing_docs)]

use crate::support::judge;

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::cases::{ago, now, screen, seen, snapshots, stories};
use jiff::tz::TimeZone;
use lsdoctor::case::{Case, CaseEvent};
use lsdoctor::dashboard::{Model, Msg, Setup, Size, update};
use lsdoctor::diagnosis::{Catalogue, diagnose};
use lsdoctor::observations::{Answer, Endpoint, Image, Info, Observation, Removed, Snapshot, Status, Update};

/// What an activated LocalStack says when a service is asked for that the plan lacks.
const UNLICENSED: &str = "2026-11-24T11:58:02.114 ERROR --- [et.reactor-0] localstack.aws.handlers.logging : exception during call \
                          chain: plugin localstack.aws.provider:cloudtrail:pro is disabled, reason: This feature is not \
                          part of the active license agreement";

/// What an image says that does not know tokens.
const KEY_ONLY: &str = "\
LocalStack version: 2.3.2
License activation failed! 🔑❌
Reason: We could not get the API Key from the environment variable LOCALSTACK_API_KEY
";

fn drawn(case: &Case, (width, height): (u16, u16)) -> String {
    let setup = Setup { zone: TimeZone::UTC, ..Setup::default() };
    let mut model = Model::new(setup, now(), Size { width, height });
    update(&mut model, Msg::Case(CaseEvent::from(case.clone())));
    screen::text(&screen::draw(&model))
}

/// Judges a snapshot and holds the screens against the stored ones; tells the cause.
fn shown(catalogue: &Catalogue, snapshot: Snapshot) -> String {
    let diagnosis = diagnose(&snapshot, catalogue, now());
    let cause = diagnosis.headline.cause.clone();
    let mut case = Case::new(snapshot);
    case.conclude(diagnosis, ago(90));
    let screens: Vec<_> = [(60, 18), (80, 24), (120, 40)].map(|size| drawn(&case, size)).into();
    insta::assert_snapshot!(cause.clone(), screens.join(&format!("\n{}\n", "=".repeat(60))));
    cause
}

/// A situation for each cause, and the id it must come to.
fn situations() -> Vec<(String, Snapshot)> {
    let mut all = of_logs();
    all.extend(of_reasons().into_iter().map(|(cause, log)| (cause.to_owned(), ended(&log))));
    all.extend(of_the_machine().into_iter().map(|(cause, snapshot)| (cause.to_owned(), snapshot)));
    all
}

#[test]
fn every_situation_is_shown() {
    let catalogue = Catalogue::load().unwrap();
    for (expected, snapshot) in situations() {
        assert_eq!(shown(&catalogue, snapshot), expected);
    }
}

/// A cause that is added comes with a situation here, and its screens are read by eye before they are stored.
#[test]
fn every_cause_has_a_situation() {
    let catalogue = Catalogue::load().unwrap();
    let shown: Vec<String> = situations().into_iter().map(|(cause, _)| cause).collect();
    let told: BTreeSet<&str> = shown.iter().map(String::as_str).collect();
    assert_eq!(told.len(), shown.len(), "two situations of one cause would share a snapshot: {shown:?}");
    let known: BTreeSet<&str> = catalogue.causes.iter().map(|cause| cause.id.as_str()).collect();
    assert_eq!(told, known);
}

/// The first case of each cause among the logs of real runs.
fn of_logs() -> Vec<(String, Snapshot)> {
    let mut situations: Vec<(String, Snapshot)> = Vec::new();
    for folder in judge::cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")) {
        // Those of real runs; the others have a situation of their own further down.
        if !folder.file_name().unwrap().to_string_lossy().starts_with("run-") {
            continue;
        }
        let case = judge::description(&folder);
        let expected = case["expected"]["cause"].as_str().unwrap().to_owned();
        if situations.iter().all(|(cause, _)| *cause != expected) {
            let log = std::fs::read_to_string(folder.join("log.txt")).unwrap();
            situations.push((expected, ended(&log)));
        }
    }
    situations
}

/// A container that ended with this log; nothing else was asked, so that the log alone decides.
fn ended(log: &str) -> Snapshot {
    let snapshot = Snapshot { target: snapshots::target(), ..Snapshot::default() };
    stories::logged(snapshot, log)
}

/// Reasons that no case of the corpus has, in LocalStack's words.
fn of_reasons() -> Vec<(&'static str, String)> {
    let failed = |reason: &str| snapshots::UNREACHABLE.replace(snapshots::UNREACHABLE_REASON, reason);
    let cached =
        "Successfully activated cached license 3f1c:enterprise from /var/lib/localstack/cache/license.json 🔑✅";
    vec![
        ("activated-from-cache", format!("LocalStack version: 4.14.0\n\n{cached}\nReady.\n")),
        ("license-no-seats", failed("licensing.license.not_enough_credits")),
        (
            "license-version-mismatch",
            failed("The license file was created for a different LocalStack version than the one in use."),
        ),
        ("license-cache-invalid", failed("Calculated signature and license signature do not match.")),
        ("insufficient-evidence", "nothing of interest\n".to_owned()),
        (
            "server-unreachable-dns",
            failed(
                "MyHTTPSConnectionPool(host='api.localstack.cloud', port=443): Max retries exceeded with url: /v1/license/request \
                 (Caused by NameResolutionError(\"Failed to resolve 'api.localstack.cloud' ([Errno -2] Name or service not known)\"))",
            ),
        ),
    ]
}

fn endpoint(answer: Answer, info: Option<Info>) -> Observation<Endpoint> {
    let (url, chosen_by) = ("http://localhost:4566".to_owned(), "port published by localstack-main".to_owned());
    seen(1, 4.0, Endpoint { url, chosen_by, answer, info, ..Endpoint::default() })
}

/// What no log alone shows.
fn of_the_machine() -> Vec<(&'static str, Snapshot)> {
    let plain = |snapshot| stories::docker_run(snapshot);
    let with = |mut snapshot: Snapshot, updates: Vec<Update>| {
        updates.into_iter().for_each(|update| snapshot.apply(update));
        snapshot
    };
    let other = Answer::OtherProgram {
        status: 200,
        server: "nginx/1.27.3".to_owned(),
        says: "Welcome to nginx!".to_owned(),
        program: None,
    };
    let mut conflict = snapshots::container();
    conflict.state.status = Status::Created;
    conflict.state.exit_code = Some(128);
    conflict.state.started_at = None;
    conflict.state.error =
        "driver failed programming external connectivity on endpoint localstack-main: Error starting \
                            userland proxy: listen tcp4 0.0.0.0:4566: bind: address already in use"
            .to_owned();
    let vanished = Removed {
        id: String::new(),
        name: "localstack-main".to_owned(),
        image: "localstack/localstack-pro:4.14.0".to_owned(),
        exit_code: Some(55),
        at: Some(ago(40)),
        stopped: false,
    };
    // A token in a community image, which cannot activate.
    let mut community = snapshots::container();
    community.image = Some(Image::parse("localstack/localstack:4.14.0"));
    let info = Info {
        version: "4.14.0".to_owned(),
        edition: "community".to_owned(),
        is_license_activated: Some(false),
        ..Info::default()
    };
    // A licensed image of a time before the tokens, started with one.
    let mut old = snapshots::container();
    old.image = Some(Image::parse("localstack/localstack-pro:2.3.2"));
    old.version = Some("2.3.2".to_owned());
    (old.state.status, old.state.exit_code, old.state.finished_at) = (Status::Exited, Some(55), Some(ago(40)));
    vec![
        (
            "image-without-activation",
            with(
                stories::logged(plain(snapshots::activated()), "LocalStack version: 4.14.0\n\nReady.\n"),
                vec![
                    Update::Container(snapshots::instances(Some(community))),
                    Update::Endpoint(endpoint(Answer::LocalStack, Some(info))),
                ],
            ),
        ),
        ("activated", stories::logged(plain(snapshots::activated()), snapshots::ACTIVATED)),
        ("starting", stories::logged(plain(stories::starting()), snapshots::STARTING)),
        ("not-running", plain(snapshots::not_running())),
        ("server-unreachable-tls", stories::logged(stories::compose(snapshots::interceptor()), snapshots::UNREACHABLE)),
        ("not-localstack", with(plain(snapshots::not_running()), vec![Update::Endpoint(endpoint(other, None))])),
        (
            "endpoint-unreachable",
            with(
                stories::logged(plain(snapshots::activated()), "LocalStack version: 4.14.0\n\nReady.\n"),
                vec![Update::Endpoint(endpoint(Answer::Hung, None))],
            ),
        ),
        (
            "port-conflict",
            with(plain(snapshots::not_running()), vec![Update::Container(snapshots::instances(Some(conflict)))]),
        ),
        ("license-failure-unspecified", with(plain(snapshots::not_running()), vec![snapshots::gone(vanished)])),
        (
            "feature-not-licensed",
            stories::logged(plain(snapshots::activated()), &format!("{}\n{UNLICENSED}\n", snapshots::ACTIVATED)),
        ),
        (
            "image-too-old",
            stories::logged(
                with(
                    plain(snapshots::not_running()),
                    vec![
                        Update::Container(snapshots::instances(Some(old))),
                        Update::Credentials(snapshots::activated().credentials),
                    ],
                ),
                KEY_ONLY,
            ),
        ),
    ]
}
