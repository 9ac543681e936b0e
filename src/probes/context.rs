//! What probes are given: the request, limits, this machine, the scrubber, the phrases and the clock. Captured once, and
//! never changed afterwards. Besides `main` and `host`, this is the only file that reads the time.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::host::Host;
use crate::log::PhraseSet;
use crate::observations::{Machine, Target, host_of};
use crate::scrub::Scrubber;

/// LocalStack's license server, unless `API_ENDPOINT` says otherwise.
pub const DEFAULT_API_ENDPOINT: &str = "https://api.localstack.cloud/v1";

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
    /// Gives the time; [`clock`], unless a test has a time of its own.
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

/// Without addresses: a password may stand in a URL.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { container, limits, host, .. } = self;
        let mut shown = f.debug_struct("Context");
        shown.field("container", container).field("limits", limits).field("host", host);
        shown.finish_non_exhaustive()
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

    /// A context in which the user named nothing.
    ///
    /// Whoever makes one calls [`learn_shell_tokens`](super::credentials::learn_shell_tokens) next, so that the credentials
    /// of this shell are hidden from the first observation on.
    pub fn new(host: Host, limits: Limits, phrases: Arc<PhraseSet>) -> Self {
        Self {
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
            clock,
        }
    }

    /// This context with another container named.
    #[must_use]
    pub fn with_container(&self, name: &str) -> Self {
        Self { container: Some(name.to_owned()), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_debugged_shows_no_value_that_may_be_secret() {
        let folder = tempfile::tempdir().unwrap();
        let mut context = crate::probes::sources::docker::fake::context_in(folder.path());
        context.host.env.insert("LOCALSTACK_AUTH_TOKEN".into(), "ls-marked".into());
        context.endpoint = Some("http://u:marked@h:1".into());
        context.docker_host = context.endpoint.clone();
        context.api_endpoint = "https://u:marked@h/v1".into();
        context.scrubber.learn_secret("a-marked-secret");
        let shown = format!("{context:?} {:?} {:?}", context.host, context.scrubber);
        assert!(shown.contains("LOCALSTACK_AUTH_TOKEN") && !shown.contains("marked"), "{shown}");
    }

    #[test]
    fn offline_this_machine_alone_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let mut context = crate::probes::sources::docker::fake::context_in(folder.path());
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
}
