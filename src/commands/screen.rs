//! The dashboard's options from settings and flags, and the dashboard over a recording.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use jiff::tz::TimeZone;
use tokio::sync::mpsc::unbounded_channel;

use super::output::save;
use crate::case::Case;
use crate::case::recording::Recording;
use crate::cli::{Color, Global};
use crate::config::Settings;
use crate::dashboard;
use crate::dashboard::{Channels, Explanation, Fold, Options, Outside};
use crate::diagnosis::{Catalogue, Cause, diagnose};
use crate::exit::Exit;
use crate::observations::LogLine;
use crate::probes::context::clock;
use crate::views::report;

/// Plays a recording in the dashboard until it is quit.
pub(super) async fn play(
    settings: &Settings,
    catalogue: &Arc<Catalogue>,
    global: &Global,
    recording: Recording,
) -> Result<Exit> {
    let options = options(settings, catalogue, global, true);
    let catalogue = Arc::clone(catalogue);
    // Each step is diagnosed again, with the catalogue of this version.
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

/// The options of the dashboard.
pub(super) fn options(settings: &Settings, catalogue: &Catalogue, global: &Global, replay: bool) -> Options {
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
    let explanation = |c: &Cause| Explanation {
        means: c.explain.clone(),
        recognised: c.recognised.clone(),
        doc: Some(c.doc.clone()),
    };
    options.explain = catalogue.causes.iter().map(|c| (c.id.clone(), explanation(c))).collect();
    options
}

/// Saves a report of the case that the dashboard shows, with the lines of its log, and returns the sentence about it.
fn save_report(path: &Path, case: &Case, lines: Vec<LogLine>) -> String {
    let text = report::markdown(&report::with_log(case.clone(), lines), clock());
    match save(path, false, &text) {
        Ok(()) => format!("Saved {}.", path.display()),
        Err(error) => format!("{error:#}"),
    }
}
