//! A server that answers each request by script, over any connection: well, badly, slowly, endlessly or not at all.
//! It knows no protocol beyond the end of a request's head.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use super::Record;

/// What comes back for one request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, then silence.
    Stall(Vec<u8>),
    /// These bytes, then more of the last part for ever.
    Endless(Vec<u8>, Vec<u8>),
    /// The end without a byte, after the request was read.
    Close,
    /// A reset as soon as anything comes.
    Reset,
}

impl Reply {
    /// Silence.
    pub fn hang() -> Self {
        Self::Stall(Vec::new())
    }

    /// A well-formed answer: status and reason, headers each with its line end, body.
    pub fn http(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes())
    }

    pub fn json(body: &str) -> Self {
        Self::http("200 OK", "Content-Type: application/json\r\n", body)
    }

    pub fn html(status: &str, body: &str) -> Self {
        Self::http(status, "Content-Type: text/html; charset=utf-8\r\n", body)
    }
}

/// Chooses the answer by the first line of the request.
pub type Script = Arc<dyn Fn(&str) -> Reply + Send + Sync>;

pub struct HttpServer {
    pub address: SocketAddr,
    /// Every request's head, in full.
    pub heads: Record,
}

impl HttpServer {
    /// Answers everything alike.
    pub async fn start(reply: Reply) -> Self {
        Self::scripted(move |_| reply.clone()).await
    }

    /// Answers by the first line of the request.
    pub async fn scripted(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::on("127.0.0.1:0", script).await
    }

    /// Answers the first bytes it gets, whatever they are.
    pub async fn blurting(reply: Reply) -> Self {
        if let Reply::Reset = reply {
            return Self::start(reply).await;
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), heads: Record::default() };
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let reply = reply.clone();
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 4096]).await;
                    let _ = answer(&mut stream, reply).await;
                });
            }
        });
        server
    }

    /// Listens at this address.
    pub async fn on(address: &str, script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), heads: Record::default() };
        let (script, heads): (Script, _) = (Arc::new(script), server.heads.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                if matches!(script(""), Reply::Reset) {
                    // Not sooner, or the connection itself would fail.
                    let _ = stream.peek(&mut [0]).await;
                    stream.set_zero_linger().unwrap();
                    continue;
                }
                tokio::spawn(serve(stream, Arc::clone(&script), heads.clone()));
            }
        });
        server
    }
}

/// A server that can go away, and come back at the same address.
pub struct Door {
    pub address: SocketAddr,
    script: Script,
    open: Option<tokio::task::JoinHandle<()>>,
}

impl Door {
    /// Open, at a port of this address that nothing else is given.
    pub async fn open(ip: &str, script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let mut door = Self { address: format!("{ip}:0").parse().unwrap(), script: Arc::new(script), open: None };
        door.reopen().await;
        door
    }

    pub async fn reopen(&mut self) {
        if self.open.is_some() {
            return;
        }
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let script = Arc::clone(&self.script);
        self.open = Some(tokio::spawn(async move {
            let mut serving = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                serving.spawn(serve(stream, Arc::clone(&script), Record::default()));
            }
        }));
    }

    /// Nothing listens any more, and every connection ends.
    pub async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            let _ = open.await;
        }
    }
}

/// One head: whole, with its empty line, or as much as came before the end.
pub async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Reads one head, records it, and answers.
pub async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, script: Script, heads: Record) {
    let head = head(&mut stream).await;
    heads.add(head.clone());
    let reply = script(head.lines().next().unwrap_or_default());
    // The other side may have gone: that is for the test to notice.
    let _ = answer(&mut stream, reply).await;
}

async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Bytes(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await?;
        }
        Reply::Stall(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            std::future::pending::<()>().await;
        }
        Reply::Endless(first, more) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&more).await?;
                stream.flush().await?;
                tokio::task::yield_now().await;
            }
        }
        Reply::Close | Reply::Reset => {}
    }
    Ok(())
}
