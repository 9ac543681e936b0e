//! Signals of the operating system: SIGTERM, SIGHUP, SIGINT, and SIGCONT after a stop.
//! `mod.rs` decides what follows from them.

use std::io;

/// A stop that was asked for comes within this time, or never.
#[cfg(unix)]
const STOPS_WITHIN: std::time::Duration = std::time::Duration::from_millis(200);

/// What a signal asks of the dashboard.
pub(super) enum OsSignal {
    /// End, and restore the terminal.
    End,
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix stops and resumes programs"))]
    /// The program was stopped and continues.
    Resumed,
}

/// The signals that the dashboard handles.
#[cfg(unix)]
pub(super) struct Signals {
    term: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    resumed: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Installs the handlers.
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

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) -> OsSignal {
        tokio::select! {
            _ = self.term.recv() => OsSignal::End,
            _ = self.hangup.recv() => OsSignal::End,
            _ = self.interrupt.recv() => OsSignal::End,
            _ = self.resumed.recv() => OsSignal::Resumed,
        }
    }
}

/// The signals that the dashboard handles.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Returns at once: programs are not stopped here.
    pub(super) async fn resumed(&mut self) {}

    /// Installs the handlers.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) -> OsSignal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => OsSignal::End,
            Err(_) => std::future::pending().await,
        }
    }
}
