//! Everything that was seen, and how one observation more changes it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::*;

/// Everything that was seen, one field per subject. The diagnosis sees nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Snapshot {
    /// What was asked for.
    pub target: Target,
    /// The container engine.
    pub engine: Observation<Engine>,
    /// LocalStack's containers.
    pub instances: Observation<Instances>,
    /// LocalStack's HTTP endpoint.
    pub endpoint: Observation<Endpoint>,
    /// The start-up log.
    pub logs: Observation<LogDigest>,
    /// Credentials, on the host and in the container.
    pub credentials: Observation<Credentials>,
    /// Cached licenses, on the host and in the container.
    pub cache: Observation<Vec<CachedLicense>>,
    /// The compose file.
    pub compose: Observation<ComposeFile>,
    /// LocalStack's other hosts.
    pub other_hosts: Observation<Vec<OtherHost>>,
    /// The way to the license host, seen from this machine.
    pub host: Ladder,
    /// The same as the container is configured, asked from this machine.
    pub inside: Ladder,
}

impl Snapshot {
    /// The chosen container, if one was found.
    pub fn container(&self) -> Option<&Container> {
        self.instances.value()?.chosen.as_ref()
    }

    /// The ladder of one viewpoint.
    pub const fn ladder(&self, from: Viewpoint) -> &Ladder {
        match from {
            Viewpoint::Host => &self.host,
            Viewpoint::Container => &self.inside,
        }
    }

    /// Takes one observation in, replacing the earlier one of the same subject.
    pub fn apply(&mut self, update: Update) {
        match update {
            Update::Engine(o) => self.engine = o,
            Update::Instances(o) => self.instances = *o,
            Update::Endpoint(o) => self.endpoint = o,
            Update::Logs(o) => {
                // A container that removed itself took its log along: what was read of it is all there will ever be.
                if o.value().is_some() || !self.log_is_of_vanished() {
                    self.logs = o;
                }
            }
            Update::Credentials(o) => self.credentials = o,
            Update::Cache(o) => self.cache = o,
            Update::Compose(o) => self.compose = o,
            Update::Hosts(o) => self.other_hosts = o,
            Update::Dns(from, o) => self.ladder_mut(from).dns = o,
            Update::Tcp(from, o) => self.ladder_mut(from).tcp = o,
            Update::Tls(from, o) => self.ladder_mut(from).tls = o,
            Update::Https(from, o) => self.ladder_mut(from).https = o,
            Update::Proxy(from, o) => self.ladder_mut(from).proxy = o,
        }
    }

    /// Whether the log that was read is that of the container that vanished last, and no other container is in question.
    fn log_is_of_vanished(&self) -> bool {
        let gone = self.instances.value().filter(|i| i.chosen.is_none()).and_then(|i| i.vanished.first());
        let log = self.logs.value();
        gone.zip(log).is_some_and(|(gone, log)| log.lines > 0 && log.source == format!("container {}", gone.name))
    }

    /// Nothing more is awaited: what has not answered has not.
    pub fn expire(&mut self, at: Timestamp) {
        self.engine.expire(at);
        self.instances.expire(at);
        self.endpoint.expire(at);
        self.logs.expire(at);
        self.credentials.expire(at);
        self.cache.expire(at);
        self.compose.expire(at);
        self.other_hosts.expire(at);
    }

    /// Every observation that was made, one update each: applied to an empty snapshot they give this one again.
    pub fn updates(&self) -> Vec<Update> {
        let mut list = vec![
            Update::Engine(self.engine.clone()),
            Update::Instances(Box::new(self.instances.clone())),
            Update::Endpoint(self.endpoint.clone()),
            Update::Logs(self.logs.clone()),
            Update::Credentials(self.credentials.clone()),
            Update::Cache(self.cache.clone()),
            Update::Compose(self.compose.clone()),
            Update::Hosts(self.other_hosts.clone()),
        ];
        for from in Viewpoint::ALL {
            let ladder = self.ladder(from);
            list.push(Update::Proxy(from, ladder.proxy.clone()));
            list.push(Update::Dns(from, ladder.dns.clone()));
            list.push(Update::Tcp(from, ladder.tcp.clone()));
            list.push(Update::Tls(from, ladder.tls.clone()));
            list.push(Update::Https(from, ladder.https.clone()));
        }
        list
    }

    const fn ladder_mut(&mut self, from: Viewpoint) -> &mut Ladder {
        match from {
            Viewpoint::Host => &mut self.host,
            Viewpoint::Container => &mut self.inside,
        }
    }
}

/// One observation on its way into a [`Snapshot`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Update {
    /// The engine.
    Engine(Observation<Engine>),
    /// The containers.
    Instances(Box<Observation<Instances>>),
    /// The endpoint.
    Endpoint(Observation<Endpoint>),
    /// The log.
    Logs(Observation<LogDigest>),
    /// The credentials.
    Credentials(Observation<Credentials>),
    /// The cached licenses.
    Cache(Observation<Vec<CachedLicense>>),
    /// The compose file.
    Compose(Observation<ComposeFile>),
    /// LocalStack's other hosts.
    Hosts(Observation<Vec<OtherHost>>),
    /// Name resolution.
    Dns(Viewpoint, Observation<Dns>),
    /// Connections.
    Tcp(Viewpoint, Observation<Tcp>),
    /// Certificates.
    Tls(Viewpoint, Observation<Tls>),
    /// The HTTP answer.
    Https(Viewpoint, Observation<Https>),
    /// The proxy.
    Proxy(Viewpoint, Observation<Proxy>),
}

impl Update {
    /// Which check this is an answer of.
    pub const fn probe(&self) -> ProbeId {
        match self {
            Self::Engine(_) => ProbeId::Engine,
            Self::Instances(_) => ProbeId::Container,
            Self::Endpoint(_) => ProbeId::Endpoint,
            Self::Logs(_) => ProbeId::Logs,
            Self::Credentials(_) => ProbeId::Credentials,
            Self::Cache(_) => ProbeId::Cache,
            Self::Compose(_) => ProbeId::Compose,
            Self::Hosts(_) => ProbeId::Hosts,
            Self::Dns(..) => ProbeId::Dns,
            Self::Tcp(..) => ProbeId::Tcp,
            Self::Tls(..) => ProbeId::Tls,
            Self::Https(..) => ProbeId::Https,
            Self::Proxy(..) => ProbeId::Proxy,
        }
    }
}
