//! Reads a container's log as a stream of pieces.

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptions;
use futures_util::{Stream as Pieces, StreamExt, stream};
use jiff::Timestamp;

use super::client::{Client, encoded};
use crate::observations::Stream;
use crate::probes::sources::fault::Fault;
use crate::probes::sources::types::{LogPiece, LogQuery};

/// bollard waits for the end of a terminal's line, and the engine is read ahead of the scanner; no line is as long.
const LONGEST_PIECE: usize = 2 << 20;

/// A time with its zone has at most so many bytes.
const LONGEST_TIME: usize = 40;

impl Client {
    /// Reads the log of a container. The stream ends with the log, or with the first failure.
    pub(crate) fn log(&self, id: &str, query: LogQuery) -> impl Pieces<Item = Result<LogPiece, Fault>> + Send + use<> {
        let call = self.call(LONGEST_PIECE);
        let id = encoded(id);
        let opened = stream::iter([call]);
        opened.flat_map(move |call| match call {
            Err(fault) => stream::once(async move { Err(fault) }).boxed(),
            Ok(call) => {
                let pieces = Box::pin(call.docker.logs(&id, Some(options(query))));
                let state = Some((call, pieces, false));
                // Two steps at a time: the first piece can come together with the head of the answer.
                let steps = stream::unfold(state, move |state| async move {
                    let (call, mut pieces, opened) = state?;
                    let piece = tokio::select! {
                        () = call.answered(), if !opened => None,
                        piece = pieces.next() => Some(piece),
                    };
                    let first = (!opened && call.is_answered()).then_some(Ok(LogPiece::Opened));
                    let opened = opened || first.is_some();
                    Some(match piece {
                        None => ([first, None], Some((call, pieces, opened))),
                        Some(None) => ([first, None], None),
                        Some(Some(Ok(piece))) => {
                            call.renew();
                            ([first, Some(Ok(written(piece, query.times)))], Some((call, pieces, opened)))
                        }
                        Some(Some(Err(error))) => ([first, Some(Err(call.fault(error)))], None),
                    })
                });
                steps.flat_map(|both| stream::iter(both.into_iter().flatten())).boxed()
            }
        })
    }
}

fn options(query: LogQuery) -> LogsOptions {
    LogsOptions {
        stdout: true,
        stderr: true,
        since: query.since.and_then(|t| i32::try_from(t.as_second()).ok()).unwrap_or_default(),
        tail: query.last.map_or_else(|| "all".to_owned(), |lines| lines.to_string()),
        timestamps: query.times,
        follow: query.follow,
        ..LogsOptions::default()
    }
}

fn written(piece: LogOutput, times: bool) -> LogPiece {
    let (bytes, stream) = match piece {
        LogOutput::StdOut { message } => (message, Some(Stream::Stdout)),
        LogOutput::StdErr { message } => (message, Some(Stream::Stderr)),
        LogOutput::StdIn { message } | LogOutput::Console { message } => (message, None),
    };
    let (at, length) = if times { time(&bytes) } else { (None, 0) };
    LogPiece::Written { bytes: bytes.slice(length..), stream, at }
}

/// Reads the time that the engine puts before each piece, and tells how many bytes it takes with the space behind it:
/// `2026-11-24T19:19:58.108668083Z `. A time without a zone is LocalStack's own, and stays.
fn time(bytes: &[u8]) -> (Option<Timestamp>, usize) {
    let none = (None, 0);
    let head = bytes.get(..bytes.len().min(LONGEST_TIME)).unwrap_or_default();
    let Some(end) = memchr::memchr(b' ', head) else { return none };
    let text = head.get(..end).and_then(|t| std::str::from_utf8(t).ok()).unwrap_or_default();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return none;
    }
    text.parse::<Timestamp>().map_or(none, |at| (Some(at), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_times_are_taken_off_and_localstacks_own_stay() {
        let read = |text: &str| {
            let (at, length) = time(text.as_bytes());
            (at.map(|t| t.to_string()), text[length..].to_owned())
        };
        let time = || Some("2026-11-24T19:19:58.108668083Z".to_owned());
        assert_eq!(read("2026-11-24T19:19:58.108668083Z Ready."), (time(), "Ready.".to_owned()));
        assert_eq!(read("2026-11-24T20:19:58.108668083+01:00 Ready."), (time(), "Ready.".to_owned()));
        for text in ["2026-11-24T19:19:58.108  INFO --- x", "Ready.", "", "LocalStack version: 4", "12 monkeys"] {
            assert_eq!(read(text), (None, text.to_owned()));
        }
    }
}
