//! The one request: `GET {api}/health`, without any credential, and what kind of answer comes.
//! The diagnosis decides whether the answer is the license server's.

use std::error::Error;
use std::io;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{
    ACCEPT, CONTENT_TYPE, HOST, HeaderMap, LOCATION, PROXY_AUTHORIZATION, SERVER, USER_AGENT as AGENT,
};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};

use super::proxy::ProxyServer;
use super::settings::Settings;
use super::tcp::BoxedWire;
use crate::observations::{ErrorKind, HttpBody, Https, ProbeError, host_of};
use crate::probes::Answer;
use crate::probes::formats::html;

/// The `User-Agent` of lsdoctor's requests.
pub(super) const USER_AGENT: &str = concat!("lsdoctor/", env!("CARGO_PKG_VERSION"));
/// The bytes of a body that are read: a page has its title near its beginning.
const LARGEST_BODY: usize = 64 << 10;
/// The bytes of a head that are read.
const LARGEST_HEAD: usize = 64 << 10;
/// The characters of a body that are shown.
const EXCERPT: usize = 300;
/// A body may drip; once the head is there, the rest is worth no more than this.
const BODY_WAIT: Duration = Duration::from_secs(2);

/// Asks, over a connection that stands. A proxy that speaks for the server is asked with the whole URL.
pub(super) async fn get(
    wire: BoxedWire,
    through: Option<&ProxyServer>,
    settings: &Settings,
    deadline: Instant,
) -> Answer<Https> {
    let server = &settings.server;
    let failed = |kind, why: &str| {
        ProbeError::new(kind, settings.scrubber.text(&format!("GET {} on {}: {why}", server.path, server.authority())))
    };
    let silent = |_| failed(ErrorKind::Timeout, "connected, and no answer in time");
    let exchange = async {
        let mut builder = http1::Builder::new();
        builder.max_buf_size(LARGEST_HEAD);
        let (mut sender, connection) = builder.handshake::<_, Empty<Bytes>>(TokioIo::new(wire)).await?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request(settings, through)?).await;
        Ok::<_, Trouble>((response?, sender, connection))
    };
    let exchanged = timeout_at(deadline, exchange).await.map_err(silent)?;
    let (response, sender, connection) = exchanged.map_err(|e| failed(ErrorKind::BadAnswer, &e.0))?;
    let (head, body) = response.into_parts();
    let body = beginning(body, deadline.min(Instant::now() + BODY_WAIT)).await;
    drop(sender);
    connection.abort();
    Ok(describe(&Response::from_parts(head, body), settings))
}

/// Why there is no answer, in words.
struct Trouble(String);

impl From<hyper::Error> for Trouble {
    fn from(error: hyper::Error) -> Self {
        Self(if error.is_parse() {
            "the answer is not HTTP".to_owned()
        } else if error.is_incomplete_message() || error.is_closed() || ended(&error) {
            "the connection was closed without an answer".to_owned()
        } else {
            error.to_string()
        })
    }
}

/// Whether the connection below ended: TLS calls an end without a farewell an error.
fn ended(error: &hyper::Error) -> bool {
    let io = error.source().and_then(|e| e.downcast_ref::<io::Error>()).map(io::Error::kind);
    matches!(io, Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe))
}

impl From<hyper::http::Error> for Trouble {
    fn from(error: hyper::http::Error) -> Self {
        Self(error.to_string())
    }
}

fn request(settings: &Settings, through: Option<&ProxyServer>) -> Result<Request<Empty<Bytes>>, hyper::http::Error> {
    let server = &settings.server;
    let target = if through.is_some() { server.url() } else { server.path.clone() };
    let mut request = Request::get(target)
        .header(HOST, server.host_header())
        .header(AGENT, USER_AGENT)
        .header(ACCEPT, "application/json, */*;q=0.5");
    if let Some(secret) = through.and_then(|p| p.authorization.as_ref()) {
        request = request.header(PROXY_AUTHORIZATION, secret.expose_secret());
    }
    request.body(Empty::new())
}

/// The beginning of a body, whatever stops it.
async fn beginning(mut body: Incoming, deadline: Instant) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await {
        if let Some(data) = frame.data_ref() {
            bytes.extend_from_slice(data.get(..LARGEST_BODY.saturating_sub(bytes.len())).unwrap_or(data));
        }
        if bytes.len() >= LARGEST_BODY {
            break;
        }
    }
    bytes
}

fn describe(response: &Response<Vec<u8>>, settings: &Settings) -> Https {
    let scrub = |bytes: &[u8]| settings.scrubber.bytes(bytes);
    let header = |headers: &HeaderMap, name| headers.get(name).map(|v| v.as_bytes().to_vec()).unwrap_or_default();
    let content_type = scrub(&header(response.headers(), CONTENT_TYPE));
    let server = response.headers().get(SERVER).map(|v| scrub(v.as_bytes()).chars().take(EXCERPT).collect());
    let bytes = response.body();
    let body = if response.status().is_redirection() && response.headers().contains_key(LOCATION) {
        let place = scrub(&header(response.headers(), LOCATION));
        let to = if place.starts_with("//") || place.contains("://") {
            host_of(place.trim_start_matches('/'))
        } else {
            String::new()
        };
        let to_host = if to.is_empty() { settings.server.host.clone() } else { to.chars().take(EXCERPT).collect() };
        HttpBody::Redirect { to_host }
    } else if html::is_html(&content_type, bytes) {
        HttpBody::Html { title: html::title(bytes, &settings.scrubber).unwrap_or_default() }
    } else if serde_json::from_slice::<serde_json::Value>(bytes).is_ok() {
        HttpBody::Json
    } else {
        HttpBody::Plain
    };
    Https {
        url: settings.scrubber.text(&settings.server.url()),
        status: response.status().as_u16(),
        body,
        server,
        excerpt: html::beginning(bytes, EXCERPT, &settings.scrubber),
    }
}
