//! Reads one container's log within a time and a size.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::Instant;

use super::part::{Part, StartScanner};
use crate::observations::{Container, ErrorKind, ProbeError};
use crate::probes::answer::Answer;
use crate::probes::context::Context;
use crate::probes::sources::Source;
use crate::probes::sources::fault::Fault;
use crate::probes::sources::types::{LogPiece, LogQuery};

/// The bytes of the head: the banner of a start and all it says of its license stand well within it.
pub(super) const HEAD: u64 = 1 << 20;
/// The last lines of a start that is longer than its head.
pub(super) const TAIL_LINES: u32 = 5_000;
/// The bytes up to which the last lines are read: 5,000 of them are rarely more than one megabyte.
pub(super) const TAIL: u64 = 16 << 20;

/// How reading ended.
pub(super) enum End {
    /// At the log's end.
    Reached,
    /// At the size that was allowed.
    Cut,
    /// At the deadline.
    Late,
}

/// Reads one container's log within the time that one check has.
pub(super) struct Reader<'a> {
    container: &'a Container,
    source: &'a Source,
    deadline: Instant,
    limit: Duration,
}

impl<'a> Reader<'a> {
    pub(super) fn new(context: &Context, source: &'a Source, container: &'a Container) -> Answer<Self> {
        if container.settings.log_driver == "none" {
            return Err(unreadable(container));
        }
        let limit = context.limits.timeout;
        Ok(Self { container, source, deadline: Instant::now() + limit, limit })
    }

    /// The same reader with less time left.
    pub(super) fn with_deadline(mut self, limit: Duration) -> Self {
        let deadline = Instant::now() + limit;
        if deadline < self.deadline {
            (self.deadline, self.limit) = (deadline, limit);
        }
        self
    }

    /// Reads the beginning, and the last lines if that is not all. Of several starts, only the last lines are read.
    pub(super) async fn head_and_tail(&self, part: &Part, scanner: &mut StartScanner) -> Answer<End> {
        if part.is_tail() {
            return self.read(part.beginning_query(), TAIL, scanner).await;
        }
        match self.read(part.beginning_query(), HEAD, scanner).await? {
            End::Cut => {}
            end => return Ok(end),
        }
        leave_out_middle(scanner);
        Ok(match self.read(part.last_lines(TAIL_LINES), TAIL, scanner).await? {
            End::Late => End::Late,
            End::Reached | End::Cut => End::Cut,
        })
    }

    /// Reads until the end, the size or the deadline.
    pub(super) async fn read(&self, query: LogQuery, largest: u64, scanner: &mut StartScanner) -> Answer<End> {
        let mut pieces = self.source.log(&self.container.handle(), query);
        let (mut size, mut opened) = (0, false);
        let reading = tokio::time::timeout_at(self.deadline, async {
            while let Some(piece) = pieces.next().await {
                match piece? {
                    LogPiece::Opened => opened = true,
                    LogPiece::Written { bytes, stream, at } => {
                        scanner.feed(&bytes, stream, at);
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

    pub(super) fn describe(&self, fault: &Fault) -> ProbeError {
        match fault {
            Fault::Status(501, _) => unreadable(self.container),
            Fault::Status(_, message) if message.contains("does not support reading") => unreadable(self.container),
            fault => self.source.describe(fault),
        }
    }
}

/// Notes in the digest that a line was too long, if that is what stopped the reading.
pub(super) fn note_overlong(fault: &Fault, scanner: &mut StartScanner) -> bool {
    let Fault::TooLarge(bytes) = fault else { return false };
    scanner.note_limit(format!("reading the log was stopped at a line of more than {bytes} bytes"));
    true
}

/// The head ends in mid-line; what follows is the tail.
pub(super) fn leave_out_middle(scanner: &mut StartScanner) {
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
