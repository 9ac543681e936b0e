//! One call of bollard's over a connection that is dialled here: GETs only, within a time and an allowance of bytes.
//! What is asked, and what the answer means, is not known here.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker, errors::Error};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::SetOnce;

use super::address::Address;
use crate::probes::host::Environment;
use crate::probes::sources::fault::Fault;
use crate::probes::sources::http::budget::{Allowance, metered};
use crate::probes::sources::http::dial::{Wire, dial};

/// So many connections are kept for the next call.
const MOST_IDLE: usize = 4;
/// Time ssh gets to say why it failed.
const COMPLAINT_WAIT: Duration = Duration::from_millis(300);

/// Where calls go, and the connections that are kept for them.
pub(crate) struct Wires {
    address: Address,
    env: Environment,
    idle: Mutex<Vec<Open>>,
}

/// An open connection.
struct Open {
    sender: SendRequest<Empty<Bytes>>,
    allowance: Arc<Allowance>,
}

impl Wires {
    /// Wires to the address; `env` is what ssh is run with.
    pub(crate) const fn new(address: Address, env: Environment) -> Self {
        Self { address, env, idle: Mutex::new(Vec::new()) }
    }

    /// One request, on a kept connection if one is left. A connection that died meanwhile is no failure: a GET can be repeated.
    async fn send(&self, path: &str, largest: usize) -> Result<(Response<Incoming>, Open), Fault> {
        let kept = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        if let Some(mut open) = kept
            && open.sender.ready().await.is_ok()
        {
            open.allowance.renew(largest);
            if let Ok(response) = open.sender.send_request(get(path)?).await {
                return Ok((response, open));
            }
        }
        let Wire { stream, child, complaint } = dial(&self.address, &self.env).await?;
        let allowance = Arc::new(Allowance::new(largest));
        let request = get(path)?;
        let answer = async {
            let (mut sender, connection) = handshake(TokioIo::new(metered(stream, &allowance))).await?;
            tokio::spawn(async move {
                let _child = child;
                let _ = connection.await;
            });
            Ok::<_, hyper::Error>((sender.send_request(request).await?, sender))
        };
        match answer.await {
            Ok((response, sender)) => Ok((response, Open { sender, allowance })),
            Err(error) => match complaint {
                Some(complaint) => {
                    let text = tokio::time::timeout(COMPLAINT_WAIT, complaint).await.ok().and_then(Result::ok);
                    let text = text.map(|t| String::from_utf8_lossy(&t).trim().to_owned()).filter(|t| !t.is_empty());
                    Err(Fault::Ssh(text.unwrap_or_else(|| error.to_string())))
                }
                None => Err(Fault::Broken(error.to_string())),
            },
        }
    }

    fn keep(&self, open: Open) {
        if let Ok(mut idle) = self.idle.lock()
            && idle.len() < MOST_IDLE
        {
            idle.push(open);
        }
    }
}

/// The only kind of request there is.
fn get(path: &str) -> Result<Request<Empty<Bytes>>, Fault> {
    let request = Request::get(path).header(HOST, "docker").body(Empty::new());
    request.map_err(|e| Fault::Broken(format!("the request cannot be written: {e}")))
}

/// bollard, for one call: its answer, or each piece of it that is read as it comes, may have so many bytes.
pub(crate) struct Call {
    /// Makes the call.
    pub(crate) docker: Docker,
    answer: Arc<SetOnce<Answered>>,
    wires: Arc<Wires>,
    largest: usize,
    limit: Duration,
}

/// What is known once a call was answered well.
struct Answered {
    path: String,
    headers: HeaderMap,
    allowance: Arc<Allowance>,
    /// Taken when the answer was read to its end.
    open: Mutex<Option<Open>>,
}

impl Call {
    /// A call to be made; nothing is connected yet.
    pub(crate) fn new(wires: &Arc<Wires>, largest: usize, limit: Duration) -> Result<Self, Fault> {
        let answer = Arc::new(SetOnce::new());
        let (sending, answered) = (Arc::clone(wires), Arc::clone(&answer));
        let transport = move |request: BollardRequest| {
            let (wires, answered) = (Arc::clone(&sending), Arc::clone(&answered));
            async move {
                if request.method() != Method::GET {
                    return Err(Error::from(std::io::Error::other("only GETs are made")));
                }
                let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
                let (response, open) = wires.send(&path, largest).await.map_err(std::io::Error::other)?;
                if response.status().is_success() {
                    let (headers, allowance) = (response.headers().clone(), Arc::clone(&open.allowance));
                    let _ = answered.set(Answered { path, headers, allowance, open: Mutex::new(Some(open)) });
                }
                Ok(response)
            }
        };
        // bollard counts in whole seconds: its own limit must not come before ours.
        let seconds = limit.as_secs().saturating_add(1);
        let docker =
            Docker::connect_with_custom_transport(transport, Some("http://docker"), seconds, API_DEFAULT_VERSION)
                .map_err(|e| Fault::Broken(e.to_string()))?;
        Ok(Self { docker, answer, wires: Arc::clone(wires), largest, limit })
    }

    /// A whole answer, in time, as JSON. The connection is kept.
    ///
    /// bollard refuses an answer for one word it does not know: such an answer is asked for again, and taken as it is.
    pub(crate) async fn whole<T: Serialize>(
        &self,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<Value, Fault> {
        let read = async {
            let typed = match answer.await {
                Ok(typed) => serde_json::to_value(typed).map_err(|e| Fault::NotJson(e.to_string())),
                Err(error) => Err(self.fault(error)),
            };
            let Some(answered) = self.answer.get() else { return typed };
            match typed {
                Err(Fault::NotJson(_)) => self.as_written(&answered.path).await,
                typed => {
                    let open = answered.open.lock().ok().and_then(|mut open| open.take());
                    open.into_iter().for_each(|open| self.wires.keep(open));
                    typed
                }
            }
        };
        tokio::time::timeout(self.limit, read).await.unwrap_or(Err(Fault::Silent(self.limit)))
    }

    async fn as_written(&self, path: &str) -> Result<Value, Fault> {
        let (response, open) = self.wires.send(path, self.largest).await?;
        let status = response.status();
        match response.into_body().collect().await {
            Ok(_) if !status.is_success() => Err(Fault::Status(status.as_u16(), String::new())),
            Ok(body) => serde_json::from_slice(&body.to_bytes()).map_err(|e| Fault::NotJson(e.to_string())),
            Err(_) if open.allowance.used_up() => Err(Fault::TooLarge(self.largest)),
            Err(error) => Err(Fault::Broken(error.to_string())),
        }
    }

    /// The headers of the answer.
    pub(crate) fn headers(&self) -> Option<&HeaderMap> {
        self.answer.get().map(|a| &a.headers)
    }

    /// Waits for the head of an answer with a good status.
    pub(crate) async fn answered(&self) {
        self.answer.wait().await;
    }

    /// Whether there was such a head.
    pub(crate) fn is_answered(&self) -> bool {
        self.answer.initialized()
    }

    /// A piece was read: the next one may be as large.
    pub(crate) fn renew(&self) {
        if let Some(answered) = self.answer.get() {
            answered.allowance.renew(self.largest);
        }
    }

    /// What bollard's error is about.
    pub(crate) fn fault(&self, error: Error) -> Fault {
        if self.answer.get().is_some_and(|a| a.allowance.used_up()) {
            return Fault::TooLarge(self.largest);
        }
        match error {
            Error::IOError { err } => match err.downcast::<Fault>() {
                Ok(fault) => fault,
                Err(other) => Fault::Broken(other.to_string()),
            },
            Error::DockerResponseServerError { status_code, message } => Fault::status(status_code, &message),
            Error::RequestTimeoutError => Fault::Silent(self.limit),
            Error::JsonDataError { message, .. } => Fault::NotJson(message),
            Error::JsonSerdeError { err } => Fault::NotJson(err.to_string()),
            other => Fault::Broken(other.to_string()),
        }
    }
}
