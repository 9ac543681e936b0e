//! Runs the program with bounds: on its memory by the system, on its time by the test.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Address space in KiB. A debug build with its threads' stacks takes about half of it.
const MEMORY: u32 = 600_000;
/// Whatever is fed, it must not take this long on a busy machine.
const TIME: Duration = Duration::from_secs(60);

pub struct Doctor {
    pub home: tempfile::TempDir,
}

/// How it ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Doctor {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.home.path()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        // The shell sets the bound, and becomes the program.
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_lsdoctor")]);
        command.args(args).env_clear().env("HOME", self.path()).env("PATH", "/usr/bin:/bin").current_dir(self.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ended {
        end(self.command(args).spawn().unwrap(), args)
    }

    /// With pieces on its standard input, again and again.
    pub fn fed<'a>(&self, args: &[&str], pieces: impl IntoIterator<Item = &'a [u8]> + Send) -> Ended {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || pieces.into_iter().try_for_each(|piece| input.write_all(piece)));
            end(child, args)
        })
    }
}

/// Waits for the end, and checks what must hold of any.
fn end(mut child: Child, args: &[&str]) -> Ended {
    let mut reading = [child.stdout.take().map(boxed), child.stderr.take().map(boxed)].map(|stream| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            stream.map(|mut s| s.read_to_end(&mut bytes));
            bytes
        })
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > TIME {
            child.kill().unwrap();
            panic!("{args:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let [out, err] = reading.each_mut().map(|r| std::mem::replace(r, std::thread::spawn(Vec::new)).join().unwrap());
    let (out, err) = (String::from_utf8(out).expect("UTF-8"), String::from_utf8(err).expect("UTF-8"));
    assert!(matches!(status.code(), Some(0..=4)), "{args:?} ended with {status:?}\n{out}\n{err}");
    assert!(!err.contains("panicked"), "{args:?}: {err}");
    for text in [&out, &err] {
        let raw = text.chars().find(|c| is_active(*c));
        assert_eq!(raw, None, "{args:?} let something through: {text:?}");
    }
    Ended { code: status.code(), out, err }
}

fn boxed(stream: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(stream)
}

/// What a terminal would act upon, or what would show a line otherwise than it is.
fn is_active(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
