//! Keeps pieces of a credential out of what is told about it: providers may repeat what they were sent.

use data_encoding::{BASE64, HEXLOWER};

use crate::model::secret::{Credential, Secret};

/// Shorter texts stand in others by chance.
const SHORTEST: usize = 6;
/// So much of a secret, in one piece, is a piece of it.
const PIECE: usize = 12;
/// Parts that are as long and go by such names are secrets too.
const SECRET_NAMES: [&str; 6] = ["secret", "token", "password", "cookie", "key", "pass"];

/// In a key file, what is public goes over fewer characters than what is not,
const LONGEST_PUBLIC: usize = 34;
/// but for the ids of keys, which are so many hex digits.
const PUBLIC_ID: usize = 40;

/// Knows a credential's pieces.
pub(super) struct Veil {
    whole: Secret,
    pieces: Vec<Vec<u8>>,
}

impl Veil {
    pub(super) fn new(credential: &Credential) -> Self {
        let is_secret = |name: &str| SECRET_NAMES.iter().any(|word| name.ends_with(word));
        let parts = credential.parts.iter().filter(|(name, _)| is_secret(name)).map(|(_, part)| part.expose());
        let secret = credential.secret.expose();
        let own = if secret.trim_ascii_start().starts_with(b"{") { private(secret) } else { vec![secret] };
        let mut pieces = Vec::new();
        for value in own.into_iter().chain(parts) {
            if value.len() < SHORTEST {
                continue;
            }
            pieces.push(BASE64.encode(value).trim_end_matches('=').as_bytes().to_vec());
            pieces.push(HEXLOWER.encode(value).into_bytes());
            match value.len() > 2 * PIECE {
                true => pieces.extend(value[value.len() / 4..].windows(PIECE).step_by(PIECE / 2).map(<[u8]>::to_vec)),
                false => pieces.push(value.to_vec()),
            }
        }
        Self { whole: credential.secret.clone(), pieces }
    }

    /// Whether `text` holds the whole secret.
    pub(super) fn shows_through(&self, text: &str) -> bool {
        let whole = self.whole.expose();
        !whole.is_empty() && memchr::memmem::find(text.as_bytes(), whole).is_some()
    }

    /// Whether `text` holds a piece of the credential.
    pub(super) fn touches(&self, text: &str) -> bool {
        self.pieces.iter().any(|piece| memchr::memmem::find(text.as_bytes(), piece).is_some())
    }
}

/// What is private in a key file that is JSON, and says whose it is in the same text.
fn private(file: &[u8]) -> Vec<&[u8]> {
    let is_of_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte);
    let is_public =
        |run: &[u8]| run.len() <= LONGEST_PUBLIC || (run.len() == PUBLIC_ID && run.iter().all(u8::is_ascii_hexdigit));
    file.split(|byte| !is_of_key(byte)).filter(|run| !is_public(run)).collect()
}
