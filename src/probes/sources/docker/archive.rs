//! Reads one file out of a container, running or not, by the engine's archive call. What is in it is not looked at here.

use std::io::Read;

use bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use futures_util::StreamExt;
use tar::{Archive, EntryType};

use super::client::Link;
use super::client::encoded;
use crate::observations::{ErrorKind, ProbeError};
use crate::probes::Answer;
use crate::probes::sources::fault::Fault;

/// Headers and padding around one file.
const AROUND: u64 = 64 << 10;
/// Bytes are taken as they come, in pieces far smaller than this.
const PIECE: usize = 2 << 20;

/// What the archive call has at a path.
enum Content {
    File(Vec<u8>),
    Link(String),
    Other(&'static str),
}

/// The file at `path` in a container, at most `limit` bytes; `None` if there is none. One symbolic link is followed.
///
/// # Errors
/// When it is no regular file, is larger than the limit, or the engine does not answer.
pub async fn read(link: &Link, container_id: &str, path: &str, limit: u64) -> Answer<Option<Vec<u8>>> {
    let target = match fetch(link, container_id, path, limit).await? {
        None => return Ok(None),
        Some(Content::File(bytes)) => return Ok(Some(bytes)),
        Some(Content::Other(what)) => return Err(refused(link, path, what)),
        Some(Content::Link(target)) => resolved(path, &target),
    };
    match fetch(link, container_id, &target, limit).await? {
        None => Ok(None),
        Some(Content::File(bytes)) => Ok(Some(bytes)),
        Some(Content::Link(_)) => Err(refused(link, path, "is a link to a link")),
        Some(Content::Other(what)) => Err(refused(link, path, what)),
    }
}

fn refused(link: &Link, path: &str, what: &str) -> ProbeError {
    ProbeError::new(ErrorKind::BadAnswer, link.scrubbed(&format!("{path} in the container {what}")))
}

/// Where a link leads, seen from the root.
fn resolved(path: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.to_owned();
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{target}")
}

async fn fetch(link: &Link, id: &str, path: &str, limit: u64) -> Answer<Option<Content>> {
    // A folder comes with all that is in it: its first header tells enough.
    let largest = usize::try_from(limit + AROUND).unwrap_or(usize::MAX);
    let whole = async {
        let call = link.call(PIECE)?;
        let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
        let mut pieces = call.docker.download_from_container(&encoded(id), Some(options));
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.map_err(|e| call.fault(e))?);
            call.renew();
            if bytes.len() > largest {
                break;
            }
        }
        Ok(bytes)
    };
    let bytes = match tokio::time::timeout(link.limit(), whole).await.unwrap_or(Err(Fault::Silent(link.limit()))) {
        Ok(bytes) => bytes,
        Err(Fault::Status(404, _)) => return Ok(None),
        Err(fault) => return Err(link.told(&fault)),
    };
    first_entry(&bytes, limit)
        .map(Some)
        .map_err(|e| link.told(&Fault::Broken(format!("its archive of {path} is damaged: {e}"))))
}

fn first_entry(bytes: &[u8], limit: u64) -> std::io::Result<Content> {
    let mut archive = Archive::new(bytes);
    let Some(entry) = archive.entries()?.next() else { return Ok(Content::Other("is empty even of a name")) };
    let mut entry = entry?;
    Ok(match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous if entry.size() > limit => {
            Content::Other("is larger than it should be")
        }
        EntryType::Regular | EntryType::Continuous => {
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            if content.len() as u64 != entry.size() {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            Content::File(content)
        }
        EntryType::Symlink | EntryType::Link => match entry.link_name()? {
            Some(target) => Content::Link(target.to_string_lossy().into_owned()),
            None => Content::Other("is a link to nowhere"),
        },
        EntryType::Directory => Content::Other("is a folder"),
        _ => Content::Other("is no regular file"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tar::{Builder, Header};

    fn archive(kind: EntryType, size: u64, content: &[u8]) -> Vec<u8> {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_path("resolv.conf").unwrap();
        if kind == EntryType::Symlink {
            header.set_link_name("../run/resolv.conf").unwrap();
        }
        header.set_cksum();
        let mut builder = Builder::new(Vec::new());
        builder.append(&header, content).unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn the_first_entry_tells_what_is_there() {
        let of = |kind, size, content| first_entry(&archive(kind, size, content), 10).unwrap();
        assert!(matches!(of(EntryType::Regular, 3, b"abc"), Content::File(c) if c == b"abc"));
        assert!(matches!(of(EntryType::Symlink, 0, b""), Content::Link(t) if t == "../run/resolv.conf"));
        assert!(matches!(of(EntryType::Regular, 11, b"12345678901"), Content::Other(w) if w.contains("larger")));
        assert!(matches!(of(EntryType::Directory, 0, b""), Content::Other("is a folder")));
        assert!(matches!(of(EntryType::Fifo, 0, b""), Content::Other("is no regular file")));
    }

    #[test]
    fn damage_is_an_error_and_no_crash() {
        assert!(first_entry(&[0x41; 700], 10).is_err());
        let cut = archive(EntryType::Regular, 10, b"0123456789");
        assert!(first_entry(&cut[..515], 10).is_err());
    }

    #[test]
    fn a_link_leads_from_its_own_folder_or_the_root() {
        assert_eq!(resolved("/etc/resolv.conf", "../run/resolv.conf"), "/etc/../run/resolv.conf");
        assert_eq!(resolved("/etc/resolv.conf", "/run/resolv.conf"), "/run/resolv.conf");
    }
}
