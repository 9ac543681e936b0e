//! Finds the container engine, connects to it, and asks what it is.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use hyper::HeaderMap;
use serde_json::Value;

use super::client::{Api, Client};
use super::discover::{Place, Places, places};
use crate::observations::{Engine, ErrorKind, ProbeError};
use crate::probes::answer::Answer;
use crate::probes::context::Context;
use crate::probes::sources::fault::{Fault, LONGEST_TOLD};

/// A local engine answers a ping in a millisecond; one that needs longer than this hangs.
pub(super) const WELL_KNOWN_WAIT: Duration = Duration::from_secs(1);
/// A ping's body is two letters, a version's some kilobytes.
const LARGEST_VERSION: usize = 256 << 10;

/// Finds the engine and connects to it.
///
/// # Errors
/// When no engine can be reached: why, for each that was tried.
pub(crate) async fn connect(context: &Context) -> Answer<Client> {
    match places(context)? {
        Places::Named(place) => {
            let shown = format!("{}: the container engine at {}", place.because, place.address);
            if place.address.host().is_some_and(|host| !context.permits(host)) {
                let text = format!("{shown} is not on this machine, and nothing else is asked (--offline)");
                return Err(ProbeError::new(ErrorKind::Denied, context.scrubber.text(&text)));
            }
            let answer = ask(context, place, context.limits.timeout).await;
            answer.map_err(|fault| fault.to_error(&shown, &context.scrubber))
        }
        Places::WellKnown(list) => first_of(context, list).await,
    }
}

/// Asks all places at once; the first in listing order that answers wins.
async fn first_of(context: &Context, list: Vec<Place>) -> Answer<Client> {
    let limit = WELL_KNOWN_WAIT.min(context.limits.timeout);
    let mut answers: FuturesOrdered<_> = list
        .into_iter()
        .map(|place| async move {
            let shown = place.address.to_string();
            (shown, ask(context, place, limit).await)
        })
        .collect();
    let mut failed = Vec::new();
    while let Some((shown, answer)) = answers.next().await {
        match answer {
            Ok(client) => return Ok(client),
            Err(fault) => failed.push((shown, fault)),
        }
    }
    Err(none_of(context, failed))
}

/// A socket that is there and fails says more than the ones that are not there.
fn none_of(context: &Context, failed: Vec<(String, Fault)>) -> ProbeError {
    let (absent, present): (Vec<_>, Vec<_>) =
        failed.into_iter().partition(|(_, fault)| fault.kind() == ErrorKind::NotFound);
    let places: Vec<_> = absent.into_iter().map(|(shown, _)| shown).collect();
    // The usual place by name, the rest by number: a list of a dozen paths would hide the point.
    let first = places.first().cloned().unwrap_or_default();
    let none = match places.len().saturating_sub(1) {
        0 => format!("no container engine listens at {first}"),
        more => format!("no container engine listens at {first}, nor at {more} other well-known sockets"),
    };
    if present.is_empty() {
        let advice = "start Docker or Podman, or name its address with --docker-host";
        return ProbeError::new(ErrorKind::NotFound, context.scrubber.text(&format!("{none}; {advice}")));
    }
    let kind = present.first().map_or(ErrorKind::NotFound, |(_, fault)| fault.kind());
    let told: Vec<_> = present.iter().map(|(shown, fault)| format!("{shown} {}", fault.why())).collect();
    let tail = if places.is_empty() { String::new() } else { format!("; {none}") };
    ProbeError::new(kind, context.scrubber.beginning(&format!("{}{tail}", told.join("; ")), LONGEST_TOLD))
}

/// Pings one place: an engine, if it answers as one within the limit.
async fn ask(context: &Context, place: Place, limit: Duration) -> Result<Client, Fault> {
    let api = Api::new(&place.address, context);
    let asked = async {
        let call = api.call(LARGEST_VERSION)?;
        call.whole(call.docker.ping()).await?;
        match call.headers().and_then(of_headers) {
            Some(engine) => Ok(engine),
            None => of_version(&call.whole(call.docker.version()).await?),
        }
    };
    let mut engine = tokio::time::timeout(limit, asked).await.unwrap_or(Err(Fault::Silent(limit)))?;
    for text in [&mut engine.name, &mut engine.version, &mut engine.api_version, &mut engine.os] {
        *text = context.scrubber.text(text);
    }
    api.address().clone_into(&mut engine.address);
    engine.chosen_by = place.because;
    Ok(Client::new(api, engine))
}

/// Reads a ping's headers, which say it all in a tenth of the time that `/version` takes: `Server: Docker/20.10.24 (linux)`.
fn of_headers(headers: &HeaderMap) -> Option<Engine> {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let (program, rest) = header("server")?.split_once('/')?;
    let name = match program {
        "Docker" => "Docker Engine",
        "Libpod" => "Podman Engine",
        _ => return None,
    };
    let version = rest.split_whitespace().next()?;
    let os = header("ostype").or_else(|| rest.split_once('(')?.1.strip_suffix(')'));
    Some(Engine {
        name: name.to_owned(),
        version: version.to_owned(),
        api_version: header("api-version")?.to_owned(),
        os: os.unwrap_or_default().to_owned(),
        ..Engine::default()
    })
}

/// Reads the answer of `/version`, where a proxy drops the headers.
fn of_version(version: &Value) -> Result<Engine, Fault> {
    let text = |pointer: &str| version.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let api_version = text("/ApiVersion");
    if api_version.is_empty() {
        return Err(Fault::NotJson("its version is not that of a container engine".to_owned()));
    }
    let name = match text("/Components/0/Name") {
        name if name.is_empty() || name == "Engine" => "Docker Engine".to_owned(),
        name => name,
    };
    Ok(Engine { name, version: text("/Version"), api_version, os: text("/Os"), ..Engine::default() })
}
