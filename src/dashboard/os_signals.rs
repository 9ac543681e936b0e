//! What the system tells a program that has the terminal: to end, or that it goes on after a stop.
//! No terminal and no model; what follows is decided by `mod.rs`.

use std::io;

/// The system has stopped us by then, or it never will.
#[cfg(unix)]
const STOPS_WITHIN: std::time::Duration = std::time::Duration::from_millis(200);

/// What the system tells.
pub(super) enum Signal {
    /// End in good order.
    End,
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix stops and resumes programs"))]
    /// We were stopped, and go on.
    Resumed,
}

/// Those signals that matter.
#[cfg(unix)]
pub(super) struct Signals {
    term: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    resumed: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens to them from now on.
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        /// SIGCONT has no name in the library; its number differs.
        const CONTINUE: i32 =
            if cfg!(any(target_os = "macos", target_os = "ios", target_os = "freebsd")) { 19 } else { 18 };
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            resumed: signal(SignalKind::from_raw(CONTINUE))?,
        })
    }

    /// Waits until a stop, which was just asked for, is over. It takes a moment to come, and without a shell that
    /// has job control it never comes.
    pub(super) async fn resumed(&mut self) {
        tokio::select! {
            _ = self.resumed.recv() => {}
            () = tokio::time::sleep(STOPS_WITHIN) => {}
        }
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.term.recv() => Signal::End,
            _ = self.hangup.recv() => Signal::End,
            _ = self.interrupt.recv() => Signal::End,
            _ = self.resumed.recv() => Signal::Resumed,
        }
    }
}

/// Those signals that matter.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Nothing is ever stopped here.
    pub(super) async fn resumed(&mut self) {}

    /// Listens to them from now on.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::End,
            Err(_) => std::future::pending().await,
        }
    }
}
