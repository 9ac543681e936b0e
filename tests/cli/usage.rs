//! The edges of the command line: what was not given or not asked, what is bad input, and what keeps its exit code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::PATIENCE;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use serde_json::Value;

const COMMUNITY: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/run-core-4-14-0-py313-community-debug1/info.json");
const EXPIRED: &str = r#"{"license_type": "trial", "license_status": "ACTIVE", "expiry_date": "2020-01-01T00:00:00"}"#;
const NO_ENGINE: [&str; 2] = ["--docker-host", "unix:///nowhere.sock"];
const NOTHING: [&str; 5] =
    ["--offline", "--docker-host", "unix:///nowhere.sock", "--endpoint-url", "http://127.0.0.1:1"];

struct Run {
    home: tempfile::TempDir,
    env: Vec<(&'static str, String)>,
}

impl Run {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), env: Vec::new() }
    }

    fn with(name: &'static str, value: &str) -> Self {
        Self { env: vec![(name, value.to_owned())], ..Self::new() }
    }

    fn run(&self, args: &[&str]) -> (String, String, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lsdoctor"));
        command.env_clear().env("HOME", self.home.path()).current_dir(self.home.path()).envs(self.env.iter().cloned());
        let Output { stdout, stderr, status } = command.args(args).stdin(Stdio::null()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(stdout), text(stderr), status.code().unwrap())
    }

    fn json(&self, args: &[&str]) -> (Value, i32) {
        let (out, err, code) = self.run(&[args, &["--format", "json"]].concat());
        (serde_json::from_str(&out).unwrap_or_else(|e| panic!("{args:?}: {e}: {err}")), code)
    }
}

fn check<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let rows = answer["checks"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no row for {id}"))
}

#[test]
fn an_exit_code_alone_tells_no_more_than_it_tells() {
    let run = Run::new();
    let told = |args: &[&str]| {
        let (answer, code) = run.json(&[&["diagnose"], args].concat());
        (answer["cause"].as_str().unwrap().to_owned(), answer["summary"].as_str().unwrap().to_owned(), code)
    };
    let (cause, summary, code) = told(&["--exit-code", "0"]);
    assert_eq!((cause.as_str(), code), ("not-running", 3));
    assert!(summary.contains("exit code 0") && !summary.contains("nothing answers"), "{summary}");
    // Up to 4.9, and in the CLI, a failure of the license can end so too.
    let (pro, old) = (["--image", "localstack/localstack-pro:4.14.0"], ["--image", "localstack/localstack-pro:4.9.2"]);
    for more in [&[][..], &old] {
        let (cause, summary, code) = told(&[&["--exit-code", "1"], more].concat());
        assert_eq!((cause.as_str(), code), ("insufficient-evidence", 3), "{more:?}");
        assert!(summary.contains("exited with code 1."), "{summary}");
    }
    assert_eq!(told(&[&["--exit-code", "1"][..], &pro].concat()).0, "unrelated-failure");
    assert_eq!(told(&["--exit-code", "2"]).0, "unrelated-failure");
    let (text, ..) = run.run(&["diagnose", "--exit-code", "1", "-v"]);
    assert!(!text.contains("unknown") && !text.contains("()"), "{text}");
}

#[test]
fn an_endpoint_that_must_not_be_asked_is_not_known() {
    let args = ["check", "--offline", "--endpoint-url", "http://192.0.2.5:4566"];
    let (answer, code) = Run::new().json(&[&args[..], &NO_ENGINE].concat());
    assert_eq!((answer["cause"].as_str(), code), (Some("insufficient-evidence"), 3));
    assert_eq!(check(&answer, "endpoint")["status"], "skip");
    assert!(check(&answer, "endpoint")["skipped_because"].as_str().unwrap().contains("--offline"));
}

#[test]
fn something_that_accepts_and_says_nothing_is_not_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let args = ["check", "--offline", "--timeout", "300ms", "--endpoint-url", &url];
    let (answer, code) = Run::new().json(&[&args[..], &NO_ENGINE].concat());
    assert_eq!((answer["cause"].as_str(), code), (Some("insufficient-evidence"), 3));
    assert!(answer["summary"].as_str().unwrap().contains(&url), "{answer}");
}

#[test]
fn a_wait_is_no_longer_than_it_was_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let begun = Instant::now();
    let args = ["check", "--offline", "--wait=1s", "--endpoint-url", &url];
    assert_eq!(Run::new().run(&[&args[..], &NO_ENGINE].concat()).2, 3);
    assert!(begun.elapsed() < PATIENCE, "took {:?}", begun.elapsed());
}

#[test]
fn the_ci_formats_say_what_the_exit_code_says() {
    let run = Run::new();
    for (format, fine, required) in [
        ("github", "::notice title=LocalStack", "::error title=LocalStack"),
        ("junit", "failures=\"0\"", "<failure type=\"community-edition\""),
    ] {
        let args = ["diagnose", "--info", COMMUNITY, "--format", format];
        let (out, _, code) = run.run(&args);
        assert!(code == 0 && out.contains(fine), "{out}");
        let (out, _, code) = run.run(&[&args[..], &["--require-license"]].concat());
        assert!(code == 1 && out.contains(required) && out.contains("A license is required here"), "{out}");
    }
}

#[test]
fn findings_count_only_where_a_license_is_active() {
    let run = Run::new();
    std::fs::write(run.home.path().join("license.json"), EXPIRED).unwrap();
    let args = ["diagnose", "--info", COMMUNITY, "--license", "license.json", "--fail-on", "info"];
    let (answer, code) = run.json(&args);
    assert_eq!((answer["cause"].as_str(), code), (Some("community-edition"), 0));
    assert_eq!(answer["findings"][0]["cause"], "license-expired");
}

#[test]
fn an_unusable_token_on_this_machine_is_told() {
    for token in ["${FOO}", "test", "<YOUR_AUTH_TOKEN>", "ls-FAKEfake-fake-fake-fake-notareal9e7cMORE"] {
        let (answer, code) = Run::with("LOCALSTACK_AUTH_TOKEN", token).json(&[&["check"], &NOTHING[..]].concat());
        assert_eq!((answer["cause"].as_str(), code), (Some("not-running"), 3), "{token}");
        assert_eq!(answer["findings"][0]["cause"], "host-token-malformed", "{token}");
        assert_eq!(check(&answer, "credentials")["status"], "warn", "{token}");
    }
    let mut both = Run::with("LOCALSTACK_AUTH_TOKEN", "ls-FAKEfake-fake-fake-fake-notareal9e7c");
    both.env.push(("LOCALSTACK_API_KEY", "abcdefghij".to_owned()));
    let (answer, _) = both.json(&[&["check"], &NOTHING[..]].concat());
    assert_eq!(answer["findings"][0]["cause"], "host-token-and-key");
    assert_eq!(check(&answer, "credentials")["status"], "warn");
}

#[test]
fn bad_input_ends_with_two() {
    let run = Run::new();
    for (args, says) in [
        (&["check", "--compose", "nope.yml"][..], "nope.yml"),
        (&["check", "--ignore", "nonsense"], "nonsense"),
        (&["diagnose", "--ignore", "nonsense", "--info", COMMUNITY], "nonsense"),
        (&["check", "--docker-host", "bogus://x"], "bogus"),
    ] {
        let (out, err, code) = run.run(args);
        assert_eq!((out.as_str(), code), ("", 2), "{args:?}: {err}");
        assert!(err.contains(says), "{args:?}: {err}");
    }
    for id in ["not-running", "host-token-differs"] {
        assert_eq!(run.run(&[&["check", "--ignore", id], &NOTHING[..]].concat()).2, 3, "{id}");
    }
}

#[test]
fn every_check_has_its_row_also_what_was_not_asked() {
    let (answer, _) = Run::new().json(&[&["check", "--skip", "cache,compose"], &NOTHING[..]].concat());
    for id in ["proxy", "dns", "tcp", "tls", "https"] {
        assert!(check(&answer, id)["skipped_because"].as_str().unwrap().contains("--offline"), "{id}");
    }
    for id in ["cache", "compose"] {
        assert_eq!(check(&answer, id)["status"], "skip");
        assert_eq!(check(&answer, id)["skipped_because"], "left out (--skip)");
    }
}

#[test]
fn a_summary_that_cannot_be_written_is_told_and_changes_no_exit_code() {
    let run = Run::with("GITHUB_STEP_SUMMARY", "/nowhere/summary.md");
    let (out, err, code) = run.run(&[&["check", "--format", "github"], &NOTHING[..]].concat());
    assert!(code == 3 && out.contains("not-running"), "{out}");
    assert!(err.contains("/nowhere/summary.md"), "{err}");
}

#[test]
fn a_report_to_a_hyphen_is_printed() {
    let run = Run::new();
    let (out, _, code) = run.run(&[&["report", "-o", "-"], &NOTHING[..]].concat());
    assert!(code == 3 && out.contains("LocalStack"), "{out}");
    assert!(!run.home.path().join("-").exists());
}

#[test]
fn markdown_has_remedies_of_several_lines_too() {
    let run = Run::new();
    let file = "services:\n  localstack:\n    image: localstack/localstack-pro:4.14.0\n    environment:\n      - A=1\n";
    std::fs::write(run.home.path().join("compose.yaml"), file).unwrap();
    let (out, ..) = run.run(&[&["check", "--format", "markdown", "--compose=compose.yaml"], &NOTHING[..]].concat());
    assert!(out.contains("+      - LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:?"), "{out}");
}
