//! Proxies: which one is used, what it says to `CONNECT`, and that its password goes to it alone.

use std::time::Duration;

use lsdoctor::observations::{ProbeId, Tunnel};

use super::{ALL, NAME, World, seen, skipped};
use crate::support::fakes::closed_port;
use crate::support::fakes::dns::{DnsServer, Says};
use crate::support::fakes::http::{HttpServer, Reply};
use crate::support::fakes::proxy::ProxyServer;
use crate::support::fakes::tls::{Authority, Constraints, Defect, TlsServer};

/// A resolver that knows no license server: behind a proxy that is no obstacle.
async fn behind(place: std::net::SocketAddr) -> World {
    let dns = DnsServer::with_names(
        &[("proxy.test", Says::ips("127.0.0.1"))],
        Says::Code(hickory_resolver::proto::op::ResponseCode::NXDomain),
    )
    .await;
    World::new().resolvers(&[dns.address]).server(place).timeout(Duration::from_millis(1_500))
}

#[tokio::test]
async fn the_probe_goes_through_the_proxy_and_the_password_to_it_alone() {
    let corp = Authority::new("Corp CA", "Corp", Constraints::Critical);
    let server = TlsServer::start(&corp, NAME, Defect::None, Reply::json("{}")).await;
    let proxy = ProxyServer::leading_to(server.address).await;
    let url = format!("http://someone:pass-word-9@proxy.test:{}", proxy.address.port());
    let world = behind(server.address).await.trusting(&corp.pem).var("HTTPS_PROXY", &url);
    let path = world.probe_path(&ALL).await;

    let told = seen(&path.proxy);
    let used = told.used.as_ref().unwrap();
    assert_eq!((used.variable.as_str(), told.tunnel.as_ref()), ("HTTPS_PROXY", Some(&Tunnel::Open)));
    assert_eq!(used.url, format!("http://***@proxy.test:{}", proxy.address.port()));
    assert!(seen(&path.dns).addresses().is_empty());
    assert_eq!(seen(&path.tcp).via_proxy.as_ref(), Some(&used.url));
    assert_eq!((seen(&path.tls).chain.len(), seen(&path.https).status), (2, 200));

    let heads = proxy.heads.all();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].starts_with(&format!("CONNECT {NAME}:{} HTTP/1.1\r\n", server.address.port())), "{}", heads[0]);
    // someone:pass-word-9
    assert!(heads[0].contains("Proxy-Authorization: Basic c29tZW9uZTpwYXNzLXdvcmQtOQ==\r\n"), "{}", heads[0]);
    assert!(!server.heads.all().join("").to_lowercase().contains("authorization"));
    let all = serde_json::to_string(&path).unwrap();
    assert!(!all.contains("pass-word-9") && !all.contains("c29tZW9uZ"), "{all}");
    assert_eq!(world.context.scrubber.text("x pass-word-9 x"), "x *** x");
}

#[tokio::test]
async fn every_refusal_is_told_apart() {
    let needs = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nproxy-authenticate: NTLM realm=\"x\"\r\n\r\n";
    let schemes = vec!["Negotiate".to_owned(), "NTLM".to_owned()];
    for (reply, tunnel, words) in [
        (Reply::Bytes(needs.into()), Tunnel::AuthenticationRequired { schemes }, "it wants credentials (407)"),
        (
            Reply::html("403 Forbidden", "<title>no</title>"),
            Tunnel::Denied { status: 403 },
            "it denies the tunnel (HTTP 403)",
        ),
        (Reply::hang(), Tunnel::Timeout, "no answer"),
        (
            Reply::Close,
            failed("it closed the connection without an answer"),
            "it closed the connection without an answer",
        ),
        (
            Reply::Reset,
            failed("it closed the connection without an answer"),
            "it closed the connection without an answer",
        ),
        (Reply::Bytes(b"SSH-2.0-x\r\n".to_vec()), failed("its answer is not HTTP"), "its answer is not HTTP"),
        (
            Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-A: b\r\n".repeat(1000)),
            failed("its answer is not HTTP"),
            "its answer is not HTTP",
        ),
    ] {
        let proxy = HttpServer::start(reply).await;
        let world = behind(closed_port()).await.var("https_proxy", &format!("http://{}", proxy.address));
        let path = world.probe_path(&ALL).await;
        assert_eq!(seen(&path.proxy).tunnel.as_ref(), Some(&tunnel));
        assert!(seen(&path.tcp).connected());
        assert_eq!(skipped(&path.tls), format!("proxy failed: {words}"));
    }
}

fn failed(why: &str) -> Tunnel {
    Tunnel::Failed { why: why.to_owned() }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_told() {
    for (url, tunnel, connects) in [
        (format!("http://{}", closed_port()), Tunnel::Refused, true),
        ("http://nowhere.test:3128".to_owned(), Tunnel::UnknownHost, false),
        (format!("socks5h://{}", closed_port()), Tunnel::Refused, true),
    ] {
        let path = behind(closed_port()).await.var("OUTBOUND_HTTPS_PROXY", &url).probe_path(&ALL).await;
        assert_eq!(seen(&path.proxy).tunnel.as_ref(), Some(&tunnel), "{url}");
        assert_eq!(path.tcp.value().is_some(), connects);
        assert!(skipped(&path.https).starts_with("proxy failed: "));
    }
    let path = behind(closed_port()).await.var("ALL_PROXY", "socks4://127.0.0.1:1080").probe_path(&ALL).await;
    assert!(seen(&path.proxy).tunnel.is_none());
    assert_eq!(skipped(&path.https), "a proxy of kind socks4 is not tried");
    let path = behind(closed_port()).await.var("HTTPS_PROXY", "http://pro xy:1").probe_path(&ALL).await;
    assert!(seen(&path.proxy).tunnel.is_none());
    assert_eq!(skipped(&path.tls), "proxy failed: the proxy's URL cannot be read: it holds a space");
}

#[tokio::test]
async fn tls_to_the_proxy_is_a_step_of_its_own() {
    let corp = Authority::new("Corp CA", "Corp", Constraints::Critical);
    let plain = HttpServer::blurting(Reply::http("400 Bad Request", "", "")).await;
    let url = format!("https://{}", plain.address);
    let path = behind(closed_port()).await.var("HTTPS_PROXY", &url).probe_path(&ALL).await;
    let why = "it does not speak TLS: its URL should begin with http://";
    assert_eq!(seen(&path.proxy).tunnel, Some(failed(why)));
    let untrusted = TlsServer::start(&corp, "proxy.test", Defect::None, Reply::http("403 No", "", "")).await;
    let url = format!("https://proxy.test:{}", untrusted.address.port());
    let path = behind(closed_port()).await.var("HTTPS_PROXY", &url).probe_path(&ALL).await;
    assert_eq!(seen(&path.proxy).tunnel, Some(failed("TLS to the proxy: issuer is not trusted")));
    let path = behind(closed_port()).await.trusting(&corp.pem).var("HTTPS_PROXY", &url).probe_path(&ALL).await;
    assert_eq!(seen(&path.proxy).tunnel, Some(Tunnel::Denied { status: 403 }));
}

#[tokio::test]
async fn no_proxy_leads_past_the_proxy_unless_the_proxy_is_localstacks_own() {
    let proxy = HttpServer::start(Reply::http("403 No", "", "")).await;
    let url = format!("http://{}", proxy.address);
    let dns = DnsServer::start(Says::ips("127.0.0.1")).await;
    let world =
        || World::new().resolvers(&[dns.address]).server(closed_port()).var("NO_PROXY", "localhost,.localstack.test");
    let past = world().var("HTTPS_PROXY", &url).probe_path(&ALL).await;
    assert_eq!(seen(&past.proxy).bypassed_by.as_ref().unwrap().entry, ".localstack.test");
    assert!(seen(&past.tcp).via_proxy.is_none() && proxy.heads.all().is_empty());
    let own = world().var("OUTBOUND_HTTPS_PROXY", &url).probe_path(&ALL).await;
    assert_eq!(seen(&own.proxy).tunnel, Some(Tunnel::Denied { status: 403 }));
}

#[tokio::test]
async fn a_plain_server_is_asked_with_the_whole_url() {
    let proxy = HttpServer::start(Reply::json("{}")).await;
    let mut world = behind(closed_port()).await.var("HTTP_PROXY", &format!("http://{}", proxy.address));
    world.context.api_endpoint = "http://license.example/v1".to_owned();
    let path = world.probe_path(&ALL).await;
    assert_eq!(seen(&path.https).status, 200);
    assert!(proxy.heads.all()[0].starts_with("GET http://license.example/v1/health HTTP/1.1\r\n"));
    assert_eq!(skipped(&path.tls), "the license server's URL is plain HTTP");
}

#[tokio::test]
async fn the_name_alone_is_asked_for_without_touching_the_proxy() {
    let proxy = HttpServer::start(Reply::hang()).await;
    let path = behind(closed_port()).await.var("HTTPS_PROXY", &format!("http://{}", proxy.address));
    assert!(path.probe_path(&[ProbeId::Dns]).await.dns.value().is_some());
    assert!(proxy.heads.all().is_empty());
}
