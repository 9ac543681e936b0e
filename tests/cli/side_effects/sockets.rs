//! Which sockets the program opens: none where it needs none, and offline none that leads away from this machine.
//! Seen by `strace`, and by a network namespace that has no way out.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use portable_pty::CommandBuilder;

use crate::support::doctor::Doctor;
use crate::support::fakes::engine::Engine;
use crate::support::fakes::http::{HttpServer, Reply};
use crate::support::screen::Screen;

const PROGRAM: &str = env!("CARGO_BIN_EXE_lsdoctor");
const LOG: &str = "LocalStack version: 4.14.0\nReason: The license has expired.\n";
/// Addresses that are nobody's (RFC 5737): whoever asks them is seen, and gets no answer.
const ELSEWHERE: [(&str, &str); 4] = [
    ("HTTP_PROXY", "http://203.0.113.1:3128"),
    ("HTTPS_PROXY", "http://203.0.113.1:3128"),
    ("ALL_PROXY", "socks5h://203.0.113.1:1080"),
    ("API_ENDPOINT", "https://api.localstack.test/v1"),
];

/// Commands that look at files at most.
fn quiet(doctor: &Doctor) -> Vec<Vec<String>> {
    let log = doctor.write("log.txt", LOG);
    let report = doctor.write("report.json", "");
    let made = Command::new(PROGRAM)
        .args(["report", "--offline", "--timeout", "1s", "--format", "json", "--force", "-o", &report])
        .args(["--docker-host", "unix:///nonexistent.sock", "--endpoint-url", "http://127.0.0.1:1"])
        .env_clear()
        .current_dir(doctor.path())
        .output()
        .unwrap();
    assert!(made.stderr.is_empty(), "{}", String::from_utf8_lossy(&made.stderr));
    let lines = [
        format!("diagnose --log {log}"),
        format!("diagnose --log {log} --format json -v"),
        format!("diagnose --replay {report}"),
        format!("replay {report}"),
        "explain".into(),
        "explain server-unreachable".into(),
        "schema".into(),
        "completions bash".into(),
        "man".into(),
        "--print-config".into(),
        "--help".into(),
        "--version".into(),
        "check --list-checks".into(),
    ];
    lines.iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

/// The program under `strace`, and where its calls are written.
fn traced(trace: &Path) -> Vec<String> {
    let words = ["strace", "-f", "-qq", "-e", "trace=network", "-o", trace.to_str().unwrap(), PROGRAM];
    words.map(str::to_owned).to_vec()
}

fn run(words: &[String], doctor: &Doctor) -> Output {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", doctor.path());
    command.envs(ELSEWHERE).current_dir(doctor.path()).stdin(Stdio::null());
    command.output().unwrap()
}

/// The calls on sockets, without those on the pair by which a program wakes itself.
fn calls(trace: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(trace).unwrap();
    let ours = |line: &&str| !line.contains("socketpair(AF_UNIX") && !line.contains("+++") && !line.contains("---");
    text.lines().filter(ours).map(str::to_owned).collect()
}

fn opens(call: &str) -> bool {
    ["socket(", "connect(", "bind(", "listen(", "sa_family"].iter().any(|word| call.contains(word))
}

/// A call that leads to another machine, or asks for a name.
fn leads_away(call: &str) -> bool {
    let family = |name: &str| call.contains(&format!("sa_family={name}"));
    let inet = family("AF_INET") && !call.contains("inet_addr(\"127.");
    let inet6 = family("AF_INET6") && !call.contains("\"::1\"");
    let other = call.contains("socket(")
        && !["socket(AF_UNIX", "socket(AF_INET,", "socket(AF_INET6,"].iter().any(|known| call.contains(known));
    let name = call.contains("htons(53)") || call.contains("nscd") || call.contains("resolve");
    inet || inet6 || other || name
}

fn dashboard(words: &[String], doctor: &Doctor, seen: &str) {
    let mut command = CommandBuilder::new(&words[0]);
    command.args(&words[1..]);
    command.env_clear();
    command.env("PATH", "/usr/bin:/bin");
    command.env("HOME", doctor.path());
    for (name, value) in ELSEWHERE {
        command.env(name, value);
    }
    command.cwd(doctor.path());
    let mut screen = Screen::start(command);
    screen.see(seen);
    screen.press("R");
    screen.press("4");
    screen.see("Network path to");
    screen.press("q");
    assert_eq!(screen.ends(), 0);
}

#[test]
#[ignore = "needs strace, and the right to trace"]
fn what_reads_files_opens_no_socket() {
    let doctor = Doctor::new();
    let trace = doctor.path().join("trace");
    for command in quiet(&doctor) {
        let ended = run(&[traced(&trace), command.clone()].concat(), &doctor);
        assert!(!ended.stdout.is_empty(), "{command:?}: {}", String::from_utf8_lossy(&ended.stderr));
        let opened: Vec<_> = calls(&trace).into_iter().filter(|call| opens(call)).collect();
        assert!(opened.is_empty(), "{command:?}: {opened:#?}");
    }
    let report = doctor.path().join("report.json").display().to_string();
    for command in [vec!["demo".to_owned()], vec!["replay".to_owned(), report]] {
        dashboard(&[traced(&trace), command.clone()].concat(), &doctor, "Overview");
        let opened: Vec<_> = calls(&trace).into_iter().filter(|call| opens(call)).collect();
        assert!(opened.is_empty(), "{command:?}: {opened:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs strace, and the right to trace"]
async fn offline_stays_on_this_machine() {
    let doctor = Doctor::new();
    let socket = doctor.path().join("docker.sock");
    let mut engine = Engine::new(jiff::Timestamp::now);
    engine.listen(&socket);
    engine.run("localstack-main", "localstack/localstack-pro:4.14.0", &["HTTPS_PROXY=http://203.0.113.2:3128"], LOG);
    // A log that names another host of LocalStack's would have that host looked at, were it not for `--offline`.
    engine.says("localstack-main", "https://analytics.localstack.cloud/v1 cannot be reached");
    let endpoint = HttpServer::start(Reply::hang()).await;
    let here = format!("unix://{}", socket.display());
    let local = format!("http://{}", endpoint.address);
    let places = [
        (here.as_str(), local.as_str()),
        ("tcp://203.0.113.7:2375", "http://203.0.113.8:4566"),
        ("ssh://someone@engine.localstack.test", "http://localhost.localstack.test:4566"),
    ];
    for (engine, endpoint) in places {
        let options = ["--offline", "--timeout", "1s", "--docker-host", engine, "--endpoint-url", endpoint];
        let options = options.map(str::to_owned);
        let (doctor, trace) = (Doctor::new(), doctor.path().join("trace"));
        tokio::task::spawn_blocking(move || {
            for command in ["check", "check --wait=1s", "report", "record --for 1s -o r.ndjson --force"] {
                let words: Vec<_> = command.split(' ').map(str::to_owned).collect();
                run(&[traced(&trace), words, options.to_vec()].concat(), &doctor);
                expect_home(&trace, command);
            }
            dashboard(&[traced(&trace), options.to_vec()].concat(), &doctor, "Overview");
            expect_home(&trace, "dashboard");
        })
        .await
        .unwrap();
    }
    // Such a test is worth nothing if it cannot see what it looks for.
    let trace = doctor.path().join("trace");
    let away = ["check", "--only", "dns", "--timeout", "1s", "--dns-server", "203.0.113.53"].map(str::to_owned);
    run(&[traced(&trace), away.to_vec()].concat(), &doctor);
    assert!(calls(&trace).iter().any(|call| leads_away(call)), "{:#?}", calls(&trace));
}

fn expect_home(trace: &Path, what: &str) {
    let away: Vec<_> = calls(trace).into_iter().filter(|call| leads_away(call)).collect();
    assert!(away.is_empty(), "{what}: {away:#?}");
}

#[test]
#[ignore = "needs root, for a network namespace"]
fn without_any_network_the_answers_are_the_same() {
    let doctor = Doctor::new();
    let (program, unshare) = (vec![PROGRAM.to_owned()], ["unshare", "--net", "--", PROGRAM].map(str::to_owned));
    for command in quiet(&doctor) {
        let inside = run(&[unshare.to_vec(), command.clone()].concat(), &doctor);
        let outside = run(&[program.clone(), command.clone()].concat(), &doctor);
        assert_eq!(inside.status.into_raw(), outside.status.into_raw(), "{command:?}");
        assert!(!outside.stdout.is_empty(), "{command:?}");
        // All but the time of the day.
        let text = |output: &Output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines()
                .filter(|line| !line.contains("generated_at") && !line.contains("\"at\":"))
                .map(|line| format!("{line}\n"))
                .collect::<String>()
        };
        assert_eq!(text(&inside), text(&outside), "{command:?}");
    }
    dashboard(&[unshare.to_vec(), vec!["demo".to_owned()]].concat(), &doctor, "Overview");
}
