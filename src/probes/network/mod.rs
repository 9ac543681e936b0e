//! Probes the connection path to the license host, step by step: proxy, DNS, TCP, TLS, HTTPS. The first step that fails ends
//! the probe, and the steps after it are reported as skipped. The diagnosis decides which step explains a failure of LocalStack.

pub mod certificate;
mod container_view;
mod dns;
mod https;
pub mod others;
mod proxy;
pub mod resolver;
mod server;
mod settings;
mod socks;
mod tcp;
mod tls;
mod trust;
mod tunnel;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::time::Instant;

use super::answer::Answer;
use super::chosen::Chosen;
use super::context::Context;
use super::guard::{EventSender, observe, send};
use super::host::Environment;
use crate::observations::{
    Dns, ErrorKind, NotObserved, Observation, ProbeError, ProbeId, Proxy, Tcp, Tls, Update, Viewpoint,
};
use proxy::{ProxyServer, Way, choose};
use server::{Scheme, Server};
use settings::Settings;
use tcp::BoxedWire;
use tunnel::ProxyAttempt;

/// The steps of the path, in the order in which they are tried.
pub const STEPS: [ProbeId; 5] = [ProbeId::Proxy, ProbeId::Dns, ProbeId::Tcp, ProbeId::Tls, ProbeId::Https];

/// Probes the path from one viewpoint and sends the observation of each step as soon as it is there. The steps after a
/// failed one are sent as skipped.
///
/// From the container's viewpoint, steps that would repeat those of this machine (same resolvers, same proxy) are skipped.
pub async fn probe_path(
    context: &Context,
    from: Viewpoint,
    chosen: Option<&Chosen>,
    wanted: &BTreeSet<ProbeId>,
    sink: &EventSender,
) {
    let path = PathProbe { context, from, wanted, sink };
    let host = match Settings::of_host(context) {
        Ok(host) => host,
        Err(why) => return path.unusable(&why),
    };
    let settings = match (from, chosen) {
        (Viewpoint::Host, _) => host,
        (Viewpoint::Container, None) => return,
        (Viewpoint::Container, Some(chosen)) => {
            let (chosen, basis) = (chosen.clone(), host.clone());
            let read = async move { Ok(container_view::settings(basis, chosen).await) };
            let Observation::Seen { value: inside, .. } = observe(context, read).await else {
                return path.skip(&STEPS, "the container's settings cannot be read");
            };
            if container_view::same_way(&host, &inside) {
                let proxy = choose(&inside.env, &inside.server, &inside.scrubber).proxy;
                path.tell(Update::Proxy(from, Observation::seen(context.now(), proxy)));
                return path.skip(&STEPS[1..], "same resolvers and proxy as this machine");
            }
            inside
        }
    };
    path.run(Arc::new(settings)).await;
}

/// Sends every step as skipped, with the reason. For a path that is not probed at all, such as with `--offline`.
pub fn skip_path(context: &Context, wanted: &BTreeSet<ProbeId>, sink: &EventSender, because: &str) {
    PathProbe { context, from: Viewpoint::Host, wanted, sink }.skip(&STEPS, because);
}

/// The probe of one path: its viewpoint, the steps that are wanted, and where observations are sent.
struct PathProbe<'a> {
    context: &'a Context,
    from: Viewpoint,
    wanted: &'a BTreeSet<ProbeId>,
    sink: &'a EventSender,
}

/// The proxy that these variables select for the license server. Pure: no connection is made.
pub fn proxy_of(env: &Environment, context: &Context) -> Option<Proxy> {
    let own = env.get("API_ENDPOINT").and_then(|url| Server::parse(url).ok());
    let server = own.or_else(|| Server::parse(&context.api_endpoint).ok())?;
    Some(choose(env, &server, &context.scrubber).proxy).filter(|proxy| !proxy.variables.is_empty())
}

/// What the steps up to TCP leave to TLS and HTTPS: a connection, with the proxy at its other end where requests go to the
/// proxy itself, or the reason why there is no connection.
type Connected = Result<(BoxedWire, Option<Arc<ProxyServer>>), String>;

impl PathProbe<'_> {
    fn tell(&self, update: Update) {
        send(self.sink, self.wanted, update);
    }

    fn skip(&self, steps: &[ProbeId], because: &str) {
        for step in steps {
            let why = NotObserved::Skipped { because: because.to_owned() };
            self.tell(Update::not_observed(*step, self.from, why));
        }
    }

    /// Reports a license server URL that cannot be parsed: DNS fails with this reason, and every other step is skipped.
    fn unusable(&self, why: &str) {
        let error = ProbeError::new(ErrorKind::BadAnswer, why);
        let failed = Observation::Failed { at: self.context.now(), took_ms: 0.0, error };
        self.tell(Update::Dns(self.from, failed));
        self.skip(&[ProbeId::Proxy, ProbeId::Tcp, ProbeId::Tls, ProbeId::Https], why);
    }

    /// Whether this step or a later one is wanted.
    fn reaches(&self, step: ProbeId) -> bool {
        STEPS.iter().skip_while(|s| **s != step).any(|s| self.wanted.contains(s))
    }

    async fn run(&self, settings: Arc<Settings>) {
        let choice = choose(&settings.env, &settings.server, &settings.scrubber);
        let beyond_dns = self.reaches(ProbeId::Tcp);
        let through = match choice.way {
            Way::Direct => None,
            Way::Through(proxy) => Some(Ok(Arc::from(proxy))),
            Way::Blocked(why) => Some(Err(why)),
        };
        // A proxy looks the name up by itself; how this side resolves it is told all the same.
        let asks_proxy = beyond_dns || self.wanted.contains(&ProbeId::Proxy);
        let asks_name = self.wanted.contains(&ProbeId::Dns) || (beyond_dns && through.is_none());
        let name = async {
            if !asks_name {
                return Err("dns was not asked".to_owned());
            }
            let settings = Arc::clone(&settings);
            let dns = observe(self.context, async move { Ok(look(&settings).await) }).await;
            let addresses = usable(&dns);
            self.tell(Update::Dns(self.from, dns));
            addresses
        };
        let proxy = self.ask_proxy(&settings, choice.proxy, through.as_ref(), asks_proxy);
        let (addresses, attempt) = tokio::join!(name, proxy);
        if !beyond_dns {
            return;
        }
        let connected = match (through, addresses) {
            (Some(way), _) => self.on_proxy(way, attempt),
            (None, Ok(addresses)) => self.on_addresses(&settings, addresses).await,
            (None, Err(because)) => {
                self.skip(&[ProbeId::Tcp], &because);
                Err(because)
            }
        };
        self.finish(&settings, connected).await;
    }

    async fn ask_proxy(
        &self,
        settings: &Arc<Settings>,
        mut told: Proxy,
        through: Option<&Result<Arc<ProxyServer>, String>>,
        asks: bool,
    ) -> ProxyAttempt {
        let (observation, attempt) = match through {
            Some(Ok(proxy)) if asks => {
                let (proxy, settings) = (Arc::clone(proxy), Arc::clone(settings));
                let asked = observe(self.context, async move {
                    let attempt = tunnel::pass(&proxy, &settings, Instant::now() + settings.limit).await;
                    told.tunnel.clone_from(&attempt.tunnel);
                    Ok((told, attempt))
                });
                parted(asked.await)
            }
            _ => (Observation::seen(self.context.now(), told), None),
        };
        self.tell(Update::Proxy(self.from, observation));
        attempt.unwrap_or_default()
    }

    fn on_proxy(&self, way: Result<Arc<ProxyServer>, String>, attempt: ProxyAttempt) -> Connected {
        let because = match (&way, &attempt.unasked, &attempt.tunnel) {
            (Err(why), ..) => why.clone(),
            (_, Some(unasked), _) => unasked.clone(),
            (_, _, Some(tunnel)) => format!("proxy failed: {}", tunnel::words(tunnel)),
            _ => "proxy failed".to_owned(),
        };
        match attempt.tcp {
            Some(tcp) => {
                // Its time is in the attempts; the step of the proxy has the whole.
                let took_ms = tcp.attempts.iter().map(|a| a.took_ms).fold(0.0, f64::max);
                self.tell(Update::Tcp(self.from, Observation::Seen { at: self.context.now(), took_ms, value: tcp }));
            }
            None => self.skip(&[ProbeId::Tcp], &because),
        }
        match (attempt.wire, way) {
            (Some(wire), Ok(proxy)) => Ok((wire, Some(proxy).filter(|p| !p.is_socks()))),
            _ => Err(because),
        }
    }

    async fn on_addresses(&self, settings: &Arc<Settings>, mut addresses: Vec<IpAddr>) -> Connected {
        addresses.retain(|ip| !settings.loopback.hides(ip));
        if addresses.is_empty() {
            let because = "the name leads to the container itself, which cannot be asked from this machine";
            self.skip(&[ProbeId::Tcp], because);
            return Err(because.to_owned());
        }
        let port = settings.server.port;
        let deadline = Instant::now() + settings.limit;
        let tried = observe(self.context, async move {
            let (attempts, stream) = tcp::connect(&addresses, port, deadline).await;
            Ok((Tcp { attempts, via_proxy: None }, stream))
        });
        let (tcp, stream) = parted(tried.await);
        let words = tcp.value().and_then(|t| t.attempts.first()).map_or("no answer", |a| a.outcome.words());
        let because = format!("tcp failed: {words}");
        self.tell(Update::Tcp(self.from, tcp));
        stream.flatten().map(|stream| (Box::new(stream) as BoxedWire, None)).ok_or(because)
    }

    async fn finish(&self, settings: &Arc<Settings>, connected: Connected) {
        let above = [ProbeId::Tls, ProbeId::Https];
        let (wire, proxy) = match connected {
            Ok(connected) if self.reaches(ProbeId::Tls) => connected,
            Ok(_) => return,
            Err(because) => return self.skip(&above, &because),
        };
        let (wire, speaks_to) = match settings.server.scheme {
            Scheme::Http => {
                self.skip(&[ProbeId::Tls], "the license server's URL is plain HTTP");
                (wire, proxy)
            }
            Scheme::Https => {
                let shared = Arc::clone(settings);
                let shaken = observe(self.context, async move {
                    let deadline = Instant::now() + shared.limit;
                    let handshake = tls::shake(wire, &shared.server.host, &shared, deadline).await;
                    Answer::Ok((handshake.tls, handshake.wire))
                });
                let (tls, wire): (Observation<Tls>, _) = parted(shaken.await);
                self.tell(Update::Tls(self.from, tls));
                match wire.unwrap_or_else(|| Err("no verdict".to_owned())) {
                    Ok(wire) => (wire, None),
                    Err(why) => return self.skip(&[ProbeId::Https], &format!("tls failed: {why}")),
                }
            }
        };
        if self.wanted.contains(&ProbeId::Https) {
            let shared = Arc::clone(settings);
            let asked = observe(self.context, async move {
                let deadline = Instant::now() + shared.limit;
                https::get(wire, speaks_to.as_deref(), &shared, deadline).await
            });
            let asked = asked.await;
            self.tell(Update::Https(self.from, asked));
        }
    }
}

async fn look(settings: &Settings) -> Dns {
    settings.lookup.look(&settings.server.host, settings.limit, &settings.scrubber).await
}

/// The addresses to connect to, or the reason why there are none.
fn usable(dns: &Observation<Dns>) -> Result<Vec<IpAddr>, String> {
    match dns {
        Observation::Seen { value, .. } if !value.addresses().is_empty() => Ok(value.addresses()),
        Observation::Seen { value, .. } => Err(format!("dns failed: {}", dns::complaint(value))),
        Observation::Failed { error, .. } => Err(format!("dns failed: {error}")),
        _ => Err("dns was not asked".to_owned()),
    }
}

/// Splits an observation of a pair into the part that is reported and the part that the next step needs.
fn parted<A, B>(observation: Observation<(A, B)>) -> (Observation<A>, Option<B>) {
    match observation {
        Observation::Seen { at, took_ms, value: (told, kept) } => {
            (Observation::Seen { at, took_ms, value: told }, Some(kept))
        }
        Observation::Failed { at, took_ms, error } => (Observation::Failed { at, took_ms, error }, None),
        Observation::Pending { since } => (Observation::Pending { since }, None),
        Observation::Skipped { because } => (Observation::Skipped { because }, None),
        Observation::NotAsked => (Observation::NotAsked, None),
    }
}
