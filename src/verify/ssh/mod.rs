//! Logs in to servers by SSH, with passwords and with private keys. Nothing is done there: no channel is opened.

mod key;
mod talk;

pub use self::key::SshKey;
pub(super) use self::key::{Key, NOT_NAMED};
use self::talk::Proof;
use super::egress::{Door, Unanswered};
use super::login::{Account, Login, Server};

/// The port where none is named.
const PORT: u16 = 22;

/// Passwords in URIs.
pub(super) static URI: Server = Server { name: "ssh", port: PORT, tls: None, needs_user: true, is_uri: true, log_in };
/// Passwords on the command line of sshpass.
pub(super) static COMMAND: Server =
    Server { name: "ssh", port: PORT, tls: None, needs_user: true, is_uri: false, log_in };

fn log_in(account: &Account, door: &Door<'_>) -> Result<Login, Unanswered> {
    match std::str::from_utf8(&account.password) {
        Ok(password) => talk::log_in(door, &account.user, Proof::Password(password)),
        Err(_) => Ok(Login::Withheld("it is no text in UTF-8, which passwords are there")),
    }
}
