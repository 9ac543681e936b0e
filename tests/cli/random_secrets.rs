//! Random secrets at every entrance, looked for in every way out: what a fixed example cannot show.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, unreachable_pub, missing_docs)]

use crate::support::judge;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use lsdoctor::case::{Case, CaseEvent};
use lsdoctor::dashboard::{Model, Msg, Setup, Size, update, view};
use lsdoctor::diagnosis::{Catalogue, diagnose};
use lsdoctor::log::PhraseSet;
use lsdoctor::observations::LogLine;
use lsdoctor::probes::Context;
use lsdoctor::probes::offline::{Inputs, read};
use lsdoctor::scrub::Scrubber;
use lsdoctor::views::glyphs::Charset;
use lsdoctor::views::report;
use lsdoctor::views::report::Stored;
use lsdoctor::views::text::{Detail, Layout};
use lsdoctor::views::{ci, json, markdown, text};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[derive(Debug, Clone)]
struct Secrets {
    /// Between prefix and checksum.
    core: String,
    api_key: String,
    jwt: String,
    aws_id: String,
    aws_secret: String,
    password: String,
    bearer: String,
    mail: String,
    license_secret: String,
    signature: String,
}

impl Secrets {
    fn token(&self) -> String {
        format!("ls-{}abcd", self.core)
    }

    /// What may be seen nowhere, with its name.
    fn marks(&self) -> [(&'static str, &str); 11] {
        let payload = self.jwt.split('.').nth(1).unwrap();
        let first = &self.core[..13];
        [
            ("token", &self.core),
            ("token's beginning", first),
            ("API key", &self.api_key),
            ("JWT", payload),
            ("AWS key", &self.aws_id),
            ("AWS secret", &self.aws_secret),
            ("password", &self.password),
            ("bearer", &self.bearer),
            ("mail", &self.mail),
            ("license secret", &self.license_secret),
            ("signature", &self.signature),
        ]
    }

    fn found_in(&self, text: &str) -> Option<String> {
        let (name, mark) = self.marks().into_iter().find(|(_, mark)| text.contains(mark))?;
        let at = text.find(mark)?;
        let around: String = text[..at].chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
        Some(format!("{name} {mark} after {around:?}"))
    }
}

prop_compose! {
    fn secrets()(
        core in "[A-Za-z]{4}[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{8}",
        api_key in "[A-Za-z0-9]{10,20}Q7",
        jwt in "eyJ[A-Za-z0-9_-]{12,30}\\.[A-Za-z0-9_-]{16,40}x\\.[A-Za-z0-9_-]{16,40}",
        aws_id in "(AKIA|ASIA)[A-Z0-9]{16}",
        aws_secret in "[A-Za-z0-9+/]{38}Zz",
        password in "[A-Za-z0-9!#%+_.~-]{8,24}Vv",
        bearer in "[A-Za-z0-9+/._~-]{20,60}Ww",
        mail in "[a-z]{4,8}\\.[a-z]{4,8}xq",
        license_secret in "[A-Za-z0-9+/]{24,44}Uu",
        signature in "[A-Za-z0-9+/]{24,60}Tt",
    ) -> Secrets {
        Secrets { core, api_key, jwt, aws_id, aws_secret, password, bearer, mail, license_secret, signature }
    }
}

/// Lines as programs write them: every secret in the shapes in which it is met.
fn lines(s: &Secrets) -> String {
    let Secrets { api_key, jwt, aws_id, aws_secret, password, bearer, mail, license_secret, signature, .. } = s;
    let token = s.token();
    [
        "LocalStack version: 4.14.0".to_owned(),
        format!("using {token}, then '{token}' and ({token})"),
        format!("LOCALSTACK_AUTH_TOKEN={token} LOCALSTACK_API_KEY={api_key}"),
        format!("env: {{'LOCALSTACK_API_KEY': '{api_key}', 'X': 1}}"),
        format!("cookie session={jwt}; path=/"),
        format!("AWS_ACCESS_KEY_ID={aws_id} AWS_SECRET_ACCESS_KEY={aws_secret}"),
        format!("{{\"aws_secret_access_key\": \"{aws_secret}\", \"id\": \"{aws_id}\"}}"),
        format!("proxy http://corp:{password}@proxy.example:3128/ and https://{password}@host/x"),
        format!("DB_PASSWORD={password}"),
        format!("> Authorization: Bearer {bearer}"),
        format!("'authorization': 'Basic {bearer}', 'Proxy-Authorization': 'Basic {bearer}'"),
        format!("licensed to {mail}@example.org <{mail}@example.org>"),
        format!("license: {{\"license_secret\": \"{license_secret}\", \"signature\": \"{signature}\"}}"),
        format!(
            "Reason: Unexpected license server error: {{\"license_secret\": \"{license_secret}\", \"t\": \"{token}\"}}"
        ),
        "Localstack returning with exit code 55. Reason:".to_owned(),
        String::new(),
    ]
    .join("\n")
}

fn write(dir: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

fn env_file(s: &Secrets) -> String {
    let Secrets { api_key, aws_id, aws_secret, password, bearer, mail, jwt, .. } = s;
    format!(
        "LOCALSTACK_AUTH_TOKEN={}\nLOCALSTACK_API_KEY={api_key}\nAWS_ACCESS_KEY_ID={aws_id}\nAWS_SECRET_ACCESS_KEY={aws_secret}\n\
         HTTPS_PROXY=http://u:{password}@proxy:1\nDB_PASSWORD={password}\nHEADER=Authorization: Bearer {bearer}\nMAIL={mail}@example.org\nJWT={jwt}\n",
        s.token()
    )
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load().unwrap());
static PHRASES: LazyLock<Arc<PhraseSet>> = LazyLock::new(|| Arc::new(CATALOGUE.phrases().unwrap()));

/// A scrubber of its own: what an earlier case has taught it must not help.
fn context() -> Context {
    Context { scrubber: Arc::new(Scrubber::new()), phrases: Arc::clone(&PHRASES), ..judge::context(&CATALOGUE) }
}

/// Every screen of the dashboard, large enough to show all.
fn screens(case: &Case) -> String {
    let now = "2026-11-24T12:00:00Z".parse().unwrap();
    let (width, height) = (220, 120);
    let setup = Setup { zone: TimeZone::UTC, ..Setup::default() };
    let mut model = Model::new(setup, now, Size { width, height });
    let lines: Vec<LogLine> = case.snapshot.logs.value().map(|l| l.tail.clone()).unwrap_or_default();
    update(&mut model, Msg::Case(CaseEvent::from(case.clone())));
    update(&mut model, Msg::Case(CaseEvent::Lines(lines)));
    let mut text = String::new();
    for key in '1'..='8' {
        update(&mut model, Msg::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view(&model, frame)).unwrap();
        for row in terminal.backend().buffer().content.chunks(width.into()) {
            text.extend(row.iter().map(|cell| cell.symbol()));
            text.push('\n');
        }
    }
    text
}

/// What goes to the clipboard, to the browser and into a file's name, from every screen.
fn handed_over(case: &Case) -> String {
    let now = "2026-11-24T12:00:00Z".parse().unwrap();
    let mut model = Model::new(Setup::default(), now, Size { width: 220, height: 120 });
    update(&mut model, Msg::Case(CaseEvent::from(case.clone())));
    let mut press = |key| update(&mut model, Msg::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
    ('1'..='8').flat_map(|screen| [screen, 'y', 'o', 's']).map(|key| format!("{:?}", press(key).effects)).collect()
}

/// Everything that can be made of a case.
fn ways_out(case: &Case) -> Vec<(&'static str, String)> {
    let now = "2026-11-24T12:00:00Z".parse().unwrap();
    let d = &case.diagnosis;
    let layout = Layout { width: 100, charset: Charset::Unicode, color: false, links: false, detail: Detail::Verbose };
    vec![
        ("text", text::render(d, layout)),
        ("json", json::render(d, now).unwrap()),
        ("markdown", markdown::render(d)),
        ("github", ci::github(d, ci::Outcome::Failed)),
        ("junit", ci::junit(d, ci::Outcome::Failed)),
        ("report", report::markdown(case, now)),
        ("report as JSON", serde_json::to_string(&Stored::of(case, now)).unwrap()),
        ("list of a report", report::contents(case, now)),
        ("screens", screens(case)),
        ("clipboard and browser", handed_over(case)),
        ("debugged", format!("{case:?}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn files_of_any_kind_give_no_secret_away(s in secrets()) {
        let dir = tempfile::tempdir().unwrap();
        let d = dir.path();
        let token = s.token();
        let info = format!(
            "{{\"version\": \"4.14.0 {token}\", \"edition\": \"{}\", \"is_license_activated\": false, \"session_id\": \"{}@example.org\", \"system\": \"Bearer x Authorization: Bearer {}\"}}",
            s.jwt, s.mail, s.bearer
        );
        let variables: Vec<_> = env_file(&s).lines().map(|l| serde_json::to_string(l).unwrap()).collect();
        let inspect = format!(
            "[{{\"Id\": \"0a\", \"Name\": \"/{token}\", \"Config\": {{\"Image\": \"http://u:{}@r/localstack/localstack-pro\", \"Env\": [{}], \"Labels\": {{\"com.docker.compose.project\": \"{token}\"}}}}, \"State\": {{\"Status\": \"exited\", \"ExitCode\": 55, \"Error\": \"{token} {}\"}}, \"HostConfig\": {{\"Binds\": [\"/x{token}:/y\"], \"ExtraHosts\": [\"{token}:1\"]}}}}]",
            s.password, variables.join(", "), s.aws_id
        );
        let license = format!(
            "{{\"id\": \"1\", \"license_type\": \"{token}\", \"license_status\": \"{}@example.org\", \"license_secret\": \"{}\", \"signature\": \"{}\", \"expiry_date\": \"2030-01-01T00:00:00Z\", \"products\": [{{\"name\": \"{}\", \"version\": \"*\"}}]}}",
            s.mail, s.license_secret, s.signature, s.jwt
        );
        let given = Inputs {
            logs: vec![write(d, "log.txt", &lines(&s))],
            env: Some(write(d, "env.txt", &env_file(&s))),
            info: Some(write(d, "info.json", &info)),
            inspect: Some(write(d, "inspect.json", &inspect)),
            license: Some(write(d, "license.json", &license)),
            image: Some(format!("http://u:{}@r/localstack:{token}", s.password)),
            exit_code: Some(55),
        };
        let one_by_one = [
            Inputs { logs: given.logs.clone(), ..Inputs::default() },
            Inputs { env: given.env.clone(), ..Inputs::default() },
            Inputs { info: given.info.clone(), ..Inputs::default() },
            Inputs { inspect: given.inspect.clone(), ..Inputs::default() },
            Inputs { license: given.license.clone(), ..Inputs::default() },
            Inputs { image: given.image.clone(), ..Inputs::default() },
            given,
        ];
        let mut copied = 0;
        for given in one_by_one {
            let snapshot = read(&context(), &given).unwrap();
            let mut case = Case::new(snapshot);
            let now = "2026-11-24T12:00:00Z".parse().unwrap();
            case.conclude(diagnose(&case.snapshot, &CATALOGUE, now), now);
            copied += handed_over(&case).matches("Copy(").count();
            for (way, text) in ways_out(&case) {
                prop_assert_eq!(s.found_in(&text), None, "{} of {:?}", way, given);
            }
        }
        prop_assert!(copied > 0);
    }
}

/// Answers every request with this, whatever it is for.
fn server(answer: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    })]

    /// Home, environment, configuration, command line, and what engine, endpoint and license server answer.
    #[test]
    fn a_machine_full_of_secrets_gives_none_away(s in secrets()) {
        let dir = tempfile::tempdir().unwrap();
        let d = dir.path();
        let token = s.token();
        write(d, ".localstack/default.env", &env_file(&s));
        write(d, ".localstack/auth.json", &format!("{{\"LOCALSTACK_AUTH_TOKEN\": \"{token}\"}}"));
        write(d, ".config/lstk/auth-token", &token);
        write(d, ".env", &env_file(&s));
        let license = format!("{{\"license_secret\": \"{}\", \"signature\": \"{}\", \"license_type\": \"pro\"}}", s.license_secret, s.signature);
        write(d, ".cache/localstack-cli/license.json", &license);
        let variables: String = env_file(&s).lines().map(|l| format!("      - {}\n", serde_json::to_string(l).unwrap())).collect();
        write(d, "compose.yaml", &format!("services:\n  localstack:\n    image: localstack/localstack-pro\n    environment:\n{variables}"));
        write(d, ".config/lsdoctor/config.toml", &format!("endpoint-url = \"http://u:{}@127.0.0.1:1\"\n", s.password));
        let body = format!("<html><title>{token} {} {}</title>{}</html>", s.jwt, s.aws_id, lines(&s));
        let port = server(format!(
            "HTTP/1.1 403 {token}\r\nServer: {token}\r\nWWW-Authenticate: {token}\r\nLocation: http://u:{}@h/{token}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            s.password, body.len()
        ));
        let run = |args: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_lsdoctor"));
            command.env_clear().env("HOME", d).env("PATH", "/usr/bin:/bin").current_dir(d).stdin(Stdio::null());
            command.envs(env_file(&s).lines().filter_map(|l| l.split_once('=')));
            let output = command.args(args).output().unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
        };
        let endpoint = format!("http://u:{}@127.0.0.1:{port}", s.password);
        let api = format!("http://u:{}@127.0.0.1:{port}/v1", s.password);
        let engine = format!("tcp://127.0.0.1:{port}");
        let more = ["--endpoint-url", &endpoint, "--api-endpoint", &api, "--docker-host", &engine, "--container", &token, "--timeout", "2s"];
        let mut commands: Vec<Vec<&str>> = ["text", "json", "markdown", "github", "junit"]
            .map(|format| vec!["check", "-v", "--compose=compose.yaml", "--format", format])
            .into();
        commands.extend([vec!["report"], vec!["report", "--format", "json"], vec!["report", "--dry-run"], vec!["report", "--anonymize"]]);
        commands.push(vec!["record", "--for", "300ms", "-o", "recording"]);
        for command in commands {
            let text = run(&[&command[..], &more].concat());
            prop_assert!(command[0] == "record" || text.len() > 200, "{:?} says nothing: {}", command, text);
            prop_assert_eq!(s.found_in(&text), None, "{:?}", command);
        }
        let recording = std::fs::read_to_string(d.join("recording")).unwrap_or_default();
        prop_assert!(recording.lines().count() > 3, "{}", recording);
        prop_assert_eq!(s.found_in(&recording), None);
        // The configuration's own endpoint, and errors that quote what they cannot read.
        let text = run(&["check", "--offline", "--docker-host", "unix:///nowhere"]);
        prop_assert_eq!(s.found_in(&text), None);
        for (args, file) in [("--inspect", "broken.json"), ("--info", "broken.json"), ("--config", "broken.toml")] {
            let broken = write(d, file, &format!("{{\"LOCALSTACK_AUTH_TOKEN\": \"{token}\" oops LOCALSTACK_API_KEY = {}\n", s.api_key));
            let text = run(&["diagnose", "--exit-code", "1", args, broken.to_str().unwrap()]);
            prop_assert_eq!(s.found_in(&text), None, "{}", args);
        }
        let wrong = [
            vec!["check".to_owned(), "--only".to_owned(), token.clone()],
            vec!["diagnose".to_owned(), "--exit-code".to_owned(), token.clone()],
            vec!["explain".to_owned(), token.clone()],
            vec![token.clone()],
            vec!["check".to_owned(), "--endpoint-url".to_owned(), format!("ftp://u:{}@h", s.password)],
            vec!["check".to_owned(), "--api-endpoint".to_owned(), format!("ftp://u:{}@h", s.password)],
            vec!["check".to_owned(), "--docker-host".to_owned(), format!("http://u:{}@h:1", s.password), "--offline".to_owned()],
        ];
        for args in wrong {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            prop_assert_eq!(s.found_in(&run(&args)), None, "{:?}", args);
        }
    }
}
