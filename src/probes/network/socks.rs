//! Asks a SOCKS 5 proxy for a connection (RFC 1928), with user and password where its URL has them (RFC 1929).
//! The proxy's own credentials go to the proxy; nothing else is sent.

use std::io;
use std::net::IpAddr;

use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::proxy::Login;
use super::tcp::BoxedWire;
use crate::observations::Tunnel;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;

/// Where the proxy is asked to connect to.
pub(super) enum Goal<'a> {
    /// A name, which the proxy looks up.
    Name(&'a str),
    /// An address.
    Address(IpAddr),
}

/// Comes back with the connection through the proxy, or with what it said.
pub(super) async fn connect(
    mut wire: BoxedWire,
    login: Option<&Login>,
    goal: Goal<'_>,
    port: u16,
) -> Result<BoxedWire, Tunnel> {
    match ask(&mut wire, login, goal, port).await {
        Ok(None) => Ok(wire),
        Ok(Some(why)) => Err(failed(why)),
        Err(e) if matches!(e.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            Err(failed("it closed the connection without an answer"))
        }
        Err(e) => Err(failed(&e.to_string())),
    }
}

fn failed(why: &str) -> Tunnel {
    Tunnel::Failed { why: why.to_owned() }
}

/// Nothing where the proxy is connected; else its reason.
async fn ask(
    wire: &mut BoxedWire,
    login: Option<&Login>,
    goal: Goal<'_>,
    port: u16,
) -> io::Result<Option<&'static str>> {
    let methods: &[u8] =
        if login.is_some() { &[VERSION, 2, NO_LOGIN, USER_AND_PASSWORD] } else { &[VERSION, 1, NO_LOGIN] };
    wire.write_all(methods).await?;
    let (version, method) = (wire.read_u8().await?, wire.read_u8().await?);
    if version != VERSION {
        return Ok(Some("its answer is not SOCKS 5"));
    }
    match (method, login) {
        (NO_LOGIN, _) => {}
        (USER_AND_PASSWORD, Some(login)) => {
            let mut message = vec![1];
            let parts = [login.user.expose_secret(), login.password.expose_secret()];
            if !parts.into_iter().all(|part| append(&mut message, part)) {
                return Ok(Some("user or password is too long for SOCKS"));
            }
            wire.write_all(&message).await?;
            let (_, status) = (wire.read_u8().await?, wire.read_u8().await?);
            if status != 0 {
                return Ok(Some("it does not accept user and password"));
            }
        }
        _ => return Ok(Some("it wants a user and a password")),
    }
    let mut request = vec![VERSION, 1, 0];
    match goal {
        Goal::Name(name) => {
            request.push(3);
            if !append(&mut request, name) {
                return Ok(Some("the host's name is too long for SOCKS"));
            }
        }
        Goal::Address(IpAddr::V4(ip)) => {
            request.push(1);
            request.extend(ip.octets());
        }
        Goal::Address(IpAddr::V6(ip)) => {
            request.push(4);
            request.extend(ip.octets());
        }
    }
    request.extend(port.to_be_bytes());
    wire.write_all(&request).await?;
    reply(wire).await
}

/// A text with its length before it; false where that does not fit.
fn append(message: &mut Vec<u8>, text: &str) -> bool {
    let length = u8::try_from(text.len());
    if let Ok(length) = length {
        message.push(length);
        message.extend(text.as_bytes());
    }
    length.is_ok()
}

async fn reply(wire: &mut BoxedWire) -> io::Result<Option<&'static str>> {
    let mut head = [0; 4];
    wire.read_exact(&mut head).await?;
    let [_, status, _, kind] = head;
    if status == 0 {
        // The address it connected from is of no use, and must be out of the way.
        let length = match kind {
            1 => 4,
            4 => 16,
            _ => usize::from(wire.read_u8().await?),
        };
        wire.read_exact(&mut vec![0; length + 2]).await?;
    }
    Ok(match status {
        0 => None,
        2 => Some("its rules do not allow the connection"),
        3 => Some("the network there cannot be reached from it"),
        4 => Some("the host cannot be reached from it, or its name does not resolve there"),
        5 => Some("the host refuses its connection"),
        6 => Some("its connection to the host timed out"),
        _ => Some("it fails to connect, for no reason that it tells"),
    })
}
