//! Servers that lie, stall or speak something else, in place of databases; and MySQL's newer login, exactly as documented.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConnection, StreamOwned};
use sha2::{Digest, Sha256};
use straykey::model::validity::Validity;
use straykey::model::verification::Verification;
use straykey::verify;

use super::super::harness::pattern;
use super::stub::identity;
use super::{finding, options, try_one};

const PASSWORD: &str = "vR8kq2LmZt";
const IDS: [&str; 9] = [
    "amqp-connection-uri",
    "ftp-connection-uri",
    "ldap-bind-uri",
    "mongodb-connection-uri",
    "mysql-connection-uri",
    "postgres-connection-uri",
    "redis-connection-uri",
    "smtp-connection-uri",
    "ssh-connection-uri",
];
const MOST_TIME: Duration = Duration::from_millis(500);

/// A server that does the same with everybody.
pub(super) fn serve(talk: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let talk = Arc::new(talk);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            // A client that hangs up is none of the server's trouble.
            thread::spawn(move || drop(talk(stream)));
        }
    });
    address
}

/// What the client says next.
fn hear(stream: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4096];
    let count = stream.read(&mut bytes)?;
    bytes.truncate(count);
    Ok(bytes)
}

fn ask(id: &str, address: SocketAddr) -> Verification {
    let mut options = options(address);
    options.egress.timeout = MOST_TIME;
    let port = address.port().to_string();
    let parts = [("user", "app"), ("host", "db.acme.example"), ("port", port.as_str())];
    try_one(finding(&pattern(id), PASSWORD.as_bytes(), &parts), &BTreeMap::new(), &options)
}

#[test]
fn servers_that_speak_something_else_or_never_end_are_unknown_in_time() {
    let drip = |mut stream: TcpStream| loop {
        stream.write_all(b"N")?;
        thread::sleep(Duration::from_millis(20));
    };
    let endless = |mut stream: TcpStream| loop {
        stream.write_all(&[b'-'; 4096])?;
    };
    let silent = |mut stream: TcpStream| stream.read_to_end(&mut Vec::new()).map(|_| ());
    let servers = [
        ("drip", serve(drip)),
        ("endless", serve(endless)),
        ("silent", serve(silent)),
        ("closed", serve(|_| Ok(()))),
        ("ssh", serve(|mut stream| stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n"))),
        ("http", serve(|mut stream| stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"))),
        ("zeros", serve(|mut stream| stream.write_all(&[0; 2000]))),
        ("ones", serve(|mut stream| stream.write_all(&[255; 2000]))),
        ("refusal out of turn", serve(|mut stream| stream.write_all(b"-WRONGPASS invalid username-password pair\r\n"))),
        ("error out of turn", serve(|mut stream| stream.write_all(b"NE\0\0\0\x0eC28P01\0\0"))),
    ];
    for id in IDS {
        for (what, address) in &servers {
            let start = Instant::now();
            let told = ask(id, *address);
            assert!(matches!(told.validity, Validity::Unknown { .. }), "{id}, {what}: {:?}", told.validity);
            assert!(start.elapsed() < MOST_TIME * 3, "{id}, {what}: {:?}", start.elapsed());
            assert!(!format!("{told:?}").contains(PASSWORD), "{id}, {what}");
        }
    }
}

#[test]
fn a_server_cannot_keep_us_hashing() {
    let address = serve(|mut stream| {
        stream.read_exact(&mut [0; 8])?;
        stream.write_all(b"N")?;
        hear(&mut stream)?;
        stream.write_all(b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0")?;
        let heard = hear(&mut stream)?;
        let first = String::from_utf8_lossy(&heard).into_owned();
        let nonce = first.rsplit("r=").next().unwrap_or_default();
        let challenge = format!("r={nonce}more,s=c2FsdHNhbHQ=,i=4000000000");
        let length = u32::try_from(challenge.len() + 8).unwrap().to_be_bytes();
        stream.write_all(&[b"R", length.as_slice(), &[0, 0, 0, 11], challenge.as_bytes()].concat())?;
        stream.read_to_end(&mut Vec::new()).map(|_| ())
    });
    let start = Instant::now();
    let told = ask("postgres-connection-uri", address);
    assert!(matches!(told.validity, Validity::Unknown { .. }), "{:?}", told.validity);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn redis_behind_tls_is_asked_behind_tls() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let tls = identity(&["db.acme.example"], &file);
    let heard = Arc::new(Mutex::new(String::new()));
    let list = heard.clone();
    let address = serve(move |stream| {
        let mut stream = StreamOwned::new(ServerConnection::new(tls.clone()).unwrap(), stream);
        hear(&mut stream)?;
        stream.write_all(b"-NOAUTH Authentication required.\r\n")?;
        let heard = hear(&mut stream)?;
        list.lock().unwrap().push_str(&String::from_utf8_lossy(&heard));
        stream.write_all(b"+OK\r\n")?;
        stream.flush()
    });
    let mut trusting = options(address);
    trusting.egress.ca_file = Some(file);
    let secret = finding(&pattern("redis-connection-uri"), PASSWORD.as_bytes(), &[("host", "db.acme.example")]);
    assert_eq!(try_one(secret.clone(), &BTreeMap::new(), &trusting).validity, Validity::Active);
    assert_eq!(*heard.lock().unwrap(), format!("*2\r\n$4\r\nAUTH\r\n$10\r\n{PASSWORD}\r\n"));
    heard.lock().unwrap().clear();
    let told = try_one(secret, &BTreeMap::new(), &options(address));
    assert!(matches!(told.validity, Validity::Unknown { .. }), "it cannot prove who it is: {:?}", told.validity);
    assert!(heard.lock().unwrap().is_empty());
}

fn packet(number: u8, body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len()).unwrap().to_le_bytes()[..3], &[number], body].concat()
}

/// Reads a packet.
fn take(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    let mut body = vec![0; usize::from(head[0]) | usize::from(head[1]) << 8];
    stream.read_exact(&mut body)?;
    Ok(body)
}

/// MySQL 8 without TLS, which knows the password from an earlier login or not. All it reads is in the list.
fn mysql(password: &'static str, is_known: bool) -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let read = Arc::new(Mutex::new(Vec::new()));
    let list = read.clone();
    let address = serve(move |mut stream| {
        let salt = *b"0123456789abcdefghij";
        let mut greeting = b"\x0a8.4.0\0\x07\0\0\0".to_vec();
        greeting.extend(&salt[..8]);
        // Without TLS; the newer login, and ways with names.
        greeting.extend(b"\0\0\x82\xff\x02\0\x08\0\x15\0\0\0\0\0\0\0\0\0\0");
        greeting.extend(&salt[8..]);
        greeting.extend(b"\0caching_sha2_password\0");
        stream.write_all(&packet(0, &greeting))?;
        let hello = take(&mut stream)?;
        list.lock().unwrap().extend(&hello);
        let proof = &hello[32 + b"app\0".len() + 1..][..32];
        // As the server does it: it keeps the hash of the hash, with which it takes off the mask.
        let hash = |parts: &[&[u8]]| Sha256::digest(parts.concat());
        let kept = hash(&[&hash(&[password.as_bytes()])]);
        let mask = hash(&[&kept, &salt]);
        let bare: Vec<u8> = proof.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
        match (is_known, hash(&[&bare]) == kept) {
            (true, true) => stream.write_all(&[packet(2, &[1, 3]), packet(3, &[0, 0, 0, 2, 0, 0, 0])].concat())?,
            (true, false) => stream.write_all(&packet(2, b"\xff\x15\x04#28000Access denied"))?,
            (false, _) => stream.write_all(&packet(2, &[1, 4]))?,
        }
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest)?;
        list.lock().unwrap().extend(rest);
        Ok(())
    });
    (address, read)
}

#[test]
fn the_newer_login_of_mysql() {
    let (address, _) = mysql(PASSWORD, true);
    assert_eq!(ask("mysql-connection-uri", address).validity, Validity::Active);
    let (address, _) = mysql("another", true);
    assert_eq!(ask("mysql-connection-uri", address).validity, Validity::Inactive);
    let (address, read) = mysql(PASSWORD, false);
    let told = ask("mysql-connection-uri", address).validity;
    assert!(matches!(&told, Validity::Unknown { why } if why.contains("without TLS")), "{told:?}");
    let read = read.lock().unwrap();
    assert!(!read.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()), "it is not sent in clear");
}

#[test]
fn logins_are_planned_and_logged_without_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("calls.jsonl");
    let address = serve(|mut stream| {
        hear(&mut stream)?;
        stream.write_all(b"-NOAUTH Authentication required.\r\n")?;
        hear(&mut stream)?;
        stream.write_all(b"-WRONGPASS invalid username-password pair\r\n")
    });
    let mut options = options(address);
    options.audit_log = Some(log.clone());
    let parts = [("host", "db.acme.example")];
    let secret = || finding(&pattern("redis-connection-uri"), PASSWORD.as_bytes(), &parts);
    let plan = verify::plan(&[secret()], &BTreeMap::new(), &options).unwrap().remove(0);
    let request = plan.requests.unwrap().remove(0);
    assert_eq!(
        (request.method, request.host.as_str(), request.path.as_str()),
        ("LOGIN", "db.acme.example:6379", "redis")
    );
    assert!(request.is_from_content);
    assert_eq!(try_one(secret(), &BTreeMap::new(), &options).validity, Validity::Inactive);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains(r#""method":"LOGIN","host":"db.acme.example:6379","outcome":"refused (WRONGPASS)""#), "{log}");
    assert!(!log.contains(PASSWORD));
    options.egress.allow_hosts.clear();
    let plan = verify::plan(&[secret()], &BTreeMap::new(), &options).unwrap().remove(0);
    assert!(plan.requests.unwrap_err().contains("--verify-host db.acme.example"));
}
