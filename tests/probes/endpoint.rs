//! LocalStack's endpoint against stand-ins on loopback: everything that can answer there is told apart, within the time,
//! and nothing is asked but two paths by GET.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use crate::support::PATIENCE;
use std::time::{Duration, Instant};

use lsdoctor::observations::{Answer, Endpoint, StartId};
use lsdoctor::probes::endpoint::Instance;
use lsdoctor::probes::sources::types::Route;
use lsdoctor::probes::{Context, endpoint};
use tempfile::TempDir;

use crate::support::fakes::closed_port;
use crate::support::fakes::context::hermetic;
use crate::support::fakes::http::{HttpServer, Reply};
use crate::support::fakes::tls::{Authority, Constraints, Defect, TlsServer};

const HEALTH: &str = r#"{"services": {"s3": "running", "sqs": "available", "lambda": "error", "x": 5}, "edition": "pro", "version": "4.14.0"}"#;
const INFO: &str = r#"{"version": "4.14.0:abc", "edition": "pro", "is_license_activated": true, "session_id": "s-1",
    "machine_id": "dkr_1", "system": "linux", "is_docker": true, "server_time_utc": "2026-11-24T20:00:00", "uptime": 12}"#;

fn context_at(url: &str) -> (Context, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let mut context = hermetic(dir.path());
    context.endpoint = Some(url.to_owned());
    context.limits.timeout = Duration::from_secs(1);
    (context, dir)
}

async fn observed(url: &str) -> Endpoint {
    let (context, _dir) = context_at(url);
    let begun = Instant::now();
    let found = endpoint::observe(&context, None).await.unwrap();
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    found
}

async fn answer(reply: Reply) -> Answer {
    let server = HttpServer::start(reply).await;
    observed(&format!("http://{}", server.address)).await.answer
}

fn localstack(line: &str) -> Reply {
    let marked = "x-localstack: true\r\nContent-Type: application/json\r\n";
    if line.contains("/_localstack/health ") {
        Reply::http("200 OK", marked, HEALTH)
    } else if line.contains("/_localstack/info ") {
        Reply::http("200 OK", marked, INFO)
    } else {
        Reply::http("404 Not Found", marked, "")
    }
}

#[tokio::test]
async fn localstack_is_asked_two_paths_and_nothing_else() {
    let server = HttpServer::scripted(localstack).await;
    let url = format!("http://someone:pass-word-9@{}/", server.address);
    let (mut context, _dir) = context_at(&url);
    let trap = HttpServer::start(Reply::http("403 No", "", "")).await;
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        context.host.env.insert(name.to_owned(), format!("http://{}", trap.address));
    }
    context.host.env.insert("LOCALSTACK_AUTH_TOKEN".to_owned(), "ls-FAKEfake-fake-fake-fake-notareal9e7c".to_owned());
    let found = endpoint::observe(&context, None).await.unwrap();
    assert_eq!(found.answer, Answer::LocalStack);
    assert_eq!(
        (found.url.as_str(), found.chosen_by.as_str()),
        (&*format!("http://{}", server.address), "--endpoint-url")
    );
    let (health, info) = (found.health.unwrap(), found.info.unwrap());
    assert_eq!((health.services, health.running, health.failing.as_slice()), (4, 1, &["lambda".to_owned()][..]));
    assert_eq!((info.is_license_activated, info.uptime, info.version.as_str()), (Some(true), Some(12), "4.14.0:abc"));

    let mut lines: Vec<String> = server.heads.all().iter().map(|h| h.lines().next().unwrap().to_owned()).collect();
    lines.sort();
    assert_eq!(lines, ["GET /_localstack/health HTTP/1.1", "GET /_localstack/info HTTP/1.1"]);
    let all = server.heads.all().join("").to_lowercase();
    for word in ["authorization", "pass-word", "fake", "cookie", "accept-encoding"] {
        assert!(!all.contains(word), "{word}: {all}");
    }
    assert!(trap.heads.all().is_empty());
}

#[tokio::test]
async fn polling_asks_for_health_alone() {
    let server = HttpServer::scripted(localstack).await;
    let (context, _dir) = context_at("http://unused");
    let (answer, health) = endpoint::poll_health(&context, &format!("http://{}", server.address)).await;
    assert_eq!((answer, health.unwrap().running), (Answer::LocalStack, 1));
    assert_eq!(server.heads.all().len(), 1);
    assert_eq!(endpoint::poll_health(&context, &format!("http://{}", closed_port())).await, (Answer::Refused, None));
}

#[tokio::test]
async fn localstack_in_trouble_is_still_localstack() {
    let failing = answer(Reply::http("502 Bad Gateway", "x-localstack: 2026.3\r\n", "")).await;
    assert_eq!(failing, Answer::LocalStackError { status: 502 });
    // Without the header, as old versions answer: the body tells.
    assert_eq!(answer(Reply::json(HEALTH)).await, Answer::LocalStack);
    let silent =
        HttpServer::scripted(|line| if line.contains("info") { Reply::hang() } else { localstack(line) }).await;
    let found = observed(&format!("http://{}", silent.address)).await;
    assert_eq!((found.answer, found.info), (Answer::LocalStack, None));
}

#[tokio::test]
async fn other_programs_are_named() {
    let page = "<!doctype html><title>Welcome to nginx! </title>";
    let reply = Reply::http("404 Not Found", "Server: nginx/1.27\r\nContent-Type: text/html\r\n", page);
    assert_eq!(
        answer(reply).await,
        Answer::OtherProgram {
            status: 404,
            server: "nginx/1.27".to_owned(),
            says: "Welcome to nginx!".to_owned(),
            program: None
        }
    );
    let moved =
        HttpServer::start(Reply::http("302 Found", "Location: /_localstack/health\r\n", "go  \u{1b}[2Jaway")).await;
    let found = observed(&format!("http://{}", moved.address)).await;
    assert_eq!(
        found.answer,
        Answer::OtherProgram { status: 302, server: String::new(), says: "go away".to_owned(), program: None }
    );
    assert_eq!(moved.heads.all().len(), 2, "a redirect was followed");
    let services = answer(Reply::json(r#"{"services": {"db": "up"}}"#)).await;
    assert!(matches!(services, Answer::OtherProgram { status: 200, .. }), "{services:?}");
}

#[tokio::test]
async fn what_is_not_http_is_quoted() {
    let ssh = answer(Reply::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())).await;
    assert_eq!(ssh, Answer::NotHttp { says: "SSH-2.0-OpenSSH_9.2".to_owned() });
    let tls = HttpServer::blurting(Reply::Bytes(vec![0x15, 3, 3, 0, 2, 2, 10])).await;
    let found = observed(&format!("http://{}", tls.address)).await;
    assert_eq!(found.answer, Answer::NotHttp { says: "TLS: try https://".to_owned() });
}

#[tokio::test]
async fn silence_is_told_apart() {
    assert_eq!(answer(Reply::hang()).await, Answer::Hung);
    assert_eq!(answer(Reply::Close).await, Answer::EmptyReply);
    assert_eq!(answer(Reply::Reset).await, Answer::EmptyReply);
    assert_eq!(observed(&format!("http://{}", closed_port())).await.answer, Answer::Refused);
    assert_eq!(observed(&format!("http://localhost:{}", closed_port().port())).await.answer, Answer::Refused);
    for (url, why) in [
        ("http://no-such-host.invalid:4566", "does not resolve"),
        ("http://bad host:1", "cannot be read"),
        ("unix:///run/x.sock", "neither http nor https"),
    ] {
        let found = observed(url).await.answer;
        assert!(matches!(&found, Answer::Unreachable { why: w } if w.contains(why)), "{url}: {found:?}");
    }
}

#[tokio::test]
async fn hostile_bodies_are_cut_short() {
    let head = b"HTTP/1.1 200 OK\r\nx-localstack: true\r\nContent-Length: 10000000000\r\n\r\n".to_vec();
    assert_eq!(answer(Reply::Endless(head.clone(), vec![b'['; 65536])).await, Answer::LocalStack);
    assert_eq!(answer(Reply::Stall(head)).await, Answer::LocalStack);
    assert_eq!(answer(Reply::Stall(b"HTTP/1.1 200 OK\r\nx-local".to_vec())).await, Answer::Hung);
    let deep = "[".repeat(100_000);
    assert!(matches!(answer(Reply::json(&deep)).await, Answer::OtherProgram { .. }));
    let headers = answer(Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-A: b\r\n".repeat(1000))).await;
    assert!(matches!(headers, Answer::NotHttp { .. }), "{headers:?}");
}

#[tokio::test]
async fn localhost_is_both_families() {
    let Ok(probe) = std::net::TcpListener::bind("[::1]:0") else { return };
    drop(probe);
    let six = HttpServer::on("[::1]:0", localstack).await;
    let found = observed(&format!("localhost:{}", six.address.port())).await;
    assert_eq!((found.answer, found.url), (Answer::LocalStack, format!("http://localhost:{}", six.address.port())));
}

#[tokio::test]
async fn its_own_certificate_is_accepted() {
    let own = Authority::new("LocalStack", "self-made", Constraints::Critical);
    let server = TlsServer::start(&own, "wrong.example", Defect::SelfSigned, Reply::json(HEALTH)).await;
    assert_eq!(observed(&format!("https://{}", server.address)).await.answer, Answer::LocalStack);
    let plain = HttpServer::blurting(Reply::http("400 Bad Request", "", "")).await;
    let found = observed(&format!("https://{}", plain.address)).await.answer;
    assert_eq!(found, Answer::Unreachable { why: "it does not speak TLS: try http://".to_owned() });
}

#[test]
fn the_endpoint_that_the_user_named_goes_before_the_instances_own() {
    let (mut context, _dir) = context_at("http://named:1");
    let instance = Instance {
        name: "localstack-main".to_owned(),
        start: StartId::default(),
        route: Route::Port("http://localhost:14566".to_owned()),
    };
    assert_eq!(endpoint::own_url(&context, &instance), None, "the user named another");
    context.endpoint = None;
    assert_eq!(endpoint::own_url(&context, &instance), Some("http://localhost:14566"));
}

#[tokio::test]
async fn the_published_port_is_asked() {
    let server = HttpServer::scripted(localstack).await;
    let (mut context, _dir) = context_at("x");
    context.endpoint = None;
    let route = Route::Port(format!("http://localhost:{}", server.address.port()));
    let instance = Instance { name: "localstack-main".to_owned(), start: StartId::default(), route };
    let found = endpoint::observe(&context, Some(&instance)).await;
    let found = found.unwrap();
    assert_eq!((found.answer, found.chosen_by.as_str()), (Answer::LocalStack, "port published by localstack-main"));
}
