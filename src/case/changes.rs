//! Finds what happened between two conclusions, as sentences with their times: a container ended, the endpoint answers,
//! another issuer signs the certificate. Each change names the check that saw it; what it means is the verdict's job.

use jiff::{SignedDuration, Timestamp};

use super::change::{Change, ChangeKind};
use super::debounce::{answers, resolves};
use crate::diagnosis::Severity;
use crate::diagnosis::spans::span;
use crate::observations::{
    ConnectionPath, Container, Dns, End, Https, Instances, Observation, ProbeId, Removed, Snapshot, State, Status, Tcp,
    Tls,
};

/// While watching, a conclusion is drawn several times a minute. A longer silence means that this machine slept, or that
/// its clock was set.
const LONGEST_SILENCE: SignedDuration = SignedDuration::from_mins(2);
/// The time of the engine's event and the end time in the container's state differ by some milliseconds. Up to this
/// difference they are the same end.
const SAME_END: SignedDuration = SignedDuration::from_secs(1);
/// The number of removed containers that are remembered, so that none is reported twice. The engine lists some 20 at a time.
const MOST_GONE: usize = 200;
/// Clocks are corrected by a second or two all the time: a smaller step back is no change.
const SET_RIGHT: SignedDuration = SignedDuration::from_secs(5);

/// The state at the last conclusion, as far as it was known. The next conclusion is compared with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Baseline {
    /// When the conclusion was drawn.
    at: Option<Timestamp>,
    engine: Option<bool>,
    container: Option<Known>,
    /// Ids of containers whose removal is known, the last of them.
    gone: Vec<String>,
    /// Whether the engine ever listed its containers.
    listed: bool,
    endpoint: Option<bool>,
    /// This machine's resolvers.
    resolvers: Vec<String>,
    dns: Option<bool>,
    https: Option<bool>,
    issuer: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Known {
    id: String,
    name: String,
    state: State,
}

impl Baseline {
    /// Lists what is different in `snapshot`, seen at `now`, and remembers `snapshot` as the next baseline.
    pub(super) fn changes(&mut self, snapshot: &Snapshot, now: Timestamp) -> Vec<Change> {
        let mut log = ChangeLog { changes: Vec::new(), now };
        let passed = self.at.replace(now).map_or(SignedDuration::ZERO, |before| now.duration_since(before));
        match turned(&mut self.engine, known(&snapshot.engine, |_| true)) {
            Some(true) => log.note(ProbeId::Engine, Severity::Info, None, "The container engine answers.".to_owned()),
            Some(false) => {
                let text = "The container engine no longer answers.".to_owned();
                log.note(ProbeId::Engine, Severity::Warning, None, text);
            }
            None => {}
        }
        let engine_turned = log.changes.len();
        if snapshot.instances.value().is_some() {
            self.container(snapshot, &mut log);
            self.listed = true;
        }
        // A container that just ended or started is reported above; that its endpoint is silent is no news.
        let runs = log.changes.len() == engine_turned
            && self.container.as_ref().is_none_or(|known| known.state.status == Status::Running);
        let answered = snapshot.endpoint.at().map(|_| answers(&snapshot.endpoint));
        let host = snapshot.target.license_host.as_str();
        match turned(&mut self.endpoint, answered) {
            Some(true) => log.note(ProbeId::Endpoint, Severity::Info, None, "The endpoint answers.".to_owned()),
            Some(false) if runs => {
                log.note(ProbeId::Endpoint, Severity::Warning, None, "The endpoint no longer answers.".to_owned());
            }
            _ => {}
        }
        let ladder = &snapshot.host;
        if let Some(text) = self.resolvers(ladder) {
            log.note(ProbeId::Dns, Severity::Info, None, text);
        }
        match turned(&mut self.dns, known(&ladder.dns, |dns: &Dns| resolves(dns))) {
            Some(true) => log.note(ProbeId::Dns, Severity::Info, None, format!("{host} resolves again.")),
            Some(false) => {
                log.note(ProbeId::Dns, Severity::Warning, None, format!("{host} no longer resolves."));
            }
            None => {}
        }
        match turned(&mut self.https, reached(ladder)) {
            Some(true) => log.note(ProbeId::Https, Severity::Info, None, format!("{host} answers again.")),
            Some(false) => log.note(ProbeId::Https, Severity::Warning, None, format!("{host} no longer answers.")),
            None => {}
        }
        let issuer = ladder.tls.value().and_then(|tls| tls.chain.first()).map(|leaf| leaf.issuer.clone());
        if let Some(issuer) = issuer {
            let before = self.issuer.replace(issuer.clone()).filter(|before| *before != issuer);
            if before.is_some() {
                let text = format!("The certificate of {host} is now issued by {issuer}.");
                log.note(ProbeId::Tls, Severity::Warning, None, text);
            }
        }
        log.clock(passed);
        log.changes
    }

    /// The sentence about other resolvers than before: this machine is in another network, or a VPN was switched.
    fn resolvers(&mut self, ladder: &ConnectionPath) -> Option<String> {
        let now: Vec<String> = ladder.dns.value()?.resolvers.iter().map(|r| r.server.clone()).collect();
        if now.is_empty() || now == self.resolvers {
            return None;
        }
        let text = format!("This machine now asks {}", now.join(", "));
        let before = std::mem::replace(&mut self.resolvers, now);
        (!before.is_empty()).then(|| format!("{text} for names; before, it asked {}.", before.join(", ")))
    }

    fn container(&mut self, snapshot: &Snapshot, log: &mut ChangeLog) {
        let Some(instances) = snapshot.instances.value() else { return };
        let new = snapshot.container().map(Known::of);
        match (&self.container, &new) {
            (Some(old), Some(new)) if old.id == new.id => log.went_on(old, new),
            (old, new) => {
                let there = |old: &Known| instances.others.iter().any(|other| other.id == old.id);
                let other = old.as_ref().is_some_and(|old| new.as_ref().is_some_and(|new| old.name != new.name));
                if let Some(old) = old.as_ref().filter(|old| !there(old)) {
                    log.gone(old, instances, &self.gone);
                }
                if let Some(new) = new {
                    if self.listed && other {
                        let text = format!("Looking at {} now.", new.shown());
                        log.note(ProbeId::Container, Severity::Info, None, text);
                    }
                    log.appeared(new);
                }
            }
        }
        for end in instances.vanished.iter().rev().filter(|end| !end.id.is_empty()) {
            if !self.gone.contains(&end.id) {
                self.gone.push(end.id.clone());
            }
        }
        let surplus = self.gone.len().saturating_sub(MOST_GONE);
        self.gone.drain(..surplus);
        self.container = new;
    }
}

impl Known {
    fn of(container: &Container) -> Self {
        Self { id: container.id.clone(), name: container.name.clone(), state: container.state.clone() }
    }

    const fn has_ended(&self) -> bool {
        matches!(self.state.status, Status::Exited | Status::Dead | Status::Restarting)
    }

    /// The name as it stands in a sentence.
    fn shown(&self) -> String {
        if self.name.is_empty() { "LocalStack".to_owned() } else { format!("`{}`", self.name) }
    }
}

/// The changes that were found so far.
struct ChangeLog {
    changes: Vec<Change>,
    now: Timestamp,
}

impl ChangeLog {
    /// Notes a change, at its own time where that is known. The engine's clock may be ahead of ours: no change lies in the
    /// future.
    fn note(&mut self, check: ProbeId, severity: Severity, at: Option<Timestamp>, text: String) {
        let at = at.unwrap_or(self.now).min(self.now);
        self.changes.push(Change { at, text, kind: ChangeKind::Event { check, severity } });
    }

    /// Notes a leap of the clock, in front of all other changes of this conclusion.
    fn clock(&mut self, passed: SignedDuration) {
        let length = span(passed.abs().as_secs());
        let text = if passed < -SET_RIGHT {
            format!("The clock was set back by {length}.")
        } else if passed > LONGEST_SILENCE {
            format!("Nothing was seen for {length}: this machine slept, or its clock was set.")
        } else {
            return;
        };
        self.changes.insert(0, Change { at: self.now, text, kind: ChangeKind::Clock });
    }

    /// Notes that a container was removed, and that others of its name came and went between two looks.
    fn gone(&mut self, old: &Known, instances: &Instances, known: &[String]) {
        let name = old.shown();
        let own = instances.vanished.iter().find(|end| end.id == old.id);
        let later = |end: &&Removed| end.name == old.name && end.id != old.id && !known.contains(&end.id);
        let later = instances.vanished.iter().rev().filter(later);
        let removed = |code: Option<i64>| match code {
            Some(code) => format!("{name} died with exit code {code} and was removed."),
            None => format!("{name} was removed."),
        };
        // The end may have been reported already; then only the removal is new.
        let died = own.filter(|_| old.state.status == Status::Running);
        let code = died.and_then(|end| end.exit_code);
        self.note(ProbeId::Container, gravity(code), died.and_then(|end| end.at), removed(code));
        for end in later {
            self.note(ProbeId::Container, gravity(end.exit_code), end.at, removed(end.exit_code));
        }
    }

    /// Notes the latest start and end of a container that is seen for the first time.
    fn appeared(&mut self, new: &Known) {
        if let Some(at) = new.state.started_at {
            self.note(ProbeId::Container, Severity::Info, Some(at), format!("{} started.", new.shown()));
        }
        self.ended(new);
    }

    /// Notes what changed of a container that was there before: a restart, an end, a pause.
    fn went_on(&mut self, old: &Known, new: &Known) {
        let again = new.state.started_at != old.state.started_at;
        if again {
            self.ends_between(old, new);
            let word = if old.state.status == Status::Running { "restarted" } else { "started" };
            let text = format!("{} {word}.", new.shown());
            self.note(ProbeId::Container, Severity::Info, new.state.started_at, text);
        }
        if again || new.state.status != old.state.status {
            self.ended(new);
        }
        let frozen = |known: &Known| known.state.status == Status::Paused;
        if frozen(new) && !frozen(old) {
            self.note(ProbeId::Container, Severity::Warning, None, format!("{} was paused.", new.shown()));
        }
        if frozen(old) && !frozen(new) && new.state.status == Status::Running && !again {
            self.note(ProbeId::Container, Severity::Info, None, format!("{} goes on after its pause.", new.shown()));
        }
    }

    /// Notes ends between two looks: the next start came at once, or the engine was away.
    fn ends_between(&mut self, old: &Known, new: &Known) {
        // Ends are compared, not ordered by time: a clock can be set back.
        let fresh = new.state.ends.iter().filter(|end| !old.state.ends.contains(end));
        // The end that is part of the container's state is reported by `ended`.
        let own = |known: &Known, end: &End| {
            let apart = end.at.zip(known.state.finished_at).map(|(a, b)| a.duration_since(b).abs());
            known.has_ended() && apart.is_none_or(|apart| apart <= SAME_END)
        };
        let between = fresh.filter(|end| !own(old, end) && !own(new, end));
        for end in between {
            let code = end.exit_code.filter(|code| *code != 0);
            let how = code.map_or_else(|| "ended".to_owned(), |code| format!("died with exit code {code}"));
            self.note(ProbeId::Container, gravity(code), end.at, format!("{} {how}.", new.shown()));
        }
    }

    fn ended(&mut self, new: &Known) {
        let State { exit_code, oom_killed, finished_at, .. } = &new.state;
        if !new.has_ended() {
            return;
        }
        let why = if *oom_killed { ", out of memory" } else { "" };
        let name = new.shown();
        let text = match exit_code {
            Some(0) => format!("{name} ended."),
            Some(code) => format!("{name} died with exit code {code}{why}."),
            None => format!("{name} ended{why}."),
        };
        self.note(ProbeId::Container, gravity(*exit_code), *finished_at, text);
    }
}

const fn gravity(exit_code: Option<i64>) -> Severity {
    match exit_code {
        None | Some(0) => Severity::Info,
        Some(_) => Severity::Error,
    }
}

/// Whether an answer is good; `None` while there is no answer.
fn known<T>(seen: &Observation<T>, good: impl Fn(&T) -> bool) -> Option<bool> {
    match seen {
        Observation::Seen { value, .. } => Some(good(value)),
        Observation::Failed { .. } => Some(false),
        _ => None,
    }
}

/// Whether the license server answers; `None` where no connection was tried.
fn reached(ladder: &ConnectionPath) -> Option<bool> {
    let broke = || {
        known(&ladder.tcp, Tcp::connected) == Some(false)
            || known(&ladder.tls, |tls: &Tls| tls.fault.is_none()) == Some(false)
    };
    match &ladder.https {
        // An earlier step broke, so the server cannot be reached any more.
        Observation::Skipped { .. } => broke().then_some(false),
        https => known(https, |https: &Https| https.verdict().serves()),
    }
}

/// Remembers what is known now. Returns it when it is the opposite of what was known before.
fn turned(before: &mut Option<bool>, now: Option<bool>) -> Option<bool> {
    let now = now?;
    let old = before.replace(now);
    (old.is_some_and(|old| old != now)).then_some(now)
}
