//! Which part of a container's log belongs to its present start, and which to the starts before.
//!
//! An engine keeps one log for all starts of a container. What an earlier start said must not be taken for the present
//! one's, above all not its success. Two marks tell them apart:
//!
//! - *The end of the start before.* While a container runs, the engine still knows it (`FinishedAt`); of a container that
//!   has ended, its memory of events does. Each piece of the log comes with the time at which it was written. What was
//!   written up to that end is an earlier start's.
//! - *The banner*, which the scanner knows. It is the only mark where no end is known.
//!
//! `StartedAt` is no mark: it is noted late, and the first lines of a fast container are older than it.
//!
//! ```text
//! written at   line                              present start began at :05, the one before ended at :04.8
//! :02          Successfully activated license    earlier
//! :04.7        Shutting down                     earlier
//! :04.99       LocalStack version: 4.14.0        present, although it is older than StartedAt
//! ```

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::log::{Scanner, TailLimit};
use crate::observations::{Container, LogDigest, LogLine, LogOrigin, StartId, Stream};
use crate::probes::context::Context;
use crate::probes::sources::types::LogQuery;

/// Several starts of a restart loop, each of which has some dozen lines.
const LOOP_LINES: u32 = 2_000;
/// Where no end of an earlier start is known, the log is read from this long before the start: its first line can be older.
const MARGIN: SignedDuration = SignedDuration::from_secs(2);

/// The part of a log that is read.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The start that it is read for.
    start: StartId,
    /// The whole seconds from which it is read; nothing where the last lines of several starts are read.
    since: Option<Timestamp>,
    /// The end of the start before: what was written up to then is an earlier start's.
    bound: Option<Timestamp>,
    /// Whether the starts before may speak, because the engine restarts the container again and again.
    looping: bool,
}

impl Part {
    /// The part of the log that belongs to the present start, and to those before it in a restart loop.
    pub(super) fn of(context: &Context, container: &Container) -> Self {
        let (now, start) = (context.now(), container.start());
        let looping = container.is_looping(now);
        // A clock that was set back makes a start lie ahead, and all that was written since then lie before it.
        let begun = start.started_at.filter(|at| at.duration_since(now) <= MARGIN);
        let bound = container.state.previous_end().filter(|end| begun.is_some_and(|begun| *end <= begun + MARGIN));
        let since = begun.filter(|_| !looping).map(|begun| bound.map_or(begun, |end| end.max(begun - MARGIN)));
        let since = since.map(|at| if bound.is_some() { at } else { at - MARGIN });
        Self { start, since, bound, looping }
    }

    /// The query for this part from its beginning; of several starts, the last lines.
    pub(super) fn beginning_query(&self) -> LogQuery {
        LogQuery {
            since: self.since,
            last: self.since.is_none().then_some(LOOP_LINES),
            times: self.bound.is_some(),
            ..LogQuery::default()
        }
    }

    /// The query for the last lines of this part.
    pub(super) fn last_lines(&self, lines: u32) -> LogQuery {
        LogQuery { last: Some(lines), ..self.beginning_query() }
    }

    /// Whether the part is that of several starts, of which only the last lines are read.
    pub(super) const fn is_tail(&self) -> bool {
        self.since.is_none()
    }
}

/// Two scanners behind one log: one for the present start, one for the starts before it.
pub(super) struct StartScanner {
    part: Part,
    present: Scanner,
    earlier: Scanner,
    /// Whether a piece of the present start has come: all that follows is the present start's too.
    begun: bool,
}

impl StartScanner {
    pub(super) fn new(context: &Context, container: &Container, part: &Part) -> Self {
        let name = if container.name.is_empty() { &container.id } else { &container.name };
        let origin = LogOrigin::Instance(name.clone());
        let scanner = || {
            Scanner::new(Arc::clone(&context.phrases), Arc::clone(&context.scrubber), origin.clone()).of_localstack()
        };
        Self { part: part.clone(), present: scanner(), earlier: scanner(), begun: part.bound.is_none() }
    }

    /// Keeps new lines of the present start for [`Self::take_lines`].
    pub(super) fn keep_lines(mut self) -> Self {
        self.present = self.present.keep_lines(true);
        self
    }

    /// Keeps a longer tail of the present start.
    pub(super) fn keep_tail(mut self, limit: TailLimit) -> Self {
        self.present = self.present.keep_tail(limit);
        self
    }

    /// Takes a piece of the log, written at `at`. A piece without a time is the present start's.
    pub(super) fn feed(&mut self, bytes: &[u8], stream: Option<Stream>, at: Option<Timestamp>) {
        self.begun |= at.is_none() || at > self.part.bound;
        if self.begun {
            self.present.feed(bytes, stream);
        } else if self.part.looping {
            self.earlier.feed(bytes, stream);
        }
    }

    /// Notes a limit that was met.
    pub(super) fn note_limit(&mut self, text: impl Into<String>) {
        self.present.note_limit(text);
    }

    /// Lines of the present start that were completed since the last call.
    pub(super) fn take_lines(&mut self) -> Vec<LogLine> {
        self.present.take_lines()
    }

    /// What the log holds so far.
    pub(super) fn digest(&self) -> LogDigest {
        self.complete(self.present.digest(), self.earlier.digest())
    }

    /// What the log holds, its last line without an end included.
    pub(super) fn finish(&mut self) -> LogDigest {
        let (present, earlier) = (self.present.finish(), self.earlier.finish());
        self.complete(present, earlier)
    }

    fn complete(&self, present: LogDigest, earlier: LogDigest) -> LogDigest {
        LogDigest { of: Some(self.part.start.clone()), earlier: earlier.runs, ..present }
    }
}
