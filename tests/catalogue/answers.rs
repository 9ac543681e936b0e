//! The text answers as people read them: `assets/answers.md` has one for each cause, and for each way to start LocalStack.
//! After a change: `LSDOCTOR_UPDATE=1 cargo test --test catalogue answers`, then read the page from start to end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::fmt::Write as _;
use std::path::Path;

use crate::support::cases::{now, snapshots, stories};
use crate::support::judge::{cases, description, judge};
use libtest_mimic::Trial;
use lsdoctor::diagnosis::{Catalogue, Diagnosis, diagnose};
use lsdoctor::observations::{Launch, Launcher, Observation, Snapshot};
use lsdoctor::views::glyphs::Charset;
use lsdoctor::views::text;

/// A situation, and the answer to it.
struct Answered {
    situation: String,
    diagnosis: Diagnosis,
}

impl Answered {
    fn text(&self) -> String {
        let detail = text::Detail::Normal;
        let layout = text::Layout { width: 100, charset: Charset::Unicode, color: false, links: false, detail };
        text::render(&self.diagnosis, layout)
    }

    /// Lines from the verdict to the first command or link; none where nothing is to be typed.
    fn lines_to_command(&self) -> Option<usize> {
        let first = self.diagnosis.headline.remedies.first()?;
        let typed = first.command.as_deref().or(first.url.as_deref())?.lines().next()?;
        self.text().lines().position(|line| line.trim() == typed).map(|at| at + 1)
    }
}

/// The same container, started by another tool.
fn started_by(mut snapshot: Snapshot, by: Launcher) -> Snapshot {
    if let Observation::Seen { value, .. } = &mut snapshot.instances
        && let Some(container) = &mut value.chosen
    {
        container.launch = Launch { by, told_by: "its labels".to_owned() };
    }
    snapshot
}

fn answered() -> Vec<Answered> {
    let catalogue = Catalogue::load().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut list: Vec<Answered> = Vec::new();
    for folder in cases(&root) {
        let diagnosis = judge(&catalogue, &folder, &description(&folder), None);
        if !list.iter().any(|a| a.diagnosis.headline.cause == diagnosis.headline.cause) {
            let situation = folder.file_name().unwrap().to_string_lossy().replace('-', " ");
            // As if lsdoctor ran in the folder of the case: the page is the same in every checkout.
            let stored = serde_json::to_string(&diagnosis).unwrap().replace(&format!("{}/", folder.display()), "");
            list.push(Answered { situation, diagnosis: serde_json::from_str(&stored).unwrap() });
        }
    }
    let order = |cause: &str| catalogue.causes.iter().position(|c| c.id == cause);
    list.sort_by_key(|a| order(&a.diagnosis.headline.cause));
    let launches: [(&str, Launched); 5] = [
        ("docker run", stories::docker_run),
        ("docker compose", stories::compose),
        ("the LocalStack CLI", |s| started_by(s, Launcher::Cli)),
        ("lstk", |s| started_by(s, Launcher::Lstk)),
        ("Testcontainers", |s| started_by(s, Launcher::Testcontainers)),
    ];
    for (name, launched) in launches {
        for (what, snapshot) in [
            ("no token", snapshots::credentials_missing()),
            ("an intercepting proxy", snapshots::interceptor()),
            ("an expired license", snapshots::license_expired()),
            ("nothing wrong", snapshots::activated()),
            ("no container", snapshots::not_running()),
        ] {
            let diagnosis = diagnose(&launched(snapshot), &catalogue, now());
            list.push(Answered { situation: format!("started by {name}, {what}"), diagnosis });
        }
    }
    list
}

/// Gives a snapshot the launch method of another instance.
type Launched = fn(Snapshot) -> Snapshot;

fn the_page_of_answers_is_current() {
    let mut page = "# Answers\n\nThe text that `lsdoctor check` and `lsdoctor diagnose` print: one situation for each cause, then \
                    one for each way to start LocalStack. This page is written by a test.\n"
        .to_owned();
    for answer in answered() {
        write!(page, "\n## {}\n\n```text\n{}```\n", answer.situation, answer.text()).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/answers.md");
    if std::env::var_os("LSDOCTOR_UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == page, "assets/answers.md is not current: LSDOCTOR_UPDATE=1 cargo test --test catalogue answers");
}

/// The first screenful decides: what to type stands within twelve lines, and nine of ten answers have forty lines at most.
fn answers_are_short() {
    let answered = answered();
    let far: Vec<_> = answered
        .iter()
        .filter_map(|a| Some((a.situation.as_str(), a.lines_to_command().filter(|lines| *lines > 12)?)))
        .collect();
    assert!(far.len() * 10 <= answered.len(), "the first command stands too far down: {far:?}");
    let long: Vec<_> = answered.iter().filter(|a| a.text().lines().count() > 40).map(|a| &a.situation).collect();
    assert!(long.len() * 10 <= answered.len(), "{} of {} answers are too long: {long:?}", long.len(), answered.len());
}

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    trials![the_page_of_answers_is_current, answers_are_short]
}
