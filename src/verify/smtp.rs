//! Logs in to a mail server. Nothing is sent through it.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::egress::{Connection, Door, Unanswered};
use super::login::{Account, Login, OPEN, Server, stranger};

/// How servers are greeted: who greets is nobody's business.
const HELLO: &str = "EHLO localhost";

/// Passwords in connection URIs.
pub(super) static URI: Server =
    Server { name: "smtp", port: 587, tls: Some(("smtps", 465)), needs_user: true, is_uri: true, log_in };

/// What a server answers: a code, and the texts of all lines.
struct Reply {
    code: String,
    lines: Vec<String>,
}

fn log_in(account: &Account, door: &Door<'_>) -> Result<Login, Unanswered> {
    let mut connection = account.connect(door)?;
    let Some(greeting) = read(&mut connection)? else { return Ok(stranger("SMTP")) };
    if greeting.code != "220" {
        return Ok(Login::Undecided("does not want to talk".into()));
    }
    let mut hello = ask(&mut connection, HELLO)?;
    let offers_tls = hello.as_ref().is_some_and(|hello| hello.offers("STARTTLS", None));
    if offers_tls && !connection.is_secure() {
        if ask(&mut connection, "STARTTLS")?.is_none_or(|reply| reply.code != "220") {
            return Ok(stranger("SMTP"));
        }
        connection = connection.secure()?;
        hello = ask(&mut connection, HELLO)?;
    }
    let Some(hello) = hello else { return Ok(stranger("SMTP")) };
    if !connection.may_carry_clear_text() {
        return Ok(OPEN);
    }
    let answer = if hello.offers("AUTH", Some("PLAIN")) {
        let text = Zeroizing::new([&[0], account.user.as_bytes(), &[0], &account.password].concat());
        ask(&mut connection, &Zeroizing::new(format!("AUTH PLAIN {}", BASE64.encode(&text))))?
    } else if hello.offers("AUTH", Some("LOGIN")) {
        ask(&mut connection, "AUTH LOGIN")?;
        ask(&mut connection, &BASE64.encode(account.user.as_bytes()))?;
        ask(&mut connection, &Zeroizing::new(BASE64.encode(&account.password)))?
    } else {
        return Ok(Login::Undecided("takes no passwords in a way that is known here".into()));
    };
    Ok(answer.map_or_else(|| stranger("SMTP"), |answer| judge(&answer)))
}

impl Reply {
    /// Whether a greeting names an extension, and a word behind it.
    fn offers(&self, extension: &str, word: Option<&str>) -> bool {
        self.lines.iter().any(|line| {
            let mut words = line.split_ascii_whitespace();
            let is_it = words.next().is_some_and(|first| first.eq_ignore_ascii_case(extension));
            is_it && word.is_none_or(|word| words.any(|other| other.eq_ignore_ascii_case(word)))
        })
    }
}

/// A refusal has the code 5.7.8 or none behind 535: others say that passwords are not taken at all, or not from here.
fn judge(answer: &Reply) -> Login {
    let detail = answer.lines.first().and_then(|line| line.split_ascii_whitespace().next()).unwrap_or_default();
    let is_code = detail.split('.').count() == 3 && detail.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match answer.code.as_str() {
        "235" => Login::Accepted,
        "535" if detail == "5.7.8" || !is_code => Login::Refused("535"),
        code => {
            let detail = if is_code { format!(" {detail}") } else { String::new() };
            Login::Undecided(format!("answered {code}{detail}, which does not tell of the password"))
        }
    }
}

/// Sends a line and reads the answer; none where it is none of SMTP's.
fn ask(connection: &mut Connection, line: &str) -> Result<Option<Reply>, Unanswered> {
    connection.send(&Zeroizing::new(format!("{line}\r\n").into_bytes()))?;
    read(connection)
}

fn read(connection: &mut Connection) -> Result<Option<Reply>, Unanswered> {
    let mut lines = Vec::new();
    loop {
        let line = String::from_utf8_lossy(&connection.read_line()?).into_owned();
        let Some((code, text)) = line.split_at_checked(3) else { return Ok(None) };
        if !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        lines.push(text.get(1..).unwrap_or_default().to_owned());
        if !text.starts_with('-') {
            return Ok(Some(Reply { code: code.to_owned(), lines }));
        }
    }
}
