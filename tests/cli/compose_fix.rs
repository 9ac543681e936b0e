//! The diff for a compose file: applied to the very lines it names, it makes compose insist on the token, and nothing else changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::homes::{Home, TOKEN, assert_scrubbed};
use lsdoctor::observations::{ComposeFile, ComposeService, MendKind};
use lsdoctor::probes::compose;

async fn read(home: &Home) -> ComposeFile {
    let context = home.context();
    let found = compose::observe(&context, &compose::project_of(&context, None)).await.unwrap();
    assert_scrubbed(&found);
    found
}

async fn change(home: &Home, of: MendKind) -> Option<String> {
    Some(read(home).await.service?.mend(of)?.diff.clone())
}

/// Applies a diff of one hunk, strictly: every unchanged and removed line must stand where the diff says.
fn apply(text: &str, diff: &str) -> String {
    let mut lines = diff.lines().skip(2);
    let header = lines.next().unwrap().strip_prefix("@@ -").unwrap();
    let (old, new) = header.strip_suffix(" @@").unwrap().split_once(" +").unwrap();
    let range = |text: &str| -> (usize, usize) {
        let (start, count) = text.split_once(',').unwrap();
        (start.parse().unwrap(), count.parse().unwrap())
    };
    let ((start, count), (new_start, new_count)) = (range(old), range(new));
    let source: Vec<&str> = text.lines().collect();
    let mut at = if count == 0 { start } else { start - 1 };
    let mut out: Vec<&str> = source[..at].to_vec();
    assert_eq!(out.len() + 1, new_start, "{diff}");
    let (mut seen, mut put) = (0, 0);
    for line in lines {
        let (mark, rest) = line.split_at(1);
        if mark != "+" {
            assert_eq!(source[at], rest, "{diff}");
            at += 1;
            seen += 1;
        }
        if mark != "-" {
            out.push(rest);
            put += 1;
        }
    }
    assert_eq!((seen, put), (count, new_count), "{diff}");
    out.extend(&source[at..]);
    out.join("\n") + "\n"
}

const SERVICES: &str = "services:\n  app:\n    image: app\n  ls:\n    image: localstack/localstack-pro\n";

#[tokio::test]
async fn the_mended_file_insists_on_the_token() {
    let sections = [
        "    environment:\n      - DEBUG=1\n      - SERVICES=s3\n",
        "    environment:\n    - DEBUG=1\n",
        "    environment:\n      # a comment\n\n      DEBUG: 1\n",
        "    environment: # of LocalStack\n        DEBUG: 1\n",
        "    environment: &env\n      DEBUG: 1\n",
        "    environment: {DEBUG: 1}\n",
        "    environment: [DEBUG=1]\n",
        "    environment: {}\n",
        "    environment:\n",
        "    ports: ['4566:4566']\n",
        "    environment:\n      LOCALSTACK_AUTH_TOKEN: ${LOCALSTACK_AUTH_TOKEN:-}\n      DEBUG: 1\n",
        "    environment:\n      - DEBUG=1\n      - \"LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN- }\"\n",
        "    environment:\n      - LOCALSTACK_AUTH_TOKEN\n",
        "    environment:\n      LOCALSTACK_AUTH_TOKEN:\n      DEBUG: 1\n",
        "    environment:\n      LOCALSTACK_AUTH_TOKEN: \"\"\n",
        "    environment:\n      - LOCALSTACK_AUTH_TOKEN=$LOCALSTACK_AUTH_TOKEN\n",
    ];
    for section in sections {
        for rest in ["", "    volumes: ['./v:/var/lib/localstack']\nvolumes: {}\n"] {
            let text = format!("{SERVICES}{section}{rest}");
            let mut home = Home::new();
            home.compose(&text);
            let diff = change(&home, MendKind::Token).await.expect(&text);
            assert!(diff.starts_with("--- a/compose.yaml\n+++ b/compose.yaml\n@@ "), "{diff}");
            let mended = apply(&text, &diff);
            home.compose(&mended);
            let found = read(&home).await;
            assert!(
                found.faults.len() == 1 && found.faults[0].says.contains("set it first"),
                "{mended}{:?}",
                found.faults
            );
            home.set("LOCALSTACK_AUTH_TOKEN", TOKEN);
            let found = read(&home).await;
            let service = found.service.unwrap();
            assert_eq!((service.name.as_str(), found.faults.len()), ("ls", 0), "{mended}");
            assert_eq!(service.mend(MendKind::Token), None, "{mended}");
            assert_eq!(service.variables.len(), 1, "{mended}");
            assert_eq!(service.variables[0].value.as_deref(), Some("ls-...c8b2"), "{mended}");
            assert_eq!(mended.contains("DEBUG"), text.contains("DEBUG"));
        }
    }
}

#[tokio::test]
async fn the_diff_is_the_smallest() {
    let mut home = Home::new();
    home.compose(&format!("{SERVICES}    environment:\n      - DEBUG=1\n"));
    let diff = change(&home, MendKind::Token).await.unwrap();
    let expected = "--- a/compose.yaml\n+++ b/compose.yaml\n@@ -4,4 +4,5 @@\n   ls:\n     image: localstack/localstack-pro\n     \
                    environment:\n+      - LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:?set it first}\n       - DEBUG=1";
    assert_eq!(diff, expected);
}

#[tokio::test]
async fn lines_with_a_secret_are_left_out_of_the_diff() {
    let mut home = Home::new();
    let text = format!(
        "{SERVICES}    environment:\n      - DB_PASSWORD=marked-password\n      - A=b\n      - LOCALSTACK_AUTH_TOKEN=\n"
    );
    home.compose(&text);
    let diff = change(&home, MendKind::Token).await.unwrap();
    assert!(diff.contains("       - A=b"), "{diff}");
    assert!(apply(&text, &diff).contains("DB_PASSWORD=marked-password\n"));
    let text = text.replace("      - A=b\n", "");
    home.compose(&text);
    let diff = change(&home, MendKind::Token).await.unwrap();
    assert!(diff.contains("@@ -8,1 +8,1 @@"), "{diff}");
    apply(&text, &diff);
}

#[tokio::test]
async fn what_works_or_cannot_be_shown_is_not_touched() {
    for section in [
        format!("    environment:\n      LOCALSTACK_AUTH_TOKEN: {TOKEN}\n"),
        "    environment:\n      LOCALSTACK_AUTH_TOKEN: ${LOCALSTACK_AUTH_TOKEN?}\n".to_owned(),
        "    environment:\n      LOCALSTACK_AUTH_TOKEN: <YOUR_TOKEN>\n".to_owned(),
        "    environment:\n      LOCALSTACK_API_KEY: marked-key\n".to_owned(),
        "    environment: *elsewhere\nx-env: &elsewhere {}\n".to_owned(),
        "    environment:\n      LOCALSTACK_AUTH_TOKEN: >-\n        ${LOCALSTACK_AUTH_TOKEN:-}\n".to_owned(),
        "    env_file: a.env\n".to_owned(),
    ] {
        let mut home = Home::new();
        home.write("project/a.env", format!("LOCALSTACK_AUTH_TOKEN={TOKEN}\n"));
        home.compose(&format!("{SERVICES}{section}"));
        let mend = change(&home, MendKind::Token).await;
        assert_eq!(mend, None, "{section}");
    }
}

/// Mends the file and reads it again.
async fn mended(text: &str, of: MendKind) -> (String, ComposeService) {
    let mut home = Home::new();
    home.compose(text);
    let changed = apply(text, &change(&home, of).await.expect(text));
    home.compose(&changed);
    let found = read(&home).await;
    assert_eq!(found.faults, [], "{changed}");
    (changed, found.service.unwrap())
}

#[tokio::test]
async fn the_port_is_published_on_this_machine_alone() {
    for section in [
        "",
        "    ports:\n",
        "    ports: []\n",
        "    ports: ['443:443']\n",
        "    ports:\n    - 4510-4559:4510-4559\n",
        "    ports:\n      - target: 53\n        published: 53\n",
    ] {
        let (changed, service) = mended(&format!("{SERVICES}{section}    tty: true\n"), MendKind::Port).await;
        assert!(service.ports.contains(&"127.0.0.1:4566:4566".to_owned()), "{changed}");
        assert_eq!(service.mend(MendKind::Port), None, "{changed}");
    }
    let mut home = Home::new();
    for section in [
        "    ports: ['4510-4570:4510-4570']\n",
        "    network_mode: host\n",
        "    ports: *elsewhere\nx: &elsewhere []\n",
    ] {
        home.compose(&format!("{SERVICES}{section}"));
        assert_eq!(change(&home, MendKind::Port).await, None, "{section}");
    }
}

#[tokio::test]
async fn the_license_is_kept_on_a_volume() {
    for section in
        ["", "    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n", "    volumes: [\"a:/b\"]\n"]
    {
        let (changed, service) = mended(&format!("{SERVICES}{section}    tty: true\n"), MendKind::Volume).await;
        assert!(service.persistent_cache && service.mend(MendKind::Volume).is_none(), "{changed}");
    }
}

#[tokio::test]
async fn the_image_becomes_the_licensed_one_of_the_same_registry_and_tag() {
    for (image, expected) in [
        ("localstack/localstack:4.14.0", "localstack/localstack-pro:4.14.0"),
        ("\"localstack/localstack:${TAG:-3.8}\" # pinned", "localstack/localstack-pro:3.8"),
        ("localstack/localstack-full:1.4", "localstack/localstack-pro:1.4"),
        ("mirror.corp:5000/localstack/localstack:4", "mirror.corp:5000/localstack/localstack-pro:4"),
        ("localstack.corp/localstack/localstack", "localstack.corp/localstack/localstack-pro"),
    ] {
        let text = format!("services:\n  ls:\n    image: {image}\n");
        let (changed, service) = mended(&text, MendKind::Image).await;
        assert_eq!(service.image.as_deref(), Some(expected), "{changed}");
        assert_eq!((changed.contains("# pinned"), service.mend(MendKind::Image)), (text.contains("# pinned"), None));
    }
    let mut home = Home::new();
    for image in [
        "localstack/localstack@sha256:aa",
        "localstack/localstack-pro:3",
        "corp/localstack-custom",
        "${IMAGE:-localstack}",
    ] {
        home.compose(&format!("services:\n  ls:\n    image: {image}\n    environment: [LOCALSTACK_AUTH_TOKEN]\n"));
        assert_eq!(change(&home, MendKind::Image).await, None, "{image}");
    }
}

#[tokio::test]
async fn the_api_key_is_taken_out_where_that_shows_no_secret() {
    for section in [
        "    environment:\n      - LOCALSTACK_API_KEY=${KEY:-}\n      - LOCALSTACK_AUTH_TOKEN\n",
        "    environment:\n      \"LOCALSTACK_API_KEY\": ${KEY:-}\n      LOCALSTACK_AUTH_TOKEN:\n",
        "    environment:\n      LOCALSTACK_AUTH_TOKEN:\n      LOCALSTACK_API_KEY:\n",
    ] {
        let (changed, service) = mended(&format!("{SERVICES}{section}"), MendKind::ApiKey).await;
        assert_eq!(service.variables.len(), 1, "{changed}");
        assert!(changed.contains("LOCALSTACK_AUTH_TOKEN") && !changed.contains("LOCALSTACK_API_KEY"), "{changed}");
    }
    let mut home = Home::new();
    for section in [
        "    environment:\n      - LOCALSTACK_API_KEY=marked-key\n",
        "    environment: {LOCALSTACK_API_KEY: a, B: c}\n",
        "    environment:\n      LOCALSTACK_API_KEY: >-\n        ${KEY:-}\n",
    ] {
        home.compose(&format!("{SERVICES}{section}"));
        assert_eq!(change(&home, MendKind::ApiKey).await, None, "{section}");
    }
}
