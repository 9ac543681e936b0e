//! A proxy that lets `CONNECT` through to one fixed place. Proxies that refuse are scripts of `http`.
//! It resolves nothing: where it leads is the test's choice.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::Record;
use super::http::head;

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
                    let head = head(&mut near).await;
                    if !head.ends_with("\r\n\r\n") {
                        return;
                    }
                    heads.add(head);
                    near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                    let mut far = TcpStream::connect(place).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        proxy
    }
}

/// A SOCKS 5 proxy that leads every connection to one fixed place, or refuses it with a reply code.
pub struct SocksServer {
    pub address: SocketAddr,
    /// What each client sent before its connection was made, in hexadecimal: methods, login, request.
    pub asked: Record,
}

impl SocksServer {
    /// Wants user and password where `login` says so; replies with this code, and connects where it is 0.
    pub async fn start(place: SocketAddr, login: bool, code: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), asked: Record::default() };
        let asked = proxy.asked.clone();
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let asked = asked.clone();
                tokio::spawn(async move { socks(&mut near, place, login, code, &asked).await.ok() });
            }
        });
        proxy
    }
}

async fn socks(near: &mut TcpStream, place: SocketAddr, login: bool, code: u8, asked: &Record) -> std::io::Result<()> {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let mut buffer = [0; 600];
    let n = near.read(&mut buffer).await?;
    asked.add(hex(&buffer[..n]));
    if login {
        if !buffer[2..n].contains(&2) {
            return near.write_all(&[5, 0xff]).await;
        }
        near.write_all(&[5, 2]).await?;
        let n = near.read(&mut buffer).await?;
        asked.add(hex(&buffer[..n]));
        near.write_all(&[1, 0]).await?;
    } else {
        near.write_all(&[5, 0]).await?;
    }
    let n = near.read(&mut buffer).await?;
    asked.add(hex(&buffer[..n]));
    near.write_all(&[5, code, 0, 1, 127, 0, 0, 1, 0, 1]).await?;
    if code == 0 {
        let mut far = TcpStream::connect(place).await?;
        copy_bidirectional(near, &mut far).await?;
    }
    Ok(())
}
