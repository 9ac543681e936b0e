//! Reads a container's log: the present start, its beginning and end first, in bounded memory and time.

mod follow;
mod part;
mod reader;

pub use follow::follow;

use std::time::Duration;

use super::answer::Answer;
use super::context::Context;
use super::sources::Source;
use crate::log::TailLimit;
use crate::observations::{Container, LogDigest, LogLine};
use part::{Part, StartScanner};
use reader::{End, Reader, TAIL_LINES};

/// A log that says nothing known in its head and tail is read in full, up to this.
const WHOLE: u64 = 512 << 20;
/// The lines of one start that a report holds: with everything traced, a start has some thousand.
const WHOLE_START: TailLimit = TailLimit { lines: TAIL_LINES as usize, bytes: 1 << 20 };
/// Nobody waits longer for the middle of a long log: an activation stands in its head.
const WHOLE_TIME: Duration = Duration::from_secs(2);

/// Reads the log of the present start, and of the starts before it where the engine restarts the container again and
/// again. A start that has not spoken yet has an empty log.
///
/// # Errors
/// When the source keeps no log, or does not answer.
pub async fn observe(context: &Context, source: &Source, container: &Container) -> Answer<LogDigest> {
    let reader = Reader::new(context, source, container)?;
    let part = Part::of(context, container);
    let mut scanner = StartScanner::new(context, container, &part);
    let end = reader.head_and_tail(&part, &mut scanner).await?;
    let digest = scanner.finish();
    if settled(&digest) || part.is_tail() || !matches!(end, End::Cut) {
        return Ok(digest);
    }
    let mut wider = StartScanner::new(context, container, &part);
    // What was read already counts, whatever becomes of this.
    let more = reader.with_deadline(WHOLE_TIME).read(part.beginning_query(), WHOLE, &mut wider).await;
    let wider = wider.finish();
    Ok(if more.is_ok() && settled(&wider) { wider } else { digest })
}

/// Reads all lines of the present start, for a report; of a start that is longer than a megabyte, the last megabyte.
///
/// # Errors
/// When the source keeps no log, or does not answer.
pub async fn whole(context: &Context, source: &Source, container: &Container) -> Answer<Vec<LogLine>> {
    let reader = Reader::new(context, source, container)?;
    let part = Part::of(context, container);
    let mut scanner = StartScanner::new(context, container, &part).keep_tail(WHOLE_START);
    reader.head_and_tail(&part, &mut scanner).await?;
    Ok(scanner.finish().tail)
}

/// Whether something known was recognised, or requests were served, which is what comes after a license is settled.
fn settled(digest: &LogDigest) -> bool {
    digest.runs.iter().any(|run| !run.hits.is_empty() || run.served.is_some())
}

#[cfg(test)]
mod tests;
