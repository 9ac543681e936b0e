//! Asks a proxy for a tunnel: TCP connection, TLS where the proxy's URL is https, and `CONNECT` or SOCKS.
//! The proxy's own credentials go to the proxy; nothing else is sent.

use std::io;

use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::dns::complaint;
use super::proxy::{ProxyServer, Speaks};
use super::server::Scheme;
use super::settings::Settings;
use super::socks;
use super::socks::Goal;
use super::tcp;
use super::tcp::BoxedWire;
use super::tls::shake;
use crate::observations::{Tcp, TcpOutcome, TlsFault, Tunnel};

/// A proxy's answer to `CONNECT` has some hundred bytes.
const LARGEST_ANSWER: usize = 16 << 10;
/// Headers a proxy may send.
const MOST_HEADERS: usize = 64;
/// The most authentication schemes that are reported.
const MOST_SCHEMES: usize = 8;

/// The outcome of asking a proxy for a tunnel.
#[derive(Default)]
pub(super) struct ProxyAttempt {
    /// What the proxy said; nothing where it was not asked.
    pub(super) tunnel: Option<Tunnel>,
    /// The connection to the proxy.
    pub(super) tcp: Option<Tcp>,
    /// The connection through it, or why there is none.
    pub(super) wire: Option<BoxedWire>,
    /// Why the proxy could not be asked from here.
    pub(super) unasked: Option<String>,
}

/// Asks the proxy. Comes back by the deadline.
pub(super) async fn pass(proxy: &ProxyServer, settings: &Settings, deadline: Instant) -> ProxyAttempt {
    let left = deadline.saturating_duration_since(Instant::now());
    let dns = settings.lookup.look(&proxy.host, left, &settings.scrubber).await;
    let mut addresses = dns.addresses();
    if addresses.is_empty() {
        if dns.isolated || proxy.host.ends_with(".internal") {
            // `host.docker.internal` and its like are names that only the engine knows.
            let unasked = format!("the proxy {} cannot be asked from this machine: {}", proxy.shown, complaint(&dns));
            return ProxyAttempt { unasked: Some(unasked), ..ProxyAttempt::default() };
        }
        return ProxyAttempt { tunnel: Some(Tunnel::UnknownHost), ..ProxyAttempt::default() };
    }
    addresses.retain(|ip| !settings.loopback.hides(ip));
    if addresses.is_empty() {
        let unasked = format!("the proxy {} is the container itself, seen from there", proxy.shown);
        return ProxyAttempt { unasked: Some(unasked), ..ProxyAttempt::default() };
    }
    let (attempts, stream) = tcp::connect(&addresses, proxy.port, deadline).await;
    let tcp = Tcp { attempts, via_proxy: Some(proxy.shown.clone()) };
    let Some(stream) = stream else {
        return ProxyAttempt { tunnel: Some(unconnected(&tcp)), tcp: Some(tcp), ..ProxyAttempt::default() };
    };
    let ready = match proxy.speaks {
        Speaks::Http | Speaks::Socks { .. } => Ok(Box::new(stream) as BoxedWire),
        Speaks::Https => encrypted(Box::new(stream), proxy, settings, deadline).await,
    };
    let outcome = match (ready, proxy.speaks, settings.server.scheme) {
        (Ok(wire), Speaks::Socks { by_name }, _) => {
            timeout_at(deadline, through_socks(wire, proxy, by_name, settings)).await.unwrap_or(Err(Tunnel::Timeout))
        }
        (Ok(wire), _, Scheme::Https) => {
            timeout_at(deadline, connect(wire, proxy, settings)).await.unwrap_or(Err(Tunnel::Timeout))
        }
        // Plain requests need no tunnel: the proxy is asked with the GET itself.
        (other, ..) => other,
    };
    match outcome {
        Ok(wire) => {
            let tunnelled = settings.server.scheme == Scheme::Https || proxy.is_socks();
            ProxyAttempt { tunnel: tunnelled.then_some(Tunnel::Open), tcp: Some(tcp), wire: Some(wire), unasked: None }
        }
        Err(tunnel) => ProxyAttempt { tunnel: Some(tunnel), tcp: Some(tcp), ..ProxyAttempt::default() },
    }
}

/// `socks5` leaves the look-up to this side, `socks5h` to the proxy.
async fn through_socks(
    wire: BoxedWire,
    proxy: &ProxyServer,
    by_name: bool,
    settings: &Settings,
) -> Result<BoxedWire, Tunnel> {
    let server = &settings.server;
    let goal = if by_name {
        Goal::Name(&server.host)
    } else {
        let dns = settings.lookup.look(&server.host, settings.limit, &settings.scrubber).await;
        let found = dns.addresses().first().copied();
        Goal::Address(found.ok_or_else(|| Tunnel::Failed {
            why: format!(
                "`socks5://` leaves the look-up to this side, where it fails ({}); `socks5h://` asks the proxy",
                complaint(&dns)
            ),
        })?)
    };
    socks::connect(wire, proxy.login.as_ref(), goal, server.port).await
}

/// The outcome in a few words, to follow "proxy failed".
pub(super) fn words(tunnel: &Tunnel) -> String {
    match tunnel {
        Tunnel::Open => "open".to_owned(),
        Tunnel::Refused => "connection refused".to_owned(),
        Tunnel::UnknownHost => "its name does not resolve".to_owned(),
        Tunnel::AuthenticationRequired { .. } => "it wants credentials (407)".to_owned(),
        Tunnel::Denied { status } => format!("it denies the tunnel (HTTP {status})"),
        Tunnel::Timeout => "no answer".to_owned(),
        Tunnel::Failed { why } => why.clone(),
    }
}

fn unconnected(tcp: &Tcp) -> Tunnel {
    let has = |outcome: &TcpOutcome| tcp.attempts.iter().any(|a| a.outcome == *outcome);
    if has(&TcpOutcome::Refused) {
        Tunnel::Refused
    } else if has(&TcpOutcome::Timeout) {
        Tunnel::Timeout
    } else {
        Tunnel::Failed { why: tcp.attempts.first().map_or("no address", |a| a.outcome.words()).to_owned() }
    }
}

async fn encrypted(
    wire: BoxedWire,
    proxy: &ProxyServer,
    settings: &Settings,
    deadline: Instant,
) -> Result<BoxedWire, Tunnel> {
    let handshake = shake(wire, &proxy.host, settings, deadline).await;
    handshake.wire.map_err(|why| match handshake.tls.fault {
        Some(TlsFault::Timeout) => Tunnel::Timeout,
        Some(TlsFault::NotTls) => {
            Tunnel::Failed { why: "it does not speak TLS: its URL should begin with http://".to_owned() }
        }
        _ => Tunnel::Failed { why: format!("TLS to the proxy: {why}") },
    })
}

async fn connect(mut wire: BoxedWire, proxy: &ProxyServer, settings: &Settings) -> Result<BoxedWire, Tunnel> {
    let place = settings.server.authority();
    let authorization = proxy
        .authorization
        .as_ref()
        .map_or_else(String::new, |secret| format!("Proxy-Authorization: {}\r\n", secret.expose_secret()));
    let question = format!(
        "CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nUser-Agent: {}\r\n{authorization}\r\n",
        super::https::USER_AGENT
    );
    let failed = |e: &io::Error| Tunnel::Failed {
        why: match e.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                "it closed the connection without an answer".to_owned()
            }
            io::ErrorKind::InvalidData => "its answer is not HTTP".to_owned(),
            _ => settings.scrubber.text(&e.to_string()),
        },
    };
    wire.write_all(question.as_bytes()).await.map_err(|e| failed(&e))?;
    let (status, schemes) = answer(&mut wire).await.map_err(|e| failed(&e))?;
    match status {
        200..=299 => Ok(wire),
        407 => {
            let schemes = schemes.iter().map(|s| settings.scrubber.text(s)).collect();
            Err(Tunnel::AuthenticationRequired { schemes })
        }
        status => Err(Tunnel::Denied { status }),
    }
}

/// Status and schemes of a proxy's answer, read up to its end and not a byte further.
async fn answer(wire: &mut BoxedWire) -> io::Result<(u16, Vec<String>)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
        if head.len() >= LARGEST_ANSWER {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.push(wire.read_u8().await?);
        // What does not begin as HTTP is not waited for.
        if head.len() == 5 && head != b"HTTP/" {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(&head).map_err(|_| io::ErrorKind::InvalidData)?;
    let offered = response.headers.iter().filter(|h| h.name.eq_ignore_ascii_case("proxy-authenticate"));
    let schemes = offered.filter_map(|h| {
        let value = String::from_utf8_lossy(h.value);
        Some(value.split([' ', ',']).next()?.chars().take(32).collect())
    });
    Ok((response.code.ok_or(io::ErrorKind::InvalidData)?, schemes.take(MOST_SCHEMES).collect()))
}
