//! LocalStack's other hosts: how far each is reached, and that nothing but a handshake is sent to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use hickory_resolver::proto::op::ResponseCode;
use lsdoctor::diagnosis::{Catalogue, Severity, diagnose};
use lsdoctor::observations::{LogDigest, LogLine, Observation, PathStep, ProbeId, Snapshot};
use lsdoctor::probes;
use lsdoctor::probes::ProbeEvent;
use lsdoctor::probes::sources::Sources;

use super::World;
use crate::support::fakes::closed_port;
use crate::support::fakes::dns::{DnsServer, Says};
use crate::support::fakes::http::Reply;
use crate::support::fakes::tls::{Authority, Constraints, Defect, TlsServer};

/// What a whole look tells, with the checks that it told of.
async fn look(world: World, wanted: &[ProbeId]) -> Snapshot {
    let (sink, mut news) = tokio::sync::mpsc::unbounded_channel();
    probes::run_checks(
        Arc::new(world.context),
        Sources::default(),
        wanted.iter().copied().collect::<BTreeSet<_>>(),
        probes::Others::default(),
        sink,
    )
    .await;
    let mut snapshot = Snapshot::default();
    while let Some(told) = news.recv().await {
        if let ProbeEvent::Update(update) = told {
            snapshot.apply(*update);
        }
    }
    snapshot
}

#[tokio::test]
async fn each_is_told_by_itself_as_a_note_and_never_as_the_verdict() {
    let corp = Authority::new("Corp CA", "Corp", Constraints::Critical);
    let good = TlsServer::start(&corp, "assets.localstack.cloud", Defect::None, Reply::json("{}")).await;
    let closed = closed_port();
    let names = [
        ("assets.localstack.cloud", Says::ips("127.0.0.1")),
        ("closed.test", Says::ips("127.0.0.1")),
        ("analytics.localstack.cloud", Says::Code(ResponseCode::NXDomain)),
    ];
    let dns = DnsServer::with_names(&names, Says::Silent).await;
    let mut world = World::new().resolvers(&[dns.address]).trusting(&corp.pem);
    world.context.other_hosts = vec![
        format!("https://assets.localstack.cloud:{}", good.address.port()),
        format!("https://closed.test:{}", closed.port()),
        "https://analytics.localstack.cloud".to_owned(),
    ];
    let snapshot = look(world, &[ProbeId::Hosts]).await;
    let hosts = snapshot.other_hosts.value().unwrap();
    let told: Vec<_> = hosts.iter().map(|h| h.stumbled.as_ref().map(|s| (s.at, s.why.as_str()))).collect();
    assert_eq!(told, [None, Some((PathStep::Tcp, "refused")), Some((PathStep::Dns, "NXDOMAIN"))]);
    assert!(good.heads.all().iter().all(String::is_empty), "{:?}", good.heads.all());

    let diagnosis = diagnose(&snapshot, &Catalogue::load().unwrap(), lsdoctor::probes::context::clock());
    assert_eq!(diagnosis.headline.cause, "insufficient-evidence");
    let note = diagnosis.findings.iter().find(|f| f.cause == "other-hosts").unwrap();
    assert_eq!(note.severity, Severity::Info);
    assert!(note.summary.contains("closed.test fails at tcp: refused"), "{}", note.summary);
    assert!(note.summary.contains("fails at dns: NXDOMAIN (usage statistics"), "{}", note.summary);
}

#[tokio::test]
async fn nobody_is_asked_unless_asked_for() {
    let dns = DnsServer::start(Says::ips("127.0.0.1")).await;
    let mut world = World::new().resolvers(&[dns.address]).server(closed_port());
    world.context.other_hosts = vec!["https://assets.localstack.cloud".to_owned()];
    let snapshot = look(world, &ProbeId::ALL).await;
    assert_eq!(snapshot.other_hosts, Observation::NotAsked);
    assert!(!dns.asked.all().join(" ").contains("assets"), "{:?}", dns.asked.all());

    let mut world = World::new();
    world.context.limits.offline = true;
    let snapshot = look(world, &[ProbeId::Hosts]).await;
    assert!(super::skipped(&snapshot.other_hosts).contains("--offline"));
}

#[test]
fn a_log_names_a_host_in_any_line_that_is_kept() {
    let line = |text: &str| LogLine { number: 1, stream: None, text: text.to_owned() };
    let log =
        LogDigest { tail: vec![line("(host='assets.localstack.cloud', port=443): timed out")], ..LogDigest::default() };
    assert!(log.names("assets.localstack.cloud") && !log.names("analytics.localstack.cloud"));
}
