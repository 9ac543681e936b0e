//! Everything that is read: network, engine, files, and with them all secrets. Each probe observes one subject, and what
//! comes out is an [`Update`](crate::observations::Update), already scrubbed. What it means is the diagnosis's job.

pub(crate) mod answer;
pub mod chosen;
pub mod compose;
pub mod context;
pub mod credentials;
pub mod endpoint;
pub mod events;
pub mod formats;
pub mod guard;
pub mod host;
pub mod instances;
pub mod license_cache;
pub mod logs;
pub mod network;
pub mod offline;
mod schedule;
pub mod sources;

pub use answer::Answer;
pub use context::{Context, DEFAULT_API_ENDPOINT, Limits};
pub use guard::{EventSender, ProbeEvent};
pub use host::{Environment, Host};
pub use schedule::{Others, run_checks};
