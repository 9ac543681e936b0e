//! The recordings of the demo: the checked-in files are those that the scenarios make, and they play to their end.
//! After a change: `LSDOCTOR_UPDATE=1 cargo test --test catalogue`, then look at the difference.

use crate::support::cases;
use crate::trial;
use libtest_mimic::Trial;

use lsdoctor::case::recording::Recording;
use lsdoctor::case::{CaseEvent, ReplayControl, WatchCommand};
use lsdoctor::dashboard::{Fold, play};
use lsdoctor::diagnosis::{Catalogue, diagnose};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

fn the_checked_in_recordings_are_current() {
    for (name, recording) in cases::stories::all() {
        let path = format!("{}/assets/demo/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = format!("{}\n", serde_json::to_string(&recording).unwrap());
        if std::env::var_os("LSDOCTOR_UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == text, "{path} is not current; write it with LSDOCTOR_UPDATE=1 cargo test --test catalogue");
    }
}

fn started() -> (UnboundedReceiver<CaseEvent>, UnboundedSender<WatchCommand>) {
    let ((feed_in, feed), (requests, requests_out)) = (unbounded_channel(), unbounded_channel());
    let stories = cases::stories::all().into_iter().map(|(_, recording)| recording).collect();
    let whole = Recording::joined(stories).unwrap();
    let catalogue = Catalogue::load().unwrap();
    let fold: Fold = Box::new(move |case, at| case.conclude(diagnose(&case.snapshot, &catalogue, at), at));
    tokio::spawn(play(whole, fold, feed_in, requests_out));
    (feed, requests)
}

async fn next_cause(feed: &mut UnboundedReceiver<CaseEvent>) -> String {
    while let Some(message) = feed.recv().await {
        if let CaseEvent::Case { case, .. } = message {
            return case.diagnosis.headline.cause.clone();
        }
    }
    "the end".to_owned()
}

/// The paused clock of the runtime goes on by itself whenever all wait, so this takes no time.
async fn it_fails_is_mended_and_succeeds() {
    let (mut feed, _requests) = started();
    let mut causes: Vec<String> = Vec::new();
    while let Some(message) = feed.recv().await {
        match message {
            CaseEvent::Case { case, .. } if causes.last() != Some(&case.diagnosis.headline.cause) => {
                causes.push(case.diagnosis.headline.cause.clone());
            }
            CaseEvent::Ended => break,
            _ => {}
        }
    }
    let told = "|not-running|starting|credentials-missing|starting|activated|starting|server-unreachable-tls|starting|\
                activated|starting|license-expired";
    assert_eq!(causes.join("|"), told);
}

async fn steps_forth_and_back_show_the_same() {
    let (mut feed, requests) = started();
    let ask = |control| requests.send(WatchCommand::Replay(control)).unwrap();
    assert_eq!(next_cause(&mut feed).await, "");
    ask(ReplayControl::Step);
    assert_eq!(next_cause(&mut feed).await, "not-running");
    ask(ReplayControl::Step);
    assert_eq!(next_cause(&mut feed).await, "starting");
    ask(ReplayControl::StepBack);
    // Backwards it begins anew, and then shows what was there.
    assert_eq!(next_cause(&mut feed).await, "");
    assert_eq!(next_cause(&mut feed).await, "not-running");
    ask(ReplayControl::Seek(10_000));
    assert_eq!(next_cause(&mut feed).await, "credentials-missing");
    ask(ReplayControl::Seek(u64::MAX));
    assert_eq!(next_cause(&mut feed).await, "license-expired");
}

async fn quitting_the_dashboard_ends_the_playing() {
    let (mut feed, requests) = started();
    requests.send(WatchCommand::Stop).unwrap();
    while feed.recv().await.is_some() {}
}

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    /// Runs a test on a paused clock.
    fn paused(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.unwrap().block_on(test);
    }
    let fails = || paused(it_fails_is_mended_and_succeeds());
    let steps = || paused(steps_forth_and_back_show_the_same());
    let quits = || paused(quitting_the_dashboard_ends_the_playing());
    let mut trials = trials![the_checked_in_recordings_are_current];
    trials.push(trial("demo::it_fails_is_mended_and_succeeds", fails));
    trials.push(trial("demo::steps_forth_and_back_show_the_same", steps));
    trials.push(trial("demo::quitting_the_dashboard_ends_the_playing", quits));
    trials
}
