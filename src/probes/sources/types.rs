//! The plain types that pass between a source and the probes that use it.

use hyper::body::Bytes;
use jiff::Timestamp;

use super::recognise::{Likeness, is_id};
use crate::observations::{Container, Handle, Stream};
use crate::probes::formats::secrets::Secrets;

/// A row of a source's list: an instance that may be LocalStack's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its key.
    pub(crate) handle: Handle,
    /// How much the row looks like LocalStack.
    pub(crate) likeness: Likeness,
}

/// An instance in detail, and what may not be shown of it.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// The instance as it is told, with its secrets masked.
    pub container: Container,
    /// The environment of its process in clear.
    pub environment: Secrets,
    /// The id of its image; empty where the source does not tell.
    pub image_id: String,
    /// Whether its details prove that it is LocalStack.
    pub is_localstack: bool,
}

/// Which part of a log is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogQuery {
    /// Only what was written at this time or later; whole seconds count.
    pub since: Option<Timestamp>,
    /// Only the last so many lines.
    pub last: Option<u32>,
    /// Whether each piece is to say when it was written.
    pub times: bool,
    /// Whether to go on with what is written from now on.
    pub follow: bool,
}

/// A step in reading a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPiece {
    /// The source has begun to answer. It comes first, also where nothing follows for a long time.
    Opened,
    /// A piece of the log, not necessarily a whole line.
    Written {
        /// Its bytes.
        bytes: Bytes,
        /// Its stream; a terminal's log does not tell streams apart.
        stream: Option<Stream>,
        /// When it was written, by the source's clock, if the query asked for times.
        at: Option<Timestamp>,
    },
}

/// What was found at a path inside an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    /// A file with this content.
    Bytes(Vec<u8>),
    /// Nothing.
    Absent,
    /// Something that is not read, as the rest of a sentence about the path: `is a folder`.
    NotRegular(&'static str),
    /// A file that is larger than was allowed.
    TooLarge,
}

impl FileContent {
    /// The bytes, if it is a file; nothing where there is no file.
    ///
    /// # Errors
    /// When something else is there: why it was not read, as a sentence about the path without a full stop.
    pub fn into_bytes(self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match self {
            Self::Bytes(bytes) => Ok(Some(bytes)),
            Self::Absent => Ok(None),
            Self::NotRegular(what) => Err(format!("{path} in the container {what}")),
            Self::TooLarge => Err(format!("{path} in the container is larger than it should be")),
        }
    }
}

/// Where an instance's endpoint can be reached from this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Through a port that it publishes.
    Port(String),
    /// At its own address.
    Address(String),
    /// Not at all.
    None,
}

impl Route {
    /// The URL, where there is one.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Port(url) | Self::Address(url) => Some(url),
            Self::None => None,
        }
    }
}

/// Something that happened at a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceEvent {
    /// The source answers: from now on, events are told as they happen.
    Subscribed,
    /// Something happened to an instance, which need not be LocalStack's.
    Instance(InstanceEvent),
    /// An event could not be read; what came with it is lost.
    Unreadable,
}

/// Something that happened to an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceEvent {
    /// Its key.
    pub handle: Handle,
    /// Its name, scrubbed.
    pub name: String,
    /// Its image as it was written, scrubbed.
    pub image: String,
    /// How much name, image and labels look like LocalStack.
    pub(crate) likeness: Likeness,
    /// What happened.
    pub kind: EventKind,
    /// When, by the source's clock.
    pub at: Option<Timestamp>,
}

/// What can happen to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It ended, with this exit code if the source told.
    Ended {
        /// The exit code.
        exit_code: Option<i64>,
    },
    /// Somebody asked for its end, such as by `docker stop`; the end follows.
    StopRequested,
    /// It was removed.
    Removed,
    /// Anything else that can change what is seen of it: started, paused, renamed, out of memory, another health.
    Changed,
}

impl InstanceEvent {
    /// Whether this is about LocalStack, as far as the event tells, or about the instance that the user named.
    pub(crate) fn is_about(&self, named: Option<&str>) -> bool {
        let named = named.is_some_and(|n| n.trim_start_matches('/') == self.name || self.handle.id.starts_with(n));
        named
            || match self.likeness {
                Likeness::Sure => true,
                // An image without a name cannot speak for itself; the container's name is all there is.
                Likeness::Maybe => is_id(&self.image) && self.name.to_ascii_lowercase().contains("localstack"),
                Likeness::Unlikely | Likeness::Companion => false,
            }
    }
}
