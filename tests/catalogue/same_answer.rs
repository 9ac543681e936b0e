//! One answer to one case, whichever way it is asked for: the check, its JSON, a stored report judged again by the
//! program, a recording played to its end, and the dashboard's model.

use std::process::{Command, Stdio};

use jiff::Timestamp;
use libtest_mimic::Trial;
use lsdoctor::case::recording::{Recording, Step};
use lsdoctor::case::{Case, CaseEvent, WatchCommand};
use lsdoctor::dashboard::{Fold, Model, Msg, Setup, Size, play, update};
use lsdoctor::diagnosis::{Diagnosis, diagnose};
use lsdoctor::observations::Snapshot;
use lsdoctor::views::glyphs::Charset;
use lsdoctor::views::report::Stored;
use lsdoctor::views::{json, text};
use serde_json::Value;
use tokio::sync::mpsc::unbounded_channel;

use crate::support::cases::{all, now};
use crate::{CATALOGUE, trial};

/// A test for each case.
pub(crate) fn trials() -> Vec<Trial> {
    let one = |(name, case): (&str, Case)| trial(&format!("same_answer::{name}"), move || same(case.snapshot));
    all().into_iter().map(one).collect()
}

fn same(snapshot: Snapshot) {
    let mut case = Case::new(snapshot);
    case.conclude(diagnose(&case.snapshot, &CATALOGUE, now()), now());
    let told = as_json(&case.diagnosis, now());

    let report = Stored::of(&case, now());
    let stored = serde_json::to_string(&report).unwrap();
    let again: Stored = serde_json::from_str(&stored).unwrap();
    assert_eq!(
        as_json(&diagnose(&again.snapshot, &CATALOGUE, again.generated_at), now()),
        told,
        "a report judged again"
    );
    assert_eq!(by_the_program(&stored), told, "the program's JSON for the report");

    let played = played(&case.snapshot);
    assert_eq!(as_json(&played.diagnosis, now()), told, "a recording at its end");

    let mut model = Model::new(Setup::default(), now(), Size { width: 120, height: 40 });
    update(&mut model, Msg::Case(CaseEvent::from(case.clone())));
    assert_eq!(as_json(&model.observed.case.diagnosis, now()), told, "the dashboard's model");

    let layout = text::Layout {
        width: 10_000,
        charset: Charset::Unicode,
        color: false,
        links: false,
        detail: text::Detail::Normal,
    };
    let text = text::render(&case.diagnosis, layout);
    assert!(text.contains(&case.diagnosis.headline.summary), "{text}");
}

/// The answer as JSON, without the moment at which it is given.
fn as_json(diagnosis: &Diagnosis, at: Timestamp) -> Value {
    without_moment(&json::render(diagnosis, at).unwrap())
}

fn without_moment(answer: &str) -> Value {
    let mut answer: Value = serde_json::from_str(answer).unwrap();
    answer["generated_at"] = Value::Null;
    answer
}

/// What `lsdoctor diagnose --replay` makes of a report.
fn by_the_program(stored: &str) -> Value {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("report.json");
    std::fs::write(&file, stored).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lsdoctor"));
    command.args(["diagnose", "--format", "json", "--replay"]).arg(file).env_clear().env("HOME", home.path());
    let output = command.stdin(Stdio::null()).output().unwrap();
    without_moment(&String::from_utf8_lossy(&output.stdout))
}

/// The case at the end of a recording whose one step is this snapshot.
fn played(snapshot: &Snapshot) -> Case {
    let step = Step { at_ms: 0, title: None, updates: snapshot.updates(), lines: Vec::new() };
    let recording =
        Recording { title: "a case".to_owned(), began: now(), target: snapshot.target.clone(), steps: vec![step] };
    let fold: Fold = Box::new(|case, at| case.conclude(diagnose(&case.snapshot, &CATALOGUE, at), at));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async move {
        let ((events, mut coming), (commands, taken)) = (unbounded_channel(), unbounded_channel());
        tokio::spawn(play(recording, fold, events, taken));
        let mut last = Case::default();
        while let Some(event) = coming.recv().await {
            match event {
                CaseEvent::Case { case, .. } => last = (*case).clone(),
                CaseEvent::Ended => commands.send(WatchCommand::Stop).unwrap(),
                _ => {}
            }
        }
        last
    })
}
