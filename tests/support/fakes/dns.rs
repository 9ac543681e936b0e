//! A name server on UDP and TCP that answers each name by script.
//! It follows no other server.

use std::net::{IpAddr, SocketAddr};

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA};
use hickory_resolver::proto::rr::{RData, Record as Row, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::Record;

/// What the server says to one name.
#[derive(Debug, Clone)]
pub enum Says {
    /// These addresses, each in its record type; none is an answer without records.
    Addresses(Vec<IpAddr>),
    /// This status.
    Code(ResponseCode),
    /// Nothing.
    Silent,
    /// Bytes that are no DNS message.
    Garbage,
    /// Over UDP that the answer does not fit, over TCP these addresses.
    Truncated(Vec<IpAddr>),
    /// An answer to another question first, then these addresses.
    StrayFirst(Vec<IpAddr>),
}

impl Says {
    /// One address or several, as text.
    pub fn ips(list: &str) -> Self {
        Self::Addresses(list.split_whitespace().map(|ip| ip.parse().unwrap()).collect())
    }
}

pub struct DnsServer {
    pub address: SocketAddr,
    /// Name and type of each question, such as `api.test. A`, with `tcp` behind it where it came so.
    pub asked: Record,
}

impl DnsServer {
    /// Answers every name alike.
    pub async fn start(says: Says) -> Self {
        Self::with_names(&[], says).await
    }

    /// Answers these names each in its way, and all others in the last.
    pub async fn with_names(names: &[(&str, Says)], rest: Says) -> Self {
        let names: Vec<(String, Says)> = names.iter().map(|(n, s)| (format!("{n}."), s.clone())).collect();
        Self::scripted(move |name| names.iter().find(|(n, _)| n == name).map_or(rest.clone(), |(_, s)| s.clone())).await
    }

    /// Answers each name, with a dot at its end, as the script says at that time.
    pub async fn scripted(script: impl Fn(&str) -> Says + Clone + Send + Sync + 'static) -> Self {
        let (udp, tcp) = sockets().await;
        let server = Self { address: udp.local_addr().unwrap(), asked: Record::default() };
        tokio::spawn(over_udp(udp, script.clone(), server.asked.clone()));
        tokio::spawn(over_tcp(tcp, script, server.asked.clone()));
        server
    }
}

async fn sockets() -> (UdpSocket, TcpListener) {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
}

fn answer(question: &Message, addresses: &[IpAddr]) -> Message {
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    let query = question.queries[0].clone();
    for address in addresses {
        let data = match (query.query_type(), address) {
            (RecordType::A, IpAddr::V4(ip)) => RData::A(A(*ip)),
            (RecordType::AAAA, IpAddr::V6(ip)) => RData::AAAA(AAAA(*ip)),
            _ => continue,
        };
        answer.add_answer(Row::from_rdata(query.name().clone(), 60, data));
    }
    answer.add_query(query);
    answer
}

async fn over_udp(socket: UdpSocket, script: impl Fn(&str) -> Says, asked: Record) {
    let mut buffer = [0; 2048];
    loop {
        let (n, from) = socket.recv_from(&mut buffer).await.unwrap();
        let question = Message::from_vec(&buffer[..n]).unwrap();
        let name = question.queries[0].name().to_ascii();
        asked.add(format!("{name} {}", question.queries[0].query_type()));
        let mut messages = Vec::new();
        match script(&name) {
            Says::Silent => {}
            Says::Garbage => messages.push(b"not dns".to_vec()),
            Says::Addresses(ips) => messages.push(answer(&question, &ips).to_vec().unwrap()),
            Says::Code(code) => {
                let mut refusal = answer(&question, &[]);
                refusal.metadata.response_code = code;
                messages.push(refusal.to_vec().unwrap());
            }
            Says::Truncated(_) => {
                let mut cut = answer(&question, &[]);
                cut.metadata.truncation = true;
                messages.push(cut.to_vec().unwrap());
            }
            Says::StrayFirst(ips) => {
                let mut stray = answer(&question, &["203.0.113.66".parse().unwrap()]);
                stray.metadata.id = stray.metadata.id.wrapping_add(1);
                messages.push(stray.to_vec().unwrap());
                messages.push(answer(&question, &ips).to_vec().unwrap());
            }
        }
        for message in messages {
            socket.send_to(&message, from).await.unwrap();
        }
    }
}

async fn over_tcp(listener: TcpListener, script: impl Fn(&str) -> Says, asked: Record) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let Ok(length) = stream.read_u16().await else { continue };
        let mut bytes = vec![0; usize::from(length)];
        stream.read_exact(&mut bytes).await.unwrap();
        let question = Message::from_vec(&bytes).unwrap();
        let name = question.queries[0].name().to_ascii();
        asked.add(format!("{name} {} tcp", question.queries[0].query_type()));
        if let Says::Truncated(ips) = script(&name) {
            let reply = answer(&question, &ips).to_vec().unwrap();
            stream.write_u16(u16::try_from(reply.len()).unwrap()).await.unwrap();
            stream.write_all(&reply).await.unwrap();
        }
    }
}
