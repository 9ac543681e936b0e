//! The dependencies, checked without network: licenses, sources, and that each has its reason in the design notes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::packages::{metadata, reached, rows};
use serde_json::Value;

/// The rules, which cargo-deny reads too.
fn rules() -> toml::Table {
    include_str!("../../deny.toml").parse().expect("deny.toml is TOML")
}

/// Whether an SPDX expression is satisfied by allowed licenses: a choice by one, a conjunction by all.
fn satisfied(expression: &str, allowed: &[toml::Value]) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    let all_of = |part: &str| part.split(" AND ").all(|l| allowed.iter().any(|a| a.as_str() == Some(l.trim())));
    // `(A OR B) AND C` read as `A OR B AND C` is stricter or equal for the expressions that occur.
    plain.split(" OR ").any(all_of)
}

#[test]
fn every_license_is_allowed() {
    let (metadata, rules) = (metadata(), rules());
    let allowed = rules["licenses"]["allow"].as_array().unwrap();
    let wrong: Vec<String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| !p["license"].as_str().is_some_and(|l| satisfied(l, allowed)))
        .map(|p| format!("{} {}: {}", p["name"], p["version"], p["license"]))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_license_that_is_not_allowed_is_seen() {
    let allowed = [toml::Value::from("MIT"), toml::Value::from("ISC")];
    for (expression, fine) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("GPL-3.0-only OR MIT", true),
        ("MIT/Apache-2.0", true),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR Apache-2.0) AND ISC", true),
        ("", false),
    ] {
        assert_eq!(satisfied(expression, &allowed), fine, "{expression}");
    }
}

/// Name and version.
type Package = (String, String);

/// The packages that the program, or the building of it, needs.
fn needed(metadata: &Value) -> BTreeSet<Package> {
    let seen = reached(metadata, metadata["resolve"]["root"].as_str());
    let packages = metadata["packages"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    packages
        .filter(|p| seen.contains(p["id"].as_str().unwrap()))
        .map(|p| (text(&p["name"]), text(&p["version"])))
        .collect()
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the table counts what Linux builds")]
fn what_a_dependency_adds_to_the_build_is_told() {
    let metadata = metadata();
    let rows = rows(&metadata);
    assert!(rows.len() > 10, "the design notes of src/lib.rs have a table");
    for row in rows {
        assert_eq!(row.told, row.added.len().to_string(), "{}", row.names);
    }
}

#[test]
fn no_package_is_there_twice_but_those_that_are_listed_and_each_of_these_is() {
    let (needed, rules) = (needed(&metadata()), rules());
    let skipped = rules["bans"]["skip"].as_array().unwrap().iter();
    let skipped: Vec<(&str, &str)> = skipped.map(|s| s["crate"].as_str().unwrap().split_once('@').unwrap()).collect();
    let is_skipped = |name: &str, version: &str| {
        skipped.iter().any(|(n, v)| *n == name && format!("{version}.").starts_with(&format!("{v}.")))
    };
    let count = |name: &str| needed.iter().filter(|(n, _)| n == name).count();
    let twice: Vec<_> = needed
        .iter()
        .filter(|(name, version)| !is_skipped(name, version))
        .filter(|(name, _)| needed.iter().filter(|(n, v)| n == name && !is_skipped(n, v)).count() > 1)
        .collect();
    assert!(twice.is_empty(), "{twice:#?}");
    let idle: Vec<_> = skipped.iter().filter(|(name, _)| count(name) < 2).collect();
    assert!(idle.is_empty(), "listed in deny.toml, and there once: {idle:?}");
    let denied = rules["bans"]["deny"].as_array().unwrap().iter();
    let denied: Vec<_> = denied.filter(|d| count(d.as_str().unwrap()) > 0).collect();
    assert!(denied.is_empty(), "{denied:?}");
}

#[test]
fn the_oldest_rust_that_builds_is_the_one_that_is_told_and_the_one_that_tests() {
    let declared = env!("CARGO_PKG_RUST_VERSION");
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&format!("with Rust {declared} ")), "README.md names another Rust than {declared}");
    let ci = include_str!("../../.ci/run");
    assert!(ci.contains("rust-version"), ".ci/run builds with the Rust that Cargo.toml names");
}

#[test]
fn everything_comes_from_the_registry() {
    let metadata = metadata();
    let own = env!("CARGO_PKG_NAME");
    let wrong: Vec<&Value> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["name"] != own)
        .filter(|p| !p["source"].as_str().is_some_and(|s| s.starts_with("registry+")))
        .map(|p| &p["name"])
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_dependency_has_its_reason() {
    let design = include_str!("../../src/lib.rs");
    let metadata = metadata();
    let package =
        metadata["packages"].as_array().unwrap().iter().find(|p| p["name"] == env!("CARGO_PKG_NAME")).unwrap();
    let named: BTreeSet<&str> =
        package["dependencies"].as_array().unwrap().iter().filter_map(|d| d["name"].as_str()).collect();
    let missing: Vec<_> = named.into_iter().filter(|n| !design.contains(&format!("`{n}`"))).collect();
    assert!(missing.is_empty(), "no reason in the design notes of src/lib.rs for {missing:?}");
}

#[test]
fn the_package_holds_what_the_program_needs_and_no_tests() {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--locked", "--offline", "--allow-dirty"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo package runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    let files: BTreeSet<&str> = list.lines().collect();
    for needed in [
        "Cargo.lock",
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "assets/Containerfile",
        "assets/answer.schema.json",
        "assets/causes/credentials-missing.toml",
        "assets/demo/missing-token.json",
        "src/main.rs",
    ] {
        assert!(files.contains(needed), "{needed} is not in the package");
    }
    let kept_out = ["tests/", ".ci/", "fuzz/", "deny.toml"];
    let other: Vec<_> = files.iter().filter(|f| kept_out.iter().any(|k| f.starts_with(k))).collect();
    assert!(other.is_empty(), "{other:?}");
}
