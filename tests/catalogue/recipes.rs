//! The README's recipes, done: shell parts are run with the built program and stand-ins for the tools around it, YAML is
//! read, and every command line of ours in it is taken by the program's own parser.
#![cfg(unix)]

use libtest_mimic::Trial;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use lsdoctor::cli;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_lsdoctor");

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The fenced blocks of a language that hold this text.
fn block(language: &str, holds: &str) -> String {
    let readme = std::fs::read_to_string(project("README.md")).unwrap();
    let blocks: Vec<&str> = readme.split("\n```").collect();
    let found = blocks.iter().filter_map(|b| b.strip_prefix(language)?.strip_prefix('\n')).find(|b| b.contains(holds));
    format!("{}\n", found.unwrap_or_else(|| panic!("README has no {language} with {holds:?}")))
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("YAML")
}

/// Whether the program takes this command line; what stands behind a pipe or a redirection is the shell's.
fn takes(line: &str) {
    let words: Vec<&str> = line.split_whitespace().take_while(|w| !w.starts_with(['>', '|'])).collect();
    assert!(!words.is_empty(), "{line}");
    if let Err(error) = cli::command("lsdoctor".as_ref()).try_get_matches_from(words) {
        panic!("{line:?}: {error}");
    }
}

/// A folder of tools: the program, and what stands for the others.
struct Tools {
    dir: tempfile::TempDir,
}

impl Tools {
    fn new() -> Self {
        let tools = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(tools.path(".local/bin")).unwrap();
        symlink(PROGRAM, tools.path("lsdoctor")).unwrap();
        tools
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn tool(&self, name: &str, script: &str) {
        let path = self.path(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        let home = self.dir.path().display();
        command.env_clear().env("HOME", self.dir.path()).current_dir(self.dir.path());
        command.env("PATH", format!("{home}:{home}/.local/bin:/usr/bin:/bin")).stdin(Stdio::null()).args(args);
        // Nothing of this machine's engine or network is meant here.
        command.env("DOCKER_HOST", "unix:///nowhere.sock").env("API_ENDPOINT", "http://127.0.0.1:1/v1");
        command.env("LSTK_ENDPOINT_URL", "http://127.0.0.1:1");
        command
    }

    fn shell(&self, script: &str) -> Output {
        self.command("sh", &["-c", script]).output().unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn expired() -> String {
    project("tests/corpus/run-ext-4-14-0-server-expired-403/log.txt").display().to_string()
}

fn the_log_of_a_test_run_is_judged_from_a_pipe() {
    let tools = Tools::new();
    // Gradle marks what a test prints.
    tools.tool("gradlew", &format!("sed 's/^/    /' {}; echo 'BUILD FAILED' >&2; exit 1", expired()));
    let output = tools.shell(&block("sh", "gradlew"));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("NOT ACTIVATED  license-expired"), "{}", said(&output));
}

fn a_pods_log_is_judged_and_an_ephemeral_container_looks_from_inside() {
    let tools = Tools::new();
    let script = format!(
        "case $1 in\n\
         logs) [ \"$2 $3\" = '--previous deploy/localstack' ] && cat {};;\n\
         debug) while [ \"$1\" != -- ]; do shift; done; shift; [ \"$1\" = /lsdoctor ] && shift && exec lsdoctor \"$@\" --offline;;\n\
         *) echo \"no such command: $1\" >&2; exit 9;;\nesac",
        expired()
    );
    tools.tool("kubectl", &script);
    let output = tools.shell(&block("sh", "kubectl"));
    let text = said(&output);
    assert!(text.contains("NOT ACTIVATED  license-expired"), "{text}");
    // Inside there is nothing here, which is a result.
    assert!(text.contains("UNDECIDED  not-running"), "{text}");
    assert_eq!(output.status.code(), Some(3), "{text}");
}

fn lstk_finds_it_as_a_command() {
    let tools = Tools::new();
    tools.tool("lstk", "name=$1; shift; exec \"lstk-$name\" \"$@\" --offline");
    let output = tools.shell(&block("sh", "lstk license check"));
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("UNDECIDED  not-running"), "{}", said(&output));
}

fn the_answer_is_taken_apart_with_jq() {
    let tools = Tools::new();
    // Not every machine has jq: what it is asked for must be there.
    tools.tool("jq", "[ \"$2\" = '.cause, .remedies[0].command' ] && cat");
    let output = tools.shell(&block("sh", "| jq").replace("lsdoctor check", "lsdoctor check --offline"));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(answer["cause"], "not-running");
    assert!(answer["remedies"][0]["command"].is_string(), "{answer}");
}

fn the_steps_of_github_actions_annotate_and_keep_a_report() {
    let workflow = yaml(&block("yaml", "runs-on"));
    let steps = workflow["jobs"]["test"]["steps"].as_array().unwrap();
    let ours: Vec<&str> =
        steps.iter().filter_map(|s| s["run"].as_str()).filter(|r| r.starts_with("lsdoctor ")).collect();
    assert_eq!(ours.len(), 2, "{ours:?}");
    let tools = Tools::new();
    let summary = tools.path("summary.md");
    let run = |line: &str| {
        takes(line);
        let script = line.replace("--wait=2m", "--wait=0s");
        let mut command = tools.command("sh", &["-c", &format!("{script} --offline")]);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary).output().unwrap()
    };
    let checked = run(ours[0]);
    assert_eq!(checked.status.code(), Some(3), "{}", said(&checked));
    assert!(said(&checked).starts_with("::warning title=LocalStack%3A "), "{}", said(&checked));
    assert!(std::fs::read_to_string(&summary).unwrap().starts_with("## LocalStack: undecided"));
    let reported = run(ours[1]);
    assert_eq!(said(&reported), "");
    let uploaded = steps.last().unwrap()["with"]["path"].as_str().unwrap();
    let report = std::fs::read_to_string(tools.path(uploaded)).unwrap();
    assert!(report.contains("| CI | GitHub Actions |"), "{report}");
}

fn the_script_of_gitlab_writes_the_test_report_that_it_names() {
    let job = yaml(&block("yaml", "docker:27-dind"));
    let script: Vec<&str> = job["test"]["script"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let line = script.iter().find(|l| l.starts_with("lsdoctor ")).unwrap();
    takes(line);
    let tools = Tools::new();
    // No host is called `docker` here.
    let line = line.replace("--wait=2m", "--wait=0s --offline").replace("http://docker:4566", "http://127.0.0.1:1");
    assert_eq!(tools.shell(&line).status.code(), Some(3));
    let named = job["test"]["artifacts"]["reports"]["junit"].as_str().unwrap();
    let report = std::fs::read_to_string(tools.path(named)).unwrap();
    assert!(report.contains("<error type=\"not-running\""), "{report}");
}

fn the_compose_file_passes_the_token_on_and_its_command_is_ours() {
    let text = block("yaml", "service_completed_successfully");
    let file = yaml(&text);
    let words = file["services"]["licensed"]["command"].as_array().unwrap().iter().map(|w| w.as_str().unwrap());
    takes(&["lsdoctor"].into_iter().chain(words).collect::<Vec<_>>().join(" "));
    let tools = Tools::new();
    std::fs::write(tools.path("compose.yaml"), &text).unwrap();
    let args = ["check", "--compose=compose.yaml", "--offline", "--format", "json", "--only", "compose,credentials"];
    let judged = |token: Option<&str>| {
        let mut command = tools.command(PROGRAM, &args);
        token.map(|t| command.env("LOCALSTACK_AUTH_TOKEN", t));
        let answer: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let row = answer["checks"].as_array().unwrap().iter().find(|c| c["id"] == "compose").unwrap().clone();
        row["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(judged(Some("ls-FAKEfake-fake-fake-fake-notareal9e7c")), "pass");
    // Without it, compose stops at `:?`, and so says the check.
    assert_ne!(judged(None), "pass");
}

fn the_image_holds_the_program_and_nothing_else() {
    let recipe = std::fs::read_to_string(project("assets/Containerfile")).unwrap();
    let lines: Vec<&str> = recipe.lines().filter(|l| !l.starts_with('#')).collect();
    assert_eq!((lines[0], lines.last().copied()), ("FROM scratch", Some("ENTRYPOINT [\"/lsdoctor\"]")));
    let run = block("sh", "--network host");
    let ours = run.trim().split_once(" lsdoctor ").expect("the image's name, then our words").1;
    takes(&format!("lsdoctor {ours}"));
    assert!(run.contains("docker.sock:/var/run/docker.sock:ro"), "{run}");
}

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    trials![
        the_log_of_a_test_run_is_judged_from_a_pipe,
        a_pods_log_is_judged_and_an_ephemeral_container_looks_from_inside,
        lstk_finds_it_as_a_command,
        the_answer_is_taken_apart_with_jq,
        the_steps_of_github_actions_annotate_and_keep_a_report,
        the_script_of_gitlab_writes_the_test_report_that_it_names,
        the_compose_file_passes_the_token_on_and_its_command_is_ours,
        the_image_holds_the_program_and_nothing_else
    ]
}
