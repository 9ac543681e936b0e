//! How the judged start went: its steps, with the time from the beginning to each, where log and engine tell times.
//! Lines of LocalStack carry a time in UTC. Banners carry none, so a banner takes the time of a line close before it.
//! Only recognized lines count: they are the same in a check, in a report with the whole log, and in a recording.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::answer::{Evidence, Start, StartStep};
use super::facts::FactContext;
use crate::observations::{PRELUDE, ProbeId, Run, State, Status};

/// Characters of a time such as `2026-11-24T14:42:10.519`.
const TIME: usize = 23;
/// A line this many lines before a banner was written at about the same time.
const NEAR: u64 = 5;
/// A start takes less than this. Where a difference is larger, a clock was set, or the lines are of different starts.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

/// Describes the judged start. `decisive` is the evidence of the verdict.
pub(super) fn describe(cx: &FactContext<'_>, decisive: &[Evidence]) -> Option<Start> {
    let run = cx.run?;
    let log = cx.snapshot.logs.value()?;
    let state = cx.snapshot.container().map(|c| &c.state);
    let latest = log.runs.last().is_some_and(|last| last.first_line == run.first_line);
    let times = times(run);
    let began = state.filter(|_| latest).and_then(|s| s.started_at).or_else(|| times.first().map(|(_, at)| *at));
    let mut start = Start { first_line: run.first_line, version: run.version.clone(), ..Start::default() };
    let Some(began) = began else { return Some(start) };
    let mut step = |what: &str, line: Option<u64>, at: Option<Timestamp>| {
        let Some(after) = at.map(|at| at.duration_since(began)).filter(|after| after.abs() < LONGEST) else { return };
        let after_ms = u64::try_from(after.as_millis()).unwrap_or(0);
        start.steps.push(StartStep { what: what.to_owned(), line, after_ms });
    };
    let near = |number: u64, line: u64| number <= line && line - number <= NEAR;
    let before = |line: u64| times.iter().rev().find(|(number, _)| near(*number, line)).map(|(_, at)| *at);
    if run.version.is_some() {
        step("version banner", Some(run.first_line), before(run.first_line));
    }
    let answer =
        decisive.iter().find(|e| e.check == ProbeId::Logs && e.line.is_some_and(|line| line >= run.first_line));
    if let Some(line) = answer.and_then(|e| e.line) {
        step("decisive line", Some(line), before(line));
    }
    if let Some(line) = run.opened {
        step("ready", Some(line), before(line));
    }
    let ended = state.filter(|s| latest && matches!(s.status, Status::Exited | Status::Dead));
    step("exited", None, ended.and_then(|State { finished_at, .. }| *finished_at));
    start.steps.sort_by_key(|step| step.after_ms);
    start.slow = cx.lexicon.pace.slow(&start.steps);
    Some(start)
}

/// The recognized lines of a start that carry a time, in their order.
fn times(run: &Run) -> Vec<(u64, Timestamp)> {
    let kept = run.hits.iter().map(|hit| &hit.at).chain(&run.last_error).chain(&run.served);
    let mut times: Vec<_> = kept
        .filter(|line| line.number >= run.first_line.saturating_sub(PRELUDE))
        .filter(|line| line.number <= run.last_line.max(run.first_line))
        .filter_map(|line| Some((line.number, time(&line.text)?)))
        .collect();
    times.sort_unstable();
    times.dedup();
    times
}

/// The time at the beginning of a line, such as `2026-11-24T14:42:10.519  INFO --- [...`.
fn time(text: &str) -> Option<Timestamp> {
    let time: DateTime = text.get(..TIME)?.parse().ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_time_at_its_beginning() {
        assert!(time("2026-11-24T14:42:10.519  INFO --- [  MainThread] x : y").is_some());
        assert_eq!(time("LocalStack version: 4.14.0"), None);
        assert_eq!(time("größe größe größe größe größe"), None);
    }
}
