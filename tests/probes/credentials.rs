//! Every place of a host where a credential can stand, in homes of their own; and what must not stop the look.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::homes;

use crate::support::homes::{Home, TOKEN, assert_scrubbed};
use lsdoctor::observations::{CredentialKind, Credentials, PlaceKind, TokenShape};
use lsdoctor::probes::credentials;

async fn look(home: &Home) -> Credentials {
    let context = home.context();
    let found = credentials::observe(&context, None).await.unwrap();
    assert_scrubbed(&found);
    assert!(!found.process_seen && found.process.is_empty(), "there is no container: its credentials are unknown");
    found
}

/// Kind of place, file without its folders, line.
fn places(found: &Credentials) -> Vec<(PlaceKind, String, u64)> {
    let place = |c: &lsdoctor::observations::Credential| {
        let (path, line) = c.place.at.as_ref().map_or(("", 0), |at| (at.path.as_str(), at.line));
        (c.place.kind, path.rsplit('/').next().unwrap().to_owned(), line)
    };
    found.host.iter().map(place).collect()
}

#[tokio::test]
async fn every_source_is_found_in_the_order_of_use() {
    let mut home = Home::new();
    home.set("LOCALSTACK_AUTH_TOKEN", TOKEN).set("LOCALSTACK_API_KEY", "marked-key");
    home.write("project/.env", format!("A=b\nLOCALSTACK_AUTH_TOKEN={TOKEN}\n"));
    home.write("project/ls.env", format!("LOCALSTACK_API_KEY={TOKEN} # old\n"));
    home.compose(
        "services:\n  ls:\n    image: localstack/localstack-pro\n    env_file: ls.env\n    environment:\n      - \
         LOCALSTACK_AUTH_TOKEN=${LOCALSTACK_AUTH_TOKEN:-}\n",
    );
    home.write("home/.localstack/default.env", format!("# c\n\nexport LOCALSTACK_AUTH_TOKEN='{TOKEN}'\n"));
    home.write("home/.localstack/auth.json", format!("{{\n  \"LOCALSTACK_AUTH_TOKEN\": \"{TOKEN}\"\n}}"));
    home.write("home/.config/lstk/auth-token", format!("{TOKEN}\n"));
    let found = look(&home).await;
    let expected = [
        (PlaceKind::Shell, "", 0),
        (PlaceKind::Shell, "", 0),
        (PlaceKind::DotEnv, ".env", 2),
        (PlaceKind::EnvFile, "ls.env", 1),
        (PlaceKind::Compose, "compose.yaml", 6),
        (PlaceKind::Profile, "default.env", 3),
        (PlaceKind::AuthJson, "auth.json", 2),
        (PlaceKind::Lstk, "auth-token", 1),
    ]
    .map(|(kind, file, line)| (kind, file.to_owned(), line));
    let mut told = places(&found);
    // What compose passes comes by name; its two places have no order among themselves.
    told[3..5].sort_by_key(|(kind, ..)| *kind == PlaceKind::Compose);
    assert_eq!(told, expected);
    let token = found.host.iter().find(|c| c.kind == CredentialKind::AuthToken).unwrap();
    assert_eq!(
        (token.shape.clone(), token.masked.as_str()),
        (TokenShape::WellFormed { prefix: "ls-".into() }, "ls-...c8b2")
    );
    assert_eq!(found.host[1].shape, TokenShape::Opaque);
    assert_eq!(found.on_host(), Some(&found.host[0]));
}

#[tokio::test]
async fn each_secret_is_hidden_everywhere_from_then_on() {
    let entrances: [(&str, &str); 6] = [
        ("project/.env", "LOCALSTACK_API_KEY=marked-key\n"),
        ("project/.env", "LOCALSTACK-AUTH-TOKEN=marked-key\n"),
        ("home/.localstack/default.env", "LOCALSTACK_API_KEY=marked-key\n"),
        ("home/.localstack/auth.json", r#"{"LOCALSTACK_AUTH_TOKEN": "marked-key"}"#),
        ("home/.config/lstk/auth-token", "marked-key"),
        ("project/Dockerfile", "FROM x\nENV LOCALSTACK_API_KEY=marked-key\n"),
    ];
    for (path, text) in entrances {
        let home = Home::new();
        home.write(path, text);
        let context = home.context();
        let found = credentials::observe(&context, None).await.unwrap();
        assert_scrubbed(&found);
        assert_eq!(context.scrubber.text("key marked-key."), "key ***.", "{path}");
    }
    let mut home = Home::new();
    home.set("LOCALSTACK_API_KEY", "marked-key").set("LOCALSTACK_TOKEN", "marked-two");
    let context = home.context();
    credentials::learn_shell_tokens(&context);
    assert_eq!(context.scrubber.text("marked-key marked-two"), "*** ***");
}

#[tokio::test]
async fn blank_and_malformed_credentials_are_told_by_their_shape() {
    let home = Home::new();
    home.write(
        "project/.env",
        "LOCALSTACK_AUTH_TOKEN=\nLOCALSTACK_AUTH_TOKEN=' '\nLOCALSTACK_AUTH_TOKEN=test\nLOCALSTACK_AUTH_TOKEN\n",
    );
    let shapes: Vec<_> =
        look(&home).await.host.into_iter().map(|c| (c.shape.is_blank(), c.shape.is_malformed())).collect();
    assert_eq!(shapes, [(true, false), (true, false), (false, true)]);
    let mut home = Home::new();
    home.set("LOCALSTACK_AUTH_TOKEN", "");
    home.write("home/.localstack/auth.json", format!(r#"{{"LOCALSTACK_AUTH_TOKEN": "{TOKEN}"}}"#));
    assert_eq!(look(&home).await.on_host().unwrap().place.kind, PlaceKind::AuthJson);
}

#[tokio::test]
async fn the_profile_that_was_named_is_read_and_expanded() {
    let mut home = Home::new();
    home.set("CONFIG_PROFILE", "ci").set("SHELL_TOKEN", TOKEN);
    home.write("home/.localstack/ci.env", "LOCALSTACK_AUTH_TOKEN=${SHELL_TOKEN}\n");
    home.write("home/.localstack/default.env", "LOCALSTACK_API_KEY=marked-key\n");
    let found = look(&home).await;
    assert_eq!(places(&found), [(PlaceKind::Profile, "ci.env".to_owned(), 1)]);
    assert_eq!(found.host[0].masked, "ls-...c8b2");
}

#[tokio::test]
async fn near_misses_are_told_with_their_place_and_other_variables_are_not() {
    let mut home = Home::new();
    home.set("LOCALSTACK-AUTH-TOKEN", TOKEN).set("LOCALSTACK_HOST", "x").set("LOCALSTACK_VOLUME_DIR", "y");
    home.compose("services:\n  localstack:\n    image: localstack/localstack\n    environment:\n      LOCALSTACK_APIKEY: marked\n");
    home.write("home/.localstack/auth.json", r#"{"LOCALSTACK_TOKEN": "marked-token"}"#);
    let told: Vec<_> = look(&home)
        .await
        .near_misses
        .into_iter()
        .map(|n| (n.name, n.meant, n.place.kind, n.place.at.map_or(0, |at| at.line)))
        .collect();
    let expected = [
        ("LOCALSTACK-AUTH-TOKEN", "LOCALSTACK_AUTH_TOKEN", PlaceKind::Shell, 0),
        ("LOCALSTACK_APIKEY", "LOCALSTACK_API_KEY", PlaceKind::Compose, 5),
        ("LOCALSTACK_TOKEN", "LOCALSTACK_AUTH_TOKEN", PlaceKind::AuthJson, 1),
    ];
    assert_eq!(told, expected.map(|(n, m, k, l)| (n.to_owned(), m.to_owned(), k, l)));
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_in_the_way_of_a_file_stops_or_holds_the_look() {
    for path in [
        "project/.env",
        "project/Dockerfile",
        "home/.localstack/default.env",
        "home/.localstack/auth.json",
        "home/.config/lstk/auth-token",
    ] {
        let mut home = Home::new();
        home.set("LOCALSTACK_AUTH_TOKEN", TOKEN);
        let target = home.path(path);
        for obstacle in homes::obstacles(&target) {
            obstacle();
            let look = tokio::time::timeout(std::time::Duration::from_secs(20), look(&home));
            let found = look.await.expect("a file must not hold the look");
            assert_eq!(found.host[0].place.kind, PlaceKind::Shell, "{path}");
        }
    }
}

#[tokio::test]
async fn without_a_home_the_rest_is_still_seen() {
    let mut home = Home::new();
    home.set("LOCALSTACK_AUTH_TOKEN", TOKEN);
    home.write("project/.env", format!("LOCALSTACK_AUTH_TOKEN={TOKEN}\n"));
    let mut context = home.context();
    context.host.home = None;
    let found = credentials::observe(&context, None).await.unwrap();
    assert_eq!(places(&found).len(), 2);
}

#[tokio::test]
async fn ten_thousand_variables_and_a_thousand_misspelt_ones_are_bounded() {
    let mut home = Home::new();
    for n in 0..10_000 {
        home.set(&format!("VARIABLE_{n}"), "x");
    }
    home.set("LOCALSTACK_AUTH_TOKEN", TOKEN);
    let lines: String = (0..1000).map(|n| format!("LOCALSTACK-AUTH-TOKEN{}=x{n}\n", n % 10)).collect();
    home.write("project/.env", lines);
    let found = look(&home).await;
    assert_eq!(found.host.len(), 1);
    assert_eq!(found.near_misses.len(), 100);
}

fn git(home: &Home, arguments: &[&str]) {
    let mut git = std::process::Command::new("git");
    git.env("HOME", home.path("home")).current_dir(home.path("project")).args(arguments);
    assert!(git.output().expect("git is part of the test machine").status.success());
}

#[tokio::test]
async fn a_secret_in_a_file_that_git_tracks_is_told_and_a_reference_is_not() {
    let mut home = Home::new();
    home.set("PATH", &std::env::var("PATH").unwrap());
    home.write("project/.env", format!("# mine\nLOCALSTACK_AUTH_TOKEN={TOKEN}\n"));
    home.write("project/Dockerfile", format!("FROM x\nENV LOCALSTACK_AUTH_TOKEN={TOKEN}\n"));
    home.write("project/ls.env", format!("LOCALSTACK_AUTH_TOKEN={TOKEN}\n"));
    home.compose(
        "services:\n  ls:\n    image: localstack/localstack-pro\n    env_file: ls.env\n    environment:\n      \
         LOCALSTACK_API_KEY: marked-key\n",
    );
    assert_eq!(look(&home).await.exposed, [], "there is no repository");
    git(&home, &["init", "-q"]);
    assert_eq!(look(&home).await.exposed, [], "nothing is tracked");
    git(&home, &["add", ".env", "Dockerfile", "compose.yaml"]);
    let told = |found: Credentials| -> Vec<(String, u64, String)> {
        let told =
            |e: lsdoctor::observations::Exposed| (e.at.path.rsplit('/').next().unwrap().to_owned(), e.at.line, e.how);
        found.exposed.into_iter().map(told).collect()
    };
    let expected = [(".env", 2), ("Dockerfile", 2), ("compose.yaml", 6)];
    let expected = expected.map(|(file, line)| (file.to_owned(), line, "tracked by git".to_owned()));
    assert_eq!(told(look(&home).await), expected);

    home.write("project/.env", "LOCALSTACK_AUTH_TOKEN=${TOKEN}\n");
    home.write("project/Dockerfile", "FROM x\nARG LOCALSTACK_AUTH_TOKEN=$TOKEN\n");
    home.compose("services:\n  ls:\n    image: localstack/localstack-pro\n    environment:\n      LOCALSTACK_API_KEY: ${KEY:-}\n");
    assert_eq!(look(&home).await.exposed, []);
    home.write("project/.env", "LOCALSTACK_AUTH_TOKEN=<YOUR_AUTH_TOKEN>\n");
    assert_eq!(look(&home).await.exposed, [], "a placeholder is no secret");
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_file_that_everyone_can_read_is_told_and_a_closed_folder_protects_it() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &std::path::Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let home = Home::new();
    let file = home.write("home/.localstack/auth.json", format!(r#"{{"LOCALSTACK_AUTH_TOKEN": "{TOKEN}"}}"#));
    let folder = home.path("home/.localstack");
    for path in [home.path("home"), folder.clone()] {
        mode(&path, 0o755);
    }
    for (file_mode, folder_mode, open) in
        [(0o644, 0o755, true), (0o600, 0o755, false), (0o640, 0o755, false), (0o644, 0o700, false)]
    {
        mode(&file, file_mode);
        mode(&folder, folder_mode);
        let exposed = look(&home).await.exposed;
        assert_eq!(!exposed.is_empty(), open, "{file_mode:o} in {folder_mode:o}");
        assert!(exposed.iter().all(|e| e.at.line == 1 && e.how.contains("everyone")));
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
#[tokio::test]
async fn the_keyring_is_asked_only_on_request_and_told_by_presence_alone() {
    let mut home = Home::new();
    let asked = home.path("asked");
    let script = format!(
        "#!/bin/sh\ntouch '{}'\necho 'aoao 1 \"/org/freedesktop/secrets/collection/login/7\" 0'\n",
        asked.display()
    );
    home.program("busctl", &script);
    home.set("PATH", &format!("{}:/usr/bin:/bin", home.path("bin").display()));
    assert_eq!(look(&home).await.host, []);
    assert!(!asked.exists(), "nobody allowed to ask the keyring");
    home.keyring = true;
    let found = look(&home).await;
    assert!(asked.exists());
    assert_eq!(places(&found), [(PlaceKind::Keyring, String::new(), 0)]);
    home.program("busctl", "#!/bin/sh\necho 'aoao 0 0'\n");
    assert_eq!(look(&home).await.host, []);
    home.program("busctl", "#!/bin/sh\nexit 1\n");
    assert_eq!(look(&home).await.host, []);
}
