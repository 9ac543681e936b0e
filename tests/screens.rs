//! What is on the screen: every situation at three sizes, every screen, and the ways to look at it.
//! A snapshot is reviewed by eye; the other tests say in words what must hold at every size.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod scenarios;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use lsdoctor::dashboard::*;
use lsdoctor::diagnosis::Case;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use scenarios::now;

const SIZES: [(u16, u16); 3] = [(60, 18), (80, 24), (120, 40)];

fn model(case: Case, (width, height): (u16, u16)) -> Model {
    let mut setup = Setup::default();
    let words = "Every start of LocalStack with its licensed features needs an auth token in the environment of its \
                 process. A token in the environment of the shell is not enough: it must be passed on to the container.\n\n\
                 It is recognised by LocalStack's own words in the log of the latest start.";
    setup.explain = [("credentials-missing".to_owned(), words.to_owned())].into();
    let mut model = Model::new(setup, now(), Size { width, height });
    update(&mut model, Msg::Feed(Feed::Case(Box::new(case))));
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

fn draw(model: &Model) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(model.size.width, model.size.height)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let mut terminal = Terminal::new(TestBackend::new(buffer.area.width, buffer.area.height)).unwrap();
    terminal.draw(|frame| frame.buffer_mut().clone_from(buffer)).unwrap();
    let lines = buffer.content.chunks(buffer.area.width.into());
    lines
        .map(|row| {
            let mut line = String::new();
            let mut skip = 0;
            for cell in row {
                if skip == 0 {
                    line.push_str(cell.symbol());
                    skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
                } else {
                    skip -= 1;
                }
            }
            line.trim_end().to_owned()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn snapshot(name: &str, model: &Model) {
    insta::assert_snapshot!(format!("{name}-{}x{}", model.size.width, model.size.height), text(&draw(model)));
}

#[test]
fn overview_of_every_situation() {
    for (name, case) in scenarios::all() {
        for size in SIZES {
            snapshot(&format!("overview-{name}"), &model(case.clone(), size));
        }
    }
}

#[test]
fn every_screen_of_a_failure() {
    for screen in Screen::ALL.into_iter().skip(1) {
        for size in SIZES {
            let mut model = model(scenarios::interceptor(), size);
            press(&mut model, &screen.number().to_string());
            snapshot(&format!("{}-interceptor", screen.title().to_lowercase()), &model);
        }
    }
}

#[test]
fn every_screen_when_nothing_has_answered() {
    for screen in Screen::ALL.into_iter().skip(1) {
        let mut model = model(scenarios::pending(), (80, 24));
        press(&mut model, &screen.number().to_string());
        snapshot(&format!("{}-pending", screen.title().to_lowercase()), &model);
    }
}
