//! Everything a probe may look at: addresses, roots, variables, limits and the clock, captured once.
//! The only place, besides `main`, that reads the process's environment or the time.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::credentials;
use super::engine::Link;
use super::environment::Environment;
use super::scrub::Scrubber;
use crate::observations::{Ci, Machine, PhraseSet, Target, host_of};

/// LocalStack's license server, unless `API_ENDPOINT` says otherwise.
pub const DEFAULT_API_ENDPOINT: &str = "https://api.localstack.cloud/v1";
/// LocalStack's endpoint, unless a container publishes another.
pub const DEFAULT_ENDPOINT: &str = "http://localhost:4566";

/// Variables by which lstk tells a program that it runs of itself (`LSTK_EXT_CONTEXT` and others; lstk's source).
const LSTK_CONTEXT: &str = "LSTK_EXT_";

/// What probes may use. Tests build one in a temporary directory with fake ports.
#[derive(Clone)]
pub struct Context {
    /// The endpoint the user named, if one was named.
    pub endpoint: Option<String>,
    /// The container the user named, if one was named.
    pub container: Option<String>,
    /// The engine the user named, if one was named; `DOCKER_HOST` is in `env`.
    pub docker_host: Option<String>,
    /// Base URL of the license server.
    pub api_endpoint: String,
    /// Resolvers to ask instead of the system's.
    pub dns_servers: Vec<SocketAddr>,
    /// Compose files to look at before anything is started, merged in order.
    pub compose: Option<Vec<PathBuf>>,
    /// URLs of LocalStack's other hosts.
    pub other_hosts: Vec<String>,
    /// Limits and permissions.
    pub limits: Limits,
    /// The host: variables, home, working directory, root.
    pub host: Host,
    /// Hides secrets and control characters in everything that is taken up.
    pub scrubber: Arc<Scrubber>,
    /// Texts to look for in logs.
    pub phrases: Arc<PhraseSet>,
    /// The engine that answered; set by the `engine` probe, used by the others.
    pub link: tokio::sync::watch::Sender<Option<Link>>,
    /// Tells the time; [`clock`], unless a test has a time of its own.
    pub clock: fn() -> Timestamp,
}

/// How far a probe may go.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The time each check may take.
    pub timeout: Duration,
    /// Nothing beyond this machine may be asked.
    pub offline: bool,
    /// The system's keyring may be asked, although it can open a prompt.
    pub keyring: bool,
}

/// The host as probes see it. Probes read files below `root` and never ask the process for its environment.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// Environment variables.
    pub env: Environment,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// The working directory.
    pub cwd: PathBuf,
    /// `/`, or a temporary directory in tests.
    pub root: PathBuf,
}

/// Without addresses: a password may stand in a URL.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { container, limits, host, link, .. } = self;
        let mut shown = f.debug_struct("Context");
        shown.field("container", container).field("limits", limits).field("host", host).field("link", &link.borrow());
        shown.finish_non_exhaustive()
    }
}

impl Host {
    /// The real host.
    pub fn capture() -> Self {
        let env: Environment = std::env::vars_os()
            // lstk hands its context to programs it runs, the token in it: that is not ours to know.
            .filter(|(name, _)| !name.to_string_lossy().starts_with(LSTK_CONTEXT))
            .map(|(k, v)| (k.to_string_lossy().into_owned(), v.to_string_lossy().into_owned()))
            .collect();
        let home = env.get("HOME").or_else(|| env.get("USERPROFILE")).filter(|h| !h.is_empty()).map(PathBuf::from);
        Self { home, cwd: std::env::current_dir().unwrap_or_default(), root: PathBuf::from("/"), env }
    }

    /// A variable that is set to something.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).filter(|v| !v.is_empty())
    }

    /// A path such as `/etc/hosts`, below `root`.
    pub fn path(&self, absolute: &str) -> PathBuf {
        self.root.join(absolute.trim_start_matches('/'))
    }

    /// A path below the home directory.
    pub fn in_home(&self, relative: impl AsRef<Path>) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(relative))
    }

    /// The CI service, as its variables tell.
    pub fn ci(&self) -> Option<Ci> {
        const SERVICES: [(&str, &str); 8] = [
            ("GITHUB_ACTIONS", "GitHub Actions"),
            ("GITLAB_CI", "GitLab CI"),
            ("CIRCLECI", "CircleCI"),
            ("JENKINS_URL", "Jenkins"),
            ("BITBUCKET_BUILD_NUMBER", "Bitbucket Pipelines"),
            ("TF_BUILD", "Azure Pipelines"),
            ("TRAVIS", "Travis CI"),
            ("CI", "a CI service"),
        ];
        let (_, name) =
            SERVICES.into_iter().find(|(variable, _)| self.var(variable).is_some_and(|v| v != "false" && v != "0"))?;
        Some(Ci { name: name.to_owned(), without_secrets: self.secrets_withheld() })
    }

    fn secrets_withheld(&self) -> Option<String> {
        if self.var("GITHUB_ACTOR") == Some("dependabot[bot]") {
            return Some("runs started by Dependabot get no repository secrets".to_owned());
        }
        let fork = |source: &str, target: &str| match (self.var(source), self.var(target)) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        };
        if self.var("GITHUB_EVENT_NAME") == Some("pull_request")
            && self.var("GITHUB_ACTIONS").is_some()
            && self.github_fork()
        {
            return Some("pull requests from forks get no repository secrets".to_owned());
        }
        if fork("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "CI_MERGE_REQUEST_PROJECT_PATH") {
            return Some("merge requests from forks get no protected variables".to_owned());
        }
        if self.var("CIRCLE_PR_USERNAME").is_some() {
            return Some("pull requests from forks get no secrets unless the project allows it".to_owned());
        }
        if self.var("TRAVIS_SECURE_ENV_VARS") == Some("false") {
            return Some("this build has no encrypted variables".to_owned());
        }
        (self.var("SYSTEM_PULLREQUEST_ISFORK").is_some_and(|v| v.eq_ignore_ascii_case("true")))
            .then(|| "builds of forks get no secrets unless the pipeline allows it".to_owned())
    }

    /// The event file of GitHub Actions names the head repository; read at most 1 MiB of it.
    fn github_fork(&self) -> bool {
        let Some(path) = self.var("GITHUB_EVENT_PATH") else { return false };
        let Ok(text) = super::files::read_bounded(Path::new(path), 1 << 20) else { return false };
        let Ok(event) = serde_json::from_slice::<serde_json::Value>(&text) else { return false };
        event.pointer("/pull_request/head/repo/fork").and_then(serde_json::Value::as_bool).unwrap_or(false)
    }
}

/// The system's clock.
pub fn clock() -> Timestamp {
    Timestamp::now()
}

impl Context {
    /// The time. Everything that needs the time gets it from here.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether this host may be asked. Offline, that is this machine, by an address that nobody needs to look up.
    pub(crate) fn permits(&self, host: &str) -> bool {
        let local = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
        !self.limits.offline || host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(local)
    }

    /// Host name of the license server, without port.
    pub fn license_host(&self) -> String {
        host_of(&self.api_endpoint)
    }

    /// What was asked for, as it goes into the snapshot.
    pub fn target(&self) -> Target {
        Target {
            endpoint: self.endpoint.as_deref().map(|e| self.scrubber.text(e)),
            container: self.container.as_deref().map(|c| self.scrubber.text(c)),
            api_endpoint: self.scrubber.text(&self.api_endpoint),
            license_host: self.license_host(),
            offline: self.limits.offline,
            from_files: false,
            machine: Machine {
                os: std::env::consts::OS.to_owned(),
                arch: std::env::consts::ARCH.to_owned(),
                ci: self.host.ci(),
            },
        }
    }

    /// A context in which the user named nothing. This shell's credentials are hidden in it from the beginning.
    pub fn new(host: Host, limits: Limits, phrases: Arc<PhraseSet>) -> Self {
        let context = Self {
            endpoint: None,
            container: None,
            docker_host: None,
            api_endpoint: DEFAULT_API_ENDPOINT.to_owned(),
            dns_servers: Vec::new(),
            compose: None,
            other_hosts: Vec::new(),
            limits,
            host,
            scrubber: Arc::new(Scrubber::new()),
            phrases,
            link: tokio::sync::watch::Sender::default(),
            clock,
        };
        credentials::learn(&context);
        context
    }

    /// The same, about another container.
    #[must_use]
    pub fn with_container(&self, name: &str) -> Self {
        // A channel of its own: the one who looks at another container may find another engine.
        let link = tokio::sync::watch::Sender::new(self.link());
        Self { container: Some(name.to_owned()), link, ..self.clone() }
    }

    /// The engine that answered, if one did.
    pub fn link(&self) -> Option<Link> {
        self.link.borrow().clone()
    }

    /// The engine that answered, or the first that will.
    pub async fn linked(&self) -> Option<Link> {
        self.link.subscribe().wait_for(Option::is_some).await.ok()?.clone()
    }

    /// Keeps the engine that answered.
    pub fn set_link(&self, link: Option<Link>) {
        self.link.send_replace(link);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_debugged_shows_no_value_that_may_be_secret() {
        let folder = tempfile::tempdir().unwrap();
        let mut context = crate::probes::engine::fake::context_in(folder.path());
        context.host.env.insert("LOCALSTACK_AUTH_TOKEN".into(), "ls-marked".into());
        context.endpoint = Some("http://u:marked@h:1".into());
        context.docker_host = context.endpoint.clone();
        context.api_endpoint = "https://u:marked@h/v1".into();
        context.scrubber.learn("a-marked-secret");
        let shown = format!("{context:?} {:?} {:?}", context.host, context.scrubber);
        assert!(shown.contains("LOCALSTACK_AUTH_TOKEN") && !shown.contains("marked"), "{shown}");
    }

    #[test]
    fn offline_this_machine_alone_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let mut context = crate::probes::engine::fake::context_in(folder.path());
        for (host, here) in [("localhost", true), ("127.0.0.9", true), ("::1", true), ("0.0.0.0", true)]
            .into_iter()
            .chain([("10.0.0.1", false), ("localhost.localstack.cloud", false), ("docker", false), ("", false)])
        {
            context.limits.offline = true;
            assert_eq!(context.permits(host), here, "{host}");
            context.limits.offline = false;
            assert!(context.permits(host), "{host}");
        }
    }

    #[test]
    fn each_ci_service_is_known_by_its_variables_and_a_plain_shell_is_none() {
        assert_eq!(Host::default().ci(), None);
        for (variable, value, name) in [
            ("GITHUB_ACTIONS", "true", Some("GitHub Actions")),
            ("GITLAB_CI", "true", Some("GitLab CI")),
            ("CIRCLECI", "true", Some("CircleCI")),
            ("JENKINS_URL", "http://ci/", Some("Jenkins")),
            ("BITBUCKET_BUILD_NUMBER", "7", Some("Bitbucket Pipelines")),
            ("TF_BUILD", "True", Some("Azure Pipelines")),
            ("TRAVIS", "true", Some("Travis CI")),
            ("CI", "1", Some("a CI service")),
            ("CI", "false", None),
            ("CI", "", None),
        ] {
            let env = [("CI", "true"), (variable, value)].map(|(n, v)| (n.to_owned(), v.to_owned()));
            let ci = Host { env: env.into(), ..Host::default() }.ci();
            assert_eq!(ci.as_ref().map(|ci| ci.name.as_str()), name, "{variable}={value}");
            assert_eq!(ci.and_then(|ci| ci.without_secrets), None, "{variable}");
        }
    }

    #[test]
    fn runs_that_get_no_secrets_are_known_and_others_are_not_suspected() {
        let folder = tempfile::tempdir().unwrap();
        let event = |fork: bool| {
            let path = folder.path().join(format!("{fork}.json"));
            std::fs::write(&path, format!(r#"{{"pull_request": {{"head": {{"repo": {{"fork": {fork}}}}}}}}}"#))
                .unwrap();
            path.display().to_string()
        };
        let github = |rest: &[(&str, &str)]| -> Vec<(String, String)> {
            let own = [("GITHUB_ACTIONS", "true"), ("GITHUB_ACTOR", "someone")];
            own.iter().chain(rest).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
        };
        let plain = |rest: &[(&str, &str)]| -> Vec<(String, String)> {
            rest.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
        };
        let (fork, own) = (event(true), event(false));
        let pull = |path: &str| github(&[("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_EVENT_PATH", path)]);
        let merge = |source: &str| {
            let target = ("CI_MERGE_REQUEST_PROJECT_PATH", "corp/app");
            plain(&[("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", source), target])
        };
        for (env, says) in [
            (github(&[("GITHUB_ACTOR", "dependabot[bot]")]), Some("Dependabot")),
            (pull(&fork), Some("forks")),
            (pull(&own), None),
            (pull("/nonexistent"), None),
            (github(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_EVENT_PATH", &fork)]), None),
            (merge("someone/app"), Some("forks")),
            (merge("corp/app"), None),
            (plain(&[("CIRCLECI", "true"), ("CIRCLE_PR_USERNAME", "someone")]), Some("forks")),
            (plain(&[("TRAVIS", "true"), ("TRAVIS_SECURE_ENV_VARS", "false")]), Some("encrypted")),
            (plain(&[("TRAVIS", "true"), ("TRAVIS_SECURE_ENV_VARS", "true")]), None),
            (plain(&[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_ISFORK", "True")]), Some("forks")),
            (plain(&[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_ISFORK", "False")]), None),
        ] {
            let host = Host { env: env.iter().cloned().collect(), ..Host::default() };
            let found = host.ci().unwrap().without_secrets;
            assert_eq!(found.is_some(), says.is_some(), "{env:?}: {found:?}");
            assert!(says.is_none_or(|s| found.unwrap().contains(s)), "{env:?}");
        }
    }
}
