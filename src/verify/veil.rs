//! Keeps pieces of a credential out of what is told about it: providers may repeat what they were sent.

use data_encoding::{BASE64, HEXLOWER};

use crate::model::secret::Credential;

/// Shorter texts stand in others by chance.
const SHORTEST: usize = 6;
/// So much of a secret, in one piece, is a piece of it.
const PIECE: usize = 12;
/// Parts that are as long and go by such names are secrets too.
const SECRET_NAMES: [&str; 6] = ["secret", "token", "password", "cookie", "key", "pass"];

/// Knows a credential's pieces.
pub(super) struct Veil {
    pieces: Vec<Vec<u8>>,
}

impl Veil {
    pub(super) fn new(credential: &Credential) -> Self {
        let is_secret = |name: &str| SECRET_NAMES.iter().any(|word| name.ends_with(word));
        let parts = credential.parts.iter().filter(|(name, _)| is_secret(name)).map(|(_, part)| part.expose());
        let mut pieces = Vec::new();
        for value in std::iter::once(credential.secret.expose()).chain(parts) {
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
        Self { pieces }
    }

    /// Whether `text` holds a piece of the credential.
    pub(super) fn touches(&self, text: &str) -> bool {
        self.pieces.iter().any(|piece| memchr::memmem::find(text.as_bytes(), piece).is_some())
    }
}
