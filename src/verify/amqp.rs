//! Logs in to RabbitMQ and what speaks its protocol (AMQP 0-9-1). No channel is opened.

use zeroize::Zeroizing;

use super::egress::{Connection, Door, Unanswered};
use super::login::{Account, Login, OPEN, Server, stranger};

/// Which version is spoken.
const HELLO: &[u8] = b"AMQP\0\0\x09\x01";
/// The kind of frame that methods come in, and what ends each.
const METHOD: u8 = 1;
const END: u8 = 0xce;
/// Methods of the connection: the class, and its own number.
const START: [u8; 4] = [0, 10, 0, 10];
const START_OK: [u8; 4] = [0, 10, 0, 11];
const TUNE: [u8; 4] = [0, 10, 0, 30];
const CLOSE: [u8; 4] = [0, 10, 0, 50];
/// A login that is refused.
const REFUSED: u16 = 403;
/// Who may come from the server's own machine only, and is told elsewhere that his password is wrong.
const LOCAL_USER: &str = "guest";
/// The longest frame, in bytes.
const LONGEST: usize = 32 << 10;

/// Passwords in URIs.
pub(super) static URI: Server =
    Server { name: "amqp", port: 5672, tls: Some(("amqps", 5671)), needs_user: true, is_uri: true, log_in };

fn log_in(account: &Account, door: &Door<'_>) -> Result<Login, Unanswered> {
    let mut connection = account.connect(door)?;
    if !connection.may_carry_clear_text() {
        return Ok(OPEN);
    }
    connection.send(HELLO)?;
    let Some(ways) = read(&mut connection)?.as_deref().and_then(ways) else { return Ok(stranger("AMQP 0-9-1")) };
    if !ways.split(' ').any(|way| way == "PLAIN") {
        return Ok(Login::Undecided("takes no passwords in a way that is known here".into()));
    }
    send(&mut connection, &start_ok(account))?;
    let answer = read(&mut connection)?.unwrap_or_default();
    Ok(match answer.split_first_chunk::<4>() {
        Some((&TUNE, _)) => Login::Accepted,
        Some((&CLOSE, [high, low, ..])) => judge(account, u16::from_be_bytes([*high, *low])),
        _ => stranger("AMQP 0-9-1"),
    })
}

fn judge(account: &Account, code: u16) -> Login {
    match code {
        REFUSED if account.user == LOCAL_USER => {
            Login::Undecided("refuses that user, who may be let in from its own machine only".into())
        }
        REFUSED => Login::Refused("403"),
        code => Login::Undecided(format!("answered {code}, which does not tell of the password")),
    }
}

/// The ways to log in, of a server's greeting: version, a table of what it is, and then they.
fn ways(method: &[u8]) -> Option<String> {
    let rest = method.strip_prefix(&START)?.get(2..)?;
    let (_, rest) = long(rest)?;
    let (ways, _) = long(rest)?;
    String::from_utf8(ways.to_vec()).ok()
}

/// A text or a table, which has its length before it, and what follows.
fn long(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

/// Name and password; and that a refusal is to be told rather than hung up on.
fn start_ok(account: &Account) -> Zeroizing<Vec<u8>> {
    let able = [short(b"authentication_failure_close").as_slice(), b"t\x01"].concat();
    let about = [short(b"capabilities").as_slice(), b"F", &sized(&able)].concat();
    let proof = Zeroizing::new([&[0], account.user.as_bytes(), &[0], &account.password].concat());
    let (about, proof) = (sized(&about), sized(&proof));
    let parts = [&START_OK, about.as_slice(), &short(b"PLAIN"), &proof, &short(b"en_US")];
    Zeroizing::new(parts.concat())
}

/// A text of at most 255 bytes.
fn short(text: &[u8]) -> Vec<u8> {
    [&[text.len() as u8], text].concat()
}

fn sized(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([&(bytes.len() as u32).to_be_bytes(), bytes].concat())
}

/// The next method; none where something else comes.
fn read(connection: &mut Connection) -> Result<Option<Vec<u8>>, Unanswered> {
    let head = connection.read(7)?;
    let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize;
    if head[0] != METHOD || length > LONGEST {
        return Ok(None);
    }
    let mut method = connection.read(length + 1)?;
    Ok((method.pop() == Some(END)).then_some(method))
}

fn send(connection: &mut Connection, method: &[u8]) -> Result<(), Unanswered> {
    let body = sized(method);
    connection.send(&Zeroizing::new([&[METHOD, 0, 0], body.as_slice(), &[END]].concat()))
}
