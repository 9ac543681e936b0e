//! A connection to an engine: bollard's calls, bounded in time and size, and the secrets of the containers it told of.
//! Which engine is asked, and what the answers mean, is decided elsewhere.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bollard::query_parameters::ListContainersOptionsBuilder;
use secrecy::SecretString;
use serde_json::Value;

use super::address::Address;
use super::call::{Call, Wires};
use crate::observations::{ErrorKind, ProbeError};
use crate::probes::Answer;
use crate::probes::context::Context;
use crate::probes::sources::fault::Fault;
use crate::scrub::Scrubber;

/// The description of an image is some kilobytes.
const LARGEST_IMAGE: usize = 8 << 20;

/// Environment variables in clear, in the engine's order.
pub type RawEnvironment = Vec<(String, SecretString)>;

/// A connection to an engine. Clones share it.
///
/// Every request is a GET with its own limits: an engine passes on what containers wrote, of any size and shape.
#[derive(Clone)]
pub struct Link {
    shared: Arc<Shared>,
}

struct Shared {
    wires: Arc<Wires>,
    shown: String,
    podman: OnceLock<bool>,
    proxies: OnceLock<Vec<String>>,
    limit: Duration,
    scrubber: Arc<Scrubber>,
    known: Mutex<HashMap<String, Known>>,
}

/// What is remembered of a container for other probes, and never leaves them.
struct Known {
    image: String,
    environment: Arc<RawEnvironment>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("address", &self.shared.shown).finish_non_exhaustive()
    }
}

impl Link {
    /// A link to the address; nothing is connected until the first request.
    pub(crate) fn new(address: Address, context: &Context) -> Self {
        let shown = context.scrubber.text(&address.to_string());
        Self {
            shared: Arc::new(Shared {
                wires: Arc::new(Wires::new(address, context.host.env.clone())),
                shown,
                podman: OnceLock::new(),
                proxies: OnceLock::new(),
                limit: context.limits.timeout,
                scrubber: Arc::clone(&context.scrubber),
                known: Mutex::default(),
            }),
        }
    }

    /// The address, such as `unix:///var/run/docker.sock`.
    pub fn address(&self) -> &str {
        &self.shared.shown
    }

    /// Notes what the engine said it is.
    pub(crate) fn set_podman(&self, podman: bool) {
        let _ = self.shared.podman.set(podman);
    }

    /// Whether this is Podman, for the few calls it is_valid_address in its own way.
    pub(crate) fn is_podman(&self) -> bool {
        self.shared.podman.get().copied().unwrap_or(false)
    }

    /// The engine's own proxies, once they were asked for; they change only when it is started anew.
    pub(crate) fn proxies(&self) -> Option<&[String]> {
        self.shared.proxies.get().map(Vec::as_slice)
    }

    /// Notes the engine's own proxies.
    pub(crate) fn set_proxies(&self, proxies: &[String]) {
        let _ = self.shared.proxies.set(proxies.to_owned());
    }

    /// The time one request may take.
    pub(crate) fn limit(&self) -> Duration {
        self.shared.limit
    }

    /// The failure in words, told of this engine.
    pub(crate) fn told(&self, fault: &Fault) -> ProbeError {
        fault.told(&format!("the container engine at {}", self.shared.shown), &self.shared.scrubber)
    }

    /// A text of a container's, as it may be told.
    pub(crate) fn scrubbed(&self, text: &str) -> String {
        self.shared.scrubber.text(text)
    }

    /// A call to be made with bollard; its answer, or each piece of one that is read as it comes, has at most `largest` bytes.
    pub(crate) fn call(&self, largest: usize) -> Result<Call, Fault> {
        Call::new(&self.shared.wires, largest, self.shared.limit)
    }

    /// The engine's list of containers.
    pub(crate) async fn containers(&self, most: u16, largest: usize) -> Result<Value, Fault> {
        let call = self.call(largest)?;
        let options = ListContainersOptionsBuilder::new().all(true).limit(most.into()).build();
        call.whole(call.docker.list_containers(Some(options))).await
    }

    /// The engine's description of a container, by its name or id.
    pub(crate) async fn container(&self, name: &str, largest: usize) -> Result<Value, Fault> {
        let call = self.call(largest)?;
        call.whole(call.docker.inspect_container(&encoded(name), None)).await
    }

    /// The engine's description of an image.
    pub(crate) async fn image(&self, name: &str) -> Result<Value, Fault> {
        let call = self.call(LARGEST_IMAGE)?;
        call.whole(call.docker.inspect_image(&encoded(name))).await
    }

    /// Remembers the environment of a container for the probes that look at credentials.
    pub(crate) fn remember(&self, id: &str, image: &str, environment: RawEnvironment) {
        if let Ok(mut known) = self.shared.known.lock() {
            known.insert(id.to_owned(), Known { image: image.to_owned(), environment: Arc::new(environment) });
        }
    }

    /// Whether this container was described to us before.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.shared.known.lock().is_ok_and(|known| known.contains_key(id))
    }

    /// The environment of a container in clear, if the container was described to us. For probes only.
    pub fn environment(&self, id: &str) -> Option<RawEnvironment> {
        Some(self.shared.known.lock().ok()?.get(id)?.environment.as_ref().clone())
    }

    /// The environment that is baked into the image of a container, in clear. For probes only.
    ///
    /// # Errors
    /// When the container was not described to us, its image is gone, or the engine does not answer.
    pub async fn image_environment(&self, id: &str) -> Answer<RawEnvironment> {
        let image = self.shared.known.lock().ok().and_then(|known| Some(known.get(id)?.image.clone()));
        let image = image.filter(|i| !i.is_empty());
        let image = image.ok_or_else(|| ProbeError::new(ErrorKind::NotFound, "the container's image is not known"))?;
        let described = self.image(&image).await.map_err(|fault| match fault {
            Fault::Status(404, _) => ProbeError::new(ErrorKind::NotFound, "the container's image was removed"),
            other => self.told(&other),
        })?;
        Ok(crate::probes::formats::variables::raw_environment(&described))
    }
}

/// Percent-encodes what goes into a path or query.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
