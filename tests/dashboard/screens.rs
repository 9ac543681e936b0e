//! What is on the screen: every situation at three sizes, every screen, and the ways to look at it.
//! A snapshot is reviewed by eye; the other tests say in words what must hold at every size.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::cases;

use std::collections::BTreeSet;

use crate::support::cases::now;
use crate::support::cases::screen::{draw, text};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::SignedDuration;
use lsdoctor::case::{Case, CaseEvent, Change, ChangeKind};
use lsdoctor::dashboard::{Explanation, Keymap, Model, Msg, Screen, Setup, Size, ThemeName, update};
use lsdoctor::diagnosis::{CheckStatus, Severity, Status};
use lsdoctor::views::glyphs::Charset;
use ratatui::style::Color;

const SIZES: [(u16, u16); 3] = [(60, 18), (80, 24), (120, 40)];

fn model(case: Case, (width, height): (u16, u16)) -> Model {
    let mut setup = Setup::default();
    let words = "Every start of LocalStack with its licensed features needs an auth token in the environment of its \
                 process. A token in the environment of the shell is not enough: it must be passed on to the container.\n\n\
                 It is recognised by LocalStack's own words in the log of the latest start.";
    setup.explain = [(
        "credentials-missing".to_owned(),
        Explanation {
            means: words.to_owned(),
            recognised: "Proof: its own words in the latest start.".to_owned(),
            doc: Some("https://docs.localstack.cloud/aws/getting-started/auth-token/".to_owned()),
        },
    )]
    .into();
    let mut model = Model::new(setup, now(), Size { width, height });
    update(&mut model, Msg::Case(CaseEvent::from(case)));
    model
}

fn press(model: &mut Model, keys: &str) {
    for letter in keys.chars() {
        let code = match letter {
            '\n' => KeyCode::Enter,
            '\u{1b}' => KeyCode::Esc,
            letter => KeyCode::Char(letter),
        };
        update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

fn snapshot(name: &str, model: &Model) {
    insta::assert_snapshot!(format!("{name}-{}x{}", model.size.width, model.size.height), text(&draw(model)));
}

#[test]
fn overview_of_every_situation() {
    for (name, case) in cases::all() {
        for size in SIZES {
            snapshot(&format!("overview-{name}"), &model(case.clone(), size));
        }
    }
}

#[test]
fn every_screen_of_a_failure() {
    for screen in Screen::ALL.into_iter().skip(1) {
        for size in SIZES {
            let mut model = model(cases::interceptor(), size);
            press(&mut model, &screen.number().to_string());
            snapshot(&format!("{}-interceptor", screen.title().to_lowercase()), &model);
        }
    }
}

/// Nothing is written to a terminal on which nothing happens: not even how long a look took, or when it was.
#[test]
fn a_look_that_saw_the_same_is_not_drawn() {
    let mut case = cases::activated();
    let mut model = model(case.clone(), (120, 40));
    let before = text(&draw(&model));
    let later = now() + SignedDuration::from_secs(5);
    for row in &mut case.diagnosis.checks {
        row.at = row.at.map(|_| later);
        row.duration_ms = row.duration_ms.map(|ms| if ms < 5.0 { ms + 4.0 } else { ms });
    }
    update(&mut model, Msg::Tick(later));
    update(&mut model, Msg::Case(CaseEvent::from(case)));
    assert_eq!(text(&draw(&model)), before);
    update(&mut model, Msg::Tick(later + SignedDuration::from_secs(300)));
    assert_ne!(text(&draw(&model)), before, "an answer that has grown old is told as such");
}

/// A wall of a terminal: the overview fills its two columns, and says at both sizes all that it has to say.
#[test]
fn large_terminals_are_used() {
    for size in [(200, 60), (300, 80)] {
        for (name, case) in [("activated", cases::activated()), ("license-expired", cases::license_expired())] {
            let model = model(case.clone(), size);
            snapshot(&format!("overview-{name}"), &model);
            let drawn = text(&draw(&model));
            // Nothing that the diagnosis says is cut: every check, every remedy, every finding, every change. Of a check, 60
            // characters at least: it has one row, and its own screen has the rest.
            let joined: String = columns(&drawn, size.0).replace(['▌', '│', '\n', ' '], "");
            let diagnosis = &case.diagnosis;
            let most = if size.0 < 300 { 60 } else { usize::MAX };
            let begins: Vec<String> =
                diagnosis.checks.iter().map(|row| row.summary.chars().take(most).collect()).collect();
            let checks = begins.iter();
            let findings = diagnosis.findings.iter().map(|finding| &finding.summary);
            let remedies = diagnosis.headline.remedies.iter().map(|remedy| &remedy.text);
            for wanted in checks.chain(findings).chain(remedies).chain(case.changes.iter().map(|change| &change.text)) {
                let wanted: String = wanted.split_whitespace().collect();
                assert!(joined.contains(&wanted), "{name} {size:?}: {wanted}\n{drawn}");
            }
            // The end of the log reaches the bottom, or its beginning is seen.
            let lines = case.snapshot.logs.value().map_or(0, |digest| digest.tail.len());
            assert!(lines > 0 && drawn.contains("LocalStack version: 4.14.0"), "{drawn}");
        }
    }
}

/// The whole rows, and then those of the left and of the right column.
fn columns(drawn: &str, width: u16) -> String {
    let left = usize::from(width - width / 5 * 2 - 2);
    let part = |from: usize, count: usize| {
        drawn.lines().flat_map(move |row| row.chars().skip(from).take(count).chain(['\n'])).collect::<String>()
    };
    format!("{drawn}\n{}{}", part(0, left), part(left, usize::from(width)))
}

#[test]
fn every_screen_when_nothing_has_answered() {
    for screen in Screen::ALL.into_iter().skip(1) {
        let mut model = model(cases::pending(), (80, 24));
        press(&mut model, &screen.number().to_string());
        snapshot(&format!("{}-pending", screen.title().to_lowercase()), &model);
    }
}

#[test]
fn help_names_every_key_of_the_screen() {
    for size in [(60, 18), (80, 24), (120, 30)] {
        let mut model = model(cases::credentials_missing(), size);
        press(&mut model, "3?");
        snapshot("help", &model);
    }
    // At any size all rows can be reached.
    for (width, height) in [(40, 12), (60, 18), (120, 30), (200, 60)] {
        for screen in Screen::ALL {
            let mut model = model(cases::activated(), (width, height));
            press(&mut model, &format!("{}?", screen.number()));
            let mut seen = text(&draw(&model));
            for _ in 0..60 {
                press(&mut model, "j");
                seen.push_str(&text(&draw(&model)));
            }
            for row in Keymap::built_in().on_screen(screen, false) {
                let says: String = row.says.chars().take(usize::from(width) - 22).collect();
                assert!(seen.contains(&says), "{width}x{height} {screen:?}: {}", row.says);
            }
        }
    }
}

#[test]
fn the_log_in_all_its_ways() {
    let mut model = model(cases::interceptor(), (80, 24));
    press(&mut model, "3/license");
    snapshot("log-searching", &model);
    press(&mut model, "\nn");
    snapshot("log-found", &model);
    press(&mut model, "\u{1b}l");
    snapshot("log-license-lines", &model);
    press(&mut model, "lw");
    snapshot("log-cut", &model);
    press(&mut model, "e");
    snapshot("log-proof", &model);
}

#[test]
fn starts_are_told_apart() {
    let mut case = cases::interceptor();
    let mut digest = cases::snapshots::digest(cases::snapshots::UNREACHABLE, &[10]);
    let second =
        lsdoctor::observations::Run { first_line: 8, version: Some("4.14.1".to_owned()), ..Default::default() };
    digest.runs.push(second);
    case.snapshot.logs = cases::seen(1, 1.0, digest);
    let mut model = model(case, (80, 24));
    press(&mut model, "3g]");
    let text = text(&draw(&model));
    assert!(text.contains("start 2 of 2, LocalStack 4.14.1"), "{text}");
}

#[test]
fn several_instances_can_be_switched() {
    let mut model = model(cases::several(), (80, 24));
    press(&mut model, "6j");
    snapshot("instance-several", &model);
}

#[test]
fn a_failed_look_leaves_the_last_good_picture_marked() {
    use lsdoctor::observations::{ErrorKind, Observation, ProbeError};
    let mut model = model(cases::activated(), (80, 24));
    let mut case = cases::activated();
    let error = ProbeError::new(ErrorKind::Timeout, "http://localhost:4566 did not answer within 5 s");
    case.snapshot.endpoint = Observation::Failed { at: now(), took_ms: 5_000.0, error };
    update(&mut model, Msg::Case(CaseEvent::from(case)));
    press(&mut model, "6");
    let text = text(&draw(&model));
    assert!(text.contains("did not answer within 5 s") && text.contains("Out of date"), "{text}");
    assert!(text.contains("is_license_activated: true"), "{text}");
}

#[test]
fn ascii_is_ascii() {
    for (name, case) in cases::all() {
        for screen in Screen::ALL {
            let mut model = model(case.clone(), (80, 24));
            model.look.glyphs = Charset::Ascii;
            press(&mut model, &screen.number().to_string());
            let drawn = text(&draw(&model));
            assert!(drawn.is_ascii(), "{name} {screen:?}\n{drawn}");
            if screen == Screen::Overview && name == "interceptor" {
                snapshot("ascii-overview", &model);
            }
        }
    }
}

#[test]
fn without_colour_words_and_glyphs_remain() {
    for (_, case) in cases::all() {
        let mut plain = model(case.clone(), (80, 24));
        plain.look.theme = ThemeName::None;
        let coloured = model(case, (80, 24));
        let buffer = draw(&plain);
        assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
        assert_eq!(text(&buffer), text(&draw(&coloured)));
    }
}

/// What one looks for is told apart by sign and word alone, in every state that it can have.
#[test]
fn every_state_is_told_without_colour() {
    for glyphs in [Charset::Unicode, Charset::Ascii] {
        let drawn = |case: Case, screen: &str, width: u16| {
            let mut model = model(case, (width, 24));
            model.look.glyphs = glyphs;
            press(&mut model, screen);
            text(&draw(&model))
        };
        let mut signs = BTreeSet::new();
        let checks = [
            CheckStatus::Pass,
            CheckStatus::Warn,
            CheckStatus::Fail,
            CheckStatus::Skip,
            CheckStatus::Error,
            CheckStatus::Pending,
        ];
        for status in checks {
            let mut case = cases::activated();
            case.diagnosis.checks[0].status = status;
            let text = drawn(case, "2j", 80);
            let row = text.lines().find(|row| row.contains(" engine ")).unwrap();
            let sign: Vec<_> = row.split_whitespace().take(2).map(str::to_owned).collect();
            assert!(signs.insert(sign[0].clone()) && signs.insert(sign[1].clone()), "{status:?}: {row}");
        }
        let verdicts = [
            (Status::Activated, Severity::Info),
            (Status::Activated, Severity::Error),
            (Status::NotActivated, Severity::Error),
            (Status::NoLicenseNeeded, Severity::Info),
            (Status::Undecided, Severity::Warning),
        ];
        let (mut words, mut told, mut marks) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (status, severity) in verdicts {
            let mut case = cases::activated();
            case.diagnosis.status = status;
            case.diagnosis.headline.title = "LocalStack is activated".to_owned();
            case.diagnosis.headline.severity = severity;
            case.changes =
                vec![Change { at: now(), text: "It is so.".to_owned(), kind: ChangeKind::Verdict(status, severity) }];
            let text = drawn(case.clone(), "1", 80);
            let row = text.lines().find(|row| row.contains("LocalStack is activated")).unwrap();
            assert!(words.insert(row.replace("LocalStack is activated", "")), "{row}");
            let text = drawn(case.clone(), "7", 100);
            let row = text.lines().find(|row| row.contains("It is so.")).unwrap();
            assert!(told.insert(row.to_owned()), "{row}");
            // Where the timeline has no room for words, the sign still tells: a failure is one, whatever was before it.
            let text = drawn(case, "7", 60);
            let row = text.lines().find(|row| row.contains("It is so.")).unwrap();
            assert_eq!(marks.insert(row.to_owned()), status != Status::NotActivated, "{row}");
        }
        let mut notes = BTreeSet::new();
        for severity in [Severity::Info, Severity::Warning, Severity::Error] {
            let mut case = cases::interceptor();
            case.diagnosis.findings[0].severity = severity;
            case.diagnosis.findings[0].summary = "Something besides.".to_owned();
            let text = drawn(case, "1", 80);
            let row = text.lines().find(|row| row.contains("Something besides.")).unwrap();
            assert!(notes.insert(row.to_owned()), "{row}");
        }
    }
}

#[test]
fn colours_of_every_theme() {
    let themes = [
        ("dark", ThemeName::Dark),
        ("light", ThemeName::Light),
        ("sixteen", ThemeName::Sixteen),
        ("none", ThemeName::None),
    ];
    for (name, theme) in themes {
        let mut model = model(cases::not_running(), (60, 18));
        model.look.theme = theme;
        insta::assert_snapshot!(format!("colours-{name}"), format!("{:?}", draw(&model)));
    }
}

#[test]
fn small_terminals_are_told_what_is_needed() {
    let model = model(cases::activated(), (36, 9));
    snapshot("too-small", &model);
}

#[test]
fn the_verdict_and_the_first_command_are_whole_at_every_size() {
    for (name, case) in cases::all() {
        for (width, height) in [(60, 18), (66, 20), (80, 24), (100, 30), (120, 40), (200, 50), (300, 80)] {
            let drawn = text(&draw(&model(case.clone(), (width, height))));
            // In two columns, what to type stands in the left one.
            let left = if width < 160 { width } else { width - width / 5 * 2 - 2 };
            let column: String = drawn.lines().flat_map(|row| row.chars().take(left.into())).collect();
            let joined: String = format!("{drawn}{column}").replace(['▌', '│', '┃', '\n', ' '], "");
            let headline = &case.diagnosis.headline;
            let command = headline.remedies.first().and_then(|r| r.command.clone()).unwrap_or_default();
            for wanted in [&headline.summary, &command] {
                let wanted: String = wanted.split_whitespace().collect();
                assert!(joined.contains(&wanted), "{name} {width}x{height}\n{drawn}");
            }
        }
    }
}

#[test]
fn no_size_and_no_text_makes_it_panic() {
    let mut odd = cases::interceptor();
    odd.diagnosis.headline.title = "🔑✅ 日本語のタイトル ".repeat(20);
    odd.diagnosis.headline.summary = "👩‍👩‍👧‍👦 Ｆｕｌｌ ".repeat(40);
    odd.diagnosis.headline.evidence[0].text = "x".repeat(5_000);
    odd.diagnosis.checks[0].summary = "\u{0301}\u{200b}e\u{0301}".repeat(50);
    for case in [odd, cases::several(), cases::pending()] {
        for screen in Screen::ALL {
            for width in (1..140).step_by(13) {
                for height in [1, 12, 18, 45] {
                    let mut model = model(case.clone(), (width, height));
                    press(&mut model, &format!("{}jG", screen.number()));
                    draw(&model);
                }
            }
        }
    }
}

#[test]
fn every_size_can_be_drawn() {
    let mut models: Vec<_> = cases::all().into_iter().map(|(_, case)| model(case, (80, 24))).collect();
    let many = models.len();
    // Every small size, where the layout changes from row to row, and a part of the larger ones.
    for width in (1..=70).chain((77..=200).step_by(7)) {
        for height in (1..=26).chain((31..=60).step_by(5)) {
            // Situations and screens take turns.
            let turn = usize::from(width) + usize::from(height);
            let model = &mut models[turn % many];
            update(model, Msg::Resize(Size { width, height }));
            model.screen = Screen::Overview.turned(turn % 8);
            press(model, if turn % 2 == 0 { "G" } else { "g" });
            assert_eq!(draw(model).area.height, height);
        }
    }
}

#[test]
fn pages_end_where_their_text_ends() {
    for screen in Screen::ALL {
        let mut model = model(cases::interceptor(), (80, 24));
        press(&mut model, &screen.number().to_string());
        press(&mut model, "GGGG");
        let end = text(&draw(&model));
        press(&mut model, "jjjj");
        assert_eq!(text(&draw(&model)), end, "{screen:?}");
    }
}

/// Whatever else the bottom line tells, the ways to help and out stand in it; and the log's heading says how it is looked at.
#[test]
fn footers_and_headings_keep_what_matters() {
    for width in [60, 66, 80, 100] {
        let mut model = model(cases::interceptor(), (width, 24));
        model.setup.replay = true;
        update(&mut model, Msg::Case(CaseEvent::Ended));
        for screen in Screen::ALL {
            press(&mut model, &screen.number().to_string());
            let drawn = text(&draw(&model));
            let footer = drawn.lines().last().unwrap();
            let whole = ["? help", "q quit", "end of the recording"].iter().all(|part| footer.contains(part));
            assert!(whole, "{width} {screen:?}: {footer}");
        }
        press(&mut model, "3/license\nl");
        let drawn = text(&draw(&model));
        assert!(drawn.contains("\"license\" ") && drawn.contains("license lines, "), "{drawn}");
        press(&mut model, "?");
        assert!(!text(&draw(&model)).contains("run all checks again"), "a recording has nothing to ask again");
    }
}
