//! One change as a line of text, or as one JSON object in a line.

use serde::Serialize;

use super::glyphs::{severity_word, verdict_word};
use crate::case::{Change, ChangeKind};
use crate::diagnosis::{Diagnosis, Severity, Status};

/// The instance that a change is about, with its cause.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    container: Option<&'a str>,
    cause: &'a str,
}

impl<'a> Subject<'a> {
    /// The instance that the answer is about.
    pub fn chosen(diagnosis: &'a Diagnosis) -> Self {
        Self { container: diagnosis.instance.container.as_deref(), cause: &diagnosis.headline.cause }
    }

    /// Another instance, by the name of its container.
    pub fn other(name: &'a str, diagnosis: &'a Diagnosis) -> Self {
        let other = diagnosis.others.iter().find(|other| other.container == name);
        Self { container: Some(name), cause: other.map_or("", |other| &other.cause) }
    }
}

/// A change as programs read it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    at: jiff::Timestamp,
    kind: &'static str,
    container: Option<&'a str>,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'static str>,
    text: &'a str,
}

/// Renders a change as text: `2026-11-28T10:00:00Z NOT ACTIVATED: The container has no token.`
pub fn line(change: &Change, subject: Subject<'_>) -> String {
    let word = match change.kind {
        ChangeKind::Verdict(status, severity) => verdict_word(status, severity).to_owned(),
        ChangeKind::Clock => "clock".to_owned(),
        ChangeKind::Event { check, severity } => format!("{} ({check})", severity_word(severity)),
    };
    let about = subject.container.filter(|_| matches!(change.kind, ChangeKind::Verdict(..)));
    let about = about.map(|name| format!(" {name}")).unwrap_or_default();
    format!("{:.0} {word}{about}: {}", change.at, change.text.replace(['\n', '\r'], " "))
}

/// Renders a change as one JSON object in one line, without a line feed at its end.
///
/// # Errors
/// When the change cannot be written as JSON, which would be a fault of ours.
pub fn json(change: &Change, subject: Subject<'_>) -> Result<String, serde_json::Error> {
    let Subject { container, cause } = subject;
    let line = Line {
        at: change.at,
        container,
        text: &change.text,
        kind: "",
        severity: Severity::Info,
        status: None,
        cause: None,
        check: None,
    };
    serde_json::to_string(&match change.kind {
        ChangeKind::Verdict(status, severity) => {
            Line { kind: "verdict", severity, status: Some(status), cause: Some(cause), ..line }
        }
        ChangeKind::Clock => Line { kind: "clock", ..line },
        ChangeKind::Event { check, severity } => Line { kind: "event", severity, check: Some(check.name()), ..line },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::ProbeId;

    #[test]
    fn a_change_is_one_line_in_both_formats() {
        let mut diagnosis = Diagnosis::default();
        diagnosis.instance.container = Some("main".to_owned());
        diagnosis.headline.cause = "credentials-missing".to_owned();
        let at = jiff::Timestamp::UNIX_EPOCH;
        let verdict = ChangeKind::Verdict(Status::NotActivated, Severity::Error);
        let verdict = Change { at, text: "No token.\nAt all.".to_owned(), kind: verdict };
        let subject = Subject::chosen(&diagnosis);
        assert_eq!(line(&verdict, subject), "1970-01-01T00:00:00Z NOT ACTIVATED main: No token. At all.");
        let stored: serde_json::Value = serde_json::from_str(&json(&verdict, subject).unwrap()).unwrap();
        assert_eq!((&stored["kind"], &stored["cause"]), (&"verdict".into(), &"credentials-missing".into()));
        assert_eq!((&stored["status"], &stored["container"]), (&"not-activated".into(), &"main".into()));
        let kind = ChangeKind::Event { check: ProbeId::Endpoint, severity: Severity::Info };
        let event = json(&Change { at, text: "The endpoint answers.".to_owned(), kind }, subject).unwrap();
        assert!(
            event.contains("\"check\":\"endpoint\"") && !event.contains("cause") && !event.contains('\n'),
            "{event}"
        );
    }
}
