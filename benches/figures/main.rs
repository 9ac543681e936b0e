//! The figures of README's BENCHMARKS: the program as a whole process, against a stand-in of engine and LocalStack that
//! answers at once, or against other programs in the same run. Prints a table; asserts nothing. `cargo bench` runs all,
//! `cargo bench -- scan` one group.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod check;
mod cost;
mod dashboard;
mod engine;
#[path = "../../tests/support/packages.rs"]
mod packages;
mod scan;
mod standin;
#[path = "../../tests/support/standin.rs"]
mod standin_container;

use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Instant;

/// The program that is measured: another than the one just built, if that is named.
pub static PROGRAM: LazyLock<String> =
    LazyLock::new(|| std::env::var("LSDOCTOR_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_lsdoctor").to_owned()));

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let groups: [(&str, fn()); 5] = [
        ("scan", scan::run),
        ("check", check::run),
        ("dashboard", dashboard::run),
        ("engine", engine::run),
        ("cost", cost::run),
    ];
    println!("binary: {:.2} MB", std::fs::metadata(&*PROGRAM).unwrap().len() as f64 / 1e6);
    for (name, run) in groups {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            run();
        }
    }
}

/// One run of a whole process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Run {
    /// Milliseconds from start to end.
    pub wall: f64,
    /// Milliseconds of the processor, in the program and for it.
    pub cpu: f64,
    /// The most memory that was resident, in MiB.
    pub peak: f64,
}

/// Runs a command by `time`, whose words stand last on its standard error.
pub fn measure(command: &[&str]) -> Run {
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["-f", "%U %S %M"]).args(command).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", "/nonexistent");
    timed.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let begun = Instant::now();
    let output = timed.output().expect("GNU time is installed");
    let wall = begun.elapsed().as_secs_f64() * 1e3;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let last: Vec<f64> = words.lines().last().unwrap_or_default().split(' ').filter_map(|w| w.parse().ok()).collect();
    let [user, system, kib] = last[..] else { panic!("{command:?}: {words}") };
    Run { wall, cpu: (user + system) * 1e3, peak: kib / 1024.0 }
}

/// The middle of what several runs gave.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs commands in turn, so that what else the machine does falls on all alike, and gives each one's middle.
pub fn compare(times: usize, commands: &[&[&str]]) -> Vec<Run> {
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); commands.len()];
    for _ in 0..times {
        for (runs, command) in runs.iter_mut().zip(commands) {
            runs.push(measure(command));
        }
    }
    let middle = |runs: &[Run], of: fn(&Run) -> f64| median(runs.iter().map(of).collect());
    runs.iter()
        .map(|runs| Run {
            wall: middle(runs, |r| r.wall),
            cpu: middle(runs, |r| r.cpu),
            peak: middle(runs, |r| r.peak),
        })
        .collect()
}

/// A row of the table.
pub fn row(what: &str, figure: impl std::fmt::Display) {
    println!("{what:<64} {figure}");
}
