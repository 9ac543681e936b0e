//! The key by which an instance is found again: the source that knows it, and its id there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A source of instances, such as the container engine of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum SourceId {
    /// The container engine: Docker or Podman.
    #[default]
    Engine,
}

/// An instance's key. Whoever keeps a handle can ask its source again, also after the connection was replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Handle {
    /// The source that knows the instance.
    pub source: SourceId,
    /// The id there: for a container engine, the container's full id.
    pub id: String,
}

impl Handle {
    /// The handle of a container on the container engine.
    pub fn of_engine(id: impl Into<String>) -> Self {
        Self { source: SourceId::Engine, id: id.into() }
    }
}

/// One start of one instance. What was seen of one start says nothing about another, so observations carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct StartId {
    /// The instance.
    pub handle: Handle,
    /// When it was started; nothing if it never was.
    pub started_at: Option<Timestamp>,
}
