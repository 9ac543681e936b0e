//! Tells LocalStack's containers from others: by image, label, environment, port, and by name last.

use serde_json::Value;

use crate::observations::{Container, GATEWAY_PORT, Image};

/// The label of LocalStack's own images, inherited by images built from them.
const AUTHORS: &str = "LocalStack Contributors";
/// lstk's label.
pub(crate) const LSTK_LABEL: &str = "cloud.localstack.lstk";
/// LocalStack's images expose 50 service ports besides 4566 and 5678; nothing else exposes this many of them.
const MANY_PORTS: usize = 40;
/// The range of the service ports.
const SERVICE_PORTS: std::ops::RangeInclusive<u16> = 4510..=4559;

/// Words in an image's name that tell of something made for LocalStack, not of LocalStack.
const COMPANIONS: [&str; 22] = [
    "test",
    "tests",
    "e2e",
    "init",
    "setup",
    "seed",
    "wait",
    "client",
    "cli",
    "ui",
    "web",
    "desktop",
    "operator",
    "provision",
    "migrate",
    "terraform",
    "proxy",
    "docs",
    "lambda",
    "prebuild",
    "exporter",
    "runner",
];

/// The port of `GATEWAY_LISTEN=0.0.0.0:4566,...`, or the usual one.
pub(crate) fn gateway_port(container: &Container) -> u16 {
    let listen = container.variable("GATEWAY_LISTEN").and_then(|v| v.value.text());
    let listen = listen.and_then(|value| value.split(',').next()?.rsplit(':').next()?.parse().ok());
    listen.unwrap_or(GATEWAY_PORT)
}

/// How much a row of the list looks like LocalStack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// Started by LocalStack for its own purposes, such as a Lambda function.
    Companion,
    /// Nothing tells of LocalStack; only its environment could.
    Unlikely,
    /// Something does; the details have to confirm it.
    Maybe,
    /// LocalStack.
    Sure,
}

/// Judges a row of the engine's list, or the attributes of an event.
pub(crate) fn likeness(image: &str, names: &[&str], label: impl Fn(&str) -> Option<String>, port: bool) -> Likeness {
    if of_image(image) || label("authors").is_some_and(|a| a.contains(AUTHORS)) || label(LSTK_LABEL).is_some() {
        return Likeness::Sure;
    }
    if is_companion(image, names) {
        return Likeness::Companion;
    }
    let service = label("com.docker.compose.service").unwrap_or_default();
    let named = names.iter().chain([&image, &service.as_str()]).any(|n| n.to_ascii_lowercase().contains("localstack"));
    if named || port || is_id(image) { Likeness::Maybe } else { Likeness::Unlikely }
}

/// Judges the details of a container: proof by the build's variable or ports, or two hints that agree.
pub(crate) fn confirmed(inspect: &Value) -> bool {
    let list = |pointer: &str| inspect.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let text = |pointer: &str| inspect.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let environment: Vec<&str> = list("/Config/Env").filter_map(Value::as_str).collect();
    if environment.iter().any(|v| v.starts_with("LOCALSTACK_BUILD_VERSION=")) {
        return true;
    }
    let exposed: Vec<u16> = ports(inspect.pointer("/Config/ExposedPorts"));
    if exposed.contains(&GATEWAY_PORT) && exposed.iter().filter(|p| SERVICE_PORTS.contains(p)).count() >= MANY_PORTS {
        return true;
    }
    let image = text("/Config/Image");
    let label = |name: &str| Some(inspect.get("Config")?.get("Labels")?.get(name)?.as_str()?.to_owned());
    let listens =
        exposed.contains(&GATEWAY_PORT) || ports(inspect.pointer("/HostConfig/PortBindings")).contains(&GATEWAY_PORT);
    match likeness(image, &[text("/Name")], label, false) {
        Likeness::Sure => true,
        Likeness::Companion => false,
        Likeness::Maybe => listens,
        Likeness::Unlikely => {
            let variable = |v: &&str| v.starts_with("LOCALSTACK_") || v.starts_with("ACTIVATE_PRO=");
            let command = list("/Config/Entrypoint").chain(list("/Config/Cmd")).filter_map(Value::as_str);
            listens && (environment.iter().any(variable) || command.into_iter().any(|c| c.contains("localstack")))
        }
    }
}

/// The container-side ports of a map such as `{"4566/tcp": ...}`.
fn ports(map: Option<&Value>) -> Vec<u16> {
    let keys = map.and_then(Value::as_object).into_iter().flat_map(|m| m.keys());
    keys.filter_map(|k| k.split('/').next()?.parse().ok()).collect()
}

/// Whether the image's own name says LocalStack, on any registry.
fn of_image(reference: &str) -> bool {
    let image = Image::parse(reference);
    let name = image.name().to_ascii_lowercase();
    if name == "snowflake" {
        return image.repository.split('/').rev().nth(1).is_some_and(|owner| owner == "localstack");
    }
    (name.starts_with("localstack") || name.ends_with("localstack"))
        && !name.split(['-', '_', '.']).any(|word| COMPANIONS.contains(&word))
}

/// LocalStack starts containers of its own for functions and tasks, named after it.
fn is_companion(image: &str, names: &[&str]) -> bool {
    let repository = Image::parse(image).repository;
    repository.starts_with("lambda/")
        || repository.starts_with("localstack/")
        || repository.starts_with("lambci/")
        || names.iter().any(|n| n.contains("-lambda-") || n.trim_start_matches('/').starts_with("ls-ecs-"))
}

/// An image that is only known by its id.
pub(crate) fn is_id(reference: &str) -> bool {
    let hex = reference.strip_prefix("sha256:").unwrap_or(reference);
    hex.len() >= 12 && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(image: &str, name: &str) -> Likeness {
        likeness(image, &[name], |_| None, false)
    }

    #[test]
    fn localstack_is_known_by_its_image_on_any_registry() {
        for image in [
            "localstack/localstack",
            "localstack/localstack-pro:4.14.0",
            "docker.io/localstack/localstack-full:latest",
            "mirror.corp:5000/ls/localstack-pro@sha256:00ff",
            "localstack/snowflake:1.2",
            "registry.corp/localstack/snowflake",
            "acme/localstack-custom:dev",
            "shop_localstack",
        ] {
            assert_eq!(of(image, "/x"), Likeness::Sure, "{image}");
        }
    }

    #[test]
    fn what_only_sounds_like_localstack_has_to_be_confirmed_or_is_not_it() {
        assert_eq!(of("node:20", "/my-localstack-tests"), Likeness::Maybe);
        assert_eq!(of("acme/localstack-tests", "/x"), Likeness::Maybe);
        assert_eq!(of("acme/snowflake", "/x"), Likeness::Unlikely);
        assert_eq!(of("postgres:16", "/db"), Likeness::Unlikely);
        assert_eq!(of("sha256:0123456789abcdef", "/x"), Likeness::Maybe);
        assert_eq!(of("public.ecr.aws/lambda/python:3.12", "/localstack-main-lambda-hello-1a2b"), Likeness::Companion);
        assert_eq!(of("localstack/localstack-docker-desktop:0.5", "/x"), Likeness::Companion);
    }

    #[test]
    fn details_confirm_or_refuse_a_hint() {
        let named =
            json!({"Name": "/my-localstack-tests", "Config": {"Image": "node:20", "Env": ["LOCALSTACK_AUTH_TOKEN=x"]}});
        assert!(!confirmed(&named));
        let built = json!({"Name": "/x", "Config": {"Image": "acme/dev", "Env": ["LOCALSTACK_BUILD_VERSION=4.14.0"]}});
        assert!(confirmed(&built));
        let exposed: serde_json::Map<_, _> =
            (4510..4560).chain([4566, 5678]).map(|p| (format!("{p}/tcp"), json!({}))).collect();
        assert!(confirmed(&json!({"Config": {"Image": "sha256:0123456789ab", "ExposedPorts": exposed}})));
        assert!(confirmed(
            &json!({"Name": "/localstack", "Config": {"Image": "acme/aws", "ExposedPorts": {"4566/tcp": {}}}})
        ));
        // A look-alike on the same port is not LocalStack.
        assert!(!confirmed(
            &json!({"Name": "/aws", "Config": {"Image": "acme/otherstack", "ExposedPorts": {"4566/tcp": {}}}})
        ));
    }
}
