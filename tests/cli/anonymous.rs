//! `--anonymize`: who and where is hidden, the same name by the same word, and the verdict stays.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, unreachable_pub, missing_docs)]

use crate::support::judge;

use std::process::{Command, Stdio};

use crate::support::cases::{now, seen, snapshots, stories};
use lsdoctor::case::Case;
use lsdoctor::diagnosis::{Catalogue, Diagnosis, diagnose};
use lsdoctor::observations::*;
use lsdoctor::probes::offline::{Inputs, read};
use lsdoctor::views::anonymous::{Anonymous, Identity};
use lsdoctor::views::report;
use lsdoctor::views::report::Stored;
use serde_json::Value;

fn identity() -> Identity {
    Identity {
        hosts: vec!["buildbox7.corp.globex.net".into()],
        users: vec!["ahandler".into()],
        directories: vec!["/home/ahandler/clients/globex-shop".into()],
    }
}

fn products(catalogue: &Catalogue) -> Vec<String> {
    catalogue.lexicon.interceptors.iter().flat_map(|p| p.issuers.clone()).collect()
}

fn anonymous(catalogue: &Catalogue, snapshot: &Snapshot) -> Snapshot {
    Anonymous::new(&identity(), products(catalogue)).of(snapshot).unwrap()
}

fn situations() -> Vec<Snapshot> {
    let run = |snapshot, log: &str| stories::logged(stories::docker_run(snapshot), log);
    vec![
        snapshots::not_running(),
        snapshots::activated(),
        run(stories::starting(), snapshots::STARTING),
        run(snapshots::credentials_missing(), snapshots::MISSING),
        stories::logged(stories::compose(snapshots::interceptor()), snapshots::UNREACHABLE),
        run(snapshots::license_expired(), snapshots::EXPIRED),
        personal(),
    ]
}

/// A failed start behind a company's proxy, full of names.
fn personal() -> Snapshot {
    let log = snapshots::UNREACHABLE.replace(
        snapshots::UNREACHABLE_REASON,
        "MyHTTPSConnectionPool(host='api.localstack.cloud', port=443): Max retries exceeded with url: /v1/license/request \
         (Caused by ProxyError('Unable to connect to proxy', NewConnectionError('http://proxy.corp.globex.net:3128')))",
    );
    let log = format!(
        "{log}\nread /home/ahandler/clients/globex-shop/init.sh on buildbox7, pulled from https://git.corp.globex.net/x\n"
    );
    let mut snapshot = stories::logged(stories::compose(snapshots::interceptor()), &log);
    snapshot.engine = seen(
        3,
        1.0,
        Engine {
            address: "tcp://dockerd.corp.globex.net:2376".into(),
            chosen_by: "docker context \"globex-remote\"".into(),
            ..Engine::default()
        },
    );
    let Observation::Seen { value, .. } = &mut snapshot.instances else { panic!() };
    let container = value.chosen.as_mut().unwrap();
    container.name = "globex-shop-localstack-1".into();
    container.image =
        Some(Image::parse("registry.corp.globex.net:5000/globex-mirror/localstack/localstack-pro:4.14.0"));
    container.launch.by = Launcher::Compose(ComposeLaunch {
        project: Some("globex-shop".into()),
        service: Some("globex-cloud".into()),
        working_dir: Some("/home/ahandler/clients/globex-shop".into()),
        config_files: vec!["/home/ahandler/clients/globex-shop/compose.yaml".into()],
        env_files: Vec::new(),
    });
    container.network.mode = "globex-shop_default".into();
    container.network.addresses = vec!["172.23.0.9".into()];
    container.network.dns = vec!["10.77.0.2".into()];
    container.network.extra_hosts = vec!["ledger.corp.globex.net:10.77.0.9".into()];
    container.settings.mounts = vec!["/home/ahandler/clients/globex-shop/volume:/var/lib/localstack".into()];
    let mut add = |name: &str, value: &str| {
        container.environment.push(Variable { name: name.into(), value: value.into() });
    };
    add("HTTPS_PROXY", "http://***@proxy.corp.globex.net:3128");
    add("NO_PROXY", "localhost,.corp.globex.net,10.77.0.0/16");
    add("CUSTOMER", "Globex Corporation");
    let proxy = Proxy {
        used: Some(ProxyUse {
            variable: "HTTPS_PROXY".into(),
            url: "http://***@proxy.corp.globex.net:3128".into(),
            unparseable: None,
        }),
        ..Proxy::default()
    };
    snapshot.inside.proxy = seen(9, 1.0, proxy);
    let Observation::Seen { value, .. } = &mut snapshot.host.dns else { panic!() };
    value.resolvers[0].server = "10.77.0.2:53".into();
    let Observation::Seen { value, .. } = &mut snapshot.inside.tls else { panic!() };
    value.chain[0].issuer = "Globex Inspection CA 2".into();
    value.chain[0].issuer_organization = Some("Globex Corporation".into());
    snapshot
}

fn judged(catalogue: &Catalogue, snapshot: &Snapshot) -> Diagnosis {
    diagnose(snapshot, catalogue, now())
}

#[test]
fn nobodys_name_is_left_and_localstacks_are() {
    let catalogue = Catalogue::load().unwrap();
    let snapshot = anonymous(&catalogue, &personal());
    let mut case = Case::new(snapshot.clone());
    case.conclude(judged(&catalogue, &snapshot), now());
    let stored = serde_json::to_string_pretty(&Stored::of(&case, now())).unwrap();
    for text in [report::markdown(&case, now()), stored] {
        for name in ["globex", "ahandler", "buildbox7", "10.77.", "172.23.0.9", "ledger"] {
            let at = text.to_ascii_lowercase().find(name);
            let around = at.map(|at| &text[at.saturating_sub(80)..(at + 80).min(text.len())]);
            assert_eq!(around, None, "{name}");
        }
        for kept in
            ["api.localstack.cloud", "localstack-pro:4.14.0", "HTTPS_PROXY", "compose.yaml", "/var/lib/localstack"]
        {
            assert!(text.contains(kept), "{kept} is gone:\n{text}");
        }
    }
    // The proxy is one word wherever it is named.
    let Observation::Seen { value, .. } = &snapshot.inside.proxy else { panic!() };
    let url = value.used.as_ref().unwrap().url.clone();
    assert!(url.starts_with("http://***@host-") && url.ends_with(":3128"), "{url}");
    let environment = snapshot.container().unwrap().variable("HTTPS_PROXY").unwrap();
    assert_eq!(environment.value.text(), Some(url.as_str()));
}

#[test]
fn the_verdict_stays_in_every_situation() {
    let catalogue = Catalogue::load().unwrap();
    for snapshot in situations() {
        let (before, after) = (judged(&catalogue, &snapshot), judged(&catalogue, &anonymous(&catalogue, &snapshot)));
        let told = |d: &Diagnosis| {
            let findings: Vec<_> = d.findings.iter().map(|f| f.cause.clone()).collect();
            (d.status, d.activated, d.headline.cause.clone(), d.headline.confidence, findings)
        };
        assert_eq!(told(&after), told(&before));
    }
}

#[test]
fn the_verdict_stays_in_every_case_of_the_corpus() {
    let catalogue = Catalogue::load().unwrap();
    let context = judge::context(&catalogue);
    let mut count = 0;
    for folder in judge::roots().iter().flat_map(|root| judge::cases(root)) {
        let there = |name: &str| Some(folder.join(name)).filter(|p| p.exists());
        let image = judge::image(&judge::description(&folder));
        let logs = there("log.txt").into_iter().collect();
        let given = Inputs { logs, env: there("env.txt"), info: there("info.json"), image, ..Inputs::default() };
        let snapshot = read(&context, &given).unwrap();
        let (before, after) = (judged(&catalogue, &snapshot), judged(&catalogue, &anonymous(&catalogue, &snapshot)));
        assert_eq!(after.headline.cause, before.headline.cause, "{}", folder.display());
        count += 1;
    }
    assert!(count > 20, "{count}");
}

/// Every text that was seen is somebody's name: what is left can still be read back.
#[test]
fn a_name_that_is_a_word_of_the_format_does_no_harm() {
    fn texts(value: &Value, list: &mut Vec<String>) {
        match value {
            Value::String(text) if text.parse::<jiff::Timestamp>().is_err() => list.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|v| texts(v, list)),
            Value::Object(map) => map.values().for_each(|v| texts(v, list)),
            _ => {}
        }
    }
    for snapshot in situations() {
        let mut users = Vec::new();
        texts(&serde_json::to_value(&snapshot).unwrap(), &mut users);
        for update in snapshot.updates() {
            texts(&serde_json::to_value(&update).unwrap(), &mut users);
        }
        let mut names = Anonymous::new(&Identity { users, ..Identity::default() }, Vec::new());
        names.of(&snapshot).unwrap();
        for update in snapshot.updates() {
            names.of(&update).unwrap();
        }
    }
}

#[test]
fn reports_and_recordings_of_the_program_name_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("ahandler-home");
    std::fs::create_dir_all(home.join(".localstack")).unwrap();
    std::fs::write(home.join(".localstack/default.env"), "LOCALSTACK_AUTH_TOKEN=${TOKEN}\n").unwrap();
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_lsdoctor"))
            .env_clear()
            .envs([("USER", "ahandler"), ("HOSTNAME", "buildbox7"), ("PATH", "/usr/bin:/bin")])
            .env("HOME", &home)
            .env("HTTPS_PROXY", "http://proxy.corp.globex.net:3128")
            .args(args)
            .args(["--offline", "--docker-host", "tcp://buildbox7:1", "--endpoint-url", "http://buildbox7:1"])
            .args(["--timeout", "1s"])
            .current_dir(&home)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let recording = home.join("r.ndjson").to_str().unwrap().to_owned();
    run(&["record", "--anonymize", "--for", "300ms", "-o", &recording]);
    let texts = [
        run(&["report", "--anonymize"]),
        run(&["report", "--anonymize", "--format", "json"]),
        std::fs::read_to_string(&recording).unwrap(),
    ];
    for text in texts {
        for name in ["ahandler", "buildbox7", "globex"] {
            assert!(!text.contains(name), "{name}:\n{text}");
        }
        assert!(text.contains("host-1") && text.contains("default.env"), "{text}");
    }
    let plain = run(&["report"]);
    assert!(plain.contains("buildbox7") && plain.contains("ahandler"), "the names are there to be hidden:\n{plain}");
}
