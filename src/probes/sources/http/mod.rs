//! HTTP to a source's API: opens connections, keeps them for the next request, and bounds what comes back. GET only.

pub(crate) mod budget;
pub(crate) mod dial;
pub(crate) mod pool;
