//! The proxies that the engine and docker's client are set to, which a container gets or does not get from them.
//! Whether a container needs one is judged elsewhere.

use serde_json::Value;

use super::client::Link;
use super::discover::client_config;
use crate::observations::Engine;
use crate::probes::context::Context;
use crate::scrub::Scrubber;
use crate::scrub::url::masked;

/// What an engine tells of itself is some kilobytes, and more with many plugins.
const LARGEST_INFO: usize = 1 << 20;
/// What the engine says of its own proxies, and how the variables are called.
const DAEMON: [(&str, &str); 3] = [("HttpProxy", "HTTP_PROXY"), ("HttpsProxy", "HTTPS_PROXY"), ("NoProxy", "NO_PROXY")];
/// The same in the client's configuration.
const CLIENT: [(&str, &str); 4] =
    [("httpProxy", "HTTP_PROXY"), ("httpsProxy", "HTTPS_PROXY"), ("allProxy", "ALL_PROXY"), ("noProxy", "NO_PROXY")];

/// The engine with its proxies and the client's. Asked apart from the rest: an engine takes its time to tell all of itself.
pub async fn with_proxies(context: &Context, engine: Engine) -> Engine {
    let Some(link) = context.link() else { return engine };
    if link.proxies().is_none()
        && let Some(found) = of_daemon(&link, &context.scrubber).await
    {
        link.set_proxies(&found);
    }
    let proxies = link.proxies().unwrap_or_default().to_vec();
    let client_proxies = of_client(context, &engine.address);
    Engine { proxies, client_proxies, ..engine }
}

async fn of_daemon(link: &Link, scrubber: &Scrubber) -> Option<Vec<String>> {
    let call = link.call(LARGEST_INFO).ok()?;
    let info = call.whole(call.docker.info()).await.ok()?;
    Some(settings(&info, &DAEMON, scrubber))
}

/// Those for this very engine, else those for all.
fn of_client(context: &Context, address: &str) -> Vec<String> {
    let config = client_config(&context.host).unwrap_or_default();
    let proxies = config.get("proxies");
    let own = proxies.and_then(|p| p.get(address).or_else(|| p.get("default")));
    own.map(|own| settings(own, &CLIENT, &context.scrubber)).unwrap_or_default()
}

fn settings(of: &Value, names: &[(&str, &str)], scrubber: &Scrubber) -> Vec<String> {
    let set = |(field, name): &(&str, &str)| {
        let value = of.get(field)?.as_str().filter(|v| !v.is_empty())?;
        let shown = if *name == "NO_PROXY" { scrubber.text(value) } else { masked(value, scrubber) };
        Some(format!("{name}={shown}"))
    };
    names.iter().filter_map(set).collect()
}
