//! Takes off what other programs put before a line of LocalStack: names of compose services, time stamps of CI services and
//! Kubernetes, and the JSON that the engine's log file wraps a line in. The shapes of prefixes are data of `assets/log.toml`.

use super::layout::Layout;

/// A line without its prefixes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stripped<'a> {
    /// The service, pod, step or program that the innermost prefix names.
    pub source: Option<&'a str>,
    /// The rest, without white space at either end.
    pub message: &'a str,
    /// Whether the line begins a log record: it has a time or a level of its own.
    pub header: bool,
    /// Whether the line had any prefix.
    pub prefixed: bool,
}

/// Prefixes taken off one line at most: a CI time stamp before a compose name before a Kubernetes stream is three.
const STACKED: usize = 6;

/// Takes all prefixes off a line.
///
/// `2026-11-24T10:00:00.1Z localstack-1  | Ready.` becomes the message `Ready.` of the source `localstack-1`.
pub(super) fn strip<'a>(line: &'a str, layout: &Layout) -> Stripped<'a> {
    let mut source = None;
    let mut prefixed = false;
    let mut rest = line.trim_start_matches([' ', '│', '┃', '>']);
    if let Some(header) = layout.lines.frame_header.captures(rest) {
        let end = header.name("rest").map(|m| m.start()).or_else(|| Some(header.get(0)?.end()));
        rest = rest.get(end.unwrap_or(0)..).unwrap_or_default();
    }
    for _ in 0..STACKED {
        if layout.lines.record.is_match(rest) {
            return Stripped { source, message: rest.trim(), header: true, prefixed };
        }
        let Some(found) = layout.prefixes.iter().find_map(|prefix| prefix.pattern.captures(rest)) else { break };
        source = found.name("source").and_then(|m| rest.get(m.range())).or(source);
        let end = found.get(0).map_or(0, |m| m.end());
        prefixed = true;
        rest = rest.get(end..).unwrap_or_default().trim_start();
    }
    Stripped { source, message: rest.trim(), header: false, prefixed }
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
    use crate::log::layout::built_in;

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
            ("12:00:01.123 [main] INFO tc.localstack - STDOUT: Ready.", Some("tc.localstack"), "Ready.", false),
            ("12:00:01.123 [main] INFO other - STDOUT: Ready.", None, "Ready.", false),
            ("[09:10:10] : [Step 3/4] localstack-1  | Ready.", Some("localstack-1"), "Ready.", false),
            ("[09:10:02]W: [Step 2/4] License", Some("Step 2/4"), "License", false),
            ("2026-11-24T10:00:00.123456Z 01O Ready.", None, "Ready.", false),
            ("    Reason: x", None, "Reason: x", false),
        ];
        let layout = built_in();
        for (line, source, message, header) in cases {
            let found = strip(line, &layout);
            assert_eq!((found.source, found.message, found.header), (source, message, header), "{line}");
        }
    }

    #[test]
    fn a_record_begins_where_localstack_says_so() {
        let layout = built_in();
        for line in [
            "2026-11-24T14:42:10.519 DEBUG --- [  MainThread] l.utils.docker_utils       : Using",
            "2022-04-14T17:00:39.420:WARNING:localstack_ext.bootstrap.licensing: x",
            "2021-09-10T13:21:42:DEBUG:bootstrap.py: Loading",
            "WARNING:localstack_ext.bootstrap.licensing: Error",
            "localstack-1 | 2025-01-24T17:24:24.030  INFO --- [et.reactor-0] x : y",
            "2024-06-04 14:25:05,187 INFO supervisord started with pid 16",
        ] {
            assert!(strip(line, &layout).header, "{line}");
        }
        assert!(!strip("Localstack returning with exit code 55. Reason:", &layout).header);
        assert!(!strip("  File \"x.py\", line 3, in y", &layout).header);
    }

    #[test]
    fn the_header_of_a_multiplexed_stream_is_no_text() {
        let layout = built_in();
        for line in [
            "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}1Localstack returning",
            "1Localstack returning",
            "\u{FFFD}JLocalstack returning",
        ] {
            assert_eq!(strip(line, &layout).message, "Localstack returning", "{line}");
        }
        assert_eq!(strip("xlocalstack returning", &layout).message, "xlocalstack returning");
    }

    #[test]
    fn the_engines_own_log_file_is_read() {
        assert_eq!(unwrap_json(br#"{"log":"Ready.\n","stream":"stdout","time":"x"}"#).as_deref(), Some("Ready.\n"));
        assert_eq!(unwrap_json(b"{\"log\": broken"), None);
    }
}
