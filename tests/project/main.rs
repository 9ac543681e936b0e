//! The project itself: its layers, its dependencies, and its targets of the fuzzer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod architecture;
mod dependencies;
mod fuzz;
mod reader;
mod source;
