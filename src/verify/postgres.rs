//! Logs in to PostgreSQL and what speaks its protocol.

use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use zeroize::Zeroizing;

use super::egress::{Connection, Door, Unanswered};
use super::login::{Account, Login, OPEN, Server, stranger};

/// Asks whether there is TLS.
const WITH_TLS: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// Version 3.0 of the protocol.
const VERSION: [u8; 4] = [0, 3, 0, 0];
/// A wrong password, or none that is valid any more.
const WRONG: &str = "28P01";
/// A role that may not log in.
const NO_LOGIN: &str = "28000";
/// Messages that are read at most.
const MOST: usize = 64;
/// The longest message, in bytes.
const LONGEST: usize = 16 << 10;

/// Rounds of hashing that a server may ask for: more would keep us busy for longer than it is worth.
const MOST_ROUNDS: u32 = 1_000_000;

/// Passwords in connection URIs.
pub(super) static URI: Server = server(true);
/// Passwords in lists of keywords, and in those of .NET.
pub(super) static KEYWORDS: Server = server(false);

const fn server(is_uri: bool) -> Server {
    Server { name: "postgres", port: 5432, tls: None, needs_user: true, is_uri, log_in }
}

/// How far it has come.
struct Talk<'a> {
    account: &'a Account,
    connection: Connection,
    scram: Option<ScramSha256>,
    /// It was shown that we know the password.
    is_shown: bool,
    /// The server took it.
    is_in: bool,
}

fn log_in(account: &Account, door: &Door<'_>) -> Result<Login, Unanswered> {
    let mut connection = door.connect()?;
    connection.send(&WITH_TLS)?;
    let connection = match connection.read(1)?.as_slice() {
        b"S" => connection.secure()?,
        b"N" => connection,
        _ => return Ok(stranger("PostgreSQL")),
    };
    let mut talk = Talk { account, connection, scram: None, is_shown: false, is_in: false };
    talk.start()?;
    for _ in 0..MOST {
        let head = talk.connection.read(5)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if !(4..=LONGEST).contains(&length) {
            return Ok(stranger("PostgreSQL"));
        }
        let body = talk.connection.read(length - 4)?;
        if let Some(login) = talk.take(head[0], &body)? {
            return Ok(login);
        }
    }
    Ok(stranger("PostgreSQL"))
}

impl Talk<'_> {
    /// Says who wants to come in. Whether there is such a database is told only to those who are let in.
    fn start(&mut self) -> Result<(), Unanswered> {
        let mut body = VERSION.to_vec();
        for text in ["user", &self.account.user, "database", "postgres", "application_name", "straykey", ""] {
            body.extend(text.as_bytes());
            body.push(0);
        }
        let length = body.len() as u32 + 4;
        self.connection.send(&[&length.to_be_bytes(), body.as_slice()].concat())
    }

    /// Answers a request for proof.
    fn prove(&mut self, proof: &[u8]) -> Result<Option<Login>, Unanswered> {
        let length = (proof.len() as u32 + 4).to_be_bytes();
        self.connection.send(&Zeroizing::new([b"p", length.as_slice(), proof].concat()))?;
        Ok(None)
    }

    /// Takes a message; the end, if it is one.
    fn take(&mut self, kind: u8, body: &[u8]) -> Result<Option<Login>, Unanswered> {
        match kind {
            b'R' => self.authenticate(body),
            b'E' => Ok(Some(self.judge(&code(body)))),
            b'Z' if self.is_in => Ok(Some(Login::Accepted)),
            b'N' | b'S' | b'K' | b'v' => Ok(None),
            _ => Ok(Some(stranger("PostgreSQL"))),
        }
    }

    fn judge(&self, code: &str) -> Login {
        match code {
            WRONG if self.is_shown && !self.is_in => Login::Refused(WRONG),
            NO_LOGIN if self.is_in => Login::Refused(NO_LOGIN),
            // The password was right; whatever else is wrong, such as the database, is not its matter.
            _ if self.is_in => Login::Accepted,
            code => Login::Undecided(format!("answered {code}, which does not tell of the password")),
        }
    }

    fn authenticate(&mut self, body: &[u8]) -> Result<Option<Login>, Unanswered> {
        let Some((kind, rest)) = body.split_first_chunk::<4>() else { return Ok(Some(stranger("PostgreSQL"))) };
        let password = &self.account.password;
        match (u32::from_be_bytes(*kind), self.scram.as_mut()) {
            (0, _) if !self.is_shown => Ok(Some(Login::Undecided("lets that user in without a password".into()))),
            (0, _) => {
                self.is_in = true;
                Ok(None)
            }
            (3, _) if !self.connection.may_carry_clear_text() => Ok(Some(OPEN)),
            (3, _) => {
                self.is_shown = true;
                self.prove(&Zeroizing::new([password.as_slice(), &[0]].concat()))
            }
            (5, _) => {
                let Ok(salt) = rest.try_into() else { return Ok(Some(stranger("PostgreSQL"))) };
                let hash = md5_hash(self.account.user.as_bytes(), password, salt);
                self.is_shown = true;
                self.prove(format!("{hash}\0").as_bytes())
            }
            (10, None) if rest.split(|byte| *byte == 0).any(|name| name == SCRAM_SHA_256.as_bytes()) => {
                let scram = ScramSha256::new(password, ChannelBinding::unsupported());
                let first = scram.message().to_vec();
                self.scram = Some(scram);
                let length = (first.len() as u32).to_be_bytes();
                self.prove(&[SCRAM_SHA_256.as_bytes(), &[0], &length, &first].concat())
            }
            (11, Some(scram)) => {
                if rounds(rest).is_none_or(|rounds| rounds > MOST_ROUNDS) || scram.update(rest).is_err() {
                    return Ok(Some(stranger("PostgreSQL")));
                }
                let proof = scram.message().to_vec();
                self.is_shown = true;
                self.prove(&proof)
            }
            (12, Some(scram)) => {
                let is_same = self.is_shown && scram.finish(rest).is_ok();
                Ok((!is_same).then(|| Login::Undecided("could not prove that it knows the password".into())))
            }
            _ => Ok(Some(Login::Undecided("asks for another proof than a password".into()))),
        }
    }
}

/// The rounds of hashing that a challenge asks for.
fn rounds(challenge: &[u8]) -> Option<u32> {
    let field = challenge.split(|byte| *byte == b',').find_map(|field| field.strip_prefix(b"i="))?;
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The code of an error, of five characters; empty where there is none.
fn code(body: &[u8]) -> String {
    let found = body.split(|byte| *byte == 0).find_map(|field| field.strip_prefix(b"C")).unwrap_or_default();
    let is_code = found.len() == 5 && found.iter().all(u8::is_ascii_alphanumeric);
    String::from_utf8_lossy(if is_code { found } else { b"an error" }).into_owned()
}
