//! The fold over observations: what was seen, what follows from it, and what changed. No I/O and no clock: times come in.

#[expect(clippy::module_inception, reason = "the file holds the type that the folder is named for")]
mod case;
mod change;
mod changes;
mod command;
mod debounce;
mod event;
mod present;
pub mod recording;

pub use case::Case;
pub use change::{Change, ChangeKind};
pub use changes::Baseline;
pub use command::{ReplayControl, WatchCommand};
pub use debounce::Debounce;
pub use event::{CaseEvent, ReplayState};
pub use present::Present;
