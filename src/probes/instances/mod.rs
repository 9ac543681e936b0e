//! Finds LocalStack's containers on the engine, reads their settings, and picks the one the verdict is about.
//! How a container is recognised, read and picked lives in the modules below; nothing is judged.

pub(crate) mod choose;
mod removed;

pub use super::formats::variables::raw_environment;
pub use super::sources::docker::inspect::from_json;
pub(crate) use super::sources::recognise::{Likeness, likeness};

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream;
use serde_json::Value;

use super::Answer;
use super::context::Context;
use super::sources::docker::client::Link;
use super::sources::docker::{inspect, launch};
use super::sources::fault::Fault;
use super::sources::recognise;
use crate::observations::{Container, ErrorKind, GATEWAY_PORT, Image, Instances, ProbeError};

/// A laptop has a few dozen containers, a build host a few hundred.
const MOST_ROWS: u16 = 1_000;
/// A row of the list is 2 to 8 kilobytes.
const LARGEST_LIST: usize = 16 << 20;
/// An inspect answer is 10 to 30 kilobytes; the log of a health check can add to it.
const LARGEST_INSPECT: usize = 4 << 20;
/// So many containers are looked at in detail.
const MOST_CANDIDATES: usize = 50;
/// So many are asked for at the same time: enough for a local socket, gentle on ssh.
const AT_ONCE: usize = 4;

/// All LocalStack containers, one of them chosen.
///
/// # Errors
/// When the engine does not answer, or the container that was named is not there.
pub async fn observe(context: &Context) -> Answer<Instances> {
    let Some(link) = context.link() else {
        return Err(ProbeError::new(ErrorKind::NotFound, "no container engine answers"));
    };
    let limit = context.limits.timeout;
    let looked = tokio::time::timeout(limit, look(context, &link)).await;
    looked.unwrap_or_else(|_| Err(link.told(&Fault::Silent(limit))))
}

async fn look(context: &Context, link: &Link) -> Answer<Instances> {
    let (ends, found) = tokio::join!(removed::ends(context, link), find(context, link));
    let (rows, found, limits) = found?;
    let there: BTreeSet<String> = rows.iter().filter_map(|r| Some(r.get("Id")?.as_str()?.to_owned())).collect();
    let mut vanished = removed::gone(&ends, &there);
    let mut instances = match &context.container {
        Some(name) => match by_name(context, link, name, &found).await {
            Ok(named) => choose::named(named, found),
            Err(error) if error.kind == ErrorKind::NotFound => {
                // The one that was named ended and was removed: that is the answer, and no other's end is.
                let named = name.trim_start_matches('/');
                vanished.retain(|v| v.name == named || v.id.starts_with(named));
                let missing = vanished.is_empty().then_some(error.detail);
                Instances { missing, ..choose::none(found) }
            }
            Err(error) => return Err(error),
        },
        None => choose::choose(found, context.endpoint.as_deref()),
    };
    if let Some(chosen) = &mut instances.chosen {
        name_image(context, link, chosen).await;
        chosen.state.ends = removed::of(&ends, &chosen.id);
    }
    Ok(Instances { vanished, limits, ..instances })
}

/// The engine's list, LocalStack's containers in it, and what was left out. Others are looked into only when nothing looks like LocalStack.
async fn find(context: &Context, link: &Link) -> Answer<(Vec<Value>, Vec<Container>, Vec<String>)> {
    let list = link.containers(MOST_ROWS, LARGEST_LIST).await.map_err(|fault| link.told(&fault))?;
    let Value::Array(mut rows) = list else {
        return Err(link.told(&Fault::NotJson("its list of containers is no list".to_owned())));
    };
    let many = rows.len() >= MOST_ROWS.into();
    rows.truncate(MOST_ROWS.into());
    let mut likely: Vec<(Likeness, &str)> =
        rows.iter().filter_map(|row| Some((likeness_of(row), row.get("Id")?.as_str()?))).collect();
    // The engine lists the newest first; a stable sort keeps that order within a likeness.
    likely.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
    let of = |wanted: &[Likeness]| {
        let chosen = likely.iter().filter(|(l, _)| wanted.contains(l)).take(MOST_CANDIDATES);
        chosen.map(|(l, id)| (*l, (*id).to_owned())).collect::<Vec<_>>()
    };
    let alike = likely.iter().filter(|(l, _)| matches!(l, Likeness::Sure | Likeness::Maybe)).count();
    let mut limits = Vec::new();
    if many {
        limits.push(format!("of the engine's containers, the newest {MOST_ROWS} were looked through"));
    }
    if alike > MOST_CANDIDATES {
        limits.push(format!("of {alike} containers that look like LocalStack's, {MOST_CANDIDATES} were looked into"));
    }
    let mut found = details(context, link, of(&[Likeness::Sure, Likeness::Maybe])).await?;
    if found.is_empty() && context.container.is_none() {
        found = details(context, link, of(&[Likeness::Unlikely])).await?;
    }
    Ok((rows, found, limits))
}

/// The details of those that are LocalStack; one that was removed meanwhile is not there.
async fn details(context: &Context, link: &Link, candidates: Vec<(Likeness, String)>) -> Answer<Vec<Container>> {
    let mut answers = stream::iter(candidates)
        .map(|(likeness, id)| async move { (likeness, link.container(&id, LARGEST_INSPECT).await) })
        .buffered(AT_ONCE);
    let mut found = Vec::new();
    while let Some((likeness, answer)) = answers.next().await {
        match answer {
            Ok(details) if likeness == Likeness::Sure || recognise::confirmed(&details) => {
                found.push(take_up(context, link, &details));
            }
            Ok(_) | Err(Fault::Status(404, _)) => {}
            Err(fault) => return Err(link.told(&fault)),
        }
    }
    Ok(found)
}

/// Reads the details, and leaves the environment in clear with the link, for the probe of credentials.
fn take_up(context: &Context, link: &Link, details: &Value) -> Container {
    let mut container = inspect::from_json(details, &context.scrubber);
    container.launch = launch::within(container.launch, context.host.ci().as_ref());
    let image = details.get("Image").and_then(Value::as_str).unwrap_or_default();
    link.remember(&container.id, image, raw_environment(details));
    container
}

/// The container the user named, whatever it is: by name, id, or the beginning of an id, as the engine resolves it.
async fn by_name(context: &Context, link: &Link, name: &str, found: &[Container]) -> Answer<Container> {
    match link.container(name, LARGEST_INSPECT).await {
        Ok(details) => {
            let foreign = !recognise::confirmed(&details)
                && !found.iter().any(|c| details.get("Id").and_then(Value::as_str) == Some(c.id.as_str()));
            Ok(Container { foreign, ..take_up(context, link, &details) })
        }
        Err(Fault::Status(404, _)) => {
            let known: Vec<_> = found.iter().map(|c| c.name.as_str()).collect();
            let advice = match known.as_slice() {
                [] => "the engine has no LocalStack container; `docker ps --all` lists all".to_owned(),
                names => format!("LocalStack's are {}", names.join(", ")),
            };
            let text = format!("there is no container `{name}` on {}: {advice}", link.address());
            Err(ProbeError::new(ErrorKind::NotFound, context.scrubber.text(&text)))
        }
        Err(fault) => Err(link.told(&fault)),
    }
}

/// An image that is only known by its id has a name if the engine still has a tag for it.
async fn name_image(context: &Context, link: &Link, container: &mut Container) {
    let Some(id) = container.image.as_ref().map(|i| i.reference.clone()).filter(|r| recognise::is_id(r)) else {
        return;
    };
    let Ok(image) = link.image(&id).await else { return };
    let first = |list: &str| image.get(list)?.as_array()?.first()?.as_str().map(|t| context.scrubber.text(t));
    if let Some(name) = first("RepoTags").or_else(|| first("RepoDigests")) {
        let image = Image::parse(&name);
        container.version = container.version.take().or_else(|| Some(image.version()?.to_string()));
        container.image = Some(image);
    }
}

fn likeness_of(row: &Value) -> Likeness {
    let names = row.get("Names").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    let ports = row.get("Ports").and_then(Value::as_array).into_iter().flatten();
    let port = ports.filter_map(|p| p.get("PrivatePort")?.as_u64()).any(|p| p == u64::from(GATEWAY_PORT));
    let label = |name: &str| Some(row.get("Labels")?.get(name)?.as_str()?.to_owned());
    likeness(row.get("Image").and_then(Value::as_str).unwrap_or_default(), &names, label, port)
}

#[cfg(test)]
mod tests;
