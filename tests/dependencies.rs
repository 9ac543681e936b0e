//! The dependencies, checked without network: licenses, sources, and that each has its reason in the design notes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Licenses that may be linked; any one of a choice is enough.
const ALLOWED: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "ISC",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "Unicode-3.0",
    "Zlib",
    "0BSD",
    "Unlicense",
    "CC0-1.0",
    "MIT-0",
    "CDLA-Permissive-2.0",
];

fn metadata() -> Value {
    // What other systems would link is not on this machine: each system's own run checks it.
    let version = Command::new(env!("CARGO")).arg("-vV").output().expect("cargo -vV runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|l| l.strip_prefix("host: ")).expect("cargo names its host");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

/// Whether an SPDX expression is satisfied by allowed licenses: a choice by one, a conjunction by all.
fn satisfied(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    let all_of = |part: &str| part.split(" AND ").all(|l| ALLOWED.contains(&l.trim()));
    // `(A OR B) AND C` read as `A OR B AND C` is stricter or equal for the expressions that occur.
    plain.split(" OR ").any(all_of)
}

#[test]
fn every_license_is_allowed() {
    let metadata = metadata();
    let wrong: Vec<String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| !p["license"].as_str().is_some_and(satisfied))
        .map(|p| format!("{} {}: {}", p["name"], p["version"], p["license"]))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
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
    let design = include_str!("../src/lib.rs");
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
    let other: Vec<_> = files.iter().filter(|f| f.starts_with("tests/") || f.starts_with(".ci/")).collect();
    assert!(other.is_empty(), "{other:?}");
}
