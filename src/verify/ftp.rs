//! Logs in to a file server (FTP). No file is listed or moved.

use zeroize::Zeroizing;

use super::egress::{Connection, Door, Unanswered};
use super::login::{Account, Login, OPEN, Server, stranger};

/// How servers word it that name or password are wrong. The same code, 530, also says that there are too many guests, or that
/// somebody may not come from here.
const WRONG: [&str; 3] = ["incorrect", "authentication failed", "cannot log in"];
/// The most lines of one answer.
const MOST_LINES: usize = 100;

/// Passwords in URIs.
pub(super) static URI: Server =
    Server { name: "ftp", port: 21, tls: Some(("ftps", 990)), needs_user: true, is_uri: true, log_in };

/// What a server answers: a code and the text of its last line.
struct Reply {
    code: String,
    text: String,
}

fn log_in(account: &Account, door: &Door<'_>) -> Result<Login, Unanswered> {
    if [account.user.as_bytes(), &account.password].concat().iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Ok(Login::Withheld("it holds a line break, which no such password does"));
    }
    let mut connection = account.connect(door)?;
    let Some(greeting) = read(&mut connection)? else { return Ok(stranger("FTP")) };
    if greeting.code != "220" {
        return Ok(Login::Undecided("does not want to talk".into()));
    }
    if !connection.is_secure() && ask(&mut connection, b"AUTH TLS", b"")?.is_some_and(|reply| reply.code == "234") {
        connection = connection.secure()?;
    }
    if !connection.may_carry_clear_text() {
        return Ok(OPEN);
    }
    match ask(&mut connection, b"USER ", account.user.as_bytes())? {
        Some(Reply { code, .. }) if code == "331" => {}
        Some(Reply { code, .. }) if code == "230" => {
            return Ok(Login::Undecided("lets that user in without a password".into()));
        }
        Some(reply) => return Ok(undecided(&reply)),
        None => return Ok(stranger("FTP")),
    }
    let answer = ask(&mut connection, b"PASS ", &account.password)?;
    Ok(answer.map_or_else(|| stranger("FTP"), |answer| judge(&answer)))
}

fn judge(answer: &Reply) -> Login {
    let text = answer.text.to_ascii_lowercase();
    match answer.code.as_str() {
        // The latter wants an account's name besides, for what comes later.
        "230" | "332" => Login::Accepted,
        "530" if WRONG.iter().any(|words| text.contains(words)) => Login::Refused("530"),
        _ => undecided(answer),
    }
}

fn undecided(reply: &Reply) -> Login {
    Login::Undecided(format!("answered {}, which does not tell of the password", reply.code))
}

/// Sends a command; the answer, unless it is none of FTP's.
fn ask(connection: &mut Connection, command: &[u8], word: &[u8]) -> Result<Option<Reply>, Unanswered> {
    connection.send(&Zeroizing::new([command, word, b"\r\n"].concat()))?;
    read(connection)
}

/// An answer of several lines begins with its code and a hyphen, and ends with the same code and a blank.
fn read(connection: &mut Connection) -> Result<Option<Reply>, Unanswered> {
    let mut first: Option<String> = None;
    for _ in 0..MOST_LINES {
        let line = String::from_utf8_lossy(&connection.read_line()?).into_owned();
        let (code, text) = line.split_at_checked(3).unwrap_or_default();
        let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        match &first {
            None if !is_code => return Ok(None),
            None if text.starts_with('-') => first = Some(code.to_owned()),
            Some(begun) if code != begun || text.starts_with('-') => {}
            _ => return Ok(Some(Reply { code: code.to_owned(), text: text.trim().to_owned() })),
        }
    }
    Ok(None)
}
