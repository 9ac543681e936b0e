//! How the instance was started, which decides the wording of its remedies: the container's labels tell first, then the
//! text of a log that was given, then the environment.

use super::facts::{Fact, FactContext};
use crate::observations::{LaunchHints, LaunchMethod};

/// What the text of the log says; nothing is known of a log that was not given as a file.
pub(super) fn hints<'a>(cx: &FactContext<'a>) -> Option<&'a LaunchHints> {
    cx.snapshot.logs.value().map(|log| &log.launch)
}

/// The way that the instance was started.
pub(super) fn launch(cx: &FactContext<'_>) -> LaunchMethod {
    let container = cx.snapshot.container();
    let labels = container.map(|c| c.launch.method()).filter(|method| *method != LaunchMethod::Unknown);
    let in_pod = || container?.variable("KUBERNETES_SERVICE_HOST").map(|_| LaunchMethod::Kubernetes);
    let alone = || {
        let answers = container.is_none() && Fact::EndpointAnswers.evidence(cx).is_some();
        (answers && !cx.snapshot.target.from_files).then_some(LaunchMethod::HostProcess)
    };
    labels.or_else(|| hints(cx)?.method).or_else(in_pod).or_else(alone).unwrap_or_default()
}

/// The CI service: the one that runs lsdoctor, else the one whose lines stand in the log.
pub(super) fn ci<'a>(cx: &FactContext<'a>) -> Option<&'a str> {
    let here = cx.snapshot.target.machine.ci.as_ref().map(|ci| ci.name.as_str());
    here.or_else(|| hints(cx)?.ci.as_deref())
}

/// Whether Podman is the engine.
pub(super) fn podman(cx: &FactContext<'_>) -> bool {
    let engine = cx.snapshot.engine.value().is_some_and(|e| e.name.to_ascii_lowercase().contains("podman"));
    engine || hints(cx).is_some_and(|hints| hints.podman)
}
