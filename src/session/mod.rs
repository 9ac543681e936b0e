//! Live runs: starts probes, folds what they see into a case, and stops at an answer or a deadline.

mod due;
mod exit_code;
mod run;
mod tasks;
mod wait;
mod watch;

pub use exit_code::{exit, worst};
pub use run::Session;
pub use watch::watch;
