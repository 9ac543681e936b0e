//! A defect inside the dashboard: the terminal is given back, and what went wrong is told on it.
//! The program under test is this very file, run again in a pseudo-terminal with a clock that panics.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lsdoctor::dashboard::{Channels, Options, Outside, run};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Set where the program under test is meant to run.
const STARTED: &str = "LSDOCTOR_TEST_DEFECT";

static CALLS: AtomicUsize = AtomicUsize::new(0);

/// Panics the third time it is asked.
fn clock() -> Timestamp {
    assert!(CALLS.fetch_add(1, Ordering::SeqCst) < 2, "the clock has a defect");
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// The program under test.
fn dashboard_with_a_defect() {
    let (_feed, fed) = tokio::sync::mpsc::unbounded_channel();
    let (requests, _asked) = tokio::sync::mpsc::unbounded_channel();
    let options = Options::new(Outside { clock, zone: TimeZone::UTC, opener: None, save: |_, _, _| String::new() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(Channels { events: fed, commands: requests }, options)).unwrap();
}

#[test]
fn a_panic_is_told_on_a_clean_terminal() {
    // Started once more by itself, in a terminal.
    if std::env::var_os(STARTED).is_some() {
        return dashboard_with_a_defect();
    }
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let modes = pair.master.get_termios().unwrap();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "crash::a_panic_is_told_on_a_clean_terminal", "--nocapture"]);
    command.env("TERM", "xterm-256color");
    command.env(STARTED, "1");
    command.env("RUST_BACKTRACE", "0");
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    let screen = std::thread::spawn(move || {
        let mut screen = vt100::Parser::new(40.try_into().unwrap(), 120.try_into().unwrap(), 0);
        let (mut taken, mut buffer) = (false, [0; 4096]);
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            for byte in &buffer[..count] {
                screen.process(&[*byte]);
                taken |= screen.screen().alternate_screen();
            }
        }
        assert!(taken, "the dashboard had the terminal");
        screen
    });
    // It ends by itself: time goes on, and with it the clock is asked.
    assert!(!child.wait().unwrap().success());
    assert_eq!(pair.master.get_termios().unwrap(), modes);
    drop(pair.slave);
    let parser = screen.join().unwrap();
    let screen = parser.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    assert!(screen.contents().contains("the clock has a defect"), "{}", screen.contents());
}
