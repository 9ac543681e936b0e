//! Climbs the ladder to the license host: proxy, name, connection, certificate, answer. The first rung that breaks ends the climb.

use std::collections::BTreeSet;

use super::Context;
use super::runner::Sink;
use crate::observations::{Container, ProbeId, Viewpoint};

/// Climbs from one viewpoint and tells of each rung as it is reached. Rungs above a broken one are told as skipped.
pub async fn climb(
    _context: &Context,
    _from: Viewpoint,
    _container: Option<&Container>,
    _wanted: &BTreeSet<ProbeId>,
    _sink: &Sink,
) {
}
