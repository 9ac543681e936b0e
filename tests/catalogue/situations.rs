//! Cases that are a whole command line with its files, a test each: answer, exit code, and what the text says and hides.
//!
//! They lie in `../shared/situations`. Those that are not answered rightly yet are named in
//! `tests/cases/situations-not-yet.txt`. A name that is answered rightly has to leave that list, so that it only shrinks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use regex::RegexBuilder;
use serde_json::Value;

const NOT_YET: &str = include_str!("../cases/situations-not-yet.txt");

/// The tests, and how many of them are not right yet, or that there are none.
pub(crate) fn trials(root: &Path) -> (Vec<Trial>, String) {
    let folders: Vec<PathBuf> = std::fs::read_dir(root).into_iter().flatten().flatten().map(|e| e.path()).collect();
    let mut folders: Vec<_> = folders.into_iter().filter(|folder| folder.join("expected.json").exists()).collect();
    folders.sort();
    if folders.is_empty() {
        return (Vec::new(), format!("left out, because the folder is missing: {}", root.display()));
    }
    let not_yet: BTreeSet<&str> = NOT_YET.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let count = folders.len();
    let mut trials: Vec<Trial> = Vec::new();
    let mut known = BTreeSet::new();
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let expected_to_fail = not_yet.get(name.as_str()).copied();
        known.extend(expected_to_fail);
        trials.push(Trial::test(format!("situations::{name}"), move || {
            match (faults(&folder), expected_to_fail.is_some()) {
                (faults, false) if faults.is_empty() => Ok(()),
                (faults, false) => Err(faults.join("\n").into()),
                (faults, true) if faults.is_empty() => {
                    Err("is right now: take its name out of tests/cases/situations-not-yet.txt".into())
                }
                (_, true) => Ok(()),
            }
        }));
    }
    let unknown: Vec<&str> = not_yet.difference(&known).copied().collect();
    trials.push(crate::trial("situations::every_name_that_is_not_yet_right_is_a_folder", move || {
        assert!(unknown.is_empty(), "in tests/cases/situations-not-yet.txt, and no folder: {unknown:?}");
    }));
    (trials, format!("situations not right yet: {} of {count}", not_yet.len()))
}

/// What the program answered.
struct Answer {
    exit: Option<i32>,
    out: String,
    err: String,
}

fn run(arguments: &[String], folder: &Path, home: &Path) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lsdoctor"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).env_clear();
    command.env("PATH", "/usr/bin:/bin").env("HOME", home).env("LANG", "C.UTF-8").env("NO_COLOR", "1");
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let environ = std::fs::read_to_string(folder.join("environ")).unwrap_or_default();
    command.envs(environ.lines().filter_map(|line| line.split_once('=')));
    let output = command.output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Answer { exit: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// What is wrong with the answers to a case: as JSON and as text.
fn faults(folder: &Path) -> Vec<String> {
    // In a folder with a name that says nothing, so that it is not found in the answer.
    let home = tempfile::tempdir().expect("a temporary folder");
    let copy = home.path().join("src/acme");
    copy_all(folder, &copy);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file of the case");
    let expected: Value = serde_json::from_str(&read("expected.json")).expect("expected.json is JSON");
    let arguments = words(&read("cmd"));
    let as_json = [arguments.as_slice(), &["--format".to_owned(), "json".to_owned()]].concat();
    let (json, text) = (run(&as_json, &copy, home.path()), run(&arguments, &copy, home.path()));
    let mut faults = judged(&expected, &json);
    if json.exit != text.exit {
        faults.push(format!("exit code {:?} with JSON, {:?} with text", json.exit, text.exit));
    }
    let flat = format!("{}{}", text.out, text.err).split_whitespace().collect::<Vec<_>>().join(" ");
    for (list, wanted) in [("must_mention", true), ("must_not_mention", false)] {
        for pattern in expected[list].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let found = RegexBuilder::new(pattern).case_insensitive(true).build().expect("a pattern").is_match(&flat);
            if found != wanted {
                faults.push(format!("{list} /{pattern}/: {flat}"));
            }
        }
    }
    for secret in expected["secrets"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if [&json.out, &json.err, &text.out, &text.err].iter().any(|out| out.contains(secret)) {
            faults.push("a secret is told".to_owned());
        }
    }
    faults
}

/// Copies the files of a case, without those that say how it is judged.
fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the case").flatten() {
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_all(&path, &copy);
        } else if !["expected.json", "cmd", "environ"].iter().any(|name| entry.file_name() == *name) {
            std::fs::copy(path, copy).expect("a copy");
        }
    }
}

/// What is wrong with the answer in JSON.
fn judged(expected: &Value, answer: &Answer) -> Vec<String> {
    let json: Value = serde_json::from_str(&answer.out).unwrap_or_default();
    let unreadable = if answer.exit == Some(2) { "unreadable-input" } else { "no JSON" };
    let cause = json["cause"].as_str().unwrap_or(unreadable);
    let accepted = |cause: &str| expected["accept"].as_array().is_some_and(|list| list.iter().any(|c| c == cause));
    let mut faults = Vec::new();
    if expected["cause"] != cause && !accepted(cause) {
        faults.push(format!("cause {cause}, expected {}", expected["cause"]));
    }
    let reversed = match (expected["activated"].as_bool(), json["activated"].as_bool()) {
        (Some(wanted), Some(told)) => wanted != told && !(told && accepted("activated")),
        (None, Some(true)) => !accepted("activated"),
        _ => false,
    };
    if reversed {
        faults.push(format!("activated {}, expected {}", json["activated"], expected["activated"]));
    }
    let exits =
        expected["exit"].as_array().is_some_and(|list| list.iter().any(|e| e.as_i64() == answer.exit.map(i64::from)));
    if !exits {
        faults.push(format!("exit code {:?}, expected {}: {}", answer.exit, expected["exit"], answer.err));
    }
    faults
}

/// The words of a command line, with quotes as a shell has them.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote): (Vec<String>, Option<String>, Option<char>) = (Vec::new(), None, None);
    for c in line.trim().chars() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
