//! What is due: which checks an event, a poll, or the time that passed asks for.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::watch::{CONTAINER, Poll, Watch};
use crate::diagnosis::Status;
use crate::observations::{Info, InstanceEvidence, InstanceRun, ProbeId};
use crate::probes;
use crate::probes::events::Event;
use crate::probes::network::STEPS;
use crate::probes::sources::types::EventKind;
use crate::probes::{Others, endpoint};

/// Each `/info` writes a line into LocalStack's log: it is asked on change, and else this often.
const INFO_EVERY: Duration = Duration::from_secs(15);
/// Engine and container are looked at this often besides the engine's events.
const CONTAINER_EVERY: Duration = Duration::from_secs(10);
/// The same while every instance is waited for or watched.
const CONTAINER_EVERY_FOR_ALL: Duration = Duration::from_secs(2);
/// The way to the license server is looked at this often: it is somebody else's server.
const NETWORK_EVERY: Duration = Duration::from_secs(30);
/// Other instances are looked into this often, besides events: there may be many of them.
const OTHERS_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// An instance whose start is younger than this is looked into with every look at the containers.
const YOUNG: SignedDuration = SignedDuration::from_secs(120);
/// A verdict that has held for this long is calm: the endpoint is polled less often, and an idle dashboard stays idle.
const CALM_AFTER: Duration = Duration::from_secs(60);
/// While calm, only every so many intervals.
const CALM_POLLS: u32 = 3;

/// The log of a container that ended is complete within this, unless the engine forgets to end it.
const LAST_WORDS: Duration = Duration::from_millis(400);

impl Watch {
    /// Starts a round with everything that is due, unless one is running.
    pub(super) fn begin_due(&mut self) {
        if self.look.is_some() || (self.due.is_empty() && !self.find) {
            return;
        }
        self.find = false;
        let due = std::mem::take(&mut self.due);
        let now = Instant::now();
        if due.contains(&ProbeId::Endpoint) {
            self.last.info = now;
        }
        if due.contains(&ProbeId::Engine) && due.contains(&ProbeId::Container) {
            self.last.container = now;
        }
        if due.contains(&ProbeId::Dns) {
            self.last.network = now;
        }
        // The log is followed; it is read anew only when nothing is followed yet.
        let due = due.into_iter().filter(|id| *id != ProbeId::Logs || self.followed.is_none()).collect();
        let others = Others { wanted: self.session.wanted.clone(), fresh: self.fresh_evidence() };
        let (context, sources) = (Arc::clone(&self.session.context), self.sources.clone());
        self.look = Some(tokio::spawn(probes::run_checks(context, sources, due, others, self.sender.clone())));
    }

    /// The runs of other instances that need no look now. A run that is young changes soon: it is never among them.
    fn fresh_evidence(&self) -> Vec<InstanceRun> {
        let now = self.session.context.now();
        let is_fresh = |evidence: &&InstanceEvidence| {
            let within = |since: Option<Timestamp>, span| since.is_some_and(|at| now.duration_since(at).abs() < span);
            within(evidence.at, OTHERS_EVERY) && !within(evidence.run.started_at, YOUNG)
        };
        self.case.snapshot.others.iter().filter(is_fresh).map(|evidence| evidence.run.clone()).collect()
    }

    fn want(&mut self, ids: &[ProbeId]) {
        self.due.extend(ids.iter().filter(|id| self.session.wanted.contains(id)));
    }

    /// Makes due what an event of a source may have changed.
    pub(super) fn on_event(&mut self, event: &Event) {
        self.want(&CONTAINER);
        // Whose log is followed has to be known, even if nothing else of containers is.
        self.find |= self.session.wanted.contains(&ProbeId::Logs);
        match event {
            Event::Instance(event) => match event.kind {
                // What is followed ends by itself, with all that was said; of a container that is removed nothing else is left.
                EventKind::Ended { .. } | EventKind::Removed => self.last_words = Some(Instant::now() + LAST_WORDS),
                EventKind::StopRequested | EventKind::Changed => {}
            },
            Event::SourceBack => {
                self.stop_following();
                self.want(&[ProbeId::Logs]);
            }
            Event::SourceLost => {}
        }
    }

    /// Whether nothing is being looked at, nor about to be.
    pub(super) fn is_idle(&self) -> bool {
        self.look.is_none() && self.due.is_empty() && !(self.following.is_some() && self.last_words.is_some())
    }

    fn is_calm(&self) -> bool {
        self.last.change.elapsed() >= CALM_AFTER && self.case.unconfirmed().is_empty()
    }

    /// The time between two ticks: longer while calm, because each wakes the processor.
    pub(super) fn pace(&self) -> Duration {
        if self.is_calm() { self.session.interval.saturating_mul(CALM_POLLS) } else { self.session.interval }
    }

    /// Looks at what is due by now; whether there is something to conclude.
    pub(super) fn on_tick(&mut self) -> bool {
        if self.has_leapt() {
            self.begin_anew();
        }
        // An answer that failed to come is asked for again before it counts.
        self.due.extend(self.case.unconfirmed());
        // Of the others, only a look at the containers tells that one is activated.
        let every = if self.session.all && !self.is_calm() { CONTAINER_EVERY_FOR_ALL } else { CONTAINER_EVERY };
        if self.last.container.elapsed() >= every {
            self.want(&CONTAINER);
        } else if self.last.info.elapsed() >= INFO_EVERY {
            self.want(&[ProbeId::Engine, ProbeId::Container, ProbeId::Endpoint]);
        }
        if self.last.network.elapsed() >= NETWORK_EVERY {
            self.want(&STEPS);
        }
        // News brings ticks a little early; half an interval is near enough.
        let pause = self.pace() - self.session.interval / 2;
        let url = self.case.snapshot.endpoint.value().map(|e| e.url.clone());
        if self.last.poll.elapsed() >= pause
            && self.poll.is_none()
            && self.look.is_none()
            && self.session.wanted.contains(&ProbeId::Endpoint)
            && let Some(url) = url
        {
            self.last.poll = Instant::now();
            let context = Arc::clone(&self.session.context);
            // Nothing but `/info` tells that a license was activated; each request writes a line into LocalStack's log.
            let undecided = matches!(self.case.diagnosis.status, Status::Undecided | Status::NotActivated);
            let ended = self.case.snapshot.container().is_some_and(|c| !c.state.status.is_live());
            let asks_info = undecided && !ended;
            self.poll = Some(tokio::spawn(async move {
                let info = async { if asks_info { Some(endpoint::poll_info(&context, &url).await) } else { None } };
                let ((answer, health), info) = tokio::join!(endpoint::poll_health(&context, &url), info);
                Poll { answer, health, info }
            }));
        }
        self.last_words.take_if(|end| *end <= Instant::now()).is_some()
    }

    /// Makes a full look due if a light poll differs from what was seen.
    pub(super) fn on_poll(&mut self, poll: Option<Poll>) {
        let Some(Poll { answer, health, info }) = poll else { return };
        let Some(seen) = self.case.snapshot.endpoint.value() else { return };
        let same_kind = std::mem::discriminant(&answer) == std::mem::discriminant(&seen.answer);
        let same_body =
            health.as_ref().map(|h| (&h.version, &h.edition)) == seen.health.as_ref().map(|h| (&h.version, &h.edition));
        let activated = |info: &Option<Info>| info.as_ref().and_then(|info| info.is_license_activated);
        let same_word = info.is_none_or(|info| activated(&info) == activated(&seen.info));
        if !(same_kind && same_body && same_word) {
            self.want(&CONTAINER);
            self.want(&[ProbeId::Logs]);
        }
    }
}
