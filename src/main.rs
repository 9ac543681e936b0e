//! The program: captures the process's surroundings, calls the library, and turns its outcome into an exit code.
//! Nothing about LocalStack is decided here.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::FromArgMatches;
use lsdoctor::cli::{self, Cli};
use lsdoctor::commands::{self, Terminal};
use lsdoctor::exit::Exit;
use lsdoctor::probes::Host;
use lsdoctor::scrub::Scrubber;

fn main() -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    let parsed = cli::command(&called).try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let usage = error.use_stderr();
            complain(&error);
            return ExitCode::from(if usage { Exit::Usage as u8 } else { Exit::Fine as u8 });
        }
    };
    // Without a terminal, a program would be run to ask for its size.
    let columns = std::io::stdout()
        .is_terminal()
        .then(crossterm::terminal::size)
        .and_then(Result::ok)
        .map(|(columns, _)| columns);
    let terminal = Terminal {
        stdin: std::io::stdin().is_terminal(),
        stdout: std::io::stdout().is_terminal(),
        stderr: std::io::stderr().is_terminal(),
        columns,
    };
    // One thread is enough: probes wait, they do not compute.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let outcome = runtime.block_on(commands::run(cli, Host::capture(), terminal));
    // A name that is being resolved cannot be called off, and need not be waited for.
    runtime.shutdown_background();
    match outcome {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(error) => fail(&format!("{error:#}")),
    }
}

/// Errors quote what was typed, and what was typed may be a token.
fn complain(error: &clap::Error) {
    let plain = error.render().to_string();
    let shown = Scrubber::new().lines(&plain);
    let _ = if error.use_stderr() && shown != plain.trim_end_matches('\n') {
        writeln!(std::io::stderr(), "{shown}")
    } else {
        error.print()
    };
}

/// Errors quote lines of files.
fn fail(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "lsdoctor: {}", Scrubber::new().lines(message));
    ExitCode::from(Exit::Usage as u8)
}
