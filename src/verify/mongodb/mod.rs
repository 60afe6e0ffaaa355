//! Logs in to MongoDB and what speaks its protocol (SCRAM). No database is read.

mod bson;
mod scram;

use data_encoding::HEXLOWER;
use md5::{Digest, Md5};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use self::bson::Document;
use self::scram::{Kind, Scram};
use super::egress::{Connection, Door, Unanswered};
use super::login::{Account, Login, OPEN, Server, stranger};

/// The only kind of message that servers still take.
const MESSAGE: u32 = 2013;
/// A name or password that is wrong.
const WRONG: i64 = 18;
/// The database of users that are not a single database's.
const ADMIN: &str = "admin";
/// The scheme of URIs that name no server, but a service that the DNS knows (SRV).
const BY_SERVICE: &str = "mongodb+srv";
/// What stands between two settings.
const SEPARATORS: [char; 2] = ['&', ';'];
/// What the DNS may set. It must not switch off TLS.
const BY_DNS: [&str; 3] = ["authSource", "loadBalanced", "replicaSet"];
/// The longest message, in bytes.
const LONGEST: usize = 32 << 10;

/// Passwords in URIs.
pub(super) static URI: Server =
    Server { name: "mongodb", port: 27017, tls: None, needs_user: true, is_uri: true, log_in };

/// A connection, on which messages have numbers.
struct Talk {
    connection: Connection,
    number: u32,
}

fn log_in(account: &Account, door: &Door<'_>) -> Result<Login, Unanswered> {
    if account.scheme != BY_SERVICE {
        return log_in_at(account, door, &account.settings, false);
    }
    let service = door.service("_mongodb._tcp")?;
    let pairs = service.settings.split(SEPARATORS).filter(|pair| !pair.is_empty());
    let mut names = pairs.filter_map(|pair| pair.split('=').next());
    if !names.all(|name| BY_DNS.contains(&name)) {
        return Ok(Login::Withheld("the DNS has settings of it that MongoDB does not take from there"));
    }
    // What the URI says counts for more, and the last of two that are alike.
    let settings = format!("{}&{}", service.settings, account.settings);
    log_in_at(account, &door.to(&service.host), &settings, true)
}

fn log_in_at(account: &Account, door: &Door<'_>, settings: &str, is_tls: bool) -> Result<Login, Unanswered> {
    let setting = |name: &str| {
        let pairs = settings.split(SEPARATORS).filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next_back()
    };
    let way = setting("authMechanism");
    if way.is_some_and(|way| !way.starts_with("SCRAM-")) {
        return Ok(Login::Withheld("it is for another way to log in than by password"));
    }
    let realm = setting("authSource").unwrap_or(&account.realm);
    let realm = percent_decode_str(realm).decode_utf8_lossy();
    let realm = if realm.is_empty() { ADMIN } else { &realm };
    let mut connection = door.connect()?;
    if setting("tls").or(setting("ssl")).map_or(is_tls, |word| word == "true") {
        connection = connection.secure()?;
    }
    let mut talk = Talk { connection, number: 0 };
    let asked = format!("{realm}.{}", account.user);
    let hello = Document::default().number("hello", 1).text("saslSupportedMechs", &asked);
    let Some(hello) = talk.ask(hello, ADMIN)? else { return Ok(stranger("MongoDB")) };
    // For those who are not there, or whom it does not know, it names none.
    let is_newer = hello.texts("saslSupportedMechs").iter().any(|way| way == "SCRAM-SHA-256");
    // The newer kind would have to normalise other characters.
    let is_plain = account.password.is_ascii();
    let kind = if is_newer && is_plain && way != Some("SCRAM-SHA-1") { Kind::Sha256 } else { Kind::Sha1 };
    // What is proved with the older kind can be guessed at by whoever listens.
    if kind == Kind::Sha1 && !talk.connection.may_carry_clear_text() {
        return Ok(OPEN);
    }
    prove(&mut talk, account, realm, kind)
}

/// Shows that we know the password, and sees to it that the server does.
fn prove(talk: &mut Talk, account: &Account, realm: &str, kind: Kind) -> Result<Login, Unanswered> {
    let password = match kind {
        Kind::Sha256 => account.password.clone(),
        Kind::Sha1 => {
            let text = Zeroizing::new([account.user.as_bytes(), b":mongo:", &account.password].concat());
            Zeroizing::new(HEXLOWER.encode(&Md5::digest(&text)).into_bytes())
        }
    };
    let Some(scram) = Scram::new(kind, &account.user, &password) else { return Ok(stranger("MongoDB")) };
    let start = Document::default().number("saslStart", 1).text("mechanism", kind.name());
    let Some(answer) = talk.ask(start.bytes("payload", scram.first().as_bytes()), realm)? else {
        return Ok(stranger("MongoDB"));
    };
    if let Some(code) = failure(&answer) {
        return Ok(undecided(code));
    }
    let challenge = answer.bytes_of("payload").and_then(|bytes| std::str::from_utf8(bytes).ok());
    let conversation = answer.number_of("conversationId").and_then(|number| i32::try_from(number).ok());
    let (Some(last), Some(conversation)) = (challenge.and_then(|text| scram.prove(text)), conversation) else {
        return Ok(stranger("MongoDB"));
    };
    let proof = Document::default().number("saslContinue", 1).number("conversationId", conversation);
    let Some(answer) = talk.ask(proof.bytes("payload", last.message.as_bytes()), realm)? else {
        return Ok(stranger("MongoDB"));
    };
    Ok(match failure(&answer) {
        Some(WRONG) => Login::Refused("18"),
        Some(code) => undecided(code),
        None if answer.bytes_of("payload").is_some_and(|text| last.is_answer(text)) => Login::Accepted,
        None => Login::Undecided("could not prove that it knows the password".into()),
    })
}

/// The code of an answer that says no; zero where there is none.
fn failure(answer: &Document) -> Option<i64> {
    (answer.number_of("ok") != Some(1)).then(|| answer.number_of("code").unwrap_or_default())
}

fn undecided(code: i64) -> Login {
    Login::Undecided(format!("answered {code}, which does not tell of the password"))
}

impl Talk {
    /// Sends a command to a database; the answer, unless it is none of MongoDB's.
    fn ask(&mut self, command: Document, database: &str) -> Result<Option<Document>, Unanswered> {
        let body = command.text("$db", database).write();
        self.number += 1;
        let length = body.len() as u32 + 21;
        let head = [length, self.number, 0, MESSAGE, 0].map(u32::to_le_bytes).concat();
        self.connection.send(&Zeroizing::new([head.as_slice(), &[0], &body].concat()))?;
        let head = self.connection.read(21)?;
        let field = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let length = field(0) as usize;
        if !(21..LONGEST).contains(&length) || (field(8), field(12)) != (self.number, MESSAGE) || head[20] != 0 {
            return Ok(None);
        }
        Ok(Document::read(&self.connection.read(length - 21)?))
    }
}
