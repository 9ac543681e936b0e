//! Lists LocalStack's containers among all others, with their details.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream;

use crate::observations::{Ci, Container, Handle, Launch, Launcher};
use crate::probes::answer::Answer;
use crate::probes::context::Context;
use crate::probes::sources::Source;
use crate::probes::sources::recognise::Likeness;
use crate::probes::sources::types::{Candidate, Inspected};

/// The containers that are looked through. A laptop has a few dozen, a build host a few hundred.
const MOST_ROWS: u16 = 1_000;
/// The containers that are looked at in detail.
const MOST_CANDIDATES: usize = 50;
/// The details that are asked for at the same time: enough for a local socket, gentle on ssh.
const AT_ONCE: usize = 4;

/// What a source has.
pub(super) struct Listed {
    /// Every container that is there, LocalStack's or not.
    pub(super) there: BTreeSet<Handle>,
    /// LocalStack's containers in detail.
    pub(super) found: Vec<Inspected>,
    /// What was left out, in words.
    pub(super) limits: Vec<String>,
}

/// Lists a source's containers. Those that do not look like LocalStack are looked into only when nothing else does.
pub(super) async fn list(context: &Context, source: &Source) -> Answer<Listed> {
    let (mut rows, more) = source.list(MOST_ROWS).await?;
    let there = rows.iter().map(|row| row.handle.clone()).collect();
    // The engine lists the newest first; a stable sort keeps that order within a likeness.
    rows.sort_by_key(|row| std::cmp::Reverse(row.likeness));
    let of = |wanted: &[Likeness]| {
        let chosen = rows.iter().filter(|row| wanted.contains(&row.likeness)).take(MOST_CANDIDATES);
        chosen.cloned().collect::<Vec<_>>()
    };
    let alike = rows.iter().filter(|row| matches!(row.likeness, Likeness::Sure | Likeness::Maybe)).count();
    let mut limits = Vec::new();
    if more {
        limits.push(format!("of the engine's containers, the newest {MOST_ROWS} were looked through"));
    }
    if alike > MOST_CANDIDATES {
        limits.push(format!("of {alike} containers that look like LocalStack's, {MOST_CANDIDATES} were looked into"));
    }
    let mut found = details(context, source, of(&[Likeness::Sure, Likeness::Maybe])).await?;
    if found.is_empty() && context.container.is_none() {
        found = details(context, source, of(&[Likeness::Unlikely])).await?;
    }
    Ok(Listed { there, found, limits })
}

/// The details of the candidates that are LocalStack. One that was removed meanwhile is left out.
async fn details(context: &Context, source: &Source, candidates: Vec<Candidate>) -> Answer<Vec<Inspected>> {
    let mut answers = stream::iter(candidates)
        .map(|row| async move { (row.likeness, source.inspect(&row.handle).await) })
        .buffered(AT_ONCE);
    let mut found = Vec::new();
    while let Some((likeness, answer)) = answers.next().await {
        let details = answer?.filter(|details| likeness == Likeness::Sure || details.is_localstack);
        found.extend(details.map(|details| with_ci(details, context)));
    }
    Ok(found)
}

/// The details, where a CI service that this machine works for says more about the start than `docker run` does.
pub(super) fn with_ci(mut details: Inspected, context: &Context) -> Inspected {
    details.container.launch = launched_in(details.container.launch, context.host.ci().as_ref());
    details
}

fn launched_in(launch: Launch, ci: Option<&Ci>) -> Launch {
    match (&launch.by, ci) {
        (Launcher::DockerRun, Some(ci)) => {
            Launch { by: Launcher::Ci, told_by: format!("this is a job of {}", ci.name) }
        }
        _ => launch,
    }
}

/// Why the container that the user named was not found, and what there is instead.
pub(super) fn missing(context: &Context, source: &Source, name: &str, found: &[Container]) -> String {
    let known: Vec<_> = found.iter().map(|c| c.name.as_str()).collect();
    let advice = match known.as_slice() {
        [] => "the engine has no LocalStack container; `docker ps --all` lists all".to_owned(),
        names => format!("LocalStack's are {}", names.join(", ")),
    };
    context.scrubber.text(&format!("there is no container `{name}` on {}: {advice}", source.about().address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ci_job_tells_more_than_docker_run_and_less_than_a_label() {
        let ci = Ci { name: "GitLab CI".into(), without_secrets: None };
        let with = |by| launched_in(Launch { by, ..Launch::default() }, Some(&ci));
        let run = with(Launcher::DockerRun);
        assert_eq!((run.by, run.told_by.as_str()), (Launcher::Ci, "this is a job of GitLab CI"));
        assert_eq!(with(Launcher::Lstk).by, Launcher::Lstk);
    }
}
