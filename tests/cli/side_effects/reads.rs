//! What the engine, LocalStack's endpoint and the license server are asked: what stands on the lists here, and nothing else.

use std::collections::BTreeSet;
use std::path::PathBuf;

use portable_pty::CommandBuilder;

use crate::support::doctor::Doctor;
use crate::support::fakes::Record;
use crate::support::fakes::dns::{DnsServer, Says};
use crate::support::fakes::engine::{Engine, unversioned};
use crate::support::fakes::http::{HttpServer, Reply};
use crate::support::screen::Screen;

/// What may be asked of the engine; a star is one part of a path, and two are any number.
const ENGINE: [&str; 9] = [
    "GET /_ping",
    "GET /version",
    "GET /info",
    "GET /events",
    "GET /containers/json",
    "GET /containers/*/json",
    "GET /containers/*/logs",
    "GET /containers/*/archive",
    "GET /images/**/json",
];
/// Asked only where a ping does not tell what it is.
const RARE: &str = "GET /version";
/// What may be asked of LocalStack.
const ENDPOINT: [&str; 2] = ["GET /_localstack/health", "GET /_localstack/info"];
/// What may be asked of the license server.
const SERVER: [&str; 1] = ["GET /v1/health"];
/// Headers that may stand in a request: none of them identifies anybody or announces a body.
const HEADERS: [&str; 5] = ["host", "accept", "user-agent", "connection", "accept-encoding"];

const TOKEN: &str = "ls-FAKEfake-fake-fake-fake-notareal9e7c";
const HOST: &str = "api.localstack.test";
const LOG: &str = "LocalStack version: 4.14.0\nSuccessfully activated cached license 1:pro from /var/lib/localstack/cache/license.json\nReady.\n";
const INFO: &str = r#"{"version": "4.14.0", "edition": "pro", "is_license_activated": true, "session_id": "0a", "system": "linux", "is_docker": true, "uptime": 2}"#;
const HEALTH: &str = r#"{"services": {"s3": "available"}, "edition": "pro", "version": "4.14.0"}"#;

/// All that the program may ask, and what it was asked.
struct World {
    doctor: Doctor,
    engine: Engine,
    endpoint: HttpServer,
    server: HttpServer,
    dns: DnsServer,
    socket: PathBuf,
}

impl World {
    async fn new() -> Self {
        let doctor = Doctor::new();
        let socket = doctor.path().join("docker.sock");
        let mut engine = Engine::new(jiff::Timestamp::now);
        engine.listen(&socket);
        let token = format!("LOCALSTACK_AUTH_TOKEN={TOKEN}");
        engine.run("localstack-main", "localstack/localstack-pro:4.14.0", &[&token], LOG);
        let endpoint = HttpServer::scripted(|line| Reply::json(if line.contains("/info") { INFO } else { HEALTH }));
        let endpoint = endpoint.await;
        let server = HttpServer::start(Reply::json(r#"{"status": "ok"}"#)).await;
        let dns = DnsServer::start(Says::ips("127.0.0.1")).await;
        Self { doctor, engine, endpoint, server, dns, socket }
    }

    fn options(&self) -> Vec<String> {
        let pairs = [
            ("--docker-host", format!("unix://{}", self.socket.display())),
            ("--endpoint-url", format!("http://{}", self.endpoint.address)),
            ("--api-endpoint", format!("http://{HOST}:{}/v1", self.server.address.port())),
            ("--dns-server", self.dns.address.to_string()),
            ("--timeout", "3s".to_owned()),
            ("--interval", "200ms".to_owned()),
        ];
        pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }

    /// Runs the program to its end.
    async fn run(&self, command: &[&str]) {
        let mut all: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        all.extend(self.options());
        let doctor = Doctor { home: tempfile::tempdir().unwrap() };
        tokio::task::spawn_blocking(move || doctor.run(&all.iter().map(String::as_str).collect::<Vec<_>>()))
            .await
            .unwrap();
    }

    /// Opens the dashboard, looks at all of it, and has it look again.
    async fn watch(&self) {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lsdoctor"));
        command.args(self.options());
        command.env_clear();
        command.env("HOME", self.doctor.path());
        command.env("LOCALSTACK_AUTH_TOKEN", TOKEN);
        command.cwd(self.doctor.path());
        tokio::task::spawn_blocking(move || {
            let mut screen = Screen::start(command);
            screen.see("ACTIVATED");
            for (key, seen) in [("2", "Docker Engine"), ("3", "following"), ("4", "Network path to"), ("6", "Endpoint")]
            {
                screen.press(key);
                screen.see(seen);
            }
            screen.press("R1");
            screen.see("Overview");
            screen.press("q");
            assert_eq!(screen.ends(), 0);
            let written = screen.written();
            // The title of the terminal's window is the shell's (OSC 0 to 2).
            assert!(!["\x1b]0;", "\x1b]1;", "\x1b]2;", "FAKEfake"].iter().any(|no| written.contains(no)));
        })
        .await
        .unwrap();
    }
}

fn fits(pattern: &str, asked: &str) -> bool {
    let (pattern, asked): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), asked.split('/').collect());
    let any = pattern.iter().position(|part| *part == "**");
    let alike = |a: &[&str], b: &[&str]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| *a == "*" || a == b);
    match any {
        None => alike(&pattern, &asked),
        Some(at) => {
            let rest = pattern.len() - at - 1;
            asked.len() > at + rest
                && alike(&pattern[..at], &asked[..at])
                && alike(&pattern[at + 1..], &asked[asked.len() - rest..])
        }
    }
}

fn requests(heads: &Record) -> usize {
    heads.all().iter().filter(|head| !head.is_empty()).count()
}

/// Checks every request, and tells which of the list were asked.
fn asked<'a>(heads: &Record, list: &[&'a str]) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    // A connection that was given up before its request asked for nothing.
    for head in heads.all().into_iter().filter(|head| !head.is_empty()) {
        assert!(!head.contains(TOKEN) && !head.contains("FAKE"), "a secret was sent: {head}");
        let mut lines = head.lines();
        let first = lines.next().unwrap();
        let (method, rest) = first.split_once(' ').unwrap();
        let path = rest.trim_end_matches(" HTTP/1.1").split('?').next().unwrap();
        let request = format!("{method} {}", unversioned(path));
        let pattern = list.iter().find(|pattern| fits(pattern, &request));
        seen.insert(*pattern.unwrap_or_else(|| panic!("`{request}` is on no list: {first}")));
        for line in lines.take_while(|line| !line.is_empty()) {
            let name = line.split(':').next().unwrap().to_ascii_lowercase();
            assert!(HEADERS.contains(&name.as_str()), "{first}: `{line}`");
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_listed_is_asked_and_all_by_get() {
    let world = World::new().await;
    world.run(&["check"]).await;
    world.run(&["check", "--wait=2s", "--require-license"]).await;
    world.run(&["report"]).await;
    world.run(&["report", "--anonymize", "--format", "json"]).await;
    world.run(&["record", "--for", "2s", "-o", "r.ndjson"]).await;
    world.watch().await;
    // Nothing that could be taken off a list stands on it.
    let wanted = |list: &[&'static str]| list.iter().copied().filter(|p| *p != RARE).collect::<BTreeSet<_>>();
    let of_engine: BTreeSet<_> = asked(&world.engine.asked, &ENGINE).into_iter().filter(|p| *p != RARE).collect();
    assert_eq!(of_engine, wanted(&ENGINE));
    assert_eq!(asked(&world.endpoint.heads, &ENDPOINT), wanted(&ENDPOINT));
    assert_eq!(asked(&world.server.heads, &SERVER), wanted(&SERVER));
    let names: BTreeSet<_> = world.dns.asked.all().into_iter().collect();
    assert_eq!(names, [format!("{HOST}. A"), format!("{HOST}. AAAA")].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_look_asks_the_license_server_once_and_offline_never() {
    let world = World::new().await;
    world.run(&["check"]).await;
    assert_eq!(requests(&world.server.heads), 1);
    world.run(&["check", "--offline"]).await;
    world.run(&["record", "--offline", "--for", "1s", "-o", "r.ndjson"]).await;
    assert_eq!(requests(&world.server.heads), 1);
    assert_eq!(world.dns.asked.all().len(), 2);
}

/// While LocalStack is waited for, the endpoint is asked again and again, and the license server is not.
#[tokio::test(flavor = "multi_thread")]
async fn waiting_does_not_hammer_the_license_server() {
    let mut world = World::new().await;
    world.endpoint = HttpServer::start(Reply::hang()).await;
    let engine = Engine::new(jiff::Timestamp::now);
    world.engine = engine;
    let socket = world.doctor.path().join("other.sock");
    world.engine.listen(&socket);
    world.engine.run("localstack-main", "localstack/localstack-pro:4.14.0", &[], "LocalStack version: 4.14.0\n");
    world.socket = socket;
    world.run(&["check", "--wait=3s"]).await;
    assert_eq!(requests(&world.server.heads), 1, "{:?}", world.server.heads.all());
    asked(&world.engine.asked, &ENGINE);
    asked(&world.endpoint.heads, &ENDPOINT);
}
