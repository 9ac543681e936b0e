//! One call of bollard's over our own connections: GET only, bounded in time and bytes.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker, errors::Error};
use http_body_util::BodyExt;
use hyper::{HeaderMap, Method};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::SetOnce;

use crate::probes::sources::fault::Fault;
use crate::probes::sources::http::budget::ByteBudget;
use crate::probes::sources::http::pool::{Connection, ConnectionPool};

/// bollard, for one call. Its answer, or each piece of an answer that is read as it comes, has at most `largest` bytes.
pub(crate) struct Call {
    /// bollard's client; used for exactly one request.
    pub(crate) docker: Docker,
    answer: Arc<SetOnce<Answered>>,
    pool: Arc<ConnectionPool>,
    largest: usize,
    limit: Duration,
}

/// What is known once a call was answered with a good status.
struct Answered {
    path: String,
    headers: HeaderMap,
    budget: Arc<ByteBudget>,
    /// The connection; taken when the answer was read to its end.
    connection: Mutex<Option<Connection>>,
}

impl Call {
    /// Prepares a call; nothing is connected yet.
    pub(crate) fn new(pool: &Arc<ConnectionPool>, largest: usize, limit: Duration) -> Result<Self, Fault> {
        let answer = Arc::new(SetOnce::new());
        let (sending, answered) = (Arc::clone(pool), Arc::clone(&answer));
        let transport = move |request: BollardRequest| {
            let (pool, answered) = (Arc::clone(&sending), Arc::clone(&answered));
            async move {
                if request.method() != Method::GET {
                    return Err(Error::from(std::io::Error::other("only GETs are made")));
                }
                let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
                let (response, connection) = pool.get(&path, largest).await.map_err(std::io::Error::other)?;
                if response.status().is_success() {
                    let (headers, budget) = (response.headers().clone(), Arc::clone(&connection.budget));
                    let connection = Mutex::new(Some(connection));
                    let _ = answered.set(Answered { path, headers, budget, connection });
                }
                Ok(response)
            }
        };
        // bollard counts in whole seconds: its own limit must not come before ours.
        let seconds = limit.as_secs().saturating_add(1);
        let docker =
            Docker::connect_with_custom_transport(transport, Some("http://docker"), seconds, API_DEFAULT_VERSION)
                .map_err(|e| Fault::Broken(e.to_string()))?;
        Ok(Self { docker, answer, pool: Arc::clone(pool), largest, limit })
    }

    /// Reads a whole answer as JSON within the time limit, and keeps the connection.
    ///
    /// bollard refuses a whole answer for one word that it does not know. Such an answer is asked for again, and taken as
    /// it was written.
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
                    let connection = answered.connection.lock().ok().and_then(|mut open| open.take());
                    connection.into_iter().for_each(|connection| self.pool.keep(connection));
                    typed
                }
            }
        };
        tokio::time::timeout(self.limit, read).await.unwrap_or(Err(Fault::Silent(self.limit)))
    }

    async fn as_written(&self, path: &str) -> Result<Value, Fault> {
        let (response, connection) = self.pool.get(path, self.largest).await?;
        let status = response.status();
        match response.into_body().collect().await {
            Ok(_) if !status.is_success() => Err(Fault::Status(status.as_u16(), String::new())),
            Ok(body) => serde_json::from_slice(&body.to_bytes()).map_err(|e| Fault::NotJson(e.to_string())),
            Err(_) if connection.budget.is_spent() => Err(Fault::TooLarge(self.largest)),
            Err(error) => Err(Fault::Broken(error.to_string())),
        }
    }

    /// The headers of the answer, once it has come.
    pub(crate) fn headers(&self) -> Option<&HeaderMap> {
        self.answer.get().map(|a| &a.headers)
    }

    /// Waits for the head of an answer with a good status.
    pub(crate) async fn answered(&self) {
        self.answer.wait().await;
    }

    /// Whether the head of an answer with a good status has come.
    pub(crate) fn is_answered(&self) -> bool {
        self.answer.initialized()
    }

    /// Allows the next piece of a long answer as many bytes as the one that was just read.
    pub(crate) fn renew(&self) {
        if let Some(answered) = self.answer.get() {
            answered.budget.renew(self.largest);
        }
    }

    /// Translates bollard's error.
    pub(crate) fn fault(&self, error: Error) -> Fault {
        if self.answer.get().is_some_and(|a| a.budget.is_spent()) {
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
