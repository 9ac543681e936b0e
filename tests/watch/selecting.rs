//! Looking on while another container is selected: the verdict is about the selected one from then on, and nothing that was
//! asked before it is waited for.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use crate::support::fakes::context::hermetic;
use crate::support::fakes::engine::Engine;
use crate::support::fakes::http::{HttpServer, Reply};
use jiff::Timestamp;
use lsdoctor::case::{Case, CaseEvent, WatchCommand};
use lsdoctor::diagnosis::Catalogue;
use lsdoctor::observations::ProbeId;
use lsdoctor::session::{Session, watch};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const IMAGE: &str = "localstack/localstack-pro:4.14.0";
const INFO: &str = r#"{"version": "4.14.0", "edition": "pro", "is_license_activated": true, "session_id": "0a"}"#;
const HEALTH: &str = r#"{"services": {"s3": "available"}, "edition": "pro", "version": "4.14.0"}"#;
/// Much less than a check may take here.
const PATIENCE: Duration = Duration::from_secs(10);

/// A container that failed, one that runs, and an endpoint that answers like this.
struct World {
    heard: UnboundedReceiver<CaseEvent>,
    wish: UnboundedSender<WatchCommand>,
    _engine: Engine,
    _dir: tempfile::TempDir,
}

impl World {
    async fn new(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("docker.sock");
        let mut engine = Engine::new(Timestamp::now);
        engine.listen(&socket);
        engine.run("failed", IMAGE, &[], "LocalStack version: 4.14.0\nReason: The license has expired.");
        engine.dies("failed", 55);
        engine.run("runs", IMAGE, &[], "LocalStack version: 4.14.0\nReady.");
        let mut context = hermetic(dir.path());
        context.docker_host = Some(format!("unix://{}", socket.display()));
        context.endpoint = Some(format!("http://{}", HttpServer::scripted(answer).await.address));
        context.limits.timeout = Duration::from_secs(60);
        context.limits.offline = true;
        let session = Session {
            context: Arc::new(context),
            catalogue: Arc::new(Catalogue::load().unwrap()),
            wanted: ProbeId::ALL.into(),
            interval: Duration::from_millis(300),
            left_out: Default::default(),
            all: false,
        };
        let (told, heard) = unbounded_channel();
        let (wish, wishes) = unbounded_channel();
        tokio::spawn(watch(session, told, wishes));
        Self { heard, wish, _engine: engine, _dir: dir }
    }

    async fn until(&mut self, what: &str, holds: impl Fn(&Case) -> bool) {
        let listening = async {
            while let Some(told) = self.heard.recv().await {
                if let CaseEvent::Case { case, .. } = told
                    && holds(&case)
                {
                    return;
                }
            }
        };
        assert!(tokio::time::timeout(PATIENCE, listening).await.is_ok(), "never: {what}");
    }
}

fn is_about(case: &Case, name: &str) -> bool {
    case.snapshot.container().is_some_and(|container| container.name == name)
}

#[tokio::test]
async fn a_container_that_failed_is_judged_while_another_one_answers() {
    let mut world = World::new(|line| Reply::json(if line.contains("/info") { INFO } else { HEALTH })).await;
    world.until("activated", |case| case.diagnosis.headline.cause == "activated").await;
    world.wish.send(WatchCommand::Select("failed".into())).unwrap();
    world.until("why it failed", |case| case.diagnosis.headline.cause == "license-expired").await;
}

#[tokio::test]
async fn a_silent_endpoint_keeps_neither_the_credentials_nor_a_selection_waiting() {
    let mut world = World::new(|_| Reply::hang()).await;
    world.until("credentials", |case| is_about(case, "runs") && case.snapshot.credentials.value().is_some()).await;
    world.wish.send(WatchCommand::Select("failed".into())).unwrap();
    world.until("the selected one", |case| is_about(case, "failed")).await;
}
