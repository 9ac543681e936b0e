//! The probes against a real container engine, with stand-ins for LocalStack.
//! Ignored unless asked for: `LSDOCTOR_TEST_ENGINE=$(.ci/engine) cargo test --test probes -- --include-ignored`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may end here")]

use std::sync::Arc;
use std::time::Duration;

use crate::support::standin::{ACTIVATED, Engine, PATIENCE, PRO, Spec, WITHOUT_CREDENTIALS, wait};
use lsdoctor::log::{LogLayout, Phrase, PhraseSet};
use lsdoctor::observations::{Container, ErrorKind, Handle, Instances, LaunchMethod, LogDigest, Status, Update};
use lsdoctor::probes::chosen::Chosen;
use lsdoctor::probes::context::clock;
use lsdoctor::probes::events::{Event, Interest};
use lsdoctor::probes::instances::Found;
use lsdoctor::probes::sources::types::{EventKind, FileContent, InstanceEvent};
use lsdoctor::probes::sources::{Source, Sources};
use lsdoctor::probes::{Answer, Context, Host, Limits, ProbeEvent};
use lsdoctor::probes::{events, instances, logs};
use tokio::sync::mpsc::unbounded_channel;

const TOKEN: &str = "ls-FAKEfake-fake-fake-fake-notareal9e7c";
const REASON: &str = "No credentials were found in the environment";

/// A context that names this engine, and the engine as it was found.
struct World {
    context: Arc<Context>,
    sources: Sources,
}

impl World {
    fn source(&self) -> &Source {
        self.sources.iter().next().unwrap()
    }

    async fn observe(&self) -> Found {
        instances::observe(&self.context, &self.sources).await.unwrap()
    }

    async fn log(&self, container: &Container) -> Answer<LogDigest> {
        logs::observe(&self.context, self.source(), container).await
    }
}

async fn found(engine: &Engine, change: impl FnOnce(&mut Context)) -> World {
    let phrases = [REASON, "Successfully activated cached license"];
    let phrases = phrases.map(|text| Phrase { text: text.into(), ..Phrase::default() });
    let layout = LogLayout { banner: "LocalStack version:".into(), ..LogLayout::default() };
    let mut context = Context {
        docker_host: Some(engine.host.clone()),
        ..Context::new(
            Host::default(),
            Limits { timeout: Duration::from_secs(10), offline: true, keyring: false },
            Arc::new(PhraseSet::new(phrases, &layout).unwrap()),
        )
    };
    change(&mut context);
    let sources = Sources::connect(&context, &Sources::default()).await.unwrap();
    let seen = sources.iter().next().unwrap().about();
    assert!(seen.name.ends_with(" Engine") && !seen.version.is_empty(), "{seen:?}");
    World { context: Arc::new(context), sources }
}

async fn instances(engine: &Engine) -> (World, Instances) {
    let world = found(engine, |_| {}).await;
    let instances = world.observe().await.instances;
    (world, instances)
}

async fn chosen(engine: &Engine) -> (World, Container) {
    let (world, instances) = instances(engine).await;
    (world, instances.chosen.expect("a container"))
}

fn recognised(digest: &LogDigest) -> Vec<&str> {
    digest.runs.iter().flat_map(|r| r.hits.iter().map(|h| h.phrase.as_str())).collect()
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn a_failed_activation_is_seen_with_its_code_its_line_and_its_settings() {
    let engine = Engine::from_env();
    let token = format!("LOCALSTACK_AUTH_TOKEN={TOKEN}");
    let guard = engine.run(Spec { env: &[&token], args: &["--dns", "10.9.9.9"], ..Spec::default() }).exited();
    let (world, container) = chosen(&engine).await;
    assert_eq!((container.id.as_str(), container.name.as_str()), (guard.id.as_str(), "localstack-main"));
    assert_eq!((container.state.status, container.state.exit_code), (Status::Exited, Some(55)));
    assert!(container.state.started_at.is_some() && container.state.finished_at.is_some());
    assert_eq!(container.launch.method(), LaunchMethod::DockerRun);
    assert_eq!(container.version.as_deref(), Some("4.14.0"));
    assert_eq!(container.variable("LOCALSTACK_AUTH_TOKEN").unwrap().value.text(), Some("ls-...9e7c"));
    assert_eq!(container.network.dns, ["10.9.9.9"]);
    let Chosen { environment, .. } = world.observe().await.chosen.unwrap();
    assert!(environment.iter().any(|(_, value)| value == TOKEN));
    let digest = world.log(&container).await.unwrap();
    assert_eq!(recognised(&digest), [REASON]);
    assert_eq!(digest.runs.last().unwrap().version.as_deref(), Some("4.14.0"));
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn of_two_instances_the_one_on_the_endpoint_is_chosen() {
    let engine = Engine::from_env();
    let ports: &[&str] = &["127.0.0.1::4566"];
    let one = engine.run(Spec { name: "ls-one", script: ACTIVATED, ports, ..Spec::default() });
    let two = engine.run(Spec { name: "ls-two", script: ACTIVATED, ports, ..Spec::default() });
    let _down = engine.run(Spec { name: "ls-down", ..Spec::default() }).exited();
    for guard in [&one, &two] {
        let endpoint = format!("http://localhost:{}", guard.port());
        let world = found(&engine, |c| c.endpoint = Some(endpoint)).await;
        let seen = world.observe().await.instances;
        let container = seen.chosen.unwrap();
        assert_eq!(container.id, guard.id);
        assert_eq!(seen.chosen_by, "running on the endpoint");
        assert_eq!(seen.others.len(), 2);
        assert_eq!(container.network.ports[0].host, guard.port());
        assert!(!container.network.addresses.is_empty());
        let digest = world.log(&container).await.unwrap();
        assert_eq!(recognised(&digest), ["Successfully activated cached license"]);
    }
    let world = found(&engine, |c| c.container = Some("ls-down".into())).await;
    assert_eq!(world.observe().await.instances.chosen.unwrap().name, "ls-down");
    let world = found(&engine, |c| c.container = Some("ls-none".into())).await;
    let seen = world.observe().await.instances;
    let missing = seen.missing.unwrap();
    assert!(missing.contains("`ls-none`") && missing.contains("ls-two"), "{missing}");
    assert_eq!((seen.chosen, seen.others.len()), (None, 3));
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn the_stand_in_answers_as_localstack_does() {
    use std::io::{Read, Write};
    let engine = Engine::from_env();
    let guard = engine.run(Spec { script: ACTIVATED, ports: &["127.0.0.1::4566"], ..Spec::default() });
    let port = guard.port();
    let mut answer = String::new();
    wait("the stand-in answers", || {
        let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return false };
        answer.clear();
        stream.write_all(b"GET /_localstack/info HTTP/1.1\r\nHost: localhost\r\n\r\n").is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && !answer.is_empty()
    });
    assert!(
        answer.contains("x-localstack: true\r\n") && answer.contains(r#""is_license_activated": true"#),
        "{answer}"
    );
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn a_restart_loop_shows_its_count_and_an_earlier_start() {
    let engine = Engine::from_env();
    let script = WITHOUT_CREDENTIALS;
    let guard = engine.run(Spec { script, args: &["--restart", "always"], ..Spec::default() });
    wait("it was restarted twice", || guard.field("{{.RestartCount}}").parse::<u32>().is_ok_and(|n| n >= 2));
    let (world, container) = chosen(&engine).await;
    assert!(container.state.restarts >= 2);
    assert!(matches!(container.state.status, Status::Restarting | Status::Running), "{:?}", container.state);
    assert_eq!(container.settings.restart_policy, "always");
    let digest = world.log(&container).await.unwrap();
    let starts: Vec<_> = digest.earlier.iter().chain(&digest.runs).collect();
    assert!(starts.len() >= 2 && !digest.earlier.is_empty(), "{digest:?}");
    assert!(starts.iter().flat_map(|run| &run.hits).count() >= 2);
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn a_started_again_container_is_judged_by_its_latest_start() {
    let engine = Engine::from_env();
    let script = r#"if [ -e /tmp/again ]; then echo "LocalStack version: 4.14.1"; echo "Successfully activated cached license 1:pro from /x"; else sleep 3; echo "LocalStack version: 4.14.0"; echo "Reason: No credentials were found in the environment."; echo x > /tmp/again; fi"#;
    let guard = engine.run(Spec { script, ..Spec::default() }).exited();
    let first = guard.field("{{.State.FinishedAt}}");
    // The margin before a start is two seconds: the second start must be later than that.
    let finished: jiff::Timestamp = first.parse().unwrap();
    wait("three seconds have passed", || jiff::Timestamp::now().duration_since(finished).as_secs() >= 4);
    engine.docker(&["start", &guard.id]);
    wait("it ended again", || {
        guard.field("{{.State.Status}}") == "exited" && guard.field("{{.State.FinishedAt}}") != first
    });
    let (world, container) = chosen(&engine).await;
    let digest = world.log(&container).await.unwrap();
    assert_eq!(recognised(&digest), ["Successfully activated cached license"]);
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn logs_are_read_from_a_terminal_and_every_readable_driver() {
    let engine = Engine::from_env();
    for args in [&["--tty"][..], &["--log-driver", "local"], &["--log-driver", "json-file"]] {
        let _guard = engine.run(Spec { args, ..Spec::default() }).exited();
        let (world, container) = chosen(&engine).await;
        assert_eq!(container.settings.tty, args == ["--tty"]);
        let digest = world.log(&container).await.unwrap();
        assert_eq!(recognised(&digest), [REASON], "{args:?}");
        assert!(digest.tail.iter().all(|l| !l.text.contains('\r')), "{args:?}");
    }
    let _guard = engine.run(Spec { args: &["--log-driver", "none"], ..Spec::default() }).exited();
    let (world, container) = chosen(&engine).await;
    let error = world.log(&container).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadAnswer);
    assert!(error.detail.contains("driver is `none`"), "{error}");
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn a_paused_container_counts_as_up() {
    let engine = Engine::from_env();
    let _down = engine.run(Spec { name: "ls-down", ..Spec::default() }).exited();
    let guard = engine.run(Spec { script: "sleep 600", args: &["--network", "host"], ..Spec::default() });
    engine.docker(&["pause", &guard.id]);
    let (_, container) = chosen(&engine).await;
    assert_eq!((container.name.as_str(), container.state.status), ("localstack-main", Status::Paused));
    assert_eq!((container.network.mode.as_str(), container.network.ports.len()), ("host", 0));
    engine.docker(&["unpause", &guard.id]);
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn a_taken_port_leaves_a_container_that_never_started() {
    let engine = Engine::from_env();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let publish = format!("{}:4566", taken.local_addr().unwrap());
    let guard = engine.run(Spec { ports: &[&publish], ..Spec::default() });
    assert!(!guard.started);
    let (world, container) = chosen(&engine).await;
    assert_eq!((container.state.status, container.state.started_at), (Status::Created, None));
    assert_ne!(container.state.exit_code, None);
    assert!(container.state.error.contains("address already in use"), "{}", container.state.error);
    assert_eq!(container.network.ports[0].host, taken.local_addr().unwrap().port(), "what it was asked to publish");
    assert_eq!(world.log(&container).await.unwrap().lines, 0);
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn what_removed_itself_is_told_of_live_and_afterwards() {
    let engine = Engine::from_env();
    let world = found(&engine, |_| {}).await;
    let (notify, mut news) = unbounded_channel();
    let known = tokio::sync::watch::Sender::default();
    let interest = Interest { named: None, known: known.subscribe() };
    let watching = tokio::spawn(events::follow(world.source().clone(), interest, clock, notify));
    let mut next = async |wanted: EventKind| -> InstanceEvent {
        loop {
            let event = tokio::time::timeout(PATIENCE, news.recv()).await.expect("an event in time").expect("watching");
            let Event::Instance(event) = event else { continue };
            if event.kind == wanted {
                return event;
            }
        }
    };
    let name = format!("ls-gone-{}", std::process::id());
    let script = "while [ ! -e /tmp/go ]; do sleep 0.1; done; exit 55";
    let guard = engine.run(Spec { name: &name, script, args: &["--rm"], ..Spec::default() });
    // The engine takes the subscription up some time later: freeze and thaw until that is told of.
    let begun = std::time::Instant::now();
    while tokio::time::timeout(Duration::from_millis(200), next(EventKind::Changed)).await.is_err() {
        assert!(begun.elapsed() < PATIENCE, "no event came");
        engine.docker(&["pause", &guard.id]);
        engine.docker(&["unpause", &guard.id]);
    }
    engine.docker(&["exec", &guard.id, "sh", "-c", "echo > /tmp/go"]);
    let died = next(EventKind::Ended { exit_code: Some(55) }).await;
    assert_eq!((died.handle.id.as_str(), died.name.as_str()), (guard.id.as_str(), name.as_str()));
    assert_eq!(died.image, PRO);
    next(EventKind::Removed).await;
    watching.abort();
    let seen = world.observe().await.instances;
    assert!(seen.chosen.is_none(), "{seen:?}");
    let vanished = seen.vanished.iter().find(|v| v.name == name).expect("the engine remembers");
    assert_eq!((vanished.image.as_str(), vanished.exit_code, vanished.at), (PRO, Some(55), died.at));
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn images_without_a_telling_name_are_known_by_what_is_in_them() {
    let engine = Engine::from_env();
    let build = "ENV LOCALSTACK_BUILD_VERSION=4.13.1";
    let custom = engine.import("acme/dev-cloud:7", &[build, "EXPOSE 4566"]);
    let _db = engine.run(Spec { image: "acme/db:1", name: "db", script: "sleep 600", ..Spec::default() });
    for image in ["acme/dev-cloud:7", custom.as_str()] {
        let given = format!("LOCALSTACK_AUTH_TOKEN={TOKEN}");
        let _guard = engine.run(Spec { image, name: "cloud", env: &[&given], ..Spec::default() }).exited();
        let (world, container) = chosen(&engine).await;
        assert_eq!((container.name.as_str(), container.version.as_deref()), ("cloud", Some("4.13.1")), "{image}");
        assert_eq!(container.image.as_ref().unwrap().repository, "acme/dev-cloud", "{image}");
        let Chosen { image_id, .. } = world.observe().await.chosen.unwrap();
        let baked = world.source().image_environment(&image_id).await.unwrap();
        let names: Vec<_> = baked.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["LOCALSTACK_BUILD_VERSION"], "what the user gave is not the image's");
    }
    let (_, none) = instances(&engine).await;
    assert!(none.chosen.is_none() && none.others.is_empty(), "{none:?}");
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn compose_is_known_by_its_labels() {
    let engine = Engine::from_env();
    let labels = &["com.docker.compose.project=shop", "com.docker.compose.service=aws"];
    let _guard = engine.run(Spec { name: "shop-aws-1", labels, ..Spec::default() }).exited();
    let (_, container) = chosen(&engine).await;
    assert_eq!(container.launch.method(), LaunchMethod::Compose);
    assert_eq!(container.launch.compose().unwrap().service.as_deref(), Some("aws"));
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn files_are_read_out_of_containers_that_run_or_not() {
    let engine = Engine::from_env();
    let script = "echo '{}' > /var/lib/localstack/cache/license.json";
    let guard = engine.run(Spec { script, args: &["--dns", "10.9.9.9"], ..Spec::default() }).exited();
    let world = found(&engine, |_| {}).await;
    let handle = Handle::of_engine(guard.id.clone());
    let read = async |path: &str, most| world.source().file(&handle, path, most).await;
    let file = |bytes: &[u8]| Ok(FileContent::Bytes(bytes.to_vec()));
    assert_eq!(read("/var/lib/localstack/cache/license.json", 100).await, file(b"{}\n"));
    assert_eq!(read("/etc/link", 100).await, file(b"a note\n"), "a link is followed");
    assert_eq!(read("/etc/none", 100).await, Ok(FileContent::Absent));
    assert_eq!(read("/etc/note", 3).await, Ok(FileContent::TooLarge));
    assert_eq!(read("/bin", 100).await, Ok(FileContent::NotRegular("is a folder")));
    let missing = world.source().file(&Handle::of_engine("no-such-container"), "/etc/note", 100).await;
    assert_eq!(missing, Ok(FileContent::Absent));
    let _up = engine.run(Spec { name: "ls-up", script: "sleep 600", args: &["--dns", "10.9.9.9"], ..Spec::default() });
    let resolv = world.source().file(&Handle::of_engine("ls-up"), "/etc/resolv.conf", 10_000).await.unwrap();
    let resolv = resolv.into_bytes("/etc/resolv.conf").unwrap().unwrap();
    assert!(String::from_utf8(resolv).unwrap().contains("nameserver 10.9.9.9"));
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn a_log_is_followed_live_to_its_end() {
    let engine = Engine::from_env();
    let script = r#"echo "LocalStack version: 4.14.0"; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo "Reason: No credentials were found in the environment."; seq 1 3000; exit 55"#;
    let guard = engine.run(Spec { script, ..Spec::default() });
    let (world, container) = chosen(&engine).await;
    let (sink, mut news) = unbounded_channel();
    let following = tokio::spawn(logs::follow(Arc::clone(&world.context), world.source().clone(), container, sink));
    let (mut lines, mut last, mut let_go) = (0, LogDigest::default(), false);
    while let Some(piece) = tokio::time::timeout(PATIENCE, news.recv()).await.expect("news in time") {
        match piece {
            ProbeEvent::Sources(_) | ProbeEvent::Chosen(_) => {}
            ProbeEvent::Lines(batch) => {
                assert!(batch.len() <= 1000);
                lines += batch.len();
            }
            ProbeEvent::Update(update) => {
                let Update::Logs(logs) = *update else { panic!("{update:?}") };
                last = logs.value().expect("a digest").clone();
            }
        }
        if !std::mem::replace(&mut let_go, true) {
            assert_eq!(recognised(&last), Vec::<&str>::new());
            engine.docker(&["exec", &guard.id, "sh", "-c", "echo > /tmp/go"]);
        }
    }
    following.await.unwrap();
    assert_eq!(last.lines, 3002);
    assert!(lines >= 1000, "{lines}");
    assert_eq!(recognised(&last), [REASON]);
}

#[tokio::test]
#[ignore = "needs LSDOCTOR_TEST_ENGINE"]
async fn an_engine_behind_ssh_is_used_through_dockers_own_helper() {
    use std::os::unix::fs::PermissionsExt;
    let engine = Engine::from_env();
    let _guard = engine.run(Spec::default()).exited();
    let folder = tempfile::tempdir().unwrap();
    let ssh = folder.path().join("ssh");
    std::fs::write(&ssh, format!("#!/bin/sh\nexec docker -H {} system dial-stdio\n", engine.host)).unwrap();
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let world = found(&engine, |c| {
        c.limits.offline = false;
        c.docker_host = Some("ssh://me@far".into());
        c.host.env.insert("PATH".into(), path);
    })
    .await;
    let container = world.observe().await.instances.chosen.unwrap();
    assert_eq!(recognised(&world.log(&container).await.unwrap()), [REASON]);
}
