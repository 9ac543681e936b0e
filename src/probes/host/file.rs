//! Reads files of this machine with an upper bound on their size, and describes why a file could not be read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::observations::{ErrorKind, FileLine, ProbeError};

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

/// Reads a regular file of at most `limit` bytes, off the threads that answer; the bytes are wiped when they are dropped.
///
/// # Errors
/// When it is no regular file, larger than the limit, or cannot be read.
pub(crate) async fn read(path: &Path, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || read_bounded(&path, limit));
    read.await.map_err(io::Error::other)?.map(Zeroizing::new)
}

/// Reads a regular file of at most `limit` bytes as text; bytes that are not UTF-8 become the replacement character.
///
/// # Errors
/// When it is no regular file, larger than the limit, or cannot be read.
pub(crate) async fn read_text(path: &Path, limit: u64) -> io::Result<SecretString> {
    Ok(SecretString::from(String::from_utf8_lossy(&read(path, limit).await?).into_owned()))
}

/// Why a file could not be read, as a probe's own failure.
pub(crate) fn unreadable(path: &str, error: &io::Error) -> ProbeError {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        _ => ErrorKind::BadAnswer,
    };
    ProbeError::new(kind, format!("cannot read {path}: {}", why(error)))
}

/// A file error in words that do not depend on the system.
pub(crate) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// A line of a file.
pub(crate) fn at(path: &Path, line: u64) -> FileLine {
    FileLine { path: path.display().to_string(), line }
}
