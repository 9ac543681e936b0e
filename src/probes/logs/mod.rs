//! Reads a container's log: the latest start, its beginning and end first, in bounded memory and time.

mod follow;

pub use follow::follow;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::time::Instant;

use super::answer::Answer;
use super::context::Context;
use super::sources::Source;
use super::sources::fault::Fault;
use super::sources::types::{LogPiece, LogQuery};
use crate::log::{Scanner, TailLimit};
use crate::observations::{Container, ErrorKind, LogDigest, LogLine, LogOrigin, ProbeError, Status};

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
/// Nobody waits longer for the middle of a long log: an activation stands in its head.
const WHOLE_TIME: Duration = Duration::from_secs(2);
/// Within so many seconds a start may not have said why it fails: LocalStack waits up to 41 for its server.
const UNFINISHED: i64 = 60;
/// A fast container's first line can be older than its start, see localstack's own entry point.
const MARGIN: i64 = 2;

/// Reads the log of the latest start, and of the starts before it where the latest is one of a loop.
///
/// # Errors
/// When the source keeps no log, or does not answer.
pub async fn observe(context: &Context, source: &Source, container: &Container) -> Answer<LogDigest> {
    let reader = Reader::new(context, source, container)?;
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
    let more = reader.with_deadline(WHOLE_TIME).read(query, largest, &mut wider).await;
    let wider = wider.finish();
    Ok(if more.is_ok() && settled(&wider) { wider } else { digest })
}

/// Reads all lines of the latest start, for a report; of a start that is longer than a megabyte, the last megabyte.
///
/// # Errors
/// When the source keeps no log, or does not answer.
pub async fn whole(context: &Context, source: &Source, container: &Container) -> Answer<Vec<LogLine>> {
    let reader = Reader::new(context, source, container)?;
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
        .of_localstack()
}

/// The time from which the log is read: that of the latest start, unless that start is one of a loop and may have only
/// begun. Then there is none, and the last starts are read.
///
/// A clock that was set back since makes a start lie ahead, and all that was written since then lie before it.
fn since(context: &Context, container: &Container) -> Option<Timestamp> {
    let started = container.state.started_at?.as_second();
    let young = container.state.status == Status::Running && context.now().as_second() - started < UNFINISHED;
    let looping = container.state.status == Status::Restarting || container.state.restarts > 0 && young;
    let ahead = started > context.now().as_second() + MARGIN;
    if looping || ahead { None } else { Timestamp::from_second(started - MARGIN).ok() }
}

fn from(begun: Timestamp) -> LogQuery {
    LogQuery { since: Some(begun), ..LogQuery::default() }
}

fn last(lines: u32) -> LogQuery {
    LogQuery { last: Some(lines), ..LogQuery::default() }
}

/// The last lines of a start that is longer than its head.
fn tail(begun: Timestamp) -> LogQuery {
    LogQuery { since: Some(begun), ..last(TAIL_LINES) }
}

/// Reads one container's log within the time that one check has.
struct Reader<'a> {
    container: &'a Container,
    source: &'a Source,
    deadline: Instant,
    limit: Duration,
}

impl<'a> Reader<'a> {
    fn new(context: &Context, source: &'a Source, container: &'a Container) -> Answer<Self> {
        if container.settings.log_driver == "none" {
            return Err(unreadable(container));
        }
        let limit = context.limits.timeout;
        Ok(Self { container, source, deadline: Instant::now() + limit, limit })
    }

    /// The same reader with less time left.
    fn with_deadline(mut self, limit: Duration) -> Self {
        let deadline = Instant::now() + limit;
        if deadline < self.deadline {
            (self.deadline, self.limit) = (deadline, limit);
        }
        self
    }

    /// Reads the beginning, and the last lines if that is not all.
    async fn head_and_tail(&self, begun: Timestamp, scanner: &mut Scanner) -> Answer<End> {
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
    async fn read(&self, query: LogQuery, largest: u64, scanner: &mut Scanner) -> Answer<End> {
        let mut pieces = self.source.log(&self.container.handle(), query);
        let (mut size, mut opened) = (0, false);
        let reading = tokio::time::timeout_at(self.deadline, async {
            while let Some(piece) = pieces.next().await {
                match piece? {
                    LogPiece::Opened => opened = true,
                    LogPiece::Bytes(bytes, stream) => {
                        scanner.feed(&bytes, stream);
                        size += bytes.len() as u64;
                    }
                }
                if size >= largest {
                    return Ok(End::Cut);
                }
            }
            Ok(End::Reached)
        });
        match reading.await {
            Ok(Ok(end)) => Ok(end),
            Ok(Err(fault)) if note_overlong(&fault, scanner) => Ok(End::Cut),
            Ok(Err(fault)) => Err(self.describe(&fault)),
            Err(_) if opened => {
                scanner.note_limit(format!("reading the log was stopped after {} ms", self.limit.as_millis()));
                Ok(End::Late)
            }
            Err(_) => Err(self.source.describe(&Fault::Silent(self.limit))),
        }
    }

    fn describe(&self, fault: &Fault) -> ProbeError {
        match fault {
            Fault::Status(501, _) => unreadable(self.container),
            Fault::Status(_, message) if message.contains("does not support reading") => unreadable(self.container),
            fault => self.source.describe(fault),
        }
    }
}

/// Notes in the digest that a line was too long, if that is what stopped the reading.
fn note_overlong(fault: &Fault, scanner: &mut Scanner) -> bool {
    let Fault::TooLarge(bytes) = fault else { return false };
    scanner.note_limit(format!("reading the log was stopped at a line of more than {bytes} bytes"));
    true
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
