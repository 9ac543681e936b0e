//! Follows a container's log live, and tells of it at a pace that a screen can take, however fast it grows.
//! Ends with the log; whether to follow the next start is not decided here.

use std::sync::Arc;
use std::time::Duration;

use bollard::query_parameters::LogsOptions;
use futures_util::StreamExt;
use tokio::time::Instant;

use super::{End, HEAD, LOOP_LINES, Reader, from, last, leave_out_middle, note_overlong, scanner, since, tail, take};
use crate::log::Scanner;
use crate::observations::{Container, LogDigest, Observation, Update};
use crate::probes::Answer;
use crate::probes::context::Context;
use crate::probes::guard::{News, Sink};
use crate::probes::sources::docker::client::encoded;

/// Lines are passed on at most this often; the scanner keeps the last thousand of each time.
const LINES_PACE: Duration = Duration::from_millis(100);
/// A digest is passed on at most this often.
const DIGEST_PACE: Duration = Duration::from_millis(200);
/// What comes within this time is told of together.
const GATHERING: Duration = Duration::from_millis(20);

/// Between two looks at what is due.
const MOST_AT_ONCE: usize = 256;

/// Passes lines and digests on until the container's log ends or nobody listens.
pub async fn follow(context: Arc<Context>, container: Container, sink: Sink) {
    let outcome = tokio::select! {
        outcome = pump(&context, &container, &sink) => outcome,
        () = sink.closed() => return,
    };
    if let Err(error) = outcome {
        let failed = Observation::Failed { at: context.now(), took_ms: 0.0, error };
        let _ = sink.send(News::Update(Box::new(Update::Logs(failed))));
    }
}

async fn pump(context: &Context, container: &Container, sink: &Sink) -> Answer<()> {
    let reader = Reader::new(context, container)?;
    let fresh = || scanner(context, container).keep_lines(true);
    let mut scanner = fresh();
    let query = match since(context, container) {
        None => last(LOOP_LINES),
        // A short log is followed from its start, a long one from its last lines: either way nothing is lost in between.
        Some(begun) => match reader.read(from(begun), HEAD, &mut scanner).await? {
            End::Reached => {
                scanner = fresh();
                from(begun)
            }
            End::Cut | End::Late => {
                leave_out_middle(&mut scanner);
                tail(begun)
            }
        },
    };
    let call = reader.call()?;
    let followed = LogsOptions { follow: true, ..query };
    // Lines that came together are taken together.
    let pieces = call.docker.logs(&encoded(&container.id), Some(followed)).inspect(|_| call.renew());
    let mut pieces = pieces.ready_chunks(MOST_AT_ONCE);
    let mut teller = Teller::new(context, sink);
    'reading: loop {
        let wake = teller.due();
        tokio::select! {
            ready = pieces.next() => {
                let Some(ready) = ready else { break };
                for piece in ready {
                    match piece {
                        Ok(piece) => take(piece, &mut scanner),
                        Err(error) if !call.is_answered() => return Err(reader.told(&call.fault(error))),
                        // An engine that goes away ends the log as well; that it did is told by its events.
                        Err(error) => {
                            note_overlong(&call.fault(error), &mut scanner);
                            break 'reading;
                        }
                    };
                }
                teller.note();
            }
            () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => teller.tell(&mut scanner),
        }
    }
    let digest = scanner.finish();
    teller.lines(&mut scanner);
    teller.digest(digest);
    Ok(())
}

/// Decides when to tell. Without news it sets no alarm: an idle log costs nothing.
struct Teller<'a> {
    context: &'a Context,
    sink: &'a Sink,
    told: Option<LogDigest>,
    lines_due: Option<Instant>,
    digest_due: Option<Instant>,
    digest_at: Option<Instant>,
    lines_at: Option<Instant>,
}

impl<'a> Teller<'a> {
    const fn new(context: &'a Context, sink: &'a Sink) -> Self {
        Self { context, sink, told: None, lines_due: None, digest_due: None, digest_at: None, lines_at: None }
    }

    /// Something came.
    fn note(&mut self) {
        let soon = Instant::now() + GATHERING;
        let after = |last: Option<Instant>, pace| last.map_or(soon, |l| soon.max(l + pace));
        self.lines_due = self.lines_due.or_else(|| Some(after(self.lines_at, LINES_PACE)));
        self.digest_due = self.digest_due.or_else(|| Some(after(self.digest_at, DIGEST_PACE)));
    }

    fn due(&self) -> Option<Instant> {
        [self.lines_due, self.digest_due].into_iter().flatten().min()
    }

    fn tell(&mut self, scanner: &mut Scanner) {
        let now = Instant::now();
        if self.lines_due.take_if(|due| *due <= now).is_some() {
            self.lines_at = Some(now);
            self.lines(scanner);
        }
        if self.digest_due.take_if(|due| *due <= now).is_some() {
            self.digest_at = Some(now);
            self.digest(scanner.digest());
        }
    }

    fn lines(&self, scanner: &mut Scanner) {
        let lines = scanner.take_lines();
        if !lines.is_empty() {
            let _ = self.sink.send(News::Lines(lines));
        }
    }

    fn digest(&mut self, digest: LogDigest) {
        if self.told.as_ref() != Some(&digest) {
            let update = Update::Logs(Observation::seen(self.context.now(), digest.clone()));
            let _ = self.sink.send(News::Update(Box::new(update)));
            self.told = Some(digest);
        }
    }
}
