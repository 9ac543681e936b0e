//! A container engine with containers that live and die: it tells of them by list, inspect, log and events, as Docker does.
//! It can go away and come back at the same address; what its containers did stays.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::Record;
use super::http::head;

/// Docker's answer to everything it does not know.
const UNKNOWN: &str = r#"{"message":"page not found"}"#;

/// A container.
#[derive(Debug, Clone)]
pub struct Being {
    pub id: String,
    pub name: String,
    pub image: String,
    pub env: Vec<String>,
    pub started: Timestamp,
    /// When and with which code it ended.
    pub ended: Option<(Timestamp, i64)>,
    /// What it wrote, and when.
    pub log: Vec<(Timestamp, String)>,
}

#[derive(Default)]
struct World {
    beings: Vec<Being>,
    events: Vec<(Timestamp, Value)>,
    born: u64,
}

/// The engine; its containers live on while it does not listen.
pub struct Engine {
    /// Every request's head, in full.
    pub asked: Record,
    world: Arc<Mutex<World>>,
    changed: watch::Sender<u64>,
    clock: fn() -> Timestamp,
    serving: Option<JoinHandle<()>>,
    path: Option<PathBuf>,
}

impl Engine {
    /// An engine that does not listen yet.
    pub fn new(clock: fn() -> Timestamp) -> Self {
        let (changed, _) = watch::channel(0);
        Self { asked: Record::default(), world: Arc::default(), changed, clock, serving: None, path: None }
    }

    /// Listens at this socket.
    pub fn listen(&mut self, path: &Path) {
        let _ = std::fs::remove_file(path);
        let listener = UnixListener::bind(path).unwrap();
        self.path = Some(path.to_owned());
        let shared = self.shared();
        self.serving = Some(tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(serve(stream, shared.clone()));
            }
        }));
    }

    /// Listens at a port.
    pub async fn listen_on_port(&mut self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = self.shared();
        self.serving = Some(tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(serve(stream, shared.clone()));
            }
        }));
        address
    }

    fn shared(&self) -> Shared {
        Shared { asked: self.asked.clone(), world: Arc::clone(&self.world), changed: self.changed.subscribe() }
    }

    /// Goes away: its socket is gone, and every connection with it.
    pub async fn go(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
        self.remove_socket();
    }

    /// Only the socket's file is gone: who is connected stays so.
    pub fn remove_socket(&self) {
        self.path.iter().for_each(|path| drop(std::fs::remove_file(path)));
    }

    /// Creates and starts a container; its id.
    pub fn run(&self, name: &str, image: &str, env: &[&str], log: &str) -> String {
        let now = (self.clock)();
        let mut world = self.world.lock().unwrap();
        world.born += 1;
        let id = format!("{:064x}", 0xabc_0000 + world.born);
        let being = Being {
            id: id.clone(),
            name: name.to_owned(),
            image: image.to_owned(),
            env: env.iter().map(|e| (*e).to_owned()).collect(),
            started: now,
            ended: None,
            log: log.lines().map(|l| (now, l.to_owned())).collect(),
        };
        world.tell("start", &being, now, None);
        world.beings.insert(0, being);
        drop(world);
        self.wake();
        id
    }

    /// The container says this.
    pub fn says(&self, name: &str, text: &str) {
        let now = (self.clock)();
        self.change(name, |being| being.log.extend(text.lines().map(|l| (now, l.to_owned()))));
    }

    /// The container ends.
    pub fn dies(&self, name: &str, code: i64) {
        let now = (self.clock)();
        let being = self.change(name, |being| being.ended = Some((now, code)));
        self.world.lock().unwrap().tell("die", &being, now, Some(code));
        self.wake();
    }

    /// The container is started again, and says this.
    pub fn restarts(&self, name: &str, log: &str) {
        let now = (self.clock)();
        let being = self.change(name, |being| {
            (being.started, being.ended) = (now, None);
            being.log.extend(log.lines().map(|l| (now, l.to_owned())));
        });
        self.world.lock().unwrap().tell("start", &being, now, None);
        self.wake();
    }

    /// The container is removed.
    pub fn removes(&self, name: &str) {
        let now = (self.clock)();
        let mut world = self.world.lock().unwrap();
        let at = world.beings.iter().position(|b| b.name == name).unwrap();
        let being = world.beings.remove(at);
        world.tell("destroy", &being, now, None);
        drop(world);
        self.wake();
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Being)) -> Being {
        let mut world = self.world.lock().unwrap();
        let being = world.beings.iter_mut().find(|b| b.name == name).unwrap();
        change(being);
        let being = being.clone();
        drop(world);
        self.wake();
        being
    }

    fn wake(&self) {
        self.changed.send_modify(|n| *n += 1);
    }
}

impl World {
    fn tell(&mut self, action: &str, being: &Being, at: Timestamp, code: Option<i64>) {
        let mut attributes = json!({"name": being.name, "image": being.image});
        if let Some(code) = code {
            attributes["exitCode"] = json!(code.to_string());
        }
        let nanos = i64::try_from(at.as_nanosecond()).unwrap();
        let event = json!({"Type": "container", "Action": action, "Actor": {"ID": being.id, "Attributes": attributes},
                           "time": at.as_second(), "timeNano": nanos});
        self.events.push((at, event));
    }

    fn find(&self, name: &str) -> Option<&Being> {
        self.beings.iter().find(|b| b.name == name || b.id == name)
    }
}

#[derive(Clone)]
struct Shared {
    asked: Record,
    world: Arc<Mutex<World>>,
    changed: watch::Receiver<u64>,
}

impl Being {
    fn state(&self) -> &'static str {
        if self.ended.is_some() { "exited" } else { "running" }
    }

    fn row(&self) -> Value {
        json!({"Id": self.id, "Names": [format!("/{}", self.name)], "Image": self.image, "State": self.state(),
               "Status": self.state(), "Created": self.started.as_second()})
    }

    fn details(&self) -> Value {
        let never = "0001-01-01T00:00:00Z".to_owned();
        json!({"Id": self.id, "Name": format!("/{}", self.name), "Image": "sha256:1",
               "State": {"Status": self.state(), "Running": self.ended.is_none(),
                         "ExitCode": self.ended.map_or(0, |(_, code)| code), "StartedAt": self.started.to_string(),
                         "FinishedAt": self.ended.map_or(never, |(at, _)| at.to_string())},
               "HostConfig": {"LogConfig": {"Type": "json-file"}, "NetworkMode": "bridge"},
               "Config": {"Image": self.image, "Env": self.env}})
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, mut shared: Shared) {
    loop {
        let head = head(&mut stream).await;
        if !head.ends_with("\r\n\r\n") {
            return;
        }
        shared.asked.add(head.clone());
        let line = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
        let (path, query) = line.split_once(' ').unwrap().1.split_once('?').unwrap_or((&line[4..], ""));
        let path = unversioned(path);
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let answered = match parts.as_slice() {
            ["events"] => return events(stream, &mut shared, query).await,
            ["containers", name, "logs"] => return logs(stream, &mut shared, name, query).await,
            _ => answer(&shared, &parts),
        };
        let (status, body) = answered.unwrap_or(("404 Not Found", UNKNOWN.to_owned()));
        let headers = "Server: Docker/20.10.24 (linux)\r\nApi-Version: 1.41\r\nOstype: linux\r\nContent-Type: application/json\r\n";
        let length = body.len();
        let whole = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        if stream.write_all(whole.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The path without the version of the API.
pub fn unversioned(path: &str) -> &str {
    let rest = path.strip_prefix("/v1.");
    rest.and_then(|rest| rest.find('/').and_then(|at| rest.get(at..))).unwrap_or(path)
}

fn answer(shared: &Shared, parts: &[&str]) -> Option<(&'static str, String)> {
    let world = shared.world.lock().unwrap();
    let body = match parts {
        ["_ping"] => "OK".to_owned(),
        ["version"] => json!({"Version": "20.10.24", "ApiVersion": "1.41", "Os": "linux"}).to_string(),
        ["info"] => json!({"HttpProxy": "", "HttpsProxy": "", "NoProxy": ""}).to_string(),
        ["containers", "json"] => json!(world.beings.iter().map(Being::row).collect::<Vec<_>>()).to_string(),
        ["containers", name, "json"] => world.find(name)?.details().to_string(),
        ["images", .., "json"] => json!({"Id": "sha256:1", "RepoTags": [], "Config": {"Env": []}}).to_string(),
        _ => return None,
    };
    Some(("200 OK", body))
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// A time as Docker's API takes it, in nanoseconds.
fn time(text: &str) -> i128 {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let nanos: i128 = format!("{fraction:0<9}").parse().unwrap();
    seconds.parse::<i128>().unwrap() * 1_000_000_000 + nanos
}

const STREAM: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n";

async fn events(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: &mut Shared, query: &str) {
    let since = parameter(query, "since").map(time);
    let until = parameter(query, "until").map(time);
    // Without a beginning, only what comes from now on.
    let mut next = if since.is_some() { 0 } else { shared.world.lock().unwrap().events.len() };
    let _ = stream.write_all(STREAM).await;
    loop {
        let new: Vec<_> = {
            let world = shared.world.lock().unwrap();
            let new = world.events[next..].to_vec();
            next = world.events.len();
            new
        };
        for (at, event) in new {
            let at = at.as_nanosecond();
            if since.is_none_or(|s| at >= s)
                && until.is_none_or(|u| at <= u)
                && stream.write_all(format!("{event}\n").as_bytes()).await.is_err()
            {
                return;
            }
        }
        let _ = stream.flush().await;
        if until.is_some() || !wait(&mut stream, shared).await {
            return;
        }
    }
}

async fn logs(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: &mut Shared, name: &str, query: &str) {
    let since = parameter(query, "since").map_or(0, time);
    let follow = parameter(query, "follow") == Some("true");
    let last: Option<usize> = parameter(query, "tail").and_then(|t| t.parse().ok());
    let mut next = 0;
    let _ = stream.write_all(STREAM).await;
    loop {
        let Some(being) = shared.world.lock().unwrap().find(name).cloned() else { return };
        let new: Vec<_> = being.log[next..].iter().filter(|(at, _)| at.as_nanosecond() >= since).collect();
        let skipped = if next == 0 { last.map_or(0, |last| new.len().saturating_sub(last)) } else { 0 };
        for (_, line) in &new[skipped..] {
            let mut frame = vec![1, 0, 0, 0];
            frame.extend_from_slice(&u32::try_from(line.len() + 1).unwrap().to_be_bytes());
            frame.extend_from_slice(line.as_bytes());
            frame.push(b'\n');
            if stream.write_all(&frame).await.is_err() {
                return;
            }
        }
        let _ = stream.flush().await;
        next = being.log.len();
        if being.ended.is_some() || !follow || !wait(&mut stream, shared).await {
            return;
        }
    }
}

/// Waits for a change; whether the other side still listens.
async fn wait(stream: &mut (impl AsyncRead + Unpin), shared: &mut Shared) -> bool {
    tokio::select! {
        changed = shared.changed.changed() => changed.is_ok(),
        read = stream.read_u8() => read.is_ok(),
    }
}
