//! The containers that a file describes, which of them are LocalStack's, and which one the verdict is about.

use serde_json::Value;

use crate::observations::{Container, CredentialKind};
use crate::probes::formats::environment::GivenEnvironment;
use crate::probes::formats::pod::{self, Described};
use crate::probes::formats::{listing, tree, variables};
use crate::probes::instances::choose;
use crate::probes::sources::docker::inspect;
use crate::probes::sources::recognise::{self, Likeness};
use crate::scrub::Scrubber;

/// A container of LocalStack's.
pub(super) struct Candidate {
    /// As it may be shown.
    pub(super) container: Container,
    /// Its variables in clear; nothing where the file does not say.
    pub(super) environment: Option<GivenEnvironment>,
    /// The last lines of its log, where the file has them.
    pub(super) last_words: Option<String>,
}

/// The containers of LocalStack in the output of `docker inspect`, `podman inspect` or `kubectl get pod -o json|yaml`.
///
/// # Errors
/// When the text describes no container at all: why, to follow the name of the file.
pub(super) fn inspected(text: &str, scrubber: &Scrubber) -> Result<Vec<Candidate>, String> {
    let tree = tree::parse(text).ok_or("is neither JSON nor YAML")?;
    let pods = pod::containers(&tree);
    let described: Vec<Described> = if pods.is_empty() {
        let items = match &tree {
            Value::Array(items) => items.iter().collect(),
            other => vec![other],
        };
        items.into_iter().filter(|item| is_container(item)).map(of_engine).collect()
    } else {
        pods
    };
    if described.is_empty() {
        return Err("describes no container".to_owned());
    }
    let own = described.into_iter().filter(is_localstack);
    Ok(own.map(|d| candidate(d, scrubber)).collect())
}

/// The containers that a table in a text calls LocalStack, by image, service or name.
pub(super) fn listed(text: &str, scrubber: &Scrubber) -> Vec<Candidate> {
    let own = listing::containers(text).into_iter().filter(|d| likeness(&d.inspect) >= Likeness::Maybe);
    own.map(|d| candidate(d, scrubber)).collect()
}

/// The one the verdict is about, as with an engine, and the others in the order in which they are listed.
pub(super) fn choose(mut found: Vec<Candidate>) -> Option<(Candidate, Vec<Candidate>)> {
    let containers = found.iter().map(|candidate| candidate.container.clone()).collect();
    let instances = choose::choose(containers, None);
    let chosen = instances.chosen?;
    let mut take = |container: &Container| {
        let at = found.iter().position(|candidate| candidate.container == *container)?;
        Some(found.swap_remove(at))
    };
    let chosen = take(&chosen)?;
    Some((chosen, instances.others.iter().filter_map(take).collect()))
}

/// Whether this is a container as engines describe them. An image has no state, and neither have volumes and networks.
fn is_container(item: &Value) -> bool {
    let image = item.get("RepoTags").is_some() || item.get("RootFS").is_some();
    !image && (item.get("State").is_some() || item.get("Config").is_some())
}

fn of_engine(inspect: &Value) -> Described {
    let seen = inspect.pointer("/Config/Env").is_some_and(Value::is_array);
    let environment = seen.then(|| variables::in_clear(inspect).iter().collect());
    Described { inspect: inspect.clone(), environment, last_words: None }
}

/// Whether a described container is LocalStack: as with an engine, or because it is given LocalStack's credential. One that
/// has neither a name nor an image is a part of a description, and is what the user says it is.
fn is_localstack(described: &Described) -> bool {
    let inspect = &described.inspect;
    let text = |pointer: &str| inspect.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let anonymous = text("/Name").is_empty() && text("/Config/Image").is_empty();
    let variables = described.environment.iter().flat_map(|e| &e.variables);
    let credential = variables.into_iter().any(|v| CredentialKind::ALL.iter().any(|kind| kind.variable() == v.name));
    let companion = likeness(inspect) == Likeness::Companion;
    anonymous || recognise::confirmed(inspect) || (credential && !companion)
}

fn likeness(inspect: &Value) -> Likeness {
    let text = |pointer: &str| inspect.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let label = |name: &str| Some(inspect.pointer("/Config/Labels")?.get(name)?.as_str()?.to_owned());
    recognise::likeness(text("/Config/Image"), &[text("/Name")], label, false)
}

fn candidate(described: Described, scrubber: &Scrubber) -> Candidate {
    let Described { inspect, environment, last_words } = described;
    let mut container = inspect::inspected(&inspect, scrubber).container;
    if container.environment.is_empty()
        && let Some(given) = &environment
    {
        container.environment = variables::given(given, scrubber);
    }
    Candidate { container, environment, last_words }
}
