//! The license server's answer: any status is an answer, pages and redirects are named, hostile ones are cut short.

use crate::support::PATIENCE;
use std::time::{Duration, Instant};

use lsdoctor::observations::{ConnectionPath, ErrorKind, HttpBody, Https};

use super::{ALL, NAME, World, seen};
use crate::support::fakes::dns::{DnsServer, Says};
use crate::support::fakes::http::Reply;
use crate::support::fakes::tls::{Authority, Constraints, Defect, TlsServer};

/// The path to a server that answers so, and what the server was sent.
async fn answered(reply: Reply, limit: Duration) -> (ConnectionPath, Vec<String>) {
    let corp = Authority::new("Corp CA", "Corp", Constraints::Critical);
    let server = TlsServer::start(&corp, NAME, Defect::None, reply).await;
    let dns = DnsServer::start(Says::ips("127.0.0.1")).await;
    let world = World::new().resolvers(&[dns.address]).server(server.address).trusting(&corp.pem).timeout(limit);
    let world = world
        .var("LOCALSTACK_AUTH_TOKEN", "ls-FAKEfake-fake-fake-fake-notareal9e7c")
        .var("LOCALSTACK_API_KEY", "FAKEKEY123");
    (world.probe_path(&ALL).await, server.heads.all())
}

async fn https(reply: Reply) -> Https {
    seen(&answered(reply, Duration::from_secs(2)).await.0.https).clone()
}

#[tokio::test]
async fn one_get_without_credentials_is_all_that_is_sent() {
    let (path, heads) =
        answered(Reply::http("404 Not Found", "Server: awselb/2.0\r\n", "nope"), Duration::from_secs(2)).await;
    let https = seen(&path.https);
    assert_eq!((https.status, &https.body, https.server.as_deref()), (404, &HttpBody::Plain, Some("awselb/2.0")));
    assert!(https.url.ends_with("/v1/health"), "{}", https.url);
    assert_eq!(heads.len(), 1);
    let mut lines: Vec<String> = heads[0].lines().map(str::to_lowercase).collect();
    assert_eq!(lines.remove(0), "get /v1/health http/1.1");
    lines.retain(|l| !l.is_empty());
    let names: Vec<&str> = lines.iter().map(|l| l.split(':').next().unwrap()).collect();
    assert_eq!(names, ["host", "user-agent", "accept"]);
    assert!(lines[0].contains(NAME) && lines[1].starts_with("user-agent: lsdoctor/"));
}

#[tokio::test]
async fn kinds_of_answers_are_told_apart() {
    let json = https(Reply::json("{\"status\": \"ok\"}")).await;
    assert_eq!((json.status, json.body), (200, HttpBody::Json));
    let portal = https(Reply::html("200 OK", "<html><title>Guest Wi-Fi \u{1b}[31m</title>token_x</html>")).await;
    assert_eq!(portal.body, HttpBody::Html { title: "Guest Wi-Fi".to_owned() });
    let moved = https(Reply::http("302 Found", "Location: https://portal.example/login?u=/v1\r\n", "")).await;
    assert_eq!((moved.status, moved.body), (302, HttpBody::Redirect { to_host: "portal.example".to_owned() }));
    let busy = https(Reply::http("503 Service Unavailable", "", "upstream is down")).await;
    assert_eq!((busy.status, busy.excerpt.as_str()), (503, "upstream is down"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (path, heads) =
        answered(Reply::http("301 Moved", "Location: /v1/health\r\n", ""), Duration::from_secs(2)).await;
    assert_eq!(heads.len(), 1);
    assert_eq!(seen(&path.https).body, HttpBody::Redirect { to_host: NAME.to_owned() });
}

#[tokio::test]
async fn hostile_answers_are_cut_short() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n<html><title>Big</title>";
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let block = [b"10000\r\n".as_slice(), &[b'x'; 65536], b"\r\n"].concat();
    for (reply, body) in [
        (Reply::Endless(head.to_vec(), vec![b'x'; 65536]), HttpBody::Html { title: "Big".to_owned() }),
        (Reply::Endless(chunked.to_vec(), block), HttpBody::Plain),
        (Reply::Stall(head.to_vec()), HttpBody::Html { title: "Big".to_owned() }),
    ] {
        let begun = Instant::now();
        let (path, _) = answered(reply, Duration::from_secs(1)).await;
        let https = seen(&path.https);
        assert_eq!((https.status, &https.body), (200, &body));
        assert!(https.excerpt.len() <= 300);
        assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn no_answer_is_a_failure_that_says_which() {
    for (reply, kind, words) in [
        (Reply::hang(), ErrorKind::Timeout, "no answer in time"),
        (Reply::Close, ErrorKind::BadAnswer, "closed without an answer"),
        (Reply::Bytes(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec()), ErrorKind::BadAnswer, "not HTTP"),
        (Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-A: b\r\n".repeat(1000)), ErrorKind::BadAnswer, ""),
    ] {
        let (path, _) = answered(reply.clone(), Duration::from_secs(1)).await;
        let error = path.https.error().unwrap_or_else(|| panic!("{reply:?}: {:?}", path.https));
        assert!(error.kind == kind && error.detail.contains(words), "{reply:?}: {error:?}");
        assert!(error.detail.contains(NAME));
    }
}
