//! The pictures of the README: screens of the demo, drawn as SVG, and a test that the checked-in ones are current.
//! After a change: `LSDOCTOR_UPDATE=1 cargo test --test dashboard`, then look at them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::cases;

use std::fmt::Write;

use jiff::Timestamp;
use lsdoctor::case::recording::Recording;
use lsdoctor::case::{Case, CaseEvent};
use lsdoctor::dashboard::{Model, Msg, Screen, Setup, Size, ThemeName, update};
use lsdoctor::diagnosis::{Catalogue, diagnose};
use lsdoctor::observations::LogLine;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

const COLUMN: f32 = 8.4;
const ROW: f32 = 18.0;
const MARGIN: f32 = 14.0;

/// A page to draw on.
struct Paper {
    fore: &'static str,
    back: &'static str,
    edge: &'static str,
}

const DARK: Paper = Paper { fore: "#d4d9e6", back: "#16181f", edge: "#2b3142" };
const LIGHT: Paper = Paper { fore: "#1d2433", back: "#fbfbf8", edge: "#d8dce6" };

/// A story of the demo after so many seconds, as the program judges it, with its log and the time.
fn story(recording: &Recording, seconds: u64) -> (Case, Vec<LogLine>, Timestamp) {
    let catalogue = Catalogue::load().unwrap();
    let (mut case, mut lines) = (Case::default(), Vec::new());
    case.snapshot.target = recording.target.clone();
    for step in recording.steps.iter().take_while(|step| step.at_ms <= seconds * 1_000) {
        let at = recording.moment(step.at_ms);
        step.updates.iter().cloned().for_each(|update| case.apply(update));
        case.conclude(diagnose(&case.snapshot, &catalogue, at), at);
        lines.extend(step.lines.clone());
    }
    (case, lines, recording.moment(seconds * 1_000))
}

fn screen(name: &str, seconds: u64, screen: Screen, theme: ThemeName) -> Buffer {
    let (_, recording) = cases::stories::all().into_iter().find(|(story, _)| *story == name).unwrap();
    let (case, lines, now) = story(&recording, seconds);
    let size = Size { width: 104, height: 32 };
    let mut model = Model::new(Setup::default(), now, size);
    model.look.theme = theme;
    model.screen = screen;
    update(&mut model, Msg::Case(CaseEvent::from(case)));
    update(&mut model, Msg::Case(CaseEvent::Lines(lines)));
    cases::screen::draw(&model)
}

fn color(color: Color, otherwise: &str) -> String {
    match color {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => otherwise.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Cells side by side that look the same, as (column, columns, text).
fn runs(row: &[Cell]) -> Vec<(usize, usize, String, &Cell)> {
    let mut runs: Vec<(usize, usize, String, &Cell)> = Vec::new();
    let mut column = 0;
    while let Some(cell) = row.get(column) {
        let wide = cell.symbol().width().max(1);
        // What is drawn with another font or as a box gets a place of its own, so it cannot push the rest.
        let plain = cell.symbol().is_ascii();
        match runs.last_mut() {
            Some((start, columns, text, first))
                if plain && text.is_ascii() && first.style() == cell.style() && *start + *columns == column =>
            {
                text.push_str(cell.symbol());
                *columns += wide;
            }
            _ => runs.push((column, wide, cell.symbol().to_owned(), cell)),
        }
        column += wide;
    }
    runs
}

fn svg(buffer: &Buffer, paper: &Paper, title: &str) -> String {
    let columns = usize::from(buffer.area.width);
    let width = columns as f32 * COLUMN + 2.0 * MARGIN;
    let height = f32::from(buffer.area.height) * ROW + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <title>{title}</title>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"9\" fill=\"{}\" stroke=\"{}\"/>\n",
        width - 1.0,
        height - 1.0,
        paper.back,
        paper.edge
    );
    for (y, row) in buffer.content.chunks(columns).enumerate() {
        let top = MARGIN + y as f32 * ROW;
        for (column, columns, text, cell) in runs(row) {
            let (left, wide) = (MARGIN + column as f32 * COLUMN, columns as f32 * COLUMN);
            let back = color(cell.bg, paper.back);
            if back != paper.back {
                let _ = writeln!(
                    out,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{ROW}\" fill=\"{back}\"/>"
                );
            }
            if text.trim().is_empty() {
                continue;
            }
            let bold = if cell.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
            let _ = writeln!(
                out,
                "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{wide:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
                 xml:space=\"preserve\" fill=\"{}\"{bold}>{}</text>",
                top + 13.5,
                color(cell.fg, paper.fore),
                escaped(&text)
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

/// All pictures with their file names.
fn pictures() -> Vec<(&'static str, String)> {
    let missing = |theme| screen("missing-token", 14, Screen::Overview, theme);
    let network = screen("interceptor", 14, Screen::Network, ThemeName::Dark);
    let activated = screen("missing-token", 48, Screen::Overview, ThemeName::Dark);
    vec![
        ("overview-dark", svg(&missing(ThemeName::Dark), &DARK, "lsdoctor: no credentials reach LocalStack")),
        ("overview-light", svg(&missing(ThemeName::Light), &LIGHT, "lsdoctor: no credentials reach LocalStack")),
        ("network-dark", svg(&network, &DARK, "lsdoctor: the way to the license server")),
        ("activated-dark", svg(&activated, &DARK, "lsdoctor: LocalStack is activated")),
    ]
}

#[test]
fn the_checked_in_pictures_are_current() {
    for (name, picture) in pictures() {
        let path = format!("{}/assets/pictures/{name}.svg", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("LSDOCTOR_UPDATE").is_some() {
            std::fs::write(&path, &picture).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == picture, "{path} is not current; write it with LSDOCTOR_UPDATE=1 cargo test --test dashboard");
    }
}
