//! The program as a process: its commands, its output, what it hides, and what it leaves untouched.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod anonymous;
mod commands;
mod compose_check;
mod compose_fix;
mod crash;
mod fleet;
mod random_secrets;
mod readme;
mod report;
mod schema;
mod secrets;
mod side_effects;
mod usage;
