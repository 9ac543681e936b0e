//! Looking on at a real engine while a container is killed, started again, removed, and made anew under the same name: the
//! timeline tells each end and each start, and the verdict is right after each.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use crate::support::fakes::context::hermetic;
use crate::support::standin::{ACTIVATED, Engine, PATIENCE, Spec};
use lsdoctor::case::{Case, CaseEvent, WatchCommand};
use lsdoctor::diagnosis::Catalogue;
use lsdoctor::observations::ProbeId;
use lsdoctor::session::{Session, watch};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const NAME: &str = "localstack-main";
const FAILS: &str = "echo 'LocalStack version: 4.14.0'; echo 'Reason: The license has expired.'; exit 55";

/// Listens until this holds.
async fn until(heard: &mut UnboundedReceiver<CaseEvent>, case: &mut Case, what: &str, holds: impl Fn(&Case) -> bool) {
    let end = tokio::time::Instant::now() + PATIENCE;
    while !holds(case) {
        match tokio::time::timeout_at(end, heard.recv()).await {
            Ok(Some(CaseEvent::Case { case: now, .. })) => *case = *now,
            Ok(Some(_)) => {}
            _ => panic!("never: {what}, but {} and {:#?}", case.diagnosis.headline.cause, case.changes),
        }
    }
}

fn count(case: &Case, text: &str) -> usize {
    case.changes.iter().filter(|change| change.text == text).count()
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn each_end_and_each_start_is_told_and_the_verdict_follows() {
    let engine = Engine::from_env();
    let dir = tempfile::tempdir().unwrap();
    let mut context = hermetic(dir.path());
    context.docker_host = Some(engine.host.clone());
    context.limits.timeout = Duration::from_secs(10);
    context.limits.offline = true;
    context.endpoint = None;
    let session = Session {
        context: Arc::new(context),
        catalogue: Arc::new(Catalogue::load().unwrap()),
        wanted: ProbeId::ALL.into(),
        left_out: Default::default(),
        interval: Duration::from_millis(300),
        all: false,
    };
    let first = engine.run(Spec { script: ACTIVATED, ports: &["127.0.0.1::4566"], ..Spec::default() });
    let (told, mut heard) = unbounded_channel();
    let (wish, wishes) = unbounded_channel();
    let watching = tokio::spawn(watch(session, told, wishes));
    let mut case = Case::default();
    let is = |cause: &'static str| move |case: &Case| case.diagnosis.headline.cause == cause;
    until(&mut heard, &mut case, "activated", is("activated-from-cache")).await;

    // Whoever kills it: 137 is no code of LocalStack's.
    engine.docker(&["kill", &first.id]);
    let killed = format!("`{NAME}` died with exit code 137.");
    until(&mut heard, &mut case, &killed, |case| count(case, &killed) == 1).await;

    engine.docker(&["start", &first.id]);
    until(&mut heard, &mut case, "activated again", is("activated-from-cache")).await;

    // Removed and made anew at once: nobody may have looked in between.
    let script = "echo 'LocalStack version: 4.14.0'; sleep 600";
    let image = first.field("{{.Config.Image}}");
    let line = format!(
        "docker -H {0} rm -f {1} && exec docker -H {0} run -d --name {NAME} --label lsdoctor.test {image} sh -c \"{script}\"",
        engine.host, first.id
    );
    let made = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    until(&mut heard, &mut case, "the new one starts", is("starting")).await;
    engine.docker(&["rm", "-f", NAME]);

    let _last = engine.run(Spec { script: FAILS, ..Spec::default() }).exited();
    until(&mut heard, &mut case, "why it failed", is("license-expired")).await;
    let failed = format!("`{NAME}` died with exit code 55.");
    until(&mut heard, &mut case, &failed, |case| count(case, &failed) == 1).await;

    // Whether an end and the removal were seen as one or as two is a matter of luck; that they are told is none.
    let ends = case.changes.iter().filter(|c| c.text.contains("died with exit code 137")).count();
    let starts = case.changes.iter().filter(|c| c.text.ends_with("started.")).count();
    let removed = case.changes.iter().filter(|c| c.text.contains("removed")).count();
    assert_eq!((ends, starts, removed), (3, 4, 2), "{:#?}", case.changes);
    wish.send(WatchCommand::Stop).unwrap();
    watching.await.unwrap();
}
