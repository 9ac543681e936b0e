//! The instance that the verdict is about, as the probes that look into it are given it.

use super::formats::secrets::Secrets;
use super::sources::Source;
use crate::observations::Container;

/// The instance that the verdict is about, and what other probes need to look into it.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// The source that can be asked about it; none where it is known from files alone.
    pub source: Option<Source>,
    /// The instance as it is told.
    pub container: Container,
    /// The environment of its process in clear.
    pub environment: Secrets,
    /// The id of its image; empty where that is not known.
    pub image_id: String,
}
