//! Private keys: the fingerprint of the public half, as `ssh-keygen -l` and the settings of GitHub show it. A key of OpenSSH's own
//! form tells it although it is encrypted; others only where they are not.

use data_encoding::{BASE64, BASE64_NOPAD};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RsaKeyPair, RsaPublicKeyComponents,
};
use zeroize::Zeroizing;

use super::{Reader, Said, Source};

/// What a key of OpenSSH's form begins with.
const OPENSSH: &[u8] = b"openssh-key-v1\0";

pub(super) fn read(secret: &str, reader: &mut Reader<'_>) {
    let Some(public) = public_half(secret) else { return };
    let id = format!("SHA256:{}", BASE64_NOPAD.encode(digest(&SHA256, &public).as_ref()));
    reader.told.identity.public_id.get_or_insert(Said { value: id, by: Source::Credential });
}

/// The public half in the form of SSH.
fn public_half(secret: &str) -> Option<Vec<u8>> {
    if let Some(file) = der(secret, "OPENSSH PRIVATE KEY") {
        // Cipher, derivation of its key, settings of that, how many keys, and then the public half of the first.
        let mut rest = file.strip_prefix(OPENSSH)?;
        for _ in 0..3 {
            rest = field(rest)?.1;
        }
        return Some(field(rest.get(4..)?)?.0.to_vec());
    }
    if let Some(file) = der(secret, "RSA PRIVATE KEY") {
        return rsa(&RsaKeyPair::from_der(&file).ok()?);
    }
    let file = der(secret, "PRIVATE KEY")?;
    let curve = |way, name: &str| {
        let pair = EcdsaKeyPair::from_pkcs8(way, &file, &SystemRandom::new()).ok()?;
        let kind = format!("ecdsa-sha2-{name}");
        Some([text(kind.as_bytes()), text(name.as_bytes()), text(pair.public_key().as_ref())].concat())
    };
    let edwards = || {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&file).ok()?;
        Some([text(b"ssh-ed25519"), text(pair.public_key().as_ref())].concat())
    };
    rsa_of(&file)
        .or_else(edwards)
        .or_else(|| curve(&ECDSA_P256_SHA256_FIXED_SIGNING, "nistp256"))
        .or_else(|| curve(&ECDSA_P384_SHA384_FIXED_SIGNING, "nistp384"))
}

fn rsa_of(file: &[u8]) -> Option<Vec<u8>> {
    rsa(&RsaKeyPair::from_pkcs8(file).ok()?)
}

fn rsa(pair: &RsaKeyPair) -> Option<Vec<u8>> {
    let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
    let number = |bytes: &[u8]| {
        // Its first bit is its sign.
        let sign: &[u8] = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
        text(&[sign, bytes].concat())
    };
    Some([text(b"ssh-rsa"), number(&e), number(&n)].concat())
}

/// A text with its length before it.
fn text(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

/// The first text, and what follows.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

/// The bytes of a key in PEM, whose line breaks may be escaped, once or several times over; none where it is another sort of key,
/// or encrypted.
pub(in crate::verify) fn der(text: &str, sort: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (_, behind) = text.split_once(&format!("-----BEGIN {sort}-----"))?;
    let (body, _) = behind.split_once(&format!("-----END {sort}-----"))?;
    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    let mut is_escaped = false;
    for character in body.chars() {
        let is_break = character.is_whitespace() || (is_escaped && matches!(character, 'n' | 'r'));
        is_escaped = character == '\\';
        if !is_break && !is_escaped {
            base64.push(character);
        }
    }
    BASE64.decode(base64.as_bytes()).ok().map(Zeroizing::new)
}
