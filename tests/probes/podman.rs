//! The probes against Podman's socket, whose answers differ from Docker's in words and details.
//! Ignored unless asked for: `LSDOCTOR_TEST_PODMAN=$(.ci/podman) cargo test --test probes -- --include-ignored`.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may end here, and says why it is skipped"
)]

use std::sync::Arc;
use std::time::Duration;

use crate::support::standin::{Engine, Spec};
use lsdoctor::log::{LogLayout, Phrase, PhraseSet};
use lsdoctor::observations::Status;
use lsdoctor::probes::sources::Sources;
use lsdoctor::probes::sources::types::FileContent;
use lsdoctor::probes::{Context, Host, Limits, instances, logs};

const REASON: &str = "No credentials were found in the environment";

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_PODMAN"]
async fn podman_is_read_like_docker() {
    let host = std::env::var("LSDOCTOR_TEST_PODMAN").expect("LSDOCTOR_TEST_PODMAN names a socket");
    let podman = Engine::at(host);
    // Without a network and with limits of its own it starts even in a container.
    let args = &["--network", "none", "--ulimit", "nofile=1024:4096", "--ulimit", "nproc=1024:4096"];
    let guard = podman.run(Spec { args, env: &["LOCALSTACK_AUTH_TOKEN="], ..Spec::default() }).exited();
    let phrase = Phrase { text: REASON.into(), ..Phrase::default() };
    let layout = LogLayout { banner: "LocalStack version:".into(), ..LogLayout::default() };
    let context = Context {
        docker_host: Some(podman.host.clone()),
        ..Context::new(
            Host::default(),
            Limits { timeout: Duration::from_secs(10), offline: true, keyring: false },
            Arc::new(PhraseSet::new([phrase], &layout).unwrap()),
        )
    };
    let sources = Sources::connect(&context, &Sources::default()).await.unwrap();
    let source = sources.iter().next().unwrap();
    assert_eq!(source.about().name, "Podman Engine");
    let chosen = instances::observe(&context, &sources).await.unwrap().chosen.unwrap();
    let seen = chosen.container;
    assert_eq!(seen.id, guard.id);
    assert_eq!(seen.image.as_ref().unwrap().repository, "localstack/localstack-pro");
    assert_eq!((seen.state.status, seen.state.exit_code), (Status::Exited, Some(55)));
    assert!(seen.state.started_at.is_some());
    assert_eq!(seen.variable("LOCALSTACK_AUTH_TOKEN").unwrap().value.text(), Some(""));
    let digest = logs::observe(&context, source, &seen).await.unwrap();
    assert_eq!(digest.runs.last().unwrap().hits.len(), 1, "{digest:?}");
    let file = FileContent::Bytes(b"a note\n".to_vec());
    assert_eq!(source.file(&seen.handle(), "/etc/link", 100).await, Ok(file));
    assert_eq!(source.file(&seen.handle(), "/etc/none", 100).await, Ok(FileContent::Absent));
    source.image_environment(&chosen.image_id).await.unwrap();
    let checked = std::process::Command::new(env!("CARGO_BIN_EXE_lsdoctor"))
        .env_clear()
        .args(["check", "--offline", "--docker-host", &podman.host, "--endpoint-url", "http://localhost:1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.code() == Some(1) && said.contains("credentials-missing (proven)"), "{said}");
    drop(guard);
    let gone = instances::observe(&context, &sources).await.unwrap().instances;
    assert_eq!(gone.chosen, None);
    assert_eq!(gone.vanished[0].exit_code, Some(55), "{:?}", gone.vanished);
}
