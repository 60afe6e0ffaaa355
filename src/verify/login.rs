//! Logs in to servers that speak protocols of their own, as far as the answer to a password.
//!
//! Comes in: a password, and user and host beside it, all of which scanned content names. Goes out: what the server says. The
//! protocols themselves stand in files of their own.

use percent_encoding::percent_decode;
use zeroize::Zeroizing;

use super::Verifier;
use super::egress::{Connection, Door, Unanswered};
use super::session::Session;
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{Said, Source, Verification};

/// The longest name or password.
const LONGEST: usize = 1024;

/// A kind of server.
pub(super) struct Server {
    /// What it is called in reports.
    pub(super) name: &'static str,
    /// Its port where none is named.
    pub(super) port: u16,
    /// The scheme of URIs under which TLS begins at once, and the port of that.
    pub(super) tls: Option<(&'static str, u16)>,
    /// Nobody logs in without a name.
    pub(super) needs_user: bool,
    /// Names and passwords stand in a URI, and so percent-encoded.
    pub(super) is_uri: bool,
    /// Tries a password.
    pub(super) log_in: fn(&Account, &Door<'_>) -> Result<Login, Unanswered>,
}

/// Who logs in.
pub(super) struct Account {
    /// Empty where none is named.
    pub(super) user: String,
    pub(super) password: Zeroizing<Vec<u8>>,
    /// Where the server listens.
    pub(super) port: u16,
    /// TLS begins at once, unasked.
    pub(super) is_tls: bool,
    /// How the URI begins, in small letters; empty where that is not told.
    pub(super) scheme: String,
    /// What follows the host in a URI, as it is written: a database or other realm,
    pub(super) realm: String,
    /// and settings, such as `a=1&b=2`.
    pub(super) settings: String,
}

impl Account {
    /// Connects; with TLS where that begins at once.
    pub(super) fn connect(&self, door: &Door<'_>) -> Result<Connection, Unanswered> {
        let connection = door.connect()?;
        if self.is_tls { connection.secure() } else { Ok(connection) }
    }
}

/// What a server says to a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Login {
    /// It is right.
    Accepted,
    /// It is wrong, in the server's own code.
    Refused(&'static str),
    /// Neither; one clause says why.
    Undecided(String),
    /// The password was not sent; one clause says why.
    Withheld(&'static str),
}

impl Login {
    /// For the log of calls.
    pub(super) fn outcome(&self) -> String {
        match self {
            Self::Accepted => "logged in".into(),
            Self::Refused(code) => format!("refused ({code})"),
            Self::Undecided(why) => why.clone(),
            Self::Withheld(why) => format!("not tried: {why}"),
        }
    }
}

/// That the password would be there for all to read.
pub(super) const OPEN: Login =
    Login::Withheld("it wants the password in clear without TLS, which is done at private addresses only");
/// That something else answers there.
pub(super) fn stranger(protocol: &str) -> Login {
    Login::Undecided(format!("does not speak {protocol} as it is documented"))
}

impl Server {
    /// The host with its port, and who logs in there; if something is missing, why.
    fn account(&self, credential: &Credential) -> Result<(String, Account), String> {
        let part = |name| credential.parts.get(name).map(|part| part.expose());
        let text = |bytes: &[u8]| {
            let whole: Vec<u8> = if self.is_uri { percent_decode(bytes).collect() } else { bytes.to_vec() };
            let is_fit = whole.len() <= LONGEST && !whole.contains(&0);
            let unfit = || format!("no {} server takes what stands in it", self.name);
            if is_fit { Ok(Zeroizing::new(whole)) } else { Err(unfit()) }
        };
        let stated = |name| part(name).and_then(|word| std::str::from_utf8(word).ok());
        let list = [stated("settings"), stated("more_settings")].map(Option::unwrap_or_default);
        let word = |name| stated(name).or_else(|| list.iter().find_map(|list| setting(list, name))).unwrap_or_default();
        let missing = |what| format!("it needs `{what}`, which did not stand near it");
        let scheme = word("scheme").to_ascii_lowercase();
        let host = word("host").to_ascii_lowercase();
        if host.is_empty() {
            return Err(missing("host"));
        }
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        let (name, written) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, port),
            _ => (host.as_str(), word("port")),
        };
        let by_scheme = self.tls.filter(|(secure, _)| *secure == scheme);
        let port = match written {
            "" => by_scheme.map_or(self.port, |(_, port)| port),
            written => written.parse().map_err(|_| "what stands beside it is no port")?,
        };
        if name.is_empty() || !name.bytes().all(is_fit) {
            return Err("what stands beside it is no name of a host".into());
        }
        let user = text(word("user").as_bytes())?;
        let user = String::from_utf8(user.to_vec()).map_err(|_| "what stands beside it is no name of a user")?;
        if user.is_empty() && self.needs_user {
            return Err(missing("user"));
        }
        let is_tls = by_scheme.is_some() || self.tls.is_some_and(|(_, secure)| secure == port);
        let (realm, settings) = (word("database").to_owned(), list[0].to_owned());
        let password = text(credential.secret.expose())?;
        Ok((format!("{name}:{port}"), Account { user, password, port, is_tls, scheme, realm, settings }))
    }
}

/// The value of this name in a list such as `host=db user='app'` or `Host=db;Port=1`.
fn setting<'l>(list: &'l str, name: &str) -> Option<&'l str> {
    let mark = if list.contains(';') { ';' } else { ' ' };
    let mut pairs = list.split(mark).filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().trim_matches('\'')).filter(|value| !value.is_empty())
}

impl Verifier for Server {
    fn name(&self) -> String {
        self.name.into()
    }

    fn hosts(&self) -> Vec<String> {
        vec![format!("<host>:{}", self.port)]
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        let (host, _) = self.account(credential)?;
        Ok(vec![Planned { host, is_from_content: true, method: "LOGIN", path: self.name.into() }])
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let (host, account) = match self.account(credential) {
            Ok(found) => found,
            Err(why) => return Verification::not_checked(why),
        };
        let login = match session.log_in(&host, true, |door| (self.log_in)(&account, door)) {
            Ok(login) => login,
            Err(silence) => return Verification::of(silence.into()),
        };
        let mut told = Verification::of(match login {
            Login::Accepted => Validity::Active,
            Login::Refused(_) => Validity::Inactive,
            Login::Undecided(why) => Validity::Unknown { why: format!("{host} {why}") },
            Login::Withheld(why) => Validity::NotChecked { why: format!("{host}: {why}") },
        });
        if told.validity == Validity::Active && !account.user.is_empty() {
            told.identity.principal = Some(Said { value: account.user, by: Source::Provider });
        }
        told
    }
}
