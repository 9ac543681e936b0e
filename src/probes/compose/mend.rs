//! The smallest change to a compose file that passes the token on, as a unified diff.
//! Pure: the text comes in, the diff goes out, and a line that holds a literal credential is never touched.

use crate::observations::{ComposeService, ComposeVariable, CredentialKind, FileLine};

use super::interpolate::Template;

/// Unchanged lines around the change.
pub(crate) const AROUND: usize = 3;

const NAME: &str = CredentialKind::AuthToken.variable();
const VALUE: &str = "${LOCALSTACK_AUTH_TOKEN:?set it first}";

/// A unified diff of the file that passes `LOCALSTACK_AUTH_TOKEN` on and makes compose refuse to start without it.
/// Nothing when the file does that already, or when the change would have to be made where it cannot be shown.
pub fn mend(text: &str, service: &ComposeService) -> Option<String> {
    diff(text, service, AROUND)
}

/// Where the change would be made.
pub(crate) fn place(service: &ComposeService) -> Option<&FileLine> {
    match what(service)? {
        Change::Replace(variable) => Some(&variable.at),
        Change::Add => service.environment_at.as_ref(),
    }
}

enum Change<'a> {
    /// The variable is there and can come out blank.
    Replace(&'a ComposeVariable),
    /// The variable is not there.
    Add,
}

fn what(service: &ComposeService) -> Option<Change<'_>> {
    let Some(token) = service.variables.iter().find(|v| v.name == NAME) else {
        let other = service.variables.iter().any(|v| v.value.as_deref().is_some_and(|v| !v.is_empty()));
        return (!other).then_some(Change::Add);
    };
    let passed_on = token.written == NAME;
    (passed_on || Template::parse(&token.written).ok()?.is_blank_alone()).then_some(Change::Replace(token))
}

/// Lines that are put in the place of `removed` lines from line `at` on, counted from 0.
struct Edit {
    at: usize,
    removed: usize,
    added: Vec<String>,
}

/// The diff with so many unchanged lines around the change.
pub(crate) fn diff(text: &str, service: &ComposeService, around: usize) -> Option<String> {
    let place = place(service)?;
    let lines: Vec<&str> = text.lines().collect();
    let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let edit = match what(service)? {
        Change::Replace(variable) => replaced(&lines, line, variable)?,
        Change::Add if service.has_environment => added(&lines, line)?,
        Change::Add => begun(&lines, line)?,
    };
    unified(&place.path, &lines, &edit, around)
}

fn replaced(lines: &[&str], at: usize, variable: &ComposeVariable) -> Option<Edit> {
    let line = lines.get(at)?;
    let indent = indent(line);
    let (dash, rest) = match line.trim_start().strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, line.trim_start()),
    };
    let after = rest.trim_start_matches(['"', '\'']).strip_prefix(NAME)?;
    let added = if dash {
        format!("{indent}- {NAME}={VALUE}")
    } else {
        let value = after.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?;
        // A value that stands on lines of its own would be left behind.
        if bare(value).is_empty() && variable.written != NAME {
            return None;
        }
        format!("{indent}{NAME}: {VALUE}")
    };
    Some(Edit { at, removed: 1, added: vec![added] })
}

/// A line put into an `environment:` section that exists.
fn added(lines: &[&str], at: usize) -> Option<Edit> {
    let line = lines.get(at)?;
    let (head, rest) = line.split_once("environment")?;
    let rest = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?;
    let section = rest.trim_start();
    let bracket = section.chars().next().filter(|c| matches!(c, '[' | '{'));
    if let Some(bracket) = bracket {
        let inside = section.strip_prefix(bracket)?.trim_start();
        let closed = inside.starts_with([']', '}']);
        let item = if bracket == '[' { format!("\"{NAME}={VALUE}\"") } else { format!("{NAME}: \"{VALUE}\"") };
        let comma = if closed { "" } else { ", " };
        let flow = format!("{head}environment: {bracket}{item}{comma}{inside}");
        return Some(Edit { at, removed: 1, added: vec![flow] });
    }
    let section = bare(section);
    if !section.is_empty() && (!section.starts_with('&') || section.contains(' ')) {
        return None;
    }
    let own = indent(line);
    let first = following(lines, at).filter(|l| {
        let deeper = indent(l).len() > own.len();
        deeper || (indent(l).len() == own.len() && l.trim_start().starts_with("- "))
    });
    let added = match first {
        Some(first) if first.trim_start().starts_with('-') => format!("{}- {NAME}={VALUE}", indent(first)),
        Some(first) => format!("{}{NAME}: {VALUE}", indent(first)),
        None => format!("{own}  {NAME}: {VALUE}"),
    };
    Some(Edit { at: at + 1, removed: 0, added: vec![added] })
}

/// An `environment:` section put at the beginning of a service that has none.
fn begun(lines: &[&str], at: usize) -> Option<Edit> {
    let line = lines.get(at)?;
    if !bare(line).ends_with(':') {
        return None;
    }
    let own = indent(line);
    let inner = following(lines, at).map(indent).filter(|i| i.len() > own.len())?;
    let step = inner.get(own.len()..)?;
    let added = vec![format!("{inner}environment:"), format!("{inner}{step}{NAME}: {VALUE}")];
    Some(Edit { at: at + 1, removed: 0, added })
}

/// The next line that is neither blank nor a comment.
fn following<'a>(lines: &[&'a str], at: usize) -> Option<&'a str> {
    lines.iter().skip(at + 1).copied().find(|l| !bare(l).is_empty())
}

fn indent(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}

/// The line without comment and white space around it.
fn bare(line: &str) -> &str {
    let text = line.trim();
    if text.starts_with('#') { "" } else { text.split(" #").next().unwrap_or_default().trim_end() }
}

fn unified(path: &str, lines: &[&str], edit: &Edit, around: usize) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next()?;
    let from = edit.at.saturating_sub(around);
    let to = (edit.at + edit.removed + around).min(lines.len());
    let (old, new) = (to - from, to - from - edit.removed + edit.added.len());
    // Of an empty range, the line before it is named.
    let start = if old == 0 { from } else { from + 1 };
    let mut out = vec![format!("--- a/{name}"), format!("+++ b/{name}")];
    out.push(format!("@@ -{start},{old} +{},{new} @@", from + 1));
    let marked = |mark: char, lines: &[&str]| lines.iter().map(|l| format!("{mark}{l}")).collect::<Vec<_>>();
    out.extend(marked(' ', lines.get(from..edit.at)?));
    out.extend(marked('-', lines.get(edit.at..edit.at + edit.removed)?));
    out.extend(edit.added.iter().map(|l| format!("+{l}")));
    out.extend(marked(' ', lines.get(edit.at + edit.removed..to)?));
    Some(out.join("\n"))
}
