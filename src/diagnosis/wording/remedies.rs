//! Chooses the remedies of a case: those for how its instance was started, for its version, and for what was seen.

use super::placeholders::Placeholders;
use crate::diagnosis::answer::Remedy;
use crate::diagnosis::catalogue::RemedyTemplate;
use crate::diagnosis::facts::FactContext;
use crate::diagnosis::launch::launch;
use crate::observations::LaunchMethod;

/// So many remedies are told.
const MOST_REMEDIES: usize = 6;

/// Chooses the remedies that fit this case, in the catalogue's order, and fills them.
pub(crate) fn remedies(values: &Placeholders<'_>, cx: &FactContext<'_>, templates: &[RemedyTemplate]) -> Vec<Remedy> {
    let method = launch(cx);
    let in_ci = cx.snapshot.target.machine.ci.is_some();
    let fits = |t: &&RemedyTemplate| {
        let launched = t.launch.is_empty()
            || t.launch.contains(&method)
            || (in_ci && method == LaunchMethod::Unknown && t.launch.contains(&LaunchMethod::Ci));
        let version = match (&t.versions, cx.version()) {
            (Some(range), Some(version)) => version.within(range),
            _ => true,
        };
        launched
            && version
            && t.with.as_ref().is_none_or(|name| values.value(name).is_some())
            && t.without.as_ref().is_none_or(|name| values.value(name).is_none())
            && t.facts.iter().all(|s| s.evidence(cx).is_some())
            && t.no.iter().all(|s| s.evidence(cx).is_none())
    };
    templates.iter().filter(fits).filter_map(|t| fill(values, cx, t)).take(MOST_REMEDIES).collect()
}

fn fill(values: &Placeholders<'_>, cx: &FactContext<'_>, template: &RemedyTemplate) -> Option<Remedy> {
    let mut remedy = values.remedy(template)?;
    if let (Some(range), None) = (&template.versions, cx.version()) {
        remedy.text = format!("For LocalStack {range}: {}", remedy.text);
    }
    Some(remedy)
}
