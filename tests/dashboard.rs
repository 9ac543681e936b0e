//! What keys, mouse, paste, time and feeds do to the dashboard: `update` and `view` as pure functions, without a terminal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs
)]

mod scenarios;

use std::collections::BTreeSet;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::SignedDuration;
use lsdoctor::dashboard::{
    Effect, Feed, Mode, Model, Msg, Outcome, ReplayControl, ReplayState, Request, Screen, Setup, Size, ThemeName,
    keymap_rows, update, view,
};
use lsdoctor::diagnosis::Case;
use lsdoctor::observations::{LogLine, Observation, ProbeId};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use scenarios::now;

fn model(case: &Case) -> Model {
    let mut model = Model::new(Setup::default(), now(), Size { width: 100, height: 30 });
    update(&mut model, Msg::Feed(Feed::Case(Box::new(case.clone()))));
    model
}

fn press(model: &mut Model, code: KeyCode) -> Outcome {
    update(model, Msg::Key(KeyEvent::from(code)))
}

fn key(model: &mut Model, letter: char) -> Vec<Effect> {
    press(model, KeyCode::Char(letter)).effects
}

fn text(model: &Model) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(model.size.width, model.size.height)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let width = usize::from(buffer.area.width).max(1);
    buffer.content.chunks(width).map(|row| row.iter().map(|cell| cell.symbol()).collect()).collect()
}

fn shows(model: &Model, wanted: &str) -> bool {
    text(model).iter().any(|row| row.contains(wanted))
}

fn mouse(model: &mut Model, kind: MouseEventKind, column: usize, row: usize) -> Outcome {
    let at = |n: usize| u16::try_from(n).unwrap();
    let event = MouseEvent { kind, column: at(column), row: at(row), modifiers: KeyModifiers::NONE };
    update(model, Msg::Mouse(event))
}

/// Clicks on the first character of a text that is shown.
fn click(model: &mut Model, wanted: &str) -> Outcome {
    let rows = text(model);
    let (row, line) = rows.iter().enumerate().find(|(_, line)| line.contains(wanted)).expect(wanted);
    let column = line.split(wanted).next().unwrap().chars().count();
    mouse(model, MouseEventKind::Down(MouseButton::Left), column, row)
}

fn asked(request: Request) -> Vec<Effect> {
    vec![Effect::Ask(request)]
}

#[test]
fn number_keys_and_tab_lead_to_every_screen() {
    let mut model = model(&scenarios::activated());
    let mut by_number = Vec::new();
    for number in '1'..='8' {
        key(&mut model, number);
        by_number.push(model.screen);
    }
    assert_eq!(by_number, Screen::ALL);
    press(&mut model, KeyCode::Tab);
    assert_eq!(model.screen, Screen::Overview);
    press(&mut model, KeyCode::BackTab);
    assert_eq!(model.screen, Screen::Explain);
}

#[test]
fn r_looks_again_at_the_marked_check_or_at_all() {
    let mut model = model(&scenarios::activated());
    assert_eq!(key(&mut model, 'r'), asked(Request::LookAgain(None)));
    key(&mut model, '2');
    key(&mut model, 'g');
    key(&mut model, 'j');
    assert_eq!(key(&mut model, 'r'), asked(Request::LookAgain(Some(ProbeId::Container))));
    assert_eq!(key(&mut model, 'R'), asked(Request::LookAgain(None)));
}

#[test]
fn moving_stops_at_both_ends() {
    let mut model = model(&scenarios::activated());
    key(&mut model, '2');
    for _ in 0..50 {
        key(&mut model, 'j');
    }
    assert_eq!(model.pane().selected, ProbeId::ALL.len() - 1);
    key(&mut model, 'g');
    key(&mut model, 'k');
    assert_eq!(model.pane().selected, 0);
    key(&mut model, '8');
    key(&mut model, 'G');
    let end = model.pane().offset;
    press(&mut model, KeyCode::PageDown);
    assert_eq!(model.pane().offset, end);
    let smaller = Size { width: 300, height: 80 };
    update(&mut model, Msg::Resize(smaller));
    assert!(model.pane().offset <= end, "a larger window leaves no empty page");
}

#[test]
fn y_copies_the_command_as_it_is_to_be_typed() {
    let mut model = model(&scenarios::credentials_missing());
    let command = model.seen.case.diagnosis.headline.remedies[0].command.clone().unwrap();
    assert_eq!(key(&mut model, 'y'), vec![Effect::Copy(command)]);
    assert!(shows(&model, "Copied: docker rm localstack-main"));
}

#[test]
fn o_opens_a_link_and_shows_it() {
    let mut model = model(&scenarios::interceptor());
    let urls = model.remedies().iter().filter_map(|r| r.url.clone()).collect::<Vec<_>>();
    let effects = key(&mut model, 'o');
    match urls.first() {
        Some(url) => assert!(effects == vec![Effect::Open(url.clone())] && shows(&model, url)),
        None => assert!(effects.is_empty() && shows(&model, "There is no link to open.")),
    }
}

#[test]
fn s_asks_for_a_report_whose_name_has_the_time() {
    let mut model = model(&scenarios::activated());
    let effects = key(&mut model, 's');
    assert_eq!(effects, asked(Request::Report("lsdoctor-report-20261124T120000.md".into())));
    update(&mut model, Msg::Feed(Feed::Notice("Saved it.".to_owned())));
    assert!(shows(&model, "Saved it."));
}

#[test]
fn a_note_goes_with_time() {
    let mut model = model(&scenarios::activated());
    update(&mut model, Msg::Feed(Feed::Notice("Saved it.".to_owned())));
    for second in 1..30 {
        update(&mut model, Msg::Tick(now() + SignedDuration::from_secs(second)));
    }
    assert!(!shows(&model, "Saved it."));
}

#[test]
fn ways_to_quit() {
    let mut model = model(&scenarios::activated());
    assert_eq!(key(&mut model, 'q'), vec![Effect::Quit { printing: false }]);
    assert_eq!(key(&mut model, 'Q'), vec![Effect::Quit { printing: true }]);
    let ctrl = |letter| Msg::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL));
    assert_eq!(update(&mut model, ctrl('c')).effects, vec![Effect::Quit { printing: false }]);
    assert_eq!(update(&mut model, ctrl('z')).effects, vec![Effect::Suspend]);
    assert_eq!(update(&mut model, Msg::Terminate).effects, vec![Effect::Quit { printing: false }]);
    // While text goes into the search, only ctrl-c ends.
    key(&mut model, '3');
    key(&mut model, '/');
    assert_eq!(key(&mut model, 'q'), vec![]);
    assert_eq!(update(&mut model, ctrl('c')).effects, vec![Effect::Quit { printing: false }]);
}

#[test]
fn help_prints_every_row_of_the_keymap_that_works_there() {
    let mut model = model(&scenarios::activated());
    update(&mut model, Msg::Resize(Size { width: 120, height: 80 }));
    let mut printed = BTreeSet::new();
    for screen in Screen::ALL {
        (model.screen, model.setup.replay) = (screen, true);
        key(&mut model, '?');
        let help = text(&model);
        printed.extend(
            keymap_rows()
                .into_iter()
                .filter(|row| {
                    help.iter()
                        .any(|line| line.contains(&row.says) && row.keys.split(' ').all(|key| line.contains(key)))
                })
                .map(|row| row.says),
        );
        press(&mut model, KeyCode::Esc);
        assert_eq!(model.mode, Mode::Normal);
    }
    let all: BTreeSet<_> = keymap_rows().into_iter().map(|row| row.says).collect();
    assert_eq!(all.difference(&printed).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn a_pasted_line_goes_into_the_search_and_nowhere_else() {
    let mut model = model(&scenarios::credentials_missing());
    assert_eq!(update(&mut model, Msg::Paste("qqq".to_owned())), Outcome::default());
    key(&mut model, '3');
    key(&mut model, '/');
    update(&mut model, Msg::Paste("no credentials\nrm -rf /".to_owned()));
    press(&mut model, KeyCode::Enter);
    assert_eq!((model.log.query.as_str(), model.log.matches()), ("no credentials", (1, Some(1))));
}

#[test]
fn f_pauses_and_new_lines_do_not_move_what_is_read() {
    let mut model = model(&scenarios::credentials_missing());
    update(&mut model, Msg::Resize(Size { width: 60, height: 14 }));
    key(&mut model, '3');
    key(&mut model, 'f');
    let before = text(&model)[4..11].to_vec();
    let more = (100..140).map(|number| LogLine { number, stream: None, text: format!("line {number}") }).collect();
    update(&mut model, Msg::Feed(Feed::Lines(more)));
    assert_eq!(text(&model)[4..11], before);
    key(&mut model, 'f');
    assert!(shows(&model, "line 139"));
}

#[test]
fn clicks_and_the_wheel_go_where_they_point() {
    let mut model = model(&scenarios::several());
    click(&mut model, "4 Network");
    assert_eq!(model.screen, Screen::Network);
    click(&mut model, "2 Checks");
    click(&mut model, "tls ");
    assert_eq!(key(&mut model, 'r'), asked(Request::LookAgain(Some(ProbeId::Tls))));
    key(&mut model, '6');
    click(&mut model, "old-experiment");
    let effects = press(&mut model, KeyCode::Enter).effects;
    assert_eq!(effects, asked(Request::SelectInstance("old-experiment".to_owned())));
    key(&mut model, '4');
    let size = Size { width: 100, height: 14 };
    update(&mut model, Msg::Resize(size));
    mouse(&mut model, MouseEventKind::ScrollDown, 50, 9);
    assert!(model.pane().offset > 0);
}

#[test]
fn m_leaves_the_mouse_and_t_goes_through_the_themes() {
    let mut model = model(&scenarios::activated());
    model.passing.mouse = true;
    assert_eq!(key(&mut model, 'm'), vec![Effect::Mouse(false)]);
    assert_eq!(key(&mut model, 'm'), vec![Effect::Mouse(true)]);
    let mut themes = Vec::new();
    for _ in ThemeName::ALL {
        key(&mut model, 't');
        themes.push(model.look.theme);
    }
    assert_eq!(themes, [ThemeName::Light, ThemeName::Sixteen, ThemeName::None, ThemeName::Dark]);
    model.setup.color = false;
    model.look.theme = ThemeName::None;
    key(&mut model, 't');
    assert_eq!(model.look.theme, ThemeName::None, "NO_COLOR stays");
}

#[test]
fn a_recording_is_paused_stepped_and_sped_up() {
    let setup = Setup { replay: true, ..Setup::default() };
    let mut model = Model::new(setup, now(), Size { width: 100, height: 30 });
    update(&mut model, Msg::Feed(Feed::Case(Box::new(scenarios::activated()))));
    let (recorded, title) = (scenarios::ago(4), "a story".to_owned());
    let state = ReplayState { now: recorded, position_ms: 5, length_ms: 10, paused: true, speed: 200, title };
    update(&mut model, Msg::Feed(Feed::Replay(state)));
    update(&mut model, Msg::Tick(now() + SignedDuration::from_secs(60)));
    assert_eq!(model.now, recorded, "ages are told by the recording's time");
    assert!(shows(&model, "paused") && shows(&model, "2x") && shows(&model, "a story"));
    for (letter, control) in [
        (' ', ReplayControl::Pause),
        ('.', ReplayControl::Step),
        (',', ReplayControl::StepBack),
        ('>', ReplayControl::Faster),
        ('<', ReplayControl::Slower),
    ] {
        assert_eq!(key(&mut model, letter), asked(Request::Replay(control)), "{letter}");
    }
    update(&mut model, Msg::Feed(Feed::Ended));
    assert!(shows(&model, "end of the recording"));
}

#[test]
fn time_changes_only_what_shows_time() {
    let mut model = model(&scenarios::activated());
    assert!(model.shows_time());
    assert!(update(&mut model, Msg::Tick(now() + SignedDuration::from_secs(1))).changed);
    key(&mut model, '3');
    assert!(!model.shows_time());
    assert!(!update(&mut model, Msg::Tick(now() + SignedDuration::from_secs(2))).changed);
}

#[test]
fn another_container_begins_with_an_empty_log() {
    let mut model = model(&scenarios::credentials_missing());
    assert!(!model.log.is_empty());
    let mut case = scenarios::not_running();
    case.snapshot.instances = scenarios::several().snapshot.instances;
    if let Observation::Seen { value, .. } = &mut case.snapshot.instances {
        value.chosen.as_mut().unwrap().id = "another".to_owned();
    }
    update(&mut model, Msg::Feed(Feed::Case(Box::new(case))));
    assert!(model.log.is_empty());
}

#[test]
fn no_size_and_no_screen_makes_it_panic() {
    let mut models: Vec<_> = scenarios::all().iter().map(|(_, case)| model(case)).collect();
    let many = models.len();
    // Every small size, where layouts change from row to row, and every third or fourth of the larger ones.
    for width in (1..=90_u16).chain((93..=200).step_by(3)) {
        for height in (1..=30_u16).chain((32..=60).step_by(4)) {
            let turn = usize::from(width) + usize::from(height);
            // Situations take turns, and so do the screens but for every fifth size, which has them all.
            let model = &mut models[turn % many];
            update(model, Msg::Resize(Size { width, height }));
            let shown = if turn % 5 == 0 { Screen::ALL.len() } else { 1 };
            for screen in Screen::ALL.into_iter().cycle().skip(turn).take(shown) {
                (model.screen, model.mode) = (screen, Mode::Normal);
                press(model, KeyCode::Char(if turn % 2 == 0 { 'G' } else { 'g' }));
                if turn % 7 == 0 {
                    press(model, KeyCode::Char('?'));
                }
                assert_eq!(text(model).len(), usize::from(height));
            }
        }
    }
}

#[test]
fn foreign_text_of_any_kind_is_survived() {
    let mut situation = scenarios::several();
    let wild = "\u{202e}🔑👨‍👩‍👧\u{0}日本語e\u{301}\t".repeat(40);
    situation.diagnosis.headline.summary = wild.clone();
    situation.diagnosis.headline.title = wild.clone();
    for remedy in &mut situation.diagnosis.headline.remedies {
        (remedy.text, remedy.command, remedy.url) = (wild.clone(), Some(wild.clone()), Some(wild.clone()));
    }
    for row in &mut situation.diagnosis.checks {
        (row.summary, row.detail) = (wild.clone(), vec![wild.clone(); 3]);
    }
    for other in &mut situation.diagnosis.others {
        (other.container, other.summary) = (wild.clone(), wild.clone());
    }
    let mut model = model(&situation);
    let lines = (1..80).map(|number| LogLine { number, stream: None, text: wild.clone() }).collect();
    update(&mut model, Msg::Feed(Feed::Lines(lines)));
    for width in [1, 2, 3, 40, 41, 60, 79, 80, 120, 163, 200] {
        for height in [1, 12, 18, 24, 40] {
            update(&mut model, Msg::Resize(Size { width, height }));
            for screen in Screen::ALL {
                model.screen = screen;
                text(&model);
            }
        }
    }
}
