//! A container engine that answered: its list, details, files, logs and events, each bounded in time and size.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bollard::query_parameters::ListContainersOptionsBuilder;
use serde_json::Value;

use super::address::Address;
use super::call::Call;
use super::{inspect, list};
use crate::observations::{Engine, ErrorKind, Image, ProbeError};
use crate::probes::answer::Answer;
use crate::probes::context::Context;
use crate::probes::formats::secrets::Secrets;
use crate::probes::formats::variables;
use crate::probes::sources::fault::Fault;
use crate::probes::sources::http::pool::ConnectionPool;
use crate::probes::sources::types::{Candidate, Inspected};
use crate::scrub::Scrubber;

/// A row of the list is 2 to 8 kilobytes.
const LARGEST_LIST: usize = 16 << 20;
/// The description of a container has 10 to 30 kilobytes; the log of its health check can add to it.
const LARGEST_INSPECT: usize = 4 << 20;
/// The description of an image is some kilobytes.
const LARGEST_IMAGE: usize = 8 << 20;

/// A container engine and the connections to it. Clones share the connections.
///
/// Every request is a GET with its own limits: an engine passes on what containers wrote, of any size and shape.
#[derive(Clone)]
pub struct Client {
    api: Api,
    about: Arc<Engine>,
}

/// An address where an engine may answer.
#[derive(Clone)]
pub(super) struct Api {
    shared: Arc<Shared>,
    /// The engine's own proxies, once they were asked for: they change only when it is restarted.
    pub(super) proxies: Arc<OnceLock<Vec<String>>>,
}

struct Shared {
    pool: Arc<ConnectionPool>,
    address: String,
    limit: Duration,
    scrubber: Arc<Scrubber>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.about.address).finish_non_exhaustive()
    }
}

impl Api {
    /// Prepares connections to the address; nothing is connected until the first request.
    pub(super) fn new(address: &Address, context: &Context) -> Self {
        let pool = ConnectionPool::new(address.endpoint(), context.host.env.clone(), "docker");
        let shared = Shared {
            pool: Arc::new(pool),
            address: context.scrubber.text(&address.to_string()),
            limit: context.limits.timeout,
            scrubber: Arc::clone(&context.scrubber),
        };
        Self { shared: Arc::new(shared), proxies: Arc::default() }
    }

    /// The address, such as `unix:///var/run/docker.sock`.
    pub(super) fn address(&self) -> &str {
        &self.shared.address
    }

    /// Prepares a call of bollard's. Its answer, or each piece that is read as it comes, has at most `largest` bytes.
    pub(super) fn call(&self, largest: usize) -> Result<Call, Fault> {
        Call::new(&self.shared.pool, largest, self.shared.limit)
    }
}

impl Client {
    pub(super) fn new(api: Api, about: Engine) -> Self {
        Self { api, about: Arc::new(about) }
    }

    /// The same engine with the proxies that an earlier client of the same address asked for.
    pub(crate) fn with_proxies_of(mut self, earlier: &Self) -> Self {
        if earlier.about.address == self.about.address {
            self.api.proxies = Arc::clone(&earlier.api.proxies);
        }
        self
    }

    /// What the engine said of itself.
    pub fn about(&self) -> &Engine {
        &self.about
    }

    /// Whether this is Podman, for the few calls that it understands in its own way.
    pub(super) fn is_podman(&self) -> bool {
        self.about.name.starts_with("Podman")
    }

    /// The time that one request may take.
    pub(super) fn limit(&self) -> Duration {
        self.api.shared.limit
    }

    pub(super) fn scrubber(&self) -> &Scrubber {
        &self.api.shared.scrubber
    }

    pub(super) fn proxies(&self) -> &OnceLock<Vec<String>> {
        &self.api.proxies
    }

    /// Prepares a call of bollard's, as [`Api::call`] does.
    pub(super) fn call(&self, largest: usize) -> Result<Call, Fault> {
        self.api.call(largest)
    }

    /// Describes a failure, beginning with who failed: `the container engine at unix:///... refuses connections`.
    pub(crate) fn describe(&self, fault: &Fault) -> ProbeError {
        fault.to_error(&format!("the container engine at {}", self.api.address()), self.scrubber())
    }

    /// Lists the engine's containers, the newest first, at most so many. The flag tells whether there may be more.
    ///
    /// # Errors
    /// When the engine does not answer, or with something else than a list.
    pub(crate) async fn list(&self, most: u16) -> Answer<(Vec<Candidate>, bool)> {
        match self.rows(most, LARGEST_LIST).await.map_err(|fault| self.describe(&fault))? {
            Value::Array(rows) => {
                let more = rows.len() >= most.into();
                Ok((rows.iter().take(most.into()).filter_map(list::candidate).collect(), more))
            }
            _ => Err(self.describe(&Fault::NotJson("its list of containers is no list".to_owned()))),
        }
    }

    pub(super) async fn rows(&self, most: u16, largest: usize) -> Result<Value, Fault> {
        let call = self.call(largest)?;
        let options = ListContainersOptionsBuilder::new().all(true).limit(most.into()).build();
        call.whole(call.docker.list_containers(Some(options))).await
    }

    /// Describes a container by its id, its name, or the beginning of its id. Nothing where there is none.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub(crate) async fn inspect(&self, name: &str) -> Answer<Option<Inspected>> {
        match self.details(name, LARGEST_INSPECT).await {
            Ok(details) => Ok(Some(inspect::inspected(&details, self.scrubber()))),
            Err(Fault::Status(404, _)) => Ok(None),
            Err(fault) => Err(self.describe(&fault)),
        }
    }

    pub(super) async fn details(&self, name: &str, largest: usize) -> Result<Value, Fault> {
        let call = self.call(largest)?;
        call.whole(call.docker.inspect_container(&encoded(name), None)).await
    }

    pub(super) async fn image(&self, name: &str) -> Result<Value, Fault> {
        let call = self.call(LARGEST_IMAGE)?;
        call.whole(call.docker.inspect_image(&encoded(name))).await
    }

    /// The first tag, else the first digest, of an image that is known by its id.
    pub(crate) async fn image_name(&self, id: &str) -> Option<Image> {
        let image = self.image(id).await.ok()?;
        let first = |list: &str| image.get(list)?.as_array()?.first()?.as_str().map(|t| self.scrubber().text(t));
        first("RepoTags").or_else(|| first("RepoDigests")).map(|name| Image::parse(&name))
    }

    /// The environment that is baked into an image, in clear.
    ///
    /// # Errors
    /// When the image is not known or gone, or the engine does not answer.
    pub(crate) async fn image_environment(&self, image_id: &str) -> Answer<Secrets> {
        if image_id.is_empty() {
            return Err(ProbeError::new(ErrorKind::NotFound, "the container's image is not known"));
        }
        let described = self.image(image_id).await.map_err(|fault| match fault {
            Fault::Status(404, _) => ProbeError::new(ErrorKind::NotFound, "the container's image was removed"),
            other => self.describe(&other),
        })?;
        Ok(variables::in_clear(&described))
    }
}

/// Percent-encodes a name for a path or a query.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
