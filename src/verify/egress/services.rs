//! The DNS, where it names the servers of a service (SRV) and how they want to be spoken to (TXT).
//!
//! Comes in: the name of a service. Goes out: its servers. Answers are hostile: whoever gives them may name any server, so only
//! those count that stand under the same domain as the service, as MongoDB demands.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use domain::base::iana::{Class, Rcode};
use domain::base::{Message, MessageBuilder, Name, Rtype};
use domain::rdata::{Srv, Txt};

use super::connection::remaining;

/// Where systems say which servers of the DNS they ask.
const SYSTEM: &str = "/etc/resolv.conf";
/// The port of the DNS.
const PORT: u16 = 53;
/// So many servers are asked, one after the other,
const MOST_SERVERS: usize = 3;
/// each for so long.
const PATIENCE: Duration = Duration::from_secs(3);
/// The longest answer, in bytes.
const LONGEST: usize = 4096;
/// Labels of the name of a service: what stands before the domain, and the domain.
const LEAST_LABELS: usize = 3;
/// Said of an answer.
const UNREADABLE: &str = "has an entry in the DNS that cannot be read";

/// What the DNS says of a service.
pub struct Service {
    /// The first of its servers, with its port.
    pub host: String,
    /// What its servers want, such as `a=1&b=2`; empty: nothing.
    pub settings: String,
}

/// Looks for the servers of `kind`, such as `_mongodb._tcp`, under a name. `servers` stand in for the system's. If there are none,
/// one clause says why.
pub(super) fn find(kind: &str, name: &str, servers: &[SocketAddr], deadline: Instant) -> Result<Service, &'static str> {
    let labels: Vec<&str> = name.split('.').collect();
    if labels.len() < LEAST_LABELS || labels.iter().any(|label| label.is_empty()) {
        return Err("is no name under which the DNS has services");
    }
    let servers = if servers.is_empty() { of_system() } else { servers.to_vec() };
    let answer = ask(&format!("{kind}.{name}"), Rtype::SRV, &servers, deadline)?;
    let domain = format!(".{}", labels[1..].join("."));
    let mut found: Vec<(u16, String)> = Vec::new();
    let records = answer.answer().map_err(|_| UNREADABLE)?.limit_to_in::<Srv<_>>();
    for record in records {
        let record = record.map_err(|_| UNREADABLE)?;
        let host = record.data().target().to_string().to_ascii_lowercase();
        if !host.ends_with(&domain) {
            return Err("has a server under another domain, to which nothing is sent");
        }
        found.push((record.data().priority(), format!("{host}:{}", record.data().port())));
    }
    // Of those that are alike the first.
    found.sort_by_key(|(priority, _)| *priority);
    let (_, host) = found.into_iter().next().ok_or("has no servers in the DNS")?;
    let answer = ask(name, Rtype::TXT, &servers, deadline)?;
    let texts = answer.answer().map_err(|_| UNREADABLE)?.limit_to_in::<Txt<_>>();
    let texts: Vec<String> =
        texts.flatten().map(|record| String::from_utf8_lossy(&record.data().text::<Vec<u8>>()).into_owned()).collect();
    match texts.len() {
        0 | 1 => Ok(Service { host, settings: texts.concat() }),
        _ => Err("has settings in the DNS that are at odds"),
    }
}

/// The servers that the system asks.
fn of_system() -> Vec<SocketAddr> {
    let text = std::fs::read_to_string(SYSTEM).unwrap_or_default();
    let address = |line: &str| line.trim().strip_prefix("nameserver")?.trim().parse::<IpAddr>().ok();
    text.lines().filter_map(address).map(|address| SocketAddr::new(address, PORT)).take(MOST_SERVERS).collect()
}

/// Asks one server after the other. That there is nothing is an answer too.
fn ask(name: &str, kind: Rtype, servers: &[SocketAddr], deadline: Instant) -> Result<Message<Vec<u8>>, &'static str> {
    let question = question(name, kind).ok_or("is no name in the DNS")?;
    for server in servers {
        let Ok(answer) = exchange(&question, *server, deadline) else { continue };
        match answer.header().rcode() {
            Rcode::NOERROR | Rcode::NXDOMAIN => return Ok(answer),
            _ => {}
        }
    }
    Err("cannot be looked up: no server of the DNS answered")
}

fn question(name: &str, kind: Rtype) -> Option<Message<Vec<u8>>> {
    let name: Name<Vec<u8>> = name.parse().ok()?;
    let mut id = [0; 2];
    getrandom::fill(&mut id).ok()?;
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_id(u16::from_be_bytes(id));
    message.header_mut().set_rd(true);
    let mut message = message.question();
    message.push((&name, kind, Class::IN)).ok()?;
    Some(message.into_message())
}

/// Asks one server, and once more over TCP where the answer is too long.
fn exchange(question: &Message<Vec<u8>>, server: SocketAddr, deadline: Instant) -> io::Result<Message<Vec<u8>>> {
    let deadline = deadline.min(Instant::now() + PATIENCE);
    let time = || remaining(deadline).ok_or(io::Error::from(io::ErrorKind::TimedOut));
    let own: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((own, 0))?;
    socket.connect(server)?;
    socket.send(question.as_slice())?;
    let mut bytes = vec![0; LONGEST];
    let answer = loop {
        socket.set_read_timeout(Some(time()?))?;
        let length = socket.recv(&mut bytes)?;
        // Whatever is no answer to this question is passed over: somebody may be guessing.
        if let Some(answer) = answer(bytes[..length].to_vec(), question) {
            break answer;
        }
    };
    if !answer.header().tc() {
        return Ok(answer);
    }
    let mut stream = TcpStream::connect_timeout(&server, time()?)?;
    stream.set_write_timeout(Some(time()?))?;
    let length = (question.as_slice().len() as u16).to_be_bytes();
    stream.write_all(&[length.as_slice(), question.as_slice()].concat())?;
    let mut read = |count: usize| {
        let mut bytes = vec![0; count];
        let mut done = 0;
        while done < count {
            stream.set_read_timeout(Some(time()?))?;
            match stream.read(&mut bytes[done..])? {
                0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                more => done += more,
            }
        }
        Ok(bytes)
    };
    let length = read(2)?;
    let bytes = read(usize::from(u16::from_be_bytes([length[0], length[1]])))?;
    self::answer(bytes, question).ok_or(io::ErrorKind::InvalidData.into())
}

fn answer(bytes: Vec<u8>, question: &Message<Vec<u8>>) -> Option<Message<Vec<u8>>> {
    Message::from_octets(bytes).ok().filter(|answer| answer.is_answer(question))
}
