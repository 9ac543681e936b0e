//! What is built for the program: Cargo's own view of it, and the design notes' table of dependencies beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Cargo's view of the packages, as this system builds them.
pub(crate) fn metadata() -> Value {
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

/// The packages that these, or the building of them, need; not those of tests. By their ids.
pub(crate) fn reached<'a>(metadata: &'a Value, from: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let mut seen = BTreeSet::new();
    let mut next: Vec<&str> = from.into_iter().collect();
    while let Some(id) = next.pop() {
        if seen.insert(id) {
            let deps = nodes[id]["deps"].as_array().unwrap().iter();
            let wanted = deps.filter(|d| d["dep_kinds"].as_array().unwrap().iter().any(|k| k["kind"] != "dev"));
            next.extend(wanted.map(|d| d["pkg"].as_str().unwrap()));
        }
    }
    seen
}

/// A row of the design notes' table.
pub(crate) struct Row<'a> {
    /// The crates it names.
    pub(crate) names: &'static str,
    /// How many packages it says that it adds to those of the rows above.
    pub(crate) told: &'static str,
    /// Those that it adds.
    pub(crate) added: BTreeSet<&'a str>,
}

/// The rows of the design notes' table, in their order.
pub(crate) fn rows(metadata: &Value) -> Vec<Row<'_>> {
    let packages = metadata["packages"].as_array().unwrap();
    let id = |name: &str| packages.iter().find(|p| p["name"] == name).unwrap()["id"].as_str().unwrap();
    let table = include_str!("../../src/lib.rs").lines().skip_while(|line| !line.contains("| builds | KiB |"));
    let mut above = BTreeSet::new();
    let rows = table.skip(2).map_while(|line| line.strip_prefix("//! | ")?.strip_suffix(" |")?.split_once(" | "));
    rows.map(|(names, rest)| {
        let all = reached(metadata, names.split(", ").map(|name| id(name.trim_matches('`'))));
        let added = all.difference(&above).copied().collect();
        above.extend(all);
        Row { names, told: rest.rsplit(" | ").nth(1).unwrap(), added }
    })
    .collect()
}
