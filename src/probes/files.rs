//! Evidence from files instead of live probes; fills the very same snapshot.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a regular file, at most `limit` bytes of it. A pipe, device or directory in its place is an error, not a wait.
///
/// # Errors
/// When it is no regular file, larger than the limit, or cannot be read.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let kind = std::fs::metadata(path)?;
    if !kind.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    if kind.len() > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
