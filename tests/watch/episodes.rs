//! Episodes: what happens to a LocalStack, step by step, and the verdict after each step. The same table runs through the
//! pure fold and, with a container that does as it is told, on a real engine through `check` and `record`/`replay`.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use lsdoctor::case::Case;
use lsdoctor::diagnosis::{Catalogue, Status as Verdict, diagnose};
use lsdoctor::log::Scanner;
use lsdoctor::observations::{
    Answer, Container, ContainerSettings, End, Endpoint, Engine, ErrorKind, Image, Info as InfoBody, Instances,
    LogDigest, LogOrigin, Observation, ProbeError, Removed, Snapshot, StartId, State, Status, Update,
};
use lsdoctor::scrub::Scrubber;

/// One step.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// A new container with this restart policy is created and started.
    Run(&'static str),
    /// It prints what an activated LocalStack prints.
    Activated,
    /// It prints that its license has expired.
    Expired,
    /// `/info` says this; nothing while the gateway answers 503.
    Info(Option<bool>),
    /// Its gateway does not answer any more.
    Silent,
    /// It ends by itself.
    Die(i64),
    /// The engine restarts it, as its policy says.
    Restarts,
    /// Somebody stops it.
    Stop,
    /// Somebody starts it again.
    Start,
    /// It is removed.
    Remove,
    /// It is being removed.
    Removing,
    /// The engine goes away, and all it runs with it.
    EngineAway,
    /// So many seconds pass.
    Wait(i64),
    /// The verdict now.
    Expect(&'static str, Verdict),
}

use Step::*;
use Verdict::{Activated as Yes, NotActivated as No, Undecided as Open};

/// Names and steps. Letters are those of the kinds of wrong verdicts that once were.
pub(crate) const EPISODES: &[(&str, &[Step])] = &[
    ("a first start", &[Run("no"), Expect("starting", Open), Activated, Expect("activated-from-cache", Yes)]),
    ("a failure", &[Run("no"), Expired, Die(55), Expect("license-expired", No)]),
    (
        "A: a success of an earlier start",
        &[
            Run("no"),
            Activated,
            Expect("activated-from-cache", Yes),
            Stop,
            Start,
            Expect("starting", Open),
            Expired,
            Die(55),
            Expect("license-expired", No),
        ],
    ),
    (
        "A: a failure of an earlier start",
        &[
            Run("no"),
            Expired,
            Die(55),
            Expect("license-expired", No),
            Start,
            Expect("starting", Open),
            Activated,
            Expect("activated-from-cache", Yes),
        ],
    ),
    ("A: with a policy, after a stop by hand", &[Run("always"), Expired, Stop, Start, Expect("starting", Open)]),
    ("A: a start that died silently", &[Run("no"), Expired, Die(55), Start, Die(1), Expect("unrelated-failure", No)]),
    ("B: a success in a crash loop", &[Run("always"), Activated, Die(1), Restarts, Expect("unrelated-failure", No)]),
    ("C: activated, stopped and removed", &[Run("no"), Activated, Stop, Remove, Expect("not-running", Open)]),
    (
        "C: activated by /info, and removed",
        &[Run("no"), Info(Some(true)), Expect("activated", Yes), Stop, Remove, Expect("not-running", Open)],
    ),
    ("D: the engine takes it along", &[Run("no"), Activated, EngineAway, Expect("not-running", Open)]),
    ("E: recreated after a success", &[Run("no"), Activated, Stop, Remove, Run("no"), Expect("starting", Open)]),
    (
        "E: recreated after a failure",
        &[Run("no"), Expired, Die(55), Expect("license-expired", No), Remove, Run("no"), Expect("starting", Open)],
    ),
    (
        "J: died silently after an activated start",
        &[Run("no"), Activated, Stop, Start, Die(1), Expect("unrelated-failure", No)],
    ),
    ("L: activated and stopped", &[Run("no"), Activated, Stop, Expect("not-running", Open)]),
    ("L: activated and crashed", &[Run("no"), Activated, Die(1), Expect("unrelated-failure", No)]),
    (
        "L: activated by /info and crashed",
        &[Run("no"), Info(Some(true)), Expect("activated", Yes), Die(1), Expect("unrelated-failure", No)],
    ),
    (
        "O: the gateway flaps",
        &[
            Run("no"),
            Info(Some(true)),
            Expect("activated", Yes),
            Silent,
            Expect("activated", Yes),
            Info(Some(true)),
            Expect("activated", Yes),
        ],
    ),
    ("O: but not into the next start", &[Run("no"), Info(Some(true)), Stop, Start, Silent, Expect("starting", Open)]),
    ("P: a gateway that comes up", &[Run("no"), Info(None), Expect("starting", Open)]),
    (
        "R: activated, and crashes again and again",
        &[
            Run("always"),
            Activated,
            Die(1),
            Restarts,
            Expect("unrelated-failure", No),
            Activated,
            Expect("unrelated-failure", No),
            Die(1),
            Restarts,
            Expect("unrelated-failure", No),
        ],
    ),
    (
        "R: until it stays",
        &[Run("always"), Activated, Die(1), Restarts, Activated, Wait(90), Expect("activated-from-cache", Yes)],
    ),
    ("N: a license failure in a loop", &[Run("always"), Expired, Die(55), Restarts, Expect("license-expired", No)]),
    ("W: being removed", &[Run("no"), Activated, Removing, Expect("not-running", Open)]),
    (
        "a failure that was removed while it was followed",
        &[Run("no"), Expired, Die(55), Remove, Expect("license-expired", No)],
    ),
];

pub(crate) const ACTIVATED: &str = "LocalStack version: 4.14.0\n2026-11-24T19:19:58.108  INFO --- [  MainThread] \
    l.p.c.b.licensingv2        : Successfully activated cached license 12345:pro from /var/lib/localstack/cache/license.json\nReady.\n";
pub(crate) const EXPIRED: &str = "LocalStack version: 4.14.0\nLocalstack returning with exit code 55. Reason: \n\
    ===============================================\nLicense activation failed!\n\nReason: The license has expired.\n\n\
    Due to this error, Localstack has quit. LocalStack pro features can only be used with a valid license.\n";

/// A world of one container, and the case that is folded from what is seen of it.
struct Fold {
    catalogue: Catalogue,
    case: Case,
    now: Timestamp,
    born: u32,
    container: Option<Container>,
    vanished: Vec<Removed>,
    present: String,
    earlier: String,
}

impl Fold {
    fn new() -> Self {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let case = Case::new(Snapshot::default());
        let catalogue = Catalogue::load().unwrap();
        let (container, vanished) = (None, Vec::new());
        Self { catalogue, case, now, born: 0, container, vanished, present: String::new(), earlier: String::new() }
    }

    fn take(&mut self, step: Step) {
        self.now += SignedDuration::from_secs(3);
        let now = self.now;
        match step {
            Run(policy) => {
                self.born += 1;
                let settings = ContainerSettings { restart_policy: policy.to_owned(), ..Default::default() };
                self.container = Some(Container {
                    id: format!("{:064x}", self.born),
                    name: "localstack-main".to_owned(),
                    image: Some(Image::parse("localstack/localstack-pro:4.14.0")),
                    settings,
                    state: State { status: Status::Running, started_at: Some(now), ..State::default() },
                    ..Container::default()
                });
                (self.present, self.earlier) = Default::default();
                self.see_container();
            }
            Activated => self.says(ACTIVATED),
            Expired => self.says(EXPIRED),
            Info(activated) => {
                let info = activated.map(|a| InfoBody {
                    version: "4.14.0".to_owned(),
                    edition: "pro".to_owned(),
                    is_license_activated: Some(a),
                    ..Default::default()
                });
                let answer = if info.is_some() { Answer::LocalStack } else { Answer::LocalStackError { status: 503 } };
                self.answers(answer, info);
            }
            // The first miss is held back, the second one counts.
            Silent => (0..2).for_each(|_| self.answers(Answer::EmptyReply, None)),
            Die(code) => self.ends(code, false),
            Stop => self.ends(137, true),
            Restarts | Start => {
                let by_itself = matches!(step, Restarts);
                let state = &mut self.container.as_mut().unwrap().state;
                state.restarts = if by_itself { state.restarts + 1 } else { 0 };
                (state.status, state.started_at, state.exit_code) = (Status::Running, Some(now), None);
                let said = std::mem::take(&mut self.present);
                self.earlier.push_str(&said);
                self.see_container();
            }
            Remove => {
                let gone = self.container.take().unwrap();
                let last = gone.state.ends.last().cloned().unwrap_or_default();
                let (at, exit_code, stopped) = (last.at, last.exit_code, last.stopped);
                let removed = Removed { id: gone.id, name: gone.name, image: String::new(), exit_code, at, stopped };
                self.vanished.insert(0, removed);
                self.see_container();
                (0..2).for_each(|_| self.answers(Answer::Refused, None));
            }
            Removing => {
                self.container.as_mut().unwrap().state.status = Status::Removing;
                self.see_container();
            }
            EngineAway => {
                let error = || ProbeError::new(ErrorKind::NotFound, "the container engine is not there");
                for _ in 0..2 {
                    self.case.apply(Update::Engine(Observation::Failed { at: now, took_ms: 1.0, error: error() }));
                    let because = "no container engine answers".to_owned();
                    self.case.apply(Update::Container(Observation::Skipped { because }));
                    self.answers(Answer::Refused, None);
                }
            }
            Wait(seconds) => {
                self.now += SignedDuration::from_secs(seconds);
                self.see_container();
            }
            Expect(..) => {}
        }
        let diagnosis = diagnose(&self.case.snapshot, &self.catalogue, self.now);
        self.case.conclude(diagnosis, self.now);
    }

    fn ends(&mut self, code: i64, stopped: bool) {
        let now = self.now;
        let state = &mut self.container.as_mut().unwrap().state;
        (state.exit_code, state.finished_at) = (Some(code), Some(now));
        state.ends.push(End { at: Some(now), exit_code: Some(code), stopped });
        let policy = &self.container.as_ref().unwrap().settings.restart_policy;
        let status = if policy == "always" && !stopped { Status::Restarting } else { Status::Exited };
        self.container.as_mut().unwrap().state.status = status;
        self.see_container();
        // The log of a start is read, or followed, to its end.
        self.see_log();
        (0..2).for_each(|_| self.answers(Answer::EmptyReply, None));
    }

    fn see_container(&mut self) {
        let instances =
            Instances { chosen: self.container.clone(), vanished: self.vanished.clone(), ..Instances::default() };
        self.case.apply(Update::Engine(Observation::seen(self.now, Engine::default())));
        self.case.apply(Update::Container(Observation::seen(self.now, instances)));
    }

    fn start(&self) -> Option<StartId> {
        self.container.as_ref().map(Container::start)
    }

    fn says(&mut self, text: &str) {
        self.present.push_str(text);
        self.see_log();
    }

    fn see_log(&mut self) {
        let phrases = Arc::new(self.catalogue.phrases().unwrap());
        let digest = |text: &str| {
            let origin = LogOrigin::Instance("localstack-main".to_owned());
            let mut scanner = Scanner::new(Arc::clone(&phrases), Arc::new(Scrubber::new()), origin).of_localstack();
            scanner.feed(text.as_bytes(), None);
            scanner.finish()
        };
        let looping = self.container.as_ref().is_some_and(|c| c.is_looping(self.now));
        let earlier = if looping { digest(&self.earlier).runs } else { Vec::new() };
        let log = LogDigest { of: self.start(), earlier, ..digest(&self.present) };
        self.case.apply(Update::Logs(Observation::seen(self.now, log)));
    }

    fn answers(&mut self, answer: Answer, info: Option<InfoBody>) {
        let endpoint =
            Endpoint { url: "http://localhost:4566".into(), of: self.start(), answer, info, ..Endpoint::default() };
        self.case.apply(Update::Endpoint(Observation::seen(self.now, endpoint)));
    }
}

#[test]
fn every_episode_has_its_verdicts() {
    let mut wrong = Vec::new();
    for (name, steps) in EPISODES {
        let mut fold = Fold::new();
        for (at, step) in steps.iter().enumerate() {
            fold.take(*step);
            if let Expect(cause, status) = step {
                let seen = (fold.case.diagnosis.headline.cause.as_str(), fold.case.diagnosis.status);
                if seen != (*cause, *status) {
                    wrong.push(format!("{name}, step {at}: {seen:?} instead of {:?}", (cause, status)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Random steps with a fixed seed: whatever happens, nobody is activated who is not there, and no start speaks for another.
#[test]
fn random_episodes_hold_what_always_holds() {
    let mut seed: u64 = 0x5eed_1e55;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    for _ in 0..150 {
        let mut fold = Fold::new();
        // What the present start has said of itself.
        let mut said = false;
        for _ in 0..12 {
            let status = fold.container.as_ref().map(|c| c.state.status);
            let possible: &[Step] = match status {
                None => &[Run("no"), Run("always")],
                Some(Status::Running) => &[Activated, Info(Some(true)), Info(None), Silent, Die(1), Stop, Wait(90)],
                Some(Status::Restarting) => &[Restarts],
                Some(_) => &[Start, Remove],
            };
            let step = possible[next(possible.len())];
            match step {
                Activated | Info(Some(true)) => said = true,
                Run(_) | Restarts | Start | Info(Some(false)) => said = false,
                _ => {}
            }
            fold.take(step);
            let runs = fold.container.as_ref().is_some_and(|c| c.state.status == Status::Running);
            let activated = fold.case.diagnosis.status == Yes;
            assert!(!activated || (runs && said), "{step:?}: {:?}", fold.case.diagnosis.headline);
        }
    }
}
