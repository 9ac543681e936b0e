//! What a probe comes back with.

use crate::observations::ProbeError;

/// A probe's result: what it saw, or why it could not look.
pub type Answer<T> = Result<T, ProbeError>;
