//! Half an hour in which much goes wrong at once, recorded and played fast through the program's own fold and model:
//! what is kept stays bounded, and the verdict changes when LocalStack does, never for one answer that failed to come.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::cases::{now, snapshots, stories};
use jiff::SignedDuration;
use lsdoctor::case::CaseEvent;
use lsdoctor::case::recording::{Recording, Step};
use lsdoctor::dashboard::{Fold, Model, Msg, Screen, Setup, Size, play, update};
use lsdoctor::diagnosis::{Catalogue, diagnose};
use lsdoctor::observations::{
    Answer, ErrorKind, LogLine, Observation, ProbeError, Snapshot, Status, Update, Viewpoint,
};
use tokio::sync::mpsc::unbounded_channel;

/// Seconds of the recording.
const LENGTH: i64 = 1_800;
/// Something is seen so often, in seconds.
const EVERY: i64 = 5;
/// LocalStack is started again so often, in seconds; it is down at one look, and starting at the next.
const LIFE: i64 = 300;
/// Lines that it writes between two looks: more in a life than are ever kept.
const LINES: u64 = 300;

/// The world at a second: seconds since the last start, and what is seen.
fn world_at(second: i64) -> (i64, Snapshot) {
    let life = second % LIFE;
    let mut snapshot = match life {
        0 => stories::lived(stories::docker_run(snapshots::credentials_missing()), LIFE - 1, Some(0)),
        EVERY => {
            stories::logged(stories::lived(stories::docker_run(stories::starting()), life, None), snapshots::STARTING)
        }
        _ => stories::logged(stories::docker_run(stories::activated(life)), snapshots::ACTIVATED),
    };
    if life == 0 {
        snapshot = stories::logged(snapshot, snapshots::MISSING);
    }
    (life, shifted(snapshot, second))
}

/// What was built as of one moment, moved to the second of the recording.
fn shifted(mut snapshot: Snapshot, second: i64) -> Snapshot {
    let by = SignedDuration::from_secs(second);
    if let Observation::Seen { value, .. } = &mut snapshot.instances
        && let Some(container) = &mut value.chosen
    {
        let state = &mut container.state;
        state.started_at = state.started_at.map(|at| at + by);
        state.finished_at = state.finished_at.map(|at| at + by);
    }
    snapshot
}

/// Everything at once: restarts, an endpoint and a resolver that miss single answers, a log without end.
fn chaos() -> Recording {
    let mut number = 0;
    let mut step = |second: i64| {
        let (life, snapshot) = world_at(second);
        let mut updates = snapshot.updates();
        for update in &mut updates {
            match update {
                Update::Endpoint(Observation::Seen { value, .. }) if life > EVERY && second % 15 == 0 => {
                    value.answer = if second % 10 == 0 { Answer::Hung } else { Answer::Refused };
                    (value.info, value.health) = (None, None);
                }
                Update::Dns(Viewpoint::Host, dns) if second % 25 == 0 => {
                    let error = ProbeError::new(ErrorKind::Timeout, "no resolver answered within 5 s");
                    *dns = Observation::Failed { at: now(), took_ms: 5_000.0, error };
                }
                _ => {}
            }
        }
        if life == EVERY {
            number = 0;
        }
        let text = |n: u64| format!("AWS s3.PutObject => 200 {}", "x".repeat((n % 400) as usize));
        let line = |n: u64| LogLine { number: n, stream: None, text: text(n) };
        let lines = (number + 1..=number + LINES).map(line).collect();
        number += LINES;
        Step { at_ms: second as u64 * 1_000, title: None, updates, lines }
    };
    let steps = (1..=LENGTH / EVERY).map(|look| step(look * EVERY)).collect();
    Recording { title: "chaos".to_owned(), began: now(), target: snapshots::target(), steps }
}

/// What the dashboard keeps that could grow: lines, bytes of lines, changes, times.
fn kept(model: &Model) -> [usize; 4] {
    let times = model.observed.times.dns.len() + model.observed.times.https.len();
    [model.log.len(), model.log.bytes(), model.observed.case.changes.len(), times]
}

#[tokio::test(start_paused = true)]
async fn half_an_hour_of_chaos_stays_bounded_and_steady() {
    let catalogue = Catalogue::load().unwrap();
    let fold: Fold = Box::new(move |case, at| case.conclude(diagnose(&case.snapshot, &catalogue, at), at));
    let (feed_in, mut feed) = unbounded_channel();
    let (_requests, asked) = unbounded_channel();
    tokio::spawn(play(chaos(), fold, feed_in, asked));

    let setup = Setup { replay: true, ..Setup::default() };
    let mut model = Model::new(setup, now(), Size { width: 120, height: 40 });
    let mut verdicts: Vec<String> = Vec::new();
    let mut seen = 0;
    while let Some(message) = feed.recv().await {
        if message == CaseEvent::Ended {
            break;
        }
        seen += usize::from(matches!(message, CaseEvent::Case { case: _, .. }));
        update(&mut model, Msg::Case(message));
        model.screen = Screen::Overview.turned(seen % 8);
        let [lines, bytes, changes, times] = kept(&model);
        assert!(lines <= 10_000 && bytes <= 4 << 20 && changes <= 500 && times <= 240, "{:?}", kept(&model));
        let cause = &model.observed.case.diagnosis.headline.cause;
        if !cause.is_empty() && verdicts.last() != Some(cause) {
            verdicts.push(cause.clone());
        }
    }
    assert!(seen > (LENGTH / EVERY) as usize, "{seen}");

    // Six starts, each of which fails no sooner than its end: three verdicts a life, whatever failed to answer meanwhile.
    let life = ["starting", "activated", "credentials-missing"];
    let expected: Vec<_> = life.into_iter().cycle().take(3 * (LENGTH / LIFE) as usize).collect();
    assert_eq!(verdicts, expected);
    let told: Vec<_> = model.observed.case.changes.iter().map(|change| change.text.as_str()).collect();
    let count = |text: &str| told.iter().filter(|t| t.contains(text)).count();
    assert_eq!((count("no longer"), count("died with exit code 55")), (0, (LENGTH / LIFE) as usize), "{told:#?}");
    assert_eq!(model.observed.case.snapshot.container().unwrap().state.status, Status::Exited);
}
