//! Reads one file out of a container through the engine, also of a stopped one. Nothing is written or run in it.

use super::Answer;
use super::engine::Link;
use crate::observations::{ErrorKind, ProbeError};

/// The content of a file, at most `limit` bytes; nothing where there is no such file.
///
/// # Errors
/// When the engine does not answer.
pub async fn read(_link: &Link, _container_id: &str, _path: &str, _limit: u64) -> Answer<Option<Vec<u8>>> {
    Err(ProbeError::new(ErrorKind::NotFound, "not built yet"))
}
