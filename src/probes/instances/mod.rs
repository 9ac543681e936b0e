//! Finds LocalStack's containers, reads their settings, and picks the one that the verdict is about.

pub(crate) mod choose;
mod list;
mod removed;

use super::answer::Answer;
use super::chosen::Chosen;
use super::context::Context;
use super::sources::fault::Fault;
use super::sources::{Source, Sources, recognise};
use crate::observations::{Container, ErrorKind, Instances, ProbeError};

/// What was found: the instances as they are told, and what may not be shown of the chosen one.
#[derive(Debug, Clone)]
pub struct Found {
    /// The instances.
    pub instances: Instances,
    /// The chosen instance, for the probes that look into it.
    pub chosen: Option<Chosen>,
    /// The other instances, for the probes that look into them.
    pub others: Vec<Chosen>,
}

/// Finds all LocalStack containers, and chooses one of them.
///
/// # Errors
/// When the source does not answer in time.
pub async fn observe(context: &Context, sources: &Sources) -> Answer<Found> {
    let Some(source) = sources.iter().next() else {
        return Err(ProbeError::new(ErrorKind::NotFound, "no container engine answers"));
    };
    let limit = context.limits.timeout;
    let looked = tokio::time::timeout(limit, look(context, source)).await;
    looked.unwrap_or_else(|_| Err(source.describe(&Fault::Silent(limit))))
}

async fn look(context: &Context, source: &Source) -> Answer<Found> {
    let (ends, listed) = tokio::join!(removed::ends(source, context.now()), list::list(context, source));
    let list::Listed { there, mut found, limits } = listed?;
    let containers: Vec<Container> = found.iter().map(|i| i.container.clone()).collect();
    let is_known = |id: &str| containers.iter().any(|c| c.id == id);
    let ends = removed::of_localstack(ends, context.container.as_deref(), is_known);
    let mut vanished = removed::gone(&ends, &there);
    let mut instances = match &context.container {
        Some(name) => match source.inspect_named(name).await? {
            Some(named) => {
                let named = list::with_ci(named, context);
                let foreign = !named.is_localstack && !containers.iter().any(|c| c.id == named.container.id);
                let container = Container { foreign, ..named.container.clone() };
                found.push(named);
                choose::named(container, containers)
            }
            None => {
                // The one that was named ended and was removed: that is the answer, and no other's end is.
                let plain = name.trim_start_matches('/');
                vanished.retain(|v| v.name == plain || v.id.starts_with(plain));
                let missing = vanished.is_empty().then(|| list::missing(context, source, name, &containers));
                Instances { missing, ..choose::none(containers) }
            }
        },
        None => choose::choose(containers, context.endpoint.as_deref()),
    };
    if let Some(chosen) = &mut instances.chosen {
        name_image(source, chosen).await;
        chosen.state.ends = removed::of(&ends, &chosen.id);
    }
    let with_secrets = |container: &Container| {
        let inspected = found.iter().rfind(|i| i.container.id == container.id);
        let (environment, image_id) =
            inspected.map(|i| (i.environment.clone(), i.image_id.clone())).unwrap_or_default();
        Chosen { source: Some(source.clone()), container: container.clone(), environment, image_id }
    };
    let chosen = instances.chosen.as_ref().map(with_secrets);
    let others = instances.others.iter().map(with_secrets).collect();
    Ok(Found { instances: Instances { vanished, limits, ..instances }, chosen, others })
}

/// Names an image that is only known by its id, if the source still has a tag for it.
async fn name_image(source: &Source, container: &mut Container) {
    let Some(id) = container.image.as_ref().map(|i| i.reference.clone()).filter(|r| recognise::is_id(r)) else {
        return;
    };
    if let Some(image) = source.image_name(&id).await {
        container.version = container.version.take().or_else(|| Some(image.version()?.to_string()));
        container.image = Some(image);
    }
}

#[cfg(test)]
mod tests;
