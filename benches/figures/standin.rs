//! A stand-in of a container engine with one activated LocalStack, and of that LocalStack's endpoint, on loopback ports.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

pub const START: &str = "LocalStack version: 4.14.0
LocalStack build date: 2026-11-01
LocalStack build git hash: 0123abcd
2026-11-24T10:00:00.100  INFO --- [  MainThread] l.p.c.b.licensingv2        : Successfully activated cached license
Ready.
";
/// As Docker answers it: its version stands in the head.
const PING: &[u8] = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nOstype: linux\r\nServer: Docker/20.10.24 (linux)\r\nContent-Length: 2\r\n\r\nOK";
const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// How it behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Each answer is held back for so long.
    pub delay: Duration,
    /// Bytes of log that a request for it gets.
    pub log: usize,
    /// Lines a second that follow.
    pub flood: u32,
}

/// Serves until the process ends; tells the engine's address.
pub fn serve(manner: Manner) -> SocketAddr {
    let endpoint = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = endpoint.local_addr().unwrap().port();
    answer(endpoint, manner, |path, stream| {
        let body = match path {
            "/_localstack/info" => json!({"version": "4.14.0", "edition": "pro", "is_license_activated": true}),
            _ => json!({"version": "4.14.0", "edition": "pro", "services": {"s3": "available"}}),
        };
        json_answer(stream, &body)
    });
    let engine = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = engine.local_addr().unwrap();
    answer(engine, manner, move |path, stream| match path {
        "/_ping" => stream.write_all(PING),
        path if path.contains("/containers/json") => json_answer(stream, &json!([row()])),
        path if path.contains("/logs?") => log(stream, manner, path),
        path if path.contains("/containers/") && path.contains("/json") => json_answer(stream, &details(port)),
        path if path.contains("/events?") && !path.contains("until=") => {
            std::thread::sleep(Duration::from_secs(3600));
            Ok(())
        }
        path if path.contains("/events?") => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        path if path.ends_with("/version") => {
            json_answer(stream, &json!({"Version": "20.10.24", "ApiVersion": "1.41", "Os": "linux", "Arch": "amd64"}))
        }
        _ => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"),
    });
    address
}

fn answer(
    listener: TcpListener,
    manner: Manner,
    script: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + Clone + 'static,
) {
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let script = script.clone();
            std::thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                let mut head = Vec::new();
                let mut byte = [0];
                while stream.read_exact(&mut byte).is_ok() {
                    head.push(byte[0]);
                    if head.ends_with(b"\r\n\r\n") {
                        let text = String::from_utf8_lossy(&head).into_owned();
                        head.clear();
                        std::thread::sleep(manner.delay);
                        if script(text.split(' ').nth(1).unwrap_or_default(), &mut stream).is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
}

fn json_answer(stream: &mut TcpStream, body: &serde_json::Value) -> std::io::Result<()> {
    let body = body.to_string();
    let head = "HTTP/1.1 200 OK\r\nServer: Docker/20.10.24 (linux)\r\nContent-Type: application/json\r\n";
    write!(stream, "{head}x-localstack: true\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn row() -> serde_json::Value {
    json!({"Id": ID, "Names": ["/localstack-main"], "Image": "localstack/localstack-pro:4.14.0", "State": "running",
           "Status": "Up 2 hours", "Created": 1_700_000_000})
}

fn details(port: u16) -> serde_json::Value {
    json!({"Id": ID, "Name": "/localstack-main", "Image": "sha256:1",
           "State": {"Status": "running", "Running": true, "StartedAt": "2026-11-24T10:00:00Z"},
           "HostConfig": {"NetworkMode": "bridge", "LogConfig": {"Type": "json-file"}},
           "NetworkSettings": {"Ports": {"4566/tcp": [{"HostIp": "127.0.0.1", "HostPort": port.to_string()}]}},
           "Config": {"Image": "localstack/localstack-pro:4.14.0",
                      "Env": ["LOCALSTACK_AUTH_TOKEN=ls-FAKEfake-fake-fake-fake-notareal9e7c"]}})
}

fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![1, 0, 0, 0];
    frame.extend_from_slice(&u32::try_from(text.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(text.as_bytes());
    frame
}

const LINE: &str =
    "2026-11-24T10:00:01.000  INFO --- [et.reactor-0] localstack.request.aws     : AWS s3.PutObject => 200\n";

/// The whole log, or its last lines, and what follows them.
fn log(stream: &mut TcpStream, manner: Manner, path: &str) -> std::io::Result<()> {
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: close\r\n\r\n",
    )?;
    stream.write_all(&frame(START))?;
    let block = frame(LINE).repeat(500);
    let blocks = manner.log / block.len();
    for _ in 0..if path.contains("tail=all") { blocks } else { blocks.min(10) } {
        stream.write_all(&block)?;
    }
    if !path.contains("follow=true") {
        // The end of the connection is the end of the log.
        return Err(std::io::ErrorKind::ConnectionAborted.into());
    }
    let each = frame(LINE).repeat((manner.flood / 50) as usize);
    let mut due = Instant::now();
    loop {
        due += Duration::from_millis(20);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        stream.write_all(&each)?;
    }
}
