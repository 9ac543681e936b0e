//! `check --compose` asked of projects as people have them: what would go wrong is told before anything is started.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// A token of the right shape that was never issued.
const TOKEN: &str = "ls-MARKfake-fake-fake-fake-fakefakec8b2";

/// Causes that a file alone can show: it would start LocalStack without activating it.
const BLOCKS: [&str; 6] = [
    "credentials-missing",
    "credentials-malformed",
    "credentials-conflict",
    "image-without-activation",
    "image-too-old",
    "server-unreachable",
];

struct Project(tempfile::TempDir);

impl Project {
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn run(&self, env: &[(&str, &str)], args: &[&str]) -> (String, i32) {
        let output = Command::new(env!("CARGO_BIN_EXE_lsdoctor"))
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("PATH", "/usr/bin:/bin")
            .envs(env.iter().copied())
            .args(["check", "--offline", "--docker-host", "unix:///nonexistent.sock"])
            .args(["--endpoint-url", "http://localhost:1", "--skip", "cache"])
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("MARKfake"), "the token is in the answer: {text}");
        let code = output.status.code().unwrap();
        // Where nothing of the file runs, the file's own verdict is the answer.
        let heads = |cause: &&str| {
            text.contains(&format!("\n  \"cause\": \"{cause}\""))
                || text.starts_with(&format!("✗ NOT ACTIVATED  {cause}"))
        };
        let expected = if BLOCKS.iter().any(heads) { 1 } else { 3 };
        assert_eq!(code, expected, "nothing runs: {text}{}", String::from_utf8_lossy(&output.stderr));
        (text, code)
    }

    /// What is told of the compose file: the head of the answer, where that is about the file, and the findings.
    fn findings(&self, env: &[(&str, &str)]) -> Vec<Value> {
        let answer: Value = serde_json::from_str(&self.run(env, &["--compose", "--format", "json"]).0).unwrap();
        let findings = answer["findings"].as_array().unwrap().iter();
        let about_file = findings.filter(|f| f["cause"].as_str().unwrap().starts_with("compose-")).cloned();
        let head = BLOCKS.contains(&answer["cause"].as_str().unwrap()).then(|| answer.clone());
        head.into_iter().chain(about_file).collect()
    }
}

fn causes(findings: &[Value]) -> Vec<&str> {
    findings.iter().map(|f| f["cause"].as_str().unwrap()).collect()
}

fn line(finding: &Value) -> u64 {
    finding["evidence"][0]["line"].as_u64().unwrap()
}

/// The commands and changes that are advised.
fn advice(finding: &Value) -> String {
    let remedies = finding["remedies"].as_array().unwrap().iter();
    remedies.filter_map(|remedy| remedy["command"].as_str()).collect::<Vec<_>>().join("\n")
}

const GOOD: &str = "services:
  localstack:
    image: localstack/localstack-pro:4.14.0
    ports:
      - \"127.0.0.1:4566:4566\"
    environment:
      - LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:?}
    volumes:
      - ./volume:/var/lib/localstack
";

#[test]
fn a_project_with_nothing_wrong_has_no_finding_and_says_how_to_start() {
    let project = Project::of(&[("compose.yaml", GOOD)]);
    assert_eq!(project.findings(&[("LOCALSTACK_AUTH_TOKEN", TOKEN)]), Vec::<Value>::new());
    let (text, _) = project.run(&[("LOCALSTACK_AUTH_TOKEN", TOKEN)], &["--compose=compose.yaml"]);
    assert!(
        text.contains("no problem in its compose file") && text.contains("compose.yaml up -d localstack"),
        "{text}"
    );
    // A community image without a token is what some people want.
    let community = GOOD
        .replace("localstack-pro", "localstack")
        .replace("      - LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:?}\n", "      - DEBUG=1\n");
    assert_eq!(Project::of(&[("compose.yaml", &community)]).findings(&[]), Vec::<Value>::new());
}

#[test]
fn each_flaw_is_told_alone_with_its_line_and_the_diff_that_mends_it() {
    let unset = [
        ("- LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:-}", 7),
        ("- LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN- }", 7),
        ("- LOCALSTACK_AUTH_TOKEN=", 7),
        ("- LOCALSTACK_AUTH_TOKEN", 7),
        ("- DEBUG=1", 2),
    ];
    for (setting, at) in unset {
        let text = GOOD.replace("- LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:?}", setting);
        let found = Project::of(&[("compose.yaml", &text)]).findings(&[]);
        assert_eq!((causes(&found), line(&found[0])), (vec!["credentials-missing"], at), "{setting}");
        assert!(advice(&found[0]).contains("+      - LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:?"), "{found:#?}");
    }
    let set = [("LOCALSTACK_AUTH_TOKEN", TOKEN), ("KEY", "MARKfakekey")];
    let flaws = [
        (
            "localstack-pro:4.14.0",
            "localstack:4.14.0",
            "image-without-activation",
            3,
            "+    image: localstack/localstack-pro:4.14.0",
        ),
        ("localstack-pro:4.14.0", "localstack-pro:2.3.2", "image-too-old", 3, ""),
        ("4566:4566", "443:53", "compose-port", 2, "+      - \"127.0.0.1:4566:4566\""),
        ("/var/lib/localstack", "/data", "compose-cache", 2, "+      - \"./volume:/var/lib/localstack\""),
        (
            "    volumes:",
            "      - LOCALSTACK_API_KEY=${KEY:-}\n    volumes:",
            "credentials-conflict",
            8,
            "-      - LOCALSTACK_API_KEY=${KEY:-}",
        ),
        ("${LOCALSTACK_AUTH_TOKEN:?}", "<YOUR_AUTH_TOKEN>", "credentials-malformed", 7, ""),
    ];
    for (good, bad, cause, at, change) in flaws {
        let text = GOOD.replace(good, bad);
        assert_ne!(text, GOOD);
        let found = Project::of(&[("compose.yaml", &text)]).findings(&set);
        assert_eq!((causes(&found), line(&found[0])), (vec![cause], at), "{bad}: {found:#?}");
        assert!(advice(&found[0]).contains(change), "{found:#?}");
    }
}

#[test]
fn what_cannot_be_shown_as_a_diff_is_told_in_general() {
    let text = GOOD.replace(
        "    environment:\n      - LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:?}\n",
        "    environment: *none\n",
    );
    let project = Project::of(&[("compose.yaml", &format!("x: &none {{}}\n{text}"))]);
    let found = project.findings(&[]);
    assert_eq!(causes(&found), ["credentials-missing"]);
    assert!(advice(&found[0]).contains("localstack:\n    environment:\n      - LOCALSTACK_AUTH_TOKEN="), "{found:#?}");
    let (text, _) = project.run(&[], &["--compose"]);
    assert!(text.contains("Fix the compose file first"), "{text}");
}

#[test]
fn a_file_that_compose_refuses_is_told_with_line_and_column() {
    let project =
        Project::of(&[("compose.yaml", "services:\n  ls:\n    image: localstack/localstack\n   ports: []\n")]);
    let found = project.findings(&[]);
    assert_eq!((causes(&found), line(&found[0])), (vec!["compose-fault"], 4));
    assert!(found[0]["evidence"][0]["text"].as_str().unwrap().contains("(column 4)"), "{found:#?}");
    let required = Project::of(&[("compose.yaml", GOOD)]);
    let found = required.findings(&[]);
    assert_eq!((causes(&found), line(&found[0])), (vec!["compose-variable-unset"], 7), "{found:#?}");
    // The file is right: nothing in it is to be mended.
    assert_eq!(advice(&found[0]), "read -rs LOCALSTACK_AUTH_TOKEN && export LOCALSTACK_AUTH_TOKEN");
    let (text, _) = required.run(&[], &["--compose"]);
    assert!(text.contains("Set `LOCALSTACK_AUTH_TOKEN` first") && !text.contains("Fix the compose"), "{text}");
}

#[test]
fn several_files_are_merged_and_named_in_the_command() {
    let over = "services:\n  localstack:\n    image: localstack/localstack:3.0\n";
    let project = Project::of(&[("a.yml", GOOD), ("my files/b.yml", over)]);
    let files = ["--compose", "a.yml", "--compose", "my files/b.yml"];
    let (text, _) = project.run(&[("LOCALSTACK_AUTH_TOKEN", TOKEN)], &files);
    let file = |name: &str| Path::new(project.0.path()).join(name).display().to_string();
    assert!(
        text.contains(&format!("docker compose -f {} -f '{}' up -d localstack", file("a.yml"), file("my files/b.yml"))),
        "{text}"
    );
    assert!(text.contains("`localstack/localstack:3.0` cannot be activated"), "{text}");
}

/// The head of the answer and its exit code.
fn verdict(project: &Project, env: &[(&str, &str)]) -> (String, i32) {
    let (text, code) = project.run(env, &["--compose", "--format", "json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["activated"], Value::Null, "nothing was started: {text}");
    (answer["cause"].as_str().unwrap().to_owned(), code)
}

#[test]
fn a_flaw_that_keeps_from_activating_is_the_answer_where_nothing_runs() {
    let set = [("LOCALSTACK_AUTH_TOKEN", TOKEN)];
    let pro =
        "services:\n  ls:\n    image: localstack/localstack-pro:2026.5.0\n    environment: [LOCALSTACK_AUTH_TOKEN]\n";
    let build = "services:\n  ls:\n    build: ./image\n    ports: ['4566:4566']\n    environment: [SERVICES=s3]\n";
    let from = "ARG TAG=2026.5.0\nFROM localstack/localstack-pro:${TAG}\nCOPY x /x\n";
    for (files, env, cause) in [
        (vec![("compose.yaml", pro)], &[][..], "credentials-missing"),
        (vec![("compose.yaml", pro)], &set[..], "not-running"),
        (vec![("compose.yaml", build), ("image/Dockerfile", from)], &set[..], "credentials-missing"),
        (vec![("compose.yaml", build), ("image/Dockerfile", "FROM nginx\n")], &set[..], "not-running"),
        (
            vec![
                ("compose.yaml", build),
                ("image/Dockerfile", "FROM localstack/localstack-pro\nENV LOCALSTACK_AUTH_TOKEN=x\n"),
            ],
            &set[..],
            "not-running",
        ),
        (vec![("compose.yaml", &format!("{pro}    network_mode: none\n"))], &set[..], "server-unreachable"),
        (
            vec![("compose.yaml", &format!("{pro}    networks: [a]\nnetworks:\n  a: {{internal: true}}\n"))],
            &set[..],
            "server-unreachable",
        ),
        (
            vec![(
                "compose.yaml",
                &format!("{pro}    networks: {{a: , b: }}\nnetworks:\n  a: {{internal: true}}\n  b:\n"),
            )],
            &set[..],
            "not-running",
        ),
        (
            vec![(
                "compose.yaml",
                &pro.replace("[LOCALSTACK_AUTH_TOKEN]", "{LOCALSTACK_AUTH_TOKEN_FILE: /run/secrets/x}"),
            )],
            &set[..],
            "credentials-missing",
        ),
        (
            vec![(
                "compose.yaml",
                &pro.replace("-pro:2026.5.0", ":4.8").replace("[LOCALSTACK_AUTH_TOKEN]", "[DEBUG=1]"),
            )],
            &[][..],
            "not-running",
        ),
    ] {
        let files: Vec<(&str, &str)> = files;
        let exit = if cause == "not-running" { 3 } else { 1 };
        assert_eq!(verdict(&Project::of(&files), env), (cause.to_owned(), exit), "{files:?}");
    }
}
