//! What support gets: the report of each situation, whole and bounded; read aloud in `tests/cli/snapshots`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, unreachable_pub, missing_docs)]

use crate::support::cases::{now, snapshots, stories};
use lsdoctor::case::Case;
use lsdoctor::diagnosis::{Catalogue, diagnose};
use lsdoctor::observations::{LogLine, Observation, Snapshot, Variable};
use lsdoctor::views::report;
use lsdoctor::views::report::Stored;

fn case(snapshot: Snapshot) -> Case {
    let catalogue = Catalogue::load().unwrap();
    let mut case = Case::new(snapshot);
    case.conclude(diagnose(&case.snapshot, &catalogue, now()), now());
    case
}

fn situations() -> Vec<(&'static str, Snapshot)> {
    let run = |snapshot, log: &str| stories::logged(stories::docker_run(snapshot), log);
    vec![
        ("not-running", stories::docker_run(snapshots::not_running())),
        ("starting", run(stories::starting(), snapshots::STARTING)),
        ("credentials-missing", run(snapshots::credentials_missing(), snapshots::MISSING)),
        ("server-unreachable-tls", stories::logged(stories::compose(snapshots::interceptor()), snapshots::UNREACHABLE)),
        ("license-expired", run(snapshots::license_expired(), snapshots::EXPIRED)),
        ("activated", run(snapshots::activated(), snapshots::ACTIVATED)),
    ]
}

/// As someone who was not there reads it: `tests/cli/snapshots/cli__report__report-*.snap`.
#[test]
fn the_report_of_each_situation() {
    for (cause, snapshot) in situations() {
        let case = case(snapshot);
        assert_eq!(case.diagnosis.headline.cause, cause);
        insta::assert_snapshot!(format!("report-{cause}"), report::markdown(&case, now()));
    }
}

/// A start of so many lines, with this reason at its beginning.
fn long_log(lines: usize) -> Vec<LogLine> {
    let text = |i: usize| format!("2026-11-24T11:52:07.712 DEBUG --- [  MainThread] l.u.something: step {i} of many");
    let numbered = (1..=lines).zip(1..);
    numbered.map(|(i, number)| LogLine { number, stream: None, text: text(i) }).collect()
}

#[test]
fn a_long_log_is_cut_at_its_oldest_lines_and_the_report_says_so() {
    let missing = stories::logged(stories::docker_run(snapshots::credentials_missing()), snapshots::MISSING);
    let whole = report::with_log(case(missing), long_log(4_000));
    let text = report::markdown(&whole, now());
    assert!(text.len() < 60_000 && text.len() > 50_000, "{}", text.len());
    assert!(text.contains("step 4000 of many") && !text.contains("step 1000 of many"));
    assert!(text.contains("of the 4000 lines that were read; the ") && text.contains(" oldest were cut"));
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    // The stored report has them all, and is judged the same.
    let stored = serde_json::to_string(&Stored::of(&whole, now())).unwrap();
    assert!(stored.len() < 2 << 20, "{}", stored.len());
    let again: Stored = serde_json::from_str(&stored).unwrap();
    assert_eq!(again.snapshot.logs.value().unwrap().tail.len(), 4_000);
    assert_eq!(case(again.snapshot).diagnosis, whole.diagnosis);
}

#[test]
fn whatever_is_large_a_report_fits_an_issue() {
    let mut snapshot = stories::logged(stories::docker_run(snapshots::credentials_missing()), snapshots::MISSING);
    if let Observation::Seen { value, .. } = &mut snapshot.instances {
        let container = value.chosen.as_mut().unwrap();
        container.state.error = "```e".repeat(9_000);
        container.environment =
            (0..9_000).map(|i| Variable { name: format!("N{i}"), value: "v".repeat(90).into() }).collect();
        container.settings.mounts = (0..9_000).map(|i| format!("/a/{i}:/b/{i}")).collect();
    }
    let text = report::markdown(&report::with_log(case(snapshot), long_log(9_000)), now());
    assert!(text.len() < 60_000, "{}", text.len());
    assert!(text.contains("bytes more were cut)") && text.contains("step 9000 of many"));
}

#[test]
fn only_the_latest_start_that_says_anything_is_shown() {
    let earlier =
        format!("LocalStack version: 4.14.0\nthe start before\n{}{}", "idle\n".repeat(40), snapshots::EXPIRED);
    let case = case(stories::logged(stories::docker_run(snapshots::license_expired()), &earlier));
    let text = report::markdown(&case, now());
    assert!(text.contains("Reason: The license has expired.") && !text.contains("the start before"), "{text}");
}

#[test]
fn a_report_says_what_is_masked_in_it_and_how_often() {
    let scrubber = lsdoctor::scrub::Scrubber::new();
    let log = "LocalStack version: 4.14.0\nmail jane.doe@example.org\nkey AKIAIOSFODNN7EXAMPLE and AKIAIOSFODNN7EXAMPLE\n\
               DB_PASSWORD=hunter2hunter2\nvia http://u:hunter2hunter2@proxy:3128\n";
    let log: String = log.lines().map(|l| scrubber.text(l) + "\n").collect();
    let text = report::markdown(&case(stories::logged(Snapshot::default(), &log)), now());
    let last = text.lines().last().unwrap();
    assert_eq!(
        last,
        "Masked in this report: 2 x AWS keys, 1 x user and password in URLs, 1 x e-mail addresses, \
         1 x passwords, keys and other secrets."
    );
}
