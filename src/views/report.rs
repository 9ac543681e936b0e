//! The support report: everything support asks for, and nothing that is secret; as markdown to paste, or as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::markdown;
use crate::case::Case;
use crate::diagnosis::Diagnosis;
use crate::observations::{LogDigest, LogLine, Machine, Observation, PRELUDE, ProbeId, Snapshot};

/// The largest report in markdown, in bytes: an issue takes 65,536 characters, the rest is for what people write around it.
pub const LARGEST: usize = 60_000;
/// The answer, and each section behind it, takes at most this: the log is what support asks for first.
const LARGEST_ANSWER: usize = 16_000;
/// See [`LARGEST_ANSWER`].
const LARGEST_SECTION: usize = 7_000;
/// The version of the stored format.
pub const FORMAT: u32 = 1;

/// How what was hidden looks, longest first, and what it stands for.
const HIDDEN: [(&str, &str); 5] = [
    ("***jwt***", "JSON web tokens"),
    ("***aws-key***", "AWS keys"),
    ("://***@", "user and password in URLs"),
    ("***@***", "e-mail addresses"),
    ("***", "passwords, keys and other secrets"),
];

/// A report as stored: opened again by `replay`, and judged again by `diagnose --replay`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// The version of this format.
    pub report_version: u32,
    /// The version of the tool that wrote it.
    pub tool_version: String,
    /// When it was written.
    pub generated_at: Timestamp,
    /// What stands masked in it, and how often.
    #[serde(default)]
    pub hidden: BTreeMap<String, usize>,
    /// What was seen, scrubbed.
    pub snapshot: Snapshot,
    /// What was concluded then.
    pub diagnosis: Diagnosis,
}

impl Stored {
    /// A report of this case.
    pub fn of(case: &Case, now: Timestamp) -> Self {
        let seen = serde_json::to_string(&case.snapshot).unwrap_or_default();
        Self {
            report_version: FORMAT,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            generated_at: now,
            hidden: hidden(&seen).into_iter().map(|(what, count)| (what.to_owned(), count)).collect(),
            snapshot: case.snapshot.clone(),
            diagnosis: case.diagnosis.clone(),
        }
    }
}

/// The same case with these lines of its log, which are more than it was judged by.
#[must_use]
pub fn with_log(mut case: Case, lines: Vec<LogLine>) -> Case {
    if let Observation::Seen { value, .. } = &mut case.snapshot.logs
        && lines.len() > value.tail.len()
    {
        value.tail = lines;
    }
    case
}

/// What stands masked in a text, and how often.
fn hidden(text: &str) -> Vec<(&'static str, usize)> {
    let mut rest = text.to_owned();
    let tokens = rest.match_indices("ls").filter(|(at, _)| masked_token(rest.get(*at..).unwrap_or_default())).count();
    let mut found = vec![("tokens, shown as prefix and checksum", tokens)];
    for (mask, what) in HIDDEN {
        found.push((what, rest.matches(mask).count()));
        rest = rest.replace(mask, "");
    }
    let lengths = rest.match_indices("...(").filter(|(at, _)| {
        rest.get(at + 4..)
            .is_some_and(|r| r.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(" characters)"))
    });
    found.push(("keys, shown as their length", lengths.count()));
    found.retain(|(_, count)| *count > 0);
    found
}

/// Whether a text begins with a masked token, such as `ls-...efb9`.
fn masked_token(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    rest.strip_prefix("-...").is_some_and(|r| r.chars().take(4).filter(char::is_ascii_alphanumeric).count() == 4)
}

/// The line of [`contents`] that lists what a check brings into a report. There is no `_` here: a new check has to say
/// where its part is listed.
const fn listed_as(id: ProbeId) -> &'static str {
    match id {
        ProbeId::Engine | ProbeId::Container | ProbeId::Endpoint => "engine, container, image, state",
        ProbeId::Credentials => "places of credentials, prefix and last four characters",
        ProbeId::Logs => "log of the latest start, the oldest lines cut where it is long",
        ProbeId::Cache => "cached licenses, without secret and signature",
        ProbeId::Dns | ProbeId::Tcp | ProbeId::Tls | ProbeId::Https | ProbeId::Proxy => {
            "network path to the license server: names, connections, certificates"
        }
        // The row of the check is all that a report shows of it.
        ProbeId::Compose | ProbeId::Hosts => "checks with their times",
    }
}

/// The parts of a report, and how much of each would go in.
pub fn contents(case: &Case, now: Timestamp) -> String {
    let s = &case.snapshot;
    let count = |n: usize, what: &str| format!("{n} {what}");
    let variables = s.container().map_or(0, |c| c.environment.len());
    let lines = s.logs.value().map_or(0, |log| start(log, &case.diagnosis).len());
    let sources = s.credentials.value().map_or(0, |c| c.process.len() + c.host.len());
    let masked: usize = hidden(&markdown(case, now)).iter().map(|(_, count)| count).sum();
    let parts = [
        ("verdict, evidence, remedies", case.diagnosis.headline.cause.clone()),
        (listed_as(ProbeId::Compose), count(case.diagnosis.checks.len(), "rows")),
        (listed_as(ProbeId::Container), s.container().map_or_else(|| "none".to_owned(), |c| c.name.clone())),
        ("environment, secret values masked", count(variables, "variables")),
        (listed_as(ProbeId::Credentials), count(sources, "places")),
        (listed_as(ProbeId::Logs), count(lines, "lines")),
        (listed_as(ProbeId::Cache), count(s.cache.value().map_or(0, Vec::len), "files")),
        (listed_as(ProbeId::Dns), s.target.license_host.clone()),
        ("masked values", count(masked, "places")),
    ];
    parts.iter().fold(String::new(), |mut out, (what, how)| {
        let _ = writeln!(out, "{what:<62} {how}");
        out
    })
}

/// Renders the report as markdown, the oldest log lines cut first.
pub fn markdown(case: &Case, now: Timestamp) -> String {
    let Machine { os, arch, .. } = &case.snapshot.target.machine;
    let by = env!("CARGO_PKG_VERSION");
    let mut out = format!(
        "LocalStack as lsdoctor {by} saw it on {os} {arch} at {now:.0}. The log of its latest start, if it was read, is at the end.\n\n"
    );
    out.push_str(&bounded_markdown(&markdown::render(&case.diagnosis), LARGEST_ANSWER));
    machine(&mut out, case);
    details(&mut out, "Every check in detail", &check_details(case));
    details(&mut out, "Container", &container(case));
    details(&mut out, "Environment of LocalStack (secrets masked)", &environment(case));
    let end = "\nThis report was not sent anywhere. License secrets and signatures are never read into it.\n";
    // The last sentence counts what is masked above it, and takes this much at most.
    let room = LARGEST.saturating_sub(out.len() + end.len() + 400);
    log(&mut out, case, room);
    let masked: Vec<String> = hidden(&out).iter().map(|(what, count)| format!("{count} x {what}")).collect();
    let masked = if masked.is_empty() { "nothing".to_owned() } else { masked.join(", ") };
    let _ = writeln!(out, "{end}Masked in this report: {masked}.");
    out
}

/// The text's whole lines up to this many bytes; that it was cut is said.
fn bounded(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for line in text.lines() {
        if kept.len() + line.len() >= most {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    let cut = text.len() - kept.len();
    kept + &format!("... ({cut} bytes more were cut)\n")
}

/// The same for markdown: no block stays open.
fn bounded_markdown(text: &str, most: usize) -> String {
    let mut kept = bounded(text, most);
    let mut open: Option<String> = None;
    for line in kept.lines().filter(|line| line.trim_start().starts_with("```")) {
        let fence = line.trim_end_matches(|c| c != '`').to_owned();
        open = if open.is_none() { Some(fence) } else { None };
    }
    if let Some(fence) = open {
        kept.push_str(&fence);
        kept.push('\n');
    }
    kept
}

fn machine(out: &mut String, case: &Case) {
    let machine = &case.snapshot.target.machine;
    let _ = write!(out, "\n### Machine\n\n| | |\n|---|---|\n| system | {} {} |\n", machine.os, machine.arch);
    if let Some(ci) = &machine.ci {
        let withheld = ci.without_secrets.as_deref().map_or_else(String::new, |why| format!(", {why}"));
        let _ = writeln!(out, "| CI | {} |", markdown::cell(&format!("{}{withheld}", ci.name)));
    }
    if let Some(engine) = case.snapshot.engine.value() {
        let text = format!("{} {} (API {}), {}", engine.name, engine.version, engine.api_version, engine.chosen_by);
        let _ = writeln!(out, "| engine | {} |", markdown::cell(&text));
    }
}

fn details(out: &mut String, title: &str, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    let _ = write!(
        out,
        "\n<details><summary>{title}</summary>\n\n{}\n</details>\n",
        markdown::block(&bounded(text, LARGEST_SECTION))
    );
}

fn check_details(case: &Case) -> String {
    let mut text = String::new();
    for row in &case.diagnosis.checks {
        let _ = writeln!(text, "{}: {}", row.id, row.summary);
        for line in &row.detail {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

/// What of the container's settings decides how it starts and whom it reaches.
fn container(case: &Case) -> String {
    let Some(c) = case.snapshot.container() else { return String::new() };
    let launch = &c.launch;
    let compose = launch.compose().cloned().unwrap_or_default();
    let time = |t: Option<Timestamp>| t.map(|t| format!("{t:.0}")).unwrap_or_default();
    let fields = [
        ("id", c.id.get(..12).unwrap_or(&c.id).to_owned()),
        ("state", c.state.status.word().to_owned()),
        ("created", time(c.state.created_at)),
        ("finished", time(c.state.finished_at)),
        ("restarts", if c.state.restarts > 0 { c.state.restarts.to_string() } else { String::new() }),
        ("health", c.state.health.clone().unwrap_or_default()),
        ("killed", if c.state.oom_killed { "out of memory (OOMKilled)".to_owned() } else { String::new() }),
        ("error", c.state.error.clone()),
        ("started by", format!("{} ({})", launch.method().name(), launch.told_by)),
        ("compose project", compose.project.clone().unwrap_or_default()),
        ("compose service", compose.service.clone().unwrap_or_default()),
        ("compose files", compose.config_files.join(", ")),
        ("restart policy", c.settings.restart_policy.clone()),
        ("removed at its end", if c.settings.auto_remove { "yes".to_owned() } else { String::new() }),
        ("log driver", c.settings.log_driver.clone()),
        ("network", c.network.mode.clone()),
        ("addresses", c.network.addresses.join(", ")),
        ("resolvers", c.network.dns.join(", ")),
        ("extra hosts", c.network.extra_hosts.join(", ")),
        ("mounts", c.settings.mounts.join("\n                    ")),
    ];
    fields.iter().filter(|(_, value)| !value.is_empty()).fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:<18}  {value}");
        text
    })
}

fn environment(case: &Case) -> String {
    let list = case.snapshot.container().map(|c| c.environment.as_slice()).unwrap_or_default();
    list.iter().map(|v| format!("{}={}\n", v.name, v.value)).collect()
}

/// The kept lines from the judged start on, in their order: recognised lines, and the last ones.
fn start<'a>(log: &'a LogDigest, diagnosis: &Diagnosis) -> Vec<(u64, &'a str)> {
    let judged = diagnosis.start.as_ref().map(|start| start.first_line);
    let run = log.runs.iter().find(|run| Some(run.first_line) == judged).or(log.runs.last());
    let first = run.map_or(0, |run| run.first_line.saturating_sub(PRELUDE));
    let hits = run.map(|run| run.hits.as_slice()).unwrap_or_default();
    let mut lines: Vec<(u64, &str)> = log.tail.iter().map(|l| (l.number, l.text.as_str())).collect();
    let known: BTreeSet<u64> = lines.iter().map(|(number, _)| *number).collect();
    lines.extend(hits.iter().map(|h| (h.at.number, h.at.text.as_str())).filter(|(n, _)| !known.contains(n)));
    lines.retain(|(number, _)| *number >= first);
    lines.sort_by_key(|(number, _)| *number);
    lines.dedup_by_key(|(number, _)| *number);
    lines
}

fn log(out: &mut String, case: &Case, room: usize) {
    let Some(log) = case.snapshot.logs.value() else { return };
    let lines = start(log, &case.diagnosis);
    let (mut size, mut kept) = (0, Vec::new());
    for (number, text) in lines.iter().rev() {
        let line = format!("{number:>6}  {text}");
        size += line.len() + 1;
        if size > room {
            break;
        }
        kept.push(line);
    }
    kept.reverse();
    let cut = lines.len() - kept.len();
    let read = lines.last().map_or(0, |(number, _)| *number).max(log.lines);
    let mut title = format!("Log of the latest start, {} of the {read} lines that were read", kept.len());
    if cut > 0 {
        let _ = write!(title, "; the {cut} oldest were cut, a report with --format json has them");
    }
    for limit in &log.limits {
        let _ = write!(title, "; {}", markdown::cell(limit));
    }
    if !kept.is_empty() {
        let _ =
            write!(out, "\n<details><summary>{title}</summary>\n\n{}\n</details>\n", markdown::block(&kept.join("\n")));
    }
}
