//! The keyed hash by which a secret is known without being told.
//!
//! Comes in: a secret. Goes out: `fp1:<key id>:<base32>`, the first 20 bytes of HMAC-SHA-256 over a fixed label and the
//! secret in canonical form. No pattern and no place goes in, so the same secret has one fingerprint wherever it stands.

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use ring::digest;
use sha2::{Digest, Sha256};

use crate::model::pattern::{Kind, Pattern};
use crate::model::report::FingerprintKey;
use crate::model::scan::Match;
use crate::model::secret::Secret;

/// Separates this use of the key from any other.
const LABEL: &[u8] = b"nhi-fp/v1\0";
/// The fixed public key. Whoever knows a secret can compute its fingerprint; nobody can go the other way for a random one.
const PUBLIC_KEY: &[u8] = b"straykey public fingerprint key v1";
/// Bytes of the hash that are kept.
const KEPT: usize = 20;
/// A key must have at least this many bytes.
const SHORTEST_KEY: usize = 16;

/// Why a key is refused.
#[derive(Debug, thiserror::Error)]
#[error("a fingerprint key needs at least {SHORTEST_KEY} bytes; make one with `openssl rand -hex 32`")]
pub struct WeakKey;

/// Makes fingerprints, all with the same key.
#[derive(Debug)]
pub struct Fingerprinter {
    own: Option<(String, Secret)>,
    /// For secrets that people choose, while there is no key of one's own: a hash with a public key could be guessed back.
    this_run: Secret,
}

impl Fingerprinter {
    /// Uses `key` (any bytes, at least 16), or the public key.
    pub fn new(key: Option<&[u8]>) -> Result<Self, WeakKey> {
        let own = match key {
            Some(key) if key.len() < SHORTEST_KEY => return Err(WeakKey),
            Some(key) => {
                let digest = Sha256::new().chain_update(b"nhi-key-id/v1\0").chain_update(key).finalize();
                Some((BASE32_NOPAD.encode(&digest[..5]).to_ascii_lowercase(), Secret::new(key)))
            }
            None => None,
        };
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).map_err(|_| WeakKey)?;
        Ok(Self { own, this_run: Secret::new(&random) })
    }

    /// Which key is used, for the report.
    pub fn key(&self) -> FingerprintKey {
        match &self.own {
            Some((id, _)) => FingerprintKey::Own { id: id.clone() },
            None => FingerprintKey::Public,
        }
    }

    /// The fingerprint of `secret`, and whether another run gives the same.
    pub fn of(&self, pattern: &Pattern, secret: &Secret) -> (String, bool) {
        let canonical = canonical(pattern.kind, secret.expose());
        let (id, key, lasting) = match &self.own {
            Some((id, key)) => (id.as_str(), key.expose(), true),
            None if pattern.is_chosen_by_people() => ("run", self.this_run.expose(), false),
            None => ("pub", PUBLIC_KEY, true),
        };
        (format!("fp1:{id}:{}", BASE32_NOPAD.encode(&keyed(key, canonical.expose())[..KEPT])), lasting)
    }
}

fn keyed(key: &[u8], text: &[u8]) -> [u8; 32] {
    // HMAC takes keys of every length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(LABEL);
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// The same bytes for the same secret however it is written: without quotes and white space around it, a key in PEM as
/// the DER inside.
fn canonical(kind: Kind, secret: &[u8]) -> Secret {
    if matches!(kind, Kind::PrivateKey | Kind::ServiceAccountFile)
        && let Some(der) = pem_body(secret)
    {
        return Secret::new(&der);
    }
    let is_wrapping = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`');
    let start = secret.iter().position(|byte| !is_wrapping(byte)).unwrap_or(0);
    let end = secret.iter().rposition(|byte| !is_wrapping(byte)).map_or(0, |last| last + 1);
    Secret::new(&secret[start..end.max(start)])
}

/// What a PEM block encodes, whether its lines end in line breaks or in the `\n` of a string literal.
fn pem_body(pem: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(pem).replace("\\r", "\n").replace("\\n", "\n");
    let start = text.find("-----BEGIN ").and_then(|begin| Some(begin + 11 + text[begin + 11..].find("-----")? + 5))?;
    let end = start + text[start..].find("-----END")?;
    let body: String = text[start..end]
        .lines()
        .filter(|line| !line.contains(':'))
        .flat_map(str::chars)
        .filter(|character| character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '-' | '_'))
        .collect();
    BASE64_NOPAD.decode(body.as_bytes()).or_else(|_| BASE64URL_NOPAD.decode(body.as_bytes())).ok()
}

/// The fingerprint of a secret that a pattern would find, made with a key of one's own.
pub fn with_key(key: &Secret, pattern: &Pattern, secret: &Secret) -> Result<String, WeakKey> {
    Ok(Fingerprinter::new(Some(key.expose()))?.of(pattern, secret).0)
}

/// The SHA-1 of a secret, in small hex, by which other tools know it.
pub fn sha1(secret: &Secret) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, secret.expose()).as_ref())
}

/// The half of a credential that is no secret and was found with it: a key id.
pub fn public_id(found: &Match) -> Option<String> {
    let part = found.credential.parts.get(found.pattern.alone.as_ref()?)?;
    Some(String::from_utf8_lossy(part.expose()).into_owned())
}
