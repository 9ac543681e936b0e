//! Connects to every address of a name at once, and keeps the first that answers.
//! Used for the license server and for proxies alike.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::dns::ms;
use crate::observations::{TcpAttempt, TcpOutcome};

/// The most addresses that are tried.
const MOST_ADDRESSES: usize = 8;
/// How long the other addresses may take once one is connected: one family that is dropped must not hold the probe up.
const STRAGGLERS: Duration = Duration::from_secs(1);

/// A stream of bytes in both directions: plain TCP, TLS, or a tunnel through a proxy.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A connection, boxed.
pub(super) type BoxedWire = Box<dyn Wire>;

/// One try per address, in the order of the addresses, and the first of them that is connected.
pub(super) async fn connect(
    addresses: &[IpAddr],
    port: u16,
    deadline: Instant,
) -> (Vec<TcpAttempt>, Option<TcpStream>) {
    let begun = std::time::Instant::now();
    let places: Vec<SocketAddr> = addresses.iter().take(MOST_ADDRESSES).map(|ip| SocketAddr::new(*ip, port)).collect();
    let mut open: FuturesUnordered<_> = places.iter().copied().enumerate().map(attempt).collect();
    let mut ends = Vec::new();
    let mut best: Option<(usize, TcpStream)> = None;
    let mut timer = Box::pin(sleep_until(deadline));
    loop {
        tokio::select! {
            end = open.next() => {
                let Some((index, outcome)) = end else { break };
                let took_ms = ms(begun);
                let outcome = match outcome {
                    Ok(stream) => {
                        if best.is_none() {
                            let sooner = deadline.min(Instant::now() + STRAGGLERS);
                            timer.as_mut().reset(sooner);
                        }
                        if best.as_ref().is_none_or(|(other, _)| index < *other) {
                            best = Some((index, stream));
                        }
                        TcpOutcome::Connected
                    }
                    Err(e) => failed(&e),
                };
                ends.push((index, outcome, took_ms));
            }
            () = &mut timer => break,
        }
    }
    let attempts = places.iter().enumerate().map(|(index, place)| {
        let end = ends.iter().find(|(i, ..)| *i == index);
        let (outcome, took_ms) =
            end.map_or((TcpOutcome::Timeout, ms(begun)), |(_, outcome, took)| (outcome.clone(), *took));
        TcpAttempt { address: place.to_string(), ipv6: place.is_ipv6(), outcome, took_ms }
    });
    (attempts.collect(), best.map(|(_, stream)| stream))
}

async fn attempt((index, place): (usize, SocketAddr)) -> (usize, io::Result<TcpStream>) {
    (index, TcpStream::connect(place).await)
}

fn failed(error: &io::Error) -> TcpOutcome {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => TcpOutcome::Refused,
        io::ErrorKind::TimedOut => TcpOutcome::Timeout,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::AddrNotAvailable => {
            TcpOutcome::Unreachable
        }
        _ => TcpOutcome::Other(error.to_string()),
    }
}
