//! Takes off what other programs put before a line of LocalStack: compose names, CI and Kubernetes time stamps, JSON wrapping.
//! What the line says is no concern of this file.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

/// A line without its prefixes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stripped<'a> {
    /// The service, pod or program that the prefix names.
    pub source: Option<&'a str>,
    /// The rest, without white space at either end.
    pub message: &'a str,
    /// The line begins a log record: it has a time or a level of its own.
    pub header: bool,
}

/// A constant pattern. What programs put before a line is ASCII, and patterns that know no more are compiled in no time.
#[allow(clippy::expect_used, reason = "constant patterns, compiled by every test")]
pub(super) fn pattern(text: &str) -> Regex {
    RegexBuilder::new(text).unicode(false).build().expect("constant pattern")
}

static ZONED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:[^\s].{0,100}?\s)?\[?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)\]?\s")
});
static CRI: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:stdout|stderr) [FP] "));
static COMPOSE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([A-Za-z0-9][A-Za-z0-9_./-]{0,80})\s*\|(?:\s|$)"));
static BRACKET: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\[((?:pod|container)/[^\]\s]{1,200})\]\s"));
static SYSLOG: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,64} ([A-Za-z0-9_./-]{1,64})\[\d+\]: "));
static CAPTURED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^.{0,250}?\b(?:STDOUT|STDERR): "));
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,:]?\d{0,6}\s*:?\s*)?(?:FATAL|ERROR|WARN|WARNING|INFO|DEBUG|TRACE|CRIT)(?:\s+---|:|\s+[a-z])",
    )
});

/// Prefixes may be stacked this deep: a CI time stamp before a compose name before a Kubernetes stream.
const STACKED: usize = 6;

/// Takes all prefixes off a line.
pub(super) fn strip(line: &str) -> Stripped<'_> {
    let mut source = None;
    let mut rest = line.trim_start_matches([' ', '│', '┃', '>']);
    for _ in 0..STACKED {
        let bytes = rest.as_bytes();
        if HEADER.is_match(bytes) {
            return Stripped { source, message: rest.trim(), header: true };
        }
        let cut = if let Some(m) = ZONED.find(bytes) {
            m.end()
        } else if let Some(m) = CRI.find(bytes) {
            m.end()
        } else if let Some(c) =
            COMPOSE.captures(bytes).or_else(|| BRACKET.captures(bytes)).or_else(|| SYSLOG.captures(bytes))
        {
            source = c.get(1).and_then(|m| rest.get(m.range())).or(source);
            c.get(0).map_or(0, |m| m.end())
        } else if let Some(m) = CAPTURED.find(bytes) {
            m.end()
        } else {
            break;
        };
        rest = rest.get(cut..).unwrap_or_default().trim_start();
    }
    Stripped { source, message: rest.trim(), header: false }
}

/// The text of a line that the engine's log file wraps in JSON (`{"log":"...","stream":"stdout"}`).
pub(super) fn unwrap_json(line: &[u8]) -> Option<String> {
    if !line.starts_with(b"{\"log\":") {
        return None;
    }
    let value: serde_json::Value = serde_json::from_slice(line).ok()?;
    Some(value.get("log")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_come_off_however_they_are_stacked() {
        let cases = [
            ("localstack-main  | Ready.", Some("localstack-main"), "Ready.", false),
            ("localstack  | ", Some("localstack"), "", false),
            ("2026-11-24T10:00:00.1234567Z localstack-1  | Ready.", Some("localstack-1"), "Ready.", false),
            ("2026-11-24T10:00:00.123Z stdout F Ready.", None, "Ready.", false),
            ("build test 2026-11-24T10:00:00.1234567Z Ready.", None, "Ready.", false),
            ("[pod/localstack-7d/localstack] Ready.", Some("pod/localstack-7d/localstack"), "Ready.", false),
            ("Nov 24 10:00:00 host localstack[123]: Ready.", Some("localstack"), "Ready.", false),
            ("12:00:01.123 [main] INFO tc.localstack - STDOUT: Ready.", None, "Ready.", false),
            ("    Reason: x", None, "Reason: x", false),
        ];
        for (line, source, message, header) in cases {
            assert_eq!(strip(line), Stripped { source, message, header }, "{line}");
        }
    }

    #[test]
    fn a_record_begins_where_localstack_says_so() {
        for line in [
            "2026-11-24T14:42:10.519 DEBUG --- [  MainThread] l.utils.docker_utils       : Using",
            "2022-04-14T17:00:39.420:WARNING:localstack_ext.bootstrap.licensing: x",
            "2021-09-10T13:21:42:DEBUG:bootstrap.py: Loading",
            "WARNING:localstack_ext.bootstrap.licensing: Error",
            "localstack-1 | 2025-01-24T17:24:24.030  INFO --- [et.reactor-0] x : y",
            "2024-06-04 14:25:05,187 INFO supervisord started with pid 16",
        ] {
            assert!(strip(line).header, "{line}");
        }
        assert!(!strip("Localstack returning with exit code 55. Reason:").header);
        assert!(!strip("  File \"x.py\", line 3, in y").header);
    }

    #[test]
    fn the_engines_own_log_file_is_read() {
        assert_eq!(unwrap_json(br#"{"log":"Ready.\n","stream":"stdout","time":"x"}"#).as_deref(), Some("Ready.\n"));
        assert_eq!(unwrap_json(b"{\"log\": broken"), None);
    }
}
