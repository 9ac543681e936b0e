//! The layers, held by reading the source: who may import whom, where the outside world may be touched, how long a file may be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::path::{Path, PathBuf};

/// Which of our modules a module may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("observations", &[]),
    ("scrub", &["observations"]),
    ("log", &["observations", "scrub"]),
    ("probes", &["observations", "scrub", "log"]),
    ("diagnosis", &["observations", "log"]),
    ("case", &["diagnosis", "observations", "scrub"]),
    ("views", &["case", "diagnosis", "observations"]),
    ("exit", &[]),
    ("cli", &["diagnosis", "observations"]),
    ("config", &["cli", "dashboard", "diagnosis", "probes"]),
    ("session", &["case", "cli", "diagnosis", "exit", "observations", "probes"]),
    ("dashboard", &["case", "diagnosis", "observations", "views"]),
    (
        "commands",
        &[
            "case",
            "cli",
            "config",
            "dashboard",
            "diagnosis",
            "exit",
            "observations",
            "probes",
            "scrub",
            "session",
            "views",
        ],
    ),
];

/// Where a crate or a part of the standard library may be used; a path is a prefix below `src`.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("reqwest::", &["probes/"]),
    ("hickory_resolver::", &["probes/"]),
    ("bollard::", &["probes/"]),
    ("rustls::", &["probes/"]),
    ("ratatui::", &["dashboard/"]),
    ("crossterm::", &["dashboard/", "main.rs"]),
    ("std::env::", &["probes/context.rs", "probes/host/machine.rs", "main.rs"]),
    ("Timestamp::now", &["probes/context.rs"]),
    ("std::fs::", &["probes/", "dashboard/", "commands/"]),
    ("anyhow::", &["commands/", "main.rs"]),
];

/// No file is longer than this.
const LONGEST: usize = 400;

fn sources() -> Vec<(String, String)> {
    fn walk(dir: &Path, list: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, list);
            } else if path.extension().is_some_and(|e| e == "rs") {
                list.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut list = Vec::new();
    walk(&root, &mut list);
    list.into_iter()
        .map(|p| {
            (p.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"), std::fs::read_to_string(&p).unwrap())
        })
        .collect()
}

/// The code without comments and tests.
fn code(text: &str) -> String {
    let body = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    body.lines().map(|l| l.split("//").next().unwrap_or(l)).collect::<Vec<_>>().join("\n")
}

fn module(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap()
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("/fake.rs") || path.contains("/tests/")
}

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(m, _)| *m == module(&path)) else {
            assert!(matches!(path.as_str(), "lib.rs" | "main.rs"), "{path}: a module nobody placed in a layer");
            continue;
        };
        let code = code(&text);
        for (other, _) in MAY_IMPORT {
            let own = *other == module(&path);
            let names = code.contains(&format!("crate::{other}::")) || code.contains(&format!("crate::{{{other}"));
            if names && !own && !allowed.contains(other) {
                wrong.push(format!("{path} imports {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_outside_world_is_touched_in_its_places_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources().into_iter().filter(|(p, _)| !is_test(p)) {
        let code = code(&text);
        for (word, places) in ONLY_IN {
            let own = |c: char| c.is_alphanumeric() || c == '_';
            let used = code.match_indices(word).any(|(at, _)| !code[..at].chars().next_back().is_some_and(own));
            if used && !places.iter().any(|p| path.starts_with(p)) {
                wrong.push(format!("{path} uses {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_longer_than_can_be_read() {
    let long: Vec<_> =
        sources().into_iter().map(|(p, t)| (t.lines().count(), p)).filter(|(n, _)| *n > LONGEST).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_module_says_what_lives_in_it() {
    let silent: Vec<_> = sources().into_iter().filter(|(_, t)| !t.starts_with("//! ")).map(|(p, _)| p).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn messages_of_localstack_stand_in_assets_alone() {
    // Words that only LocalStack's messages have; code that matches them would have to change with its releases.
    let words =
        ["activation failed", "Successfully activated", "licensing server", "valid license", "No credentials were"];
    let mut wrong = Vec::new();
    for (path, text) in sources().into_iter().filter(|(p, _)| !is_test(p)) {
        let code = code(&text);
        wrong.extend(words.iter().filter(|w| code.contains(**w)).map(|w| format!("{path}: {w:?}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
