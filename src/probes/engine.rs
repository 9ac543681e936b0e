//! Finds the container engine and connects to it.

use secrecy::SecretString;

use super::{Answer, Context};
use crate::observations::{Engine, ErrorKind, ProbeError};

/// A connection to an engine.
#[derive(Debug, Clone)]
pub struct Link {
    /// The client.
    pub docker: bollard::Docker,
}

/// Environment variables in clear, in the engine's order.
pub type RawEnvironment = Vec<(String, SecretString)>;

impl Link {
    /// The environment of a container that was described, in clear. For probes only.
    pub fn environment(&self, _id: &str) -> Option<RawEnvironment> {
        None
    }

    /// The environment that is baked into the image of a container, in clear. For probes only.
    ///
    /// # Errors
    /// When the engine does not tell.
    pub async fn image_environment(&self, _id: &str) -> Answer<RawEnvironment> {
        Err(ProbeError::new(ErrorKind::NotFound, "not built yet"))
    }
}

/// Finds the engine, connects, and asks its version. Keeps the connection in the context.
///
/// # Errors
/// When no engine can be reached: why, for each that was tried.
pub async fn observe(_context: &Context) -> Answer<Engine> {
    Err(ProbeError::new(ErrorKind::NotFound, "not built yet"))
}
