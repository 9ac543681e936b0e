//! What was seen: plain data, already scrubbed of secrets and control characters, that can be stored and read back.
//! No I/O, no judgement, and no other module of ours may be imported here. `subjects` holds the table of what is
//! looked at; the other files hold one subject's data each.

mod cache;
mod compose;
mod container;
mod credentials;
mod endpoint;
mod engine;
mod evidence;
mod handle;
mod hints;
mod launch;
mod log;
mod network;
mod observation;
mod others;
mod proxy;
mod snapshot;
mod subjects;
mod target;
mod tls;
mod token;
mod url;
mod variable;
mod version;

pub use cache::*;
pub use compose::*;
pub use container::*;
pub use credentials::*;
pub use endpoint::*;
pub use engine::*;
pub use evidence::*;
pub use handle::*;
pub use hints::*;
pub use launch::*;
pub use log::*;
pub use network::*;
pub use observation::*;
pub use proxy::*;
pub use subjects::*;
pub use target::*;
pub use tls::*;
pub use token::*;
pub use url::*;
pub use variable::*;
pub use version::*;
