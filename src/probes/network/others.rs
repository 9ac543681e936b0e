//! LocalStack's other hosts, such as the one its assets come from: how far each can be reached, from this machine.
//! A name is looked up, a connection opened, a handshake made, and no request sent. `assets/hosts.toml` says what does not work without each host.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::dns::complaint;
use super::proxy::{Way, choose};
use super::server::{Scheme, Server};
use super::settings::Settings;
use super::tcp;
use super::tcp::BoxedWire;
use super::tls::shake;
use super::tunnel;
use crate::observations::{Breakpoint, ErrorKind, OtherHost, PathStep, ProbeError};
use crate::probes::Answer;
use crate::probes::context::Context;

/// Goes to every host at once, each within the time of one check.
pub async fn observe(context: &Context) -> Answer<Vec<OtherHost>> {
    let settings = Settings::of_host(context).map_err(|why| ProbeError::new(ErrorKind::BadAnswer, why))?;
    let servers = context.other_hosts.iter().filter_map(|url| Server::parse(url).ok());
    let ways = servers.map(|server| reach(Arc::new(Settings { server, ..settings.clone() })));
    Ok(join_all(ways).await)
}

async fn reach(settings: Arc<Settings>) -> OtherHost {
    let begun = std::time::Instant::now();
    let deadline = Instant::now() + settings.limit;
    let stumbled = match connect(&settings, deadline).await {
        Ok(wire) if settings.server.scheme == Scheme::Https => {
            let shaken = shake(wire, &settings.server.host, &settings, deadline).await;
            shaken.wire.err().map(|why| broken(PathStep::Tls, why))
        }
        Ok(_) => None,
        Err(stumbled) => Some(stumbled),
    };
    let host = settings.scrubber.text(&settings.server.host);
    OtherHost { host, stumbled, took_ms: begun.elapsed().as_secs_f64() * 1000.0 }
}

fn broken(at: PathStep, why: impl Into<String>) -> Breakpoint {
    Breakpoint { at, why: why.into() }
}

async fn connect(settings: &Settings, deadline: Instant) -> Result<BoxedWire, Breakpoint> {
    match choose(&settings.env, &settings.server, &settings.scrubber).way {
        Way::Blocked(why) => Err(broken(PathStep::Proxy, why)),
        Way::Through(proxy) => {
            let attempt = tunnel::pass(&proxy, settings, deadline).await;
            let why = attempt.unasked.or_else(|| attempt.tunnel.as_ref().map(tunnel::words));
            attempt.wire.ok_or_else(|| broken(PathStep::Proxy, why.unwrap_or_else(|| "no answer".to_owned())))
        }
        Way::Direct => {
            let dns = settings.lookup.look(&settings.server.host, settings.limit, &settings.scrubber).await;
            let addresses = dns.addresses();
            if addresses.is_empty() {
                return Err(broken(PathStep::Dns, complaint(&dns)));
            }
            let (attempts, stream) = tcp::connect(&addresses, settings.server.port, deadline).await;
            let why = attempts.first().map_or("no answer", |a| a.outcome.words());
            stream.map(|s| Box::new(s) as BoxedWire).ok_or_else(|| broken(PathStep::Tcp, why))
        }
    }
}
