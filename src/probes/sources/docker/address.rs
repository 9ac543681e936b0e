//! Addresses of container engines, read from what users and docker write, such as `unix:///var/run/docker.sock`.

use std::fmt;
use std::path::PathBuf;

use crate::probes::sources::http::dial::{Endpoint, HostPort};

/// The ports that Docker's own client assumes, without encryption and with it.
const PORTS: (u16, u16) = (2375, 2376);

/// Checks whether this text is an engine's address, without asking anything. An empty text names none, which is fine.
///
/// # Errors
/// When it is not one: why.
pub fn is_valid_address(address: &str) -> Result<(), String> {
    if address.trim().is_empty() { Ok(()) } else { Address::parse(address, None).map(|_| ()) }
}

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// A Windows named pipe.
    Pipe(String),
    /// Plain HTTP.
    Tcp(HostPort),
    /// HTTP over TLS; the folder holds `ca.pem`, `cert.pem` and `key.pem`.
    Tls(HostPort, Option<PathBuf>),
    /// `docker system dial-stdio` at the other end of ssh.
    Ssh { user: Option<String>, host: String, port: Option<u16>, socket: Option<String> },
}

impl Address {
    /// The host that is asked, where that is not this machine for certain.
    pub(crate) fn host(&self) -> Option<&str> {
        match self {
            Self::Unix(_) | Self::Pipe(_) => None,
            Self::Tcp(remote) | Self::Tls(remote, _) => Some(&remote.host),
            Self::Ssh { host, .. } => Some(host),
        }
    }

    /// The stream that leads to this engine. Through ssh it is docker's own helper at the other end.
    pub(crate) fn endpoint(&self) -> Endpoint {
        match self {
            Self::Unix(path) => Endpoint::Unix(path.clone()),
            Self::Pipe(path) => Endpoint::Pipe(path.clone()),
            Self::Tcp(remote) => Endpoint::Tcp(remote.clone()),
            Self::Tls(remote, keys) => Endpoint::Tls(remote.clone(), keys.clone()),
            Self::Ssh { user, host, port, socket } => {
                let mut arguments: Vec<String> =
                    ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T"].map(str::to_owned).into();
                arguments.extend(user.iter().flat_map(|u| ["-l".to_owned(), u.clone()]));
                arguments.extend(port.iter().flat_map(|p| ["-p".to_owned(), p.to_string()]));
                arguments.extend(["--", host, "docker"].map(str::to_owned));
                arguments.extend(socket.iter().flat_map(|s| ["--host".to_owned(), format!("unix://{s}")]));
                arguments.extend(["system", "dial-stdio"].map(str::to_owned));
                Endpoint::Ssh(arguments)
            }
        }
    }

    /// Reads `unix:///path`, `tcp://host:port`, `ssh://user@host`, `npipe:////./pipe/name` and the like. `keys` is the
    /// folder of certificates when TLS was asked for.
    pub(crate) fn parse(text: &str, keys: Option<PathBuf>) -> Result<Self, String> {
        let Some((scheme, rest)) = text.trim().split_once("://") else {
            return match text.trim() {
                path if path.starts_with('/') => Ok(Self::Unix(PathBuf::from(path))),
                other => {
                    Err(format!("`{other}` is no engine address; it needs a scheme, such as unix:///run/docker.sock"))
                }
            };
        };
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Unix(PathBuf::from(rest))),
            "unix" => Err(format!("`{text}` has no absolute path; write unix:///path/to/docker.sock")),
            "npipe" => Ok(Self::Pipe(rest.replace('/', "\\"))),
            "tcp" | "http" if keys.is_none() => Ok(Self::Tcp(remote(rest, PORTS.0)?)),
            "tcp" | "http" | "https" => Ok(Self::Tls(remote(rest, PORTS.1)?, keys)),
            "ssh" => ssh(rest),
            _ => {
                Err(format!("`{text}` has the scheme `{scheme}`, which is none of unix, npipe, tcp, http, https, ssh"))
            }
        }
    }
}

fn ssh(rest: &str) -> Result<Address, String> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, place) = match authority.rsplit_once('@') {
        // A password in the address is not for us to pass on; ssh would not take it either.
        Some((user, place)) => (user.split(':').next().filter(|u| !u.is_empty()), place),
        None => (None, authority),
    };
    let (host, port) = split_port(place)?;
    if host.is_empty() {
        return Err("an ssh address needs a host, such as ssh://user@host".to_owned());
    }
    Ok(Address::Ssh {
        user: user.map(str::to_owned),
        host,
        port,
        socket: (!path.is_empty()).then(|| format!("/{path}")),
    })
}

fn remote(rest: &str, default: u16) -> Result<HostPort, String> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = split_port(place)?;
    let host = if host.is_empty() { "127.0.0.1".to_owned() } else { host };
    Ok(HostPort { host, port: port.unwrap_or(default) })
}

fn split_port(place: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = match place.strip_prefix('[').and_then(|p| p.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    match port {
        None | Some("") => Ok((host.to_owned(), None)),
        Some(port) => match port.parse() {
            Ok(port) => Ok((host.to_owned(), Some(port))),
            Err(_) => Err(format!("`{port}` is no port number")),
        },
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Pipe(path) => write!(f, "npipe://{}", path.replace('\\', "/")),
            Self::Tcp(remote) => write!(f, "tcp://{remote}"),
            Self::Tls(remote, _) => write!(f, "https://{remote}"),
            Self::Ssh { user, host, port, socket } => {
                f.write_str("ssh://")?;
                user.iter().try_for_each(|u| write!(f, "{u}@"))?;
                f.write_str(host)?;
                port.iter().try_for_each(|p| write!(f, ":{p}"))?;
                f.write_str(socket.as_deref().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_back() {
        for (text, keys, shown) in [
            ("unix:///var/run/docker.sock", None, "unix:///var/run/docker.sock"),
            ("/run/podman/podman.sock", None, "unix:///run/podman/podman.sock"),
            ("npipe:////./pipe/docker_engine", None, "npipe:////./pipe/docker_engine"),
            ("tcp://10.0.0.5", None, "tcp://10.0.0.5:2375"),
            ("tcp://user:secret@10.0.0.5:99/v1", None, "tcp://10.0.0.5:99"),
            ("tcp://10.0.0.5", Some("/certs"), "https://10.0.0.5:2376"),
            ("https://engine.corp", None, "https://engine.corp:2376"),
            ("tcp://[::1]:2375", None, "tcp://[::1]:2375"),
            ("tcp://:2375", None, "tcp://127.0.0.1:2375"),
            ("ssh://me:secret@box:2222", None, "ssh://me@box:2222"),
            ("ssh://box/run/user/1000/docker.sock", None, "ssh://box/run/user/1000/docker.sock"),
        ] {
            let address = Address::parse(text, keys.map(PathBuf::from)).expect(text);
            assert_eq!(address.to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_an_error_that_says_what_would_be_one() {
        for (text, part) in [
            ("fd://", "scheme `fd`"),
            ("localhost", "needs a scheme"),
            ("unix://docker.sock", "absolute"),
            ("tcp://a:b", "port"),
            ("ssh://", "host"),
        ] {
            let error = Address::parse(text, None).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
