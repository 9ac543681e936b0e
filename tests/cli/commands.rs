//! The program as users run it, in an empty environment with a home of its own: output, streams and exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");

struct Run {
    home: tempfile::TempDir,
}

impl Run {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lsdoctor"));
        command.env_clear().env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin").current_dir(self.home.path());
        command.args(args).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn piped(&self, args: &[&str], input: &str) -> Output {
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn log(case: &str) -> String {
    format!("{CASES}/{case}/log.txt")
}

#[test]
fn diagnose_names_the_cause_quotes_the_line_and_exits_with_one() {
    let run = Run::new();
    let output = run.run(&["diagnose", "--log", &log("run-ext-4-0-3-no-token")]);
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    assert!(text.starts_with("✗ NOT ACTIVATED  credentials-missing (proven)\n"), "{text}");
    let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains("No credentials were found in the environment"), "{text}");
    assert!(text.contains("What to do"), "{text}");
    assert_eq!(err(&output), "");
}

#[test]
fn json_is_one_object_on_stdout_whatever_the_exit_code() {
    let run = Run::new();
    for (case, code) in [("run-ext-4-14-0-activate-pro0", 0), ("run-ext-4-14-0-server-expired-403", 1)] {
        let output = run.run(&["diagnose", "--format", "json", "--log", &log(case)]);
        assert_eq!(output.status.code(), Some(code), "{case}");
        let json: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        assert_eq!(json["schema_version"], 1);
        assert!(json["cause"].is_string() && json["evidence"].is_array() && json["checks"].is_array(), "{json}");
        assert_eq!(err(&output), "");
    }
}

#[test]
fn a_log_is_read_from_standard_input() {
    let run = Run::new();
    let output =
        run.piped(&["diagnose", "--log", "-"], "Reason: The credentials defined in your environment are invalid.\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("credentials-invalid"));
    let bare = run.piped(&["diagnose", "-q"], "Localstack returning with exit code 55\n");
    assert!(out(&bare).contains("license-failure-unspecified"));
}

#[test]
fn unreadable_input_and_bad_usage_exit_with_two() {
    let run = Run::new();
    let cases: [&[&str]; 6] = [
        &["diagnose", "--log", "/nowhere/log.txt"],
        &["diagnose", "--info", "/dev/null"],
        &["diagnose", "--inspect", "/dev/zero"],
        &["check", "--only", "nonsense"],
        &["check", "--dns-server", "not-an-address"],
        &["explain", "no-such-cause"],
    ];
    for args in cases {
        let output = run.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{args:?}");
        assert!(!err(&output).is_empty(), "{args:?}");
    }
}

#[test]
fn no_engine_and_no_localstack_is_a_result() {
    let run = Run::new();
    let output = run.run(&[
        "check",
        "--offline",
        "--endpoint-url",
        "http://127.0.0.1:1",
        "--docker-host",
        "unix:///nowhere.sock",
    ]);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    let text = out(&output);
    assert!(text.contains("UNDECIDED  not-running"), "{text}");
    assert!(text.contains("unix:///nowhere.sock"), "{text}");
}

#[test]
fn a_list_of_checks_needs_no_look() {
    let run = Run::new();
    let text = out(&run.run(&["check", "--list-checks"]));
    assert_eq!(text.lines().count(), 13, "{text}");
    assert!(text.contains("hosts        Other hosts of LocalStack, only with --only"), "{text}");
}

#[test]
fn only_the_wanted_checks_are_run() {
    let run = Run::new();
    let args = [
        "check",
        "--only",
        "credentials,cache",
        "--format",
        "json",
        "--offline",
        "--docker-host",
        "unix:///nowhere.sock",
    ];
    let json: Value = serde_json::from_slice(&run.run(&args).stdout).unwrap();
    let ids: Vec<&str> = json["checks"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["credentials", "cache"]);
}

#[test]
fn every_cause_is_explained() {
    let run = Run::new();
    let list = out(&run.run(&["explain"]));
    let ids: Vec<&str> =
        list.lines().take_while(|l| !l.is_empty()).filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(ids.len(), 31);
    for id in ids {
        let text = out(&run.run(&["explain", id]));
        assert!(text.contains(id) && text.contains("How it is recognized"), "{id}: {text}");
        for placeholder in ["{container}", "{advice}", "{image}", "{license_host}", "{endpoint}"] {
            assert!(!text.contains(placeholder), "{id} shows {placeholder}: {text}");
        }
    }
    let findings =
        list.lines().skip_while(|l| !l.starts_with("Findings in addition")).skip(1).take_while(|l| !l.is_empty());
    let ids: Vec<&str> = findings.filter_map(|l| l.split_whitespace().next()).collect();
    assert!(ids.len() > 30, "{ids:?}");
    for id in ids {
        let text = out(&run.run(&["explain", id]));
        assert!(text.contains(id) && text.contains("https://"), "{id}: {text}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let run = Run::new();
    let mut child =
        run.command(&["explain", "--markdown"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(err(&output), "");
}

#[test]
fn plain_output_has_no_escape_and_ascii_has_nothing_else() {
    let run = Run::new();
    let plain = out(&run.run(&["diagnose", "--log", &log("run-ext-4-0-3-no-token")]));
    assert!(!plain.contains('\x1b'));
    let coloured = out(&run.run(&["diagnose", "--color", "always", "--log", &log("run-ext-4-0-3-no-token")]));
    assert!(coloured.contains('\x1b'));
    let ascii = out(&run.run(&["diagnose", "--ascii", "--log", &log("run-ext-4-0-3-no-token")]));
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn the_ci_formats_are_what_their_readers_expect() {
    let run = Run::new();
    let case = log("run-ext-4-14-0-server-expired-403");
    let github = out(&run.run(&["diagnose", "--format", "github", "--log", &case]));
    assert!(github.starts_with("::error title=LocalStack%3A "), "{github}");
    let junit = out(&run.run(&["diagnose", "--format", "junit", "--log", &case]));
    assert!(junit.contains("<failure type=\"license-expired\""), "{junit}");
    let markdown = out(&run.run(&["diagnose", "--format", "markdown", "--log", &case]));
    assert!(markdown.starts_with("## LocalStack: not activated"), "{markdown}");
}

#[test]
fn a_community_edition_fails_only_where_a_license_is_required() {
    let run = Run::new();
    let info = format!("{CASES}/run-core-4-14-0-py313-community-debug1/info.json");
    assert_eq!(run.run(&["diagnose", "--info", &info]).status.code(), Some(0));
    assert_eq!(run.run(&["diagnose", "--require-license", "--info", &info]).status.code(), Some(1));
}

const COMMANDS: [&str; 11] =
    ["check", "diagnose", "report", "record", "replay", "demo", "explain", "schema", "completions", "man", "help"];

#[test]
fn completions_of_each_shell_know_every_command_and_option() {
    let run = Run::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let text = out(&run.run(&["completions", shell]));
        for word in COMMANDS.iter().copied().chain(["--endpoint-url", "--fail-on", "--anonymize", "junit"]) {
            // clap's completions for PowerShell know no values, those for fish write options without hyphens.
            if shell == "powershell" && word == "junit" {
                continue;
            }
            assert!(text.contains(word.trim_start_matches('-')), "{shell} does not know {word}");
        }
    }
    let bash = out(&run.run(&["completions", "bash"]));
    let script = format!(
        "{bash}\nCOMP_WORDS=(lsdoctor rep); COMP_CWORD=1; _lsdoctor lsdoctor rep lsdoctor; echo \"${{COMPREPLY[*]}}\""
    );
    let shell = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
    assert_eq!(out(&shell).trim(), "report replay", "{}", err(&shell));
}

#[test]
fn each_command_has_a_page_in_the_manual() {
    let run = Run::new();
    let program = out(&run.run(&["man"]));
    assert!(
        program.contains(".TH lsdoctor") && program.contains("not activated; the answer names the cause"),
        "{program}"
    );
    for command in COMMANDS.iter().filter(|c| **c != "help") {
        let page = out(&run.run(&["man", command]));
        assert!(page.contains(&format!(".TH lsdoctor-{command}")) && page.contains("SYNOPSIS"), "{command}: {page}");
    }
    assert!(out(&run.run(&["man", "check"])).contains("Wait until LocalStack is activated"));
    let unknown = run.run(&["man", "nonsense"]);
    assert_eq!((unknown.status.code(), out(&unknown).as_str()), (Some(2), ""));
    let dir = run.home.path().join("man1");
    let missing = run.run(&["man", "--dir", "man1"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(err(&missing).contains("man1"), "{}", err(&missing));
    std::fs::create_dir(&dir).unwrap();
    assert_eq!(run.run(&["man", "--dir", "man1"]).status.code(), Some(0));
    let files = std::fs::read_dir(&dir).unwrap().flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    let files: Vec<String> = files.collect();
    assert!(files.contains(&"lsdoctor.1".to_owned()) && files.contains(&"lsdoctor-report.1".to_owned()), "{files:?}");
}

#[test]
fn the_schema_is_printed() {
    let schema: Value = serde_json::from_slice(&Run::new().run(&["schema"]).stdout).unwrap();
    assert_eq!(schema["properties"]["schema_version"]["const"], 1);
}

#[cfg(unix)]
#[test]
fn as_lstk_license_it_is_a_command_of_lstk_and_its_context_is_not_touched() {
    const TOKEN: &str = "ls-MARKmark-1234-1234-1234-123456781234";
    let run = Run::new();
    let link = run.home.path().join("lstk-license");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_lsdoctor"), &link).unwrap();
    let as_lstk = |args: &[&str]| {
        let mut command = Command::new(&link);
        command.env_clear().env("HOME", run.home.path()).current_dir(run.home.path()).args(args).stdin(Stdio::null());
        command.env("LSTK_EXT_API_VERSION", "1").env("LSTK_EXT_AUTH_TOKEN", TOKEN);
        command.env("LSTK_EXT_CONTEXT", format!("{{\"configDir\": \"/c\", \"authToken\": \"{TOKEN}\"}}"));
        command.output().unwrap()
    };
    let help = out(&as_lstk(&["--help"]));
    assert!(help.contains("Usage: lstk license [OPTIONS] [COMMAND]"), "{help}");
    assert!(help.contains("lstk license check --wait=2m") && !help.contains("lsdoctor check"), "{help}");
    let inner = out(&as_lstk(&["diagnose", "--help"]));
    assert!(inner.contains("Usage: lstk license diagnose"), "{inner}");
    let away = ["--offline", "--docker-host", "unix:///nowhere.sock", "--endpoint-url", "http://127.0.0.1:1", "-v"];
    for args in [&["check"][..], &["check", "--format", "json"], &["report"], &["report", "--format", "json"]] {
        let output = as_lstk(&[args, &away].concat());
        assert_eq!(output.status.code(), Some(3), "{args:?}: {}", err(&output));
        let text = out(&output) + &err(&output);
        // Not even masked: it was not looked at.
        for trace in ["MARKmark", "1234", "LSTK_EXT", "configDir"] {
            assert!(!text.contains(trace), "{trace} came out of {args:?}:\n{text}");
        }
    }
    assert_eq!(as_lstk(&["nonsense"]).status.code(), Some(2));
    let called = out(&run.run(&["--help"]));
    assert!(called.contains("Usage: lsdoctor [OPTIONS] [COMMAND]"), "{called}");
}

/// Every way to print something, with the exit code it has.
fn printing() -> Vec<(Vec<String>, i32)> {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let away = "--offline --docker-host unix:///nowhere.sock --endpoint-url http://127.0.0.1:1";
    let mut list: Vec<_> = [
        "explain",
        "explain --markdown",
        "explain credentials-missing",
        "schema",
        "man",
        "man check",
        "completions zsh",
        "check --list-checks",
        "--help",
        "check --help",
        "--version",
    ]
    .map(|line| (words(line), 0))
    .into();
    for format in ["text", "json", "markdown", "github", "junit"] {
        let case = log("run-ext-4-14-0-server-expired-403");
        list.push((words(&format!("diagnose -v --format {format} --log {case}")), 1));
        list.push((words(&format!("check -v --format {format} {away}")), 3));
    }
    for report in ["report", "report --format json", "report --dry-run", "report --anonymize"] {
        list.push((words(&format!("{report} {away}")), 3));
    }
    list
}

#[test]
fn a_reader_that_goes_away_changes_no_exit_code() {
    let run = Run::new();
    for (args, code) in printing() {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut child = run.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), err(&output).as_str()), (Some(code), ""), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn closed_streams_change_no_exit_code_and_a_full_disk_is_told() {
    let run = Run::new();
    let shell = |args: &[&str], redirect: &str| {
        let line = format!("\"$@\" {redirect}");
        let mut command = Command::new("sh");
        command.env_clear().env("HOME", run.home.path()).env("PATH", "/usr/bin:/bin").current_dir(run.home.path());
        command.args(["-c", &line, "sh", env!("CARGO_BIN_EXE_lsdoctor")]).args(args).stdin(Stdio::null());
        command.output().unwrap()
    };
    for (args, code) in printing() {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert_eq!(shell(&args, "<&- >&- 2>&-").status.code(), Some(code), "{args:?}");
        let full = shell(&args, "> /dev/full");
        let told = err(&full);
        assert!(!told.contains("panicked"), "{args:?}: {told}");
        if !args.contains(&"--help") && args != ["--version"] {
            assert_eq!(full.status.code(), Some(2), "{args:?}: {told}");
            assert!(told.contains("No space left"), "{args:?}: {told}");
        }
    }
    for args in [&["check", "--only", "nonsense"][..], &["diagnose", "--log", "/nowhere"]] {
        assert_eq!(shell(args, "2>&-").status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_report_is_written_once_and_judged_again_the_same() {
    let run = Run::new();
    let engine = ["--offline", "--docker-host", "unix:///nowhere.sock", "--endpoint-url", "http://127.0.0.1:1"];
    let report = |more: &[&str]| run.run(&[&["report", "--format", "json"], &engine[..], more].concat());
    let first = report(&["-o", "report.json"]);
    assert_eq!(first.status.code(), Some(3), "{}", err(&first));
    let again = report(&["-o", "report.json"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(err(&again).contains("exists"), "{}", err(&again));
    assert_eq!(report(&["-o", "report.json", "--force"]).status.code(), Some(3));
    let replayed = run.run(&["diagnose", "--replay", "report.json", "--format", "json"]);
    let json: Value = serde_json::from_slice(&replayed.stdout).unwrap();
    assert_eq!(json["cause"], "not-running");
    assert!(Path::new(&run.home.path().join("report.json")).exists());
}

#[test]
fn a_recording_that_was_cut_is_opened_up_to_the_cut_and_a_later_one_is_not() {
    let run = Run::new();
    let away = ["--offline", "--docker-host", "unix:///nowhere.sock", "--endpoint-url", "http://127.0.0.1:1"];
    let recorded = run.run(&[&["record", "--for", "500ms", "-o", "whole"], &away[..]].concat());
    assert_eq!(recorded.status.code(), Some(3), "{}", err(&recorded));
    let whole = std::fs::read_to_string(run.home.path().join("whole")).unwrap();
    let lines = whole.lines().count();
    assert!(lines > 5, "{whole}");
    let replayed = |name: &str, text: &str| {
        std::fs::write(run.home.path().join(name), text).unwrap();
        run.run(&["replay", name])
    };
    let all = replayed("all", &whole);
    assert_eq!(all.status.code(), Some(3), "{}", err(&all));
    // In the middle of a character's line, of its header, and not at all.
    let cut = whole.trim_end().len() - 30;
    let most = replayed("cut", &whole[..cut]);
    assert_eq!(most.status.code(), Some(3), "{}", err(&most));
    assert!(out(&most).starts_with("? UNDECIDED"), "{}", out(&most));
    for (name, text) in [("head", &whole[..20]), ("empty", ""), ("other", "{\"a\": 1}")] {
        let output = replayed(name, text);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(2), ""), "{name}");
        assert!(err(&output).contains("neither a recording nor a JSON report"), "{}", err(&output));
    }
    for later in [
        whole.replacen("\"recording_version\":1", "\"recording_version\":9", 1),
        "{\n\"report_version\": 9}".to_owned(),
    ] {
        let output = replayed("later", &later);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains("a newer lsdoctor (format 9)"), "{}", err(&output));
    }
}

#[test]
fn the_printed_configuration_is_one_and_changes_nothing() {
    let run = Run::new();
    let printed = run.run(&["--print-config"]);
    assert_eq!(printed.status.code(), Some(0));
    let template = out(&printed);
    assert!(template.contains("# follow = [\"f\"]") && template.contains("# [colors.light]"), "{template}");
    std::fs::create_dir_all(run.home.path().join(".config/lsdoctor")).unwrap();
    std::fs::write(run.home.path().join(".config/lsdoctor/config.toml"), template).unwrap();
    let diagnose = ["diagnose", "--log", &log("run-ext-4-0-3-no-token")];
    assert_eq!(out(&run.run(&diagnose)), out(&Run::new().run(&diagnose)));
}

#[test]
fn a_configuration_error_names_file_line_and_column() {
    let run = Run::new();
    let path = run.home.path().join("c.toml");
    std::fs::write(&path, "timeout = \"5s\"\nprots = 1\n").unwrap();
    let output = run.run(&["check", "--config", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("c.toml:2:1: unknown field `prots`"), "{}", err(&output));
}
