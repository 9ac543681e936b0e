//! SOCKS proxies: the probe goes through them by name or by address, and their refusals are told apart.

use std::time::Duration;

use lsdoctor::observations::Tunnel;

use super::{ALL, NAME, World, seen, skipped};
use crate::support::fakes::dns::{DnsServer, Says};
use crate::support::fakes::http::{HttpServer, Reply};
use crate::support::fakes::proxy::SocksServer;
use crate::support::fakes::tls::{Authority, Constraints, Defect, TlsServer};

async fn world(url: &str, place: std::net::SocketAddr, resolves: bool) -> World {
    let says = if resolves { "127.0.0.1" } else { "" };
    let dns = DnsServer::start(Says::ips(says)).await;
    World::new().resolvers(&[dns.address]).server(place).timeout(Duration::from_millis(1_500)).var("ALL_PROXY", url)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[tokio::test]
async fn the_probe_goes_through_by_name_and_the_password_goes_to_the_proxy_alone() {
    let corp = Authority::new("Corp CA", "Corp", Constraints::Critical);
    let server = TlsServer::start(&corp, NAME, Defect::None, Reply::json("{}")).await;
    let proxy = SocksServer::start(server.address, true, 0).await;
    let url = format!("socks5h://someone:pass-word-9@{}", proxy.address);
    let path = world(&url, server.address, false).await.trusting(&corp.pem).probe_path(&ALL).await;
    let told = seen(&path.proxy);
    assert!(told.used.as_ref().unwrap().is_socks());
    assert_eq!((told.tunnel.as_ref(), seen(&path.https).status), (Some(&Tunnel::Open), 200));
    let request = [&[5, 1, 0, 3, NAME.len() as u8], NAME.as_bytes(), &server.address.port().to_be_bytes()].concat();
    let login = [&[1, 7][..], b"someone", &[11], b"pass-word-9"].concat();
    assert_eq!(proxy.asked.all(), [hex(&[5, 2, 0, 2]), hex(&login), hex(&request)]);
    assert!(!serde_json::to_string(&path).unwrap().contains("pass-word-9"));
    assert_eq!(server.heads.all().len(), 1);
}

#[tokio::test]
async fn without_the_h_this_side_looks_the_name_up() {
    let corp = Authority::new("Corp CA", "Corp", Constraints::Critical);
    let server = TlsServer::start(&corp, NAME, Defect::None, Reply::json("{}")).await;
    let proxy = SocksServer::start(server.address, false, 0).await;
    let url = format!("socks5://{}", proxy.address);
    let path = world(&url, server.address, true).await.trusting(&corp.pem).probe_path(&ALL).await;
    assert_eq!(seen(&path.https).status, 200);
    let request = [&[5, 1, 0, 1, 127, 0, 0, 1][..], &server.address.port().to_be_bytes()].concat();
    assert_eq!(proxy.asked.all(), [hex(&[5, 1, 0]), hex(&request)]);
    let path = world(&url, server.address, false).await.probe_path(&ALL).await;
    assert!(skipped(&path.tls).contains("`socks5h://` asks the proxy"), "{}", skipped(&path.tls));
}

#[tokio::test]
async fn every_refusal_is_told_apart() {
    let place = "127.0.0.1:9".parse().unwrap();
    let cases = [
        (SocksServer::start(place, true, 0).await.address, "it wants a user and a password"),
        (SocksServer::start(place, false, 2).await.address, "its rules do not allow the connection"),
        (SocksServer::start(place, false, 5).await.address, "the host refuses its connection"),
        (
            HttpServer::blurting(Reply::Bytes(b"HTTP/1.1 400 No\r\n\r\n".to_vec())).await.address,
            "its answer is not SOCKS 5",
        ),
        (HttpServer::blurting(Reply::Close).await.address, "it closed the connection without an answer"),
    ];
    for (address, words) in cases {
        let path = world(&format!("socks5h://{address}"), place, false).await.probe_path(&ALL).await;
        assert_eq!(seen(&path.proxy).tunnel, Some(Tunnel::Failed { why: words.to_owned() }));
        assert_eq!(skipped(&path.https), format!("proxy failed: {words}"));
    }
    let silent = HttpServer::start(Reply::hang()).await;
    let path = world(&format!("socks5h://{}", silent.address), place, false).await.probe_path(&ALL).await;
    assert_eq!(seen(&path.proxy).tunnel, Some(Tunnel::Timeout));
}
