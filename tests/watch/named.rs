//! A container that the user names: one that is not there, one that is none of LocalStack's, and the choice where none is named.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use crate::support::fakes::context::hermetic;
use crate::support::fakes::engine::Engine;
use jiff::Timestamp;
use lsdoctor::case::Case;
use lsdoctor::diagnosis::{Catalogue, Status};
use lsdoctor::observations::ProbeId;
use lsdoctor::session::Session;

const EXPIRED: &str = "LocalStack version: 4.14.0\nLocalstack returning with exit code 55. Reason: \nLicense activation failed!\n\nReason: The license has expired.";

async fn check(engine: &mut Engine, container: Option<&str>) -> Case {
    let dir = tempfile::tempdir().unwrap();
    let mut context = hermetic(dir.path());
    let socket = dir.path().join("engine.sock");
    engine.listen(&socket);
    context.docker_host = Some(format!("unix://{}", socket.display()));
    context.endpoint = None;
    context.container = container.map(str::to_owned);
    context.limits.offline = true;
    let session = Session {
        context: Arc::new(context),
        catalogue: Arc::new(Catalogue::load().unwrap()),
        wanted: [ProbeId::Engine, ProbeId::Container, ProbeId::Logs, ProbeId::Credentials].into(),
        interval: Duration::from_secs(1),
        left_out: Default::default(),
        all: false,
    };
    let case = session.check().await;
    engine.go().await;
    case
}

#[tokio::test]
async fn a_name_that_is_not_there_is_told_with_those_that_are() {
    let mut engine = Engine::new(Timestamp::now);
    engine.run("localstack-main", "localstack/localstack-pro:4.14.0", &[], EXPIRED);
    let case = check(&mut engine, Some("nosuch")).await;
    let head = &case.diagnosis.headline;
    assert_eq!((head.cause.as_str(), case.diagnosis.status), ("not-running", Status::Undecided));
    assert!(
        head.summary.contains("no container `nosuch`") && head.summary.contains("localstack-main"),
        "{}",
        head.summary
    );
    assert!(head.remedies.iter().all(|r| !r.command.iter().any(|c| c.contains("docker run"))), "{:?}", head.remedies);
    let others: Vec<_> = case.diagnosis.others.iter().map(|o| o.container.clone()).collect();
    assert_eq!(format!("{others:?}").matches("localstack-main").count(), 1, "{others:?}");
}

#[tokio::test]
async fn a_container_of_another_program_is_not_taken_for_localstack() {
    let mut engine = Engine::new(Timestamp::now);
    engine.run("cache", "redis:7", &[], "Reason: The license has expired.");
    engine.dies("cache", 55);
    let case = check(&mut engine, Some("cache")).await;
    let head = &case.diagnosis.headline;
    assert_eq!((head.cause.as_str(), case.diagnosis.activated), ("not-localstack", None), "{head:?}");
    assert!(case.diagnosis.findings.iter().all(|f| !f.cause.starts_with("license")), "{:?}", case.diagnosis.findings);
}

#[tokio::test]
async fn the_one_that_was_started_last_is_asked_about_where_none_is_up_on_the_endpoint() {
    let mut engine = Engine::new(Timestamp::now);
    engine.run("older", "localstack/localstack:4.14.0", &[], "LocalStack version: 4.14.0\nReady.");
    engine.run("localstack-main", "localstack/localstack-pro:4.14.0", &[], EXPIRED);
    engine.dies("localstack-main", 55);
    let case = check(&mut engine, None).await;
    assert_eq!(case.diagnosis.headline.cause, "license-expired");
    assert_eq!(case.diagnosis.instance.container.as_deref(), Some("localstack-main"));
}
