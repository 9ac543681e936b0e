//! What stands between LocalStack and the license server, told apart: one case per file of `tests/cases`, with the text that a user reads beside it.
//! After a change: `LSDOCTOR_UPDATE=1 cargo test --test catalogue`, then read the difference aloud.

use libtest_mimic::Trial;

use crate::{CATALOGUE, trial};
use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use crate::support::cases::{now, seen, snapshots, stories};
use lsdoctor::case::{Case, CaseEvent};
use lsdoctor::dashboard::{Model, Msg, Screen, Setup, Size, update, view};
use lsdoctor::diagnosis::{Catalogue, Diagnosis, diagnose};
use lsdoctor::observations::{Answer, ConnectionPath, Endpoint, Observation, ProbeId, Snapshot};
use lsdoctor::views::glyphs::Charset;
use lsdoctor::views::text;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// The case that the others differ from.
const WELL: &str = "all-well-now";

fn place(name: &str, ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cases/{name}.{ending}"))
}

fn names() -> Vec<String> {
    let files = std::fs::read_dir(place(WELL, "json").parent().unwrap()).unwrap();
    let paths = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"));
    let mut names: Vec<_> = paths.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn stored(name: &str) -> Snapshot {
    let text = read_to_string(place(name, "json")).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("tests/cases/{name}.json: {e}"))
}

/// What a case does not tell is as in the one where all is well.
fn filled(told: ConnectionPath, well: &ConnectionPath) -> ConnectionPath {
    fn or<T: Clone>(told: Observation<T>, well: &Observation<T>) -> Observation<T> {
        if matches!(told, Observation::NotAsked) { well.clone() } else { told }
    }
    ConnectionPath {
        proxy: or(told.proxy, &well.proxy),
        dns: or(told.dns, &well.dns),
        tcp: or(told.tcp, &well.tcp),
        tls: or(told.tls, &well.tls),
        https: or(told.https, &well.https),
    }
}

/// A start by compose that could not reach the server, unless the endpoint tells otherwise or a log lies beside the case.
fn snapshot(name: &str) -> Snapshot {
    let (told, well) = (stored(name), stored(WELL));
    let runs = told.endpoint.value().is_some();
    let like = if runs { snapshots::activated() } else { snapshots::interceptor() };
    let refused = Endpoint {
        url: "http://localhost:4566".to_owned(),
        chosen_by: "the usual address".to_owned(),
        answer: Answer::Refused,
        ..Endpoint::default()
    };
    let endpoint = if runs { told.endpoint } else { seen(1, 1.0, refused) };
    let told =
        Snapshot { endpoint, host: filled(told.host, &well.host), inside: filled(told.inside, &well.inside), ..told };
    let log = read_to_string(place(name, "log"));
    let usual = if runs { snapshots::ACTIVATED } else { snapshots::UNREACHABLE };
    let like = stories::logged(stories::compose(like), log.as_deref().unwrap_or(usual));
    let Snapshot { endpoint, host, inside, other_hosts, .. } = told;
    Snapshot { endpoint, host, inside, other_hosts, cache: Observation::NotAsked, ..like }
}

fn cases() -> BTreeMap<String, Diagnosis> {
    let catalogue = Catalogue::load().unwrap();
    let names = names().into_iter();
    names.map(|name| (name.clone(), diagnose(&snapshot(&name), &catalogue, now()))).collect()
}

fn rendered(diagnosis: &Diagnosis, detail: text::Detail) -> String {
    text::render(diagnosis, text::Layout { width: 100, charset: Charset::Unicode, color: false, links: false, detail })
}

/// The text, held against the stored one; what differs is told.
fn differing(name: &str, ending: &str, says: String) -> Option<String> {
    let path = place(name, ending);
    if std::env::var_os("LSDOCTOR_UPDATE").is_some() {
        std::fs::write(&path, &says).unwrap();
    }
    let there = read_to_string(&path).unwrap_or_default();
    (there != says).then(|| format!("{name}, stored:\n{there}\nnow:\n{says}\n"))
}

/// The text of a case is the stored one.
fn reads_as_its_text(name: &str) {
    let diagnosis = diagnose(&snapshot(name), &CATALOGUE, now());
    let differ = differing(name, "txt", rendered(&diagnosis, text::Detail::Normal)).unwrap_or_default();
    assert!(differ.is_empty(), "write it with LSDOCTOR_UPDATE=1 cargo test --test catalogue\n{differ}");
}

/// With `-v` the ladder is told rung by rung: times, each resolver as dig says it, the chain with issuers and dates.
fn the_ladder_is_told_in_full() {
    let wanted = [ProbeId::Dns, ProbeId::Tcp, ProbeId::Tls, ProbeId::Https];
    let catalogue = Catalogue::load().unwrap();
    for name in ["tls-known-interceptor", "container-dns-fails", "dns-resolvers-differ"] {
        let Snapshot { target, host, inside, .. } = snapshot(name);
        let only = |ladder: ConnectionPath| ConnectionPath { proxy: Observation::NotAsked, ..ladder };
        let asked = Snapshot { target, host: only(host), inside: only(inside), ..Snapshot::default() };
        let diagnosis = diagnose(&asked, &catalogue, now());
        assert!(diagnosis.checks.iter().all(|row| wanted.contains(&row.id)));
        let differ = differing(name, "verbose.txt", rendered(&diagnosis, text::Detail::Verbose)).unwrap_or_default();
        assert!(differ.is_empty(), "write it with LSDOCTOR_UPDATE=1 cargo test --test catalogue\n{differ}");
    }
}

/// The point of it all: no two cases are told in the same words, and each says what proves it and what to type.
fn every_case_has_a_sentence_proof_and_remedy_of_its_own() {
    let mut sentences: BTreeMap<String, String> = BTreeMap::new();
    for (name, diagnosis) in cases() {
        let head = &diagnosis.headline;
        // Where the verdict is another, the case is told as a finding.
        let told = std::iter::once(head).chain(&diagnosis.findings).map(|f| f.summary.as_str()).collect::<Vec<_>>();
        if let Some(other) = sentences.insert(told.join("\n"), name.clone()) {
            panic!("{name} and {other} read alike: {told:?}");
        }
        assert!(
            !told.iter().any(|text| text.contains("{license_host") || text.contains("_fault}")),
            "{name}: {told:?}"
        );
        assert!(!head.evidence.is_empty(), "{name}: no proof");
        let types =
            |f: &lsdoctor::diagnosis::Finding| f.remedies.iter().any(|r| r.command.is_some() || r.url.is_some());
        assert!(types(head) || head.cause == "activated", "{name}: nothing to type");
    }
    assert!(sentences.len() > 50);
}

/// The screen of the network after several looks: both ladders side by side, the times as a line, resolvers, chain.
fn the_screen_shows_both_ladders_and_how_the_times_went() {
    let catalogue = Catalogue::load().unwrap();
    let mut screens = String::new();
    for (width, height) in [(80, 24), (120, 40)] {
        let mut model = Model::new(Setup::default(), now(), Size { width, height });
        for (look, took) in [12.0, 48.0, 20.0, 96.0, 11.0].into_iter().enumerate() {
            let mut seen = snapshot("container-dns-fails");
            let then = now() - jiff::SignedDuration::from_secs(150 - 30 * look as i64);
            if let Observation::Seen { at, took_ms, .. } = &mut seen.host.dns {
                (*at, *took_ms) = (then, took);
            }
            if let Observation::Seen { at, took_ms, .. } = &mut seen.host.https {
                (*at, *took_ms) = (then, 10.0 * took);
            }
            let diagnosis = diagnose(&seen, &catalogue, then);
            let mut case = Case::new(seen);
            case.conclude(diagnosis, then);
            update(&mut model, Msg::Case(CaseEvent::from(case)));
        }
        model.screen = Screen::Network;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view(&model, frame)).unwrap();
        for row in terminal.backend().buffer().content.chunks(width.into()) {
            let line: String = row.iter().map(|cell| cell.symbol()).collect();
            screens.push_str(line.trim_end());
            screens.push('\n');
        }
    }
    let differ = differing("container-dns-fails", "screen.txt", screens).unwrap_or_default();
    assert!(differ.is_empty(), "write it with LSDOCTOR_UPDATE=1 cargo test --test catalogue\n{differ}");
}

/// The tests of this file, and one for each case.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = trials![
        the_ladder_is_told_in_full,
        every_case_has_a_sentence_proof_and_remedy_of_its_own,
        the_screen_shows_both_ladders_and_how_the_times_went
    ];
    trials.extend(names().into_iter().map(|name| trial(&format!("cases::{name}"), move || reads_as_its_text(&name))));
    trials
}
