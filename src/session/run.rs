//! One run: its means, a case that awaits everything, one round of checks, and the conclusion from them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use crate::case::Case;
use crate::diagnosis::{Catalogue, diagnose};
use crate::observations::{NotObserved, ProbeId, Snapshot, Update, Viewpoint};
use crate::probes;
use crate::probes::network::STEPS;
use crate::probes::sources::Sources;
use crate::probes::{Context, Others, ProbeEvent};

/// A round of checks is over after this many time-outs of a single check, whatever is still open.
pub(super) const LONGEST_ROUND: u32 = 4;

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
    /// Whether every instance is waited for, or the chosen one alone.
    pub all: bool,
}

impl Session {
    /// Runs every wanted check once, and concludes.
    pub async fn check(&self) -> Case {
        self.check_with_sources().await.0
    }

    /// Runs every wanted check once, concludes, and gives the sources that answered, for whoever reads more from them.
    pub async fn check_with_sources(&self) -> (Case, Sources) {
        let (mut case, mut sources) = (self.open(), Sources::default());
        let (sender, mut events) = unbounded_channel();
        let others = Others { wanted: self.wanted.clone(), fresh: Vec::new() };
        let round =
            probes::run_checks(Arc::clone(&self.context), Sources::default(), self.wanted.clone(), others, sender);
        let round = tokio::spawn(round);
        let longest = self.context.limits.timeout.saturating_mul(LONGEST_ROUND);
        let fold = async {
            while let Some(event) = events.recv().await {
                match event {
                    ProbeEvent::Update(update) => case.apply(*update),
                    ProbeEvent::Sources(found) => sources = found,
                    ProbeEvent::Lines(_) | ProbeEvent::Chosen(_) => {}
                }
            }
        };
        if tokio::time::timeout(longest, fold).await.is_err() {
            round.abort();
            case.snapshot.expire(self.context.now());
        }
        self.conclude(&mut case);
        (case, sources)
    }

    /// A case with everything wanted pending.
    pub(super) fn open(&self) -> Case {
        let mut case = Case::new(Snapshot { target: self.context.target(), ..Snapshot::default() });
        let since = self.context.now();
        // A rung is told when it is reached.
        for id in self.wanted.iter().filter(|id| !STEPS.contains(id)) {
            case.apply(Update::not_observed(*id, Viewpoint::Host, NotObserved::Awaited { since }));
        }
        for id in &self.left_out {
            let why = NotObserved::Skipped { because: "left out (--skip)".to_owned() };
            case.apply(Update::not_observed(*id, Viewpoint::Host, why));
        }
        case
    }

    /// Concludes from all that the case has seen.
    pub(super) fn conclude(&self, case: &mut Case) {
        let now = self.context.now();
        let diagnosis = diagnose(&case.snapshot, &self.catalogue, now);
        case.conclude(diagnosis, now);
    }
}
