//! Which probe runs after which. The only file that uses all probes.
//!
//! ```text
//! sources ──> instances and their secrets ──> logs, credentials, cache, compose, path from the container
//!        └──> the engine's proxies       └──> endpoint, if the instance publishes another one
//! path from this machine, other hosts, usual endpoint: at once
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use tokio::sync::oneshot;

use super::chosen::Chosen;
use super::context::Context;
use super::guard::{EventSender, ProbeEvent, observe, send};
use super::instances::Found;
use super::sources::{Source, Sources};
use super::{compose, credentials, endpoint, instances, license_cache, logs, network};
use crate::observations::{
    Credentials, Endpoint, Engine, InstanceEvidence, InstanceRun, LogDigest, Observation, Place, PlaceKind, ProbeId,
    Status, Update, Viewpoint, host_of,
};

/// Why the license server and others are not asked.
const OFFLINE: &str = "nothing beyond this machine is asked (--offline)";

/// The other instances that are looked into at the same time.
const OTHERS_AT_ONCE: usize = 20;

/// How the instances are looked into that the verdict is not about.
#[derive(Debug, Clone, Default)]
pub struct Others {
    /// The checks that are wanted of them; of these, log, endpoint and credentials are made.
    pub wanted: BTreeSet<ProbeId>,
    /// The runs whose evidence is still fresh: they are not looked into again.
    pub fresh: Vec<InstanceRun>,
}

/// Runs every wanted check once, independent ones at the same time. Ends when the last has answered.
///
/// `before` are the sources of the round before; see [`Sources::connect`]. Other instances are looked into with each look
/// at the containers.
pub async fn run_checks(
    context: Arc<Context>,
    before: Sources,
    wanted: BTreeSet<ProbeId>,
    others: Others,
    sender: EventSender,
) {
    let climbs = !context.limits.offline && network::STEPS.into_iter().any(|id| wanted.contains(&id));
    let round = Round { context, wanted, sender, climbs, others };
    let (found, awaited) = oneshot::channel();
    tokio::join!(
        round.path_from_this_machine(),
        round.other_hosts_on_request(),
        round.endpoint(awaited),
        round.through_sources(before, found),
    );
}

/// One round of checks.
struct Round {
    context: Arc<Context>,
    wanted: BTreeSet<ProbeId>,
    sender: EventSender,
    /// Whether the path to the license server is tried.
    climbs: bool,
    others: Others,
}

impl Round {
    fn wants(&self, id: ProbeId) -> bool {
        self.wanted.contains(&id)
    }

    fn send(&self, update: Update) {
        send(&self.sender, &self.wanted, update);
    }

    /// Everything that needs the sources: `sources`, then `(instances, chosen)`, then what needs the chosen instance.
    async fn through_sources(&self, before: Sources, found: oneshot::Sender<Option<endpoint::Instance>>) {
        let (sources, engine) = self.sources(before).await;
        let (chosen, others) = self.instances(&sources).await;
        let route = |c: &Chosen| {
            let (name, start) = (c.container.name.clone(), c.container.start());
            Some(endpoint::Instance { name, start, route: c.source.as_ref()?.route(&c.container) })
        };
        let _ = found.send(chosen.as_ref().and_then(route));
        let path_from_container = async {
            if self.climbs && chosen.is_some() {
                let (context, wanted, sender) = (&self.context, &self.wanted, &self.sender);
                network::probe_path(context, Viewpoint::Container, chosen.as_ref(), wanted, sender).await;
            }
        };
        tokio::join!(
            self.probe_container(chosen.as_ref()),
            self.add_engine_proxies(engine, &sources),
            path_from_container,
            self.probe_others(others),
        );
    }

    /// Connects to the sources. Without any there are none, and the engine's check says why.
    async fn sources(&self, before: Sources) -> (Sources, Observation<Engine>) {
        let shared = Arc::clone(&self.context);
        let connected = observe(&self.context, async move { Sources::connect(&shared, &before).await }).await;
        let sources = connected.value().cloned().unwrap_or_default();
        if connected.value().is_some() {
            let _ = self.sender.send(ProbeEvent::Sources(sources.clone()));
        }
        let describe = |source: &Source| source.about_with_known_proxies(&self.context.host);
        let engine = connected.map(|sources| sources.iter().next().map(describe).unwrap_or_default());
        self.send(Update::Engine(engine.clone()));
        (sources, engine)
    }

    /// Finds the instances, and gives what is needed to look into the chosen one and into the others.
    async fn instances(&self, sources: &Sources) -> (Option<Chosen>, Vec<Chosen>) {
        let found = if sources.iter().next().is_some() {
            let (shared, sources) = (Arc::clone(&self.context), sources.clone());
            observe(&self.context, async move { instances::observe(&shared, &sources).await }).await
        } else {
            Observation::Skipped { because: "no container engine answers".to_owned() }
        };
        let for_probes = |found: &Found| (found.chosen.clone(), found.others.clone());
        let (chosen, others) = found.value().map(for_probes).unwrap_or_default();
        if found.value().is_some() {
            let container = chosen.as_ref().map(|chosen| Box::new(chosen.container.clone()));
            let _ = self.sender.send(ProbeEvent::Chosen(container));
        }
        self.send(Update::Container(found.map(|found| found.instances)));
        (chosen, others)
    }

    /// Adds what an engine describes only at length, once all else is under way.
    async fn add_engine_proxies(&self, engine: Observation<Engine>, sources: &Sources) {
        let (Observation::Seen { at, took_ms, .. }, Some(source)) = (engine, sources.iter().next()) else { return };
        if self.wants(ProbeId::Engine) {
            let (shared, source) = (Arc::clone(&self.context), source.clone());
            let whole = observe(&self.context, async move { Ok(source.about_with_proxies(&shared.host).await) }).await;
            if let Observation::Seen { value, .. } = whole {
                self.send(Update::Engine(Observation::Seen { at, took_ms, value }));
            }
        }
    }

    /// Looks into the instances that the verdict is not about: log, endpoint and credentials of each, within limits of its
    /// own. Another one that hangs keeps none of the rest waiting.
    async fn probe_others(&self, others: Vec<Chosen>) {
        // An endpoint that the user named is that of the chosen instance.
        let context = Arc::new(Context { endpoint: None, ..Context::clone(&self.context) });
        let wanted = self.wants(ProbeId::Container);
        let is_due = |other: &Chosen| wanted && !self.others.fresh.contains(&InstanceRun::of(&other.container));
        let due = others.into_iter().filter(is_due);
        let probe = |other| self.probe_other(Arc::clone(&context), other);
        stream::iter(due).for_each_concurrent(OTHERS_AT_ONCE, probe).await;
    }

    async fn probe_other(&self, context: Arc<Context>, other: Chosen) {
        let Chosen { source, container, environment, .. } = other;
        let Some(source) = source else { return };
        let wants = |id: ProbeId| self.others.wanted.contains(&id);
        let run = InstanceRun::of(&container);
        let route = source.route(&container);
        let instance = endpoint::Instance { name: container.name.clone(), start: container.start(), route };
        let endpoint = async {
            let runs = container.state.status == Status::Running;
            if !runs || !wants(ProbeId::Endpoint) || endpoint::own_url(&context, &instance).is_none() {
                return Observation::NotAsked;
            }
            if let Some(because) = endpoint::forbidden(&context, Some(&instance)) {
                return Observation::Skipped { because };
            }
            let (shared, instance) = (Arc::clone(&context), instance.clone());
            observe(&context, async move { endpoint::observe(&shared, Some(&instance)).await }).await
        };
        let logs = async {
            if !wants(ProbeId::Logs) {
                return Observation::NotAsked;
            }
            let (shared, container) = (Arc::clone(&context), container.clone());
            observe(&context, async move { logs::observe(&shared, &source, &container).await }).await
        };
        let (endpoint, logs) = tokio::join!(endpoint, logs);
        let credentials = if wants(ProbeId::Credentials) {
            let place = Place { kind: PlaceKind::Process, at: None };
            let (process, near_misses) = credentials::from_environment(&environment, &place, &context.scrubber);
            let seen = Credentials { process_seen: true, process, near_misses, ..Credentials::default() };
            Observation::seen(context.now(), seen)
        } else {
            Observation::NotAsked
        };
        self.send(Update::Other(InstanceEvidence { run, at: Some(context.now()), endpoint, logs, credentials }));
    }

    async fn path_from_this_machine(&self) {
        if self.climbs {
            network::probe_path(&self.context, Viewpoint::Host, None, &self.wanted, &self.sender).await;
        } else {
            network::skip_path(&self.context, &self.wanted, &self.sender, OFFLINE);
        }
    }

    async fn other_hosts_on_request(&self) {
        if self.wants(ProbeId::Hosts) {
            self.other_hosts().await;
        }
    }

    /// Looks at LocalStack's other hosts, whether they were asked for or a log names one.
    async fn other_hosts(&self) {
        let found = if self.context.limits.offline {
            Observation::Skipped { because: OFFLINE.to_owned() }
        } else {
            let shared = Arc::clone(&self.context);
            observe(&self.context, async move { network::others::observe(&shared).await }).await
        };
        send(&self.sender, &BTreeSet::from([ProbeId::Hosts]), Update::Hosts(found));
    }

    /// Asks the usual endpoint at once: a silent engine must not keep a running LocalStack waiting. That answer stands,
    /// unless the chosen instance is reached at another address.
    async fn endpoint(&self, awaited: oneshot::Receiver<Option<endpoint::Instance>>) {
        if !self.wants(ProbeId::Endpoint) {
            return;
        }
        let (early, instance) = tokio::join!(self.ask_endpoint(None), awaited);
        // Looking at the instances was given up: so is this round.
        let Ok(instance) = instance else { return };
        let asked = early.value().map(|e| e.url.as_str());
        let own = instance.as_ref().and_then(|i| endpoint::own_url(&self.context, i));
        // An answer from before the start is an earlier start's.
        let started = instance.as_ref().and_then(|i| i.start.started_at);
        let outdated = started.zip(early.at()).is_some_and(|(started, at)| at < started);
        let elsewhere = own.is_some() && own != asked;
        let again = elsewhere || outdated;
        let settled = if again { self.ask_endpoint(instance.clone()).await } else { early };
        // Whose answer it is, is known only at the instance's own port or address.
        let whose = |endpoint: Endpoint| {
            let own = instance.filter(|i| i.route.url() == Some(endpoint.url.as_str()));
            Endpoint { of: own.map(|i| i.start), ..endpoint }
        };
        self.send(Update::Endpoint(settled.map(whose)));
    }

    async fn ask_endpoint(&self, instance: Option<endpoint::Instance>) -> Observation<Endpoint> {
        if let Some(because) = endpoint::forbidden(&self.context, instance.as_ref()) {
            return Observation::Skipped { because };
        }
        let shared = Arc::clone(&self.context);
        observe(&self.context, async move { endpoint::observe(&shared, instance.as_ref()).await }).await
    }

    /// Everything that needs to know the chosen instance, or that there is none.
    async fn probe_container(&self, chosen: Option<&Chosen>) {
        tokio::join!(self.logs(chosen), self.credentials(chosen), self.cache(chosen), self.compose(chosen));
    }

    async fn logs(&self, chosen: Option<&Chosen>) {
        if !self.wants(ProbeId::Logs) {
            return;
        }
        let logs = match chosen.and_then(|c| Some((c.source.clone()?, c.container.clone()))) {
            Some((source, container)) => {
                let shared = Arc::clone(&self.context);
                observe(&self.context, async move { logs::observe(&shared, &source, &container).await }).await
            }
            None => Observation::Skipped { because: "no LocalStack container was found".to_owned() },
        };
        let named = |log: &LogDigest| self.context.other_hosts.iter().any(|url| log.names(&host_of(url)));
        let named = self.climbs && !self.wants(ProbeId::Hosts) && logs.value().is_some_and(named);
        self.send(Update::Logs(logs));
        if named {
            self.other_hosts().await;
        }
    }

    async fn credentials(&self, chosen: Option<&Chosen>) {
        if self.wants(ProbeId::Credentials) {
            let (shared, chosen) = (Arc::clone(&self.context), chosen.cloned());
            let probe = async move { credentials::observe(&shared, chosen.as_ref()).await };
            self.send(Update::Credentials(observe(&self.context, probe).await));
        }
    }

    async fn cache(&self, chosen: Option<&Chosen>) {
        if self.wants(ProbeId::Cache) {
            let (shared, chosen) = (Arc::clone(&self.context), chosen.cloned());
            let probe = async move { license_cache::observe(&shared, chosen.as_ref()).await };
            self.send(Update::Cache(observe(&self.context, probe).await));
        }
    }

    async fn compose(&self, chosen: Option<&Chosen>) {
        if self.wants(ProbeId::Compose) {
            let project = compose::project_of(&self.context, chosen.map(|c| &c.container));
            let found = if project.files.is_empty() && self.context.compose.is_none() {
                Observation::Skipped { because: "LocalStack was not started by compose".to_owned() }
            } else {
                let shared = Arc::clone(&self.context);
                observe(&self.context, async move { compose::observe(&shared, &project).await }).await
            };
            self.send(Update::Compose(found));
        }
    }
}
