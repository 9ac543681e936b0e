//! Reads a container's log as a stream of pieces.

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptions;
use futures_util::{Stream as Pieces, StreamExt, stream};

use super::client::{Client, encoded};
use crate::observations::Stream;
use crate::probes::sources::fault::Fault;
use crate::probes::sources::types::{LogPiece, LogQuery};

/// bollard waits for the end of a terminal's line, and the engine is read ahead of the scanner; no line is as long.
const LONGEST_PIECE: usize = 2 << 20;

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
                let steps = stream::unfold(state, |state| async move {
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
                            ([first, Some(Ok(bytes(piece)))], Some((call, pieces, opened)))
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
        follow: query.follow,
        ..LogsOptions::default()
    }
}

fn bytes(piece: LogOutput) -> LogPiece {
    match piece {
        LogOutput::StdOut { message } => LogPiece::Bytes(message, Some(Stream::Stdout)),
        LogOutput::StdErr { message } => LogPiece::Bytes(message, Some(Stream::Stderr)),
        LogOutput::StdIn { message } | LogOutput::Console { message } => LogPiece::Bytes(message, None),
    }
}
