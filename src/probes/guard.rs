//! Runs a probe in a task of its own, bounded in time and safe from its panics, and sends on what it saw.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use super::answer::Answer;
use super::context::Context;
use super::sources::Sources;
use crate::observations::{Container, ErrorKind, LogLine, Observation, ProbeError, ProbeId, Update};

/// What probes send while they run.
#[derive(Debug, Clone)]
pub enum ProbeEvent {
    /// The sources that answered, for whoever follows their logs and events.
    Sources(Sources),
    /// The chosen instance, also where the check of containers was not asked for: its log is followed. Nothing if none was
    /// found.
    Chosen(Option<Box<Container>>),
    /// An observation.
    Update(Box<Update>),
    /// Lines of the log, as they come, for whoever shows them.
    Lines(Vec<LogLine>),
}

/// Where probes send what they see.
pub type EventSender = UnboundedSender<ProbeEvent>;

/// Time a probe gets beyond its own limits before its task is given up.
const GRACE: Duration = Duration::from_millis(250);

/// Runs one probe in a task of its own. A crash or a time-out is its result, and other probes go on.
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
        Err(_) => ProbeError::new(ErrorKind::Timeout, format!("no answer within {}", in_words(context.limits.timeout))),
    };
    Observation::Failed { at, took_ms, error }
}

/// A time limit as it stands in a sentence: `5 s`, or `300 ms`.
fn in_words(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{} s", time.as_secs()) } else { format!("{} ms", time.as_millis()) }
}

/// Sends an observation on, if its check was asked for.
pub fn send(sender: &EventSender, wanted: &BTreeSet<ProbeId>, update: Update) {
    if wanted.contains(&update.probe()) {
        // Sending fails when the program is about to end.
        let _ = sender.send(ProbeEvent::Update(Box::new(update)));
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_probe_ends_with_the_look_that_asked() {
        let folder = tempfile::tempdir().unwrap();
        let context = crate::probes::sources::docker::fake::context_in(folder.path());
        let (alive, gone) = oneshot::channel::<()>();
        let probe = async move {
            let _alive = alive;
            std::future::pending::<Answer<()>>().await
        };
        assert!(tokio::time::timeout(Duration::from_millis(20), observe(&context, probe)).await.is_err());
        assert!(tokio::time::timeout(Duration::from_secs(2), gone).await.is_ok_and(|ended| ended.is_err()));
    }
}
