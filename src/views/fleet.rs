//! The answers about every instance: a table with the failing ones first, then what to do, once per cause.
//!
//! Ten instances that fail for one reason get one piece of advice: answers with the same cause, whose instances were
//! started in the same way, are grouped, and the commands are those of the first of them.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::ci::{Outcome, data, property, xml};
use super::glyphs::verdict_word;
use super::markdown::{cell, code, prose};
use super::page::{Detail, Layout, Page};
use crate::diagnosis::spans::span;
use crate::diagnosis::{Diagnosis, Severity, Status};

/// One instance's answer, and what it means for the exit code.
#[derive(Debug)]
pub struct Judged {
    /// The answer.
    pub diagnosis: Diagnosis,
    /// What the answer means for a job.
    pub outcome: Outcome,
}

/// Answers with the same cause, whose instances were started in the same way.
struct Group<'a> {
    first: &'a Judged,
    names: Vec<&'a str>,
}

/// Puts the answers in the order in which they are shown: failures, open questions, what passed.
pub fn sort(answers: &mut [Judged]) {
    answers.sort_by_key(|judged| match (judged.outcome, judged.diagnosis.status) {
        (Outcome::Failed, Status::NotActivated) => 0,
        _ if judged.has_failed() => 1,
        (Outcome::Open, _) => 2,
        (Outcome::Failed, _) => 3,
        (Outcome::Passed, _) => 4,
    });
}

impl Judged {
    /// Whether the instance was activated, and failed later for another reason.
    fn has_failed(&self) -> bool {
        self.diagnosis.status == Status::Activated && self.diagnosis.headline.severity == Severity::Error
    }
}

/// The name of the instance, as a row is headed with it.
fn name(d: &Diagnosis) -> &str {
    d.instance.container.as_deref().or(d.instance.endpoint.as_deref()).unwrap_or("no instance")
}

/// The columns of a row: status, cause, where, image, since.
fn row(d: &Diagnosis, now: Timestamp) -> [String; 5] {
    let i = &d.instance;
    let place = match (&i.container, &i.endpoint) {
        (Some(name), Some(url)) => format!("{name} at {url}"),
        _ => name(d).to_owned(),
    };
    let since = i.started_at.map(|at| format!("started {} ago", span(now.duration_since(at).as_secs())));
    let ended = i.exit_code.map(|code| format!("exit code {code}"));
    let since: Vec<String> = since.into_iter().chain(ended).collect();
    [
        verdict_word(d.status, d.headline.severity).to_lowercase(),
        d.headline.cause.clone(),
        place,
        i.image.clone().unwrap_or_default(),
        since.join(", "),
    ]
}

/// What the columns are called.
const COLUMNS: [&str; 5] = ["status", "cause", "where", "image", "since"];

/// The answers that ask for something to be done, grouped.
fn groups(answers: &[Judged]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let failing = |judged: &&Judged| judged.outcome != Outcome::Passed || judged.has_failed();
    for judged in answers.iter().filter(failing).filter(|judged| !judged.diagnosis.headline.remedies.is_empty()) {
        let key = |j: &Judged| (j.diagnosis.headline.cause.clone(), j.diagnosis.instance.launched_by.clone());
        match groups.iter_mut().find(|group| key(group.first) == key(judged)) {
            Some(group) => group.names.push(name(&judged.diagnosis)),
            None => groups.push(Group { first: judged, names: vec![name(&judged.diagnosis)] }),
        }
    }
    groups
}

impl Group<'_> {
    /// What stands before the remedies of several instances.
    fn note(&self) -> Option<String> {
        let [first, _, ..] = self.names.as_slice() else { return None };
        Some(format!("The commands are those for `{first}`. Replace its name for the other instances."))
    }
}

/// Renders the answers as text: the table, and unless only that is asked for, what to do.
pub fn text(answers: &[Judged], now: Timestamp, layout: Layout) -> String {
    let mut page = Page::new(layout);
    let rows: Vec<[String; 5]> = answers.iter().map(|judged| row(&judged.diagnosis, now)).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(String::as_str);
        cells.chain(COLUMNS.get(column).copied()).map(textwrap::core::display_width).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    let line = |cells: &[&str]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| {
            let room = width.saturating_sub(textwrap::core::display_width(cell));
            format!("{cell}{}", " ".repeat(room))
        });
        padded.collect::<Vec<_>>().join("  ")
    };
    page.faint(&format!("  {}", line(&COLUMNS)));
    for (cells, judged) in rows.iter().zip(answers) {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        page.verdict_line(&line(&cells), &judged.diagnosis);
    }
    let told = if layout.detail == Detail::Quiet { Vec::new() } else { groups(answers) };
    for group in told {
        let d = &group.first.diagnosis;
        page.heading(&format!("{}: {}", d.headline.title, group.names.join(", ")));
        page.paragraph("  ", "  ", &d.headline.summary);
        if let Some(note) = group.note() {
            page.paragraph("  ", "  ", &note);
        }
        for (index, remedy) in d.headline.remedies.iter().enumerate() {
            page.remedy(&format!("  {}. ", index + 1), remedy);
        }
    }
    page.finish()
}

/// Renders the answers as markdown.
pub fn markdown(answers: &[Judged], now: Timestamp) -> String {
    let mut out = String::from("## LocalStack: every instance\n\n");
    let _ = writeln!(out, "| {} |\n|{}", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
    for judged in answers {
        let cells = row(&judged.diagnosis, now).map(|text| cell(&text));
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    for group in groups(answers) {
        let head = &group.first.diagnosis.headline;
        let names: Vec<String> = group.names.iter().map(|name| code(name)).collect();
        let _ = writeln!(out, "\n### {}: {}\n\n{}\n", cell(&head.title), names.join(", "), prose(&head.summary));
        if let Some(note) = group.note() {
            let _ = writeln!(out, "{}\n", prose(&note));
        }
        super::markdown::steps(&mut out, &head.remedies);
    }
    out
}

/// Renders workflow commands of GitHub Actions: an annotation for each instance that fails or is undecided.
pub fn github(answers: &[Judged]) -> String {
    let mut out = String::new();
    for Judged { diagnosis, outcome } in answers {
        let level = match outcome {
            Outcome::Failed => "error",
            Outcome::Open => "warning",
            Outcome::Passed => "notice",
        };
        let head = &diagnosis.headline;
        let mut text = head.summary.clone();
        if let Some(remedy) = head.remedies.first() {
            let _ = write!(text, "\n{}", remedy.text);
            if let Some(command) = &remedy.command {
                let _ = write!(text, "\n{command}");
            }
        }
        let title = format!("{}: {}", name(diagnosis), head.title);
        let _ = writeln!(out, "::{level} title={}::{}", property(&title), data(&text));
    }
    out
}

/// Renders a JUnit report with a test case for each instance.
pub fn junit(answers: &[Judged]) -> String {
    let count = |outcome| answers.iter().filter(|judged| judged.outcome == outcome).count();
    let (failures, errors) = (count(Outcome::Failed), count(Outcome::Open));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuite name=\"lsdoctor\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\">",
        answers.len()
    );
    for Judged { diagnosis, outcome } in answers {
        let head = &diagnosis.headline;
        let (cause, message) = (xml(&head.cause), xml(&format!("{}: {}", head.cause, head.summary)));
        let _ = writeln!(out, "  <testcase classname=\"lsdoctor.instances\" name=\"{}\">", xml(name(diagnosis)));
        let _ = match outcome {
            Outcome::Failed => writeln!(out, "    <failure type=\"{cause}\" message=\"{message}\"/>"),
            Outcome::Open => writeln!(out, "    <error type=\"{cause}\" message=\"{message}\"/>"),
            Outcome::Passed => writeln!(out, "    <system-out>{message}</system-out>"),
        };
        out.push_str("  </testcase>\n");
    }
    out.push_str("</testsuite>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::super::glyphs::Charset;
    use super::*;
    use crate::diagnosis::Remedy;

    fn judged(name: &str, status: Status, cause: &str, outcome: Outcome) -> Judged {
        let mut diagnosis = Diagnosis { status, ..Diagnosis::default() };
        diagnosis.instance.container = Some(name.to_owned());
        diagnosis.instance.started_at = Some(Timestamp::UNIX_EPOCH);
        let head = &mut diagnosis.headline;
        (head.cause, head.title) = (cause.to_owned(), format!("Title of {cause}"));
        head.severity = if outcome == Outcome::Failed { Severity::Error } else { Severity::Info };
        head.summary = format!("`{name}` has {cause}.");
        let command = Some(format!("docker rm {name}"));
        head.remedies = vec![Remedy { text: "Remove it.".to_owned(), command, ..Remedy::default() }];
        Judged { diagnosis, outcome }
    }

    fn fleet() -> Vec<Judged> {
        let mut answers = vec![
            judged("fine", Status::Activated, "activated", Outcome::Passed),
            judged("open", Status::Undecided, "starting", Outcome::Open),
            judged("one", Status::NotActivated, "credentials-missing", Outcome::Failed),
            judged("two", Status::NotActivated, "credentials-missing", Outcome::Failed),
        ];
        sort(&mut answers);
        answers
    }

    #[test]
    fn failing_ones_come_first_and_one_cause_is_advised_once() {
        let layout = Layout { width: 100, charset: Charset::Ascii, color: false, links: false, detail: Detail::Normal };
        let text = text(&fleet(), Timestamp::from_second(300).unwrap(), layout);
        let names: Vec<usize> =
            ["  one ", "  two ", "  open ", "  fine "].iter().map(|n| text.find(n).unwrap()).collect();
        assert!(names.is_sorted(), "{text}");
        assert_eq!(text.matches("docker rm").count(), 2, "{text}");
        assert!(
            text.contains("Title of credentials-missing: one, two") && text.contains("started 5 min ago"),
            "{text}"
        );
        assert!(!text.contains("docker rm fine"), "what passed needs nothing to be done: {text}");
    }

    #[test]
    fn every_format_has_every_instance() {
        let answers = fleet();
        let junit = junit(&answers);
        assert!(junit.contains("tests=\"4\" failures=\"2\" errors=\"1\""), "{junit}");
        for text in [markdown(&answers, Timestamp::UNIX_EPOCH), github(&answers), junit] {
            for name in ["fine", "open", "one", "two"] {
                assert!(text.contains(name), "{name} in {text}");
            }
        }
    }
}
