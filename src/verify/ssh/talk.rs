//! The protocol, up to the answer to one proof.
//!
//! Comes in: a way to a server, a user, and a password or key. Goes out: what the server says. Nothing that is secret is sent
//! before the server has proved that it has a key of `known_hosts`, nor by a method that it does not offer.
//!
//! This is the only file with asynchronous code: the library has no other form. It all runs within one call, on its thread.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64_NOPAD;
use ring::digest::{SHA256, digest};
use russh::client::{AuthResult, Config, Handle, Handler, connect_stream};
use russh::keys::{Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{Disconnect, MethodKind, Preferred, SshId, compression, kex};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{timeout, timeout_at};

use crate::verify::egress::{Door, HostKey, HostKeys, Unanswered, Wire};
use crate::verify::login::{Login, stranger};

/// How it is refused in the protocol's own words.
const REFUSED: Login = Login::Refused("SSH_MSG_USERAUTH_FAILURE");
/// Servers let this user in by fewer ways than they offer, and refuse what is right too.
const ROOT: &str = "root";
/// Shorter keys of RSA are refused by newer servers although they are right, in bits.
const SHORTEST_RSA: u32 = 2048;
/// How long a server is waited for after we took leave.
const LEAVE: Duration = Duration::from_millis(200);
/// Ways to agree on a key that cost little, whatever the server chooses.
const EXCHANGES: [kex::Name; 9] = [
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_G14_SHA256,
    kex::EXTENSION_SUPPORT_AS_CLIENT,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
];

/// What is shown to the server.
pub(super) enum Proof<'p> {
    Password(&'p str),
    Key(Arc<PrivateKey>),
}

/// Why there was no answer.
enum Failure {
    /// The server is not who it should be; one clause says how.
    Host(String),
    Protocol(russh::Error),
}

impl From<russh::Error> for Failure {
    fn from(error: russh::Error) -> Self {
        Self::Protocol(error)
    }
}

// Errors of the library may hold what the server sent.
impl std::fmt::Debug for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Failure")
    }
}

/// Looks at the server's key.
struct Visitor {
    known: HostKeys,
}

impl Handler for Visitor {
    type Error = Failure;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Failure> {
        let key = shown.public_key();
        let bytes = key.to_bytes().map_err(|error| Failure::Protocol(error.into()))?;
        let kind = key.algorithm().as_str().to_owned();
        judge(&self.known, &HostKey { kind, bytes }).map_or(Ok(true), |why| Err(Failure::Host(why)))
    }
}

/// Why a server that shows this key is not trusted; none: it is.
fn judge(known: &HostKeys, key: &HostKey) -> Option<String> {
    let print = format!("SHA256:{}", BASE64_NOPAD.encode(digest(&SHA256, &key.bytes).as_ref()));
    let is_in = |list: &[HostKey]| list.iter().any(|other| other.bytes == key.bytes);
    if is_in(&known.revoked) {
        Some(format!("shows the host key {print}, which known_hosts says is revoked"))
    } else if is_in(&known.trusted) {
        None
    } else if known.trusted.is_empty() {
        let kind = &key.kind;
        Some(format!(
            "shows the host key {print} ({kind}), and no known_hosts file names the host; if that is its key, add it there"
        ))
    } else {
        Some(format!("shows the host key {print}, which is another than known_hosts names; it may be an impostor"))
    }
}

/// Shows a proof to the server. It is shown once.
pub(super) fn log_in(door: &Door<'_>, user: &str, proof: Proof<'_>) -> Result<Login, Unanswered> {
    let Some(wire) = door.connect()?.into_wire() else { return Ok(stranger("SSH")) };
    let deadline = wire.deadline.into();
    let known = door.host_keys();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    let Ok(runtime) = runtime else {
        return Ok(Login::Withheld("this system gives no further connections"));
    };
    let told = runtime.block_on(async { timeout_at(deadline, visit(wire, known, user, proof)).await });
    Ok(match told {
        Ok(Ok(login)) => login,
        Ok(Err(failure)) => undecided(failure),
        Err(_) => Login::Undecided("did not answer in time".into()),
    })
}

fn undecided(failure: Failure) -> Login {
    match failure {
        Failure::Host(why) => Login::Undecided(why),
        Failure::Protocol(russh::Error::NoCommonAlgo { .. }) => {
            Login::Undecided("has only ways of encryption that are too old for us".into())
        }
        Failure::Protocol(russh::Error::IO(_) | russh::Error::HUP | russh::Error::Disconnect) => {
            Login::Undecided("ended the connection early".into())
        }
        Failure::Protocol(_) => stranger("SSH"),
    }
}

async fn visit(wire: Wire, known: HostKeys, user: &str, proof: Proof<'_>) -> Result<Login, Failure> {
    let opened = wire.stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(wire.stream));
    let (read, write) = opened.map_err(russh::Error::IO)?.into_split();
    let config = config(&known);
    let stream = tokio::io::join(read.take(wire.most), write);
    let mut server = connect_stream(Arc::new(config), stream, Visitor { known }).await?;
    let login = prove(&mut server, user, proof).await;
    if server.disconnect(Disconnect::ByApplication, "", "").await.is_ok() {
        // Whether it says anything to that is all the same.
        let _ = timeout(LEAVE, server).await;
    }
    login
}

fn config(known: &HostKeys) -> Config {
    let family = |way: &Algorithm| if way.clone().is_rsa() { "ssh-rsa".to_owned() } else { way.as_str().to_owned() };
    let is_known = |way: &Algorithm| known.trusted.iter().any(|key| key.kind == family(way));
    let mut keys: Vec<Algorithm> =
        Preferred::DEFAULT.key.iter().filter(|way| **way != Algorithm::Rsa { hash: None }).cloned().collect();
    // The server shows a key of the first kind that it has.
    keys.sort_by_key(|way| !is_known(way));
    let preferred = Preferred {
        kex: Cow::Borrowed(&EXCHANGES),
        key: Cow::Owned(keys),
        compression: Cow::Borrowed(&[compression::NONE]),
        ..Preferred::DEFAULT
    };
    let client_id = SshId::Standard(Cow::Borrowed(concat!("SSH-2.0-straykey_", env!("CARGO_PKG_VERSION"))));
    Config { client_id, preferred, ..Config::default() }
}

async fn prove(server: &mut Handle<Visitor>, user: &str, proof: Proof<'_>) -> Result<Login, Failure> {
    let offered = match server.authenticate_none(user).await? {
        AuthResult::Success => return Ok(Login::Undecided("lets that user in without any proof".into())),
        AuthResult::Failure { remaining_methods, .. } => remaining_methods,
    };
    let (method, missing) = match &proof {
        Proof::Password(_) => (MethodKind::Password, "offers that user no login by password"),
        Proof::Key(_) => (MethodKind::PublicKey, "offers that user no login by key"),
    };
    if !offered.contains(&method) {
        return Ok(Login::Undecided(missing.into()));
    }
    let mut doubt = (user == ROOT).then_some("refuses, as many a server does with root, whatever it is shown");
    let answer = match proof {
        Proof::Password(password) => server.authenticate_password(user, password).await?,
        Proof::Key(key) => {
            let way = match key.algorithm().is_rsa() {
                true => server.best_supported_rsa_hash().await?.flatten(),
                false => None,
            };
            doubt = doubt.or(doubt_of(&key, way));
            let way = way.or(Some(HashAlg::Sha256));
            server.authenticate_publickey(user, PrivateKeyWithHashAlg::new(key, way)).await?
        }
    };
    Ok(match (answer, doubt) {
        // What more it wants to see is another matter.
        (AuthResult::Success | AuthResult::Failure { partial_success: true, .. }, _) => Login::Accepted,
        (AuthResult::Failure { remaining_methods, .. }, _) if !remaining_methods.contains(&method) => {
            Login::Undecided("ended the login without an answer to what it was shown".into())
        }
        (_, Some(doubt)) => Login::Undecided(doubt.into()),
        _ => REFUSED,
    })
}

/// Why a refusal says nothing of a key: servers refuse kinds of keys and of signatures too.
fn doubt_of(key: &PrivateKey, way: Option<HashAlg>) -> Option<&'static str> {
    let rsa = key.public_key().key_data().rsa()?;
    if way.is_none() {
        return Some("refuses, and does not say which signatures of RSA it takes");
    }
    (rsa.key_size() < SHORTEST_RSA).then_some("refuses, as newer servers do with keys of RSA as short as this")
}
