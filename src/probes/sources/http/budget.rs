//! Counts what a connection brings, and ends it when that is more than the reader is willing to hold.
//! How much that is, is decided by whoever asks.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::dial::Stream;

/// A head with its headers comes on top of what is allowed.
const HEAD: usize = 16 << 10;

/// The bytes that may still come.
#[derive(Debug)]
pub(crate) struct Allowance(AtomicUsize);

impl Allowance {
    /// So many bytes, and a head.
    pub(crate) const fn new(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes.saturating_add(HEAD)))
    }

    /// So many bytes again.
    pub(crate) fn renew(&self, bytes: usize) {
        self.0.store(bytes.saturating_add(HEAD), Relaxed);
    }

    /// Whether too much came.
    pub(crate) fn used_up(&self) -> bool {
        self.0.load(Relaxed) == 0
    }

    fn take(&self, bytes: usize) -> io::Result<()> {
        let left = self.0.load(Relaxed).saturating_sub(bytes);
        self.0.store(left, Relaxed);
        if left == 0 { Err(io::Error::other("more than is allowed")) } else { Ok(()) }
    }
}

/// The stream, broken off when its allowance is used up.
pub(crate) fn metered(stream: Box<dyn Stream>, allowance: &Arc<Allowance>) -> impl Stream + use<> {
    let (read, write) = tokio::io::split(stream);
    tokio::io::join(Metered { read, allowance: Arc::clone(allowance) }, write)
}

struct Metered<R> {
    read: R,
    allowance: Arc<Allowance>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Metered<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.read).poll_read(cx, buf))?;
        Poll::Ready(self.allowance.take(buf.filled().len() - before))
    }
}
