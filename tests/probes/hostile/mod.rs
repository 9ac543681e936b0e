//! Hostile input at every entrance, through the program itself: it ends in time, within its memory, with an exit code of
//! its own, and nothing of it reaches the output unescaped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, unreachable_pub, missing_docs)]

mod files;
mod logs;
mod servers;
mod surroundings;
