//! The container's viewpoint: its own settings decide, and nothing is asked twice or asked of the wrong machine.

use lsdoctor::observations::{Container, ContainerNetwork, Tunnel, Variable};

use super::{NAME, World, seen, skipped};
use crate::support::fakes::dns::{DnsServer, Says};
use crate::support::fakes::http::{HttpServer, Reply};
use crate::support::fakes::{closed_port, http, proxy, tls};

fn container(mode: &str, env: &[(&str, &str)]) -> Container {
    Container {
        id: "c0ffee".to_owned(),
        environment: env.iter().map(|(n, v)| Variable { name: (*n).to_owned(), value: (*v).into() }).collect(),
        network: ContainerNetwork { mode: mode.to_owned(), ..ContainerNetwork::default() },
        ..Container::default()
    }
}

#[tokio::test]
async fn the_same_way_is_not_gone_twice() {
    let dns = DnsServer::start(Says::ips("127.0.0.1")).await;
    let world = World::new().resolvers(&[dns.address]);
    let path = world.probe_from_container(&container("bridge", &[])).await;
    assert_eq!(skipped(&path.dns), "same resolvers and proxy as this machine");
    assert_eq!(skipped(&path.https), skipped(&path.dns));
    assert!(seen(&path.proxy).used.is_none());
    assert!(dns.asked.all().is_empty());
    // What a bundle of this machine trusts, the container does not.
    let world = world.with_file("REQUESTS_CA_BUNDLE", "/certs/corp.pem", "");
    seen(&world.probe_from_container(&container("bridge", &[])).await.dns);
}

#[tokio::test]
async fn a_container_without_a_network_is_isolated() {
    let path = World::new().probe_from_container(&container("none", &[])).await;
    assert!(seen(&path.dns).isolated);
    assert_eq!(skipped(&path.https), "dns failed: the container has no network");
}

#[tokio::test]
async fn its_own_proxy_is_used_and_its_trust_is_not_this_systems() {
    let corp = tls::Authority::new("Corp CA", "Corp", tls::Constraints::Critical);
    let server = tls::TlsServer::start(&corp, NAME, tls::Defect::None, http::Reply::json("{}")).await;
    let proxy = proxy::ProxyServer::leading_to(server.address).await;
    let world = World::new().server(server.address).trusting(&corp.pem);
    let inside = container("host", &[("HTTPS_PROXY", &format!("http://{}", proxy.address))]);
    let path = world.probe_from_container(&inside).await;
    assert_eq!(seen(&path.proxy).tunnel, Some(Tunnel::Open));
    assert_eq!(seen(&path.tls).system, lsdoctor::observations::Trust::NotChecked);
    assert_eq!(skipped(&path.https), "tls failed: issuer is not trusted");
}

#[tokio::test]
async fn its_loopback_is_not_ours() {
    let proxy = HttpServer::start(Reply::http("403 No", "", "")).await;
    let url = format!("http://localhost:{}", proxy.address.port());
    // The very same value on this machine means another machine in the container.
    let world = World::new().var("HTTPS_PROXY", &url);
    let path = world.probe_from_container(&container("bridge", &[("HTTPS_PROXY", &url)])).await;
    assert_eq!(
        (seen(&path.proxy).used.as_ref().unwrap().url.as_str(), &seen(&path.proxy).tunnel),
        (url.as_str(), &None)
    );
    assert!(skipped(&path.https).contains("is the container itself"), "{}", skipped(&path.https));
    let mut named = container("bridge", &[]);
    named.network.extra_hosts = vec![format!("{NAME}:127.0.0.1")];
    let path = world.probe_from_container(&named).await;
    assert_eq!(seen(&path.dns).hosts_file.len(), 1);
    assert!(skipped(&path.tcp).contains("the container itself"));
    assert!(proxy.heads.all().is_empty());
}

#[tokio::test]
async fn a_proxy_that_only_the_engine_can_name_is_not_called_broken() {
    let inside = container("bridge", &[("HTTPS_PROXY", "http://host.docker.internal:3128")]);
    let path = World::new().probe_from_container(&inside).await;
    assert!(seen(&path.proxy).tunnel.is_none());
    assert!(skipped(&path.tls).contains("cannot be asked from this machine"));
}

#[tokio::test]
async fn its_own_license_server_is_asked() {
    let server = HttpServer::start(Reply::json("{}")).await;
    let inside = container("host", &[("API_ENDPOINT", &format!("http://{}/v2", server.address))]);
    let path = World::new().server(closed_port()).probe_from_container(&inside).await;
    assert_eq!(seen(&path.https).status, 200);
    assert!(server.heads.all()[0].starts_with("GET /v2/health "));
}

#[tokio::test]
async fn a_bundle_that_cannot_be_read_is_said_to_be_so() {
    let corp = tls::Authority::new("Corp CA", "Corp", tls::Constraints::Critical);
    let server = tls::TlsServer::start(&corp, NAME, tls::Defect::None, http::Reply::json("{}")).await;
    let mut inside = container("host", &[("REQUESTS_CA_BUNDLE", "/certs/corp.pem")]);
    inside.network.extra_hosts = vec![format!("{NAME}:127.0.0.1")];
    let path = World::new().server(server.address).probe_from_container(&inside).await;
    let bundle = seen(&path.tls).bundle.clone().unwrap();
    assert_eq!((bundle.path.as_str(), bundle.verdict.is_err()), ("/certs/corp.pem", true));
}
