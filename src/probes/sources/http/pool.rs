//! Sends GET requests, and keeps connections that are still good for the next one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use super::budget::{ByteBudget, metered};
use super::dial::{Endpoint, Transport, dial};
use crate::probes::host::Environment;
use crate::probes::sources::fault::Fault;

/// The number of idle connections that are kept.
const MOST_IDLE: usize = 4;
/// How long ssh gets to say why it failed.
const COMPLAINT_WAIT: Duration = Duration::from_millis(300);

/// One server, and the idle connections to it.
pub(crate) struct ConnectionPool {
    endpoint: Endpoint,
    env: Environment,
    host: &'static str,
    idle: Mutex<Vec<Connection>>,
}

/// An open connection.
pub(crate) struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    /// What the connection may still bring.
    pub(crate) budget: Arc<ByteBudget>,
}

impl ConnectionPool {
    /// A pool without connections. `env` is the environment that ssh runs with, `host` the `Host` header of each request.
    pub(crate) const fn new(endpoint: Endpoint, env: Environment, host: &'static str) -> Self {
        Self { endpoint, env, host, idle: Mutex::new(Vec::new()) }
    }

    /// Sends a GET for this path, on an idle connection if there is one. The answer may have `largest` bytes.
    ///
    /// An idle connection that died meanwhile is no failure: a GET can be repeated on a new one.
    pub(crate) async fn get(&self, path: &str, largest: usize) -> Result<(Response<Incoming>, Connection), Fault> {
        let kept = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        if let Some(mut open) = kept
            && open.sender.ready().await.is_ok()
        {
            open.budget.renew(largest);
            if let Ok(response) = open.sender.send_request(self.request(path)?).await {
                return Ok((response, open));
            }
        }
        let Transport { stream, child, complaint } = dial(&self.endpoint, &self.env).await?;
        let budget = Arc::new(ByteBudget::new(largest));
        let request = self.request(path)?;
        let answer = async {
            let (mut sender, connection) = handshake(TokioIo::new(metered(stream, &budget))).await?;
            tokio::spawn(async move {
                let _child = child;
                let _ = connection.await;
            });
            Ok::<_, hyper::Error>((sender.send_request(request).await?, sender))
        };
        match answer.await {
            Ok((response, sender)) => Ok((response, Connection { sender, budget })),
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

    /// Keeps a connection whose answer was read to its end.
    pub(crate) fn keep(&self, connection: Connection) {
        if let Ok(mut idle) = self.idle.lock()
            && idle.len() < MOST_IDLE
        {
            idle.push(connection);
        }
    }

    fn request(&self, path: &str) -> Result<Request<Empty<Bytes>>, Fault> {
        let request = Request::get(path).header(HOST, self.host).body(Empty::new());
        request.map_err(|e| Fault::Broken(format!("the request cannot be written: {e}")))
    }
}
