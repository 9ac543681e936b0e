//! The command line: what can be typed. Files and the environment are read elsewhere.

mod values;

pub use values::{LONGEST, duration};

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::diagnosis::Severity;
use crate::observations::ProbeId;
use values::check;

/// Tells whether LocalStack is activated, and if not, why, what proves it, and what to type.
#[derive(Debug, Parser)]
#[command(
    name = "lsdoctor",
    version,
    propagate_version = true,
    after_help = "Examples:
  lsdoctor                        the dashboard; without a terminal, as `check`
  lsdoctor check                  one look: verdict, proof, remedy
  lsdoctor check --wait=2m        look on until LocalStack is activated
  lsdoctor check --format json    the same for a program
  docker logs localstack-main 2>&1 | lsdoctor diagnose --log -
  lsdoctor explain credentials-missing

Exit codes:
  0  activated, or nothing to activate
  1  not activated, cause named
  2  bad usage, or unreadable input
  3  undecided: starting, not running, no evidence, or waiting ran out
  4  activated, with findings that --fail-on covers

lsdoctor looks and never touches. No token is printed, logged, recorded or sent."
)]
pub struct Cli {
    /// What to do; nothing means the dashboard.
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
    /// A resolver to ask instead of the system's; repeatable
    #[arg(long, global = true, value_name = "ADDR[:PORT]")]
    pub dns_server: Vec<String>,
    /// How long each check may take [default: 5s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// How often to look again [default: 1s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub interval: Option<Duration>,
    /// Ask nothing beyond this machine
    #[arg(long, global = true)]
    pub offline: bool,
    /// Configuration file [default: lsdoctor/config.toml in the configuration directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print a commented configuration file, with all keys and colours of the dashboard, and end
    #[arg(long)]
    pub print_config: bool,
    /// When to use colour [env: NO_COLOR] [default: auto]
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub color: Option<Color>,
    /// ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// The verdict only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Every check, with its timing and detail
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Ask the system's keyring too whether it has lstk's token; may open a prompt
    #[arg(long, global = true)]
    pub keyring: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Color {
    /// On a terminal that has not asked for none.
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
    /// One look: verdict, cause, evidence, remedy, exit code
    #[command(visible_alias = "doctor")]
    Check(Check),
    /// The same verdict from files alone: no network, no engine
    Diagnose(Diagnose),
    /// A redacted report to paste into an issue or a mail
    Report(Report),
    /// Record a session's redacted observations
    Record(Record),
    /// The dashboard over a recording or a JSON report
    Replay(Replay),
    /// The dashboard over built-in recordings; needs nothing installed
    Demo,
    /// What differs between two JSON reports, the likeliest reason first
    Diff(Diff),
    /// What a cause means, how it is recognised, what mends it
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
    /// Look on until activated, at most this long; ends at once on a failure that waiting cannot mend
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "2m", value_parser = duration)]
    pub wait: Option<Duration>,
    /// A verdict for every instance; the exit code is that of the worst
    #[arg(long)]
    pub all: bool,
    /// Look on for good, and print one line per change
    #[arg(long, conflicts_with = "wait")]
    pub watch: bool,
    /// Only these checks, separated by commas
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = check)]
    pub only: Vec<ProbeId>,
    /// Not these checks
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = check)]
    pub skip: Vec<ProbeId>,
    /// List the checks and end
    #[arg(long)]
    pub list_checks: bool,
    /// Look at a compose file before anything is started; repeatable, merged in order [default FILE: this directory's]
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = ".")]
    pub compose: Option<Vec<PathBuf>>,
}

/// How an answer is delivered, for `check` and `diagnose`.
#[derive(Debug, Clone, Args, Default)]
pub struct Answer {
    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Community edition counts as a failure
    #[arg(long)]
    pub require_license: bool,
    /// Exit with 4 when activated with findings of at least this severity
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Findings of this cause do not count for the exit code; repeatable
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
    /// A JSON report, judged again
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// A log, as with --log
    #[arg(value_name = "LOG")]
    pub file: Option<PathBuf>,
}

/// Options of `report`.
#[derive(Debug, Clone, Args, Default)]
pub struct Report {
    /// Markdown to paste, or JSON for a machine
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ReportFormat,
    /// Write to a file, which must not exist; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the file
    #[arg(long, requires = "output")]
    pub force: bool,
    /// Only list what would go in
    #[arg(long)]
    pub dry_run: bool,
    /// Replace names of hosts, users, containers, projects and directories, and private addresses, each by the same word throughout
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
    /// End after this long; without it, on Ctrl-C
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
    /// The cause; without one, the list
    #[arg(value_name = "CAUSE")]
    pub cause: Option<String>,
    /// The whole catalogue as a reference page in markdown
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
