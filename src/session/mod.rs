//! One run: starts probes, folds what they see into a case, and stops at an answer or a deadline.
//! It neither looks itself nor formats anything.

mod watch;

pub use watch::watch;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

use crate::case::{Case, CaseEvent};
use crate::cli::Answer;
use crate::diagnosis::{Catalogue, Class, Diagnosis, Severity, Status, diagnose};
use crate::exit::Exit;
use crate::observations::{NotObserved, ProbeId, Snapshot, Update, Viewpoint};
use crate::probes;
use crate::probes::network::STEPS;
use crate::probes::{Context, News};

/// After this many time-outs of a single check a look is over, whatever is still open.
const LONGEST_LOOK: u32 = 4;

/// A run's means.
#[derive(Debug, Clone)]
pub struct Session {
    /// What probes may use.
    pub context: Arc<Context>,
    /// What the diagnosis knows.
    pub catalogue: Arc<Catalogue>,
    /// The checks that are wanted.
    pub wanted: BTreeSet<ProbeId>,
    /// The checks that were left out by name, to be told as such.
    pub left_out: BTreeSet<ProbeId>,
    /// Time between looks.
    pub interval: Duration,
}

impl Session {
    /// Looks once and concludes.
    pub async fn check(&self) -> Case {
        let mut case = self.open();
        self.look_into(&mut case, &self.wanted).await;
        case
    }

    /// Looks on until the answer is settled or the time is over, but at least once. `progress` hears of each change.
    pub async fn wait(&self, limit: Duration, mut progress: impl FnMut(&Case)) -> (Case, bool) {
        let mut context = Context::clone(&self.context);
        // No single check may outlast the whole.
        context.limits.timeout = context.limits.timeout.min(limit.max(SHORTEST_LOOK));
        let this = Self { interval: self.interval.min(WAIT_STEP), context: Arc::new(context), ..self.clone() };
        let (sender, mut events) = unbounded_channel();
        // Kept open: `watch` ends when nobody receives its events any more.
        let (_commands, received) = unbounded_channel();
        let mut looking = JoinSet::new();
        looking.spawn(watch(this.clone(), sender, received));
        let deadline = Instant::now() + limit;
        let longest = deadline + this.context.limits.timeout.saturating_mul(LONGEST_LOOK);
        let mut latest = Box::new(this.open());
        let mut looked = false;
        // When the answer was settled first, and until when more of the proof may come.
        let mut settled: Option<Instant> = None;
        let mut end = longest;
        loop {
            let Ok(event) = tokio::time::timeout_at(end.into(), events.recv()).await else {
                return (*latest, settled.is_some());
            };
            match event {
                Some(CaseEvent::Case { case, idle }) => {
                    progress(&case);
                    looked |= idle;
                    latest = case;
                    if !this.is_settled(&latest) {
                        settled = None;
                    } else if idle {
                        settled.get_or_insert_with(Instant::now);
                    }
                    end = match settled {
                        Some(since) => since + if idle { SETTLE } else { SETTLE_WHILE_LOOKING },
                        None if looked => deadline,
                        None => longest,
                    };
                }
                Some(_) => {}
                None => return (*latest, false),
            }
        }
    }

    /// Whether waiting could not change the answer any more.
    pub fn is_settled(&self, case: &Case) -> bool {
        let class = self.catalogue.cause(&case.diagnosis.headline.cause).map(|c| c.class);
        let policy = case.snapshot.container().map(|c| c.settings.restart_policy.as_str()).unwrap_or_default();
        let tries_again = !matches!(policy, "" | "no");
        match case.diagnosis.status {
            Status::Activated | Status::NoLicenseNeeded => true,
            Status::Undecided => false,
            // A restart may mend what the network broke, or a crash; it never mends a token.
            Status::NotActivated => !(tries_again && matches!(class, Some(Class::Network | Class::NotLicense))),
        }
    }

    /// A case with everything wanted pending.
    fn open(&self) -> Case {
        let mut case = Case::new(Snapshot { target: self.context.target(), ..Snapshot::default() });
        let since = self.context.now();
        // A step is told when it is reached.
        for id in self.wanted.iter().filter(|id| !STEPS.contains(id)) {
            case.apply(Update::not_observed(*id, Viewpoint::Host, NotObserved::Awaited { since }));
        }
        for id in &self.left_out {
            let why = NotObserved::Skipped { because: "left out (--skip)".to_owned() };
            case.apply(Update::not_observed(*id, Viewpoint::Host, why));
        }
        case
    }

    /// Runs these checks and takes their answers into the case.
    async fn look_into(&self, case: &mut Case, wanted: &BTreeSet<ProbeId>) {
        let (sink, mut news) = unbounded_channel();
        let look = tokio::spawn(probes::look(Arc::clone(&self.context), wanted.clone(), sink));
        let longest = self.context.limits.timeout.saturating_mul(LONGEST_LOOK);
        let fold = async {
            while let Some(told) = news.recv().await {
                if let News::Update(update) = told {
                    case.apply(*update);
                }
            }
        };
        if tokio::time::timeout(longest, fold).await.is_err() {
            look.abort();
            case.snapshot.expire(self.context.now());
        }
        self.conclude(case);
    }

    fn conclude(&self, case: &mut Case) {
        let now = self.context.now();
        let diagnosis = diagnose(&case.snapshot, &self.catalogue, now);
        case.conclude(diagnosis, now);
    }
}

/// However short a wait is, an answer that takes no longer than this is heard.
const SHORTEST_LOOK: Duration = Duration::from_millis(500);
/// An activation is told by no event, only by the endpoint: it is to be noticed soon.
const WAIT_STEP: Duration = Duration::from_millis(300);
/// A failure is told in more than one line: the answer is what stands after this time.
const SETTLE: Duration = Duration::from_millis(50);
/// The same while a look is under way, such as that at a container that has just ended.
const SETTLE_WHILE_LOOKING: Duration = Duration::from_millis(150);

/// The exit code of an answer.
pub fn exit(diagnosis: &Diagnosis, answer: &Answer) -> Exit {
    let ignored = |cause: &String| answer.ignore.contains(cause);
    match diagnosis.status {
        Status::NotActivated if ignored(&diagnosis.headline.cause) => Exit::Fine,
        Status::NotActivated => Exit::NotActivated,
        Status::Undecided => Exit::Undecided,
        Status::NoLicenseNeeded if answer.require_license => Exit::NotActivated,
        Status::NoLicenseNeeded => Exit::Fine,
        Status::Activated => {
            let counts = |severity| answer.fail_on.is_some_and(|f| severity >= f.severity());
            // A LocalStack that was activated and then failed has its failure at the head.
            let head = Some(&diagnosis.headline).filter(|h| h.severity == Severity::Error);
            let found = diagnosis.findings.iter().chain(head).any(|f| counts(f.severity) && !ignored(&f.cause));
            if found { Exit::Findings } else { Exit::Fine }
        }
    }
}
