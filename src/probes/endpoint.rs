//! Asks LocalStack's endpoint what it is: `/_localstack/health` and `/_localstack/info`.

use super::{Answer, Context};
use crate::observations::{Answer as Kind, Container, Endpoint, ErrorKind, Health, ProbeError};

/// The URL under which this container can be reached from here, if it publishes one and the user named no other.
pub fn published(_context: &Context, _container: &Container) -> Option<String> {
    None
}

/// What answers at the endpoint.
///
/// # Errors
/// Never for a silent or strange endpoint: that is an answer.
pub async fn observe(_context: &Context, _container: Option<&Container>) -> Answer<Endpoint> {
    Err(ProbeError::new(ErrorKind::NotFound, "not built yet"))
}

/// The light poll: `/_localstack/health` alone, which writes no line into LocalStack's log.
pub async fn health(_context: &Context, _url: &str) -> (Kind, Option<Health>) {
    (Kind::Unknown, None)
}
