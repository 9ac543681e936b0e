//! Reads the compose file behind the container, or the one that was named, with compose's own interpolation.

use std::path::PathBuf;

use super::{Answer, Context};
use crate::observations::{ComposeFile, Container, ErrorKind, ProbeError};

/// The compose files to read: the ones that were named, else the container's.
pub fn files_of(_context: &Context, _container: Option<&Container>) -> Vec<PathBuf> {
    Vec::new()
}

/// The compose file, as far as LocalStack is concerned.
///
/// # Errors
/// When a file cannot be read.
pub async fn observe(_context: &Context, _files: &[PathBuf]) -> Answer<ComposeFile> {
    Err(ProbeError::new(ErrorKind::NotFound, "not built yet"))
}
