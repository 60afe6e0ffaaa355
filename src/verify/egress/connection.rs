//! A connection to a server that speaks a protocol of its own.
//!
//! Comes in: bytes to be sent. Goes out: the bytes that come back, not more than a login takes, all before a deadline. It must
//! not know the protocol.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::Error as Trouble;
use ureq::http::Uri;
use ureq::unversioned::transport::NextTimeout;

use super::{Client, HostKeys, Service, Unanswered, address, forbidden, services, unanswered};

/// The most bytes that are read from one server.
const MOST: u64 = 64 << 10;

/// The way to one server, over which it can be called several times.
pub struct Door<'a> {
    client: &'a Client,
    host: &'a str,
    is_from_content: bool,
    deadline: Instant,
}

/// An open connection.
pub struct Connection {
    stream: Stream,
    host: String,
    is_private: bool,
    tls: Arc<ClientConfig>,
}

/// A connection that is handed to somebody who speaks a protocol whole.
pub struct Wire {
    /// The connection itself.
    pub stream: TcpStream,
    /// When it must be over.
    pub deadline: Instant,
    /// The most bytes that may be read from it.
    pub most: u64,
}

enum Stream {
    Plain(Timed),
    Secure(Box<StreamOwned<ClientConnection, Timed>>),
}

/// A stream that ends in time, whatever the other side does.
struct Timed {
    stream: TcpStream,
    deadline: Instant,
    left: u64,
}

impl Client {
    /// The way to `host`, which has its port behind a colon. Nothing is done yet.
    pub fn door<'a>(&'a self, host: &'a str, is_from_content: bool, deadline: Instant) -> Door<'a> {
        let time = self.timeout.min(deadline.saturating_duration_since(Instant::now()));
        Door { client: self, host, is_from_content, deadline: Instant::now() + time }
    }
}

impl Door<'_> {
    /// Connects, without TLS at first.
    pub fn connect(&self) -> Result<Connection, Unanswered> {
        let client = self.client;
        client.rules.check(self.host, self.is_from_content).map_err(forbidden)?;
        let no_name = || forbidden("what stands beside it is no name of a host".into());
        let uri: Uri = format!("https://{}/", self.host).parse().map_err(|_| no_name())?;
        let timeout = NextTimeout {
            after: remaining(self.deadline).unwrap_or_default().into(),
            reason: ureq::Timeout::Resolve,
            per_read: None,
            per_write: None,
        };
        let found = client.addresses.find(&uri, client.agent.config(), timeout, false);
        let found = found.map_err(|trouble| unanswered(&trouble, self.host))?;
        let failed = |error| unanswered(&Trouble::Io(error), self.host);
        let mut last = Trouble::Io(io::ErrorKind::TimedOut.into());
        for address in found {
            let Some(time) = remaining(self.deadline) else { break };
            match TcpStream::connect_timeout(&address, time) {
                Ok(stream) => return self.open(stream, address).map_err(failed),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => last = Trouble::Io(error),
                Err(_) => last = Trouble::ConnectionFailed,
            }
        }
        Err(unanswered(&last, self.host))
    }

    /// What the DNS says of a service of this kind, such as `_mongodb._tcp`, under the host's name.
    pub fn service(&self, kind: &str) -> Result<Service, Unanswered> {
        self.client.rules.check(self.host, self.is_from_content).map_err(forbidden)?;
        let name = self.host.rsplit_once(':').map_or(self.host, |(name, _)| name);
        services::find(kind, name, &self.client.nameservers, self.deadline).map_err(|why| Unanswered {
            why: format!("{name} {why}"),
            is_forbidden: false,
            is_passing: false,
        })
    }

    /// The way to another host, which needs leave of its own.
    pub fn to<'h>(&'h self, host: &'h str) -> Door<'h> {
        Door { host, ..*self }
    }

    /// What is known of the server's own keys, where it speaks SSH.
    pub fn host_keys(&self) -> HostKeys {
        self.client.known_hosts.of(self.host)
    }

    fn open(&self, stream: TcpStream, address: SocketAddr) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream: Stream::Plain(Timed { stream, deadline: self.deadline, left: MOST }),
            host: self.host.to_owned(),
            is_private: address::is_private(address.ip()),
            tls: self.client.tls.clone(),
        })
    }
}

impl Connection {
    /// Begins TLS; the server must prove who it is.
    pub fn secure(self) -> Result<Self, Unanswered> {
        let Self { stream, host, is_private, tls } = self;
        let Stream::Plain(mut timed) = stream else { return Ok(Self { stream, host, is_private, tls }) };
        let bare = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name).trim_matches(['[', ']']);
        let name = ServerName::try_from(bare.to_owned());
        let name = name.map_err(|_| forbidden("what stands beside it is no name of a host".into()))?;
        let begun = ClientConnection::new(tls.clone(), name).map_err(io::Error::other);
        let shaken = begun.and_then(|mut begun| {
            while begun.is_handshaking() {
                begun.complete_io(&mut timed)?;
            }
            Ok(begun)
        });
        let shaken = shaken.map_err(|error| failed(error, &host))?;
        Ok(Self { stream: Stream::Secure(Box::new(StreamOwned::new(shaken, timed))), host, is_private, tls })
    }

    /// The connection itself, without TLS; none where TLS has begun.
    pub fn into_wire(self) -> Option<Wire> {
        match self.stream {
            Stream::Plain(Timed { stream, deadline, left }) => Some(Wire { stream, deadline, most: left }),
            Stream::Secure(_) => None,
        }
    }

    /// Whether a password may go over it in clear: behind TLS, or to an address that is nobody's on the internet.
    pub fn may_carry_clear_text(&self) -> bool {
        self.is_secure() || self.is_private
    }

    /// Whether TLS has begun.
    pub fn is_secure(&self) -> bool {
        matches!(self.stream, Stream::Secure(_))
    }

    /// Sends all of `bytes`.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Unanswered> {
        let sent = match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Secure(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        };
        sent.map_err(|error| failed(error, &self.host))
    }

    /// Reads so many bytes.
    pub fn read(&mut self, count: usize) -> Result<Vec<u8>, Unanswered> {
        if count as u64 > MOST {
            return Err(unanswered(&Trouble::BodyExceedsLimit(MOST), &self.host));
        }
        let mut bytes = vec![0; count];
        let read = match &mut self.stream {
            Stream::Plain(stream) => stream.read_exact(&mut bytes),
            Stream::Secure(stream) => stream.read_exact(&mut bytes),
        };
        read.map_err(|error| failed(error, &self.host))?;
        Ok(bytes)
    }

    /// Reads up to the end of a line, which is left out.
    pub fn read_line(&mut self) -> Result<Vec<u8>, Unanswered> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.extend(self.read(1)?);
        }
        line.truncate(line.len() - 2);
        Ok(line)
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        self.stream.set_read_timeout(Some(remaining(self.deadline).ok_or(io::ErrorKind::TimedOut)?))?;
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = self.stream.read(&mut buffer[..most])?;
        self.left -= count as u64;
        Ok(count)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(remaining(self.deadline).ok_or(io::ErrorKind::TimedOut)?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Time until then; none when there is no more.
pub(super) fn remaining(deadline: Instant) -> Option<Duration> {
    Some(deadline.saturating_duration_since(Instant::now())).filter(|time| !time.is_zero())
}

fn failed(error: io::Error, host: &str) -> Unanswered {
    let trouble = match error.kind() {
        io::ErrorKind::QuotaExceeded => Trouble::BodyExceedsLimit(MOST),
        // What a socket says when its time is up.
        io::ErrorKind::WouldBlock => Trouble::Io(io::ErrorKind::TimedOut.into()),
        _ => Trouble::Io(error),
    };
    unanswered(&trouble, host)
}
