//! What the data under `assets/` makes of logs, recordings and recipes: every cause, every case of the corpus.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod cases;
mod causes;
mod corpus;
mod demo;
mod recipes;
mod variations;
