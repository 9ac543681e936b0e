//! Reads a row of the engine's list of containers.

use serde_json::Value;

use crate::observations::{GATEWAY_PORT, Handle};
use crate::probes::sources::recognise::{Likeness, likeness};
use crate::probes::sources::types::Candidate;

/// The container of a row, and how much it looks like LocalStack. A row without an id is none.
pub(super) fn candidate(row: &Value) -> Option<Candidate> {
    let handle = Handle::of_engine(row.get("Id")?.as_str()?);
    Some(Candidate { handle, likeness: likeness_of(row) })
}

fn likeness_of(row: &Value) -> Likeness {
    let names = row.get("Names").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    let ports = row.get("Ports").and_then(Value::as_array).into_iter().flatten();
    let port = ports.filter_map(|p| p.get("PrivatePort")?.as_u64()).any(|p| p == u64::from(GATEWAY_PORT));
    let label = |name: &str| Some(row.get("Labels")?.get(name)?.as_str()?.to_owned());
    likeness(row.get("Image").and_then(Value::as_str).unwrap_or_default(), &names, label, port)
}
