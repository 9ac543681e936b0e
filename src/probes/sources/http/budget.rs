//! Counts what a connection brings, and ends it when that is more than the reader is willing to hold.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::dial::Stream;

/// TailLimit for the head of an answer with its headers, in bytes; it comes on top of what is allowed for the body.
const HEAD: usize = 16 << 10;

/// How many bytes a connection may still bring.
#[derive(Debug)]
pub(crate) struct ByteBudget(AtomicUsize);

impl ByteBudget {
    /// A budget of `bytes` for a body, and room for a head.
    pub(crate) const fn new(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes.saturating_add(HEAD)))
    }

    /// Sets the budget to `bytes` again, for the next answer or the next piece of a long one.
    pub(crate) fn renew(&self, bytes: usize) {
        self.0.store(bytes.saturating_add(HEAD), Relaxed);
    }

    /// Whether more came than was allowed.
    pub(crate) fn is_spent(&self) -> bool {
        self.0.load(Relaxed) == 0
    }

    fn spend(&self, bytes: usize) -> io::Result<()> {
        let left = self.0.load(Relaxed).saturating_sub(bytes);
        self.0.store(left, Relaxed);
        if left == 0 { Err(io::Error::other("more than is allowed")) } else { Ok(()) }
    }
}

/// Wraps a stream so that reading fails once its budget is spent.
pub(crate) fn metered(stream: Box<dyn Stream>, budget: &Arc<ByteBudget>) -> impl Stream + use<> {
    let (read, write) = tokio::io::split(stream);
    tokio::io::join(Metered { read, budget: Arc::clone(budget) }, write)
}

struct Metered<R> {
    read: R,
    budget: Arc<ByteBudget>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Metered<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.read).poll_read(cx, buf))?;
        Poll::Ready(self.budget.spend(buf.filled().len() - before))
    }
}
