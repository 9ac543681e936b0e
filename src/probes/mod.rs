//! All looking: network, engine, files, and with them all secrets. Each probe observes one subject and judges nothing.
//! Causes, views and the terminal are unknown here; what comes out is an [`Update`](crate::observations::Update), already scrubbed.

pub mod archive;
pub mod cache;
mod command;
pub mod compose;
pub mod container;
pub mod context;
pub mod credentials;
pub mod dotenv;
pub mod endpoint;
pub mod engine;
pub mod environment;
pub mod events;
pub mod files;
mod limit;
pub mod logs;
pub mod network;
pub mod page;
mod places;
mod runner;
pub mod scan;
pub mod scrub;
mod utf16;

pub use context::{Context, DEFAULT_API_ENDPOINT, DEFAULT_ENDPOINT, Host, Limits};
pub use environment::Environment;
pub use runner::{News, Sink, look, observe, send};
pub use scrub::Scrubber;

use crate::observations::ProbeError;

/// What a probe comes back with.
pub type Answer<T> = Result<T, ProbeError>;
