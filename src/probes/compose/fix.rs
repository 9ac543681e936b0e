//! The smallest changes to compose files that make LocalStack start and activate, as unified diffs.
//! Pure: texts come in, diffs go out, and a line that holds a literal credential is never touched or shown.

use secrecy::{ExposeSecret, SecretString};

use super::model::Service;
use crate::observations::{
    ComposeService, ComposeVariable, CredentialKind, FileLine, GATEWAY_PORT, Image, Mend, MendKind,
};
use crate::probes::formats::interpolate::Template;
use crate::scrub::Scrubber;

/// Unchanged lines around the change.
const AROUND: usize = 3;

const NAME: &str = CredentialKind::AuthToken.variable();
const VALUE: &str = "${LOCALSTACK_AUTH_TOKEN:?set it first}";
/// Images of LocalStack that have a licensed one beside them, under the name `LICENSED`.
const UNLICENSED: [&str; 3] = ["localstack", "localstack-full", "localstack-light"];
const LICENSED: &str = "localstack-pro";

/// What is put into a section of a service, in each way in which such a section is written.
struct Entry {
    section: &'static str,
    /// As an item of a list.
    item: String,
    /// As an item of a list within brackets.
    bracketed: String,
    /// As a pair of a mapping: in lines, and within braces; nothing where the section is always a list.
    pair: Option<(String, String)>,
}

impl Entry {
    fn token() -> Self {
        let pair = (format!("{NAME}: {VALUE}"), format!("{NAME}: \"{VALUE}\""));
        let item = format!("{NAME}={VALUE}");
        Self { section: "environment", bracketed: format!("\"{item}\""), item, pair: Some(pair) }
    }

    fn listed(section: &'static str, item: &str) -> Self {
        let item = format!("\"{item}\"");
        Self { section, bracketed: item.clone(), item, pair: None }
    }

    /// As the only content of the section.
    fn alone(&self) -> String {
        self.pair.as_ref().map_or_else(|| format!("- {}", self.item), |(pair, _)| pair.clone())
    }
}

/// A change, and where it is made.
enum Change<'a> {
    /// The variable is there and can come out blank.
    Variable(&'a ComposeVariable),
    /// A line is put into the section at this place, or the section is begun in the service at this place.
    Add { entry: Entry, section: Option<&'a FileLine>, service: &'a FileLine },
    /// The image's name is another, in the line at this place.
    Image { name: String, at: &'a FileLine },
    /// The variable's line goes.
    Remove(&'a ComposeVariable),
}

impl Change<'_> {
    fn place(&self) -> &FileLine {
        match self {
            Self::Variable(variable) | Self::Remove(variable) => &variable.at,
            Self::Image { at, .. } => at,
            Self::Add { section, service, .. } => section.unwrap_or(service),
        }
    }

    fn edit(&self, lines: &[&str], at: usize) -> Option<Edit> {
        match self {
            Self::Variable(variable) => replaced(lines, at, variable),
            Self::Add { entry, section: Some(_), .. } => added(lines, at, entry),
            Self::Add { entry, section: None, .. } => begun(lines, at, entry),
            Self::Image { name, .. } => licensed(lines, at, name),
            Self::Remove(variable) => removed(lines, at, variable),
        }
    }
}

/// Every change that could be made to this service and can be shown.
pub(super) fn suggest_fix(
    service: &Service,
    told: &ComposeService,
    texts: &[(String, SecretString)],
    scrubber: &Scrubber,
) -> Vec<Mend> {
    let shown = |of: MendKind| {
        let change = change(of, service, told)?;
        let place = change.place();
        let (_, text) = texts.iter().find(|(shown, _)| *shown == place.path)?;
        let lines: Vec<&str> = text.expose_secret().lines().collect();
        let edit = change.edit(&lines, usize::try_from(place.line).ok()?.checked_sub(1)?)?;
        // As much around the change as can be shown without showing a secret.
        let diffs = (0..=AROUND).rev().filter_map(|around| unified(&place.path, &lines, &edit, around));
        let diff = diffs.into_iter().find(|diff| scrubber.lines(diff) == *diff)?;
        Some(Mend { of, at: place.clone(), diff })
    };
    MendKind::ALL.into_iter().filter_map(shown).collect()
}

fn change<'a>(of: MendKind, service: &'a Service, told: &'a ComposeService) -> Option<Change<'a>> {
    let add = |entry, section: &'a Option<FileLine>| {
        Some(Change::Add { entry, section: section.as_ref(), service: &service.at })
    };
    let variable = |name: &str| told.variables.iter().find(|v| v.name == name);
    match of {
        MendKind::Token => match variable(NAME) {
            Some(token) => {
                let blank = token.written == NAME || Template::parse(&token.written).ok()?.is_blank_alone();
                blank.then_some(Change::Variable(token))
            }
            // An API key is a credential as well.
            None if told.variables.iter().any(|v| v.value.as_deref().is_some_and(|v| !v.is_empty())) => None,
            None => add(Entry::token(), &service.environment.at),
        },
        MendKind::Image => {
            let named = service.image.as_ref()?;
            let image = Image::parse(&named.text);
            let name = UNLICENSED.into_iter().find(|n| *n == image.name())?.to_owned();
            // A digest is that of one image alone.
            (!named.text.contains('@')).then_some(Change::Image { name, at: &named.at })
        }
        MendKind::Port if told.publishes(GATEWAY_PORT) || told.network_mode.is_some() => None,
        MendKind::Port => {
            add(Entry::listed("ports", &format!("127.0.0.1:{GATEWAY_PORT}:{GATEWAY_PORT}")), &service.ports.at)
        }
        MendKind::ApiKey => variable(CredentialKind::ApiKey.variable()).map(Change::Remove),
        MendKind::Volume if told.persistent_cache => None,
        MendKind::Volume => add(Entry::listed("volumes", "./volume:/var/lib/localstack"), &service.volumes.at),
    }
}

/// Lines that are put in the place of `removed` lines from line `at` on, counted from 0.
struct Edit {
    at: usize,
    removed: usize,
    added: Vec<String>,
}

fn replaced(lines: &[&str], at: usize, variable: &ComposeVariable) -> Option<Edit> {
    let line = lines.get(at)?;
    if goes_on_below(lines, at) {
        return None;
    }
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

/// Whether the value of a line goes on in the line below, as after `>-`: changing the first line would leave the rest behind.
fn goes_on_below(lines: &[&str], at: usize) -> bool {
    let depth = |line: &&str| indent(line).len();
    let below = lines.get(at + 1).filter(|line| !bare(line).is_empty());
    below.zip(lines.get(at)).is_some_and(|(below, line)| depth(below) > depth(line))
}

/// The line without a variable that stands on it alone.
fn removed(lines: &[&str], at: usize, variable: &ComposeVariable) -> Option<Edit> {
    let line = lines.get(at)?;
    let rest = line.trim_start();
    let rest = rest.strip_prefix('-').map_or(rest, str::trim_start).trim_start_matches(['"', '\'']);
    let after = rest.strip_prefix(&variable.name)?.trim_start_matches(['"', '\'']).trim_start();
    let ends = after.is_empty() || after.starts_with([':', '=']);
    (ends && !goes_on_below(lines, at)).then_some(Edit { at, removed: 1, added: Vec::new() })
}

/// The line with the licensed image of the same registry and tag.
fn licensed(lines: &[&str], at: usize, name: &str) -> Option<Edit> {
    let line = lines.get(at)?;
    let (before, after) = line.match_indices(name).find_map(|(from, _)| {
        let (before, after) = (line.get(..from)?, line.get(from + name.len()..)?);
        let ends = after.is_empty() || after.starts_with([':', '"', '\'', ' ', ',', '}']);
        (before.ends_with('/') && ends).then_some((before, after))
    })?;
    Some(Edit { at, removed: 1, added: vec![format!("{before}{LICENSED}{after}")] })
}

/// An entry put into a section that exists.
fn added(lines: &[&str], at: usize, entry: &Entry) -> Option<Edit> {
    let line = lines.get(at)?;
    let (head, rest) = line.split_once(entry.section)?;
    let rest = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?;
    let section = rest.trim_start();
    let bracket = section.chars().next().filter(|c| matches!(c, '[' | '{'));
    if let Some(bracket) = bracket {
        let inside = section.strip_prefix(bracket)?.trim_start();
        let closed = inside.starts_with([']', '}']);
        let item = if bracket == '[' { &entry.bracketed } else { &entry.pair.as_ref()?.1 };
        let comma = if closed { "" } else { ", " };
        let flow = format!("{head}{}: {bracket}{item}{comma}{inside}", entry.section);
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
        Some(first) if first.trim_start().starts_with('-') => format!("{}- {}", indent(first), entry.item),
        Some(first) => format!("{}{}", indent(first), entry.pair.as_ref()?.0),
        None => format!("{own}  {}", entry.alone()),
    };
    Some(Edit { at: at + 1, removed: 0, added: vec![added] })
}

/// A section put at the beginning of a service that has none.
fn begun(lines: &[&str], at: usize, entry: &Entry) -> Option<Edit> {
    let line = lines.get(at)?;
    if !bare(line).ends_with(':') {
        return None;
    }
    let own = indent(line);
    let inner = following(lines, at).map(indent).filter(|i| i.len() > own.len())?;
    let step = inner.get(own.len()..)?;
    let added = vec![format!("{inner}{}:", entry.section), format!("{inner}{step}{}", entry.alone())];
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
