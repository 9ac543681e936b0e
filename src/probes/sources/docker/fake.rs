//! A container engine for tests: a real socket that answers from a script and records what it was asked.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::log::{LogLayout, Phrase, PhraseSet};
use crate::probes::context::{Context, Limits};
use crate::probes::host::{Environment, Host};
use crate::probes::sources::{Source, Sources};

/// A context that sees nothing but the temporary folder.
pub(crate) fn context_in(root: &Path) -> Context {
    let home = root.join("home");
    std::fs::create_dir_all(home.join(".docker")).unwrap();
    let phrase = Phrase { text: "No credentials were found in the environment".into(), ..Phrase::default() };
    Context::new(
        Host { env: Environment::default(), home: Some(home), cwd: root.to_owned(), root: root.to_owned() },
        Limits { timeout: Duration::from_secs(5), offline: false, keyring: false },
        Arc::new(PhraseSet::new([phrase], &LogLayout::default()).unwrap()),
    )
}

/// What the engine answers to a path: status and body, or nothing at all.
pub(crate) enum Say {
    /// A status and a body.
    Status(u16, Vec<u8>),
    /// A body, of which only the beginning comes; then the connection stays open without a word.
    Endless(Vec<u8>),
    /// The connection is closed without an answer.
    Close,
    /// Nothing, for ever.
    Silence,
}

/// JSON with status 200.
pub(crate) fn json(body: serde_json::Value) -> Say {
    Say::Status(200, body.to_string().into_bytes())
}

/// A length nobody reads to the end.
const ENDLESS: usize = 1 << 40;

/// The engine that the context names.
pub(crate) async fn source_of(context: &Context) -> Source {
    let sources = Sources::connect(context, &Sources::default()).await.unwrap();
    sources.iter().next().unwrap().clone()
}

type Script = Arc<dyn Fn(&str) -> Say + Send + Sync>;

/// A running fake; ends when dropped.
pub(crate) struct Fake {
    /// Its socket.
    pub(crate) path: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    /// Listens at the path and answers by the script, which sees the path with its query. `/_ping` is answered already.
    pub(crate) fn listen(path: &Path, script: impl Fn(&str) -> Say + Send + Sync + 'static) -> Self {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let listener = UnixListener::bind(path).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (script, seen): (Script, _) = (Arc::new(script), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen)));
            }
        });
        Self { path: path.to_owned(), asked, task }
    }

    /// The address as `DOCKER_HOST` has it.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// Request lines so far, such as `GET /_ping`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: UnixStream, script: Script, asked: Arc<Mutex<Vec<String>>>) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(head).unwrap();
        let line = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
        asked.lock().unwrap().push(line.clone());
        let path = line.split_once(' ').unwrap().1;
        let say = match script(path) {
            Say::Status(404, _) if path == "/_ping" => Say::Status(200, b"OK".to_vec()),
            say => say,
        };
        let headers = "Server: Docker/20.10.24 (linux)\r\nApi-Version: 1.41\r\nOstype: linux\r\n";
        let (status, length, body) = match say {
            Say::Status(status, body) => (status, body.len(), body),
            Say::Endless(body) => (200, ENDLESS, body),
            Say::Close => return,
            Say::Silence => return std::future::pending().await,
        };
        let head = format!("HTTP/1.1 {status} x\r\n{headers}Content-Length: {length}\r\n\r\n");
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(&body).await;
        if length == ENDLESS {
            return std::future::pending().await;
        }
    }
}
