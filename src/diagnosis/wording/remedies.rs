//! Chooses the remedies of a case: those for how its instance was started, for its version, and for what was seen.

use super::placeholders::Placeholders;
use crate::diagnosis::answer::Remedy;
use crate::diagnosis::catalogue::RemedyTemplate;
use crate::diagnosis::facts::{Fact, FactContext};
use crate::diagnosis::launch::{ci, hints, launch, podman};
use crate::observations::LaunchMethod;

/// So many remedies are told.
const MOST_REMEDIES: usize = 6;
/// The languages of tests whose remedies are shown where the language is not known.
const COMMON_LANGUAGES: [&str; 2] = ["java", "python"];

/// Chooses the remedies that fit this case, in the catalogue's order, and fills them.
pub(crate) fn remedies(values: &Placeholders<'_>, cx: &FactContext<'_>, templates: &[RemedyTemplate]) -> Vec<Remedy> {
    let method = launch(cx);
    let ci = ci(cx);
    let language = hints(cx).and_then(|hints| hints.language.as_deref());
    // Where the language of the tests is not known, the two most common ones are shown.
    let speaks = |list: &[String]| match language {
        Some(language) => list.is_empty() || list.iter().any(|l| l == language),
        None => list.is_empty() || list.iter().any(|l| COMMON_LANGUAGES.contains(&l.as_str())),
    };
    let among =
        |list: &[String], seen: Option<&str>| list.is_empty() || seen.is_none_or(|s| list.iter().any(|l| l == s));
    let fits = |t: &&RemedyTemplate| {
        let launched = t.launch.is_empty()
            || t.launch.contains(&method)
            || (ci.is_some() && method == LaunchMethod::Unknown && t.launch.contains(&LaunchMethod::Ci));
        let version = match (&t.versions, cx.version()) {
            (Some(range), Some(version)) => version.within(range),
            _ => true,
        };
        let log_is_gone = Fact::InstanceGone.evidence(cx).is_some() && reads_log(t);
        launched
            && !log_is_gone
            && version
            && among(&t.ci, ci)
            && speaks(&t.language)
            && t.with.as_ref().is_none_or(|name| values.value(name).is_some())
            && t.without.as_ref().is_none_or(|name| values.value(name).is_none())
            && t.facts.iter().all(|s| s.evidence(cx).is_some())
            && t.no.iter().all(|s| s.evidence(cx).is_none())
    };
    let mut list = Vec::new();
    for template in templates.iter().filter(fits) {
        let Some(remedy) = fill(values, cx, template) else { continue };
        list.push(remedy);
        if template.last || list.len() == MOST_REMEDIES {
            break;
        }
    }
    list
}

/// Whether a remedy reads the log of the container: what was removed has none.
fn reads_log(template: &RemedyTemplate) -> bool {
    let log_of = |tool: &str| template.command.as_ref().is_some_and(|command| command.contains(tool));
    log_of("docker logs") || log_of("docker compose logs")
}

fn fill(values: &Placeholders<'_>, cx: &FactContext<'_>, template: &RemedyTemplate) -> Option<Remedy> {
    let mut remedy = values.remedy(template)?;
    if let (Some(range), None) = (&template.versions, cx.version()) {
        remedy.text = format!("For LocalStack {range}: {}", remedy.text);
    }
    if podman(cx) {
        remedy.command = remedy.command.map(|command| for_podman(&command));
    }
    Some(remedy)
}

/// Puts `podman` in the place of `docker` where it begins a command.
fn for_podman(command: &str) -> String {
    let line = |line: &str| match line.trim_start().strip_prefix("docker ") {
        Some(rest) => format!("{}podman {rest}", " ".repeat(line.len() - line.trim_start().len())),
        None => line.to_owned(),
    };
    command.lines().map(line).collect::<Vec<_>>().join("\n")
}
