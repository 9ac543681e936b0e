//! What was seen in each situation: snapshots, logs, ladders.
//! Names, addresses and tokens are made up.

use std::net::IpAddr;

use lsdoctor::observations::*;

use super::{TOKEN, ago, in_days, seen};

pub use super::logs::*;

/// Lines with their numbers, from 1.
pub fn lines(text: &str) -> Vec<LogLine> {
    let numbered = text.lines().zip(1..);
    numbered.map(|(text, number)| LogLine { number, stream: Some(Stream::Stdout), text: text.to_owned() }).collect()
}

pub fn digest(text: &str, hits: &[u64]) -> LogDigest {
    let lines = lines(text);
    let hit = |number: &u64| lines.iter().find(|line| line.number == *number).cloned();
    let hits =
        hits.iter().filter_map(hit).map(|at| Hit { phrase: String::new(), at, speaker: Speaker::LocalStack }).collect();
    let run = Run {
        version: Some("4.14.0".to_owned()),
        first_line: 1,
        last_line: lines.len() as u64,
        hits,
        ..Run::default()
    };
    LogDigest {
        launch: Default::default(),
        origin: LogOrigin::Instance("localstack-main".to_owned()),
        runs: vec![run],
        lines: lines.len() as u64,
        bytes: text.len() as u64,
        tail: lines,
        ..LogDigest::default()
    }
}

fn engine() -> Observation<Engine> {
    let engine = Engine {
        address: "unix:///var/run/docker.sock".to_owned(),
        chosen_by: "well-known socket of Docker".to_owned(),
        name: "Docker Engine".to_owned(),
        version: "20.10.24".to_owned(),
        api_version: "1.41".to_owned(),
        os: "linux".to_owned(),
        proxies: Vec::new(),
        client_proxies: Vec::new(),
    };
    seen(3, 2.1, engine)
}

pub fn container() -> Container {
    let variable = |name: &str, value: &str| Variable { name: name.to_owned(), value: value.into() };
    Container {
        foreign: false,
        limits: Vec::new(),
        id: "f9b1c2d3e4a5968770123456789abcdef0123456789abcdef0123456789abcd".to_owned(),
        name: "localstack-main".to_owned(),
        image: Some(Image::parse("localstack/localstack-pro:4.14.0")),
        state: State {
            status: Status::Running,
            started_at: Some(ago(481)),
            created_at: Some(ago(482)),
            health: Some("healthy".to_owned()),
            ..State::default()
        },
        environment: vec![
            variable("PATH", "/opt/code/localstack/.venv/bin:/usr/local/bin:/usr/bin:/bin"),
            variable("LOCALSTACK_AUTH_TOKEN", TOKEN),
            variable("PERSISTENCE", "1"),
            variable("DEBUG", "0"),
            variable("LOCALSTACK_BUILD_VERSION", "4.14.0"),
        ],
        version: Some("4.14.0".to_owned()),
        launch: Launch {
            told_by: "label com.docker.compose.project".to_owned(),
            by: Launcher::Compose(ComposeLaunch {
                project: Some("stack".to_owned()),
                service: Some("localstack".to_owned()),
                config_files: vec!["/home/someone/projects/stack/docker-compose.yml".to_owned()],
                working_dir: Some("/home/someone/projects/stack".to_owned()),
                env_files: Vec::new(),
            }),
        },
        network: ContainerNetwork {
            mode: "stack_default".to_owned(),
            ports: vec![
                PublishedPort { container: 4566, host_ip: "127.0.0.1".to_owned(), host: 4566 },
                PublishedPort { container: 443, host_ip: "127.0.0.1".to_owned(), host: 443 },
            ],
            addresses: vec!["172.18.0.2".to_owned()],
            ..ContainerNetwork::default()
        },
        settings: ContainerSettings {
            restart_policy: "no".to_owned(),
            log_driver: "json-file".to_owned(),
            mounts: vec!["/home/someone/projects/stack/volume:/var/lib/localstack".to_owned()],
            ..ContainerSettings::default()
        },
    }
}

fn ended(code: i64) -> Container {
    let mut container = container();
    container.environment.retain(|variable| variable.name != "LOCALSTACK_AUTH_TOKEN");
    container.launch = Launch { by: Launcher::DockerRun, told_by: "no label of another tool".to_owned() };
    container.state = State {
        status: Status::Exited,
        exit_code: Some(code),
        started_at: Some(ago(154)),
        finished_at: Some(ago(151)),
        ..State::default()
    };
    container
}

/// The container, four seconds after its start.
pub fn just_started() -> Observation<Instances> {
    let mut container = container();
    container.state.started_at = Some(ago(4));
    container.state.health = Some("starting".to_owned());
    instances(Some(container))
}

/// No container, and the engine remembers the end of one.
pub fn gone(vanished: Removed) -> Update {
    let chosen_by = "most recent".to_owned();
    let instances = Instances {
        chosen: None,
        chosen_by,
        others: Vec::new(),
        vanished: vec![vanished],
        missing: None,
        limits: Vec::new(),
    };
    Update::Container(seen(3, 8.4, instances))
}

pub fn instances(chosen: Option<Container>) -> Observation<Instances> {
    let chosen_by = "running on the endpoint".to_owned();
    seen(3, 8.4, Instances { chosen, chosen_by, ..Instances::default() })
}

fn endpoint(answer: Answer) -> Observation<Endpoint> {
    let local = answer == Answer::LocalStack;
    let info = Info {
        version: "4.14.0:4f3c2a1b9".to_owned(),
        edition: "pro".to_owned(),
        is_license_activated: Some(true),
        session_id: "2f4e8a1c-0001-4c55-9d0e-5c1a2b3c4d5e".to_owned(),
        system: "linux".to_owned(),
        is_docker: Some(true),
        server_time_utc: "2026-11-24T11:59:58".to_owned(),
        uptime: Some(479),
    };
    let health = Health {
        edition: "pro".to_owned(),
        version: "4.14.0".to_owned(),
        services: 96,
        running: 2,
        failing: Vec::new(),
    };
    let endpoint = Endpoint {
        url: "http://localhost:4566".to_owned(),
        chosen_by: "port published by localstack-main".to_owned(),
        answer,
        info: local.then_some(info),
        health: local.then_some(health),
        ..Endpoint::default()
    };
    seen(1, 4.2, endpoint)
}

fn credential(kind: PlaceKind, at: Option<FileLine>, same: Option<bool>) -> Credential {
    Credential {
        kind: CredentialKind::AuthToken,
        name: "LOCALSTACK_AUTH_TOKEN".to_owned(),
        place: Place { kind, at },
        shape: TokenShape::WellFormed { prefix: "ls-".to_owned() },
        masked: TOKEN.to_owned(),
        same_as_process: same,
    }
}

fn credentials(reaching: bool) -> Observation<Credentials> {
    let same = reaching.then_some(true);
    let profile = FileLine { path: "/home/someone/.localstack/default.env".to_owned(), line: 2 };
    let mut old = credential(PlaceKind::Profile, Some(profile.clone()), reaching.then_some(false));
    old.masked = "ls-...07c1".to_owned();
    let found = Credentials {
        process_seen: true,
        process: if reaching { vec![credential(PlaceKind::Process, None, None)] } else { Vec::new() },
        host: vec![credential(PlaceKind::Shell, None, same), old],
        near_misses: vec![NearMiss {
            name: "LOCALSTACK_AUTHTOKEN".to_owned(),
            meant: "LOCALSTACK_AUTH_TOKEN".to_owned(),
            place: Place { kind: PlaceKind::DotEnv, at: Some(FileLine { path: ".env".to_owned(), line: 4 }) },
        }],
        exposed: vec![Exposed { at: profile, how: "readable by everyone".to_owned() }],
        limits: Vec::new(),
    };
    seen(9, 1.2, found)
}

fn cache(expires_in_days: i64) -> Observation<Vec<CachedLicense>> {
    let license = License {
        plan: "enterprise".to_owned(),
        status: if expires_in_days > 0 { "ACTIVE" } else { "EXPIRED" }.to_owned(),
        issued: Some(in_days(-265)),
        expires: Some(in_days(expires_in_days)),
        last_activated: Some(ago(473)),
        reactivate_after: Some(
            ago(473) + jiff::SignedDuration::from_hours(if expires_in_days > 0 { 22 } else { -300 }),
        ),
        products: vec!["localstack-pro *".to_owned()],
        localstack_version: Some("4.14.0".to_owned()),
    };
    let path = "/var/lib/localstack/cache/license.json".to_owned();
    let good = CachedLicense { place: CachePlace::Container, path, content: LicenseFile::License(license) };
    let corrupt = CachedLicense {
        place: CachePlace::Host,
        path: "/home/someone/.cache/localstack-cli/license.json".to_owned(),
        content: LicenseFile::Corrupt {
            why: "is no JSON: it ends in the middle of a word (line 1, column 512)".to_owned(),
        },
    };
    seen(9, 5.8, vec![good, corrupt])
}

fn resolver(server: &str, source: &str, good: bool) -> ResolverAnswer {
    let addresses: Vec<IpAddr> = vec!["52.72.45.10".parse().unwrap(), "3.224.18.7".parse().unwrap()];
    let (status, addresses) = if good { (DnsStatus::NoError, addresses) } else { (DnsStatus::ServFail, Vec::new()) };
    ResolverAnswer {
        server: server.to_owned(),
        source: source.to_owned(),
        a: RecordAnswer { status: status.clone(), addresses, over_tcp: false },
        aaaa: RecordAnswer { status, addresses: Vec::new(), over_tcp: false },
        took_ms: 11.2,
    }
}

fn certificate(subject: &str, issuer: &str, days: i64) -> Certificate {
    Certificate {
        subject: subject.to_owned(),
        issuer: issuer.to_owned(),
        names: vec![subject.to_owned()],
        not_before: Some(in_days(-30)),
        not_after: Some(in_days(days)),
        ..Certificate::default()
    }
}

fn ladder(intercepted: bool, second_resolver: bool) -> ConnectionPath {
    let addresses: Vec<IpAddr> = vec!["52.72.45.10".parse().unwrap(), "3.224.18.7".parse().unwrap()];
    let dns = Dns {
        name: "api.localstack.cloud".to_owned(),
        resolvers: vec![
            resolver("10.0.0.2:53", "/etc/resolv.conf", true),
            resolver("192.168.178.1:53", "/etc/resolv.conf", second_resolver),
        ],
        system: Some(SystemAnswer::Addresses { addresses, took_ms: 3.0 }),
        ..Dns::default()
    };
    let attempt = TcpAttempt {
        address: "52.72.45.10:443".to_owned(),
        ipv6: false,
        outcome: TcpOutcome::Connected,
        took_ms: 18.4,
    };
    let untrusted = Trust::Untrusted { fault: TlsFault::UnknownIssuer };
    let (issuer, root) = ("Zscaler Intermediate Root CA", "Zscaler Root CA");
    let tls = Tls {
        server_name: "api.localstack.cloud".to_owned(),
        chain: if intercepted {
            let mut leaf = certificate("api.localstack.cloud", issuer, 9);
            leaf.issuer_organization = Some("Example Networks Inc.".to_owned());
            vec![leaf, certificate(issuer, root, 4_000)]
        } else {
            vec![
                certificate("api.localstack.cloud", "Amazon RSA 2048 M03", 200),
                certificate("Amazon RSA 2048 M03", "Amazon Root CA 1", 1_400),
            ]
        },
        system: Trust::Trusted,
        mozilla: if intercepted { untrusted } else { Trust::Trusted },
        version: Some("TLSv1.3".to_owned()),
        ..Tls::default()
    };
    let https = Https {
        url: "https://api.localstack.cloud/v1/health".to_owned(),
        status: 200,
        body: HttpBody::Json,
        server: Some("awselb/2.0".to_owned()),
        excerpt: "{\"status\": \"ok\"}".to_owned(),
    };
    ConnectionPath {
        proxy: seen(9, 0.2, Proxy::default()),
        dns: seen(6, 11.2, dns),
        tcp: seen(6, 18.4, Tcp { attempts: vec![attempt], via_proxy: None }),
        tls: seen(6, 44.0, tls),
        https: if intercepted {
            Observation::Skipped { because: "the certificate is not trusted".to_owned() }
        } else {
            seen(6, 121.0, https)
        },
    }
}

pub fn target() -> Target {
    Target {
        api_endpoint: "https://api.localstack.cloud/v1".to_owned(),
        license_host: "api.localstack.cloud".to_owned(),
        machine: Machine { os: "linux".to_owned(), arch: "x86_64".to_owned(), ci: None },
        ..Target::default()
    }
}

pub fn activated() -> Snapshot {
    Snapshot {
        target: target(),
        engine: engine(),
        instances: instances(Some(container())),
        endpoint: endpoint(Answer::LocalStack),
        logs: seen(2, 31.0, digest(ACTIVATED, &[5])),
        credentials: credentials(true),
        cache: cache(100),
        compose: Observation::NotAsked,
        other_hosts: Observation::NotAsked,
        host: ladder(false, true),
        inside: ladder(false, true),
        others: Vec::new(),
    }
}

pub fn credentials_missing() -> Snapshot {
    Snapshot {
        instances: instances(Some(ended(55))),
        endpoint: endpoint(Answer::Refused),
        logs: seen(2, 12.0, digest(MISSING, &[10])),
        credentials: credentials(false),
        cache: seen(9, 2.0, Vec::new()),
        ..activated()
    }
}

pub fn interceptor() -> Snapshot {
    let mut container = ended(55);
    container.launch = self::container().launch;
    container.environment = self::container().environment;
    Snapshot {
        instances: instances(Some(container)),
        endpoint: endpoint(Answer::Refused),
        logs: seen(2, 12.0, digest(UNREACHABLE, &[10])),
        cache: cache(-23),
        host: ladder(true, false),
        inside: ladder(true, false),
        ..activated()
    }
}

pub fn license_expired() -> Snapshot {
    let logs = seen(2, 12.0, digest(EXPIRED, &[10]));
    Snapshot { logs, host: ladder(false, true), inside: ladder(false, true), ..interceptor() }
}

pub fn not_running() -> Snapshot {
    let skipped = || "no container".to_owned();
    Snapshot {
        instances: instances(None),
        endpoint: endpoint(Answer::Refused),
        logs: Observation::Skipped { because: skipped() },
        credentials: seen(
            9,
            1.0,
            Credentials { process_seen: false, process: Vec::new(), ..credentials(false).value().unwrap().clone() },
        ),
        cache: seen(9, 1.0, Vec::new()),
        inside: ConnectionPath::default(),
        ..activated()
    }
}
