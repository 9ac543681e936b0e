//! Tests of finding containers, against an engine that answers from a script.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::observations::LaunchMethod;
use crate::probes::sources::docker::fake::{Fake, Say, context_in, json as body};

const TOKEN: &str = "ls-FAKEfake-fake-fake-fake-notareal9e7c";

/// A row of the list, and the details for it.
fn container(id: &str, name: &str, image: &str, state: &str, env: &[&str]) -> (Value, Value) {
    let row =
        json!({"Id": id, "Names": [format!("/{name}")], "Image": image, "State": state, "Labels": {}, "Ports": []});
    let details = json!({
        "Id": id, "Name": format!("/{name}"), "Image": "sha256:1", "State": {"Status": state},
        "Config": {"Image": image, "Env": env},
    });
    (row, details)
}

struct World {
    context: Context,
    sources: Sources,
    fake: Fake,
    _root: tempfile::TempDir,
}

impl World {
    async fn observe(&self) -> Answer<Found> {
        observe(&self.context, &self.sources).await
    }
}

/// An engine with these containers and events, and a context that found it.
async fn world(containers: Vec<(Value, Value)>, events: &'static str) -> World {
    let root = tempfile::tempdir().unwrap();
    let mut context = context_in(root.path());
    let rows: Vec<Value> = containers.iter().map(|(row, _)| row.clone()).collect();
    let details: BTreeMap<String, Value> = containers
        .into_iter()
        .map(|(row, details)| (row["Id"].as_str().unwrap_or_default().to_owned(), details))
        .collect();
    let fake = Fake::listen(&root.path().join("engine.sock"), move |path| {
        if path.starts_with("/containers/json") {
            return body(json!(rows));
        }
        if path.starts_with("/events") {
            return Say::Status(200, events.as_bytes().to_vec());
        }
        let asked = path.strip_prefix("/containers/").and_then(|p| p.strip_suffix("/json")).unwrap_or_default();
        let fits = |d: &&Value| d["Name"] == format!("/{asked}") || d["Id"].as_str().unwrap().starts_with(asked);
        match details.values().find(fits).filter(|_| !asked.is_empty()) {
            Some(details) => body(details.clone()),
            None => Say::Status(404, br#"{"message":"No such container"}"#.to_vec()),
        }
    });
    context.docker_host = Some(fake.address());
    let sources = Sources::connect(&context, &Sources::default()).await.unwrap();
    World { context, sources, fake, _root: root }
}

fn names(list: &[Container]) -> Vec<&str> {
    list.iter().map(|c| c.name.as_str()).collect()
}

#[tokio::test]
async fn localstack_is_found_among_others_and_only_with_gets() {
    let world = world(
        vec![
            container("a1", "db", "postgres:16", "running", &[]),
            container(
                "b2",
                "localstack-main",
                "localstack/localstack-pro:4.14.0",
                "exited",
                &["LOCALSTACK_AUTH_TOKEN=ls-FAKEfake-fake-fake-fake-notareal9e7c"],
            ),
            container("c3", "localstack-main-lambda-f-1", "public.ecr.aws/lambda/python:3.12", "running", &[]),
            container("d4", "my-localstack-tests", "node:20", "running", &["LOCALSTACK_AUTH_TOKEN=x"]),
        ],
        "",
    )
    .await;
    let found = world.observe().await.unwrap();
    let instances = found.instances;
    let chosen = instances.chosen.unwrap();
    assert_eq!(chosen.name, "localstack-main");
    assert_eq!(chosen.launch.method(), LaunchMethod::DockerRun);
    assert_eq!(instances.others, []);
    let asked = world.fake.asked();
    assert!(asked.iter().all(|line| {
        ["GET /_ping", "GET /containers/json?", "GET /containers/", "GET /events?"].iter().any(|a| line.starts_with(a))
    }));
    assert!(!asked.iter().any(|line| line.contains("/a1/")), "others are not looked into: {asked:?}");
    let inside = found.chosen.unwrap();
    assert_eq!((inside.container.id.as_str(), inside.environment.iter().next().unwrap().1), ("b2", TOKEN));
    assert!(!format!("{chosen:?}").contains("notareal"));
}

#[tokio::test]
async fn a_custom_image_is_known_by_the_builds_own_variable() {
    let built = container("a1", "cloud", "acme/dev-cloud:7", "exited", &["LOCALSTACK_BUILD_VERSION=2026.3.0"]);
    let world = world(vec![container("b2", "db", "postgres:16", "running", &[]), built], "").await;
    let chosen = world.observe().await.unwrap().instances.chosen.unwrap();
    assert_eq!((chosen.name.as_str(), chosen.version.as_deref()), ("cloud", Some("2026.3.0")));
}

#[tokio::test]
async fn the_named_container_is_taken_whatever_it_is_and_a_missing_one_leaves_the_others() {
    let ls = container("aa11", "localstack-main", "localstack/localstack", "running", &[]);
    let mut world = world(vec![ls, container("bb22", "odd", "acme/odd", "exited", &[])], "").await;
    for name in ["odd", "bb"] {
        world.context.container = Some(name.into());
        let instances = world.observe().await.unwrap().instances;
        let chosen = instances.chosen.unwrap();
        assert_eq!((chosen.name.as_str(), chosen.foreign), ("odd", true));
        assert_eq!(instances.chosen_by, "named by --container");
        assert_eq!(names(&instances.others), ["localstack-main"]);
    }
    world.context.container = Some("../../x y".into());
    let instances = world.observe().await.unwrap().instances;
    let missing = instances.missing.unwrap();
    assert!(missing.contains("no container `../../x y`") && missing.contains("localstack-main"), "{missing}");
    assert_eq!((instances.chosen, names(&instances.others)), (None, vec!["localstack-main"]));
    assert!(world.fake.asked().iter().any(|line| line == "GET /containers/..%2F..%2Fx%20y/json"));
}

#[tokio::test]
async fn words_that_no_list_of_states_has_do_not_hide_a_container() {
    let mut odd = container("a1", "ls", "localstack/localstack", "initialized", &[]);
    odd.0["Health"] = json!({"Status": "weird"});
    odd.1["HostConfig"] = json!({"RestartPolicy": {"Name": "weird"}, "CgroupnsMode": "x"});
    let world = world(vec![odd, (json!({"Id": 5, "Names": "x"}), json!({"Id": "none", "Name": "/none"}))], "").await;
    let chosen = world.observe().await.unwrap().instances.chosen.unwrap();
    assert_eq!(chosen.state.status, crate::observations::Status::Created);
}

#[tokio::test]
async fn what_vanished_is_told_from_the_engines_memory_and_what_is_there_is_not() {
    const EVENTS: &str = concat!(
        r#"{"Type":"container","Action":"die","Actor":{"ID":"a1","Attributes":{"name":"still-there","image":"localstack/localstack","exitCode":"1"}},"time":1}"#,
        "\n",
        r#"{"Type":"container","Action":"die","Actor":{"ID":"f1","Attributes":{"name":"localstack-main","image":"localstack/localstack-pro:4.14.0","exitCode":"55"}},"timeNano":1795547998000000000}"#,
        "\n",
        r#"{"Type":"container","Action":"die","Actor":{"ID":"f2","Attributes":{"name":"db","image":"postgres","exitCode":"1"}},"time":3}"#,
        "\n",
        r#"{"Type":"container","Action":"destroy","Actor":{"ID":"f1","Attributes":{"name":"localstack-main","image":"localstack/localstack-pro:4.14.0"}},"time":4}"#,
        "\nnot json\n",
    );
    let world = world(vec![container("a1", "still-there", "localstack/localstack", "exited", &[])], EVENTS).await;
    let vanished = world.observe().await.unwrap().instances.vanished;
    assert_eq!(vanished.len(), 1, "{vanished:?}");
    assert_eq!((vanished[0].name.as_str(), vanished[0].exit_code), ("localstack-main", Some(55)));
    assert_eq!(vanished[0].at, jiff::Timestamp::from_second(1_795_547_998).ok());
}

#[tokio::test]
async fn an_engine_that_stops_answering_is_an_error_in_time() {
    let root = tempfile::tempdir().unwrap();
    let mut context = context_in(root.path());
    context.limits.timeout = std::time::Duration::from_millis(150);
    let fake = Fake::listen(&root.path().join("engine.sock"), |path| match path {
        "/_ping" => Say::Status(404, Vec::new()),
        _ => Say::Silence,
    });
    context.docker_host = Some(fake.address());
    let sources = Sources::connect(&context, &Sources::default()).await.unwrap();
    let error = observe(&context, &sources).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert!(error.detail.contains("did not answer within 150 ms"), "{error}");
}
