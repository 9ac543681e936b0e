//! The dashboard: its screens, its keys, and the program itself in a terminal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod causes;
mod keys;
mod pictures;
mod pty;
mod screens;
mod unicode;
