//! The command line: commands, options and their help. Files and the environment are read elsewhere.

mod values;

pub use values::{LONGEST, duration};

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::diagnosis::Severity;
use crate::observations::ProbeId;
use values::check;

/// Says whether LocalStack is activated, and if not, why, what proves it, and how to fix it.
#[derive(Debug, Parser)]
#[command(
    name = "lsdoctor",
    version,
    propagate_version = true,
    after_help = "Examples:
  lsdoctor                        the dashboard; without a terminal, as `check`
  lsdoctor check                  check once: verdict, proof, remedy
  lsdoctor check --wait=2m        wait until LocalStack is activated
  lsdoctor check --format json    the answer for a program
  docker logs localstack-main 2>&1 | lsdoctor diagnose --log -
  lsdoctor explain credentials-missing

Exit codes:
  0  activated, or no license needed
  1  not activated; the answer names the cause
  2  wrong usage, or unreadable input
  3  undecided: starting, not running, no evidence, or the time of --wait is over
  4  activated, with findings that --fail-on covers

lsdoctor is read-only. It never prints, logs, records or sends a token."
)]
pub struct Cli {
    /// The command. Without one, the dashboard is shown.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options for all commands.
    #[command(flatten)]
    pub global: Global,
}

/// Options for all commands.
#[derive(Debug, Clone, Args, Default)]
pub struct Global {
    /// LocalStack's endpoint [env: LSTK_ENDPOINT_URL, AWS_ENDPOINT_URL] [default: `http://localhost:4566`, or the port the container publishes]
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// The container the verdict is about
    #[arg(long, global = true, value_name = "NAME|ID")]
    pub container: Option<String>,
    /// The container engine [env: DOCKER_HOST] [default: the current docker context, then well-known sockets]
    #[arg(long, global = true, value_name = "URI")]
    pub docker_host: Option<String>,
    /// The license server [env: API_ENDPOINT] [default: `https://api.localstack.cloud/v1`]
    #[arg(long, global = true, value_name = "URL")]
    pub api_endpoint: Option<String>,
    /// Ask this DNS server instead of the system's; repeatable
    #[arg(long, global = true, value_name = "ADDR[:PORT]")]
    pub dns_server: Vec<String>,
    /// Time limit of each check [default: 5s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Time between two rounds of checks [default: 1s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub interval: Option<Duration>,
    /// Send no request beyond this machine
    #[arg(long, global = true)]
    pub offline: bool,
    /// Configuration file [default: lsdoctor/config.toml in the configuration directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print a commented configuration file with all keys and colors of the dashboard, and exit
    #[arg(long)]
    pub print_config: bool,
    /// When to use color [env: NO_COLOR] [default: auto]
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub color: Option<Color>,
    /// ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Print the verdict only; with `--format markdown`, one paragraph with its proof
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print everything: all proof and commands, every check with its time and detail, and what was ruled out
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Also ask the system's keyring whether it has lstk's token; this may open a prompt
    #[arg(long, global = true)]
    pub keyring: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Check LocalStack once: verdict, proof, remedy, exit code
    #[command(visible_alias = "doctor")]
    Check(Check),
    /// Diagnose from files alone, without network and container engine
    Diagnose(Diagnose),
    /// Write a report without secrets, for an issue or a support request
    Report(Report),
    /// Record what lsdoctor observes, without secrets
    Record(Record),
    /// Play a recording or a JSON report in the dashboard
    Replay(Replay),
    /// Play built-in recordings in the dashboard; needs nothing installed
    Demo,
    /// Compare two JSON reports: what differs, the most likely reason first
    Diff(Diff),
    /// Explain a cause: what it means, how it is recognized, how to fix it
    Explain(Explain),
    /// Print the JSON Schema of `--format json`
    Schema,
    /// Print shell completions
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print a manual page
    Man(Man),
}

/// Options of `check`.
#[derive(Debug, Clone, Args, Default)]
pub struct Check {
    /// How the answer is delivered.
    #[command(flatten)]
    pub answer: Answer,
    /// Wait until LocalStack is activated, at most this long; ends at once on a failure that waiting cannot fix
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "2m", value_parser = duration)]
    pub wait: Option<Duration>,
    /// Give a verdict for every instance; the exit code is the worst one
    #[arg(long)]
    pub all: bool,
    /// Keep checking, and print one line for each change
    #[arg(long, conflicts_with = "wait")]
    pub watch: bool,
    /// Run only these checks, separated by commas
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = check)]
    pub only: Vec<ProbeId>,
    /// Do not run these checks, separated by commas
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = check)]
    pub skip: Vec<ProbeId>,
    /// List the checks and exit
    #[arg(long)]
    pub list_checks: bool,
    /// Check a compose file before anything is started; repeatable, merged in order [default FILE: this directory's]
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = ".")]
    pub compose: Option<Vec<PathBuf>>,
}

/// How an answer is delivered, for `check` and `diagnose`.
#[derive(Debug, Clone, Args, Default)]
pub struct Answer {
    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Exit with 1 for the community edition too
    #[arg(long)]
    pub require_license: bool,
    /// Exit with 4 if LocalStack is activated, but has a finding of at least this severity
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Ignore findings of this cause for the exit code; repeatable
    #[arg(long, value_name = "CAUSE")]
    pub ignore: Vec<String>,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One object.
    Json,
    /// For an issue or a mail.
    Markdown,
    /// Annotations of GitHub Actions.
    Github,
    /// A test report.
    Junit,
    /// One object per change, for `check --watch`.
    Jsonl,
}

/// Severities for `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors.
    Error,
    /// Warnings and errors.
    Warning,
    /// Everything.
    Info,
}

impl FailOn {
    /// The severity from which findings count.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }
}

/// Options of `diagnose`.
#[derive(Debug, Clone, Args, Default)]
pub struct Diagnose {
    /// How the answer is delivered.
    #[command(flatten)]
    pub answer: Answer,
    /// A start-up log; `-` is standard input; repeatable
    #[arg(long, value_name = "FILE")]
    pub log: Vec<PathBuf>,
    /// The container's environment, a NAME=value on each line
    #[arg(long, value_name = "FILE")]
    pub env: Option<PathBuf>,
    /// The body of /_localstack/info
    #[arg(long, value_name = "FILE")]
    pub info: Option<PathBuf>,
    /// The output of `docker inspect`
    #[arg(long, value_name = "FILE")]
    pub inspect: Option<PathBuf>,
    /// A cached license.json
    #[arg(long, value_name = "FILE")]
    pub license: Option<PathBuf>,
    /// The image
    #[arg(long, value_name = "REF")]
    pub image: Option<String>,
    /// The exit code of LocalStack or its container
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub exit_code: Option<i64>,
    /// A JSON report or a recording, diagnosed again
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// A log, as with --log
    #[arg(value_name = "LOG")]
    pub file: Option<PathBuf>,
}

/// Options of `report`.
#[derive(Debug, Clone, Args, Default)]
pub struct Report {
    /// Markdown for people, or JSON for programs
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ReportFormat,
    /// Write to this file, which must not exist; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the file
    #[arg(long, requires = "output")]
    pub force: bool,
    /// List what the report would contain, and exit
    #[arg(long)]
    pub dry_run: bool,
    /// Replace names of hosts, users, containers, projects and directories, and private addresses, each by the same word everywhere
    #[arg(long)]
    pub anonymize: bool,
}

/// Formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum ReportFormat {
    /// Markdown.
    #[default]
    Markdown,
    /// JSON.
    Json,
}

/// Options of `record`.
#[derive(Debug, Clone, Args)]
pub struct Record {
    /// The recording, which must not exist
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Overwrite the file
    #[arg(long)]
    pub force: bool,
    /// Stop after this time; without it, Ctrl-C stops the recording
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub r#for: Option<Duration>,
    /// Replace names and private addresses, as in a report
    #[arg(long)]
    pub anonymize: bool,
}

/// Options of `replay`.
#[derive(Debug, Clone, Args)]
pub struct Replay {
    /// A recording, or a JSON report
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Options of `diff`.
#[derive(Debug, Clone, Args)]
pub struct Diff {
    /// A JSON report or a recording
    #[arg(value_name = "A")]
    pub first: PathBuf,
    /// The other one
    #[arg(value_name = "B")]
    pub second: PathBuf,
    /// Text to read, or JSON for a machine
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: DiffFormat,
}

/// Formats of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum DiffFormat {
    /// For people.
    #[default]
    Text,
    /// One object.
    Json,
}

/// Options of `explain`.
#[derive(Debug, Clone, Args, Default)]
pub struct Explain {
    /// The cause; without one, all causes are listed
    #[arg(value_name = "CAUSE")]
    pub cause: Option<String>,
    /// Print the whole catalogue as a markdown page
    #[arg(long, conflicts_with = "cause")]
    pub markdown: bool,
}

/// Options of `man`.
#[derive(Debug, Clone, Args, Default)]
pub struct Man {
    /// The page of this command; without one, the page of the program
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
    /// Write the pages of all commands into this directory instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}

/// The command line under the name that it is called by: lstk runs a program `lstk-license` for `lstk license`.
pub fn command(called: &OsStr) -> clap::Command {
    let command = Cli::command();
    let stem = Path::new(called).file_stem().and_then(OsStr::to_str);
    let Some(name) = stem.and_then(|s| s.strip_prefix("lstk-")).filter(|n| !n.is_empty()) else { return command };
    let shown = format!("lstk {name}");
    let examples = command.get_after_help().map(|text| text.to_string().replace("lsdoctor ", &format!("{shown} ")));
    command.bin_name(shown).after_help(examples.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn waiting_takes_two_minutes_unless_told() {
        let parse = |args: &[&str]| match Cli::parse_from(args).command {
            Some(Command::Check(check)) => check.wait,
            _ => None,
        };
        assert_eq!(parse(&["lsdoctor", "check", "--wait"]), Some(Duration::from_secs(120)));
        assert_eq!(parse(&["lsdoctor", "doctor", "--wait=3s"]), Some(Duration::from_secs(3)));
        assert_eq!(parse(&["lsdoctor", "check"]), None);
    }
}
