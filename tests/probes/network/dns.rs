//! Names: every status, every resolver, and what follows when there is no address.

use crate::support::PATIENCE;
use std::time::{Duration, Instant};

use hickory_resolver::proto::op::ResponseCode;
use lsdoctor::observations::{DnsStatus, ProbeId, TcpOutcome};

use super::{ALL, NAME, World, seen, skipped};
use crate::support::fakes::dns::{DnsServer, Says};
use crate::support::fakes::{closed_port, context};

#[tokio::test]
async fn every_resolver_is_told_apart_as_dig_would() {
    let cases = [
        (Says::Code(ResponseCode::NXDomain), "NXDOMAIN"),
        (Says::Code(ResponseCode::ServFail), "SERVFAIL"),
        (Says::Code(ResponseCode::Refused), "REFUSED"),
        (Says::Addresses(Vec::new()), "NOERROR"),
        (Says::Garbage, "the answer is no DNS message"),
        (Says::Silent, "time-out"),
        (Says::Code(ResponseCode::NotImp), "NOTIMP"),
    ];
    let mut servers = Vec::new();
    for (says, _) in &cases {
        servers.push(DnsServer::start(says.clone()).await);
    }
    let mut places: Vec<_> = servers.iter().map(|s| s.address).collect();
    places.push(closed_port());
    let world = World::new().resolvers(&places).timeout(Duration::from_secs(1));
    let dns = seen(&world.probe_path(&[ProbeId::Dns]).await.dns).clone();
    let words: Vec<&str> = dns.resolvers.iter().map(|r| r.a.status.word()).collect();
    let expected: Vec<&str> = cases.iter().map(|(_, word)| *word).chain(["connection refused"]).collect();
    assert_eq!(words, expected);
    assert!(dns.resolvers.iter().all(|r| r.a.addresses.is_empty() && r.source == "--dns-server"));
    assert!(dns.addresses().is_empty() && dns.system.is_none());
}

#[tokio::test]
async fn a_silent_resolver_holds_nobody_up_and_only_the_full_name_is_asked_for() {
    let silent = DnsServer::start(Says::Silent).await;
    let good = DnsServer::start(Says::ips("203.0.113.9 2001:db8::9")).await;
    let world = World::new().resolvers(&[silent.address, good.address]).timeout(PATIENCE * 4);
    let begun = Instant::now();
    let dns = seen(&world.probe_path(&[ProbeId::Dns]).await.dns).clone();
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    assert_eq!(dns.resolvers[0].a.status, DnsStatus::Timeout);
    assert_eq!(dns.addresses().iter().map(ToString::to_string).collect::<Vec<_>>(), ["203.0.113.9", "2001:db8::9"]);
    let mut asked = good.asked.all();
    asked.sort();
    assert_eq!(asked, [format!("{NAME}. A"), format!("{NAME}. AAAA")]);
}

#[tokio::test]
async fn a_truncated_answer_is_fetched_over_tcp_and_a_stray_one_is_passed_over() {
    let large = DnsServer::start(Says::Truncated(vec!["203.0.113.7".parse().unwrap()])).await;
    let stray = DnsServer::start(Says::StrayFirst(vec!["203.0.113.8".parse().unwrap()])).await;
    let world = World::new().resolvers(&[large.address, stray.address]);
    let dns = seen(&world.probe_path(&[ProbeId::Dns]).await.dns).clone();
    let first = &dns.resolvers[0].a;
    assert!(first.over_tcp && first.status == DnsStatus::NoError);
    assert_eq!(first.addresses[0].to_string(), "203.0.113.7");
    assert!(large.asked.all().contains(&format!("{NAME}. A tcp")));
    assert_eq!(dns.resolvers[1].a.addresses, ["203.0.113.8".parse::<std::net::IpAddr>().unwrap()]);
}

#[tokio::test]
async fn without_an_address_nothing_else_is_tried() {
    let none = DnsServer::start(Says::Code(ResponseCode::NXDomain)).await;
    let world = World::new().resolvers(&[none.address]);
    let path = world.probe_path(&ALL).await;
    for because in [skipped(&path.tcp), skipped(&path.tls), skipped(&path.https)] {
        assert_eq!(because, "dns failed: NXDOMAIN");
    }
}

#[tokio::test]
async fn an_unplugged_machine_is_done_in_an_instant() {
    let begun = Instant::now();
    let path = World::new().timeout(PATIENCE * 4).probe_path(&ALL).await;
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    assert_eq!(skipped(&path.https), "dns failed: connection refused");
}

#[tokio::test]
async fn the_hosts_file_is_named() {
    let good = DnsServer::start(Says::ips("203.0.113.9")).await;
    let world = World::new().resolvers(&[good.address]);
    context::write(&world.context, "/etc/hosts", &format!("0.0.0.0 {NAME} # blocked\n"));
    let dns = seen(&world.probe_path(&[ProbeId::Dns]).await.dns).clone();
    assert_eq!(dns.hosts_file, ["0.0.0.0".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(dns.resolvers[0].a.addresses[0].to_string(), "203.0.113.9");
}

#[tokio::test]
async fn an_address_needs_no_lookup_and_a_closed_port_is_told() {
    let closed = closed_port();
    let unasked = DnsServer::start(Says::Silent).await;
    let mut world = World::new().resolvers(&[unasked.address]);
    world.context.api_endpoint = format!("https://{closed}/v1");
    let path = world.probe_path(&ALL).await;
    let tcp = seen(&path.tcp);
    assert_eq!((tcp.attempts.len(), &tcp.attempts[0].outcome), (1, &TcpOutcome::Refused));
    assert_eq!(skipped(&path.tls), "tcp failed: refused");
    assert!(unasked.asked.all().is_empty());
}

#[tokio::test]
async fn one_family_may_be_broken_while_the_other_works() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let both = DnsServer::start(Says::ips("127.0.0.1 ::1")).await;
    let world = World::new().resolvers(&[both.address]).server(listener.local_addr().unwrap());
    let tcp = seen(&world.probe_path(&[ProbeId::Tcp]).await.tcp).clone();
    let outcomes: Vec<_> = tcp.attempts.iter().map(|a| (a.ipv6, a.outcome == TcpOutcome::Connected)).collect();
    assert_eq!(outcomes, [(false, true), (true, false)]);
}

#[tokio::test]
async fn a_dropped_connection_is_a_time_out() {
    // A queue of one that nobody empties: further connections are dropped, as a firewall drops them.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let place = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(200), tokio::net::TcpStream::connect(place)).await
    {
        held.push(stream);
    }
    let dns = DnsServer::start(Says::ips("127.0.0.1")).await;
    let world = World::new().resolvers(&[dns.address]).server(place).timeout(Duration::from_millis(300));
    let path = world.probe_path(&ALL).await;
    assert_eq!(seen(&path.tcp).attempts[0].outcome, TcpOutcome::Timeout);
    assert_eq!(skipped(&path.https), "tcp failed: no answer (time-out)");
}

#[tokio::test]
async fn a_url_that_is_none_is_named() {
    let mut world = World::new();
    world.context.api_endpoint = "htp:/user:secret-word@x".to_owned();
    let path = world.probe_path(&ALL).await;
    let told = path.dns.error().unwrap().to_string();
    assert!(told.contains("cannot be used") && !told.contains("secret-word"), "{told}");
    assert!(skipped(&path.https).contains("cannot be used"));
}
