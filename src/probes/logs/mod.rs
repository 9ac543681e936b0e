//! Reads a container's log through the engine: the latest start, its beginning and end first, in bounded memory and time.
//! Lines are folded by the scanner; what they mean is not known here.

mod follow;
mod frames;

pub use follow::follow;

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::engine::Link;
use super::engine::fault::Fault;
use super::engine::link::encoded;
use super::scan::Scanner;
use super::{Answer, Context};
use crate::observations::{Container, ErrorKind, LogDigest, ProbeError, Status};
use frames::Frames;

/// The banner of a start and all it says of its license stand well within this.
const HEAD: u64 = 1 << 20;
/// The last lines of a start that is longer than its head.
const TAIL_LINES: u32 = 5_000;
/// Several starts of a restart loop, each of which has some dozen lines.
const LOOP_LINES: u32 = 2_000;
/// The last lines are read up to this: 5,000 of them are rarely more than one megabyte.
const TAIL: u64 = 16 << 20;
/// A log that says nothing known in its head and tail is read in full, up to this.
const WHOLE: u64 = 512 << 20;
/// Nobody waits longer for the middle of a long log: an activation stands in its head.
const WHOLE_TIME: Duration = Duration::from_secs(2);
/// Within so many seconds a start may not have said why it fails: LocalStack waits up to 41 for its server.
const UNFINISHED: i64 = 60;
/// A fast container's first line can be older than its start, see localstack's own entry point.
const MARGIN: i64 = 2;

/// The log of the latest start; of the starts before it too where the latest is one of a loop, or says nothing.
///
/// # Errors
/// When the engine keeps no log, or does not answer.
pub async fn observe(context: &Context, container: &Container) -> Answer<LogDigest> {
    let reader = Reader::new(context, container)?;
    let begun = since(context, container);
    let mut scanner = scanner(context, container);
    let Some(begun) = begun else {
        reader.read(&last(LOOP_LINES), TAIL, &mut scanner).await?;
        return Ok(scanner.finish());
    };
    let end = reader.head_and_tail(&begun, &mut scanner).await?;
    let digest = scanner.finish();
    let (query, largest) = match end {
        _ if settled(&digest) => return Ok(digest),
        End::Late => return Ok(digest),
        // Nothing at all since its start: an engine whose times are off.
        End::Reached if digest.lines == 0 => (last(LOOP_LINES), TAIL),
        End::Reached => return Ok(digest),
        End::Cut => (begun, WHOLE),
    };
    let mut wider = self::scanner(context, container);
    // What was read already counts, whatever becomes of this.
    let more = reader.hurry(WHOLE_TIME).read(&query, largest, &mut wider).await;
    let wider = wider.finish();
    Ok(if more.is_ok() && settled(&wider) { wider } else { digest })
}

/// How reading ended.
enum End {
    /// At the log's end.
    Reached,
    /// At the size that was allowed.
    Cut,
    /// At the deadline.
    Late,
}

/// Whether something known was recognised, or requests were served, which is what comes after a license is settled.
fn settled(digest: &LogDigest) -> bool {
    digest.runs.iter().any(|run| !run.hits.is_empty() || run.served.is_some())
}

fn scanner(context: &Context, container: &Container) -> Scanner {
    let name = if container.name.is_empty() { &container.id } else { &container.name };
    Scanner::new(Arc::clone(&context.phrases), Arc::clone(&context.scrubber), format!("container {name}"))
}

/// From the latest start on, unless that start is one of a loop and may have only begun: then the last starts.
fn since(context: &Context, container: &Container) -> Option<String> {
    let started = container.state.started_at?.as_second();
    let young = container.state.status == Status::Running && context.now().as_second() - started < UNFINISHED;
    let looping = container.state.status == Status::Restarting || container.state.restarts > 0 && young;
    (!looping).then(|| format!("&since={}", started - MARGIN))
}

fn last(lines: u32) -> String {
    format!("&tail={lines}")
}

/// Reads one container's log with the time that one check has.
struct Reader<'a> {
    container: &'a Container,
    link: Link,
    deadline: Instant,
    limit: Duration,
}

impl<'a> Reader<'a> {
    fn new(context: &Context, container: &'a Container) -> Answer<Self> {
        let missing = || ProbeError::new(ErrorKind::NotFound, "no container engine answers");
        let link = context.link().ok_or_else(missing)?;
        if container.settings.log_driver == "none" {
            return Err(unreadable(container));
        }
        let limit = context.limits.timeout;
        Ok(Self { container, link, deadline: Instant::now() + limit, limit })
    }

    /// The same with less time left.
    fn hurry(mut self, limit: Duration) -> Self {
        let deadline = Instant::now() + limit;
        if deadline < self.deadline {
            (self.deadline, self.limit) = (deadline, limit);
        }
        self
    }

    /// Reads the beginning, and the last lines if that is not all.
    async fn head_and_tail(&self, begun: &str, scanner: &mut Scanner) -> Answer<End> {
        match self.read(begun, HEAD, scanner).await? {
            End::Cut => {}
            end => return Ok(end),
        }
        leave_out_middle(scanner);
        Ok(match self.read(&format!("{begun}{}", last(TAIL_LINES)), TAIL, scanner).await? {
            End::Late => End::Late,
            End::Reached | End::Cut => End::Cut,
        })
    }

    /// Reads until the end, the size or the deadline.
    async fn read(&self, query: &str, largest: u64, scanner: &mut Scanner) -> Answer<End> {
        let opened = tokio::time::timeout_at(self.deadline, self.open(query)).await;
        let mut body = opened.unwrap_or_else(|_| Err(self.link.told(&Fault::Silent(self.limit))))?;
        let mut frames = Frames::new(self.container.settings.tty);
        let mut size = 0;
        loop {
            let Ok(frame) = tokio::time::timeout_at(self.deadline, body.frame()).await else {
                scanner.note_limit(format!("reading the log was stopped after {} ms", self.limit.as_millis()));
                return Ok(End::Late);
            };
            let Some(frame) = frame else { return Ok(End::Reached) };
            let frame = frame.map_err(|e| self.link.told(&Fault::Broken(e.to_string())))?;
            let Some(data) = frame.data_ref() else { continue };
            size += data.len() as u64;
            frames.feed(data, |bytes, stream| scanner.feed(bytes, stream));
            if size >= largest {
                return Ok(End::Cut);
            }
        }
    }

    async fn open(&self, query: &str) -> Answer<Incoming> {
        let path = format!("/containers/{}/logs?stdout=true&stderr=true{query}", encoded(&self.container.id));
        self.link.stream(&path).await.map_err(|fault| match &fault {
            Fault::Status(501, _) => unreadable(self.container),
            Fault::Status(_, message) if message.contains("does not support reading") => unreadable(self.container),
            _ => self.link.told(&fault),
        })
    }
}

/// The head ends in mid-line; what follows is the tail.
fn leave_out_middle(scanner: &mut Scanner) {
    let _ = scanner.finish();
    scanner.note_limit(format!("a long log: its first {} KiB and its last {TAIL_LINES} lines were read", HEAD >> 10));
}

fn unreadable(container: &Container) -> ProbeError {
    let Container { name, settings, .. } = container;
    let text = format!(
        "the engine keeps no readable log of `{name}`, whose log driver is `{}`: start it with `--log-driver json-file`, \
         or save its output to a file and use `lsdoctor diagnose --log FILE`",
        settings.log_driver
    );
    ProbeError::new(ErrorKind::BadAnswer, text)
}

#[cfg(test)]
mod tests;
