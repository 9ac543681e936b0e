//! Every cause's situation, judged by the program and shown on the first screen at three sizes.
//! The logs are those of `tests/corpus`; what no log shows is built by hand. A changed sentence changes its snapshot.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, unreachable_pub, missing_docs)]

mod judge;
mod scenarios;

use std::collections::BTreeSet;
use std::path::Path;

use jiff::tz::TimeZone;
use lsdoctor::dashboard::{Feed, Model, Msg, Setup, Size, update};
use lsdoctor::diagnosis::{Case, Catalogue, diagnose};
use lsdoctor::observations::{Answer, Endpoint, Image, Info, Observation, Snapshot, Status, Update, Vanished};
use scenarios::{ago, now, screen, seen, stories, world};

fn drawn(case: &Case, (width, height): (u16, u16)) -> String {
    let setup = Setup { zone: TimeZone::UTC, ..Setup::default() };
    let mut model = Model::new(setup, now(), Size { width, height });
    update(&mut model, Msg::Feed(Feed::Case(Box::new(case.clone()))));
    screen::text(&screen::draw(&model))
}

/// Judges a snapshot and holds the screens against the stored ones; tells the cause.
fn shown(catalogue: &Catalogue, snapshot: Snapshot) -> String {
    let diagnosis = diagnose(&snapshot, catalogue, now());
    let cause = diagnosis.headline.cause.clone();
    let mut case = Case::new(snapshot);
    case.conclude(diagnosis, ago(90));
    let screens: Vec<_> = [(60, 18), (80, 24), (120, 40)].map(|size| drawn(&case, size)).into();
    insta::assert_snapshot!(format!("situation-{cause}"), screens.join(&format!("\n{}\n", "=".repeat(60))));
    cause
}

#[test]
fn causes_that_a_log_shows() {
    let catalogue = Catalogue::load().unwrap();
    let mut shown_already = BTreeSet::new();
    for folder in judge::cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")) {
        // Those of real runs; the others have a situation of their own further down.
        if !folder.file_name().unwrap().to_string_lossy().starts_with("run-") {
            continue;
        }
        let case = judge::description(&folder);
        let expected = case["expected"]["cause"].as_str().unwrap().to_owned();
        if !shown_already.insert(expected.clone()) {
            continue;
        }
        let log = std::fs::read_to_string(folder.join("log.txt")).unwrap();
        let snapshot = ended(&log);
        assert_eq!(shown(&catalogue, snapshot), expected, "{}", folder.display());
    }
    assert!(shown_already.len() > 10, "{shown_already:?}");
}

/// A container that ended with this log; nothing else was asked, so that the log alone decides.
fn ended(log: &str) -> Snapshot {
    let snapshot = Snapshot { target: world::target(), ..Snapshot::default() };
    stories::logged(snapshot, log)
}

/// Reasons that no case of the corpus has, in LocalStack's words.
#[test]
fn causes_that_a_reason_shows() {
    let catalogue = Catalogue::load().unwrap();
    let failed = |reason: &str| world::UNREACHABLE.replace(world::UNREACHABLE_REASON, reason);
    let cached =
        "Successfully activated cached license 3f1c:enterprise from /var/lib/localstack/cache/license.json 🔑✅";
    let situations = [
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
    ];
    for (expected, log) in situations {
        assert_eq!(shown(&catalogue, ended(&log)), expected);
    }
}

fn endpoint(answer: Answer, info: Option<Info>) -> Observation<Endpoint> {
    let (url, chosen_by) = ("http://localhost:4566".to_owned(), "port published by localstack-main".to_owned());
    seen(1, 4.0, Endpoint { url, chosen_by, answer, info, health: None })
}

#[test]
fn causes_that_the_machine_shows() {
    let catalogue = Catalogue::load().unwrap();
    let plain = |snapshot| stories::docker_run(snapshot);
    let with = |mut snapshot: Snapshot, updates: Vec<Update>| {
        updates.into_iter().for_each(|update| snapshot.apply(update));
        snapshot
    };
    let other =
        Answer::OtherProgram { status: 200, server: "nginx/1.27.3".to_owned(), says: "Welcome to nginx!".to_owned() };
    let mut conflict = world::container();
    conflict.state.status = Status::Created;
    conflict.state.exit_code = Some(128);
    conflict.state.started_at = None;
    conflict.state.error =
        "driver failed programming external connectivity on endpoint localstack-main: Error starting \
                            userland proxy: listen tcp4 0.0.0.0:4566: bind: address already in use"
            .to_owned();
    let vanished = Vanished {
        name: "localstack-main".to_owned(),
        image: "localstack/localstack-pro:4.14.0".to_owned(),
        exit_code: Some(55),
        at: Some(ago(40)),
        last_lines: Vec::new(),
    };
    // A token in a community image, which cannot activate.
    let mut community = world::container();
    community.image = Some(Image::parse("localstack/localstack:4.14.0"));
    let info = Info {
        version: "4.14.0".to_owned(),
        edition: "community".to_owned(),
        is_license_activated: Some(false),
        ..Info::default()
    };
    let situations = [
        (
            "image-without-activation",
            with(
                stories::logged(plain(world::activated()), "LocalStack version: 4.14.0\n\nReady.\n"),
                vec![
                    Update::Instances(Box::new(world::instances(Some(community)))),
                    Update::Endpoint(endpoint(Answer::LocalStack, Some(info))),
                ],
            ),
        ),
        ("activated", stories::logged(plain(world::activated()), world::ACTIVATED)),
        ("starting", stories::logged(plain(stories::starting()), world::STARTING)),
        ("not-running", plain(world::not_running())),
        ("server-unreachable-tls", stories::logged(stories::compose(world::interceptor()), world::UNREACHABLE)),
        ("not-localstack", with(plain(world::not_running()), vec![Update::Endpoint(endpoint(other, None))])),
        (
            "endpoint-unreachable",
            with(
                stories::logged(plain(world::activated()), "LocalStack version: 4.14.0\n\nReady.\n"),
                vec![Update::Endpoint(endpoint(Answer::Hung, None))],
            ),
        ),
        (
            "port-conflict",
            with(plain(world::not_running()), vec![Update::Instances(Box::new(world::instances(Some(conflict))))]),
        ),
        ("license-failure-unspecified", with(plain(world::not_running()), vec![world::gone(vanished)])),
    ];
    for (expected, snapshot) in situations {
        assert_eq!(shown(&catalogue, snapshot), expected);
    }
}
