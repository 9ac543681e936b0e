//! The answer for CI services: annotations of GitHub Actions, and a JUnit test report.

use std::fmt::Write as _;

use super::glyphs::{check_word, verdict_word};
use crate::diagnosis::{CheckStatus, Diagnosis, Severity, Status};

/// What the answer means for the job, as its exit code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The job goes on.
    Passed,
    /// The job fails.
    Failed,
    /// The job fails for want of an answer.
    Open,
}

/// The answer in one sentence, and why it fails a job although LocalStack is well.
fn summary(d: &Diagnosis, outcome: Outcome) -> String {
    let why = match (outcome, d.status) {
        (Outcome::Failed, Status::NoLicenseNeeded) => " A license is required here (`--require-license`).",
        (Outcome::Failed, Status::Activated) => " Findings count here (`--fail-on`).",
        _ => "",
    };
    format!("{}{why}", d.headline.summary)
}

/// Workflow commands of GitHub Actions: one annotation per finding, and the verdict as a plain line.
pub fn github(d: &Diagnosis, outcome: Outcome) -> String {
    let mut out = String::new();
    let head = &d.headline;
    let level = match (outcome, d.status) {
        (Outcome::Passed, _) => "notice",
        (Outcome::Failed, _) | (_, Status::NotActivated) => "error",
        (Outcome::Open, _) => "warning",
    };
    let mut text = summary(d, outcome);
    if let Some(remedy) = head.remedies.first() {
        let _ = write!(text, "\n{}", remedy.text);
        if let Some(command) = &remedy.command {
            let _ = write!(text, "\n{command}");
        }
    }
    let _ = writeln!(out, "::{level} title={}::{}", property(&format!("LocalStack: {}", head.title)), data(&text));
    for f in &d.findings {
        let level = match f.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let _ = writeln!(out, "::{level} title={}::{}", property(&f.title), data(&f.summary));
    }
    let _ = writeln!(out, "{}: {}", verdict_word(d.status, d.headline.severity), head.cause);
    out
}

/// The data part of a workflow command.
pub(super) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
pub(super) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A JUnit report: the verdict is a test case, and so is each check. A job that goes on has no failed one.
pub fn junit(d: &Diagnosis, outcome: Outcome) -> String {
    let failed = outcome == Outcome::Failed;
    let undecided = outcome == Outcome::Open;
    let counted = |status| d.checks.iter().filter(|c| c.status == status && outcome != Outcome::Passed).count();
    let failing = counted(CheckStatus::Fail) + usize::from(failed);
    let errors = counted(CheckStatus::Error) + usize::from(undecided);
    let skipped = d.checks.iter().filter(|c| c.status == CheckStatus::Skip).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuite name=\"lsdoctor\" tests=\"{}\" failures=\"{failing}\" errors=\"{errors}\" skipped=\"{skipped}\">",
        d.checks.len() + 1
    );
    let head = &d.headline;
    let _ = writeln!(out, "  <testcase classname=\"lsdoctor\" name=\"activation\">");
    let message = xml(&format!("{}: {}", head.cause, summary(d, outcome)));
    let proof: Vec<String> = head.evidence.iter().map(|e| format!("{}: {}", e.source, e.text)).collect();
    let remedies: Vec<String> =
        head.remedies.iter().map(|r| format!("{} {}", r.text, r.command.as_deref().unwrap_or_default())).collect();
    let detail = xml(&format!("{}\n{}", proof.join("\n"), remedies.join("\n")));
    if failed {
        let _ = writeln!(out, "    <failure type=\"{}\" message=\"{message}\">{detail}</failure>", xml(&head.cause));
    } else if undecided {
        let _ = writeln!(out, "    <error type=\"{}\" message=\"{message}\">{detail}</error>", xml(&head.cause));
    } else {
        let _ = writeln!(out, "    <system-out>{message}</system-out>");
    }
    out.push_str("  </testcase>\n");
    for row in &d.checks {
        let seconds = row.duration_ms.unwrap_or(0.0) / 1000.0;
        let _ = writeln!(out, "  <testcase classname=\"lsdoctor.checks\" name=\"{}\" time=\"{seconds:.3}\">", row.id);
        let summary = xml(&row.summary);
        let _ = match row.status {
            CheckStatus::Fail if outcome != Outcome::Passed => writeln!(out, "    <failure message=\"{summary}\"/>"),
            CheckStatus::Error if outcome != Outcome::Passed => writeln!(out, "    <error message=\"{summary}\"/>"),
            CheckStatus::Skip => writeln!(out, "    <skipped message=\"{summary}\"/>"),
            status => writeln!(out, "    <system-out>{}: {summary}</system-out>", check_word(status)),
        };
        out.push_str("  </testcase>\n");
    }
    out.push_str("</testsuite>\n");
    out
}

/// Text for XML; characters that XML does not have are left out.
pub(super) fn xml(text: &str) -> String {
    let lacking = |c: char| matches!(c, '\u{FFFE}' | '\u{FFFF}') || (c.is_control() && !matches!(c, '\n' | '\t'));
    text.chars().filter(|c| !lacking(*c)).fold(String::new(), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::CheckRow;
    use crate::observations::ProbeId;

    #[test]
    fn a_job_that_goes_on_has_no_failed_test_and_one_that_fails_has() {
        let row = |status| CheckRow {
            id: ProbeId::Dns,
            title: String::new(),
            status,
            summary: "dns".to_owned(),
            detail: Vec::new(),
            duration_ms: None,
            skipped_because: None,
            at: None,
            doc: None,
        };
        let checks = vec![row(CheckStatus::Fail), row(CheckStatus::Error)];
        let fine = Diagnosis { status: Status::NoLicenseNeeded, checks, ..Diagnosis::default() };
        let (passed, failed) = (junit(&fine, Outcome::Passed), junit(&fine, Outcome::Failed));
        assert!(passed.contains("failures=\"0\" errors=\"0\"") && passed.contains("fail: dns"), "{passed}");
        assert!(!passed.contains("<failure") && !passed.contains("<error"), "{passed}");
        assert!(failed.contains("failures=\"2\" errors=\"1\"") && failed.contains("--require-license"), "{failed}");
        assert!(junit(&fine, Outcome::Open).contains("errors=\"2\""));
        assert!(github(&fine, Outcome::Passed).starts_with("::notice "));
        assert!(github(&fine, Outcome::Failed).starts_with("::error "));
        assert!(github(&fine, Outcome::Open).starts_with("::warning "));
    }

    #[test]
    fn what_is_quoted_cannot_end_a_command_or_a_tag() {
        assert_eq!(property("a: b, 100%\nx"), "a%3A b%2C 100%25%0Ax");
        assert_eq!(xml("<a b=\"c\">&\u{1b}\u{FFFE}\u{FFFF}"), "&lt;a b=&quot;c&quot;&gt;&amp;");
    }
}
