//! Why an endpoint gave no HTTP answer, told apart: refused, silent, closed without a word, or not HTTP at all.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::observations::Answer;
use crate::probes::formats::html;
use crate::scrub::Scrubber;

/// The first bytes of another protocol that are read. More than are shown, because half a secret is not recognised as one.
const FIRST_BYTES: usize = 4 << 10;
/// The characters of those bytes that are shown.
const GREETING: usize = 96;
/// Another program greets at once, or answers our question at once.
const GREETING_WAIT: Duration = Duration::from_millis(500);

/// Reasons for no HTTP answer, those that tell most first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// An answer that is not HTTP.
    NotHttp,
    /// Accepted and closed without a byte.
    Empty,
    /// Accepted, and silent.
    Hung,
    /// Nobody listens.
    Refused,
    /// No way there.
    Unreachable(String),
}

impl Fault {
    /// The fault as an answer. A program that does not speak HTTP is asked once more, for its first bytes.
    pub(super) async fn into_answer(self, base: &Url, scrubber: &Scrubber) -> Answer {
        match self {
            Self::NotHttp => Answer::NotHttp { says: greeting(base, scrubber).await },
            Self::Empty => Answer::EmptyReply,
            Self::Hung => Answer::Hung,
            Self::Refused => Answer::Refused,
            Self::Unreachable(why) => Answer::Unreachable { why: scrubber.text(&why) },
        }
    }
}

/// Which fault an error of the client is.
pub(super) fn fault(error: &reqwest::Error, base: &Url) -> Fault {
    let io = find::<io::Error>(error);
    let http = find::<hyper::Error>(error);
    if error.is_timeout() {
        // With TLS a silent handshake counts as connecting.
        let dropped = error.is_connect() && base.scheme() == "http";
        return if dropped { Fault::Unreachable("no answer to the connection".to_owned()) } else { Fault::Hung };
    }
    if error.is_dns() {
        return Fault::Unreachable(format!("{} does not resolve", base.host_str().unwrap_or_default()));
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        let plain = matches!(tls, rustls::Error::InvalidMessage(_));
        let why = if plain { "it does not speak TLS: try http://".to_owned() } else { format!("TLS: {tls}") };
        return Fault::Unreachable(why);
    }
    if http.is_some_and(hyper::Error::is_parse) {
        return Fault::NotHttp;
    }
    if http.is_some_and(hyper::Error::is_incomplete_message) {
        return Fault::Empty;
    }
    let local = base.host_str() == Some("localhost");
    match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => Fault::Refused,
        // A machine without IPv6 has no `::1`; `127.0.0.1` refused before.
        Some(io::ErrorKind::AddrNotAvailable | io::ErrorKind::NetworkUnreachable) if local => Fault::Refused,
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof) => Fault::Empty,
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            Fault::Unreachable("no route".to_owned())
        }
        Some(_) => Fault::Unreachable(io.map(ToString::to_string).unwrap_or_default()),
        None => Fault::Unreachable(innermost(error)),
    }
}

/// The error of this type in the chain; the client hides some inside errors of input and output.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut current = Some(error);
    while let Some(e) = current {
        if let Some(found) = e.downcast_ref::<T>() {
            // The outermost wrapper is not the reason, where it wraps another error of its type.
            let inner = e.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            return inner.and_then(|i| find::<T>(i)).or(Some(found));
        }
        current = match e.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => e.source(),
        };
    }
    None
}

fn innermost(error: &reqwest::Error) -> String {
    let mut current: &dyn Error = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}

/// The first bytes of a program that does not speak HTTP: its greeting, or its answer to the same GET.
async fn greeting(base: &Url, scrubber: &Scrubber) -> String {
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = base.port_or_known_default().unwrap_or(80);
    let exchange = async {
        let mut stream = TcpStream::connect((host.as_str(), port)).await?;
        stream.write_all(format!("GET /_localstack/health HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n").as_bytes()).await?;
        let mut bytes = vec![0; FIRST_BYTES];
        let read = stream.read(&mut bytes).await?;
        bytes.truncate(read);
        io::Result::Ok(bytes)
    };
    match tokio::time::timeout(GREETING_WAIT, exchange).await {
        // An alert record: the port speaks TLS.
        Ok(Ok(bytes)) if bytes.starts_with(&[0x15, 3]) => "TLS: try https://".to_owned(),
        Ok(Ok(bytes)) => html::beginning(&bytes, GREETING, scrubber),
        _ => String::new(),
    }
}
