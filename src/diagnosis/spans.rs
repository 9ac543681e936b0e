//! Times and time spans as people read them.

use jiff::Timestamp;

/// Words a span of seconds in its largest fitting unit, rounded down: `90 s`, `7 min`, `5 h`, `3 days`. A negative span is `0 s`.
pub fn span(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..=119 => format!("{s} s"),
        120..=7199 => format!("{} min", s / 60),
        7200..=172_799 => format!("{} h", s / 3600),
        _ => format!("{} days", s / 86_400),
    }
}

/// Words a time in UTC, such as `2026-11-24 10:00:00 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
