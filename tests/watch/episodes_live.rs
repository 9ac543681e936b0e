//! The episodes on a real engine: a container that does as it is told, asked by `check` after each step that has a verdict,
//! and recorded all along. The recording's replay has to end with the verdict that `check` has at the end.
//! Ignored unless asked for: `LSDOCTOR_TEST_ENGINE=$(.ci/engine) cargo test --test watch -- --include-ignored`.
#![allow(clippy::print_stderr, reason = "says how many episodes ran")]

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use lsdoctor::diagnosis::Status as Verdict;
use serde_json::Value;

use super::episodes::{EPISODES, Step};
use crate::support::standin::{Engine, Guard, Spec, wait};

/// A port that is the tests' own.
const PORT: u16 = 24567;
/// Serves `/tmp/info` once `/tmp/serve` is there, and ends with the code in `/tmp/exit`. A new start forgets them.
const OBEDIENT: &str = r#"busybox rm -f /tmp/info /tmp/exit /tmp/serve
trap 'exit 137' TERM
cat > /tmp/answer <<'END'
#!/bin/sh
read -r method path version
while read -r line && [ ${#line} -gt 1 ]; do :; done
[ -e /tmp/info ] || { printf 'HTTP/1.1 503 Starting\r\nx-localstack: true\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'; exit; }
case $path in
/_localstack/info) body=$(cat /tmp/info) ;;
*) body='{"services": {"s3": "available"}, "edition": "pro", "version": "4.14.0"}' ;;
esac
printf 'HTTP/1.1 200 OK\r\nx-localstack: true\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' ${#body} "$body"
END
chmod +x /tmp/answer
while [ ! -e /tmp/exit ]; do
  if [ -e /tmp/serve ] && [ -z "$served" ]; then nc -ll -p 4566 -e /tmp/answer & served=1; fi
  sleep 0.05
done
exit $(cat /tmp/exit)"#;

struct Live<'a> {
    engine: &'a Engine,
    home: tempfile::TempDir,
    container: Option<Guard>,
    policy: &'static str,
}

impl Live<'_> {
    fn doctor(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lsdoctor"));
        command.env_clear().env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin").current_dir(self.home.path());
        command.args(["--docker-host", &self.engine.host, "--offline", "--timeout", "10s"]).args(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn guard(&self) -> &Guard {
        self.container.as_ref().expect("a container")
    }

    /// Runs a line of shell in the container.
    fn tell(&self, line: &str) {
        self.engine.docker(&["exec", &self.guard().id, "sh", "-c", line]);
    }

    fn says(&self, text: &str) {
        // Written to the standard output of the container's first process, as its own words are.
        self.tell(&format!("printf '%s' '{text}' > /proc/1/fd/1"));
    }

    /// Does a step; whether it can be done here.
    fn take(&mut self, step: Step) -> bool {
        match step {
            Step::Run(policy) => {
                self.container = None;
                self.policy = policy;
                let port = format!("{PORT}:4566");
                let spec = Spec { script: OBEDIENT, ports: &[&port], args: &["--restart", policy], ..Spec::default() };
                self.container = Some(self.engine.run(spec));
            }
            Step::Activated => self.says(super::episodes::ACTIVATED),
            Step::Expired => self.says(super::episodes::EXPIRED),
            Step::Info(Some(activated)) => {
                let body = format!(
                    r#"{{"version": "4.14.0", "edition": "pro", "is_license_activated": {activated}, "session_id": "0a"}}"#
                );
                self.tell(&format!("echo '{body}' > /tmp/info; echo > /tmp/serve; sleep 0.3"));
            }
            Step::Info(None) => self.tell("busybox rm -f /tmp/info; echo > /tmp/serve; sleep 0.3"),
            Step::Die(code) => {
                let before = self.guard().field("{{.State.FinishedAt}}");
                self.tell(&format!("echo {code} > /tmp/exit"));
                wait("it ended", || self.guard().field("{{.State.FinishedAt}}") != before);
            }
            Step::Restarts => wait("it was restarted", || self.guard().field("{{.State.Status}}") == "running"),
            Step::Stop => drop(self.engine.docker(&["stop", &self.guard().id])),
            Step::Start => drop(self.engine.docker(&["start", &self.guard().id])),
            Step::Remove => self.container = None,
            Step::Expect(..) => {}
            Step::Silent | Step::Removing | Step::EngineAway | Step::Wait(_) => return false,
        }
        true
    }

    fn check(&self) -> (String, Option<i32>, Value) {
        let Output { stdout, status, .. } = self.doctor(&["check", "--format", "json"]).output().unwrap();
        let json: Value = serde_json::from_slice(&stdout).expect("an answer");
        (json["cause"].as_str().unwrap_or_default().to_owned(), status.code(), json)
    }
}

const fn exit_of(verdict: Verdict) -> i32 {
    match verdict {
        Verdict::Activated | Verdict::NoLicenseNeeded => 0,
        Verdict::NotActivated => 1,
        Verdict::Undecided => 3,
    }
}

#[test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
fn every_episode_has_its_verdicts_on_a_real_engine() {
    let engine = Engine::from_env();
    let (mut wrong, mut ran) = (Vec::new(), 0);
    for (name, steps) in EPISODES {
        let possible = |s: &&Step| !matches!(s, Step::Silent | Step::Removing | Step::EngineAway | Step::Wait(_));
        if !steps.iter().all(|s| possible(&s)) || name.contains("while it was followed") {
            continue;
        }
        ran += 1;
        let mut live = Live { engine: &engine, home: tempfile::tempdir().unwrap(), container: None, policy: "no" };
        let mut recording = live.doctor(&["record", "-o", "r.ndjson", "--for", "60s"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(500));
        let mut last = None;
        for (at, step) in steps.iter().enumerate() {
            assert!(live.take(*step));
            if let Step::Expect(cause, verdict) = step {
                let (seen, code, json) = live.check();
                if (seen.as_str(), code) != (*cause, Some(exit_of(*verdict))) {
                    wrong.push(format!(
                        "{name}, step {at}: {seen} {code:?}, not {cause} {verdict:?}: {}",
                        json["summary"]
                    ));
                }
                last = Some((cause, exit_of(*verdict)));
            }
        }
        std::thread::sleep(Duration::from_millis(1_500));
        Command::new("kill").args(["-INT", &recording.id().to_string()]).status().unwrap();
        let _ = recording.wait();
        let replayed = live.doctor(&["replay", "r.ndjson"]).output().unwrap();
        let text = String::from_utf8_lossy(&replayed.stdout);
        if let Some((cause, code)) = last
            && !(text.contains(*cause) && replayed.status.code() == Some(code))
        {
            wrong.push(format!(
                "{name}, replayed: {:?}, {}",
                replayed.status.code(),
                text.lines().next().unwrap_or_default()
            ));
        }
    }
    eprintln!("{ran} of {} episodes ran on the engine", EPISODES.len());
    assert!(ran >= 18, "{ran}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
