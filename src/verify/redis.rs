//! Logs in to Redis and what speaks its protocol.

use super::egress::{Connection, Door, Unanswered};
use super::login::{Account, Login, OPEN, Server, stranger};

/// Where sentinels listen, whose passwords are not those of the servers that they watch.
const SENTINEL: u16 = 26379;

/// Passwords in connection URIs.
pub(super) static URI: Server =
    Server { name: "redis", port: 6379, tls: None, needs_user: false, is_uri: true, log_in };

fn log_in(account: &Account, door: &Door<'_>) -> Result<Login, Unanswered> {
    if account.port == SENTINEL {
        return Ok(Login::Withheld("a sentinel answers there, and its password is another"));
    }
    // Whether there is TLS cannot be asked: a server that has it does not answer without.
    let mut connection = door.connect()?;
    let mut hello = ask(&mut connection, &[b"PING"]).unwrap_or_default();
    if !matches!(hello.first(), Some(b'+' | b'-')) {
        connection = door.connect()?.secure()?;
        hello = ask(&mut connection, &[b"PING"])?;
    }
    let is_open = hello == b"+PONG";
    if !is_open && !hello.starts_with(b"-NOAUTH ") {
        return Ok(stranger("Redis"));
    }
    let is_default = matches!(account.user.as_str(), "" | "default");
    if is_open && is_default {
        return Ok(Login::Undecided("lets everybody in without a password".into()));
    }
    if !connection.may_carry_clear_text() {
        return Ok(OPEN);
    }
    let answer = match account.user.as_str() {
        "" => ask(&mut connection, &[b"AUTH", &account.password])?,
        user => ask(&mut connection, &[b"AUTH", user.as_bytes(), &account.password])?,
    };
    Ok(match answer.as_slice() {
        b"+OK" => Login::Accepted,
        answer if answer.starts_with(b"-WRONGPASS ") => Login::Refused("WRONGPASS"),
        answer if answer.starts_with(b"-") => {
            Login::Undecided("gave an error that does not tell of the password".into())
        }
        _ => stranger("Redis"),
    })
}

/// Sends a command; the first line of what comes back.
fn ask(connection: &mut Connection, words: &[&[u8]]) -> Result<Vec<u8>, Unanswered> {
    let mut command = zeroize::Zeroizing::new(format!("*{}\r\n", words.len()).into_bytes());
    for word in words {
        command.extend(format!("${}\r\n", word.len()).into_bytes());
        command.extend_from_slice(word);
        command.extend(b"\r\n");
    }
    connection.send(&command)?;
    connection.read_line()
}
