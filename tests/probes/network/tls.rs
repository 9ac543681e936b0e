//! Certificates: each defect is told apart, the chain is shown also when nobody trusts it, and each set of roots has its own word.

use std::time::Duration;

use lsdoctor::observations::{ProbeId, TlsFault, Trust};

use super::{ALL, NAME, World, seen, skipped};
use crate::support::fakes::dns::{DnsServer, Says};
use crate::support::fakes::http::{HttpServer, Reply};
use crate::support::fakes::tls::{Authority, Constraints, Defect, TlsServer};

async fn world(place: std::net::SocketAddr) -> World {
    let dns = DnsServer::start(Says::ips("127.0.0.1")).await;
    World::new().resolvers(&[dns.address]).server(place)
}

fn untrusted(fault: TlsFault) -> Trust {
    Trust::Untrusted { fault }
}

#[tokio::test]
async fn a_chain_of_this_systems_own_roots_is_trusted_here_and_not_by_mozilla() {
    let corp = Authority::new("Zscaler Root CA", "Zscaler Inc.", Constraints::Critical);
    let server = TlsServer::start(&corp, NAME, Defect::None, Reply::json("{}")).await;
    let path = world(server.address).await.trusting(&corp.pem).probe_path(&ALL).await;
    let tls = seen(&path.tls);
    assert_eq!((&tls.system, &tls.mozilla), (&Trust::Trusted, &untrusted(TlsFault::UnknownIssuer)));
    assert_eq!((tls.bundle.as_ref(), tls.fault.as_ref()), (None, None));
    assert_eq!((tls.server_name.as_str(), tls.version.as_deref()), (NAME, Some("TLSv1.3")));
    let leaf = &tls.chain[0];
    assert_eq!((leaf.subject.as_str(), leaf.issuer.as_str()), (NAME, "Zscaler Root CA"));
    assert_eq!(leaf.issuer_organization.as_deref(), Some("Zscaler Inc."));
    assert_eq!((leaf.names.as_slice(), leaf.self_issued), (&[NAME.to_owned()][..], false));
    assert!(leaf.not_before.unwrap() < leaf.not_after.unwrap());
    assert_eq!((tls.chain[1].self_issued, tls.chain[1].critical_constraints), (true, Some(true)));
    assert_eq!(seen(&path.https).status, 200);
}

#[tokio::test]
async fn every_defect_is_told_apart_and_nothing_is_sent_over_it() {
    let corp = Authority::new("Corp CA", "Corp", Constraints::Critical);
    for (defect, fault, words) in [
        (Defect::Expired, TlsFault::Expired, "expired"),
        (Defect::NotYetValid, TlsFault::NotYetValid, "not yet valid (is the clock right?)"),
        (Defect::WrongName, TlsFault::WrongName, "issued for another name"),
        (Defect::SelfSigned, TlsFault::SelfSigned, "signed by itself"),
    ] {
        let server = TlsServer::start(&corp, NAME, defect, Reply::json("{}")).await;
        let path = world(server.address).await.trusting(&corp.pem).probe_path(&ALL).await;
        let tls = seen(&path.tls);
        assert_eq!(tls.system, untrusted(fault.clone()), "{defect:?}");
        assert!(!tls.chain.is_empty() && tls.fault.is_none(), "{defect:?}");
        assert!(skipped(&path.https).starts_with("tls failed: "), "{defect:?}: {words}");
        assert!(server.heads.all().iter().all(String::is_empty), "{defect:?}: something was sent");
    }
    let other = Authority::new("Other CA", "Other", Constraints::Critical);
    let server = TlsServer::start(&other, NAME, Defect::None, Reply::json("{}")).await;
    let path = world(server.address).await.trusting(&corp.pem).probe_path(&ALL).await;
    assert_eq!(seen(&path.tls).system, untrusted(TlsFault::UnknownIssuer));
    assert_eq!(skipped(&path.https), "tls failed: issuer is not trusted");
}

#[tokio::test]
async fn a_bundle_is_judged_as_python_judges() {
    let lax = Authority::new("Lax CA", "Corp", Constraints::Lax);
    let good = Authority::new("Good CA", "Corp", Constraints::Critical);
    for (authority, verdict) in [(&lax, untrusted(TlsFault::CaConstraints)), (&good, Trust::Trusted)] {
        let server = TlsServer::start(authority, NAME, Defect::None, Reply::json("{}")).await;
        let world = world(server.address).await.with_file("REQUESTS_CA_BUNDLE", "/etc/bundle.pem", &authority.pem);
        let path = world.probe_path(&ALL).await;
        let bundle = seen(&path.tls).bundle.clone().unwrap();
        assert_eq!((bundle.variable.as_str(), bundle.path.as_str()), ("REQUESTS_CA_BUNDLE", "/etc/bundle.pem"));
        assert_eq!(bundle.verdict, Ok(verdict));
        assert_eq!(seen(&path.https).status, 200);
    }
}

#[tokio::test]
async fn a_bundle_that_is_no_use_says_why() {
    let corp = Authority::new("Corp CA", "Corp", Constraints::Critical);
    let server = TlsServer::start(&corp, NAME, Defect::None, Reply::json("{}")).await;
    let empty = world(server.address).await.with_file("CURL_CA_BUNDLE", "/etc/empty.pem", "no certificate");
    let missing = world(server.address).await.var("CURL_CA_BUNDLE", "/etc/missing.pem");
    for (world, why) in [(empty, "holds no certificate"), (missing, "No such file")] {
        let path = world.probe_path(&[ProbeId::Tls]).await;
        let verdict = seen(&path.tls).bundle.clone().unwrap().verdict;
        assert!(verdict.as_ref().unwrap_err().contains(why), "{verdict:?}");
    }
}

#[tokio::test]
async fn what_is_no_handshake_is_told_apart() {
    let limit = Duration::from_secs(1);
    for (reply, fault) in [
        (Reply::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), TlsFault::NotTls),
        (Reply::Bytes(vec![0x15, 3, 1, 0, 2, 2, 70]), TlsFault::NoCommonProtocol),
        (Reply::Bytes(vec![0x15, 3, 1, 0, 2, 2, 40]), TlsFault::NoCommonProtocol),
        (Reply::Reset, TlsFault::Closed),
        (Reply::hang(), TlsFault::Timeout),
    ] {
        let server = HttpServer::blurting(reply.clone()).await;
        let path = world(server.address).await.timeout(limit).probe_path(&ALL).await;
        let tls = seen(&path.tls);
        assert_eq!(tls.fault.as_ref(), Some(&fault), "{reply:?}");
        assert!(tls.chain.is_empty() && tls.system == Trust::NotChecked);
        assert_eq!(skipped(&path.https), format!("tls failed: {}", fault.words()));
    }
}
