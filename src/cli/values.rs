//! Reads values of options as people type them: durations and names of checks.

use std::time::Duration;

use crate::observations::ProbeId;

/// Reads the name of a check.
///
/// # Errors
/// When no check has this name: the list of names.
pub(super) fn check(text: &str) -> Result<ProbeId, String> {
    let names =
        || ProbeId::ALL.into_iter().chain(ProbeId::ON_REQUEST).map(ProbeId::name).collect::<Vec<_>>().join(", ");
    ProbeId::from_name(text).ok_or_else(|| format!("unknown check; the checks are {}", names()))
}

/// The longest duration. Nobody waits longer, and no clock overflows.
pub const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Reads a duration such as `5s`, `500ms` or `1m30s`. A bare number is seconds.
///
/// # Errors
/// When the text is no duration: how to write one.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text =
        if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() { format!("{text}s") } else { text.to_owned() };
    let span: jiff::SignedDuration = text.parse().map_err(|_| "write it like 5s, 500ms or 1m30s".to_owned())?;
    let span = Duration::try_from(span).map_err(|_| "a duration cannot be negative".to_owned())?;
    Ok(span.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("30"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("9223372036854775807s"), Ok(LONGEST));
        assert!(duration("-1s").is_err());
        assert!(duration("soon").is_err());
    }
}
