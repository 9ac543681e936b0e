//! What more than one test binary uses. Each binary includes all of it and uses its own part.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use std::time::Duration;

/// Longer than anything takes that a test bounds, on the busiest machine, and shorter than what would wait for ever. Tests
/// measure nothing finer: how fast the program is, `cargo bench` says.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub mod cases;
pub mod doctor;
pub mod fakes;
pub mod homes;
pub mod judge;
pub mod packages;
#[cfg(unix)]
pub mod screen;
#[cfg(unix)]
pub mod standin;
