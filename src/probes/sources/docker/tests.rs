//! Tests of finding an engine, against fakes that are real sockets.

use std::time::{Duration, Instant};

use super::connect::WELL_KNOWN_WAIT;
use super::fake::{Fake, Say, context_in, json};
use super::*;
use crate::observations::{Engine, ErrorKind};
use crate::probes::answer::Answer;
use crate::probes::context::Context;
use crate::probes::sources::fault::Fault;

async fn observe(context: &Context) -> Answer<Engine> {
    Ok(connect(context).await?.about().clone())
}

fn not_found(_: &str) -> Say {
    Say::Status(404, b"{}".to_vec())
}

#[tokio::test]
async fn the_well_known_socket_is_found_with_one_request() {
    let root = tempfile::tempdir().unwrap();
    let context = context_in(root.path());
    let fake = Fake::listen(&context.host.path("/var/run/docker.sock"), not_found);
    let engine = observe(&context).await.unwrap();
    assert_eq!((engine.name.as_str(), engine.version.as_str()), ("Docker Engine", "20.10.24"));
    assert_eq!((engine.api_version.as_str(), engine.os.as_str()), ("1.41", "linux"));
    assert_eq!(engine.chosen_by, "well-known socket of Docker");
    assert_eq!(engine.address, fake.address());
    assert_eq!(fake.asked(), ["GET /_ping"]);
}

#[tokio::test]
async fn a_silent_socket_holds_nothing_up_and_the_first_that_answers_wins() {
    let root = tempfile::tempdir().unwrap();
    let context = context_in(root.path());
    let home = context.host.home.clone().unwrap();
    let _silent = Fake::listen(&context.host.path("/var/run/docker.sock"), |_| Say::Silence);
    let colima = Fake::listen(&home.join(".colima/default/docker.sock"), not_found);
    let _podman = Fake::listen(&context.host.path("/run/podman/podman.sock"), not_found);
    let begun = Instant::now();
    let engine = observe(&context).await.unwrap();
    assert_eq!(engine.chosen_by, "well-known socket of Colima");
    assert_eq!(engine.address, colima.address(), "the client is that of the engine that was told");
    assert!(begun.elapsed() < WELL_KNOWN_WAIT * 3, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn without_an_engine_the_places_are_named_and_a_failing_one_comes_first() {
    let root = tempfile::tempdir().unwrap();
    let context = context_in(root.path());
    let error = observe(&context).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.detail.contains("var/run/docker.sock, ") && error.detail.contains("start Docker"), "{error}");
    let stale = context.host.path("/run/podman/podman.sock");
    std::fs::create_dir_all(stale.parent().unwrap()).unwrap();
    drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
    let error = observe(&context).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    let begins = format!("unix://{} refuses connections: the engine is not running", stale.display());
    assert!(error.detail.starts_with(&begins), "{error}");
}

#[tokio::test]
async fn a_named_engine_that_fails_is_the_error_and_no_other_is_taken() {
    let root = tempfile::tempdir().unwrap();
    let mut context = context_in(root.path());
    context.limits.timeout = Duration::from_millis(200);
    let _well_known = Fake::listen(&context.host.path("/var/run/docker.sock"), not_found);
    let plain = root.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    let silent = Fake::listen(&root.path().join("silent.sock"), |_| Say::Silence);
    let broken =
        Fake::listen(&root.path().join("broken.sock"), |_| Say::Status(500, br#"{"message":"out of order"}"#.to_vec()));
    let closing = Fake::listen(&root.path().join("closing.sock"), |_| Say::Close);
    for (host, kind, part) in [
        (format!("unix://{}", root.path().join("none.sock").display()), ErrorKind::NotFound, "is not there"),
        (format!("unix://{}", plain.display()), ErrorKind::Refused, "not running"),
        (silent.address(), ErrorKind::Timeout, "did not answer within 200 ms"),
        (broken.address(), ErrorKind::BadAnswer, "status 500: out of order"),
        (closing.address(), ErrorKind::BadAnswer, "not as a container engine"),
        ("tcp://127.0.0.1:1".to_owned(), ErrorKind::Refused, "refuses connections"),
        ("fd://x".to_owned(), ErrorKind::BadAnswer, "scheme `fd`"),
    ] {
        context.host.env.insert("DOCKER_HOST".into(), host.clone());
        let error = observe(&context).await.expect_err(&host);
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.detail.starts_with("DOCKER_HOST: ") && error.detail.contains(part), "{error}");
    }
}

#[tokio::test]
async fn another_server_is_not_taken_for_an_engine() {
    let root = tempfile::tempdir().unwrap();
    let mut context = context_in(root.path());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    context.docker_host = Some(format!("tcp://{}", listener.local_addr().unwrap()));
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.0 200 OK\r\nServer: nginx\r\n\r\n<html>").await;
        }
    });
    let error = observe(&context).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadAnswer);
    assert!(error.detail.starts_with("--docker-host: "), "{error}");
    server.abort();
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let root = tempfile::tempdir().unwrap();
    let mut context = context_in(root.path());
    let fake = Fake::listen(&root.path().join("big.sock"), |path| match path {
        path if path.starts_with("/containers/") => Say::Endless(vec![b' '; 200_000]),
        "/images/x/json" => Say::Endless([br#"{"Id": 5}"#.to_vec(), vec![b' '; 10 << 20]].concat()),
        _ => not_found(path),
    });
    context.docker_host = Some(fake.address());
    let client = connect(&context).await.unwrap();
    assert!(matches!(client.details("x", 50_000).await, Err(Fault::TooLarge(50_000))));
    assert!(matches!(client.rows(5, 50_000).await, Err(Fault::TooLarge(50_000))));
    assert!(matches!(client.image("x").await, Err(Fault::TooLarge(_))));
}

#[tokio::test]
async fn what_bollard_has_no_word_for_is_taken_as_written_within_the_same_bounds() {
    let root = tempfile::tempdir().unwrap();
    let mut context = context_in(root.path());
    let fake = Fake::listen(&root.path().join("odd.sock"), |path| match path {
        "/containers/odd/json" => json(serde_json::json!({"State": {"Status": "initialized"}, "Extra": 1})),
        "/containers/none/json" => Say::Status(200, b"<html>".to_vec()),
        _ => not_found(path),
    });
    context.docker_host = Some(fake.address());
    let client = connect(&context).await.unwrap();
    let odd = client.details("odd", 1000).await.unwrap();
    assert_eq!(odd, serde_json::json!({"State": {"Status": "initialized"}, "Extra": 1}));
    assert!(matches!(client.details("none", 1000).await, Err(Fault::NotJson(_))));
    assert!(matches!(client.details("gone", 1000).await, Err(Fault::Status(404, _))));
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced() {
    let root = tempfile::tempdir().unwrap();
    let mut context = context_in(root.path());
    let path = root.path().join("engine.sock");
    let fake = Fake::listen(&path, not_found);
    context.docker_host = Some(fake.address());
    let client = connect(&context).await.unwrap();
    drop(fake);
    std::fs::remove_file(&path).unwrap();
    let _again = Fake::listen(&path, |_| json(serde_json::json!({"Id": "a"})));
    assert_eq!(client.details("x", 1000).await.unwrap(), serde_json::json!({"Id": "a"}));
}

#[tokio::test]
async fn ssh_is_run_without_asking_and_its_complaint_is_told() {
    let root = tempfile::tempdir().unwrap();
    let mut context = context_in(root.path());
    let ssh = root.path().join("ssh");
    std::fs::write(&ssh, "#!/bin/sh\necho \"$@\" >&2\necho 'Permission denied (publickey).' >&2\nexit 255\n").unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    context.host.env.insert("PATH".into(), format!("{}:/usr/bin:/bin", root.path().display()));
    context.docker_host = Some("ssh://me@box:2222".into());
    let error = observe(&context).await.unwrap_err();
    assert!(error.detail.contains("Permission denied (publickey)"), "{error}");
    assert!(error.detail.contains("-l me -p 2222 -- box docker system dial-stdio"), "{error}");
}

#[tokio::test]
async fn the_proxies_of_daemon_and_client_are_told_without_passwords() {
    let root = tempfile::tempdir().unwrap();
    let context = context_in(root.path());
    let fake = Fake::listen(&context.host.path("/var/run/docker.sock"), |path| match path {
        info if info.ends_with("/info") => json(serde_json::json!({
            "HttpProxy": "", "HttpsProxy": "http://me:marked-password@proxy.corp:3128", "NoProxy": "localhost,.corp"
        })),
        _ => not_found(path),
    });
    let config = |text: serde_json::Value| {
        std::fs::write(context.host.in_home(".docker/config.json").unwrap(), text.to_string()).unwrap();
    };
    config(
        serde_json::json!({"proxies": {"default": {"httpsProxy": "http://me:marked-password@other:1", "ftpProxy": "x"}}}),
    );
    let client = connect(&context).await.unwrap();
    let engine = client.about_with_proxies(&context.host).await;
    assert_eq!(engine.proxies, ["HTTPS_PROXY=http://***@proxy.corp:3128", "NO_PROXY=localhost,.corp"]);
    assert_eq!(engine.client_proxies, ["HTTPS_PROXY=http://***@other:1"]);
    config(
        serde_json::json!({"proxies": {"default": {"httpProxy": "http://a"}, (fake.address()): {"allProxy": "http://b"}}}),
    );
    let engine = client.about_with_proxies(&context.host).await;
    assert_eq!(engine.client_proxies, ["ALL_PROXY=http://b"], "those for this engine come first");
    config(serde_json::json!({"proxies": [1]}));
    assert!(client.about_with_proxies(&context.host).await.client_proxies.is_empty());
    let again = connect(&context).await.unwrap().with_proxies_of(&client);
    assert_eq!(again.about_with_known_proxies(&context.host).proxies.len(), 2, "known from the look before");
    assert_eq!(fake.asked().iter().filter(|line| line.ends_with("/info")).count(), 1);
}
