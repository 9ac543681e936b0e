//! Foreign text of any script on the screen: wide, combined, written from the right, on the terminal's own terms.
//! Each screen is sent through the bytes of a real terminal, and what stands there is held against what was drawn.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::cases;

use crate::support::cases::{now, screen, seen, snapshots};
use lsdoctor::case::{Case, CaseEvent};
use lsdoctor::dashboard::{Model, Msg, Screen, Setup, Size, update, view};
use lsdoctor::observations::{Answer, Endpoint, HttpBody, Https};
use lsdoctor::scrub::strip_controls;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use unicode_width::UnicodeWidthStr;

/// Lines of a log as programs and people write them.
const LOG: &str = "\
LocalStack version: 4.14.0
⚠\u{fe0f} License activation failed! 🔑❌ 👍🏽 🇩🇪 👩\u{200d}👩\u{200d}👧
理由：ライセンスサーバーに接続できませんでした。ネットワーク管理者に問い合わせてください（プロキシ、証明書）。
Причина: не удалось связаться с сервером лицензий
سبب: لا اتصال بالإنترنت، لا يمكن الوصول إلى خادم الترخيص https://api.localstack.cloud/v1
שגיאה: אין גישה לשרת הרישיונות
Gru\u{308}ße aus Mu\u{308}nchen, e\u{301}te\u{301}, n\u{303}andu\u{301}, Việt Nam
한국어 로그 줄과 🚀🚀🚀 다음 줄 ＦＵＬＬＷＩＤＴＨ
नमस्ते दुनिया สวัสดีชาวโลก";

const PORTAL: &str = "ホテル Wi-Fi にサインイン 🔑 – بوابة الدخول – Anmeldung fu\u{308}r Ga\u{308}ste";
const NAME: &str = "ローカルスタック-🚀-main";

/// As every probe hands foreign text on.
fn disarmed(text: &str) -> String {
    text.lines().map(|line| strip_controls(line.as_bytes())).collect::<Vec<_>>().join("\n")
}

fn case() -> Case {
    let mut case = cases::interceptor();
    case.snapshot.logs = seen(1, 2.0, snapshots::digest(&disarmed(LOG), &[3]));
    let mut container = snapshots::container();
    container.name = NAME.to_owned();
    case.snapshot.instances = snapshots::instances(Some(container));
    let other =
        Answer::OtherProgram { status: 200, server: "門/1.0".to_owned(), says: PORTAL.to_owned(), program: None };
    let (url, chosen_by) = ("http://localhost:4566".to_owned(), format!("port published by {NAME}"));
    case.snapshot.endpoint = seen(1, 3.0, Endpoint { url, chosen_by, answer: other, ..Endpoint::default() });
    let url = "https://api.localstack.cloud/v1/health".to_owned();
    let body = HttpBody::Html { title: PORTAL.to_owned() };
    let https = Https { url, status: 200, body, server: Some("門/1.0".to_owned()), excerpt: PORTAL.to_owned() };
    case.snapshot.host.https = seen(1, 80.0, https);
    let headline = &mut case.diagnosis.headline;
    headline.summary = format!("In place of the license server the page `{PORTAL}` answers.");
    headline.evidence[0].text = disarmed(LOG.lines().nth(2).unwrap());
    case.diagnosis.instance.container = Some(NAME.to_owned());
    case.diagnosis.checks[1].summary = format!("{NAME} ended with code 55");
    case.diagnosis.checks[9].summary = format!("HTTP 200 from `{PORTAL}`");
    case
}

fn model(shown: Screen, width: u16) -> Model {
    let mut model = Model::new(Setup::default(), now(), Size { width, height: 24 });
    update(&mut model, Msg::Case(CaseEvent::from(case())));
    model.screen = shown;
    model
}

/// What a terminal shows that is sent the screen.
fn on_a_terminal(model: &Model) -> Vec<String> {
    let Size { width, height } = model.size;
    let mut sent = Vec::new();
    let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, width, height)) };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(&mut sent), options).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    drop(terminal);
    let mut parser = vt100::Parser::new(height.try_into().unwrap(), width.try_into().unwrap(), 0);
    parser.process(&sent);
    parser.screen().rows(0, width).map(|row| row.trim_end().to_owned()).collect()
}

#[test]
fn every_script_has_its_place() {
    for width in [60, 80] {
        let mut screens = String::new();
        for shown in [Screen::Overview, Screen::Log, Screen::Network, Screen::Instance] {
            let model = model(shown, width);
            let text = screen::text(&screen::draw(&model));
            for row in text.lines() {
                assert!(row.width() <= width.into(), "{width} {shown:?}: {row}");
            }
            screens.push_str(&format!("{text}\n{}\n", "=".repeat(width.into())));
        }
        insta::assert_snapshot!(format!("wide-{width}"), screens);
    }
}

#[test]
fn a_terminal_shows_what_was_drawn() {
    for width in (40..=130).step_by(3) {
        for shown in Screen::ALL {
            let model = model(shown, width);
            let drawn = screen::text(&screen::draw(&model));
            let there = on_a_terminal(&model);
            for (drawn, there) in drawn.lines().zip(&there) {
                assert_eq!(drawn, there, "{width} {shown:?}");
            }
        }
    }
}
