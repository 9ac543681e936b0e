//! Climbs the ladder to the license host: proxy, name, connection, certificate, answer. The first rung that breaks ends
//! the climb, and which rung is to blame for a failure of LocalStack is not decided here.

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

use super::Answer;
use super::context::Context;
use super::guard::{Sink, observe, send};
use super::host::Environment;
use crate::observations::{
    Container, Dns, ErrorKind, NotObserved, Observation, ProbeError, ProbeId, Proxy, Tcp, Tls, Update, Viewpoint,
};
use proxy::{ProxyServer, Way, choose};
use server::{Scheme, Server};
use settings::Settings;
use tcp::BoxedWire;
use tunnel::Passage;

/// The rungs, lowest first.
pub const RUNGS: [ProbeId; 5] = [ProbeId::Proxy, ProbeId::Dns, ProbeId::Tcp, ProbeId::Tls, ProbeId::Https];

/// Climbs from one viewpoint and tells of each rung as it is reached. Rungs above a broken one are told as skipped.
///
/// From the container's viewpoint nothing is asked again that this machine's own climb tells as well.
pub async fn climb(
    context: &Context,
    from: Viewpoint,
    container: Option<&Container>,
    wanted: &BTreeSet<ProbeId>,
    sink: &Sink,
) {
    let climb = Climb { context, from, wanted, sink };
    let host = match Settings::of_host(context) {
        Ok(host) => host,
        Err(why) => return climb.unusable(&why),
    };
    let settings = match (from, container) {
        (Viewpoint::Host, _) => host,
        (Viewpoint::Container, None) => return,
        (Viewpoint::Container, Some(container)) => {
            let (link, container, basis) = (context.link(), container.clone(), host.clone());
            let read = async move { Ok(container_view::settings(basis, link, container).await) };
            let Observation::Seen { value: inside, .. } = observe(context, read).await else {
                return climb.skip(&RUNGS, "the container's settings cannot be read");
            };
            if container_view::same_way(&host, &inside) {
                let proxy = choose(&inside.env, &inside.server, &inside.scrubber).proxy;
                climb.tell(Update::Proxy(from, Observation::seen(context.now(), proxy)));
                return climb.skip(&RUNGS[1..], "same resolvers and proxy as this machine");
            }
            inside
        }
    };
    climb.run(Arc::new(settings)).await;
}

/// Tells of every rung that it is not climbed, and why.
pub fn stay(context: &Context, wanted: &BTreeSet<ProbeId>, sink: &Sink, because: &str) {
    Climb { context, from: Viewpoint::Host, wanted, sink }.skip(&RUNGS, because);
}

/// One climb, and where it is told.
struct Climb<'a> {
    context: &'a Context,
    from: Viewpoint,
    wanted: &'a BTreeSet<ProbeId>,
    sink: &'a Sink,
}

/// The proxy that a container's variables name for the way to the license server; nothing is asked of it.
pub fn proxy_of(env: &Environment, context: &Context) -> Option<Proxy> {
    let own = env.get("API_ENDPOINT").and_then(|url| Server::parse(url).ok());
    let server = own.or_else(|| Server::parse(&context.api_endpoint).ok())?;
    Some(choose(env, &server, &context.scrubber).proxy).filter(|proxy| !proxy.variables.is_empty())
}

/// What the lower rungs leave to the upper ones: a connection and the proxy that speaks at its other end, or the reason
/// why there is none.
type Footing = Result<(BoxedWire, Option<Arc<ProxyServer>>), String>;

impl Climb<'_> {
    fn tell(&self, update: Update) {
        send(self.sink, self.wanted, update);
    }

    fn skip(&self, rungs: &[ProbeId], because: &str) {
        for rung in rungs {
            let why = NotObserved::Skipped { because: because.to_owned() };
            self.tell(Update::not_observed(*rung, self.from, why));
        }
    }

    /// The license server's URL is no URL: the lookup fails, and nothing else is tried.
    fn unusable(&self, why: &str) {
        let error = ProbeError::new(ErrorKind::BadAnswer, why);
        let failed = Observation::Failed { at: self.context.now(), took_ms: 0.0, error };
        self.tell(Update::Dns(self.from, failed));
        self.skip(&[ProbeId::Proxy, ProbeId::Tcp, ProbeId::Tls, ProbeId::Https], why);
    }

    /// Whether this rung or one above it was asked for.
    fn climbs_to(&self, rung: ProbeId) -> bool {
        RUNGS.iter().skip_while(|r| **r != rung).any(|r| self.wanted.contains(r))
    }

    async fn run(&self, settings: Arc<Settings>) {
        let choice = choose(&settings.env, &settings.server, &settings.scrubber);
        let beyond_dns = self.climbs_to(ProbeId::Tcp);
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
        let (addresses, passage) = tokio::join!(name, proxy);
        if !beyond_dns {
            return;
        }
        let footing = match (through, addresses) {
            (Some(way), _) => self.on_proxy(way, passage),
            (None, Ok(addresses)) => self.on_addresses(&settings, addresses).await,
            (None, Err(because)) => {
                self.skip(&[ProbeId::Tcp], &because);
                Err(because)
            }
        };
        self.finish(&settings, footing).await;
    }

    async fn ask_proxy(
        &self,
        settings: &Arc<Settings>,
        mut told: Proxy,
        through: Option<&Result<Arc<ProxyServer>, String>>,
        asks: bool,
    ) -> Passage {
        let (observation, passage) = match through {
            Some(Ok(proxy)) if asks => {
                let (proxy, settings) = (Arc::clone(proxy), Arc::clone(settings));
                let asked = observe(self.context, async move {
                    let passage = tunnel::pass(&proxy, &settings, Instant::now() + settings.limit).await;
                    told.tunnel.clone_from(&passage.tunnel);
                    Ok((told, passage))
                });
                parted(asked.await)
            }
            _ => (Observation::seen(self.context.now(), told), None),
        };
        self.tell(Update::Proxy(self.from, observation));
        passage.unwrap_or_default()
    }

    fn on_proxy(&self, way: Result<Arc<ProxyServer>, String>, passage: Passage) -> Footing {
        let because = match (&way, &passage.unasked, &passage.tunnel) {
            (Err(why), ..) => why.clone(),
            (_, Some(unasked), _) => unasked.clone(),
            (_, _, Some(tunnel)) => format!("proxy failed: {}", tunnel::words(tunnel)),
            _ => "proxy failed".to_owned(),
        };
        match passage.tcp {
            Some(tcp) => {
                // Its time is in the attempts; the proxy's rung has the whole.
                let took_ms = tcp.attempts.iter().map(|a| a.took_ms).fold(0.0, f64::max);
                self.tell(Update::Tcp(self.from, Observation::Seen { at: self.context.now(), took_ms, value: tcp }));
            }
            None => self.skip(&[ProbeId::Tcp], &because),
        }
        match (passage.wire, way) {
            (Some(wire), Ok(proxy)) => Ok((wire, Some(proxy).filter(|p| !p.is_socks()))),
            _ => Err(because),
        }
    }

    async fn on_addresses(&self, settings: &Arc<Settings>, mut addresses: Vec<IpAddr>) -> Footing {
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

    async fn finish(&self, settings: &Arc<Settings>, footing: Footing) {
        let above = [ProbeId::Tls, ProbeId::Https];
        let (wire, proxy) = match footing {
            Ok(footing) if self.climbs_to(ProbeId::Tls) => footing,
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

/// The addresses to connect to, else why there are none.
fn usable(dns: &Observation<Dns>) -> Result<Vec<IpAddr>, String> {
    match dns {
        Observation::Seen { value, .. } if !value.addresses().is_empty() => Ok(value.addresses()),
        Observation::Seen { value, .. } => Err(format!("dns failed: {}", dns::complaint(value))),
        Observation::Failed { error, .. } => Err(format!("dns failed: {error}")),
        _ => Err("dns was not asked".to_owned()),
    }
}

/// Parts what is told from what is kept.
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
