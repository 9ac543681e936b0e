//! What README and the reference page say is what the program knows: tables are compared, commands are run.
//! `LSDOCTOR_UPDATE=1 cargo test --test cli` writes the generated parts anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use lsdoctor::cli::Cli;
use lsdoctor::dashboard::keymap_rows;
use lsdoctor::diagnosis::Catalogue;
use lsdoctor::views::explain;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn updating() -> bool {
    std::env::var_os("LSDOCTOR_UPDATE").is_some()
}

/// Compares the part between two markers with what it should be, or writes it.
fn part(name: &str, wanted: &str) {
    let readme = std::fs::read_to_string(path("README.md")).unwrap();
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = readme.split_once(&begin).expect("the marker is there");
    let (found, after) = rest.split_once(&end).expect("the end marker is there");
    if updating() {
        std::fs::write(path("README.md"), format!("{before}{begin}{wanted}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(found, wanted, "README's {name} are not those of the program");
}

fn causes() -> String {
    let catalogue = Catalogue::load().unwrap();
    let mut table = "| cause | activated | meaning |\n|---|---|---|\n".to_owned();
    for cause in &catalogue.causes {
        let activated = cause.activated.map_or("unknown", |a| if a { "yes" } else { "no" });
        let _ = writeln!(table, "| [`{0}`](assets/causes.md#{0}) | {activated} | {1} |", cause.id, cause.title);
    }
    table
}

fn keys() -> String {
    let mut table = "| keys | what they do | where |\n|---|---|---|\n".to_owned();
    for row in keymap_rows() {
        let _ = writeln!(table, "| {} | {} | {} |", row.keys.replace('|', "\\|"), row.says, row.on);
    }
    table
}

// One test, not two: both parts are of one file, and tests run at the same time.
#[test]
fn the_tables_are_current() {
    part("causes", &causes());
    part("keys", &keys());
}

#[test]
fn the_reference_page_is_current() {
    let wanted = explain::page(&Catalogue::load().unwrap());
    if updating() {
        std::fs::write(path("assets/causes.md"), &wanted).unwrap();
    }
    let found = std::fs::read_to_string(path("assets/causes.md")).unwrap_or_default();
    assert!(found == wanted, "assets/causes.md is not current: LSDOCTOR_UPDATE=1 cargo test --test cli");
}

#[test]
fn every_command_of_the_readme_can_be_typed() {
    let readme = std::fs::read_to_string(path("README.md")).unwrap();
    let mut count = 0;
    for block in readme.split("```").skip(1).step_by(2) {
        for line in block.lines().map(str::trim).filter(|l| !l.starts_with('#')) {
            for part in line.split('|') {
                let Some(at) = part.find("lsdoctor ") else { continue };
                let typed = part[at..].split(['>', ';', '#']).next().unwrap();
                if !part[..at].chars().all(|c| " $-run:".contains(c)) || typed.contains('.') && !typed.contains("--") {
                    continue;
                }
                count += 1;
                let args = typed.split_whitespace();
                if let Err(error) = Cli::command().try_get_matches_from(args) {
                    panic!("{typed:?}: {error}");
                }
            }
        }
    }
    assert!(count >= 5, "only {count} commands were found");
}

#[test]
fn linked_files_exist() {
    let readme = std::fs::read_to_string(path("README.md")).unwrap();
    for link in readme.split("](").skip(1).filter_map(|l| l.split([')', '#']).next()) {
        assert!(link.starts_with("http") || path(link).exists(), "{link}");
    }
}
