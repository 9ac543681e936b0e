//! The answer for CI services: annotations of GitHub Actions, and a JUnit test report.

use std::fmt::Write as _;

use super::glyphs::{check_word, verdict_word};
use crate::diagnosis::{CheckStatus, Diagnosis, Severity, Status};

/// Workflow commands of GitHub Actions: one annotation per finding, and the verdict as a plain line.
pub fn github(d: &Diagnosis) -> String {
    let mut out = String::new();
    let head = &d.headline;
    let level = match d.status {
        Status::Activated | Status::NoLicenseNeeded => "notice",
        Status::NotActivated => "error",
        Status::Undecided => "warning",
    };
    let mut text = head.summary.clone();
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
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A JUnit report: the verdict is a test case, and so is each check.
pub fn junit(d: &Diagnosis) -> String {
    let failed = d.status == Status::NotActivated;
    let undecided = d.status == Status::Undecided;
    let failing = d.checks.iter().filter(|c| c.status == CheckStatus::Fail).count() + usize::from(failed);
    let errors = d.checks.iter().filter(|c| c.status == CheckStatus::Error).count() + usize::from(undecided);
    let skipped = d.checks.iter().filter(|c| c.status == CheckStatus::Skip).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuite name=\"lsdoctor\" tests=\"{}\" failures=\"{failing}\" errors=\"{errors}\" skipped=\"{skipped}\">",
        d.checks.len() + 1
    );
    let head = &d.headline;
    let _ = writeln!(out, "  <testcase classname=\"lsdoctor\" name=\"activation\">");
    let message = xml(&format!("{}: {}", head.cause, head.summary));
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
            CheckStatus::Fail => writeln!(out, "    <failure message=\"{summary}\"/>"),
            CheckStatus::Error => writeln!(out, "    <error message=\"{summary}\"/>"),
            CheckStatus::Skip => writeln!(out, "    <skipped message=\"{summary}\"/>"),
            status => writeln!(out, "    <system-out>{}: {summary}</system-out>", check_word(status)),
        };
        out.push_str("  </testcase>\n");
    }
    out.push_str("</testsuite>\n");
    out
}

/// Text for XML; characters that XML does not have are left out.
fn xml(text: &str) -> String {
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

    #[test]
    fn what_is_quoted_cannot_end_a_command_or_a_tag() {
        assert_eq!(property("a: b, 100%\nx"), "a%3A b%2C 100%25%0Ax");
        assert_eq!(xml("<a b=\"c\">&\u{1b}\u{FFFE}\u{FFFF}"), "&lt;a b=&quot;c&quot;&gt;&amp;");
    }
}
