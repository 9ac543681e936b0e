//! Opens a stream of bytes to a server: a socket, a pipe, TCP, TLS, or the standard streams of a program such as ssh.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::probes::host::Environment;
use crate::probes::host::certificates;
use crate::probes::host::read_bounded;
use crate::probes::sources::fault::Fault;

/// A certificate bundle of a whole organisation is some hundred kilobytes.
const LARGEST_PEM: u64 = 4 << 20;
/// The bytes of a program's standard error that are kept.
const LONGEST_COMPLAINT: u64 = 4 << 10;

/// Where a stream leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A Unix socket.
    Unix(PathBuf),
    /// A Windows named pipe.
    Pipe(String),
    /// A TCP port.
    Tcp(HostPort),
    /// TLS over TCP; the folder holds `ca.pem`, `cert.pem` and `key.pem`.
    Tls(HostPort, Option<PathBuf>),
    /// The standard streams of ssh, run with these arguments.
    Ssh(Vec<String>),
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPort {
    /// A name or an address, without brackets.
    pub(crate) host: String,
    /// The port, 1 to 65535.
    pub(crate) port: u16,
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Any stream of bytes in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An open stream, with the process behind it where there is one.
pub(crate) struct Transport {
    /// The stream.
    pub(crate) stream: Box<dyn Stream>,
    /// ssh; it ends when this is dropped.
    pub(crate) child: Option<Child>,
    /// What ssh wrote to its standard error.
    pub(crate) complaint: Option<JoinHandle<Vec<u8>>>,
}

impl From<Box<dyn Stream>> for Transport {
    fn from(stream: Box<dyn Stream>) -> Self {
        Self { stream, child: None, complaint: None }
    }
}

/// Opens a stream to the endpoint. `env` is the environment that ssh runs with.
pub(crate) async fn dial(endpoint: &Endpoint, env: &Environment) -> Result<Transport, Fault> {
    match endpoint {
        Endpoint::Unix(path) => unix(path).await,
        Endpoint::Pipe(path) => pipe(path),
        Endpoint::Tcp(remote) => Ok(Transport::from(Box::new(tcp(remote).await?) as Box<dyn Stream>)),
        Endpoint::Tls(remote, keys) => {
            let config = client_config(keys.as_deref())?;
            let name = ServerName::try_from(remote.host.clone()).map_err(|e| Fault::Tls(e.to_string()))?;
            let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
            let stream = connector.connect(name, tcp(remote).await?).await.map_err(|e| Fault::Tls(e.to_string()))?;
            Ok(Transport::from(Box::new(stream) as Box<dyn Stream>))
        }
        Endpoint::Ssh(arguments) => ssh(arguments, env),
    }
}

async fn tcp(remote: &HostPort) -> Result<TcpStream, Fault> {
    TcpStream::connect((remote.host.as_str(), remote.port)).await.map_err(Fault::Connect)
}

#[cfg(unix)]
async fn unix(path: &Path) -> Result<Transport, Fault> {
    let stream = tokio::net::UnixStream::connect(path).await.map_err(Fault::Connect)?;
    Ok(Transport::from(Box::new(stream) as Box<dyn Stream>))
}

#[cfg(not(unix))]
async fn unix(_path: &Path) -> Result<Transport, Fault> {
    Err(Fault::Connect(io::Error::new(io::ErrorKind::Unsupported, "this system has no Unix sockets for engines")))
}

#[cfg(windows)]
fn pipe(path: &str) -> Result<Transport, Fault> {
    let stream = tokio::net::windows::named_pipe::ClientOptions::new().open(path).map_err(Fault::Connect)?;
    Ok(Transport::from(Box::new(stream) as Box<dyn Stream>))
}

#[cfg(not(windows))]
fn pipe(_path: &str) -> Result<Transport, Fault> {
    Err(Fault::Connect(io::Error::new(io::ErrorKind::Unsupported, "named pipes exist on Windows only")))
}

/// Trusts the folder's `ca.pem`, else the system; shows the folder's certificate if it has one. Always verifies.
fn client_config(keys: Option<&Path>) -> Result<ClientConfig, Fault> {
    let tls = |e: rustls::Error| Fault::Tls(e.to_string());
    let mut roots = RootCertStore::empty();
    match keys.map(|k| k.join("ca.pem")).filter(|ca| ca.exists()) {
        Some(ca) => {
            roots.add_parsable_certificates(read_certificates(&ca)?);
        }
        None => {
            roots.add_parsable_certificates(certificates::system_roots());
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(tls)?
        .with_root_certificates(roots);
    let Some(folder) = keys.filter(|k| k.join("cert.pem").exists()) else { return Ok(builder.with_no_client_auth()) };
    let pem = read_pem(&folder.join("key.pem"))?;
    let key = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| Fault::Tls(format!("{} holds no private key", folder.join("key.pem").display())))?;
    builder.with_client_auth_cert(read_certificates(&folder.join("cert.pem"))?, key).map_err(tls)
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let pem = read_pem(path)?;
    certificates::from_pem(&pem).map_err(|_| Fault::Tls(format!("{} holds no certificate", path.display())))
}

fn read_pem(path: &Path) -> Result<Vec<u8>, Fault> {
    read_bounded(path, LARGEST_PEM).map_err(|e| Fault::Tls(format!("{} cannot be read: {e}", path.display())))
}

/// Runs ssh and takes its standard streams. The environment is the captured one: ssh needs its agent, and `PATH` finds ssh.
fn ssh(arguments: &[String], env: &Environment) -> Result<Transport, Fault> {
    let mut command = Command::new("ssh");
    command.env_clear().envs(env.iter()).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|e| Fault::Ssh(format!("ssh cannot be started: {e}")))?;
    let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(Fault::Ssh("ssh has no standard streams".to_owned()));
    };
    let complaint = tokio::spawn(async move {
        let mut text = Vec::new();
        let mut errors = errors.take(LONGEST_COMPLAINT);
        let _ = errors.read_to_end(&mut text).await;
        // What comes after the limit is thrown away, or ssh would block on a full pipe.
        let _ = tokio::io::copy(&mut errors.into_inner(), &mut tokio::io::sink()).await;
        text
    });
    Ok(Transport { stream: Box::new(tokio::io::join(output, input)), child: Some(child), complaint: Some(complaint) })
}
