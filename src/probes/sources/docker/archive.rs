//! Reads one file out of a container, running or not, by the engine's archive call.

use std::io::Read;

use bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use futures_util::StreamExt;
use tar::{Archive, EntryType};

use super::client::{Client, encoded};
use crate::probes::answer::Answer;
use crate::probes::sources::fault::Fault;
use crate::probes::sources::types::FileContent;

/// Headers and padding around one file.
const AROUND: u64 = 64 << 10;
/// Bytes are taken as they come, in pieces far smaller than this.
const PIECE: usize = 2 << 20;

/// An entry of an archive.
enum Entry {
    Content(FileContent),
    Link(String),
}

impl Client {
    /// Reads the file at `path` in a container, running or not, at most `most` bytes. One symbolic link is followed.
    ///
    /// # Errors
    /// When the engine does not answer, or with something else than an archive.
    pub(crate) async fn file(&self, id: &str, path: &str, most: u64) -> Answer<FileContent> {
        let target = match self.entry(id, path, most).await? {
            Entry::Content(content) => return Ok(content),
            Entry::Link(target) => resolved(path, &target),
        };
        Ok(match self.entry(id, &target, most).await? {
            Entry::Content(content) => content,
            Entry::Link(_) => FileContent::NotRegular("is a link to a link"),
        })
    }

    async fn entry(&self, id: &str, path: &str, most: u64) -> Answer<Entry> {
        // A folder comes with all that is in it: its first header tells enough.
        let largest = usize::try_from(most + AROUND).unwrap_or(usize::MAX);
        let whole = async {
            let call = self.call(PIECE)?;
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
        let bytes = match tokio::time::timeout(self.limit(), whole).await.unwrap_or(Err(Fault::Silent(self.limit()))) {
            Ok(bytes) => bytes,
            Err(Fault::Status(404, _)) => return Ok(Entry::Content(FileContent::Absent)),
            Err(fault) => return Err(self.describe(&fault)),
        };
        first_entry(&bytes, most)
            .map_err(|e| self.describe(&Fault::Broken(format!("its archive of {path} is damaged: {e}"))))
    }
}

/// Where a link leads, seen from the root: `/etc/a` with the target `../b` is `/etc/../b`.
fn resolved(path: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.to_owned();
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{target}")
}

fn first_entry(bytes: &[u8], most: u64) -> std::io::Result<Entry> {
    let other = |what| Entry::Content(FileContent::NotRegular(what));
    let mut archive = Archive::new(bytes);
    let Some(entry) = archive.entries()?.next() else { return Ok(other("is empty even of a name")) };
    let mut entry = entry?;
    Ok(match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous if entry.size() > most => Entry::Content(FileContent::TooLarge),
        EntryType::Regular | EntryType::Continuous => {
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            if content.len() as u64 != entry.size() {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            Entry::Content(FileContent::Bytes(content))
        }
        EntryType::Symlink | EntryType::Link => match entry.link_name()? {
            Some(target) => Entry::Link(target.to_string_lossy().into_owned()),
            None => other("is a link to nowhere"),
        },
        EntryType::Directory => other("is a folder"),
        _ => other("is no regular file"),
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
        assert!(matches!(of(EntryType::Regular, 3, b"abc"), Entry::Content(FileContent::Bytes(c)) if c == b"abc"));
        assert!(matches!(of(EntryType::Symlink, 0, b""), Entry::Link(t) if t == "../run/resolv.conf"));
        assert!(matches!(of(EntryType::Regular, 11, b"12345678901"), Entry::Content(FileContent::TooLarge)));
        assert!(matches!(of(EntryType::Directory, 0, b""), Entry::Content(FileContent::NotRegular("is a folder"))));
        assert!(matches!(of(EntryType::Fifo, 0, b""), Entry::Content(FileContent::NotRegular("is no regular file"))));
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
