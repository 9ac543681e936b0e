//! What is fuzzed: every reader of foreign input, and what must hold of all that comes out of it, whatever went in.
//! Where inputs come from is not known here: `main.rs` brings the corpus and changes to it, `fuzz/` what libFuzzer finds.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jiff::Timestamp;
use lsdoctor::case::recording::Entry;
use lsdoctor::case::{Case, CaseEvent};
use lsdoctor::commands::opened::{Opened, open};
use lsdoctor::config::Config;
use lsdoctor::dashboard::{Model, Msg, Setup, Size, update, view};
use lsdoctor::diagnosis::{Catalogue, diagnose};
use lsdoctor::log::PhraseSet;
use lsdoctor::log::Scanner;
use lsdoctor::observations::{LogDigest, LogOrigin, Observation, PlaceKind, Snapshot, Update};
use lsdoctor::probes::formats::{dotenv, html};
use lsdoctor::probes::network::{certificate, resolver};
use lsdoctor::probes::offline::{Inputs, read};
use lsdoctor::probes::{Context, Host, Limits, compose as composed, credentials, endpoint};
use lsdoctor::scrub::Scrubber;
use lsdoctor::views::glyphs::Charset;
use lsdoctor::views::report;
use lsdoctor::views::report::Stored;
use lsdoctor::views::text::{Detail, Layout};
use lsdoctor::views::{ci, markdown, text};
use rustls::pki_types::CertificateDer;
use serde::Serialize;
use serde_json::Value;

/// Takes any input, and panics when something does not hold of what comes out of it.
pub type Target = fn(&[u8]);

/// The targets; each has its seeds in the folder of its name below `tests/fuzz/corpus`.
pub const TARGETS: [(&str, Target); 11] = [
    ("log", log),
    ("info", info),
    ("page", web_page),
    ("inspect", inspect),
    ("compose", compose),
    ("env", env),
    ("license", license),
    ("config", config),
    ("replay", replay),
    ("certificate", certificates),
    ("dns", dns),
];

/// Stands for the token in an input: what changes the input moves the token about, and never breaks it.
const PLACEHOLDER: u8 = b'~';
/// An input does not grow beyond this by the tokens in it.
const MOST_PLANTED: usize = 128 << 10;
/// No text that is kept or concluded is longer, in characters: a sentence may quote a few texts of 4,000.
const LONGEST_TEXT: usize = 16 << 10;
/// No snapshot is larger, in bytes of JSON.
const LARGEST: usize = 2 << 20;
thread_local! {
    /// The token in the present input: of the right shape, and another for each input, so that no input can hold it itself.
    static TOKEN: RefCell<String> = const { RefCell::new(String::new()) };
}
/// Observations of a recording that are judged one by one.
const JUDGED: usize = 8;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load().unwrap());
static PHRASES: LazyLock<Arc<PhraseSet>> = LazyLock::new(|| Arc::new(CATALOGUE.phrases().unwrap()));
static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap());

fn log(data: &[u8]) {
    let data = planted(data);
    let whole = scanned(&data, data.len().max(1));
    for size in [if data.len() < 4096 { 1 } else { 977 }, 61, 65_521] {
        assert_eq!(whole, scanned(&data, size), "pieces of {size} bytes tell something else than the whole");
    }
    judge(Snapshot { logs: Observation::seen(now(), whole), ..Snapshot::default() });
}

fn scanned(data: &[u8], size: usize) -> LogDigest {
    let mut scanner = Scanner::new(Arc::clone(&PHRASES), Arc::new(Scrubber::new()), LogOrigin::File("fuzz".to_owned()));
    data.chunks(size).for_each(|piece| scanner.feed(piece, None));
    scanner.finish()
}

fn info(data: &[u8]) {
    let data = planted(data);
    let scrubber = Scrubber::new();
    assert_fit(&endpoint::read_info(&data, &scrubber));
    assert_fit(&endpoint::read_health(&data, &scrubber));
    given(&data, |file| Inputs { info: Some(file), ..Inputs::default() });
}

fn web_page(data: &[u8]) {
    let data = planted(data);
    let scrubber = Scrubber::new();
    assert_fit(&html::title(&data, &scrubber));
    assert_fit(&html::beginning(&data, 120, &scrubber));
    html::is_html("", &data);
}

fn inspect(data: &[u8]) {
    given(&planted(data), |file| Inputs { inspect: Some(file), ..Inputs::default() });
}

fn license(data: &[u8]) {
    given(&planted(data), |file| Inputs { license: Some(file), ..Inputs::default() });
}

fn env(data: &[u8]) {
    let data = planted(data);
    let entries = dotenv::parse(&String::from_utf8_lossy(&data));
    assert!(entries.is_sorted_by_key(|e| e.line), "entries out of order");
    let scrubber = Scrubber::new();
    assert_fit(&credentials::from_env_file(&entries, PlaceKind::EnvFile, ".env", &scrubber));
    // Names are no secrets, values are, and one may have come from the environment.
    let outside = |name: &str| (name == "OUTSIDE").then_some("marked-by-name");
    let expanded = dotenv::expand(entries, outside);
    assert!(!format!("{expanded:?}").contains("marked-by-name"));
    given(&data, |file| Inputs { env: Some(file), ..Inputs::default() });
}

/// A compose file, what it includes, and the project's `.env`, apart by lines of `%%%`.
fn compose(data: &[u8]) {
    let data = planted(data);
    let folder = tempfile::tempdir().unwrap();
    let text = String::from_utf8_lossy(&data);
    let mut parts = text.split("\n%%%\n");
    for name in ["compose.yaml", ".env", "other.yaml"] {
        std::fs::write(folder.path().join(name), parts.next().unwrap_or_default()).unwrap();
    }
    let mut context = context(folder.path());
    context.compose = Some(vec![folder.path().join("compose.yaml")]);
    let project = composed::project_of(&context, None);
    match RUNTIME.block_on(composed::observe(&context, &project)) {
        Ok(found) => drop(judge(Snapshot { compose: Observation::seen(now(), found), ..Snapshot::default() })),
        Err(error) => assert_fit(&error),
    }
}

fn config(data: &[u8]) {
    match Config::parse(&String::from_utf8_lossy(&planted(data))) {
        Ok(config) => {
            assert_eq!(config.keymap().conflict(), None);
            config.themes();
        }
        // As it is told: errors quote lines of files.
        Err(why) => assert_shown(&Scrubber::new().lines(&why)),
    }
}

fn replay(data: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recording");
    std::fs::write(&file, planted(data)).unwrap();
    match open(&file) {
        Ok(Opened::Report(stored)) => screens(&judge(stored.snapshot)),
        Ok(Opened::Recording(entries, _)) => {
            let mut case = Case::default();
            for (count, entry) in entries.into_iter().enumerate() {
                let at = entry.at();
                match entry {
                    Entry::Header { target, .. } => case.snapshot.target = *target,
                    Entry::Update { update, .. } => take(&mut case, *update, at, count),
                    Entry::Lines { lines, .. } => assert_fit(&lines),
                }
            }
            screens(&judge(case.snapshot));
        }
        Err(why) => assert_shown(&Scrubber::new().lines(&format!("{why:#}"))),
    }
}

fn take(case: &mut Case, update: Update, at: Timestamp, count: usize) {
    case.apply(update);
    if count < JUDGED {
        let diagnosis = diagnose(&case.snapshot, &CATALOGUE, at);
        case.conclude(diagnosis, at);
    }
}

fn certificates(data: &[u8]) {
    let one = CertificateDer::from(data);
    assert_fit(&certificate::describe(&[one.clone(), one], &Scrubber::new()));
}

fn dns(data: &[u8]) {
    let id = data.first_chunk().map_or(0, |id| u16::from_be_bytes(*id));
    if let Some(answer) = resolver::answer(data, id, &Scrubber::new()) {
        assert!(answer.addresses.len() <= 16);
        assert_fit(&answer);
    }
}

/// The input with the token in it.
fn planted(data: &[u8]) -> Vec<u8> {
    let mut hasher = DefaultHasher::new();
    hasher.write(data);
    let mut state = hasher.finish();
    let letter = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b"ABCDEFGHJKLMNPQRSTUVWXYZ"[(state >> 33) as usize % 24])
    };
    let text: String = (0..28).map(letter).collect();
    let token = format!("ls-{}-{}-{}-{}-{}9e7c", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]);
    let mut planted = Vec::with_capacity(data.len());
    for byte in data {
        match *byte {
            PLACEHOLDER if planted.len() < MOST_PLANTED => planted.extend_from_slice(token.as_bytes()),
            other => planted.push(other),
        }
    }
    TOKEN.replace(token);
    planted
}

fn now() -> Timestamp {
    Timestamp::from_second(1_795_521_600).unwrap()
}

/// Each with a scrubber of its own: what an earlier input has taught it must not help.
fn context(folder: &Path) -> Context {
    let context = Context::new(
        Host {
            env: [("LOCALSTACK_AUTH_TOKEN".to_owned(), TOKEN.with_borrow(String::clone))].into(),
            home: None,
            cwd: folder.to_owned(),
            root: folder.to_owned(),
        },
        Limits { timeout: Duration::from_secs(1), offline: true, keyring: false },
        Arc::clone(&PHRASES),
    );
    credentials::learn_shell_tokens(&context);
    context
}

/// What `diagnose` makes of a file.
fn given(data: &[u8], as_what: impl Fn(PathBuf) -> Inputs) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("given");
    std::fs::write(&file, data).unwrap();
    match read(&context(folder.path()), &as_what(file)) {
        Ok(snapshot) => drop(judge(snapshot)),
        Err(why) => assert_shown(&Scrubber::new().lines(&why)),
    }
}

/// Concludes: a verdict of a known cause always, nothing in it that may not be shown, and stored it is read back the same.
fn judge(snapshot: Snapshot) -> Case {
    assert_fit(&snapshot);
    let mut case = Case::new(snapshot);
    let diagnosis = diagnose(&case.snapshot, &CATALOGUE, now());
    assert!(CATALOGUE.cause(&diagnosis.headline.cause).is_some(), "no cause is called {:?}", diagnosis.headline.cause);
    case.conclude(diagnosis, now());
    let layout = Layout { width: 100, charset: Charset::Unicode, color: false, links: false, detail: Detail::Verbose };
    assert_shown(&text::render(&case.diagnosis, layout));
    assert_shown(&markdown::render(&case.diagnosis));
    assert_shown(&ci::github(&case.diagnosis, ci::Outcome::Failed));
    assert_shown(&ci::junit(&case.diagnosis, ci::Outcome::Failed));
    assert_shown(&report::markdown(&case, now()));
    let stored = Stored::of(&case, now());
    assert_fit(&stored);
    let again: Stored = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
    assert_eq!(again.snapshot, stored.snapshot, "stored and read back it is another");
    case
}

/// Every screen of the dashboard, on the smallest terminal that people have.
fn screens(case: &Case) {
    let mut model = Model::new(Setup::default(), now(), Size { width: 80, height: 24 });
    let lines = case.snapshot.logs.value().map(|l| l.tail.clone()).unwrap_or_default();
    update(&mut model, Msg::Case(CaseEvent::from(case.clone())));
    update(&mut model, Msg::Case(CaseEvent::Lines(lines)));
    for key in '1'..='8' {
        update(&mut model, Msg::Key(crossterm::event::KeyCode::Char(key).into()));
        let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| view(&model, frame)).unwrap();
        let cells = &terminal.backend().buffer().content;
        assert_shown(&cells.iter().map(|cell| cell.symbol()).collect::<String>());
    }
}

/// Text may go to a terminal and to strangers: nothing that moves or hides, and nothing of a secret.
fn assert_shown(text: &str) {
    let harmful = |c: &char| {
        let invisible =
            matches!(*c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
        (c.is_control() && *c != '\n') || invisible
    };
    assert_eq!(text.chars().find(harmful), None, "in {text:?}");
    TOKEN.with_borrow(|token| {
        // Any of its groups of eight, or two of its groups of four.
        let mut pieces = [3..11, 12..21, 27..35].into_iter().filter_map(|piece| token.get(piece));
        assert_eq!(pieces.find(|piece| text.contains(piece)), None, "in {text:?}");
    });
}

/// Data that is kept: every text fit to be shown, on one line, and bounded.
fn assert_fit(data: &impl Serialize) {
    let value = serde_json::to_value(data).unwrap();
    assert_texts(&value, "");
    let size = value.to_string().len();
    assert!(size <= LARGEST, "{size} bytes are kept");
}

fn assert_texts(value: &Value, key: &str) {
    match value {
        Value::String(text) => {
            assert_shown(text);
            let length = text.chars().count();
            assert!(length <= LONGEST_TEXT, "{length} characters in {key}");
            // A diff has lines, and what is concluded quotes it.
            let whole = ["diff", "command", "text", "detail"].contains(&key);
            assert!(whole || !text.contains('\n'), "a line feed in {key}: {text:?}");
        }
        Value::Array(list) => list.iter().for_each(|item| assert_texts(item, key)),
        Value::Object(map) => map.iter().for_each(|(key, item)| assert_texts(item, key)),
        _ => {}
    }
}
