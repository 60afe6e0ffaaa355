//! A server on a loopback address that answers as a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What was asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) host: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
    pub(crate) at: Option<Instant>,
}

/// What the server does.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Answers.
    Answer { status: u16, headers: Vec<String>, body: Vec<u8> },
    /// Writes these bytes and closes.
    Raw(Vec<u8>),
    /// Says nothing for so long.
    Silence(Duration),
    /// Writes a byte now and then.
    Drip,
    /// Writes for ever.
    Endless,
}

pub(crate) fn json(status: u16, body: &str) -> Reply {
    Reply::Answer { status, headers: vec!["Content-Type: application/json".into()], body: body.as_bytes().to_vec() }
}

pub(crate) fn page(status: u16, body: &str) -> Reply {
    Reply::Answer { status, headers: vec!["Content-Type: text/html".into()], body: body.as_bytes().to_vec() }
}

type Handler = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A running server.
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    handler: Arc<Mutex<Arc<Handler>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    most_at_once: Arc<AtomicUsize>,
}

impl Stub {
    pub(crate) fn new(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, handler)
    }

    /// With TLS, for hosts of these names, signed by an authority whose certificate is written to `file`.
    pub(crate) fn secure(
        names: &[&str],
        file: &Path,
        handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(identity(names, file)), handler)
    }

    fn start(tls: Option<Arc<ServerConfig>>, handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let handler: Arc<Mutex<Arc<Handler>>> = Arc::new(Mutex::new(Arc::new(handler)));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let most_at_once = Arc::new(AtomicUsize::new(0));
        let stub = Self { address, handler: handler.clone(), asked: asked.clone(), most_at_once: most_at_once.clone() };
        let running = Arc::new(AtomicUsize::new(0));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, asked) = (handler.clone(), asked.clone());
                let (running, most) = (running.clone(), most_at_once.clone());
                let tls = tls.clone();
                thread::spawn(move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    // A client that hangs up is none of the server's trouble.
                    let _ = match tls {
                        None => serve(stream, &handler, &asked),
                        Some(tls) => {
                            let stream = StreamOwned::new(ServerConnection::new(tls).unwrap(), stream);
                            serve(stream, &handler, &asked)
                        }
                    };
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        stub
    }

    pub(crate) fn answer(&self, handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) {
        *self.handler.lock().unwrap() = Arc::new(handler);
    }

    /// All that was asked since the last time.
    pub(crate) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }
}

/// Proof of being these hosts, for a server; its certificate is written to `file`.
pub(crate) fn identity(names: &[&str], file: &Path) -> Arc<ServerConfig> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(file, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    Arc::new(config)
}

fn serve(stream: impl Read + Write, handler: &Mutex<Arc<Handler>>, asked: &Mutex<Vec<Asked>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut seen = Asked { at: Some(Instant::now()), ..Asked::default() };
    reader.read_line(&mut seen.line)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim_end().to_owned();
        if header.is_empty() {
            break;
        }
        let lower = header.to_ascii_lowercase();
        if let Some(host) = lower.strip_prefix("host: ") {
            seen.host = host.to_owned();
        }
        length = lower.strip_prefix("content-length: ").map_or(length, |text| text.parse().unwrap());
        seen.headers.push(header);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    seen.body = String::from_utf8_lossy(&body).into_owned();
    let handler = handler.lock().unwrap().clone();
    asked.lock().unwrap().push(seen.clone());
    let mut stream = reader.into_inner();
    reply(&mut stream, handler(&seen))?;
    stream.flush()
}

fn reply(stream: &mut impl Write, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Answer { status, headers, body } => {
            let mut head = format!("HTTP/1.1 {status} Stub\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
            headers.iter().for_each(|header| head.push_str(&format!("{header}\r\n")));
            stream.write_all(&[head.as_bytes(), b"\r\n", &body].concat())
        }
        Reply::Raw(bytes) => stream.write_all(&bytes),
        Reply::Silence(time) => {
            thread::sleep(time);
            Ok(())
        }
        Reply::Drip => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{")?;
            loop {
                thread::sleep(Duration::from_millis(20));
                stream.write_all(b" ")?;
            }
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{")?;
            loop {
                stream.write_all(&[b' '; 4096])?;
            }
        }
    }
}
