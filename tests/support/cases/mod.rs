//! Situations, built by hand: what was seen and what follows, as the dashboard is fed with it.
//! Shared by the tests of screens, pictures and demo; no judgement of the program is used here.

// Each test program uses its own part of these.
#![allow(dead_code, unreachable_pub, missing_docs)]

mod failures;
pub mod logs;
pub mod screen;
pub mod snapshots;
pub mod stories;

pub use failures::{credentials_missing, interceptor, license_expired};

use jiff::{SignedDuration, Timestamp};
use lsdoctor::case::{Case, Change, ChangeKind};
use lsdoctor::diagnosis::{
    CheckRow, CheckStatus, Confidence, Diagnosis, Evidence, Finding, Instance, OtherInstance, Remedy, Severity, Status,
};
use lsdoctor::observations::{Observation, ProbeId};

pub const TOKEN: &str = "ls-...efb9";

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

fn row(id: ProbeId, status: CheckStatus, took: f64, age: i64, summary: &str) -> CheckRow {
    CheckRow {
        id,
        title: id.title().to_owned(),
        status,
        summary: summary.to_owned(),
        detail: Vec::new(),
        duration_ms: Some(took),
        skipped_because: None,
        at: Some(ago(age)),
        doc: None,
    }
}

/// All checks fine, to be changed where they are not.
fn fine() -> Vec<CheckRow> {
    use CheckStatus::Pass;
    vec![
        row(ProbeId::Engine, Pass, 2.1, 3, "Docker Engine 20.10.24 at unix:///var/run/docker.sock"),
        row(ProbeId::Container, Pass, 8.4, 3, "localstack-main is running, localstack/localstack-pro:4.14.0"),
        row(
            ProbeId::Endpoint,
            Pass,
            4.2,
            1,
            "LocalStack 4.14.0 (pro) answers at http://localhost:4566, license active",
        ),
        row(ProbeId::Logs, Pass, 31.0, 2, "412 lines, 1 start: license activated (enterprise)"),
        row(ProbeId::Credentials, Pass, 1.2, 9, "LOCALSTACK_AUTH_TOKEN ls-...efb9 reaches LocalStack"),
        row(ProbeId::Cache, Pass, 5.8, 9, "enterprise, expires 2027-03-04, asks the server again in 21 h"),
        row(ProbeId::Dns, Pass, 11.0, 6, "NOERROR from 10.0.0.2:53, 3 addresses"),
        row(ProbeId::Tcp, Pass, 18.4, 6, "connected to 52.72.45.10:443"),
        row(ProbeId::Tls, Pass, 44.0, 6, "issued by Amazon RSA 2048 M03, trusted"),
        row(ProbeId::Https, Pass, 121.0, 6, "200 from https://api.localstack.cloud/v1/health"),
        row(ProbeId::Proxy, Pass, 0.2, 9, "no proxy is set"),
        row(ProbeId::Compose, Pass, 2.0, 9, "docker-compose.yml passes LOCALSTACK_AUTH_TOKEN on"),
    ]
}

fn set(rows: &mut [CheckRow], id: ProbeId, status: CheckStatus, summary: &str) {
    let row = rows.iter_mut().find(|row| row.id == id).unwrap();
    row.status = status;
    row.summary = summary.to_owned();
}

fn skip(rows: &mut [CheckRow], id: ProbeId, because: &str) {
    set(rows, id, CheckStatus::Skip, "");
    let row = rows.iter_mut().find(|row| row.id == id).unwrap();
    (row.skipped_because, row.duration_ms, row.at) = (Some(because.to_owned()), None, None);
}

pub fn log_proof(line: u64, text: &str) -> Evidence {
    Evidence {
        check: ProbeId::Logs,
        source: "container localstack-main, stdout".to_owned(),
        line: Some(line),
        text: text.to_owned(),
    }
}

fn proof(check: ProbeId, source: &str, text: &str) -> Evidence {
    Evidence { check, source: source.to_owned(), line: None, text: text.to_owned() }
}

fn remedy(text: &str, command: &str, url: &str) -> Remedy {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Remedy { text: text.to_owned(), command: some(command), file: None, url: some(url) }
}

fn instance(exit_code: Option<i64>) -> Instance {
    Instance {
        container: Some("localstack-main".to_owned()),
        image: Some("localstack/localstack-pro:4.14.0".to_owned()),
        version: Some("4.14.0".to_owned()),
        edition: Some("pro".to_owned()),
        endpoint: Some("http://localhost:4566".to_owned()),
        started_at: Some(ago(154)),
        exit_code,
        launched_by: Some("docker-run".to_owned()),
    }
}

fn finding(cause: &str, title: &str, summary: &str) -> Finding {
    Finding {
        cause: cause.to_owned(),
        title: title.to_owned(),
        summary: summary.to_owned(),
        severity: Severity::Error,
        confidence: Confidence::Proven,
        ..Finding::default()
    }
}

fn change(seconds_ago: i64, status: Status, text: &str) -> Change {
    Change { at: ago(seconds_ago), text: text.to_owned(), kind: ChangeKind::Verdict(status, Severity::Info) }
}

/// Activated online.
pub fn activated() -> Case {
    let mut headline = finding("activated", "LocalStack is activated", "The enterprise license was activated online.");
    headline.severity = Severity::Info;
    headline.evidence = vec![
        proof(ProbeId::Endpoint, "http://localhost:4566/_localstack/info", "is_license_activated: true"),
        log_proof(
            5,
            "Successfully requested and activated new license 3f1c8a52-0000-4000-8000-0000000000aa:enterprise 🔑✅",
        ),
    ];
    let diagnosis = Diagnosis {
        status: Status::Activated,
        activated: Some(true),
        headline,
        checks: fine(),
        instance: instance(None),
        ..Diagnosis::default()
    };
    let changes = vec![
        change(540, Status::NotActivated, "No credentials reach LocalStack: LOCALSTACK_AUTH_TOKEN is not set."),
        change(481, Status::Undecided, "LocalStack is starting."),
        change(473, Status::Activated, "The enterprise license was activated online."),
    ];
    Case { snapshot: snapshots::activated(), diagnosis, changes, since: Some(ago(473)), ..Case::default() }
}

/// Up for seconds, no verdict yet.
pub fn starting() -> Case {
    let mut headline = finding("starting", "LocalStack is starting", "It has not said anything about its license yet.");
    headline.severity = Severity::Info;
    headline.evidence = vec![proof(ProbeId::Container, "container localstack-main", "running")];
    let mut checks = fine();
    set(&mut checks, ProbeId::Endpoint, CheckStatus::Pending, "");
    set(&mut checks, ProbeId::Logs, CheckStatus::Pending, "3 lines, nothing about the license yet");
    let diagnosis = Diagnosis { headline, checks, instance: instance(None), ..Diagnosis::default() };
    let mut snapshot = snapshots::activated();
    snapshot.endpoint = Observation::Pending { since: ago(4) };
    snapshot.instances = snapshots::just_started();
    snapshot.logs = seen(1, 3.0, snapshots::digest(snapshots::STARTING, &[]));
    let changes = vec![change(4, Status::Undecided, "LocalStack is starting.")];
    Case { snapshot, diagnosis, changes, since: Some(ago(4)), ..Case::default() }
}

/// No engine, no container, nothing listening.
pub fn not_running() -> Case {
    let mut headline = finding(
        "not-running",
        "LocalStack is not running",
        "No container of LocalStack was found, and nothing listens at http://localhost:4566.",
    );
    headline.severity = Severity::Info;
    headline.evidence = vec![
        proof(ProbeId::Endpoint, "http://localhost:4566", "connection refused"),
        proof(ProbeId::Container, "Docker Engine 20.10.24", "no container of LocalStack, running or not"),
    ];
    headline.remedies =
        vec![remedy("Start it", "localstack start -d", "https://docs.localstack.cloud/aws/getting-started/")];
    let mut checks = fine();
    set(&mut checks, ProbeId::Container, CheckStatus::Fail, "no container of LocalStack");
    set(&mut checks, ProbeId::Endpoint, CheckStatus::Fail, "nobody listens at http://localhost:4566");
    skip(&mut checks, ProbeId::Logs, "no container");
    skip(&mut checks, ProbeId::Compose, "no container");
    set(&mut checks, ProbeId::Credentials, CheckStatus::Warn, "this shell has ls-...efb9; no process to reach");
    let diagnosis = Diagnosis { headline, checks, ..Diagnosis::default() };
    let changes = vec![change(20, Status::Undecided, "No LocalStack was found.")];
    Case { snapshot: snapshots::not_running(), diagnosis, changes, since: Some(ago(20)), ..Case::default() }
}

/// Three instances, the verdict about one of them.
pub fn several() -> Case {
    let mut case = activated();
    let other = |container: &str, state: &str, (status, cause), summary: &str| OtherInstance {
        container: container.to_owned(),
        image: Some("localstack/localstack-pro:4.9.2".to_owned()),
        state: state.to_owned(),
        status,
        cause: String::from(cause),
        severity: if status == Status::NotActivated { Severity::Error } else { Severity::Info },
        summary: summary.to_owned(),
    };
    case.diagnosis.others = vec![
        other(
            "ci-localstack-1",
            "exited",
            (Status::NotActivated, "credentials-missing"),
            "not activated: ended with code 55, no credentials",
        ),
        other(
            "old-experiment",
            "running",
            (Status::Activated, "activated-from-cache"),
            "activated from the cached license",
        ),
    ];
    case
}

/// Nothing has answered yet.
pub fn pending() -> Case {
    let mut case = Case::default();
    case.snapshot.engine = Observation::Pending { since: ago(1) };
    case.snapshot.logs = Observation::Pending { since: ago(1) };
    case
}

/// All of them with their names.
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
