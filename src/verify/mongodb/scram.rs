//! Proves that both sides know a password, which neither says (RFC 5802, RFC 7677).
//!
//! Comes in: name, password and the server's challenge. Goes out: messages. It must not know how they travel.

use std::num::NonZeroU32;

use data_encoding::BASE64;
use ring::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

/// Rounds of hashing that a server may ask for: more would keep us busy for longer than it is worth.
const MOST_ROUNDS: u32 = 1_000_000;
/// Bytes of our own random part.
const NONCE: usize = 24;

/// Which hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sha1,
    Sha256,
}

/// The client's side, which has not proved anything yet.
pub(super) struct Scram<'a> {
    kind: Kind,
    password: &'a [u8],
    /// Name and random part.
    bare: String,
    nonce: String,
}

/// What proves that we know the password, and the answer that proves that the server does.
pub(super) struct Proof {
    pub(super) message: Zeroizing<String>,
    expected: String,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1",
            Self::Sha256 => "SCRAM-SHA-256",
        }
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
        }
    }

    fn pbkdf2(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        }
    }

    fn sign(self, key: &[u8], text: &[u8]) -> hmac::Tag {
        hmac::sign(&hmac::Key::new(self.hmac(), key), text)
    }
}

impl<'a> Scram<'a> {
    /// None where there is nothing random to be had.
    pub(super) fn new(kind: Kind, user: &str, password: &'a [u8]) -> Option<Self> {
        let mut random = [0; NONCE];
        getrandom::fill(&mut random).ok()?;
        let nonce = BASE64.encode(&random);
        let user = user.replace('=', "=3D").replace(',', "=2C");
        Some(Self { kind, password, bare: format!("n={user},r={nonce}"), nonce })
    }

    /// The first message.
    pub(super) fn first(&self) -> String {
        format!("n,,{}", self.bare)
    }

    /// Answers a challenge; none where it is not as documented.
    pub(super) fn prove(&self, challenge: &str) -> Option<Proof> {
        let field = |name: &str| challenge.split(',').find_map(|field| field.strip_prefix(name));
        let (nonce, salt) = (field("r=")?, BASE64.decode(field("s=")?.as_bytes()).ok()?);
        let rounds = field("i=")?.parse::<NonZeroU32>().ok().filter(|rounds| rounds.get() <= MOST_ROUNDS)?;
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return None;
        }
        let hash = self.kind.hmac().digest_algorithm();
        let mut salted = Zeroizing::new(vec![0; hash.output_len()]);
        pbkdf2::derive(self.kind.pbkdf2(), rounds, &salt, self.password, &mut salted);
        let message = format!("c=biws,r={nonce}");
        let all = format!("{},{challenge},{message}", self.bare);
        let key = self.kind.sign(&salted, b"Client Key");
        let mask = self.kind.sign(digest::digest(hash, key.as_ref()).as_ref(), all.as_bytes());
        let proof: Vec<u8> = key.as_ref().iter().zip(mask.as_ref()).map(|(key, mask)| key ^ mask).collect();
        let server = self.kind.sign(self.kind.sign(&salted, b"Server Key").as_ref(), all.as_bytes());
        Some(Proof {
            message: Zeroizing::new(format!("{message},p={}", BASE64.encode(&proof))),
            expected: format!("v={}", BASE64.encode(server.as_ref())),
        })
    }
}

impl Proof {
    /// Whether the server's last message proves that it knows the password.
    pub(super) fn is_answer(&self, message: &[u8]) -> bool {
        message == self.expected.as_bytes()
    }
}
