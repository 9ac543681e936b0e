//! All looking: network, engine, files, and with them all secrets. Each probe observes one subject and judges nothing.
//! Causes, views and the terminal are unknown here; what comes out is an [`Update`](crate::observations::Update), already scrubbed.

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

pub use context::{Context, DEFAULT_API_ENDPOINT, Limits};
pub use guard::{News, Sink};
pub use host::{Environment, Host};
pub use schedule::look;

use crate::observations::ProbeError;

/// What a probe comes back with.
pub type Answer<T> = Result<T, ProbeError>;
