//! Which probe runs after which, each in its own guarded and bounded task. Nothing is interpreted here.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::context::Context;
use super::guard::{Sink, observe, send};
use super::sources::docker;
use super::{compose, credentials, endpoint, instances, license_cache, logs, network};
use crate::observations::{
    Container, Endpoint, Engine, Instances, LogDigest, Observation, ProbeId, Snapshot, Update, Viewpoint, host_of,
};

/// Why the license server and others are not asked.
const OFFLINE: &str = "nothing beyond this machine is asked (--offline)";

/// Looks once: every wanted check, independent ones at the same time. Ends when the last has answered.
pub async fn look(context: Arc<Context>, wanted: BTreeSet<ProbeId>, sink: Sink) {
    let wants = |id: ProbeId| wanted.contains(&id);
    let probes_path = !context.limits.offline && network::STEPS.into_iter().any(wants);

    let others = async {
        if wants(ProbeId::Hosts) {
            look_at_others(&context, &sink).await;
        }
    };
    let outside = async {
        if probes_path {
            network::probe_path(&context, Viewpoint::Host, None, &wanted, &sink).await;
        } else {
            network::skip_path(&context, &wanted, &sink, OFFLINE);
        }
    };
    // The usual address is asked at once: a silent engine must not keep a running LocalStack waiting.
    let early = async {
        if !wants(ProbeId::Endpoint) {
            return None;
        }
        Some(ask_endpoint(&context, None).await)
    };
    let through_engine = async {
        let context = &context;
        let shared = Arc::clone(context);
        let engine = observe(context, async move { docker::observe(&shared).await }).await;
        let reached = engine.value().is_some();
        send(&sink, &wanted, Update::Engine(engine.clone()));
        let shared = Arc::clone(context);
        let instances = if reached {
            observe(context, async move { instances::observe(&shared).await }).await
        } else {
            Observation::Skipped { because: "no container engine answers".to_owned() }
        };
        send(&sink, &wanted, Update::Container(instances.clone()));
        (engine, instances)
    };

    // What settles the endpoint waits for both; all else waits for the container alone.
    let (found, awaited) = oneshot::channel();
    let settled = async {
        if let (Some(early), Ok(instances)) = tokio::join!(early, awaited) {
            settle_endpoint(&context, early, &instances, &wanted, &sink).await;
        }
    };
    let inner = async {
        let (engine, instances) = through_engine.await;
        let _ = found.send(instances.clone());
        tokio::join!(
            look_inside(&context, &instances, &wanted, probes_path, &sink),
            complete(&context, engine, &wanted, &sink),
            async {
                if probes_path && let Some(chosen) = instances.value().and_then(|i| i.chosen.as_ref()) {
                    network::probe_path(&context, Viewpoint::Container, Some(chosen), &wanted, &sink).await;
                }
            }
        );
    };
    tokio::join!(outside, others, settled, inner);
}

/// LocalStack's other hosts: for whom asked for them, or has a log that names one.
async fn look_at_others(context: &Arc<Context>, sink: &Sink) {
    let found = if context.limits.offline {
        Observation::Skipped { because: OFFLINE.to_owned() }
    } else {
        let shared = Arc::clone(context);
        observe(context, async move { network::others::observe(&shared).await }).await
    };
    send(sink, &BTreeSet::from([ProbeId::Hosts]), Update::Hosts(found));
}

async fn ask_endpoint(context: &Arc<Context>, container: Option<Container>) -> Observation<Endpoint> {
    if let Some(because) = endpoint::forbidden(context, container.as_ref()) {
        return Observation::Skipped { because };
    }
    let shared = Arc::clone(context);
    observe(context, async move { endpoint::observe(&shared, container.as_ref()).await }).await
}

/// The endpoint that was asked early stands, unless the container publishes another.
async fn settle_endpoint(
    context: &Arc<Context>,
    early: Observation<Endpoint>,
    instances: &Observation<Instances>,
    wanted: &BTreeSet<ProbeId>,
    sink: &Sink,
) {
    let chosen = instances.value().and_then(|i| i.chosen.clone());
    let place = chosen.as_ref().and_then(|c| endpoint::published(context, c));
    let asked = early.value().map(|e| e.url.clone());
    let settled = match (place, chosen) {
        (Some(url), Some(container)) if asked.as_deref() != Some(url.as_str()) => {
            ask_endpoint(context, Some(container)).await
        }
        _ => early,
    };
    send(sink, wanted, Update::Endpoint(settled));
}

/// What an engine tells only at length, once all else is under way.
async fn complete(context: &Arc<Context>, engine: Observation<Engine>, wanted: &BTreeSet<ProbeId>, sink: &Sink) {
    let Observation::Seen { at, took_ms, value } = engine else { return };
    if wanted.contains(&ProbeId::Engine) {
        let shared = Arc::clone(context);
        let whole = observe(context, async move { Ok(docker::with_proxies(&shared, value).await) }).await;
        if let Observation::Seen { value, .. } = whole {
            send(sink, wanted, Update::Engine(Observation::Seen { at, took_ms, value }));
        }
    }
}

/// Everything that needs to know the container, or that there is none.
async fn look_inside(
    context: &Arc<Context>,
    instances: &Observation<Instances>,
    wanted: &BTreeSet<ProbeId>,
    probes_path: bool,
    sink: &Sink,
) {
    let seen = Arc::new(Snapshot { instances: instances.clone(), ..Snapshot::default() });
    let logs = async {
        if !wanted.contains(&ProbeId::Logs) {
            return;
        }
        let logs = match seen.container() {
            Some(container) => {
                let (shared, container) = (Arc::clone(context), container.clone());
                observe(context, async move { logs::observe(&shared, &container).await }).await
            }
            None => Observation::Skipped { because: "no LocalStack container was found".to_owned() },
        };
        let named = |log: &LogDigest| context.other_hosts.iter().any(|url| log.names(&host_of(url)));
        let named = probes_path && !wanted.contains(&ProbeId::Hosts) && logs.value().is_some_and(named);
        send(sink, wanted, Update::Logs(logs));
        if named {
            look_at_others(context, sink).await;
        }
    };
    let credentials = async {
        if wanted.contains(&ProbeId::Credentials) {
            let (shared, seen) = (Arc::clone(context), Arc::clone(&seen));
            let found = observe(context, async move { credentials::observe(&shared, seen.container()).await }).await;
            send(sink, wanted, Update::Credentials(found));
        }
    };
    let cache = async {
        if wanted.contains(&ProbeId::Cache) {
            let (shared, seen) = (Arc::clone(context), Arc::clone(&seen));
            let found = observe(context, async move { license_cache::observe(&shared, seen.container()).await }).await;
            send(sink, wanted, Update::Cache(found));
        }
    };
    let compose = async {
        if wanted.contains(&ProbeId::Compose) {
            let project = compose::project_of(context, seen.container());
            let found = if project.files.is_empty() && context.compose.is_none() {
                Observation::Skipped { because: "LocalStack was not started by compose".to_owned() }
            } else {
                let shared = Arc::clone(context);
                observe(context, async move { compose::observe(&shared, &project).await }).await
            };
            send(sink, wanted, Update::Compose(found));
        }
    };
    tokio::join!(logs, credentials, cache, compose);
}
