//! The dashboard's other side: a live session, a recording, or the built-in demo behind the same two channels.
//! Nothing is drawn here.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use jiff::tz::TimeZone;
use tokio::sync::mpsc::unbounded_channel;

use super::recording;
use super::recording::{Entry, Played};
use super::support::{save, session_of};
use crate::case::Case;
use crate::cli;
use crate::cli::{Color, Global};
use crate::config::Settings;
use crate::dashboard;
use crate::dashboard::{Channels, Explanation, Fold, Options, Outside, Recording, Step};
use crate::diagnosis::{Catalogue, Cause, diagnose};
use crate::exit::Exit;
use crate::observations::LogLine;
use crate::probes::context::clock;
use crate::session;
use crate::views::report;

/// What a recording's log lines and the observations around them are apart at least, in milliseconds.
const STEP: u64 = 10;

/// The dashboard over this machine.
pub(super) async fn live(settings: Settings, catalogue: Arc<Catalogue>, global: &Global) -> Result<Exit> {
    let options = options(&settings, &catalogue, global, false);
    let session = session_of(settings, catalogue);
    let (sender, events) = unbounded_channel();
    let (commands, received) = unbounded_channel();
    let watching = tokio::spawn(session::watch(session, sender, received));
    let shown = dashboard::run(Channels { events, commands }, options).await;
    let crashed = watching.await.is_err();
    shown.map_err(|e| anyhow!("the terminal cannot be used: {e}"))?;
    if crashed { Err(anyhow!("looking on crashed; please report this")) } else { Ok(Exit::Fine) }
}

/// Saves a report of the case that the dashboard shows, with the lines of its log, and returns the sentence about it.
fn save_report(path: &Path, case: &Case, lines: Vec<LogLine>) -> String {
    let text = report::markdown(&report::with_log(case.clone(), lines), clock());
    match save(path, false, &text) {
        Ok(()) => format!("saved {}", path.display()),
        Err(error) => format!("{error:#}"),
    }
}

/// The dashboard over the built-in recordings.
pub(super) async fn demo(settings: Settings, catalogue: Arc<Catalogue>, global: &Global) -> Result<Exit> {
    let stories = [
        include_str!("../../assets/demo/missing-token.json"),
        include_str!("../../assets/demo/interceptor.json"),
        include_str!("../../assets/demo/expired-license.json"),
    ];
    let stories =
        stories.iter().map(|story| serde_json::from_slice(story.as_bytes())).collect::<Result<Vec<Recording>, _>>()?;
    let recording = Recording::joined(stories).ok_or_else(|| anyhow!("the demo is empty"))?;
    play(&settings, &catalogue, global, recording).await
}

/// The dashboard over a recording or a report.
pub(super) async fn replay(
    settings: Settings,
    catalogue: Arc<Catalogue>,
    global: &Global,
    args: &cli::Replay,
) -> Result<Exit> {
    let recording = match recording::open(&args.file)? {
        Played::Recording(entries, cut) => recorded(entries, cut)?,
        Played::Report(stored) => {
            let step = Step { at_ms: 0, title: None, updates: stored.snapshot.updates(), lines: Vec::new() };
            Recording {
                title: format!("report of {:.0}", stored.generated_at),
                began: stored.generated_at,
                target: stored.snapshot.target.clone(),
                steps: vec![step],
            }
        }
    };
    play(&settings, &catalogue, global, recording).await
}

/// A recording as the dashboard plays it.
fn recorded(entries: Vec<Entry>, cut: Option<String>) -> Result<Recording> {
    let mut entries = entries.into_iter();
    let Some(Entry::Header { at: began, target, .. }) = entries.next() else {
        return Err(anyhow!("the recording is empty"));
    };
    let mut steps: Vec<Step> = Vec::new();
    // By how much the clock was set back meanwhile: a recording goes on all the same.
    let mut behind = 0;
    for entry in entries {
        let last = steps.last().map_or(0, |step| i128::from(step.at_ms));
        let passed = entry.at().duration_since(began).as_millis() + behind;
        behind += (last - passed).max(0);
        let at_ms = u64::try_from(passed.max(last)).unwrap_or(0);
        let near = steps.last().is_some_and(|s| at_ms.saturating_sub(s.at_ms) < STEP);
        if !near {
            steps.push(Step { at_ms, title: None, updates: Vec::new(), lines: Vec::new() });
        }
        let Some(step) = steps.last_mut() else { continue };
        match entry {
            Entry::Update { update, .. } => step.updates.push(*update),
            Entry::Lines { lines, .. } => step.lines.extend(lines),
            Entry::Header { .. } => {}
        }
    }
    let title = cut.map_or_else(|| format!("recording of {began:.0}"), |c| format!("recording of {began:.0}, {c}"));
    Ok(Recording { title, began, target: *target, steps })
}

async fn play(settings: &Settings, catalogue: &Arc<Catalogue>, global: &Global, recording: Recording) -> Result<Exit> {
    let options = options(settings, catalogue, global, true);
    let catalogue = Arc::clone(catalogue);
    // What was seen then is judged again: a recording gives the verdicts of playing it live.
    let fold: Fold = Box::new(move |case, at| {
        let diagnosis = diagnose(&case.snapshot, &catalogue, at);
        case.conclude(diagnosis, at);
    });
    let ((sender, events), (commands, received)) = (unbounded_channel(), unbounded_channel());
    let player = tokio::spawn(dashboard::play(recording, fold, sender, received));
    let shown = dashboard::run(Channels { events, commands }, options).await;
    player.abort();
    shown.map_err(|e| anyhow!("the terminal cannot be used: {e}"))?;
    Ok(Exit::Fine)
}

fn options(settings: &Settings, catalogue: &Catalogue, global: &Global, replay: bool) -> Options {
    let host = &settings.context.host;
    let desktop = host.var("DISPLAY").is_some() || host.var("WAYLAND_DISPLAY").is_some();
    let opener = match settings.context.target().machine.os.as_str() {
        "macos" => Some("open".to_owned()),
        "linux" if desktop => Some("xdg-open".to_owned()),
        _ => None,
    };
    let mut options = Options::new(Outside { clock, zone: TimeZone::system(), opener, save: save_report });
    options.replay = replay;
    options.ascii = global.ascii || settings.config.ascii;
    options.color = match global.color.unwrap_or_default() {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => host.var("NO_COLOR").is_none(),
    };
    options.mouse = settings.config.mouse.unwrap_or(true);
    options.theme = settings.config.theme.unwrap_or_default();
    options.themes = settings.config.themes();
    options.keymap = settings.config.keymap();
    let explanation =
        |c: &Cause| Explanation { means: c.explain.clone(), recognised: c.recognised.clone(), doc: c.doc.clone() };
    options.explain = catalogue.causes.iter().map(|c| (c.id.clone(), explanation(c))).collect();
    options
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    #[test]
    fn a_recording_goes_on_after_the_clock_was_set_back() {
        let began = Timestamp::UNIX_EPOCH;
        let header = Entry::Header {
            recording_version: recording::FORMAT,
            tool_version: String::new(),
            at: began,
            target: Box::default(),
        };
        let line = |second| Entry::Lines { at: began + SignedDuration::from_secs(second), lines: Vec::new() };
        let recording = recorded(vec![header, line(1), line(-7_200), line(-7_195)], None).unwrap();
        assert_eq!(recording.steps.iter().map(|step| step.at_ms).collect::<Vec<_>>(), [1_000, 6_000]);
    }
}
