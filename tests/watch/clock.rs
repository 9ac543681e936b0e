//! A clock that is wrong, or leaps while the program looks on: nothing crashes, no age and no duration is negative, and
//! what the timeline told before a leap stays before it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::cases::{now, screen, snapshots};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use lsdoctor::case::{Case, CaseEvent, ChangeKind};
use lsdoctor::dashboard::{Model, Msg, Setup, Size, update};
use lsdoctor::diagnosis::{Catalogue, diagnose};
use lsdoctor::observations::Snapshot;
use lsdoctor::views::glyphs::Charset;
use lsdoctor::views::text::{Detail, Layout};
use lsdoctor::views::{json, markdown, report, text};

const HOUR: i64 = 3_600;
/// Seconds by which a clock leaps: the second summer time, a laptop's nap, an empty battery.
const LEAPS: [i64; 7] = [-30 * 365 * 24 * HOUR, -48 * HOUR, -2 * HOUR, -30, 3 * HOUR, 48 * HOUR, 30 * 365 * 24 * HOUR];

fn snapshots() -> [Snapshot; 5] {
    [
        snapshots::activated(),
        snapshots::credentials_missing(),
        snapshots::interceptor(),
        snapshots::license_expired(),
        snapshots::not_running(),
    ]
}

/// A number below zero with a unit of time behind it.
fn negative(text: &str) -> Option<&str> {
    let units = ["ms", "s", "m", "min", "h", "d", "days"];
    text.lines().find(|line| {
        let words: Vec<_> = line.split(|c: char| c.is_whitespace() || "(),.;".contains(c)).collect();
        let number = |word: &str| word.strip_prefix('-').is_some_and(|n| n.parse::<f64>().is_ok());
        words.windows(2).any(|pair| number(pair[0]) && units.contains(&pair[1]))
    })
}

fn concluded(case: &mut Case, catalogue: &Catalogue, at: Timestamp) {
    let diagnosis = diagnose(&case.snapshot, catalogue, at);
    case.conclude(diagnosis, at);
}

#[test]
fn whatever_the_clock_says_no_age_is_negative() {
    let catalogue = Catalogue::load().unwrap();
    let layout = Layout { width: 100, charset: Charset::Unicode, color: false, links: false, detail: Detail::Verbose };
    for snapshot in snapshots() {
        for leap in LEAPS {
            let then = now() + SignedDuration::from_secs(leap);
            let mut case = Case::new(snapshot.clone());
            concluded(&mut case, &catalogue, now());
            let before = case.changes.clone();
            concluded(&mut case, &catalogue, then);
            let mut told = vec![
                text::render(&case.diagnosis, layout),
                markdown::render(&case.diagnosis),
                report::markdown(&case, then),
                json::render(&case.diagnosis, then).unwrap(),
            ];
            // The leap is noticed by the screen before or after it is by the case.
            for tick_first in [true, false] {
                let mut model = Model::new(Setup::default(), now(), Size { width: 120, height: 60 });
                let ticks = [Msg::Tick(then), Msg::Case(CaseEvent::from(case.clone()))];
                let order = if tick_first { [0, 1] } else { [1, 0] };
                order.into_iter().for_each(|at| drop(update(&mut model, ticks[at].clone())));
                for key in '1'..='8' {
                    update(&mut model, Msg::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
                    told.push(screen::text(&screen::draw(&model)));
                }
            }
            for text in told {
                assert_eq!(negative(&text), None, "after a leap of {leap} s:\n{text}");
            }
            // What was told stays, in its order, and a leap worth telling is told once.
            let at = case.changes.iter().position(|change| change.kind == ChangeKind::Clock);
            assert_eq!(at.is_some(), leap.abs() > 60 || leap < 0, "{leap}: {:#?}", case.changes);
            assert_eq!(case.changes[..at.unwrap_or(case.changes.len())], before[..]);
        }
    }
}

#[test]
fn a_clock_that_is_set_right_by_a_little_is_nothing_to_tell() {
    let catalogue = Catalogue::load().unwrap();
    let mut case = Case::new(snapshots::activated());
    for second in [0, 1, 0, 2, 16, 14, 29, 60] {
        concluded(&mut case, &catalogue, now() + SignedDuration::from_secs(second));
    }
    assert!(!case.changes.iter().any(|change| change.kind == ChangeKind::Clock), "{:#?}", case.changes);
}
