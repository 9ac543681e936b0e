//! The state of the dashboard: what was fed, which screen is shown, and where each stands.
//! Only `update` changes it; nothing here draws, reads a clock or knows a terminal.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::keys::Keymap;
use super::log_pane::LogPane;
use super::screen::{Screen, Size};
use super::theme::{Look, ThemeName, Themes};
use crate::case::{Case, ReplayState};
use crate::diagnosis::{CheckRow, CheckStatus, Remedy};
use crate::observations::{Observation, ProbeId, Snapshot};
use crate::views::glyphs::Charset;

/// So many times are kept for a sparkline: as wide as one is ever drawn.
const MOST_TIMES: usize = 120;
/// A notice goes after this many seconds.
const NOTICE_SECONDS: i64 = 6;
/// How often to look whether a notice is to go.
const NOTICE_PACE: Duration = Duration::from_secs(1);
/// How often to look whether an age has grown: ages are told in minutes, and each look wakes the processor.
const AGES_PACE: Duration = Duration::from_secs(10);

/// What the keys go to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mode {
    /// To the screen.
    #[default]
    Normal,
    /// To the help, scrolled so far.
    Help(usize),
    /// Into the search field, which holds this.
    Search(String),
}

/// Where a screen stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pane {
    /// The marked row, where there are rows.
    pub selected: usize,
    /// The first line that is shown.
    pub offset: usize,
}

/// Everything the dashboard knows.
#[derive(Debug, Clone)]
pub struct Model {
    /// The time that ages are told by: the clock's, or that of the recording.
    pub now: Timestamp,
    /// The size of the terminal.
    pub size: Size,
    /// The screen that is shown.
    pub screen: Screen,
    /// What the keys go to.
    pub mode: Mode,
    /// Where each screen stands.
    pub panes: BTreeMap<Screen, Pane>,
    /// What was fed.
    pub observed: Observed,
    /// The log.
    pub log: LogPane,
    /// How it is painted.
    pub look: Look,
    /// What comes and goes.
    pub transient: Transient,
    /// What stays as it was given.
    pub setup: Setup,
}

/// What was fed.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// The latest case.
    pub case: Case,
    /// The last good answer of each probe that failed since.
    pub kept: Snapshot,
    /// Times of name resolution and HTTPS, oldest first.
    pub times: Times,
}

/// Times for sparklines, in milliseconds, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Times {
    /// Name resolution.
    pub dns: VecDeque<f64>,
    /// The answer of the license host.
    pub https: VecDeque<f64>,
}

/// What comes and goes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transient {
    /// The clock's time, as it was told last.
    pub clock: Timestamp,
    /// A sentence in the bottom line, and since when by the clock.
    pub notice: Option<(String, Timestamp)>,
    /// Nothing more will come.
    pub ended: bool,
    /// The mouse is ours.
    pub mouse: bool,
    /// Where the recording stands.
    pub replay: Option<ReplayState>,
}

/// What stays as it was given.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The keys.
    pub keymap: Keymap,
    /// What each cause means, by its id.
    pub explain: BTreeMap<String, Explanation>,
    /// The name in the upper left corner.
    pub title: String,
    /// The time zone of the times.
    pub zone: TimeZone,
    /// A recording is played.
    pub replay: bool,
    /// Colour is allowed.
    pub color: bool,
}

/// What a cause means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// In a paragraph or two.
    pub means: String,
    /// How it is recognised.
    pub recognised: String,
    /// Where to read more.
    pub doc: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            keymap: Keymap::built_in(),
            explain: BTreeMap::new(),
            title: "lsdoctor".to_owned(),
            zone: TimeZone::UTC,
            replay: false,
            color: true,
        }
    }
}

impl Model {
    /// A dashboard that was not fed yet.
    pub fn new(setup: Setup, now: Timestamp, size: Size) -> Self {
        Self {
            now,
            size,
            screen: Screen::default(),
            mode: Mode::default(),
            panes: BTreeMap::new(),
            observed: Observed::default(),
            log: LogPane::default(),
            look: Look { themes: Themes::built_in(), theme: ThemeName::Dark, glyphs: Charset::Unicode },
            transient: Transient { clock: now, ..Transient::default() },
            setup,
        }
    }

    /// Where the shown screen stands.
    pub fn pane(&self) -> Pane {
        self.panes.get(&self.screen).copied().unwrap_or_default()
    }

    /// The same, to be changed.
    pub fn pane_mut(&mut self) -> &mut Pane {
        self.panes.entry(self.screen).or_default()
    }

    /// Remedies of the headline; where it has none, those of the findings. The rest stands with its finding.
    pub fn remedies(&self) -> Vec<&Remedy> {
        let diagnosis = &self.observed.case.diagnosis;
        let own: Vec<_> = diagnosis.headline.remedies.iter().collect();
        if own.is_empty() { diagnosis.findings.iter().flat_map(|finding| &finding.remedies).collect() } else { own }
    }

    /// The remedy that copy and open go to: the marked one of the overview, else the first.
    pub fn remedy(&self) -> Option<&Remedy> {
        let marked = self.panes.get(&Screen::Overview).map_or(0, |pane| pane.selected);
        let remedies = self.remedies();
        remedies.get(marked).or(remedies.first()).copied()
    }

    /// The link to open: the marked remedy's, else another remedy's, else that of the cause.
    pub fn link(&self) -> Option<&str> {
        let own = self.remedy().and_then(|remedy| remedy.url.as_deref());
        let other = || self.remedies().into_iter().find_map(|remedy| remedy.url.as_deref());
        let cause = || self.setup.explain.get(&self.observed.case.diagnosis.headline.cause)?.doc.as_deref();
        // Only what a browser opens; anything else is no link.
        own.or_else(other).or_else(cause).filter(|url| url.starts_with("https://"))
    }

    /// All checks in listing order: before the first diagnosis all are awaited, later those it does not tell of are not asked.
    pub fn checks(&self) -> Vec<CheckRow> {
        let told = &self.observed.case.diagnosis.checks;
        let untold = if told.is_empty() { CheckStatus::Pending } else { CheckStatus::Skip };
        ProbeId::ALL
            .into_iter()
            .map(|id| told.iter().find(|row| row.id == id).cloned().unwrap_or_else(|| unanswered(id, untold)))
            .collect()
    }

    /// Whether nothing is concluded yet: answers are still awaited.
    pub const fn looking(&self) -> bool {
        self.observed.case.diagnosis.headline.cause.is_empty()
    }

    /// The notice, while it is fresh.
    pub fn notice(&self) -> Option<&str> {
        let (text, since) = self.transient.notice.as_ref()?;
        (self.transient.clock.duration_since(*since).as_secs().abs() < NOTICE_SECONDS).then_some(text)
    }

    /// Puts a sentence into the bottom line.
    pub fn tell(&mut self, text: impl Into<String>) {
        self.transient.notice = Some((text.into(), self.transient.clock));
    }

    /// How often to look whether time alone changed something on the screen; nothing where it cannot.
    pub fn pace(&self) -> Option<Duration> {
        if self.transient.notice.is_some() {
            return Some(NOTICE_PACE);
        }
        let ages = !matches!(self.screen, Screen::Log | Screen::Explain) && !self.setup.replay;
        ages.then_some(AGES_PACE)
    }
}

fn unanswered(id: ProbeId, status: CheckStatus) -> CheckRow {
    CheckRow {
        id,
        title: id.title().to_owned(),
        status,
        summary: String::new(),
        detail: Vec::new(),
        duration_ms: None,
        skipped_because: (status == CheckStatus::Skip).then(|| "not checked".to_owned()),
        at: None,
        doc: None,
    }
}

impl Observed {
    /// Takes a case in: keeps the last good answers, and notes the times.
    pub fn take(&mut self, case: Case) {
        note(&mut self.times.dns, &self.case.snapshot.host.dns, &case.snapshot.host.dns);
        note(&mut self.times.https, &self.case.snapshot.host.https, &case.snapshot.host.https);
        if id_of(&self.case) != id_of(&case) && id_of(&case).is_some() {
            self.kept = Snapshot::default();
        }
        self.kept.keep_values_of(&case.snapshot);
        self.case = case;
    }
}

/// The id of the container a case is about.
pub(super) fn id_of(case: &Case) -> Option<&str> {
    case.snapshot.container().map(|container| container.id.as_str())
}

fn note<T>(times: &mut VecDeque<f64>, old: &Observation<T>, new: &Observation<T>) {
    if let (true, Some(took)) = (new.at() != old.at(), new.took_ms()) {
        times.push_back(took);
        let surplus = times.len().saturating_sub(MOST_TIMES);
        times.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::{Endpoint, ErrorKind, ProbeError};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_failed_probe_leaves_the_last_good_answer() {
        let mut seen = Observed::default();
        let mut case = Case::default();
        case.snapshot.endpoint =
            Observation::seen(at(1), Endpoint { url: "http://one".to_owned(), ..Endpoint::default() });
        seen.take(case.clone());
        case.snapshot.endpoint =
            Observation::Failed { at: at(2), took_ms: 1.0, error: ProbeError::new(ErrorKind::Timeout, "no answer") };
        seen.take(case);
        assert_eq!(seen.kept.endpoint.value().unwrap().url, "http://one");
        assert!(seen.case.snapshot.endpoint.error().is_some());
    }

    #[test]
    fn times_are_noted_once_an_answer_and_bounded() {
        let mut seen = Observed::default();
        let mut case = Case::default();
        for i in 0..200 {
            case.snapshot.host.https = Observation::Seen { at: at(i), took_ms: 1.0, value: Default::default() };
            seen.take(case.clone());
            seen.take(case.clone());
        }
        assert_eq!(seen.times.https.len(), MOST_TIMES);
        assert_eq!(seen.times.dns.len(), 0);
    }
}
