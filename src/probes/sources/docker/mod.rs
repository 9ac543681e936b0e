//! Docker and Podman through their common API. The only place where bollard and its types are known.

mod address;
mod archive;
mod call;
mod client;
mod connect;
mod discover;
mod events;
#[cfg(test)]
pub(crate) mod fake;
pub mod inspect;
mod launch;
mod list;
mod log;
mod proxies;
mod route;

pub use address::is_valid_address;
pub use client::Client;
pub(crate) use connect::connect;

#[cfg(test)]
mod tests;
