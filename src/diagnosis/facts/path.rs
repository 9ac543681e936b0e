//! Which network path to the license server a fact is about, and how its viewpoint is named.

use super::context::FactContext;
use crate::observations::{ConnectionPath, Viewpoint};

/// The network path that LocalStack uses, and the viewpoint it was seen from: the container's own path where it was
/// probed, else this machine's, which a process without a container shares.
pub(in crate::diagnosis) fn effective_path<'a>(cx: &FactContext<'a>) -> (&'a ConnectionPath, Viewpoint) {
    let inside = &cx.snapshot.inside;
    let gone = [inside.dns.at(), inside.tcp.at(), inside.tls.at(), inside.https.at()];
    let from = if gone.iter().any(Option::is_some) { Viewpoint::Container } else { Viewpoint::Host };
    (cx.snapshot.path(from), from)
}

/// Names the viewpoint in evidence, such as "seen from this machine".
pub(in crate::diagnosis) fn seen_from(from: Viewpoint) -> String {
    format!("seen from {}", from.words())
}
