//! Reads the proxies that the engine and docker's client are set to. A container gets the client's, never the engine's.

use serde_json::Value;

use super::client::Client;
use super::discover::client_config;
use crate::observations::Engine;
use crate::probes::host::Host;
use crate::scrub::Scrubber;
use crate::scrub::url::masked;

/// An engine's description of itself is some kilobytes, and more with many plugins.
const LARGEST_INFO: usize = 1 << 20;
/// Fields of the engine's description, and the variables they stand for.
const DAEMON: [(&str, &str); 3] = [("HttpProxy", "HTTP_PROXY"), ("HttpsProxy", "HTTPS_PROXY"), ("NoProxy", "NO_PROXY")];
/// Fields of the client's configuration, and the variables they stand for.
const CLIENT: [(&str, &str); 4] =
    [("httpProxy", "HTTP_PROXY"), ("httpsProxy", "HTTPS_PROXY"), ("allProxy", "ALL_PROXY"), ("noProxy", "NO_PROXY")];

impl Client {
    /// Describes the engine with its own proxies and those of docker's client. Asked apart from the rest: an engine takes
    /// its time to describe all of itself.
    pub(crate) async fn about_with_proxies(&self, host: &Host) -> Engine {
        if self.proxies().get().is_none()
            && let Some(found) = self.of_daemon().await
        {
            let _ = self.proxies().set(found);
        }
        self.known_proxies(host)
    }

    /// Describes the engine with its proxies, as far as they were asked for before.
    pub(crate) fn about_with_known_proxies(&self, host: &Host) -> Engine {
        if self.proxies().get().is_some() { self.known_proxies(host) } else { self.about().clone() }
    }

    fn known_proxies(&self, host: &Host) -> Engine {
        let proxies = self.proxies().get().cloned().unwrap_or_default();
        let client_proxies = of_client(host, &self.about().address, self.scrubber());
        Engine { proxies, client_proxies, ..self.about().clone() }
    }

    async fn of_daemon(&self) -> Option<Vec<String>> {
        let call = self.call(LARGEST_INFO).ok()?;
        let info = call.whole(call.docker.info()).await.ok()?;
        Some(settings(&info, &DAEMON, self.scrubber()))
    }
}

/// The proxies that docker's client sets for this engine, else those for all engines.
fn of_client(host: &Host, address: &str, scrubber: &Scrubber) -> Vec<String> {
    let config = client_config(host).unwrap_or_default();
    let proxies = config.get("proxies");
    let own = proxies.and_then(|p| p.get(address).or_else(|| p.get("default")));
    own.map(|own| settings(own, &CLIENT, scrubber)).unwrap_or_default()
}

fn settings(of: &Value, names: &[(&str, &str)], scrubber: &Scrubber) -> Vec<String> {
    let set = |(field, name): &(&str, &str)| {
        let value = of.get(field)?.as_str().filter(|v| !v.is_empty())?;
        let shown = if *name == "NO_PROXY" { scrubber.text(value) } else { masked(value, scrubber) };
        Some(format!("{name}={shown}"))
    };
    names.iter().filter_map(set).collect()
}
