//! A proxy that lets `CONNECT` through to one fixed place. Proxies that refuse are scripts of `http`.
//! It resolves nothing: where it leads is the test's choice.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::Record;

pub struct ProxyServer {
    pub address: SocketAddr,
    /// Every request's head, in full.
    pub heads: Record,
}

impl ProxyServer {
    /// Every tunnel leads to this place.
    pub async fn leading_to(place: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), heads: Record::default() };
        let heads = proxy.heads.clone();
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let heads = heads.clone();
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match near.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => return,
                        }
                    }
                    heads.add(String::from_utf8_lossy(&head));
                    near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                    let mut far = TcpStream::connect(place).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        proxy
    }
}
