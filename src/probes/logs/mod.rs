//! Reads a container's log through the engine: the latest start, its beginning and end first, in bounded memory and time.
//! Lines are folded by the scanner; what they mean is not known here.

mod follow;

pub use follow::follow;

use std::sync::Arc;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::query_parameters::{LogsOptions, LogsOptionsBuilder};
use futures_util::StreamExt;
use tokio::time::Instant;

use super::Answer;
use super::context::Context;
use super::sources::docker::call::Call;
use super::sources::docker::client::Link;
use super::sources::docker::client::encoded;
use super::sources::fault::Fault;
use crate::log::{Scanner, TailLimit};
use crate::observations::{Container, ErrorKind, LogDigest, LogLine, LogOrigin, ProbeError, Status, Stream};

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
/// The lines of one start that a report holds: with everything traced, a start has some thousand.
const WHOLE_START: TailLimit = TailLimit { lines: TAIL_LINES as usize, bytes: 1 << 20 };
/// bollard waits for the end of a terminal's line, and the engine is read ahead of the scanner; no line is as long.
const LONGEST_PIECE: usize = 2 << 20;
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
        reader.read(last(LOOP_LINES), TAIL, &mut scanner).await?;
        return Ok(scanner.finish());
    };
    let end = reader.head_and_tail(begun, &mut scanner).await?;
    let digest = scanner.finish();
    let (query, largest) = match end {
        _ if settled(&digest) => return Ok(digest),
        End::Late => return Ok(digest),
        // Nothing at all since its start: an engine whose times are off.
        End::Reached if digest.lines == 0 => (last(LOOP_LINES), TAIL),
        End::Reached => return Ok(digest),
        End::Cut => (from(begun), WHOLE),
    };
    let mut wider = self::scanner(context, container);
    // What was read already counts, whatever becomes of this.
    let more = reader.hurry(WHOLE_TIME).read(query, largest, &mut wider).await;
    let wider = wider.finish();
    Ok(if more.is_ok() && settled(&wider) { wider } else { digest })
}

/// The lines of the latest start, not only the last few: for a report. The last megabyte of a start that is longer.
///
/// # Errors
/// When the engine keeps no log, or does not answer.
pub async fn whole(context: &Context, container: &Container) -> Answer<Vec<LogLine>> {
    let reader = Reader::new(context, container)?;
    let mut scanner = scanner(context, container).keep_tail(WHOLE_START);
    match since(context, container) {
        Some(begun) => reader.head_and_tail(begun, &mut scanner).await?,
        None => reader.read(last(LOOP_LINES), TAIL, &mut scanner).await?,
    };
    Ok(scanner.finish().tail)
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
    Scanner::new(Arc::clone(&context.phrases), Arc::clone(&context.scrubber), LogOrigin::Instance(name.clone()))
}

/// From the latest start on, unless that start is one of a loop and may have only begun: then the last starts.
/// A clock that was set back since makes a start lie ahead, and all that was written since then lie before it.
fn since(context: &Context, container: &Container) -> Option<i32> {
    let started = container.state.started_at?.as_second();
    let young = container.state.status == Status::Running && context.now().as_second() - started < UNFINISHED;
    let looping = container.state.status == Status::Restarting || container.state.restarts > 0 && young;
    let ahead = started > context.now().as_second() + MARGIN;
    if looping || ahead { None } else { i32::try_from(started - MARGIN).ok() }
}

fn from(begun: i32) -> LogsOptions {
    LogsOptionsBuilder::new().stdout(true).stderr(true).since(begun).build()
}

fn last(lines: u32) -> LogsOptions {
    LogsOptions { tail: lines.to_string(), ..from(0) }
}

/// The last lines of a start that is longer than its head.
fn tail(begun: i32) -> LogsOptions {
    LogsOptions { since: begun, ..last(TAIL_LINES) }
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
    async fn head_and_tail(&self, begun: i32, scanner: &mut Scanner) -> Answer<End> {
        match self.read(from(begun), HEAD, scanner).await? {
            End::Cut => {}
            end => return Ok(end),
        }
        leave_out_middle(scanner);
        Ok(match self.read(tail(begun), TAIL, scanner).await? {
            End::Late => End::Late,
            End::Reached | End::Cut => End::Cut,
        })
    }

    /// Reads until the end, the size or the deadline.
    async fn read(&self, query: LogsOptions, largest: u64, scanner: &mut Scanner) -> Answer<End> {
        let call = self.call()?;
        let mut pieces = call.docker.logs(&encoded(&self.container.id), Some(query));
        let mut size = 0;
        let reading = tokio::time::timeout_at(self.deadline, async {
            while let Some(piece) = pieces.next().await {
                size += take(piece.map_err(|e| call.fault(e))?, scanner);
                call.renew();
                if size >= largest {
                    return Ok(End::Cut);
                }
            }
            Ok(End::Reached)
        });
        match reading.await {
            Ok(Ok(end)) => Ok(end),
            Ok(Err(fault)) if note_overlong(&fault, scanner) => Ok(End::Cut),
            Ok(Err(fault)) => Err(self.told(&fault)),
            Err(_) if call.is_answered() => {
                scanner.note_limit(format!("reading the log was stopped after {} ms", self.limit.as_millis()));
                Ok(End::Late)
            }
            Err(_) => Err(self.link.told(&Fault::Silent(self.limit))),
        }
    }

    fn call(&self) -> Answer<Call> {
        self.link.call(LONGEST_PIECE).map_err(|fault| self.link.told(&fault))
    }

    fn told(&self, fault: &Fault) -> ProbeError {
        match fault {
            Fault::Status(501, _) => unreadable(self.container),
            Fault::Status(_, message) if message.contains("does not support reading") => unreadable(self.container),
            fault => self.link.told(fault),
        }
    }
}

/// Whether reading was stopped by a line that is too long, which is noted.
fn note_overlong(fault: &Fault, scanner: &mut Scanner) -> bool {
    let Fault::TooLarge(bytes) = fault else { return false };
    scanner.note_limit(format!("reading the log was stopped at a line of more than {bytes} bytes"));
    true
}

/// Scans a piece, and tells its length. A terminal has one stream only.
fn take(piece: LogOutput, scanner: &mut Scanner) -> u64 {
    let (bytes, stream) = match piece {
        LogOutput::StdOut { message } => (message, Some(Stream::Stdout)),
        LogOutput::StdErr { message } => (message, Some(Stream::Stderr)),
        LogOutput::StdIn { message } | LogOutput::Console { message } => (message, None),
    };
    scanner.feed(&bytes, stream);
    bytes.len() as u64
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
