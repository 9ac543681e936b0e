//! Programs that take LocalStack's place, run for real: each is named by its own answer.
//! Ignored unless asked for: `LSDOCTOR_TEST_LOOKALIKES=$(.ci/lookalikes) cargo test --test probes -- --include-ignored`.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may end here, and says why it is skipped"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lsdoctor::observations::Answer;
use lsdoctor::probes::endpoint;

use crate::support::fakes::context::hermetic;

/// Python needs this long on a busy machine to load a program that emulates a hundred services.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The folder of the programs, or a word on why there is none.
fn folder() -> Option<PathBuf> {
    match std::env::var("LSDOCTOR_TEST_LOOKALIKES") {
        Ok(folder) if !folder.is_empty() => Some(folder.into()),
        _ => {
            eprintln!("skipped: LSDOCTOR_TEST_LOOKALIKES names no folder of programs");
            None
        }
    }
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What the endpoint probe says of a program, as soon as it listens.
async fn answer_of(folder: &Path, program: &str, arguments: impl Fn(u16) -> Vec<String>) -> Answer {
    let port = free_port();
    let home = tempfile::tempdir().unwrap();
    let child = Command::new(folder.join(program))
        .args(arguments(port))
        .env("GATEWAY_PORT", port.to_string())
        // A second listener of its own, which another test's would be in the way of.
        .env("IOT_MTLS_ENABLED", "0")
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _running = Running(child.expect("the program is there"));
    let mut context = hermetic(home.path());
    context.endpoint = Some(format!("http://127.0.0.1:{port}"));
    context.limits.timeout = Duration::from_secs(5);
    let begun = Instant::now();
    loop {
        let answer = endpoint::observe(&context, None).await.unwrap().answer;
        if !answer.is_silence() || begun.elapsed() > PATIENCE {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn name(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::OtherProgram { program, .. } => program.as_deref(),
        _ => None,
    }
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_LOOKALIKES"]
async fn ministack_is_named_although_its_health_is_localstacks() {
    let Some(folder) = folder() else { return };
    let answer = answer_of(&folder, "ministack", |_| Vec::new()).await;
    assert_eq!(name(&answer), Some("MiniStack"), "{answer:?}");
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_LOOKALIKES"]
async fn moto_is_named_although_it_calls_itself_amazon() {
    let Some(folder) = folder() else { return };
    let answer = answer_of(&folder, "moto_server", |port| vec!["-p".to_owned(), port.to_string()]).await;
    assert_eq!(name(&answer), Some("moto"), "{answer:?}");
}
