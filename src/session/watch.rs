//! The watch loop: keeps a case up to date for as long as somebody wants it.
//!
//! # What drives it
//!
//! Nothing is polled that tells of itself. A container engine sends an event when a container starts, ends or is removed,
//! and a log sends its lines; both are followed. What tells nothing by itself is asked again and again: LocalStack's
//! endpoint every interval, the path to the license server every half minute.
//!
//! ```text
//! event of a container ──┐
//! a poll that differs  ──┤                                       updates
//! time                 ──┼─> due checks ──> one round of checks ──────────┐
//! a command            ──┘                                                ├─> case ──> conclusion ──> sender
//!                          log of the present start, as it grows ─────────┘
//! ```
//!
//! # One turn of the loop
//!
//! 1. If no round of checks is running and some are due, one round is started with all of them ([`Watch::begin_due`]).
//! 2. The loop sleeps until something comes: an update, an event, a command, the end of a poll or of a round, or a tick.
//!    Updates that come within [`GATHER`] are taken together: a container that ends changes three subjects at once.
//! 3. What came is folded into the case, or makes checks due. Only if the case may have changed, a conclusion is drawn and
//!    sent. It says whether anything is still under way (`idle`): whoever waits for an answer waits for that.
//! 4. If the chosen instance or its start is another one, its log is followed instead.
//!
//! # What makes it calm
//!
//! A light poll asks `/health` alone, which leaves no trace in LocalStack's log, and only a difference makes for a round.
//! While the case is undecided it asks `/info` too, because nothing else tells that a license was activated. After a minute
//! without a change, ticks are three times as far apart.
//!
//! # What is not trusted
//!
//! After the clock leapt (this machine slept), after an engine was away, and for another container, every stream is opened
//! again and every check is run: over a network, a dead stream says nothing.

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
use crate::observations::{Answer, Container, Handle, Health, Info, Observation, ProbeId, StartId};
use crate::probes::events::{Event, Interest};
use crate::probes::sources::Sources;
use crate::probes::{ProbeEvent, events, logs};

/// What comes within this time is concluded from together.
const GATHER: Duration = Duration::from_millis(25);

/// A clock that runs away from the time that passed by more than this was set, or this machine slept.
const LEAP: SignedDuration = SignedDuration::from_secs(5);
/// The state of a watch.
pub(super) struct Watch {
    pub(super) session: Session,
    pub(super) case: Case,
    pub(super) sender: UnboundedSender<ProbeEvent>,
    /// The sources that answered last.
    pub(super) sources: Sources,
    pub(super) look: Option<JoinHandle<()>>,
    /// What is to be looked at as soon as the present look is over.
    pub(super) due: BTreeSet<ProbeId>,
    /// The start whose log is, or was, followed to its end.
    pub(super) followed: Option<StartId>,
    pub(super) following: Option<JoinHandle<()>>,
    /// A container ended: until then its last words are waited for.
    pub(super) last_words: Option<Instant>,
    pub(super) poll: Option<JoinHandle<Poll>>,
    /// The chosen instance, also where the check of containers was not asked for.
    pub(super) chosen: Option<Container>,
    /// The instance is to be looked for, although no check that is wanted asks for it.
    pub(super) find: bool,
    /// Follows the events of each source.
    pub(super) events: Vec<AbortHandle>,
    pub(super) notify: UnboundedSender<Event>,
    /// The instances that are known to be LocalStack's, for those who follow events.
    pub(super) known: tokio::sync::watch::Sender<BTreeSet<Handle>>,
    /// The engine did not answer when it was last looked at.
    pub(super) lost: bool,
    pub(super) last: Last,
}

/// What a light poll of the endpoint came back with.
#[derive(Debug)]
pub(super) struct Poll {
    pub(super) answer: Answer,
    pub(super) health: Option<Health>,
    /// The answer of `/info`, if that was asked.
    pub(super) info: Option<Option<Info>>,
}

/// When things were last done.
pub(super) struct Last {
    pub(super) info: Instant,
    pub(super) container: Instant,
    pub(super) network: Instant,
    pub(super) poll: Instant,
    pub(super) change: Instant,
    /// The last tick, by the time that passes and by the clock.
    pub(super) tick: (Instant, Timestamp),
}

/// The checks that an event of a container makes due.
pub(super) const CONTAINER: [ProbeId; 5] =
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
        chosen: None,
        find: false,
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
            poll = finished(&mut w.poll) => w.on_poll(poll),
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
    pub(super) fn take(&mut self, item: ProbeEvent, events: &UnboundedSender<CaseEvent>) -> bool {
        match item {
            ProbeEvent::Sources(sources) => {
                let same = self.sources.is_same(&sources);
                self.sources = sources;
                if !same {
                    self.subscribe();
                }
                false
            }
            ProbeEvent::Chosen(container) => {
                self.chosen = container.map(|container| *container);
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
    pub(super) fn note_instances(&self) {
        let Some(instances) = self.case.snapshot.instances.value() else { return };
        let known: BTreeSet<Handle> = instances.chosen.iter().chain(&instances.others).map(|c| c.handle()).collect();
        self.known.send_if_modified(|before| {
            let new = *before != known;
            *before = known;
            new
        });
    }

    /// Follows the events of every source, from now on.
    pub(super) fn subscribe(&mut self) {
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
    pub(super) fn begin_anew(&mut self) {
        self.subscribe();
        if let Some(look) = self.look.take() {
            look.abort();
        }
        self.stop_following();
        self.due.extend(self.session.wanted.iter().copied());
    }

    /// An engine that was away and answers again has closed its streams, or forgot them.
    pub(super) fn notice_engine(&mut self) {
        match &self.case.snapshot.engine {
            Observation::Failed { .. } => self.lost = true,
            Observation::Seen { .. } if std::mem::take(&mut self.lost) => self.begin_anew(),
            _ => {}
        }
    }

    /// Whether the clock ran away since the last tick.
    pub(super) fn has_leapt(&mut self) -> bool {
        let now = (Instant::now(), self.session.context.now());
        let before = std::mem::replace(&mut self.last.tick, now);
        let passed = SignedDuration::try_from(now.0.duration_since(before.0)).unwrap_or(SignedDuration::MAX);
        now.1.duration_since(before.1).saturating_sub(passed).abs() > LEAP
    }

    /// Follows the log of the chosen container's latest start.
    pub(super) fn follow_log(&mut self) {
        if !self.session.wanted.contains(&ProbeId::Logs) {
            return;
        }
        // Where the check of containers was not asked for, the case knows none.
        let asked = self.session.wanted.contains(&ProbeId::Container);
        let chosen = if asked { self.case.snapshot.container() } else { self.chosen.as_ref() };
        let Some(container) = chosen.cloned() else { return };
        let start = container.start();
        if self.followed.as_ref() == Some(&start) {
            return;
        }
        let Some(source) = self.sources.of(&container.handle()).cloned() else { return };
        self.stop_following();
        let context = Arc::clone(&self.session.context);
        self.following = Some(tokio::spawn(logs::follow(context, source, container, self.sender.clone())));
        self.followed = Some(start);
    }

    pub(super) fn stop_following(&mut self) {
        self.followed = None;
        if let Some(task) = self.following.take() {
            task.abort();
        }
    }
}
