//! What more than one test binary uses. Each binary includes all of it and uses its own part.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

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
