//! What each dependency costs, as the design notes' table has it: packages to build, and kibibytes of machine code.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::PROGRAM;
use crate::packages::{metadata, rows};

/// The name of what belongs to no package.
const OTHERS: &str = "the standard library, and C";

/// By the names in the program's symbols; a release has none, so this tells only of one that was built with them.
pub fn run() {
    println!("\ncost: packages that each row adds to those above, and KiB of machine code, by symbols");
    let symbols = Command::new("nm").args(["--print-size", "--demangle", &PROGRAM]).output().expect("nm runs").stdout;
    let symbols = String::from_utf8_lossy(&symbols).into_owned();
    if symbols.is_empty() {
        println!("without symbols: CARGO_PROFILE_BENCH_STRIP=none cargo bench -- cost");
        return;
    }
    let metadata = metadata();
    let mut crates: BTreeMap<String, &str> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        for target in package["targets"].as_array().unwrap().iter().filter(|t| t["kind"][0] == "lib") {
            crates.insert(target["name"].as_str().unwrap().replace('-', "_"), package["id"].as_str().unwrap());
        }
    }
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    for line in symbols.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let [_, size, _, name] = words[..] else { continue };
        let Ok(size) = u64::from_str_radix(size, 16) else { continue };
        // The first package in a name is the one whose code it is; what it is generic over comes later.
        let parts =
            name.split("::").map(|part| part.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap());
        let owner = parts.filter_map(|part| crates.get(part).copied()).next();
        *sizes.entry(owner.unwrap_or(OTHERS)).or_default() += size;
    }
    let of = |ids: &BTreeSet<&str>| ids.iter().filter_map(|id| sizes.get(id)).sum::<u64>() / 1024;
    for row in rows(&metadata) {
        let differs = if row.told == row.added.len().to_string() { "" } else { " (the table is out of date)" };
        println!("| {} | {} | {} |{differs}", row.names, row.added.len(), of(&row.added));
    }
    for rest in [metadata["resolve"]["root"].as_str().unwrap(), OTHERS] {
        println!("| {rest} | | {} |", of(&[rest].into()));
    }
}
