//! Manners: the program reads and never writes, and nothing leaves the machine that need not. Seen from outside: by those
//! it asks, and by the system calls it makes.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, unreachable_pub, missing_docs)]

mod reads;
mod sockets;
