//! What was seen of an instance that is not the chosen one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::container::{Container, State};
use super::credentials::Credentials;
use super::endpoint::Endpoint;
use super::log::LogDigest;
use super::observation::Observation;

/// One start of one container, and its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct InstanceRun {
    /// The id of the container in full; its name where the evidence comes from files without ids.
    pub id: String,
    /// When the start was.
    pub started_at: Option<Timestamp>,
    /// When the latest end was: of this start, or of the one before it.
    pub finished_at: Option<Timestamp>,
}

impl InstanceRun {
    /// The present run of a container.
    pub fn of(container: &Container) -> Self {
        let State { started_at, finished_at, .. } = container.state;
        Self { id: key(container).to_owned(), started_at, finished_at }
    }
}

/// What tells containers apart: the id, or the name where files have no ids.
pub(super) fn key(container: &Container) -> &str {
    if container.id.is_empty() { &container.name } else { &container.id }
}

/// The evidence of one instance that is not the chosen one. It belongs to one container and to one start of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct InstanceEvidence {
    /// The run that the evidence was collected in.
    #[serde(flatten)]
    pub run: InstanceRun,
    /// When all of it was collected.
    pub at: Option<Timestamp>,
    /// What answers at the address under which the instance itself can be reached.
    pub endpoint: Observation<Endpoint>,
    /// The log of this start.
    pub logs: Observation<LogDigest>,
    /// The credentials of the instance's own process.
    pub credentials: Observation<Credentials>,
}

impl InstanceEvidence {
    /// Whether the evidence is about the present start of this container.
    pub fn is_of(&self, container: &Container) -> bool {
        self.run.id == key(container) && self.run.started_at == container.state.started_at
    }
}
