//! Where instances come from: container engines now, other kinds beside them later. Other modules keep a handle, not a client.

pub mod docker;
pub mod fault;
pub mod http;
pub mod recognise;
