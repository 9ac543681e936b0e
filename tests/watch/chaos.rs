//! Looking on while everything goes wrong, alone and together, in an order that a seed tells: engine, container, endpoint,
//! network and clock. It finds back to the right verdict by itself, says what happened, and forgets no earlier end.
//! Time is tokio's paused one: minutes pass in seconds, and what is bounded is the time of the program, not of the machine.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::support::fakes::context::hermetic;
use crate::support::fakes::dns::{DnsServer, Says};
use crate::support::fakes::engine::Engine;
use crate::support::fakes::http::{Door, Reply};
use hickory_resolver::proto::op::ResponseCode;
use jiff::{SignedDuration, Timestamp};
use lsdoctor::case::{Case, CaseEvent, Change, ChangeKind, WatchCommand};
use lsdoctor::diagnosis::{Catalogue, Status};
use lsdoctor::observations::{Answer, ProbeId};
use lsdoctor::session::{Session, watch};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

const NAME: &str = "localstack-main";
const IMAGE: &str = "localstack/localstack-pro:4.14.0";
const HOST: &str = "api.localstack.test";
const ACTIVATED: &str = "LocalStack version: 4.14.0\nSuccessfully activated cached license 1:pro from /var/lib/localstack/cache/license.json\nReady.\n";
const EXPIRED: &str = "License activation failed!\nReason: The license has expired.\n";
const INFO: &str = r#"{"version": "4.14.0", "edition": "pro", "is_license_activated": ACTIVATED, "session_id": "0a", "system": "linux", "is_docker": true, "uptime": 2}"#;
const HEALTH: &str = r#"{"services": {"s3": "available"}, "edition": "pro", "version": "4.14.0"}"#;

/// The slowest subject is looked at every 30 seconds, a second time before it counts, and each look may time out.
const PATIENCE: Duration = Duration::from_secs(45);
/// What the dashboard has unless told otherwise.
const INTERVAL: Duration = Duration::from_secs(1);

/// Seconds by which the clock is ahead of the time that passes.
static AHEAD: AtomicI64 = AtomicI64::new(0);
static BEGAN: OnceLock<(Instant, Timestamp)> = OnceLock::new();

/// A clock that goes as tokio's time does, and can be set.
fn now() -> Timestamp {
    let (instant, stamp) = BEGAN.get_or_init(|| (Instant::now(), Timestamp::now()));
    let passed = SignedDuration::try_from(instant.elapsed()).unwrap();
    *stamp + passed + SignedDuration::from_secs(AHEAD.load(SeqCst))
}

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// What can go wrong on this machine.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Local {
    Dies,
    Recreated,
    InfoFlips,
    EndpointHangs,
    Sleeps,
    ClockSetBack,
}

/// What can go wrong with the engine.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Daemon {
    Restarts,
    SocketVanishes,
}

/// What can go wrong on the way to the license server.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Network {
    Drops,
    ResolverLies,
    AddressMoves,
    ServerFails,
}

struct World {
    engine: Engine,
    socket: PathBuf,
    endpoint: Door,
    activated: Arc<AtomicBool>,
    hangs: Arc<AtomicBool>,
    server: Door,
    fails: Arc<AtomicBool>,
    says: Arc<Mutex<Says>>,
    heard: UnboundedReceiver<CaseEvent>,
    _wish: UnboundedSender<WatchCommand>,
    case: Box<Case>,
    at_rest: bool,
    /// What was done so far, to be told when something fails.
    done: Vec<String>,
    _dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("docker.sock");
        let mut engine = Engine::new(now);
        engine.listen(&socket);
        engine.run(NAME, IMAGE, &[], ACTIVATED);
        let (activated, hangs) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
        let (is_activated, is_hung) = (Arc::clone(&activated), Arc::clone(&hangs));
        let endpoint = Door::open("127.66.0.1", move |line| match line {
            _ if is_hung.load(SeqCst) => Reply::hang(),
            line if line.contains("/info") => {
                Reply::json(&INFO.replace("ACTIVATED", &is_activated.load(SeqCst).to_string()))
            }
            _ => Reply::json(HEALTH),
        });
        let endpoint = endpoint.await;
        let fails = Arc::new(AtomicBool::new(false));
        let failing = Arc::clone(&fails);
        let server = Door::open("127.66.0.2", move |_| match failing.load(SeqCst) {
            true => Reply::http("503 Service Unavailable", "", "later"),
            false => Reply::json(r#"{"status": "ok"}"#),
        });
        let server = server.await;
        let says = Arc::new(Mutex::new(Says::ips("127.66.0.2")));
        let script = Arc::clone(&says);
        let dns = DnsServer::scripted(move |_| script.lock().unwrap().clone()).await;
        let mut context = hermetic(dir.path());
        context.clock = now;
        context.docker_host = Some(format!("unix://{}", socket.display()));
        context.endpoint = Some(format!("http://{}", endpoint.address));
        context.api_endpoint = format!("http://{HOST}:{}/v1", server.address.port());
        context.dns_servers = vec![dns.address];
        let session = Session {
            context: Arc::new(context),
            catalogue: Arc::new(Catalogue::load().unwrap()),
            wanted: ProbeId::ALL.into(),
            left_out: Default::default(),
            interval: INTERVAL,
            all: false,
        };
        let (told, heard) = unbounded_channel();
        let (wish, wishes) = unbounded_channel();
        tokio::spawn(watch(session, told, wishes));
        Self {
            engine,
            socket,
            endpoint,
            activated,
            hangs,
            server,
            fails,
            says,
            heard,
            _wish: wish,
            case: Box::default(),
            at_rest: false,
            done: Vec::new(),
            _dir: dir,
        }
    }

    /// How often the timeline says this.
    fn count(&self, text: &str) -> usize {
        let says = |change: &Change| match change.kind {
            ChangeKind::Verdict(status, _) => text == NOT_ACTIVATED && status != Status::Activated,
            _ => change.text.contains(text),
        };
        self.case.changes.iter().filter(|change| says(change)).count()
    }

    /// Listens until this holds.
    async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            match tokio::time::timeout_at(end, self.heard.recv()).await {
                Ok(Some(CaseEvent::Case { case, idle })) => (self.case, self.at_rest) = (case, idle),
                Ok(Some(_)) => {}
                Ok(None) => panic!("looking on ended, after {:#?}", self.done),
                Err(_) => self.fail(what),
            }
        }
    }

    /// The last changes, as a timeline shows them.
    fn told(&self, most: usize) -> String {
        let told = self.case.changes.iter().rev().take(most).rev();
        told.map(|change| format!("\n{} {}", change.at, change.text)).collect()
    }

    fn fail(&self, what: &str) -> ! {
        let last: Vec<_> = self.done.iter().rev().take(12).rev().collect();
        let told = self.told(15);
        let snapshot = &self.case.snapshot;
        panic!(
            "never: {what}, after {last:?}\ntold: {told}\nverdict {} {}\nengine {:?}\ninstances {:?}\nendpoint {:?}\ndns {:?}\nhttps {:?}",
            self.case.diagnosis.headline.cause,
            self.case.diagnosis.headline.summary,
            snapshot.engine,
            snapshot.instances,
            snapshot.endpoint,
            snapshot.host.dns,
            snapshot.host.https,
        )
    }

    /// Everything is as it should be, and seen so.
    async fn healthy(&mut self) {
        self.until("all is well again", |w| {
            let snapshot = &w.case.snapshot;
            w.at_rest
                && w.case.diagnosis.headline.cause == "activated-from-cache"
                && snapshot.engine.value().is_some()
                && snapshot.container().is_some()
                && snapshot.logs.value().is_some()
                && snapshot.endpoint.value().is_some_and(|endpoint| endpoint.answer == Answer::LocalStack)
                && !snapshot.host.dns.value().is_none_or(|dns| dns.addresses().is_empty())
                && snapshot.host.https.value().is_some_and(|https| https.status == 200)
        })
        .await;
    }

    async fn strike_daemon(&mut self, fault: Daemon) {
        match fault {
            Daemon::Restarts => self.engine.go().await,
            Daemon::SocketVanishes => self.engine.remove_socket(),
        }
    }

    async fn mend_daemon(&mut self) {
        self.engine.go().await;
        self.engine.listen(&self.socket);
    }

    async fn strike_network(&mut self, fault: Network) {
        match fault {
            Network::Drops => {
                *self.says.lock().unwrap() = Says::Silent;
                self.server.close().await;
            }
            Network::ResolverLies => *self.says.lock().unwrap() = Says::Code(ResponseCode::NXDomain),
            Network::AddressMoves => *self.says.lock().unwrap() = Says::ips("127.66.0.9"),
            Network::ServerFails => self.fails.store(true, SeqCst),
        }
    }

    async fn mend_network(&mut self) {
        *self.says.lock().unwrap() = Says::ips("127.66.0.2");
        self.fails.store(false, SeqCst);
        self.server.reopen().await;
    }

    async fn strike_local(&mut self, fault: Local) {
        match fault {
            Local::Dies => {
                self.engine.says(NAME, EXPIRED);
                self.engine.dies(NAME, 55);
                self.endpoint.close().await;
            }
            Local::Recreated => {
                self.engine.dies(NAME, 137);
                self.engine.removes(NAME);
                self.endpoint.close().await;
                self.engine.run(NAME, IMAGE, &[], ACTIVATED);
            }
            Local::InfoFlips => self.activated.store(false, SeqCst),
            Local::EndpointHangs => self.hangs.store(true, SeqCst),
            Local::Sleeps => drop(AHEAD.fetch_add(3 * 3_600, SeqCst)),
            Local::ClockSetBack => drop(AHEAD.fetch_sub(2 * 3_600, SeqCst)),
        }
    }

    async fn mend_local(&mut self, fault: Local) {
        match fault {
            Local::Dies => self.engine.restarts(NAME, ACTIVATED),
            Local::Recreated | Local::Sleeps | Local::ClockSetBack => {}
            Local::InfoFlips => self.activated.store(true, SeqCst),
            Local::EndpointHangs => self.hangs.store(false, SeqCst),
        }
        self.endpoint.reopen().await;
    }
}

/// What the timeline says of it.
fn words(fault: Local) -> &'static str {
    match fault {
        Local::Dies => "`localstack-main` died with exit code 55.",
        Local::Recreated => "`localstack-main` died with exit code 137 and was removed.",
        Local::InfoFlips => NOT_ACTIVATED,
        Local::EndpointHangs => "The endpoint no longer answers.",
        Local::Sleeps => "Nothing was seen for 3 h",
        Local::ClockSetBack => "The clock was set back by",
    }
}

const fn network_words(fault: Network) -> &'static str {
    match fault {
        Network::Drops | Network::ResolverLies => "api.localstack.test no longer resolves.",
        Network::AddressMoves | Network::ServerFails => "api.localstack.test no longer answers.",
    }
}

/// Any verdict but one: which it is, is the catalogue's.
const NOT_ACTIVATED: &str = "(another verdict)";
const GONE: &str = "The container engine no longer answers.";

/// One round: up to three things go wrong, in any order, and are mended in any order.
async fn round(world: &mut World, dice: &mut Dice) {
    use Local::{ClockSetBack, Dies, EndpointHangs, InfoFlips, Recreated, Sleeps};
    let local = dice.one_of(&[Dies, Dies, Recreated, Recreated, InfoFlips, EndpointHangs, Sleeps, ClockSetBack]);
    let daemon = dice.one_of(&[Daemon::Restarts, Daemon::SocketVanishes]);
    let network = dice.one_of(&[Network::Drops, Network::ResolverLies, Network::AddressMoves, Network::ServerFails]);
    let mut strikes = vec![0, 1, 2];
    while strikes.len() > 1 + dice.below(3) {
        strikes.remove(dice.below(strikes.len()));
    }
    let mut expected: Vec<(&str, usize)> = Vec::new();
    let mut struck = Vec::new();
    while !strikes.is_empty() {
        let strike = strikes.remove(dice.below(strikes.len()));
        struck.push(strike);
        let (text, done) = match strike {
            0 => (words(local), format!("{local:?}")),
            1 => (GONE, format!("{daemon:?}")),
            _ => (network_words(network), format!("{network:?}")),
        };
        let before = world.count(text);
        world.done.push(done);
        match strike {
            0 => world.strike_local(local).await,
            1 => world.strike_daemon(daemon).await,
            _ => world.strike_network(network).await,
        }
        // What happens to a container while its engine is away is known once the engine is back.
        let hidden = strike == 0 && struck.contains(&1) && matches!(local, Dies | Recreated);
        if hidden {
            expected.push((text, before));
        } else {
            world.until(text, |w| w.count(text) > before).await;
        }
        if strike == 0 && local == Dies && !hidden {
            world.until("why it died", |w| w.case.diagnosis.headline.cause == "license-expired").await;
        }
    }
    while !struck.is_empty() {
        let mend = struck.remove(dice.below(struck.len()));
        world.done.push(format!("mended {}", ["local", "engine", "network"][mend]));
        match mend {
            0 => world.mend_local(local).await,
            1 => world.mend_daemon().await,
            _ => world.mend_network().await,
        }
        tokio::time::sleep(Duration::from_millis(dice.below(4_000) as u64)).await;
    }
    world.healthy().await;
    for (text, before) in expected {
        world.until(text, |w| w.count(text) > before).await;
    }
}

#[tokio::test(start_paused = true)]
async fn looking_on_recovers_from_whatever_happens_and_forgets_nothing() {
    // Any other seed has to do as well: LSDOCTOR_CHAOS_SEED.
    let seed = std::env::var("LSDOCTOR_CHAOS_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut dice = Dice(seed.unwrap_or(0x1057_ac1d));
    let mut world = World::new().await;
    world.healthy().await;
    let began = Instant::now();
    for _ in 0..60 {
        round(&mut world, &mut dice).await;
    }
    let minutes = began.elapsed().as_secs() / 60;
    assert!(minutes >= 10, "{minutes} minutes are no test");
    // Every end is still told of, each once.
    for (fault, text) in [("Dies", words(Local::Dies)), ("Recreated", words(Local::Recreated))] {
        let happened = world.done.iter().filter(|done| *done == fault).count();
        assert!(happened > 2);
        assert_eq!(world.count(text), happened, "{text}: {}", world.told(usize::MAX));
    }
}
