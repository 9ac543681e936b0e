//! Where instances come from: a container engine now, other kinds beside it later. Everything else keeps a [`Handle`] and
//! asks the [`Source`] that knows it; only this file matches on the kinds of sources.

pub mod docker;
pub mod fault;
pub mod http;
pub mod recognise;
pub mod types;

use futures_util::{Stream, StreamExt};
use jiff::Timestamp;

use crate::observations::{Container, Engine, Handle, Image, ProbeError, SourceId};
use crate::probes::answer::Answer;
use crate::probes::context::Context;
use crate::probes::formats::secrets::Secrets;
use crate::probes::host::Host;
use fault::Fault;
use types::{Candidate, FileContent, Inspected, InstanceEvent, LogPiece, LogQuery, Route, SourceEvent};

/// Something that runs instances and answers. Clones share its connections.
#[derive(Debug, Clone)]
pub enum Source {
    /// Docker or Podman.
    Docker(docker::Client),
}

/// Every source that answered.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Connects to every source. `before` are the sources of an earlier round: what they described at length, and what does
    /// not change while they run, is not asked again.
    ///
    /// # Errors
    /// When no source can be reached: why, for each that was tried.
    pub async fn connect(context: &Context, before: &Self) -> Answer<Self> {
        let mut client = docker::connect(context).await?;
        for source in &before.0 {
            let Source::Docker(earlier) = source;
            client = client.with_proxies_of(earlier);
        }
        Ok(Self(vec![Source::Docker(client)]))
    }

    /// The source that knows this instance.
    pub fn of(&self, handle: &Handle) -> Option<&Source> {
        self.0.iter().find(|source| source.id() == handle.source)
    }

    /// The sources, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// Whether these are the same sources at the same addresses.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(a, b)| a.about().address == b.about().address)
    }
}

impl Source {
    /// The source's part of a handle.
    pub const fn id(&self) -> SourceId {
        match self {
            Self::Docker(_) => SourceId::Engine,
        }
    }

    /// Describes the source: kind, version, address.
    pub fn about(&self) -> &Engine {
        match self {
            Self::Docker(client) => client.about(),
        }
    }

    /// Describes the source with the proxies it is set to, which it may have to be asked for.
    pub async fn about_with_proxies(&self, host: &Host) -> Engine {
        match self {
            Self::Docker(client) => client.about_with_proxies(host).await,
        }
    }

    /// Describes the source with the proxies it is set to, if it was asked for them before.
    pub fn about_with_known_proxies(&self, host: &Host) -> Engine {
        match self {
            Self::Docker(client) => client.about_with_known_proxies(host),
        }
    }

    /// Lists instances, the newest first, at most `most` of them. The flag says whether there may be more.
    ///
    /// # Errors
    /// When the source does not answer as it should.
    pub(crate) async fn list(&self, most: u16) -> Answer<(Vec<Candidate>, bool)> {
        match self {
            Self::Docker(client) => client.list(most).await,
        }
    }

    /// Describes an instance; nothing where it is gone.
    ///
    /// # Errors
    /// When the source does not answer.
    pub async fn inspect(&self, handle: &Handle) -> Answer<Option<Inspected>> {
        match self {
            Self::Docker(client) => client.inspect(&handle.id).await,
        }
    }

    /// Describes the instance that a user named, as the source resolves names; nothing where there is none.
    ///
    /// # Errors
    /// When the source does not answer.
    pub async fn inspect_named(&self, name: &str) -> Answer<Option<Inspected>> {
        match self {
            Self::Docker(client) => client.inspect(name).await,
        }
    }

    /// The name of an image that is known by its id, if the source still has one for it.
    pub async fn image_name(&self, id: &str) -> Option<Image> {
        match self {
            Self::Docker(client) => client.image_name(id).await,
        }
    }

    /// The environment that is baked into an image, in clear.
    ///
    /// # Errors
    /// When the image is gone, or the source does not answer.
    pub async fn image_environment(&self, image_id: &str) -> Answer<Secrets> {
        match self {
            Self::Docker(client) => client.image_environment(image_id).await,
        }
    }

    /// Reads an instance's log. The stream ends with the log, or with the first failure.
    pub(crate) fn log(
        &self,
        handle: &Handle,
        query: LogQuery,
    ) -> impl Stream<Item = Result<LogPiece, Fault>> + Send + use<> {
        match self {
            Self::Docker(client) => client.log(&handle.id, query).boxed(),
        }
    }

    /// Reads a file inside an instance, running or not, at most `most` bytes. One symbolic link is followed.
    ///
    /// # Errors
    /// When the source does not answer.
    pub async fn file(&self, handle: &Handle, path: &str, most: u64) -> Answer<FileContent> {
        match self {
            Self::Docker(client) => client.file(&handle.id, path, most).await,
        }
    }

    /// Reads the events between two times that the source still remembers. The stream ends with them.
    pub fn past_events(&self, since: Timestamp, until: Timestamp) -> impl Stream<Item = InstanceEvent> + Send + use<> {
        match self {
            Self::Docker(client) => client.past_events(since, until).boxed(),
        }
    }

    /// Follows events from now on, and those after `last` that the source still remembers. The stream ends with the
    /// connection.
    pub fn events(&self, last: Option<Timestamp>) -> impl Stream<Item = SourceEvent> + Send + use<> {
        match self {
            Self::Docker(client) => client.events(last).boxed(),
        }
    }

    /// Where an instance's endpoint can be reached from this machine.
    pub fn route(&self, container: &Container) -> Route {
        match self {
            Self::Docker(client) => client.route(container),
        }
    }

    /// Describes a failure of this source.
    pub(crate) fn describe(&self, fault: &Fault) -> ProbeError {
        match self {
            Self::Docker(client) => client.describe(fault),
        }
    }
}
