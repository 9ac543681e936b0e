//! The dashboard in a pseudo-terminal: first frame, first verdict, what it costs at rest and in a flood of log lines.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::standin::{Manner, serve};
use crate::{PROGRAM, median, row};

/// The size of the terminal.
const ROWS: NonZero<u16> = NonZero::new(40).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(120).unwrap();
/// How long it is watched.
const WATCHED: Duration = Duration::from_secs(20);
/// How long nothing has happened before that.
const CALM: Duration = Duration::from_secs(65);

struct Screen {
    parser: Arc<Mutex<vt100::Parser>>,
    written: Arc<Mutex<u64>>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    begun: Instant,
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Screen {
    fn start(host: &str) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 })
            .unwrap();
        let mut command = CommandBuilder::new(&*PROGRAM);
        command.args(["--docker-host", host, "--offline"]);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("HOME", "/nonexistent");
        command.cwd("/");
        let begun = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        let parser = Arc::new(Mutex::new(vt100::Parser::new(ROWS, COLUMNS, 0)));
        let written = Arc::new(Mutex::new(0));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (screen, count) = (parser.clone(), written.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                *count.lock().unwrap() += n as u64;
                screen.lock().unwrap().process(&buffer[..n]);
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Self { parser, written, writer, child, _master: pair.master, begun }
    }

    /// Milliseconds until the screen holds this.
    fn until(&self, from: Instant, text: &str) -> f64 {
        while !self.parser.lock().unwrap().screen().contents().contains(text) {
            assert!(from.elapsed().as_secs() < 20, "{text}: {}", self.parser.lock().unwrap().screen().contents());
            std::thread::sleep(Duration::from_micros(200));
        }
        from.elapsed().as_secs_f64() * 1e3
    }

    fn of_process(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.process_id().unwrap())).unwrap_or_default()
    }

    /// Hundredths of a second of the processor.
    fn ticks(&self) -> f64 {
        let stat = self.of_process("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
    }

    fn resident(&self) -> f64 {
        let status = self.of_process("status");
        let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1024.0
    }

    /// Times that any of its threads was woken up.
    fn wakes(&self) -> f64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.process_id().unwrap())).unwrap();
        let switches = |task: std::fs::DirEntry| {
            let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
            let line = status.lines().find(|l| l.starts_with("voluntary")).unwrap_or_default().to_owned();
            line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or_default()
        };
        tasks.flatten().map(switches).sum()
    }

    /// What it does within a time: share of a core in percent, wake-ups a second, bytes written to the terminal.
    fn watch(&self) -> (f64, f64, u64) {
        let (ticks, wakes, written) = (self.ticks(), self.wakes(), *self.written.lock().unwrap());
        std::thread::sleep(WATCHED);
        let seconds = WATCHED.as_secs_f64();
        ((self.ticks() - ticks) / seconds, (self.wakes() - wakes) / seconds, *self.written.lock().unwrap() - written)
    }

    /// Milliseconds from a key to what it shows.
    fn press(&mut self, key: &str, shows: &str) -> f64 {
        let begun = Instant::now();
        self.writer.write_all(key.as_bytes()).unwrap();
        self.writer.flush().unwrap();
        self.until(begun, shows)
    }
}

pub fn run() {
    println!("\ndashboard: 120x40, --offline, the same stand-ins");
    let host = format!("tcp://{}", serve(Manner::default()));
    let (mut first, mut verdict) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        let screen = Screen::start(&host);
        first.push(screen.until(screen.begun, "Checks"));
        verdict.push(screen.until(screen.begun, "ACTIVATED"));
    }
    row("first frame", format!("{:.1} ms", median(first)));
    row("verdict", format!("{:.1} ms", median(verdict)));
    let screen = Screen::start(&host);
    screen.until(screen.begun, "ACTIVATED");
    // A session that nothing has happened in for a minute looks less often.
    std::thread::sleep(CALM);
    let (core, wakes, written) = screen.watch();
    row(
        "at rest, after a calm minute",
        format!("{core:.2} % of a core, {wakes:.1} wake-ups/s, {written} bytes written, {:.1} MiB", screen.resident()),
    );
    drop(screen);
    let host = format!("tcp://{}", serve(Manner { log: 1 << 30, flood: 10_000, ..Manner::default() }));
    let mut screen = Screen::start(&host);
    screen.until(screen.begun, "ACTIVATED");
    screen.press("3", "s3.PutObject");
    let (core, _, _) = screen.watch();
    row(
        "10,000 log lines/s behind a log of 1 GiB, on the log's screen",
        format!("{core:.1} % of a core, {:.1} MiB", screen.resident()),
    );
    let keys = (0..15).flat_map(|_| [screen.press("?", "quit"), screen.press("\x1b", "s3.PutObject")]).collect();
    row("the same, from a key to the screen", format!("{:.1} ms", median(keys)));
}
