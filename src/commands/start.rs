//! Starts a session with every check, for the commands that take no selection of checks.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::Settings;
use crate::diagnosis::Catalogue;
use crate::observations::ProbeId;
use crate::session::Session;

/// A session with every check.
pub(super) fn whole_session(settings: Settings, catalogue: Arc<Catalogue>) -> Session {
    let wanted: BTreeSet<ProbeId> = ProbeId::ALL.into();
    let (context, interval) = (Arc::new(settings.context), settings.interval);
    Session { context, catalogue, wanted, left_out: BTreeSet::new(), interval, all: false }
}
