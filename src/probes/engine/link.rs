//! A connection to an engine: GET requests, bounded in time and size, and the secrets of the containers it told of.
//! Which engine is asked, and what the answers mean, is decided elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use secrecy::SecretString;
use serde_json::Value;

use super::address::Address;
use super::dial::{Wire, dial};
use super::fault::Fault;
use crate::observations::{ErrorKind, ProbeError};
use crate::probes::{Answer, Context, Scrubber};

/// An engine's error message is a line or two.
const LARGEST_MESSAGE: usize = 64 << 10;
/// The description of an image is some kilobytes.
const LARGEST_IMAGE: usize = 8 << 20;
/// So many connections are kept for the next request.
const MOST_IDLE: usize = 4;
/// Time ssh gets to say why it failed.
const COMPLAINT_WAIT: Duration = Duration::from_millis(300);

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
    address: Address,
    shown: String,
    podman: OnceLock<bool>,
    env: BTreeMap<String, String>,
    limit: Duration,
    scrubber: Arc<Scrubber>,
    idle: Mutex<Vec<Sender>>,
    known: Mutex<HashMap<String, Known>>,
}

type Sender = SendRequest<Empty<Bytes>>;

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

/// A complete answer.
pub(crate) struct Reply {
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Bytes,
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Fault> {
        serde_json::from_slice(&self.body).map_err(|e| Fault::NotJson(e.to_string()))
    }
}

impl Link {
    /// A link to the address; nothing is connected until the first request.
    pub(super) fn new(address: Address, context: &Context) -> Self {
        let shown = context.scrubber.text(&address.to_string());
        Self {
            shared: Arc::new(Shared {
                address,
                shown,
                podman: OnceLock::new(),
                env: context.host.env.clone(),
                limit: context.limits.timeout,
                scrubber: Arc::clone(&context.scrubber),
                idle: Mutex::default(),
                known: Mutex::default(),
            }),
        }
    }

    /// The address, such as `unix:///var/run/docker.sock`.
    pub fn address(&self) -> &str {
        &self.shared.shown
    }

    /// Notes what the engine said it is.
    pub(super) fn set_podman(&self, podman: bool) {
        let _ = self.shared.podman.set(podman);
    }

    /// Whether this is Podman, for the few calls it understands in its own way.
    pub(crate) fn is_podman(&self) -> bool {
        self.shared.podman.get().copied().unwrap_or(false)
    }

    /// The time one request may take.
    pub(crate) fn limit(&self) -> Duration {
        self.shared.limit
    }

    /// The failure in words, told of this engine.
    pub(crate) fn told(&self, fault: &Fault) -> ProbeError {
        fault.told(&format!("the container engine at {}", self.shared.shown), &self.shared.scrubber)
    }

    /// GETs a whole answer of at most `largest` bytes; any status but 2xx is a fault.
    pub(crate) async fn get(&self, path: &str, largest: usize) -> Result<Reply, Fault> {
        let limit = self.shared.limit;
        let whole = async {
            let (response, sender) = self.request(path).await?;
            let (parts, mut body) = response.into_parts();
            let mut bytes = Vec::new();
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|e| Fault::Broken(e.to_string()))?;
                let Some(data) = frame.data_ref() else { continue };
                if bytes.len() + data.len() > largest {
                    return Err(Fault::TooLarge(largest));
                }
                bytes.extend_from_slice(data);
            }
            self.keep(sender);
            Ok(Reply { headers: parts.headers, body: Bytes::from(bytes) })
        };
        tokio::time::timeout(limit, whole).await.unwrap_or(Err(Fault::Silent(limit)))
    }

    /// GETs JSON.
    pub(crate) async fn json(&self, path: &str, largest: usize) -> Result<Value, Fault> {
        self.get(path, largest).await?.json()
    }

    /// GETs an answer that is read as it comes; the limits on its body are the reader's.
    pub(crate) async fn stream(&self, path: &str) -> Result<Incoming, Fault> {
        let limit = self.shared.limit;
        let head = tokio::time::timeout(limit, self.request(path)).await;
        Ok(head.unwrap_or(Err(Fault::Silent(limit)))?.0.into_body())
    }

    /// One request, on a kept connection if one is left. A connection that died meanwhile is no failure: a GET can be repeated.
    async fn request(&self, path: &str) -> Result<(Response<Incoming>, Sender), Fault> {
        let kept = self.shared.idle.lock().ok().and_then(|mut idle| idle.pop());
        if let Some(mut sender) = kept.filter(|s| !s.is_closed())
            && sender.ready().await.is_ok()
            && let Ok(response) = sender.send_request(get(path)?).await
        {
            return accepted(response).await.map(|r| (r, sender));
        }
        let Wire { stream, child, complaint } = dial(&self.shared.address, &self.shared.env).await?;
        let answer = async {
            let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(async move {
                let _child = child;
                let _ = connection.await;
            });
            Ok((sender.send_request(get(path)?).await?, sender))
        };
        match answer.await {
            Ok((response, sender)) => accepted(response).await.map(|r| (r, sender)),
            Err(Stop::Fault(fault)) => Err(fault),
            Err(Stop::Http(error)) => match complaint {
                Some(complaint) => {
                    let text = tokio::time::timeout(COMPLAINT_WAIT, complaint).await.ok().and_then(Result::ok);
                    let text = text.map(|t| String::from_utf8_lossy(&t).trim().to_owned()).filter(|t| !t.is_empty());
                    Err(Fault::Ssh(text.unwrap_or_else(|| error.to_string())))
                }
                None => Err(Fault::Broken(error.to_string())),
            },
        }
    }

    fn keep(&self, sender: Sender) {
        if let Ok(mut idle) = self.shared.idle.lock()
            && idle.len() < MOST_IDLE
        {
            idle.push(sender);
        }
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
        let described = self.json(&format!("/images/{}/json", encoded(&image)), LARGEST_IMAGE).await;
        let described = described.map_err(|fault| match fault {
            Fault::Status(404, _) => ProbeError::new(ErrorKind::NotFound, "the container's image was removed"),
            other => self.told(&other),
        })?;
        Ok(crate::probes::container::raw_environment(&described))
    }
}

/// Why there was no response.
enum Stop {
    Http(hyper::Error),
    Fault(Fault),
}

impl From<hyper::Error> for Stop {
    fn from(error: hyper::Error) -> Self {
        Self::Http(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The only kind of request there is.
fn get(path: &str) -> Result<Request<Empty<Bytes>>, Fault> {
    let request = Request::get(path).header(HOST, "docker").body(Empty::new());
    request.map_err(|e| Fault::Broken(format!("the request cannot be written: {e}")))
}

async fn accepted(response: Response<Incoming>) -> Result<Response<Incoming>, Fault> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = http_body_util::Limited::new(response.into_body(), LARGEST_MESSAGE).collect().await;
    let text = body.map(|b| b.to_bytes()).unwrap_or_default();
    let message = match serde_json::from_slice::<Value>(&text) {
        Ok(json) => json.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
        Err(_) => String::from_utf8_lossy(text.get(..200).unwrap_or(&text)).into_owned(),
    };
    Err(Fault::Status(status.as_u16(), message.trim().to_owned()))
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
