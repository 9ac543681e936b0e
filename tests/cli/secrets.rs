//! A marked secret goes in at every entrance, and comes out nowhere: no format, no report, no screen text, no error.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lsdoctor::scrub::Scrubber;
use proptest::prelude::*;

/// What may never be seen: the middle of a token, of a key, of a password, of a license secret.
const MARKS: [&str; 5] = ["MARKmark", "markedkey1", "markedpassword", "markedlicensesecret", "markedsignature"];
const TOKEN: &str = "ls-MARKmark-1234-1234-1234-123456781234";

struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn run(home: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_lsdoctor"))
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("LOCALSTACK_AUTH_TOKEN", TOKEN)
        .env("LOCALSTACK_API_KEY", "markedkey1")
        .env("HTTPS_PROXY", "http://user:markedpassword@127.0.0.1:1")
        .args(args)
        .current_dir(home)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn assert_clean(text: &str, what: &str) {
    for mark in MARKS {
        assert!(!text.contains(mark), "{mark} came out of {what}:\n{text}");
    }
}

#[test]
fn a_secret_that_goes_in_at_any_entrance_comes_out_nowhere() {
    let files = Files { dir: tempfile::tempdir().unwrap() };
    let home = files.dir.path();
    files.write(".localstack/default.env", &format!("LOCALSTACK_AUTH_TOKEN={TOKEN}\n"));
    files.write(".localstack/auth.json", &format!("{{\"LOCALSTACK_AUTH_TOKEN\": \"{TOKEN}\"}}"));
    files.write(".env", &format!("LOCALSTACK-AUTH-TOKEN={TOKEN}\n"));
    let compose = format!(
        "services:\n  localstack:\n    image: localstack/localstack-pro\n    environment:\n      - LOCALSTACK_AUTH_TOKEN={TOKEN}\n"
    );
    files.write("compose.yaml", &compose);
    let license = r#"{"id": "1", "license_type": "pro", "license_status": "ACTIVE", "license_secret": "markedlicensesecret", "signature": "markedsignature", "expiry_date": "2030-01-01T00:00:00Z"}"#;
    let license = files.write("license.json", license);
    let env = files.write(
        "env.txt",
        &format!("LOCALSTACK_AUTH_TOKEN={TOKEN}\nLOCALSTACK_API_KEY=markedkey1\nDB_PASSWORD=markedpassword\n"),
    );
    let info = files.write(
        "info.json",
        &format!("{{\"version\": \"4.14.0 {TOKEN}\", \"edition\": \"pro\", \"is_license_activated\": false}}"),
    );
    let inspect = files.write(
        "inspect.json",
        &format!("[{{\"Id\": \"0a\", \"Name\": \"/ls\", \"Config\": {{\"Image\": \"localstack/localstack-pro\", \"Env\": [\"LOCALSTACK_AUTH_TOKEN={TOKEN}\", \"X=http://u:markedpassword@h\"]}}, \"State\": {{\"Status\": \"exited\", \"ExitCode\": 55, \"Error\": \"{TOKEN}\"}}}}]"),
    );
    let log = files.write(
        "log.txt",
        &format!("LocalStack version: 4.14.0\nusing {TOKEN}\nLOCALSTACK_API_KEY=markedkey1\nReason: Unexpected license server error: {{\"license_secret\": \"markedlicensesecret\", \"t\": \"{TOKEN}\"}}\n"),
    );
    let path = |p: &PathBuf| p.to_str().unwrap().to_owned();
    let given = [
        ("--log", path(&log)),
        ("--env", path(&env)),
        ("--info", path(&info)),
        ("--inspect", path(&inspect)),
        ("--license", path(&license)),
    ];
    for format in ["text", "json", "markdown", "github", "junit"] {
        for (option, file) in &given {
            assert_clean(
                &run(home, &["diagnose", "-v", "--format", format, option, file]),
                &format!("{option} as {format}"),
            );
        }
        let live = [
            "check",
            "-v",
            "--compose=compose.yaml",
            "--format",
            format,
            "--docker-host",
            "unix:///nowhere",
            "--endpoint-url",
            "http://u:markedpassword@127.0.0.1:1",
            "--api-endpoint",
            "http://127.0.0.1:1/v1",
        ];
        let text = run(home, &live);
        assert!(text.contains("credentials"), "check as {format} looked at nothing: {text}");
        assert_clean(&text, &format!("check as {format}"));
    }
    for args in [&["report"][..], &["report", "--format", "json"], &["report", "--dry-run"]] {
        let more = ["--docker-host", "unix:///nowhere", "--api-endpoint", "http://127.0.0.1:1/v1"];
        assert_clean(&run(home, &[args, &more].concat()), &format!("{args:?}"));
    }
    // Errors quote what they could not read.
    let broken = files.write("broken.json", &format!("{{\"LOCALSTACK_AUTH_TOKEN\": \"{TOKEN}\" oops"));
    assert_clean(&run(home, &["diagnose", "--inspect", &path(&broken)]), "an error");
    assert_clean(&run(home, &["diagnose", "--info", &path(&broken)]), "an error");
}

proptest! {
    #[test]
    fn any_token_is_hidden_wherever_it_stands(
        core in "[A-Za-z]{4}[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{8}",
        before in "[ -~]{0,20}[ =:\"(]", after in "[ \")}.,;][ -~]{0,20}",
    ) {
        let token = format!("ls-{core}abcd");
        let shown = Scrubber::new().text(&format!("{before}{token}{after}"));
        prop_assert!(!shown.contains(&core), "{shown}");
    }

    #[test]
    fn any_learned_secret_is_hidden_wherever_it_stands(secret in "[A-Za-z0-9+/_.~-]{12,40}", before in "[ -~]{0,30}", after in "[ -~]{0,30}") {
        let scrubber = Scrubber::new();
        scrubber.learn_secret(&secret);
        let shown = scrubber.text(&format!("{before}{secret}{after}"));
        prop_assert!(!shown.contains(&secret), "{shown}");
    }

    #[test]
    fn nothing_foreign_reaches_a_terminal_raw(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let shown = Scrubber::new().bytes(&bytes);
        prop_assert!(!shown.chars().any(|c| c.is_control() || ('\u{202A}'..='\u{202E}').contains(&c)), "{shown:?}");
    }
}
