//! Follows a container's log as it grows, and sends lines and digests at a pace that a screen can take.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::Instant;

use super::part::{Part, StartScanner};
use super::reader::{End, HEAD, Reader, TAIL_LINES, leave_out_middle, note_overlong};
use crate::observations::{Container, LogDigest, Observation, Update};
use crate::probes::answer::Answer;
use crate::probes::context::Context;
use crate::probes::guard::{EventSender, ProbeEvent};
use crate::probes::sources::Source;
use crate::probes::sources::types::{LogPiece, LogQuery};

/// Lines are sent at most this often; the scanner keeps the last thousand of each time.
const LINES_PACE: Duration = Duration::from_millis(100);
/// A digest is sent at most this often.
const DIGEST_PACE: Duration = Duration::from_millis(200);
/// What comes within this time is sent together.
const GATHERING: Duration = Duration::from_millis(20);

/// The pieces that are taken before it is looked at what is due.
const MOST_AT_ONCE: usize = 256;

/// Sends lines and digests until the container's log ends or nobody listens.
pub async fn follow(context: Arc<Context>, source: Source, container: Container, sender: EventSender) {
    let outcome = tokio::select! {
        outcome = pump(&context, &source, &container, &sender) => outcome,
        () = sender.closed() => return,
    };
    if let Err(error) = outcome {
        let failed = Observation::Failed { at: context.now(), took_ms: 0.0, error };
        let _ = sender.send(ProbeEvent::Update(Box::new(Update::Logs(failed))));
    }
}

async fn pump(context: &Context, source: &Source, container: &Container, sender: &EventSender) -> Answer<()> {
    let reader = Reader::new(context, source, container)?;
    let part = Part::of(context, container);
    let fresh = || StartScanner::new(context, container, &part).keep_lines();
    let mut scanner = fresh();
    // A short log is followed from its start, a long one from its last lines: either way nothing is lost in between.
    let query = if part.is_tail() {
        part.beginning_query()
    } else {
        match reader.read(part.beginning_query(), HEAD, &mut scanner).await? {
            End::Reached => {
                scanner = fresh();
                part.beginning_query()
            }
            End::Cut | End::Late => {
                leave_out_middle(&mut scanner);
                part.last_lines(TAIL_LINES)
            }
        }
    };
    let followed = LogQuery { follow: true, ..query };
    // Lines that came together are taken together.
    let mut pieces = source.log(&container.handle(), followed).ready_chunks(MOST_AT_ONCE);
    let mut throttle = Throttle::new(context, sender);
    let mut opened = false;
    'reading: loop {
        let wake = throttle.due();
        tokio::select! {
            ready = pieces.next() => {
                let Some(ready) = ready else { break };
                for piece in ready {
                    match piece {
                        Ok(LogPiece::Opened) => opened = true,
                        Ok(LogPiece::Written { bytes, stream, at }) => scanner.feed(&bytes, stream, at),
                        Err(fault) if !opened => return Err(reader.describe(&fault)),
                        // A source that goes away ends the log as well; its events say that it did.
                        Err(fault) => {
                            note_overlong(&fault, &mut scanner);
                            break 'reading;
                        }
                    }
                }
                throttle.note();
            }
            () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => throttle.send_due(&mut scanner),
        }
    }
    let digest = scanner.finish();
    throttle.send_lines(&mut scanner);
    throttle.send_digest(digest);
    Ok(())
}

/// Decides when to send. While nothing comes it sets no timer: an idle log costs nothing.
struct Throttle<'a> {
    context: &'a Context,
    sender: &'a EventSender,
    sent: Option<LogDigest>,
    lines_due: Option<Instant>,
    digest_due: Option<Instant>,
    digest_at: Option<Instant>,
    lines_at: Option<Instant>,
}

impl<'a> Throttle<'a> {
    const fn new(context: &'a Context, sender: &'a EventSender) -> Self {
        Self { context, sender, sent: None, lines_due: None, digest_due: None, digest_at: None, lines_at: None }
    }

    /// Notes that something came.
    fn note(&mut self) {
        let soon = Instant::now() + GATHERING;
        let after = |last: Option<Instant>, pace| last.map_or(soon, |l| soon.max(l + pace));
        self.lines_due = self.lines_due.or_else(|| Some(after(self.lines_at, LINES_PACE)));
        self.digest_due = self.digest_due.or_else(|| Some(after(self.digest_at, DIGEST_PACE)));
    }

    /// When something is to be sent next.
    fn due(&self) -> Option<Instant> {
        [self.lines_due, self.digest_due].into_iter().flatten().min()
    }

    fn send_due(&mut self, scanner: &mut StartScanner) {
        let now = Instant::now();
        if self.lines_due.take_if(|due| *due <= now).is_some() {
            self.lines_at = Some(now);
            self.send_lines(scanner);
        }
        if self.digest_due.take_if(|due| *due <= now).is_some() {
            self.digest_at = Some(now);
            self.send_digest(scanner.digest());
        }
    }

    fn send_lines(&self, scanner: &mut StartScanner) {
        let lines = scanner.take_lines();
        if !lines.is_empty() {
            let _ = self.sender.send(ProbeEvent::Lines(lines));
        }
    }

    fn send_digest(&mut self, digest: LogDigest) {
        if self.sent.as_ref() != Some(&digest) {
            let update = Update::Logs(Observation::seen(self.context.now(), digest.clone()));
            let _ = self.sender.send(ProbeEvent::Update(Box::new(update)));
            self.sent = Some(digest);
        }
    }
}
