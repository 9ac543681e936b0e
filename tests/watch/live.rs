//! Situations on a real engine, asked of the program as a user would: the right answer, the quoted line, the exit code, in time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::support::standin::{ACTIVATED, Engine, Spec, wait};
use serde_json::Value;

/// A token of the right shape that was never issued.
const TOKEN: &str = "LOCALSTACK_AUTH_TOKEN=ls-FAKEfake-fake-fake-fake-notareal9e7c";
/// The same, mistyped.
const MISTYPED: &str = "LOCALSTACK_AUTH_TOKEN=ls-FAKEfake-fake-fake-fake-notareal9e7d";
const COMMUNITY: &str = "localstack/localstack:4.14.0";
/// A port that is the tests' own: nothing else is to be asked.
const PORT: u16 = 24566;

fn failing(reason: &str) -> String {
    format!(
        "echo; echo 'LocalStack version: 4.14.0'; echo; echo 'Docker not available'
echo 'Localstack returning with exit code 55. Reason: '; echo '==============================================='
echo 'License activation failed! 🔑❌'; echo; echo 'Reason: {reason}'; echo
echo 'Due to this error, Localstack has quit. LocalStack pro features can only be used with a valid license.'; exit 55"
    )
}

struct Doctor {
    home: tempfile::TempDir,
    host: String,
}

impl Doctor {
    fn of(engine: &Engine) -> Self {
        Self { home: tempfile::tempdir().unwrap(), host: engine.host.clone() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lsdoctor"));
        command.env_clear().env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin").current_dir(self.home.path());
        command.args(["--docker-host", &self.host, "--timeout", "20s"]).args(args).stdin(Stdio::null());
        command
    }

    /// The answer and the exit code.
    fn check(&self, args: &[&str]) -> (Value, i32) {
        let output = self.command(&[&["check", "--format", "json", "--offline"], args].concat()).output().unwrap();
        let json = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(!text.contains("FAKEfake"), "the token is in the answer");
        (json, output.status.code().unwrap())
    }
}

/// Asserts cause, activation and exit code.
fn expect((json, code): (Value, i32), cause: &str, activated: Option<bool>, exit: i32) -> Value {
    assert_eq!(json["cause"], cause, "{json:#}");
    assert_eq!(json["activated"].as_bool(), activated, "{json:#}");
    assert_eq!(code, exit, "{json:#}");
    json
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn a_failed_activation_is_named_and_quoted() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let cases = [
        ("No credentials were found in the environment.", "", "credentials-missing"),
        ("The credentials defined in your environment are invalid.", TOKEN, "credentials-invalid"),
        ("The credentials defined in your environment are invalid.", MISTYPED, "credentials-malformed"),
        (
            "Could not reach the LocalStack licensing server at https://api.localstack.cloud/v1.",
            TOKEN,
            "server-unreachable",
        ),
        ("The license has expired.", TOKEN, "license-expired"),
        ("Expected license to be ACTIVE, was SUSPENDED", TOKEN, "license-inactive"),
        (
            "Unexpected license server error: {\"message\": \"licensing.license.not_assigned:x\"}",
            TOKEN,
            "license-not-assigned",
        ),
        ("could not de-serialize json license: Expecting value: line 1 column 1 (char 0)", TOKEN, "server-intercepted"),
    ];
    for (reason, env, cause) in cases {
        let script = failing(reason);
        let env: &[&str] = if env.is_empty() { &[] } else { &[env] };
        let _container = engine.run(Spec { script: &script, env, ..Spec::default() }).exited();
        let json = expect(doctor.check(&[]), cause, Some(false), 1);
        let quoted = json["evidence"].as_array().unwrap().iter().any(|e| e["text"].as_str().unwrap().contains(reason));
        assert!(quoted, "{json:#}");
    }
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn an_activated_instance_is_asked_itself() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let port = format!("{PORT}:4566");
    let _container = engine.run(Spec { script: ACTIVATED, env: &[TOKEN], ports: &[&port], ..Spec::default() });
    wait("it is activated", || doctor.check(&[]).0["cause"] == "activated-from-cache");
    let json = expect(doctor.check(&[]), "activated-from-cache", Some(true), 0);
    assert_eq!(json["instance"]["endpoint"], format!("http://localhost:{PORT}"));
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn states_that_are_no_license_failure_are_told_apart() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let port = format!("{PORT}:4566");
    let banner = "echo 'LocalStack version: 4.14.0'; sleep 600";
    {
        let container = engine.run(Spec { script: banner, env: &[TOKEN], ports: &[&port], ..Spec::default() });
        expect(doctor.check(&[]), "starting", None, 3);
        engine.docker(&["pause", &container.id]);
        expect(doctor.check(&[]), "endpoint-unreachable", None, 3);
        engine.docker(&["unpause", &container.id]);
    }
    {
        let script = "echo 'LocalStack version: 4.14.0'; echo \"OSError: [Errno 16] Device or resource busy: '/tmp/localstack'\"; exit 1";
        let _container = engine.run(Spec { script, ..Spec::default() }).exited();
        let (json, code) = doctor.check(&[]);
        assert_eq!((json["cause"].as_str().unwrap(), code), ("unrelated-failure", 1), "{json:#}");
    }
    {
        let taken = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = format!("{}:4566", taken.local_addr().unwrap().port());
        let container = engine.run(Spec { ports: &[&port], ..Spec::default() });
        assert!(!container.started);
        let (json, _) = doctor.check(&[]);
        assert_eq!(json["cause"], "port-conflict", "{json:#}");
    }
    {
        let script = "echo 'LocalStack version: 4.14.0'; echo Ready.; exit 0";
        let _container = engine.run(Spec { image: COMMUNITY, script, ..Spec::default() }).exited();
        expect(doctor.check(&[]), "not-running", None, 3);
    }
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn a_container_that_removed_itself_is_told_of() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let script = failing("No credentials were found in the environment.");
    let container = engine.run(Spec { script: &script, args: &["--rm"], name: "lsdoctor-gone", ..Spec::default() });
    wait("it is gone", || container.field("{{.Id}}").is_empty());
    let (json, code) = doctor.check(&[]);
    assert_eq!((json["cause"].as_str().unwrap(), code), ("license-failure-unspecified", 1), "{json:#}");
    assert!(json["evidence"].to_string().contains("lsdoctor-gone"), "{json:#}");
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn a_community_image_with_a_token_cannot_activate() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let script = "echo 'LocalStack version: 4.14.0'; echo Ready.; sleep 600";
    let container = engine.run(Spec { image: COMMUNITY, script, env: &[TOKEN], ..Spec::default() });
    wait("it says so", || doctor.check(&[]).0["cause"] == "image-without-activation");
    expect(doctor.check(&[]), "image-without-activation", Some(false), 1);
    drop(container);
    let _plain = engine.run(Spec { image: COMMUNITY, script, ..Spec::default() });
    wait("it says so", || doctor.check(&[]).0["cause"] == "community-edition");
    expect(doctor.check(&["--require-license"]), "community-edition", Some(false), 1);
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn waiting_ends_soon_after_the_event() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    // Fails after it was looked at once: told by its end, not by the end of the wait.
    let script = format!("echo 'LocalStack version: 4.14.0'; sleep 2; {}", failing("The license has expired."));
    let container = engine.run(Spec { script: &script, env: &[TOKEN], ..Spec::default() });
    let begun = Instant::now();
    expect(doctor.check(&["--wait=60s"]), "license-expired", Some(false), 1);
    assert!(begun.elapsed().as_secs() < 30, "waited on after the failure");
    drop(container);
    // A license that is there at last ends the wait as well.
    let port = format!("{PORT}:4566");
    let script = format!("sleep 2; {ACTIVATED}");
    let _container = engine.run(Spec { script: &script, env: &[TOKEN], ports: &[&port], ..Spec::default() });
    expect(doctor.check(&["--wait=60s"]), "activated-from-cache", Some(true), 0);
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn a_container_that_vanishes_while_it_is_waited_for_leaves_its_last_words() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let script = format!("echo 'LocalStack version: 4.14.0'; sleep 3; {}", failing("The license has expired."));
    let _container = engine.run(Spec { script: &script, env: &[TOKEN], args: &["--rm"], ..Spec::default() });
    let json = expect(doctor.check(&["--wait=60s"]), "license-expired", Some(false), 1);
    assert!(json["evidence"].to_string().contains("The license has expired."), "{json:#}");
    assert!(json["evidence"].to_string().contains("55"), "its exit code: {json:#}");
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn a_restart_loop_waits_out_and_names_the_start_before() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let script = failing("Could not reach the LocalStack licensing server at https://api.localstack.cloud/v1.");
    let container =
        engine.run(Spec { script: &script, env: &[TOKEN], args: &["--restart", "always"], ..Spec::default() });
    wait("it has restarted", || container.field("{{.RestartCount}}").parse::<u32>().is_ok_and(|n| n > 1));
    let (json, code) = doctor.check(&["--wait=2s"]);
    assert_eq!((json["cause"].as_str().unwrap(), code), ("server-unreachable", 3), "{json:#}");
    assert!(json["findings"].to_string().contains("restart-loop"), "{json:#}");
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn a_recording_is_replayed_to_the_same_verdict() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let script = failing("The license has expired.");
    let _container = engine.run(Spec { script: &script, env: &[TOKEN], ..Spec::default() }).exited();
    let recorded = doctor.command(&["record", "-o", "r.ndjson", "--for", "3s", "--offline"]).output().unwrap();
    assert_eq!(recorded.status.code(), Some(1), "{}", String::from_utf8_lossy(&recorded.stderr));
    let file = std::fs::File::open(doctor.home.path().join("r.ndjson")).unwrap();
    let lines: Vec<String> = BufReader::new(file).lines().map(Result::unwrap).collect();
    assert!(lines.len() > 3 && lines[0].contains("recording_version"), "{lines:?}");
    assert!(!lines.iter().any(|l| l.contains("FAKEfake")), "the token was recorded");
    let replayed = doctor.command(&["replay", "r.ndjson"]).output().unwrap();
    assert_eq!(replayed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&replayed.stdout).contains("license-expired"));
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn of_two_instances_each_gets_its_verdict() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let port = format!("{PORT}:4566");
    let script = failing("The license has expired.");
    let _down = engine.run(Spec { name: "ls-down", script: &script, env: &[TOKEN], ..Spec::default() }).exited();
    let _up = engine.run(Spec { name: "ls-up", script: ACTIVATED, env: &[TOKEN], ports: &[&port], ..Spec::default() });
    wait("it is activated", || doctor.check(&[]).0["activated"] == true);
    let json = expect(doctor.check(&[]), "activated-from-cache", Some(true), 0);
    assert_eq!(json["instance"]["container"], "ls-up");
    assert_eq!(json["others"][0]["container"], "ls-down");
    assert_eq!(json["others"][0]["cause"], "license-expired", "{json:#}");
    let json = expect(doctor.check(&["--container", "ls-down"]), "license-expired", Some(false), 1);
    assert_eq!(json["others"][0]["container"], "ls-up");
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn host_networking_is_reached_where_the_gateway_listens() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let script = ACTIVATED.replace("-p 4566", &format!("-p {PORT}"));
    let listen = format!("GATEWAY_LISTEN=0.0.0.0:{PORT}");
    let args = &["--network", "host"];
    let _up = engine.run(Spec { script: &script, env: &[TOKEN, &listen], args, ..Spec::default() });
    wait("it is activated", || doctor.check(&[]).0["activated"] == true);
    let json = expect(doctor.check(&[]), "activated-from-cache", Some(true), 0);
    assert_eq!(json["instance"]["endpoint"], format!("http://localhost:{PORT}"));
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn without_a_log_the_exit_code_and_the_environment_speak() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let script = failing("No credentials were found in the environment.");
    let cases = [(&[][..], "credentials-missing", "likely"), (&[TOKEN], "license-failure-unspecified", "proven")];
    for (env, cause, confidence) in cases {
        let args = &["--log-driver", "none"];
        let _container = engine.run(Spec { script: &script, env, args, ..Spec::default() }).exited();
        let json = expect(doctor.check(&[]), cause, Some(false), 1);
        assert_eq!(json["confidence"], confidence, "{json:#}");
    }
    let _terminal = engine.run(Spec { script: &script, args: &["--tty"], ..Spec::default() }).exited();
    let json = expect(doctor.check(&[]), "credentials-missing", Some(false), 1);
    assert_eq!(json["confidence"], "proven", "{json:#}");
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn a_compose_service_is_mended_in_its_own_file() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let folder = doctor.home.path().join("shop");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("compose.yaml");
    let text = "services:\n  aws:\n    image: localstack/localstack-pro\n    environment:\n      - LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:-}\n";
    std::fs::write(&file, text).unwrap();
    let labels = [
        "com.docker.compose.project=shop".to_owned(),
        "com.docker.compose.service=aws".to_owned(),
        format!("com.docker.compose.project.config_files={}", file.display()),
        format!("com.docker.compose.project.working_dir={}", folder.display()),
    ];
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let script = failing("No credentials were found in the environment.");
    let env = &["LOCALSTACK_AUTH_TOKEN="];
    let _container =
        engine.run(Spec { name: "shop-aws-1", script: &script, env, labels: &labels, ..Spec::default() }).exited();
    let json = expect(doctor.check(&[]), "credentials-missing", Some(false), 1);
    let remedies = json["remedies"].as_array().unwrap();
    let mend = remedies.iter().find(|r| r["file"] == format!("{}:5", file.display())).expect("a change to that line");
    assert!(mend["command"].as_str().unwrap().contains("+      - LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:?"));
    let services = remedies.iter().filter(|r| r["command"].as_str().is_some_and(|c| c.contains("services:")));
    assert_eq!(services.count(), 0, "what the diff says is not said again: {json:#}");
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn a_container_that_removes_itself_while_we_look_on_leaves_its_reason() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let name = format!("ls-brief-{}", std::process::id());
    let script = format!("sleep 3; {}", failing("No credentials were found in the environment."));
    let container = engine.run(Spec { script: &script, args: &["--rm"], name: &name, ..Spec::default() });
    let recorded = doctor.command(&["record", "-o", "r.ndjson", "--for", "8s", "--offline"]).output().unwrap();
    assert!(container.field("{{.Id}}").is_empty(), "it was to be gone by now");
    let replayed = doctor.command(&["replay", "r.ndjson"]).output().unwrap();
    let told = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert!(told.contains("credentials-missing (proven)") && told.contains(&name), "{told}");
    assert_eq!((recorded.status.code(), replayed.status.code()), (Some(1), Some(1)), "{told}");
    // Who comes later learns from the engine's memory how the one that was named ended.
    let (json, code) = doctor.check(&["--container", &name]);
    assert_eq!((json["cause"].as_str().unwrap(), code), ("license-failure-unspecified", 1), "{json:#}");
    assert!(json["evidence"].to_string().contains(&name), "{json:#}");
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn another_programs_container_gets_no_verdict_and_no_remedy() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let script = "echo 'Reason: The license has expired.'; exit 55";
    let _web = engine.run(Spec { image: "nginx:1", name: "web", script, ..Spec::default() }).exited();
    let json = expect(doctor.check(&["--container", "web"]), "not-localstack", None, 3);
    let remedies = json["remedies"].to_string();
    assert!(!remedies.contains("web"), "no remedy touches it: {remedies}");
    let json = expect(doctor.check(&[]), "not-running", None, 3);
    assert_eq!(json["others"].as_array().map(Vec::len), Some(0), "{json:#}");
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn an_engine_that_cannot_be_asked_leaves_it_unproven_that_nothing_runs() {
    let engine = Engine::from_env();
    let asked = Doctor::of(&engine);
    let json = expect(asked.check(&[]), "not-running", None, 3);
    assert_eq!(json["confidence"], "proven", "{json:#}");
    let away = Doctor { host: "unix:///nonexistent/docker.sock".to_owned(), ..asked };
    let json = expect(away.check(&[]), "not-running", None, 3);
    assert_eq!(json["confidence"], "likely", "{json:#}");
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn a_port_that_is_not_published_is_a_finding_of_an_activated_instance() {
    let engine = Engine::from_env();
    let doctor = Doctor::of(&engine);
    let _up = engine.run(Spec { script: ACTIVATED, env: &[TOKEN], ..Spec::default() });
    wait("it is activated", || doctor.check(&[]).0["activated"] == true);
    let (json, _) = doctor.check(&[]);
    let told = format!("{} {}", json["findings"], json["checks"]);
    assert!(told.contains("publish"), "{json:#}");
    assert_eq!(json["activated"], true, "{json:#}");
}
