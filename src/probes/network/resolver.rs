//! Asks one resolver for one record type, over UDP and where the answer does not fit over TCP, and tells the failures apart.
//! `dns` decides which resolvers are asked, and for which name.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

use crate::observations::{DnsStatus, RecordAnswer};
use crate::scrub::Scrubber;

/// A license server has a handful of addresses.
const MOST_ADDRESSES: usize = 16;
/// The largest datagram that is read; without EDNS an honest one has at most 512 bytes.
const LARGEST_DATAGRAM: usize = 4_096;
/// How often a question is sent: a single lost datagram is not a failure.
const SENDINGS: u32 = 2;
/// The most answers to other questions that are skipped before the resolver counts as broken.
const MOST_STRAYS: usize = 32;

/// Asks for the records of this type. Always comes back by then.
pub(super) async fn ask(
    resolver: SocketAddr,
    name: &Name,
    kind: RecordType,
    patience: Duration,
    scrubber: &Scrubber,
) -> RecordAnswer {
    let deadline = Instant::now() + patience;
    let mut question = Message::query();
    question.add_query(Query::query(name.clone(), kind));
    question.metadata.recursion_desired = true;
    let mut over_tcp = false;
    let outcome = async {
        let bytes = question.to_vec().map_err(|e| DnsStatus::Other(format!("no question could be made: {e}")))?;
        let id = question.metadata.id;
        let answer = over_udp(resolver, &bytes, id, deadline, patience).await?;
        if !answer.metadata.truncation {
            return Ok(answer);
        }
        over_tcp = true;
        over_stream(resolver, &bytes, id, deadline).await.map_err(|status| match status {
            DnsStatus::Unreachable | DnsStatus::Timeout => {
                DnsStatus::Other(format!("truncated, and over TCP: {}", status.word()))
            }
            other => other,
        })
    };
    match outcome.await {
        Ok(answer) => RecordAnswer { over_tcp, ..told(&answer, scrubber) },
        Err(status) => RecordAnswer { status, addresses: Vec::new(), over_tcp },
    }
}

/// What a message says that came as the answer to the question of this id; nothing when it is no such answer.
pub fn answer(bytes: &[u8], id: u16, scrubber: &Scrubber) -> Option<RecordAnswer> {
    match read(bytes, id) {
        Reading::Answer(answer) => Some(told(&answer, scrubber)),
        Reading::Stray | Reading::Garbage => None,
    }
}

fn told(answer: &Message, scrubber: &Scrubber) -> RecordAnswer {
    RecordAnswer { status: status(answer, scrubber), addresses: addresses(answer), over_tcp: false }
}

fn status(answer: &Message, scrubber: &Scrubber) -> DnsStatus {
    match answer.metadata.response_code {
        ResponseCode::NoError => DnsStatus::NoError,
        ResponseCode::NXDomain => DnsStatus::NxDomain,
        ResponseCode::ServFail => DnsStatus::ServFail,
        ResponseCode::Refused => DnsStatus::Refused,
        other => DnsStatus::Other(scrubber.text(&format!("{other:?}").to_uppercase())),
    }
}

fn addresses(answer: &Message) -> Vec<IpAddr> {
    if answer.metadata.response_code != ResponseCode::NoError {
        return Vec::new();
    }
    let found = answer.answers.iter().filter_map(|record| match &record.data {
        RData::A(a) => Some(IpAddr::V4(a.0)),
        RData::AAAA(a) => Some(IpAddr::V6(a.0)),
        _ => None,
    });
    found.take(MOST_ADDRESSES).collect()
}

/// A connected socket: it hears when nothing listens at the other end, and takes datagrams from nobody else.
async fn over_udp(
    resolver: SocketAddr,
    question: &[u8],
    id: u16,
    deadline: Instant,
    patience: Duration,
) -> Result<Message, DnsStatus> {
    let from: IpAddr = if resolver.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((from, 0)).await.map_err(|e| failed(&e))?;
    socket.connect(resolver).await.map_err(|e| failed(&e))?;
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    let mut strays = 0;
    for left in (0..SENDINGS).rev() {
        socket.send(question).await.map_err(|e| failed(&e))?;
        let until = deadline - patience * left / SENDINGS;
        loop {
            let Ok(received) = timeout_at(until, socket.recv(&mut buffer)).await else { break };
            let bytes = buffer.get(..received.map_err(|e| failed(&e))?).unwrap_or_default();
            match read(bytes, id) {
                Reading::Answer(answer) => return Ok(*answer),
                Reading::Garbage => return Err(garbage()),
                Reading::Stray if strays < MOST_STRAYS => strays += 1,
                Reading::Stray => return Err(DnsStatus::Other("answers to other questions only".to_owned())),
            }
        }
    }
    Err(DnsStatus::Timeout)
}

async fn over_stream(resolver: SocketAddr, question: &[u8], id: u16, deadline: Instant) -> Result<Message, DnsStatus> {
    let exchange = async {
        let mut stream = TcpStream::connect(resolver).await?;
        let length = u16::try_from(question.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        stream.write_all(&[&length.to_be_bytes(), question].concat()).await?;
        // The length has two bytes, so an answer is bounded by itself.
        let mut answer = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut answer).await?;
        io::Result::Ok(answer)
    };
    let bytes = timeout_at(deadline, exchange).await.map_err(|_| DnsStatus::Timeout)?.map_err(|e| failed(&e))?;
    match read(&bytes, id) {
        Reading::Answer(answer) => Ok(*answer),
        Reading::Garbage | Reading::Stray => Err(garbage()),
    }
}

enum Reading {
    Answer(Box<Message>),
    /// An answer to something else.
    Stray,
    /// No DNS message.
    Garbage,
}

fn read(bytes: &[u8], id: u16) -> Reading {
    match Message::from_vec(bytes) {
        Ok(m) if m.metadata.id == id && m.metadata.message_type == MessageType::Response => {
            Reading::Answer(Box::new(m))
        }
        Ok(_) => Reading::Stray,
        Err(_) => Reading::Garbage,
    }
}

fn garbage() -> DnsStatus {
    DnsStatus::Other("the answer is no DNS message".to_owned())
}

fn failed(error: &io::Error) -> DnsStatus {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => DnsStatus::Unreachable,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => DnsStatus::Other("no route".to_owned()),
        io::ErrorKind::UnexpectedEof => DnsStatus::Other("connection closed before the answer".to_owned()),
        _ => DnsStatus::Other(error.to_string()),
    }
}
