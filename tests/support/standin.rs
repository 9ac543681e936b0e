//! Stand-ins for LocalStack on a real engine: tiny containers that print its lines, exit as it does, or serve its info.
//! What a test expects of them does not belong here.
#![allow(dead_code, unreachable_pub, reason = "each test binary includes this file and uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may end here")]

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Names the engine; tests that need one are ignored without it.
pub const ENGINE: &str = "LSDOCTOR_TEST_ENGINE";
/// The image of LocalStack that most stand-ins pretend to be.
pub const PRO: &str = "localstack/localstack-pro:4.14.0";
/// Whatever a container does in these tests takes a second or two; a loaded machine gets more.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Marks our containers, so that leftovers can be removed.
const LABEL: &str = "lsdoctor.test";
/// The image everything is tagged from.
const BASE: &str = "lsdoctor-test/base:1";

/// Fails as LocalStack does without credentials.
pub const WITHOUT_CREDENTIALS: &str = r#"echo
echo "LocalStack version: 4.14.0"
echo "LocalStack build date: 2026-02-26"
echo "LocalStack build git hash: 0a1b2c3d4"
echo
echo "2026-11-24T19:19:58.108  INFO --- [  MainThread] l.p.c.b.licensingv2        : Docker not available"
echo "Localstack returning with exit code 55. Reason: "
echo "==============================================="
echo "License activation failed! 🔑❌"
echo
echo "Reason: No credentials were found in the environment. Please make sure to either set the LOCALSTACK_AUTH_TOKEN variable to a valid auth token. If you are using the CLI, you can also run localstack auth set-token."
echo
echo "Due to this error, Localstack has quit. LocalStack pro features can only be used with a valid license."
exit 55"#;

/// Serves an activated `/_localstack/info` and `/_localstack/health` on 4566, and logs as an activated LocalStack does.
pub const ACTIVATED: &str = r#"echo "LocalStack version: 4.14.0"
echo "2026-11-24T19:19:58.108  INFO --- [  MainThread] l.p.c.b.licensingv2        : Successfully activated cached license 12345:pro from /var/lib/localstack/cache/license.json 🔑✅"
echo "Ready."
cat > /tmp/answer <<'END'
#!/bin/sh
read -r method path version
while read -r line && [ ${#line} -gt 1 ]; do :; done
case $path in
/_localstack/info) body='{"version": "4.14.0", "edition": "pro", "is_license_activated": true, "session_id": "0a", "machine_id": "dkr_0a", "system": "linux", "is_docker": true, "server_time_utc": "2026-11-24T19:20:00", "uptime": 2}' ;;
*) body='{"services": {"s3": "available"}, "edition": "pro", "version": "4.14.0"}' ;;
esac
printf 'HTTP/1.1 200 OK\r\nServer: TwistedWeb/24.3.0\r\nx-localstack: true\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' ${#body} "$body"
END
chmod +x /tmp/answer
exec nc -ll -p 4566 -e /tmp/answer"#;

/// A container to be started.
#[derive(Debug, Clone, Copy)]
pub struct Spec<'a> {
    /// Image; made from the base when it does not exist.
    pub image: &'a str,
    /// Container name.
    pub name: &'a str,
    /// What the shell in it runs.
    pub script: &'a str,
    /// `NAME=value`.
    pub env: &'a [&'a str],
    /// As `--publish` takes them.
    pub ports: &'a [&'a str],
    /// `name=value`.
    pub labels: &'a [&'a str],
    /// More arguments of `docker create`.
    pub args: &'a [&'a str],
}

impl Default for Spec<'_> {
    fn default() -> Self {
        let script = WITHOUT_CREDENTIALS;
        Self { image: PRO, name: "localstack-main", script, env: &[], ports: &[], labels: &[], args: &[] }
    }
}

/// The engine, for one test at a time: what is found on it must be this test's.
#[derive(Debug)]
pub struct Engine {
    /// Its address.
    pub host: String,
    _turn: File,
}

/// A container that is removed when this is dropped.
#[derive(Debug)]
pub struct Guard {
    /// Its id in full.
    pub id: String,
    /// Whether the start succeeded.
    pub started: bool,
    host: String,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = docker(&self.host, &["rm", "--force", "--volumes", &self.id]);
    }
}

impl Guard {
    /// One field of `docker inspect`, such as `{{.State.Status}}`; empty once the container is gone.
    pub fn field(&self, format: &str) -> String {
        let output = docker(&self.host, &["inspect", "--type", "container", "--format", format, &self.id]);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Waits until it has ended.
    pub fn exited(self) -> Self {
        // Podman says `stopped` for a moment or for good.
        wait("it has ended", || matches!(self.field("{{.State.Status}}").as_str(), "exited" | "stopped"));
        self
    }

    /// The host's port that was given to 4566.
    pub fn port(&self) -> u16 {
        self.field(r#"{{(index (index .NetworkSettings.Ports "4566/tcp") 0).HostPort}}"#).parse().unwrap()
    }
}

impl Engine {
    /// The engine that the environment names.
    pub fn from_env() -> Self {
        Self::at(std::env::var(ENGINE).unwrap_or_else(|_| panic!("{ENGINE} names no engine; .ci/engine starts one")))
    }

    /// The engine at this address, free of our leftovers. Waits for its turn.
    pub fn at(host: String) -> Self {
        let turn = File::create(std::env::temp_dir().join("lsdoctor-engine-tests.lock")).unwrap();
        turn.lock().unwrap();
        let engine = Self { host, _turn: turn };
        let left = engine.docker(&["ps", "--all", "--quiet", "--filter", &format!("label={LABEL}")]);
        for id in left.split_whitespace() {
            let _ = docker(&engine.host, &["rm", "--force", "--volumes", id]);
        }
        if !docker(&engine.host, &["image", "inspect", BASE]).status.success() {
            engine.import(BASE, &[]);
        }
        engine
    }

    /// Runs docker's client; a failure ends the test.
    pub fn docker(&self, args: &[&str]) -> String {
        let output = docker(&self.host, args);
        assert!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Makes an image of the base's content; `changes` are instructions such as `ENV A=1`. Gives its id.
    pub fn import(&self, image: &str, changes: &[&str]) -> String {
        let mut args = vec!["-H", &self.host, "import"];
        changes.iter().for_each(|change| args.extend(["--change", change]));
        args.extend(["-", image]);
        let mut child =
            Command::new("docker").args(&args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), &content()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "docker import {image}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Creates and starts a container. A start that fails is no failure of the test.
    pub fn run(&self, spec: Spec<'_>) -> Guard {
        if !docker(&self.host, &["image", "inspect", spec.image]).status.success() {
            self.docker(&["tag", BASE, spec.image]);
        }
        let mut args = vec!["create", "--label", LABEL, "--name", spec.name];
        spec.env.iter().for_each(|v| args.extend(["--env", v]));
        spec.ports.iter().for_each(|p| args.extend(["--publish", p]));
        spec.labels.iter().for_each(|l| args.extend(["--label", l]));
        args.extend(spec.args);
        args.extend([spec.image, "/bin/sh", "-c", spec.script]);
        let id = self.docker(&args);
        let mut guard = Guard { id, started: false, host: self.host.clone() };
        guard.started = docker(&self.host, &["start", &guard.id]).status.success();
        guard
    }
}

fn docker(host: &str, args: &[&str]) -> Output {
    Command::new("docker").args(["-H", host]).args(args).output().expect("docker's client is installed")
}

/// Waits until the condition holds, and fails if it does not.
pub fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A file system with a static busybox under all its names, and a link to follow.
fn content() -> Vec<u8> {
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].map(PathBuf::from).into_iter().find(|p| p.exists());
    let busybox = std::fs::read(busybox.expect("busybox-static is installed")).unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |path: &str, kind, mode, content: &[u8], link: Option<&str>| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        match link {
            Some(target) => tar.append_link(&mut header, path, target).unwrap(),
            None => tar.append_data(&mut header, path, content).unwrap(),
        }
    };
    use tar::EntryType::{Directory, Regular, Symlink};
    for folder in ["bin/", "etc/", "tmp/", "proc/", "sys/", "dev/", "var/lib/localstack/cache/"] {
        add(folder, Directory, 0o777, b"", None);
    }
    add("bin/busybox", Regular, 0o755, &busybox, None);
    for name in ["sh", "cat", "chmod", "echo", "mkdir", "nc", "printf", "sleep", "seq", "yes", "head"] {
        add(&format!("bin/{name}"), Symlink, 0o777, b"", Some("busybox"));
    }
    add("etc/note", Regular, 0o644, b"a note\n", None);
    add("etc/link", Symlink, 0o777, b"", Some("note"));
    tar.into_inner().unwrap()
}
