//! What the probes see, against servers of the test's own, homes in a temporary folder, and container engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod cache;
mod compose;
mod credentials;
mod endpoint;
mod engine;
mod hostile;
mod lookalikes;
mod network;
mod podman;
