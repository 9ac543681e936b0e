//! Cases for the tests of screens, pictures, reports and the demo: what was seen, and what the program makes of it.
//!
//! What was seen is built by hand, in `snapshots` and `logs`. Every sentence is the program's own: each look is judged by
//! the diagnosis, and the changes are those that the case found between the looks.

// Each test program uses its own part of these.
#![allow(dead_code, unreachable_pub, missing_docs)]

pub mod logs;
pub mod screen;
pub mod snapshots;
pub mod stories;

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use lsdoctor::case::Case;
use lsdoctor::diagnosis::{Catalogue, diagnose};
use lsdoctor::observations::{Container, Observation, Snapshot};

pub const TOKEN: &str = "ls-...efb9";

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load().expect("the catalogue loads"));

/// The time at which everything is looked at.
pub fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// So many seconds before that.
pub fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

/// So many days after that.
pub fn in_days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

pub fn seen<T>(seconds_ago: i64, took_ms: f64, value: T) -> Observation<T> {
    Observation::Seen { at: ago(seconds_ago), took_ms, value }
}

/// The case after these looks, each so many seconds ago and repeated until the next one: who looks on sees no gap.
fn looked(looks: Vec<(i64, Snapshot)>) -> Case {
    let mut case = Case::default();
    let until: Vec<i64> = looks.iter().skip(1).map(|(seconds, _)| *seconds).chain([-1]).collect();
    for ((first, snapshot), until) in looks.into_iter().zip(until) {
        case.snapshot = snapshot;
        let mut seconds = first;
        while seconds > until {
            case.conclude(diagnose(&case.snapshot, &CATALOGUE, ago(seconds)), ago(seconds));
            seconds = if seconds > 0 { (seconds - 20).max(0) } else { -1 };
        }
    }
    case
}

/// A start that has said nothing of its license, so many seconds ago.
fn begun(seconds: i64, how: fn(Snapshot) -> Snapshot) -> (i64, Snapshot) {
    let snapshot = how(stories::lived(stories::starting(), seconds, None));
    (seconds, stories::logged(snapshot, logs::STARTING))
}

/// A start that ended 151 seconds ago, with this log.
fn ended(snapshot: Snapshot, how: fn(Snapshot) -> Snapshot, log: &str) -> Case {
    looked(vec![begun(154, how), (151, stories::logged(how(snapshot), log))])
}

/// Judging takes a while, and many tests ask for the same case.
macro_rules! cases {
    ($($(#[$doc:meta])* $name:ident = $case:expr;)*) => {$(
        $(#[$doc])*
        pub fn $name() -> Case {
            static CASE: LazyLock<Case> = LazyLock::new(|| $case);
            CASE.clone()
        }
    )*};
}

cases! {
    /// Activated online, after a start without a token.
    activated = {
        let missing = stories::compose(stories::lived(snapshots::credentials_missing(), 543, Some(540)));
        let activated = stories::logged(stories::compose(snapshots::activated()), logs::ACTIVATED);
        let missing = stories::logged(missing, logs::MISSING);
        looked(vec![(540, missing), begun(481, stories::compose), (473, activated)])
    };

    /// Ended with 55, because no token reaches the container; this shell has one.
    credentials_missing = ended(snapshots::credentials_missing(), stories::docker_run, logs::MISSING);

    /// A company's proxy opens the encryption, and the container does not know its certificate. Around it is much else
    /// that is not as it should be.
    interceptor = ended(snapshots::interceptor(), |snapshot| snapshot, logs::UNREACHABLE);

    /// The license has expired.
    license_expired = ended(snapshots::license_expired(), stories::docker_run, logs::EXPIRED);

    /// Up for seconds, no verdict yet.
    starting = looked(vec![begun(4, stories::compose)]);

    /// An engine without a container, and nothing listening.
    not_running = looked(vec![(20, stories::docker_run(snapshots::not_running()))]);

    /// Three instances, the verdict about one of them.
    several = looked(vec![(0, with_others())]);
}

fn with_others() -> Snapshot {
    let named = |mut container: Container, name: &str, id: &str| {
        (container.name, container.id) = (name.to_owned(), id.repeat(32));
        container
    };
    let container = |snapshot: &Snapshot| snapshot.container().unwrap().clone();
    let Case { snapshot: mut with_others, .. } = activated();
    if let Observation::Seen { value, .. } = &mut with_others.instances {
        value.others = vec![
            named(container(&snapshots::credentials_missing()), "ci-localstack-1", "c1"),
            named(container(&snapshots::activated()), "old-experiment", "0e"),
        ];
    }
    with_others
}

/// Nothing has answered yet.
pub fn pending() -> Case {
    let mut case = Case::default();
    case.snapshot.engine = Observation::Pending { since: ago(1) };
    case.snapshot.logs = Observation::Pending { since: ago(1) };
    case
}

/// All cases with their names.
pub fn all() -> Vec<(&'static str, Case)> {
    vec![
        ("activated", activated()),
        ("credentials-missing", credentials_missing()),
        ("interceptor", interceptor()),
        ("license-expired", license_expired()),
        ("starting", starting()),
        ("not-running", not_running()),
        ("several", several()),
        ("pending", pending()),
    ]
}
