//! Stand-ins on loopback ports for everything a probe may meet. They answer by script, record what they were sent, and
//! judge nothing; the tests do.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests; each uses a part"
)]

pub mod context;
pub mod dns;
pub mod engine;
pub mod http;
pub mod proxy;
pub mod tls;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// What a stand-in was sent, in order.
#[derive(Debug, Clone, Default)]
pub struct Record(Arc<Mutex<Vec<String>>>);

impl Record {
    pub fn add(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// An address at which nothing listens, and which no other test is given: bound for good, and never listened at.
pub fn closed_port() -> SocketAddr {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    std::mem::forget(socket);
    address
}
