//! Keys, mouse and feed as a user meets them: what changes on the model, and what is asked of the outside.
//! No terminal and no clock: messages go in, the model and the effects are looked at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::cases;

use std::path::PathBuf;

use crate::support::cases::now;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::SignedDuration;
use lsdoctor::case::{Case, CaseEvent, ReplayControl, ReplayState, WatchCommand};
use lsdoctor::dashboard::{Action, Effect, Keymap, Mode, Model, Msg, Outcome, Screen, Setup, Size, ThemeName, update};
use lsdoctor::observations::{LogLine, ProbeId};

fn model(case: Case) -> Model {
    let mut model = Model::new(Setup::default(), now(), Size { width: 80, height: 24 });
    update(&mut model, Msg::Case(CaseEvent::from(case)));
    model
}

fn key(model: &mut Model, code: KeyCode) -> Outcome {
    update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn letter(model: &mut Model, letter: char) -> Outcome {
    key(model, KeyCode::Char(letter))
}

fn ctrl(model: &mut Model, letter: char) -> Outcome {
    update(model, Msg::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)))
}

fn mouse(model: &mut Model, kind: MouseEventKind, column: u16, row: u16) -> Outcome {
    update(model, Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
}

fn click(model: &mut Model, column: u16, row: u16) -> Outcome {
    mouse(model, MouseEventKind::Down(MouseButton::Left), column, row)
}

#[test]
fn numbers_and_tab_go_through_the_screens() {
    let mut model = model(cases::activated());
    for screen in Screen::ALL {
        letter(&mut model, char::from_digit(screen.number() as u32, 10).unwrap());
        assert_eq!(model.screen, screen);
    }
    key(&mut model, KeyCode::Tab);
    assert_eq!(model.screen, Screen::Overview);
    key(&mut model, KeyCode::BackTab);
    assert_eq!(model.screen, Screen::Explain);
}

#[test]
fn the_marked_row_stays_within_the_list() {
    let mut model = model(cases::activated());
    letter(&mut model, '2');
    for _ in 0..30 {
        letter(&mut model, 'j');
    }
    assert_eq!(model.pane().selected, ProbeId::ALL.len() - 1);
    letter(&mut model, 'g');
    letter(&mut model, 'k');
    assert_eq!(model.pane().selected, 0);
}

#[test]
fn a_smaller_case_brings_the_marked_row_back() {
    let mut model = model(cases::license_expired());
    letter(&mut model, 'j');
    assert_eq!(model.pane().selected, 1);
    update(&mut model, Msg::Case(CaseEvent::from(cases::credentials_missing())));
    assert_eq!(model.pane().selected, 0);
}

#[test]
fn a_page_does_not_scroll_beyond_its_end_nor_after_the_terminal_grew() {
    let mut model = model(cases::interceptor());
    letter(&mut model, '4');
    letter(&mut model, 'G');
    let end = model.pane().offset;
    assert!(end > 0);
    letter(&mut model, 'j');
    assert_eq!(model.pane().offset, end);
    update(&mut model, Msg::Resize(Size { width: 120, height: 80 }));
    assert_eq!(model.pane().offset, 0);
}

#[test]
fn looking_again_is_asked_of_the_session() {
    let mut model = model(cases::interceptor());
    assert_eq!(letter(&mut model, 'r').effects, [Effect::Ask(WatchCommand::Recheck(None))]);
    letter(&mut model, '2');
    letter(&mut model, 'g');
    letter(&mut model, 'j');
    assert_eq!(letter(&mut model, 'r').effects, [Effect::Ask(WatchCommand::Recheck(Some(ProbeId::Container)))]);
    assert_eq!(letter(&mut model, 'R').effects, [Effect::Ask(WatchCommand::Recheck(None))]);
    assert_eq!(model.notice(), Some("Running all checks again."));
}

#[test]
fn copy_and_open_go_to_the_marked_remedy() {
    let case = cases::license_expired();
    let (first, second) = (&case.diagnosis.headline.remedies[0], &case.diagnosis.headline.remedies[1]);
    let (url, command) = (first.url.clone().unwrap(), second.command.clone().unwrap());
    assert!(command.starts_with("docker run --rm --volumes-from localstack-main"), "{command}");
    let mut model = model(case);
    assert_eq!(letter(&mut model, 'o').effects, [Effect::Open(url.clone())]);
    assert_eq!(model.notice(), Some(url.as_str()));
    letter(&mut model, 'j');
    // Also from another screen.
    letter(&mut model, '8');
    assert_eq!(letter(&mut model, 'y').effects, [Effect::Copy(command)]);
}

#[test]
fn only_web_links_are_opened() {
    let mut case = cases::not_running();
    case.diagnosis.headline.remedies[0].url = Some("file:///etc/passwd".to_owned());
    let mut model = model(case);
    assert_eq!(letter(&mut model, 'o').effects, []);
    assert_eq!(model.notice(), Some("There is no link to open."));
}

#[test]
fn a_report_gets_a_name_of_its_own() {
    let mut model = model(cases::activated());
    let path = PathBuf::from("lsdoctor-report-20261124T120000.md");
    assert_eq!(letter(&mut model, 's').effects, [Effect::SaveReport(path)]);
}

#[test]
fn another_instance_is_chosen_with_enter() {
    let mut model = model(cases::several());
    letter(&mut model, '6');
    letter(&mut model, 'j');
    let chosen = key(&mut model, KeyCode::Enter).effects;
    assert_eq!(chosen, [Effect::Ask(WatchCommand::Select("old-experiment".to_owned()))]);
}

#[test]
fn enter_on_the_overview_shows_the_check_that_proves_it() {
    let mut model = model(cases::credentials_missing());
    key(&mut model, KeyCode::Enter);
    assert_eq!((model.screen, model.pane().selected), (Screen::Checks, 3));
}

#[test]
fn all_ways_out() {
    let mut model = model(cases::activated());
    assert_eq!(letter(&mut model, 'q').effects, [Effect::Quit { printing: false }]);
    assert_eq!(letter(&mut model, 'Q').effects, [Effect::Quit { printing: true }]);
    assert_eq!(ctrl(&mut model, 'c').effects, [Effect::Quit { printing: false }]);
    assert_eq!(ctrl(&mut model, 'z').effects, [Effect::Suspend]);
    assert_eq!(update(&mut model, Msg::Terminate).effects, [Effect::Quit { printing: false }]);
}

#[test]
fn typing_a_search_is_not_taken_for_commands() {
    let mut model = model(cases::interceptor());
    letter(&mut model, '3');
    letter(&mut model, '/');
    for typed in "Quit q".chars() {
        assert_eq!(letter(&mut model, typed).effects, []);
    }
    assert_eq!(model.mode, Mode::Search("Quit q".to_owned()));
    ctrl(&mut model, 'w');
    assert_eq!(model.mode, Mode::Search("Quit ".to_owned()));
    assert_eq!(ctrl(&mut model, 'c').effects, [Effect::Quit { printing: false }]);
    key(&mut model, KeyCode::Esc);
    assert_eq!((&model.mode, model.log.query.as_str()), (&Mode::Normal, ""));
}

#[test]
fn pasted_text_goes_into_the_search_field_only() {
    let mut model = model(cases::interceptor());
    assert!(!update(&mut model, Msg::Paste("q".to_owned())).changed);
    letter(&mut model, '3');
    letter(&mut model, '/');
    update(&mut model, Msg::Paste("one\u{7} line\nanother".to_owned()));
    assert_eq!(model.mode, Mode::Search("one line".to_owned()));
    update(&mut model, Msg::Paste("x".repeat(100_000)));
    assert!(model.log.query.len() <= 200);
}

#[test]
fn the_log_follows_until_it_is_scrolled() {
    let mut model = model(cases::activated());
    letter(&mut model, '3');
    let line = |number| LogLine { number, stream: None, text: format!("line {number}") };
    update(&mut model, Msg::Case(CaseEvent::Lines((100..300).map(line).collect())));
    assert!(model.log.follow);
    letter(&mut model, 'k');
    assert!(!model.log.follow);
    let top = model.log.top;
    update(&mut model, Msg::Case(CaseEvent::Lines((300..400).map(line).collect())));
    assert_eq!(model.log.top, top);
    letter(&mut model, 'G');
    assert!(model.log.follow);
}

#[test]
fn the_mouse_clicks_tabs_rows_and_the_bar_of_a_recording() {
    let mut model = model(cases::interceptor());
    click(&mut model, 14, 0);
    assert_eq!(model.screen, Screen::Checks);
    click(&mut model, 10, 6);
    assert_eq!(model.pane().selected, 1);
    click(&mut model, 10, 2);
    assert_eq!(model.screen, Screen::Explain);
    mouse(&mut model, MouseEventKind::ScrollDown, 10, 10);
    assert!(model.pane().offset > 0);

    model.setup.replay = true;
    let state = ReplayState {
        now: now(),
        position_ms: 0,
        length_ms: 100_000,
        paused: false,
        speed: 100,
        title: "a recording".to_owned(),
    };
    update(&mut model, Msg::Case(CaseEvent::Replay(state)));
    let Effect::Ask(WatchCommand::Replay(ReplayControl::Seek(to))) = click(&mut model, 40, 22).effects.remove(0) else {
        panic!()
    };
    assert!((40_000..80_000).contains(&to), "{to}");
}

#[test]
fn a_recording_is_paused_stepped_and_sped_up() {
    let mut model = model(cases::activated());
    assert!(letter(&mut model, ' ').effects.is_empty(), "live, there is nothing to pause");
    model.setup.replay = true;
    for (key, control) in [
        (' ', ReplayControl::Pause),
        ('.', ReplayControl::Step),
        (',', ReplayControl::StepBack),
        ('>', ReplayControl::Faster),
        ('<', ReplayControl::Slower),
    ] {
        assert_eq!(letter(&mut model, key).effects, [Effect::Ask(WatchCommand::Replay(control))], "{key}");
    }
}

#[test]
fn the_theme_turns_but_not_where_colour_is_off() {
    let mut model = model(cases::activated());
    letter(&mut model, 't');
    assert_eq!(model.look.theme, ThemeName::Light);
    model.setup.color = false;
    letter(&mut model, 't');
    assert_eq!(model.look.theme, ThemeName::Light);
}

#[test]
fn time_alone_changes_only_what_shows_time() {
    let mut model = model(cases::activated());
    let tick = |model: &mut Model, second| update(model, Msg::Tick(now() + SignedDuration::from_secs(second))).changed;
    assert!(model.pace().is_some() && tick(&mut model, 1));
    letter(&mut model, '3');
    assert!(model.pace().is_none() && !tick(&mut model, 2));
    letter(&mut model, 'n');
    assert_eq!(model.notice(), Some("Search with / first."));
    assert!(model.pace().is_some() && !tick(&mut model, 3));
    assert!(tick(&mut model, 20), "the notice goes");
    assert!(model.pace().is_none());
}

#[test]
fn what_does_not_concern_the_screen_does_not_draw() {
    let mut model = model(cases::activated());
    letter(&mut model, '5');
    let line = LogLine { number: 9_000, stream: None, text: "AWS s3.ListBuckets => 200".to_owned() };
    assert!(!update(&mut model, Msg::Case(CaseEvent::Lines(vec![line]))).changed);
    assert!(!letter(&mut model, 'x').changed);
}

#[test]
fn another_container_brings_another_log() {
    let mut model = model(cases::activated());
    assert!(!model.log.is_empty());
    let mut case = cases::activated();
    let lsdoctor::observations::Observation::Seen { value, .. } = &mut case.snapshot.instances else { panic!() };
    value.chosen.as_mut().unwrap().id = "another".to_owned();
    case.snapshot.logs = cases::seen(1, 1.0, cases::snapshots::digest("first line", &[]));
    update(&mut model, Msg::Case(CaseEvent::from(case)));
    assert_eq!(model.log.len(), 1);
}

/// Everything there can be: a failure with links, other instances, a log of two starts, a recording.
fn everything() -> Model {
    let mut case = cases::license_expired();
    case.diagnosis.others = cases::several().diagnosis.others;
    let mut digest = cases::snapshots::digest(cases::snapshots::MISSING, &[10]);
    let second = lsdoctor::observations::Run { first_line: 8, ..Default::default() };
    digest.runs.push(second);
    case.snapshot.logs = cases::seen(1, 1.0, digest);
    case.changes = (0..40).map(|_| case.changes[0].clone()).collect();
    let mut model = model(case);
    update(&mut model, Msg::Resize(Size { width: 60, height: 14 }));
    model.setup.replay = true;
    model
}

#[test]
fn every_key_of_the_table_does_something() {
    let keymap = Keymap::built_in();
    for screen in Screen::ALL {
        for binding in keymap.on_screen(screen, true) {
            for chord in &binding.keys {
                // In the middle of things, at their beginning, while searching: somewhere it must do something.
                let begins: [&str; 8] = ["", "G", "gjj", "w", "w>", "/e\n", "GGkk", "t"];
                let does = begins.iter().any(|begin| {
                    let mut model = everything();
                    model.screen = screen;
                    for typed in begin.chars() {
                        let code = match typed {
                            '\n' => KeyCode::Enter,
                            '>' => KeyCode::Right,
                            typed => KeyCode::Char(typed),
                        };
                        key(&mut model, code);
                    }
                    let before = format!("{model:?}");
                    let outcome = update(&mut model, Msg::Key(chord.event()));
                    !outcome.effects.is_empty() || format!("{model:?}") != before
                });
                let own_number = binding.action == action_of(screen);
                assert!(does || own_number, "`{chord}` ({}) does nothing on {screen:?}", binding.says);
            }
        }
    }
}

fn action_of(screen: Screen) -> Action {
    let number = KeyEvent::from(KeyCode::Char(char::from_digit(screen.number() as u32, 10).unwrap()));
    Keymap::built_in().action(number, screen, false).unwrap()
}

/// Half an hour of everything happening at once: nothing grows without bound, nothing panics.
#[test]
fn half_an_hour_of_chaos_leaves_it_as_small_as_before() {
    let mut model = everything();
    let cases = cases::all();
    let keys: Vec<_> = Keymap::built_in().on_screen(Screen::Log, true).flat_map(|b| b.keys.clone()).collect();
    let mut dice: usize = 1;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    let mut number = 0;
    for second in 0..1_800 {
        update(&mut model, Msg::Tick(now() + SignedDuration::from_secs(second)));
        let (_, mut case) = cases[roll(cases.len())].clone();
        case.snapshot.host.dns = cases::seen(-second, 1.0, Default::default());
        update(&mut model, Msg::Case(CaseEvent::from(case)));
        let count = roll(400) as u64;
        let line = |number| LogLine { number, stream: None, text: "x".repeat(number as usize % 500) };
        update(&mut model, Msg::Case(CaseEvent::Lines((number + 1..=number + count).map(line).collect())));
        number = if roll(300) == 0 { 0 } else { number + count };
        for _ in 0..3 {
            update(&mut model, Msg::Key(keys[roll(keys.len())].event()));
        }
        if roll(5) == 0 {
            let size = Size { width: 1 + roll(300) as u16, height: 1 + roll(80) as u16 };
            update(&mut model, Msg::Resize(size));
        }
    }
    assert!(model.log.len() <= 10_000);
    assert!(model.observed.times.dns.len() <= 120);
}
