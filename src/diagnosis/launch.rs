//! How the instance was started, which decides the wording of its remedies.

use super::facts::{Fact, FactContext};
use crate::observations::LaunchMethod;

/// How the instance was started.
pub(crate) fn launch(cx: &FactContext<'_>) -> LaunchMethod {
    match cx.snapshot.container() {
        Some(container) => container.launch.method(),
        None if Fact::EndpointAnswers.evidence(cx).is_some() && !cx.snapshot.target.from_files => {
            LaunchMethod::HostProcess
        }
        None => LaunchMethod::Unknown,
    }
}
