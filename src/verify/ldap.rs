//! Binds to a directory by name and password (LDAP 3, simple). Nothing is looked up in it.

use zeroize::Zeroizing;

use super::egress::{Connection, Door, Unanswered};
use super::login::{Account, Login, OPEN, Server, stranger};

/// How TLS is asked for.
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";
/// Kinds of elements.
const INTEGER: u8 = 0x02;
const TEXT: u8 = 0x04;
const MESSAGE: u8 = 0x30;
const BIND: u8 = 0x60;
const BOUND: u8 = 0x61;
const EXTENDED: u8 = 0x77;
const EXTENDED_ANSWER: u8 = 0x78;
/// A password within a request to bind, and a name within an extended one.
const OWN: u8 = 0x80;
/// A name or password that is wrong.
const WRONG: u8 = 49;
/// Why Active Directory says so, although the password may be right: not at this hour, not from here, to be changed first, locked.
const NOT_NOW: [&str; 4] = ["530", "531", "773", "775"];
/// The longest message, in bytes.
const LONGEST: usize = 16 << 10;

/// Passwords in URIs.
pub(super) static URI: Server =
    Server { name: "ldap", port: 389, tls: Some(("ldaps", 636)), needs_user: true, is_uri: true, log_in };

/// What a directory says to a request.
struct Outcome {
    code: u8,
    /// For people, but Active Directory puts a code of its own there.
    note: String,
}

fn log_in(account: &Account, door: &Door<'_>) -> Result<Login, Unanswered> {
    let mut connection = account.connect(door)?;
    if !connection.is_secure() {
        let start = element(EXTENDED, &element(OWN, START_TLS));
        match ask(&mut connection, 1, &start, EXTENDED_ANSWER)? {
            Some(Outcome { code: 0, .. }) => connection = connection.secure()?,
            Some(_) => {}
            None => return Ok(stranger("LDAP")),
        }
    }
    if !connection.may_carry_clear_text() {
        return Ok(OPEN);
    }
    let name = element(TEXT, account.user.as_bytes());
    let password = element(OWN, &account.password);
    let bind = element(BIND, &Zeroizing::new([&[INTEGER, 1, 3], name.as_slice(), &password].concat()));
    let outcome = ask(&mut connection, 2, &bind, BOUND)?;
    Ok(outcome.map_or_else(|| stranger("LDAP"), |outcome| judge(&outcome)))
}

fn judge(outcome: &Outcome) -> Login {
    let detail = outcome.note.split("data ").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default();
    match outcome.code {
        0 => Login::Accepted,
        WRONG if NOT_NOW.contains(&detail) => {
            Login::Undecided(format!("answered 49 ({detail}), which may be said to the right password too"))
        }
        WRONG => Login::Refused("49"),
        code => Login::Undecided(format!("answered {code}, which does not tell of the password")),
    }
}

/// Sends a request; what comes back, unless it is no answer to that.
fn ask(connection: &mut Connection, id: u8, request: &[u8], answer: u8) -> Result<Option<Outcome>, Unanswered> {
    let body = Zeroizing::new([&[INTEGER, 1, id], request].concat());
    connection.send(&element(MESSAGE, &body))?;
    let head = connection.read(2)?;
    let length = match head[1] {
        short @ 0..0x80 => usize::from(short),
        long => match usize::from(long & 0x7f) {
            count @ 1..=3 => connection.read(count)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
            _ => return Ok(None),
        },
    };
    if head[0] != MESSAGE || length > LONGEST {
        return Ok(None);
    }
    let body = connection.read(length)?;
    Ok(body.strip_prefix(&[INTEGER, 1, id]).and_then(|body| outcome(body, answer)))
}

/// Reads a result: its code, whom it is about, and a note.
fn outcome(body: &[u8], answer: u8) -> Option<Outcome> {
    let (kind, result, _) = split(body)?;
    let (_, code, rest) = split(result).filter(|_| kind == answer)?;
    let (_, _, rest) = split(rest)?;
    let (_, note, _) = split(rest)?;
    Some(Outcome { code: *code.last()?, note: String::from_utf8_lossy(note).into_owned() })
}

/// The first element: its kind, what is in it, and what follows it.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<2>()?;
    let (count, rest) = match head[1] {
        short @ 0..0x80 => (usize::from(short), rest),
        long => {
            let (length, rest) = rest.split_at_checked(usize::from(long & 0x7f).min(4))?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
    };
    let (body, rest) = rest.split_at_checked(count)?;
    Some((head[0], body, rest))
}

/// An element of this kind. None is longer than two bytes can say: names and passwords are not.
fn element(kind: u8, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let [high, low] = (body.len() as u16).to_be_bytes();
    Zeroizing::new([&[kind, 0x82, high, low], body].concat())
}
