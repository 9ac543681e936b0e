//! Tests of reading inspect JSON, on small hand-written samples.

use serde_json::json;

use super::*;

const TOKEN: &str = "ls-FAKEfake-fake-fake-fake-notareal9e7c";

fn read(inspect: &Value) -> Container {
    inspected(inspect, &Scrubber::new()).container
}

fn sample(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/inspect/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_docker_container_is_read_in_full() {
    let container = read(&sample("docker-exited"));
    assert_eq!(container.name, "localstack-main");
    assert_eq!(container.image.as_ref().unwrap().repository, "localstack/localstack-pro");
    assert_eq!(container.version.as_deref(), Some("4.14.0"));
    assert_eq!(container.state.status, Status::Exited);
    assert_eq!(container.state.exit_code, Some(55));
    assert_eq!(container.state.health.as_deref(), Some("unhealthy"));
    assert_eq!(container.state.started_at, "2026-11-24T19:19:58.108668083Z".parse().ok());
    assert_eq!(container.variable("LOCALSTACK_AUTH_TOKEN").unwrap().value.text(), Some("ls-...9e7c"));
    // The container is down: what it was asked to publish stands in for what it publishes.
    let port = PublishedPort { container: 4566, host_ip: "127.0.0.1".into(), host: 4566 };
    assert_eq!(container.network.ports, [port]);
    assert_eq!(container.network.mode, "bridge");
    assert_eq!(container.network.dns, ["10.0.0.1"]);
    assert_eq!(container.settings.log_driver, "json-file");
    assert_eq!(container.settings.mounts, ["/home/me/volume:/var/lib/localstack"]);
    let text = serde_json::to_string(&container).unwrap();
    assert!(!text.contains("notareal"), "{text}");
}

#[test]
fn a_podman_container_is_read_with_its_own_words() {
    let container = read(&sample("podman-running"));
    assert_eq!(container.name, "ls");
    assert_eq!(container.image.as_ref().unwrap().repository, "localstack/localstack");
    assert_eq!(container.state.status, Status::Running);
    assert_eq!(container.state.exit_code, None, "a running container has not ended");
    assert_eq!(container.state.health, None);
    assert_eq!(container.state.started_at, "2026-11-24T19:19:58.1086680Z".parse().ok());
    assert_eq!(container.network.ports.len(), 1);
}

#[test]
fn odd_values_cost_their_field_and_nothing_else() {
    let container = read(&json!({
        "Id": "aa", "Name": 7, "RestartCount": -1,
        "State": {"Status": "stopped", "ExitCode": "55", "StartedAt": "yesterday", "Health": "weird"},
        "HostConfig": {"RestartPolicy": {"Name": "weird"}, "PortBindings": {"4566/tcp": null, "x": [1], "53/udp": [{"HostPort": "53"}]}},
        "Config": {"Image": "localstack/localstack", "Env": ["A=1", 5, "B"], "Tty": "yes", "Labels": []},
        "Mounts": "none", "NetworkSettings": null,
    }));
    assert_eq!(container.id, "aa");
    assert_eq!(container.state.status, Status::Exited);
    assert_eq!(container.state.exit_code, None);
    assert_eq!(container.settings.restart_policy, "weird");
    assert_eq!(container.network.ports, []);
    assert_eq!(container.environment.len(), 1);
    assert_eq!(read(&json!([])), read(&json!({})));
}

#[test]
fn a_port_conflict_shows_the_code_and_text_of_the_failed_start() {
    let state = read(&json!({"State": {"Status": "created", "ExitCode": 128, "StartedAt": "0001-01-01T00:00:00Z",
        "Error": "driver failed programming external connectivity: bind: address already in use"}}))
    .state;
    assert_eq!((state.status, state.exit_code, state.started_at), (Status::Created, Some(128), None));
    assert!(state.error.contains("address already in use"));
}

#[test]
fn blank_credentials_stay_blank_and_others_are_masked() {
    let container = read(&json!({"Config": {"Env": [
        "LOCALSTACK_AUTH_TOKEN= ", "LOCALSTACK_API_KEY=", "AWS_SECRET_ACCESS_KEY=hunter2-hunter2",
        "LOCALSTACK_AUTHTOKEN=abcdefgh12", "SERVICES=the key is abcdefgh12",
    ]}}));
    let values: Vec<_> = container.environment.iter().filter_map(|v| v.value.text()).collect();
    assert_eq!(values, [" ", "", "...(15 characters)", "...(10 characters)", "the key is ***"]);
}

#[test]
fn a_flood_of_variables_does_not_hide_the_token() {
    let mut env: Vec<String> = (0..10_000).map(|n| format!("V{n}=x")).collect();
    env.push(format!("LOCALSTACK_AUTH_TOKEN={TOKEN}"));
    env.push(format!("LONG={}", "ä".repeat(10_000)));
    let inspect = json!({"Config": {"Env": env}});
    let container = read(&inspect);
    assert!(container.environment.len() <= crate::probes::formats::variables::MOST);
    assert_eq!(container.variable("LOCALSTACK_AUTH_TOKEN").unwrap().value.text(), Some("ls-...9e7c"));
    let raw = inspected(&inspect, &Scrubber::new()).environment;
    let (_, token) = raw.iter().find(|(name, _)| *name == "LOCALSTACK_AUTH_TOKEN").unwrap();
    assert_eq!(token, TOKEN);
    assert!(!format!("{raw:?}").contains("notareal"));
}

#[test]
fn a_variable_without_value_is_taken_away_as_the_engine_does() {
    let container = read(&json!({"Config": {"Env": ["DEBUG=1", "DEBUG", "PERSISTENCE=2"]}}));
    assert_eq!(container.variable("DEBUG"), None);
    assert_eq!(container.variable("PERSISTENCE").unwrap().value.text(), Some("2"));
}

#[test]
fn a_version_is_localstacks_and_not_that_of_a_base_image() {
    let of = |env: &[&str], label: &str, image: &str| {
        read(&json!({"Config": {"Env": env, "Image": image, "Labels": {"org.opencontainers.image.version": label}}}))
            .version
    };
    assert_eq!(of(&["LOCALSTACK_BUILD_VERSION=2026.3.0"], "24.04", "x:1").as_deref(), Some("2026.3.0"));
    assert_eq!(of(&[], "24.04", "acme/localstack").as_deref(), None);
    assert_eq!(of(&[], "4.13.1", "acme/localstack:7").as_deref(), Some("4.13.1"));
    assert_eq!(of(&[], "", "localstack/localstack-pro:4.9").as_deref(), Some("4.9"));
    assert_eq!(of(&[], "", "localstack/localstack-pro:latest"), None);
}

#[test]
fn what_is_more_than_anybody_has_is_counted() {
    let many = |n: usize, of: &dyn Fn(usize) -> serde_json::Value| (0..n).map(of).collect::<Vec<_>>();
    let ports: serde_json::Map<_, _> =
        (1..=300).map(|n| (format!("{n}/tcp"), json!([{"HostIp": "", "HostPort": n.to_string()}]))).collect();
    let container = read(&json!({
        "State": {"Status": "running"},
        "Mounts": many(70, &|n| json!({"Source": format!("/s{n}"), "Destination": format!("/d{n}")})),
        "HostConfig": {"Dns": many(65, &|n| json!(format!("10.0.0.{n}"))), "ExtraHosts": many(66, &|n| json!(format!("h{n}:1.1.1.1")))},
        "NetworkSettings": {"Ports": ports, "Networks": {}},
    }));
    assert_eq!(
        container.limits,
        [
            "44 of 300 published ports were left out",
            "1 of 65 resolvers were left out",
            "2 of 66 extra hosts were left out",
            "6 of 70 mounts were left out",
        ]
    );
}

#[test]
fn of_variables_that_nobody_knows_the_length_alone_is_told() {
    let container = read(&json!({"Config": {"Env": [
        "SERVICES=s3,sqs", "localstack_debug=1", "DB_DSN=postgres://marked-dsn", "MY_OWN=marked-value",
        "HTTPS_PROXY=jane:marked!@proxy:3128", "HTTP_PROXY=http://jane:ma/rked@proxy:3128", "NO_PROXY=a,b", "EMPTY=",
    ]}}));
    let values: Vec<_> = container.environment.iter().filter_map(|v| v.value.text()).collect();
    let proxies = ["***@proxy:3128", "http://***@proxy:3128"];
    assert_eq!(values, ["s3,sqs", "1", "...(21 characters)", "...(12 characters)", proxies[0], proxies[1], "a,b", ""]);
}
