//! Transitions: what happened between two conclusions, as sentences with their times.
//! Facts only, each told by its own check; what they mean is the verdict's.

use jiff::Timestamp;

use super::Severity;
use super::case::{Change, What};
use super::steady::{answers, resolves};
use crate::observations::{Container, Dns, Https, Observation, ProbeId, Snapshot, State, Status};

/// What stood at the last conclusion, as far as it was known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    container: Option<Known>,
    /// Whether the containers were ever asked for with success.
    listed: bool,
    endpoint: Option<bool>,
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

impl Standing {
    /// Tells what is otherwise now, and remembers it.
    pub(super) fn told(&mut self, snapshot: &Snapshot, now: Timestamp) -> Vec<Change> {
        let mut told = Told { changes: Vec::new(), now };
        if snapshot.instances.value().is_some() {
            self.container(snapshot, &mut told);
            self.listed = true;
        }
        // Of a container that ended or began anew nobody expects an answer: that was told already.
        let runs = told.changes.is_empty()
            && self.container.as_ref().is_none_or(|known| known.state.status == Status::Running);
        let answered = snapshot.endpoint.at().map(|_| answers(&snapshot.endpoint));
        let host = snapshot.target.license_host.as_str();
        match turned(&mut self.endpoint, answered) {
            Some(true) => told.note(ProbeId::Endpoint, Severity::Info, None, "The endpoint answers.".to_owned()),
            Some(false) if runs => {
                told.note(ProbeId::Endpoint, Severity::Warning, None, "The endpoint no longer answers.".to_owned());
            }
            _ => {}
        }
        let ladder = &snapshot.host;
        match turned(&mut self.dns, known(&ladder.dns, |dns: &Dns| resolves(dns))) {
            Some(true) => told.note(ProbeId::Dns, Severity::Info, None, format!("{host} resolves again.")),
            Some(false) => {
                told.note(ProbeId::Dns, Severity::Warning, None, format!("{host} no longer resolves."));
            }
            None => {}
        }
        match turned(&mut self.https, known(&ladder.https, |https: &Https| https.status < 500)) {
            Some(true) => told.note(ProbeId::Https, Severity::Info, None, format!("{host} answers again.")),
            Some(false) => told.note(ProbeId::Https, Severity::Warning, None, format!("{host} no longer answers.")),
            None => {}
        }
        let issuer = ladder.tls.value().and_then(|tls| tls.chain.first()).map(|leaf| leaf.issuer.clone());
        if let Some(issuer) = issuer {
            let before = self.issuer.replace(issuer.clone()).filter(|before| *before != issuer);
            if before.is_some() {
                let text = format!("The certificate of {host} is now issued by {issuer}.");
                told.note(ProbeId::Tls, Severity::Warning, None, text);
            }
        }
        told.changes
    }

    fn container(&mut self, snapshot: &Snapshot, told: &mut Told) {
        let new = snapshot.container().map(|c: &Container| Known {
            id: c.id.clone(),
            name: if c.name.is_empty() { "LocalStack".to_owned() } else { format!("`{}`", c.name) },
            state: c.state.clone(),
        });
        match (&self.container, &new) {
            (Some(old), Some(new)) if old.id == new.id => told.went_on(old, new),
            (Some(old), None) => {
                let vanished = snapshot.instances.value().and_then(|i| i.vanished.first());
                let code = vanished.and_then(|gone| gone.exit_code);
                // Its end may have been seen already; then only its removal is new.
                let died = code.filter(|_| old.state.status == Status::Running);
                let text = died.map_or_else(
                    || format!("{} was removed.", old.name),
                    |code| format!("{} died with exit code {code} and was removed.", old.name),
                );
                told.note(ProbeId::Container, gravity(died), vanished.and_then(|gone| gone.at), text);
            }
            (old, Some(new)) => {
                if self.listed && old.as_ref().is_some_and(|old| old.name != new.name) {
                    told.note(ProbeId::Container, Severity::Info, None, format!("Looking at {} now.", new.name));
                }
                told.appeared(new);
            }
            (None, None) => {}
        }
        self.container = new;
    }
}

/// What is told so far.
struct Told {
    changes: Vec<Change>,
    now: Timestamp,
}

impl Told {
    /// Notes a change, at its own time where that is known; the engine's clock may be ahead of ours.
    fn note(&mut self, check: ProbeId, severity: Severity, at: Option<Timestamp>, text: String) {
        let at = at.unwrap_or(self.now).min(self.now);
        self.changes.push(Change { at, text, what: What::Event { check, severity } });
    }

    /// A container that is seen for the first time: its latest start and end are told too.
    fn appeared(&mut self, new: &Known) {
        if let Some(at) = new.state.started_at {
            self.note(ProbeId::Container, Severity::Info, Some(at), format!("{} started.", new.name));
        }
        self.ended(new);
    }

    /// The same container as before.
    fn went_on(&mut self, old: &Known, new: &Known) {
        let again = new.state.started_at != old.state.started_at;
        if again {
            let word = if old.state.status == Status::Running { "restarted" } else { "started" };
            let text = format!("{} {word}.", new.name);
            self.note(ProbeId::Container, Severity::Info, new.state.started_at, text);
        }
        if again || new.state.status != old.state.status {
            self.ended(new);
        }
        let frozen = |known: &Known| known.state.status == Status::Paused;
        if frozen(new) && !frozen(old) {
            self.note(ProbeId::Container, Severity::Warning, None, format!("{} was paused.", new.name));
        }
        if frozen(old) && !frozen(new) && new.state.status == Status::Running && !again {
            self.note(ProbeId::Container, Severity::Info, None, format!("{} goes on after its pause.", new.name));
        }
    }

    fn ended(&mut self, new: &Known) {
        let State { status, exit_code, oom_killed, finished_at, .. } = &new.state;
        if !matches!(status, Status::Exited | Status::Dead | Status::Restarting) {
            return;
        }
        let why = if *oom_killed { ", out of memory" } else { "" };
        let text = match exit_code {
            Some(0) => format!("{} ended.", new.name),
            Some(code) => format!("{} died with exit code {code}{why}.", new.name),
            None => format!("{} ended{why}.", new.name),
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

/// Whether an answer is good; unknown while there is none.
fn known<T>(seen: &Observation<T>, good: impl Fn(&T) -> bool) -> Option<bool> {
    match seen {
        Observation::Seen { value, .. } => Some(good(value)),
        Observation::Failed { .. } => Some(false),
        _ => None,
    }
}

/// Remembers what is known now, and tells it when it turned.
fn turned(before: &mut Option<bool>, now: Option<bool>) -> Option<bool> {
    let now = now?;
    let old = before.replace(now);
    (old.is_some_and(|old| old != now)).then_some(now)
}
