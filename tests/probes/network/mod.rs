//! The path to the license server against stand-ins on loopback: every way a step fails is told apart, within its
//! time, and nothing goes out but lookups, a handshake and one GET without credentials.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod dns;
mod https;
mod inside;
mod others;
mod proxy;
mod socks;
mod tls;

use crate::support::PATIENCE;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lsdoctor::observations::{ConnectionPath, Container, Observation, ProbeId, Snapshot, Update, Variable, Viewpoint};
use lsdoctor::probes::chosen::Chosen;
use lsdoctor::probes::{Context, ProbeEvent, network};
use tempfile::TempDir;

use crate::support::fakes::context::hermetic;

/// The steps.
const ALL: [ProbeId; 5] = [ProbeId::Proxy, ProbeId::Dns, ProbeId::Tcp, ProbeId::Tls, ProbeId::Https];
/// The name under which the stand-ins are asked.
const NAME: &str = "api.localstack.test";

/// A world: a context, and the directory it lives in.
struct World {
    context: Context,
    _dir: TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { context: hermetic(dir.path()), _dir: dir }
    }

    /// The license server is this place, under its name.
    fn server(mut self, place: SocketAddr) -> Self {
        self.context.api_endpoint = format!("https://{NAME}:{}/v1", place.port());
        self
    }

    fn resolvers(mut self, places: &[SocketAddr]) -> Self {
        self.context.dns_servers = places.to_vec();
        self
    }

    fn var(mut self, name: &str, value: &str) -> Self {
        self.context.host.env.insert(name.to_owned(), value.to_owned());
        self
    }

    fn timeout(mut self, limit: Duration) -> Self {
        self.context.limits.timeout = limit;
        self
    }

    /// Roots of this system, in place of its own store.
    fn trusting(self, pem: &str) -> Self {
        self.with_file("SSL_CERT_FILE", "/etc/roots.pem", pem)
    }

    fn with_file(self, variable: &str, path: &str, text: &str) -> Self {
        crate::support::fakes::context::write(&self.context, path, text);
        self.var(variable, path)
    }

    async fn probe_path(&self, wanted: &[ProbeId]) -> ConnectionPath {
        self.probe_from(Viewpoint::Host, None, wanted).await.host
    }

    async fn probe_from_container(&self, container: &Container) -> ConnectionPath {
        self.probe_from(Viewpoint::Container, Some(container), &ALL).await.inside
    }

    async fn probe_from(&self, from: Viewpoint, container: Option<&Container>, wanted: &[ProbeId]) -> Snapshot {
        let (sink, mut news) = tokio::sync::mpsc::unbounded_channel();
        let begun = Instant::now();
        let in_clear = |v: &Variable| (v.name.clone(), v.value.to_string());
        let chosen = container.map(|container| Chosen {
            container: container.clone(),
            environment: container.environment.iter().map(in_clear).collect(),
            ..Chosen::default()
        });
        network::probe_path(&self.context, from, chosen.as_ref(), &wanted.iter().copied().collect(), &sink).await;
        // Five steps, each with its limit and a moment of grace.
        assert!(begun.elapsed() < self.context.limits.timeout * 5 + PATIENCE, "{:?}", begun.elapsed());
        drop(sink);
        let mut snapshot = Snapshot::default();
        while let Some(ProbeEvent::Update(update)) = news.recv().await {
            assert!(wanted.contains(&update.probe()), "{update:?} was not asked for");
            let took = took_ms(&update);
            let limit = self.context.limits.timeout + PATIENCE;
            assert!(took.unwrap_or(0.0) < limit.as_secs_f64() * 1000.0, "{took:?} ms: {update:?}");
            snapshot.apply(*update);
        }
        snapshot
    }
}

fn took_ms(update: &Update) -> Option<f64> {
    match update {
        Update::Proxy(_, o) => o.took_ms(),
        Update::Dns(_, o) => o.took_ms(),
        Update::Tcp(_, o) => o.took_ms(),
        Update::Tls(_, o) => o.took_ms(),
        Update::Https(_, o) => o.took_ms(),
        _ => None,
    }
}

/// The reason a step was not tried.
fn skipped<T: std::fmt::Debug>(observation: &Observation<T>) -> &str {
    match observation {
        Observation::Skipped { because } => because,
        other => panic!("not skipped: {other:?}"),
    }
}

fn seen<T: std::fmt::Debug>(observation: &Observation<T>) -> &T {
    observation.value().unwrap_or_else(|| panic!("not seen: {observation:?}"))
}
