//! Which probe runs after which, each in its own guarded and bounded task. Nothing is interpreted here.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{Answer, Context, cache, compose, container, credentials, endpoint, engine, logs, network};
use crate::observations::{
    Container, Endpoint, Engine, ErrorKind, Instances, LogDigest, LogLine, Observation, ProbeError, ProbeId, Snapshot,
    Update, Viewpoint, host_of,
};

/// What probes tell while they run.
#[derive(Debug, Clone)]
pub enum News {
    /// An observation.
    Update(Box<Update>),
    /// Lines of the log, as they come, for those who show them.
    Lines(Vec<LogLine>),
}

/// Where probes send what they see.
pub type Sink = UnboundedSender<News>;

/// Time a probe gets beyond its own limits before its task is given up.
const GRACE: Duration = Duration::from_millis(250);

/// Why the license server and others are not asked.
const OFFLINE: &str = "nothing beyond this machine is asked (--offline)";

/// Looks once: every wanted check, independent ones at the same time. Ends when the last has answered.
pub async fn look(context: Arc<Context>, wanted: BTreeSet<ProbeId>, sink: Sink) {
    let wants = |id: ProbeId| wanted.contains(&id);
    let climbs = !context.limits.offline && network::RUNGS.into_iter().any(wants);

    let others = async {
        if wants(ProbeId::Hosts) {
            look_at_others(&context, &sink).await;
        }
    };
    let outside = async {
        if climbs {
            network::climb(&context, Viewpoint::Host, None, &wanted, &sink).await;
        } else {
            network::stay(&context, &wanted, &sink, OFFLINE);
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
        let engine = observe(context, async move { engine::observe(&shared).await }).await;
        let reached = engine.value().is_some();
        send(&sink, &wanted, Update::Engine(engine.clone()));
        let shared = Arc::clone(context);
        let instances = if reached {
            observe(context, async move { container::observe(&shared).await }).await
        } else {
            Observation::Skipped { because: "no container engine answers".to_owned() }
        };
        send(&sink, &wanted, Update::Instances(Box::new(instances.clone())));
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
            look_inside(&context, &instances, &wanted, climbs, &sink),
            complete(&context, engine, &wanted, &sink),
            async {
                if climbs && let Some(chosen) = instances.value().and_then(|i| i.chosen.as_ref()) {
                    network::climb(&context, Viewpoint::Container, Some(chosen), &wanted, &sink).await;
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
        let whole = observe(context, async move { Ok(engine::with_proxies(&shared, value).await) }).await;
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
    climbs: bool,
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
        let named = climbs && !wanted.contains(&ProbeId::Hosts) && logs.value().is_some_and(named);
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
            let found = observe(context, async move { cache::observe(&shared, seen.container()).await }).await;
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

/// Runs one probe in a task of its own: a crash or a time-out is its result, and the others go on.
pub async fn observe<T, F>(context: &Context, probe: F) -> Observation<T>
where
    T: Send + 'static,
    F: Future<Output = Answer<T>> + Send + 'static,
{
    let begun = Instant::now();
    let limit = context.limits.timeout.saturating_add(GRACE);
    // A set ends its tasks when it is dropped: with the look that asked, or after the limit.
    let mut task = JoinSet::new();
    task.spawn(probe);
    let outcome = tokio::time::timeout(limit, task.join_next()).await;
    let took_ms = begun.elapsed().as_secs_f64() * 1000.0;
    let at = context.now();
    let error = match outcome {
        Ok(Some(Ok(Ok(value)))) => return Observation::Seen { at, took_ms, value },
        Ok(Some(Ok(Err(error)))) => error,
        Ok(_) => ProbeError::new(ErrorKind::Crashed, "the check itself crashed; please report this"),
        Err(_) => ProbeError::new(ErrorKind::Timeout, format!("no answer within {}", words(context.limits.timeout))),
    };
    Observation::Failed { at, took_ms, error }
}

fn words(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{} s", time.as_secs()) } else { format!("{} ms", time.as_millis()) }
}

/// Sends an observation on, if its check was asked for.
pub fn send(sink: &Sink, wanted: &BTreeSet<ProbeId>, update: Update) {
    if wanted.contains(&update.probe()) {
        // Nobody listens any more: the program is about to end.
        let _ = sink.send(News::Update(Box::new(update)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_probe_ends_with_the_look_that_asked() {
        let folder = tempfile::tempdir().unwrap();
        let context = engine::fake::context_in(folder.path());
        let (alive, gone) = oneshot::channel::<()>();
        let probe = async move {
            let _alive = alive;
            std::future::pending::<Answer<()>>().await
        };
        assert!(tokio::time::timeout(Duration::from_millis(20), observe(&context, probe)).await.is_err());
        assert!(tokio::time::timeout(Duration::from_secs(2), gone).await.is_ok_and(|ended| ended.is_err()));
    }
}
