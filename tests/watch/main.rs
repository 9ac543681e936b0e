//! The live loop: what it sees of one container over time, and how its verdict follows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod chaos;
mod clock;
mod episodes;
mod episodes_live;
mod fleet;
mod live;
mod named;
mod recreated;
mod selecting;
mod soak;
