//! The layers, held by reading the source: who may name whom, where the outside world may be touched, where LocalStack's
//! texts may stand, how long a file may be. There is no list of exceptions.

use std::collections::BTreeSet;
use std::path::Path;

use super::source::Source;

/// What sees the world as data: no I/O, no other layer.
const DATA: &[&str] = &["observations/", "scrub/", "log/"];
/// What every probe may use besides.
const GROUND: &[&str] = &[
    "observations/",
    "scrub/",
    "log/",
    "probes/answer.rs",
    "probes/chosen.rs",
    "probes/context.rs",
    "probes/guard.rs",
    "probes/host/",
    "probes/formats/",
    "probes/sources/",
];

/// A layer, a file or a folder below `src`, and what its files may name besides each other. The longest fitting name counts.
const LAYERS: &[(&str, &[&str])] = &[
    ("observations/", &[]),
    ("scrub/", &["observations/"]),
    ("log/", &["observations/", "scrub/"]),
    ("probes/answer.rs", DATA),
    ("probes/host/", DATA),
    ("probes/formats/", DATA),
    ("probes/context.rs", &["observations/", "scrub/", "log/", "probes/host/"]),
    (
        "probes/sources/",
        &[
            "observations/",
            "scrub/",
            "log/",
            "probes/answer.rs",
            "probes/context.rs",
            "probes/host/",
            "probes/formats/",
        ],
    ),
    ("probes/chosen.rs", &["observations/", "probes/formats/", "probes/sources/"]),
    ("probes/guard.rs", &["observations/", "probes/answer.rs", "probes/context.rs", "probes/sources/"]),
    ("probes/instances/", GROUND),
    ("probes/logs/", GROUND),
    ("probes/events/", GROUND),
    ("probes/license_cache.rs", GROUND),
    ("probes/compose/", GROUND),
    ("probes/endpoint/", GROUND),
    ("probes/network/", GROUND),
    ("probes/credentials/", &["probes/compose/"]),
    ("probes/offline/", &["observations/", "scrub/", "log/", "probes/"]),
    ("probes/schedule.rs", &["observations/", "scrub/", "log/", "probes/"]),
    ("diagnosis/", &["observations/", "log/"]),
    ("case/", &["diagnosis/", "observations/", "scrub/"]),
    ("views/", &["case/", "diagnosis/", "observations/"]),
    ("exit.rs", &[]),
    ("cli/", &["diagnosis/", "observations/"]),
    ("config/", &["cli/", "dashboard/", "diagnosis/", "probes/"]),
    ("session/", &["case/", "cli/", "diagnosis/", "exit.rs", "observations/", "probes/"]),
    ("dashboard/", &["case/", "diagnosis/", "observations/", "views/"]),
    (
        "commands/",
        &[
            "case/",
            "cli/",
            "config/",
            "dashboard/",
            "diagnosis/",
            "exit.rs",
            "observations/",
            "probes/",
            "scrub/",
            "session/",
            "views/",
        ],
    ),
    ("main.rs", &["cli/", "commands/", "exit.rs", "probes/", "scrub/"]),
    ("lib.rs", &[]),
];

/// Where a part of another crate may be named.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("bollard", &["probes/sources/docker/"]),
    ("hickory_resolver", &["probes/network/"]),
    ("reqwest", &["probes/endpoint/", "probes/network/", "probes/sources/"]),
    ("hyper", &["probes/endpoint/", "probes/network/", "probes/sources/"]),
    ("rustls", &["probes/endpoint/", "probes/host/certificates.rs", "probes/network/", "probes/sources/"]),
    ("rustls_native_certs", &["probes/host/certificates.rs"]),
    ("tokio_rustls", &["probes/network/", "probes/sources/"]),
    ("x509_cert", &["probes/network/"]),
    ("ratatui", &["dashboard/"]),
    ("crossterm", &["dashboard/", "main.rs"]),
    ("anyhow", &["commands/", "main.rs"]),
    ("std::env", &["probes/context.rs", "probes/host/"]),
    (
        "std::fs",
        &["commands/", "probes/compose/", "probes/credentials/", "probes/host/", "probes/offline/", "probes/sources/"],
    ),
    ("std::process", &["dashboard/mod.rs", "main.rs", "probes/"]),
    ("std::os", &["probes/"]),
    ("jiff::Timestamp::now", &["probes/context.rs"]),
    ("jiff::Zoned::now", &["probes/context.rs"]),
    ("std::time::SystemTime", &["probes/context.rs"]),
    ("std::time::Instant::now", &["probes/", "session/"]),
    ("tokio", &["commands/", "dashboard/", "main.rs", "probes/", "session/"]),
    ("tokio::fs", &[]),
    ("tokio::net", &["probes/"]),
    ("tokio::process", &["dashboard/mod.rs", "probes/"]),
];

/// No file is longer than this, in lines.
const LONGEST: usize = 400;

/// The longest of some names that a path, of a file or of another crate, begins with.
fn longest<'a, T>(names: &'a [(&'a str, T)], begins: impl Fn(&str) -> bool) -> Option<&'a (&'a str, T)> {
    names.iter().filter(|(name, _)| begins(name)).max_by_key(|(name, _)| name.len())
}

#[test]
fn layers_name_only_those_below() {
    let source = Source::read();
    let mut wrong = BTreeSet::new();
    for (from, to, path) in source.arrows() {
        let layer = longest(LAYERS, |name| from.starts_with(name));
        let (layer, allowed) = layer.unwrap_or_else(|| panic!("{from}: a file that stands in no layer"));
        let ground: &[&str] = if *layer == "probes/credentials/" { GROUND } else { &[] };
        if !to.starts_with(layer) && !allowed.iter().chain(ground).any(|below| to.starts_with(below)) {
            wrong.insert(format!("{from} -> {to}: {path}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_two_files_lead_to_each_other() {
    let circles = Source::read().circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn other_crates_and_the_outside_world_are_named_in_their_places_only() {
    let source = Source::read();
    let mut wrong = BTreeSet::new();
    for (file, path) in source.outside() {
        let begins = |name: &str| path == name || path.starts_with(&format!("{name}::"));
        let Some((_, places)) = longest(ONLY_IN, begins) else { continue };
        if !places.iter().any(|place| file.starts_with(place)) {
            wrong.insert(format!("{file}: {path}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_longer_than_can_be_read() {
    let source = Source::read();
    let long: Vec<_> =
        source.files.iter().filter(|file| file.text.lines().count() > LONGEST).map(|f| &f.path).collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:#?}");
}

#[test]
fn every_file_says_what_lives_in_it() {
    let source = Source::read();
    let silent: Vec<_> = source.files.iter().filter(|file| !file.text.starts_with("//! ")).map(|f| &f.path).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

/// All texts in a part of a TOML file.
fn texts(value: &toml::Value, all: &mut BTreeSet<String>) {
    match value {
        toml::Value::String(text) => drop(all.insert(text.clone())),
        toml::Value::Array(values) => values.iter().for_each(|value| texts(value, all)),
        toml::Value::Table(table) => table.values().for_each(|value| texts(value, all)),
        _ => {}
    }
}

/// What LocalStack and its engine say, as the catalogue knows it: the phrases of the causes, and how a log is laid out.
fn said() -> BTreeSet<String> {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap().parse::<toml::Table>().unwrap();
    let mut all = BTreeSet::new();
    texts(&toml::Value::Table(read(&assets.join("log.toml"))), &mut all);
    for entry in std::fs::read_dir(assets.join("causes")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let cause = read(&path);
        for clause in cause.get("when").and_then(toml::Value::as_array).into_iter().flatten() {
            // Phrases are tables with a text; facts are plain texts.
            let phrases =
                |value: &&toml::Value| value.as_array().is_some_and(|list| list.iter().any(toml::Value::is_table));
            clause.as_table().unwrap().values().filter(phrases).for_each(|value| texts(value, &mut all));
        }
    }
    all
}

/// The parts of a literal between its placeholders: `exit {code}: {text}` has `exit ` and `: `.
fn parts(literal: &str) -> impl Iterator<Item = &str> {
    literal.split(['{', '}']).step_by(2).map(str::trim)
}

/// Whether a text of the program is one of LocalStack's: words, not a name, a path or an address.
fn is_said(part: &str, said: &BTreeSet<String>) -> bool {
    let is = |text: &str, least: usize| text.len() >= least && text.contains(' ');
    said.iter().any(|text| is(part, 12) && text.contains(part) || is(text, 16) && part.contains(text.as_str()))
}

#[test]
fn what_localstack_says_stands_in_assets_alone() {
    let (source, said) = (Source::read(), said());
    assert!(said.len() > 100, "only {} phrases", said.len());
    let mut wrong = BTreeSet::new();
    for file in &source.files {
        let parts = file.literals.iter().flat_map(|literal| parts(literal));
        wrong.extend(parts.filter(|part| is_said(part, &said)).map(|part| format!("{}: {part:?}", file.path)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_text_of_localstack_is_seen() {
    let said = said();
    assert!(is_said("The license is valid: Successfully activated", &["Successfully activated".to_owned()].into()));
    assert!(is_said("Traceback (most", &said));
    assert!(!is_said("LOCALSTACK_AUTH_TOKEN", &said));
    assert_eq!(parts("exit {code}: {text}").collect::<Vec<_>>(), ["exit", ":", ""]);
}

#[test]
fn a_path_is_followed_to_the_file_that_defines_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("main.rs", "fn main() { lsdoctor::a::Thing::new(); }");
    write("lib.rs", "pub mod a; mod c;");
    write("a/mod.rs", "mod b; pub use b::*;");
    write("a/b.rs", "use std::fs; use crate::c; pub struct Thing; fn f() { vec![c::g(fs::read(\"x\"))] }");
    write("c.rs", "use super::a as other; pub fn g(_: other::Thing) {} #[cfg(test)] mod tests { use std::env; }");
    let source = Source::below(folder.path());
    let pairs: BTreeSet<_> = source.arrows().into_iter().map(|(from, to, _)| (from, to)).collect();
    assert_eq!(pairs, [("a/b.rs", "c.rs"), ("c.rs", "a/b.rs"), ("main.rs", "a/b.rs")].into());
    assert_eq!(source.circles(), [["a/b.rs -> c.rs: c::g", "c.rs -> a/b.rs: other::Thing"]]);
    let outside: BTreeSet<_> = source.outside().into_iter().collect();
    assert_eq!(outside, [("a/b.rs", "std::fs".to_owned()), ("a/b.rs", "std::fs::read".to_owned())].into());
}
