//! Looking on: polls politely, follows the log and the engine's events, and tells of every change of the case.
//! It decides when to look, never what anything means.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::Instant;

use super::run::Session;
use super::tasks::{done, finished};
use crate::case::{Case, CaseEvent, WatchCommand};
use crate::observations::{Answer, Handle, Health, InstanceEvidence, InstanceRun, Observation, ProbeId};
use crate::probes;
use crate::probes::events::{Event, Interest};
use crate::probes::network::STEPS;
use crate::probes::sources::Sources;
use crate::probes::sources::types::EventKind;
use crate::probes::{Others, ProbeEvent, endpoint, events, logs};

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
/// What comes within this time is concluded from together.
const GATHER: Duration = Duration::from_millis(25);

/// A clock that runs away from the time that passed by more than this was set, or this machine slept.
const LEAP: SignedDuration = SignedDuration::from_secs(5);
/// The log of a container that ended is complete within this, unless the engine forgets to end it.
const LAST_WORDS: Duration = Duration::from_millis(400);

/// The state of looking on.
struct Watch {
    session: Session,
    case: Case,
    sender: UnboundedSender<ProbeEvent>,
    /// The sources that answered last.
    sources: Sources,
    look: Option<JoinHandle<()>>,
    /// What is to be looked at as soon as the present look is over.
    due: BTreeSet<ProbeId>,
    /// The start whose log is, or was, followed to its end.
    followed: Option<String>,
    following: Option<JoinHandle<()>>,
    /// A container ended: until then its last words are waited for.
    last_words: Option<Instant>,
    poll: Option<JoinHandle<(Answer, Option<Health>)>>,
    /// Follows the events of each source.
    events: Vec<AbortHandle>,
    notify: UnboundedSender<Event>,
    /// The instances that are known to be LocalStack's, for those who follow events.
    known: tokio::sync::watch::Sender<BTreeSet<Handle>>,
    /// The engine did not answer when it was last looked at.
    lost: bool,
    last: Last,
}

struct Last {
    info: Instant,
    container: Instant,
    network: Instant,
    poll: Instant,
    change: Instant,
    /// The last tick, by the time that passes and by the clock.
    tick: (Instant, Timestamp),
}

const CONTAINER: [ProbeId; 5] =
    [ProbeId::Engine, ProbeId::Container, ProbeId::Endpoint, ProbeId::Credentials, ProbeId::Cache];

/// Looks on until asked to stop, or until nobody listens any more.
pub async fn watch(
    session: Session,
    events: UnboundedSender<CaseEvent>,
    mut commands: UnboundedReceiver<WatchCommand>,
) {
    let (sender, mut news) = unbounded_channel();
    let (notify, mut source_events) = unbounded_channel();
    let case = session.open();
    let now = Instant::now();
    let last =
        Last { info: now, container: now, network: now, poll: now, change: now, tick: (now, session.context.now()) };
    let due = session.wanted.clone();
    let mut w = Watch {
        session,
        case,
        sender,
        sources: Sources::default(),
        look: None,
        due,
        followed: None,
        following: None,
        last_words: None,
        poll: None,
        events: Vec::new(),
        notify,
        known: tokio::sync::watch::Sender::default(),
        lost: false,
        last,
    };
    let mut next_tick = Instant::now();
    let _ = events.send(CaseEvent::Case { case: Box::new(w.case.clone()), idle: false });
    loop {
        w.begin_due();
        let mut changed = false;
        tokio::select! {
            Some(item) = news.recv() => {
                changed |= w.take(item, &events);
                // Answers that come together are concluded from together.
                tokio::time::sleep(GATHER).await;
                while let Ok(item) = news.try_recv() {
                    changed |= w.take(item, &events);
                }
            }
            Some(event) = source_events.recv() => w.on_event(&event),
            Some(command) = commands.recv() => match command {
                WatchCommand::Stop => break,
                // Only a recording is played.
                WatchCommand::Replay(_) => {}
                WatchCommand::Recheck(None) => w.due.extend(w.session.wanted.iter().copied()),
                WatchCommand::Recheck(Some(id)) => { w.due.insert(id); }
                WatchCommand::Select(name) => {
                    w.session.context = Arc::new(w.session.context.with_container(&name));
                    // Whoever selects a container means it, even if another instance answers at the endpoint.
                    w.case.snapshot.target = w.session.context.target();
                    w.begin_anew();
                    // What was said meanwhile is about the one before.
                    while news.try_recv().is_ok() {}
                }
            },
            health = finished(&mut w.poll) => w.on_health(health),
            () = done(&mut w.look) => {
                w.look = None;
                changed = true;
                while let Ok(item) = news.try_recv() {
                    w.take(item, &events);
                }
            }
            () = done(&mut w.following) => changed = true,
            () = tokio::time::sleep_until(next_tick) => {
                next_tick = Instant::now() + w.pace();
                changed |= w.on_tick();
            }
            else => break,
        }
        if changed {
            w.notice_engine();
            let since = w.case.since;
            w.session.conclude(&mut w.case);
            if w.case.since != since {
                w.last.change = Instant::now();
            }
            w.follow_log();
            // News ends the calm.
            next_tick = next_tick.min(Instant::now() + w.pace());
            if events.send(CaseEvent::Case { case: Box::new(w.case.clone()), idle: w.is_idle() }).is_err() {
                break;
            }
        }
    }
    w.stop_following();
    let running = [w.look.map(|t| t.abort_handle()), w.poll.map(|t| t.abort_handle())];
    running.into_iter().flatten().chain(w.events).for_each(|task| task.abort());
}

impl Watch {
    /// Takes one observation in; whether there is something to conclude.
    fn take(&mut self, item: ProbeEvent, events: &UnboundedSender<CaseEvent>) -> bool {
        match item {
            ProbeEvent::Sources(sources) => {
                let same = self.sources.is_same(&sources);
                self.sources = sources;
                if !same {
                    self.subscribe();
                }
                false
            }
            ProbeEvent::Lines(lines) => {
                let _ = events.send(CaseEvent::Lines(lines));
                false
            }
            ProbeEvent::Update(update) => {
                let _ = events.send(CaseEvent::Update(update.clone()));
                self.case.apply(*update);
                self.note_instances();
                true
            }
        }
    }

    /// Notes which instances are known, for those who follow events.
    fn note_instances(&self) {
        let Some(instances) = self.case.snapshot.instances.value() else { return };
        let known: BTreeSet<Handle> = instances.chosen.iter().chain(&instances.others).map(|c| c.handle()).collect();
        self.known.send_if_modified(|before| {
            let new = *before != known;
            *before = known;
            new
        });
    }

    /// Follows the events of every source, from now on.
    fn subscribe(&mut self) {
        self.events.drain(..).for_each(|before| before.abort());
        for source in self.sources.iter() {
            let context = &self.session.context;
            let interest = Interest { named: context.container.clone(), known: self.known.subscribe() };
            let following = events::follow(source.clone(), interest, context.clock, self.notify.clone());
            self.events.push(tokio::spawn(following).abort_handle());
        }
    }

    /// Looks at everything, and trusts no stream that was open before: over a network, a dead one says nothing. A look that
    /// is under way asks in vain, or the wrong one.
    fn begin_anew(&mut self) {
        self.subscribe();
        if let Some(look) = self.look.take() {
            look.abort();
        }
        self.stop_following();
        self.due.extend(self.session.wanted.iter().copied());
    }

    /// An engine that was away and answers again has closed its streams, or forgot them.
    fn notice_engine(&mut self) {
        match &self.case.snapshot.engine {
            Observation::Failed { .. } => self.lost = true,
            Observation::Seen { .. } if std::mem::take(&mut self.lost) => self.begin_anew(),
            _ => {}
        }
    }

    /// Whether the clock ran away since the last tick.
    fn has_leapt(&mut self) -> bool {
        let now = (Instant::now(), self.session.context.now());
        let before = std::mem::replace(&mut self.last.tick, now);
        let passed = SignedDuration::try_from(now.0.duration_since(before.0)).unwrap_or(SignedDuration::MAX);
        now.1.duration_since(before.1).saturating_sub(passed).abs() > LEAP
    }

    fn begin_due(&mut self) {
        if self.look.is_some() || self.due.is_empty() {
            return;
        }
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

    fn on_event(&mut self, event: &Event) {
        self.want(&CONTAINER);
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
    fn is_idle(&self) -> bool {
        self.look.is_none() && self.due.is_empty() && !(self.following.is_some() && self.last_words.is_some())
    }

    fn is_calm(&self) -> bool {
        self.last.change.elapsed() >= CALM_AFTER && self.case.unconfirmed().is_empty()
    }

    /// The time between two ticks: longer while calm, because each wakes the processor.
    fn pace(&self) -> Duration {
        if self.is_calm() { self.session.interval.saturating_mul(CALM_POLLS) } else { self.session.interval }
    }

    /// Looks at what is due by now; whether there is something to conclude.
    fn on_tick(&mut self) -> bool {
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
            self.poll = Some(tokio::spawn(async move { endpoint::poll_health(&context, &url).await }));
        }
        self.last_words.take_if(|end| *end <= Instant::now()).is_some()
    }

    /// A light poll: only a change makes for a full look.
    fn on_health(&mut self, health: Option<(Answer, Option<Health>)>) {
        let Some((answer, health)) = health else { return };
        let Some(seen) = self.case.snapshot.endpoint.value() else { return };
        let same_kind = std::mem::discriminant(&answer) == std::mem::discriminant(&seen.answer);
        let same_body =
            health.as_ref().map(|h| (&h.version, &h.edition)) == seen.health.as_ref().map(|h| (&h.version, &h.edition));
        if !(same_kind && same_body) {
            self.want(&CONTAINER);
            self.want(&[ProbeId::Logs]);
        }
    }

    /// Follows the log of the chosen container's latest start.
    fn follow_log(&mut self) {
        if !self.session.wanted.contains(&ProbeId::Logs) {
            return;
        }
        let Some(container) = self.case.snapshot.container().cloned() else { return };
        let start = container.state.started_at.map(|t| t.to_string()).unwrap_or_default();
        let which = format!("{} {start}", container.id);
        if self.followed.as_ref() == Some(&which) {
            return;
        }
        let Some(source) = self.sources.of(&container.handle()).cloned() else { return };
        self.stop_following();
        let context = Arc::clone(&self.session.context);
        self.following = Some(tokio::spawn(logs::follow(context, source, container, self.sender.clone())));
        self.followed = Some(which);
    }

    fn stop_following(&mut self) {
        self.followed = None;
        if let Some(task) = self.following.take() {
            task.abort();
        }
    }
}
