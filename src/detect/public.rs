//! Knows what everybody may know although it looks drawn at random: public keys, signatures, addresses.
//!
//! Comes in: a value. Goes out: what it is, if it is such.

use data_encoding::BASE64URL_NOPAD;

/// Length of a key of minisign: two bytes that say which kind, eight that name it, and 32.
const MINISIGN: usize = 56;
/// What public keys of SSH begin with in base64: the length of the name of their kind, and `ssh-`, `ecdsa-` or `sk-`.
const SSH: [&[u8]; 5] = [b"AAAAB3NzaC1", b"AAAAC3NzaC1", b"AAAAE2VjZHNhL", b"AAAAGnNrLXNzaC1", b"AAAAInNrLWVjZHNhL"];
/// What public keys begin with in base64 of DER: of curves P-256 and P-384, Ed25519, and RSA of 1024, 2048 and 4096 bits.
const PUBLIC: [&[u8]; 6] = [
    b"MFkwEwYHKoZIzj0CAQ",
    b"MHYwEAYHKoZIzj0CAQ",
    b"MCowBQYDK2Vw",
    b"MIGfMA0GCSqGSIb3DQEB",
    b"MIIBIjANBgkqhkiG",
    b"MIICIjANBgkqhkiG",
];
/// Length of an address on a blockchain: `0x` and 20 bytes in hex.
const ADDRESS: usize = 42;
/// Length of a public key of age.
const AGE: usize = 62;
/// Length of a public key of NATS.
const NATS: usize = 56;

/// The secret of one-time passwords in all documentation of them.
const ONE_TIME: &[u8] = b"JBSWY3DPEHPK3PXP";

/// What a value is that everybody may know, or none.
pub fn objection(value: &[u8]) -> Option<&'static str> {
    if value.starts_with(b"age1") && value.len() == AGE {
        return Some("a public key of age");
    }
    if value.starts_with(ONE_TIME) {
        return Some("a documented example");
    }
    if (MINISIGN..MINISIGN + 8).contains(&value.len()) && matches!(value, [b'R', b'W', b'Q'..=b'T', ..]) {
        return Some("a public key of minisign");
    }
    if SSH.iter().any(|mark| value.starts_with(mark)) {
        return Some("a public key of SSH");
    }
    if PUBLIC.iter().any(|mark| value.starts_with(mark)) {
        return Some("a public key");
    }
    if matches!(value, [b'M', b'E', b'Q' | b'U' | b'Y', b'C', b'I', ..]) {
        return Some("a signature");
    }
    if is_jwt_header(value) {
        return Some("the head of a JSON Web Token");
    }
    if value.starts_with(b"0x") && value.len() == ADDRESS {
        return Some("the address of an account");
    }
    is_nats(value).then_some("a public key of NATS")
}

/// `UBAAQWTW6C…`: what it is of, and 35 bytes in base32. What begins with `S` is a seed.
fn is_nats(value: &[u8]) -> bool {
    let is_base32 = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7');
    value.len() == NATS && matches!(value[0], b'A' | b'C' | b'N' | b'O' | b'U' | b'X') && value.iter().all(is_base32)
}

/// Whether a value begins with the head of a JSON Web Token, which is for patterns of such tokens.
fn is_jwt_header(value: &[u8]) -> bool {
    let head = value.split(|byte| *byte == b'.').next().unwrap_or_default();
    let decoded = BASE64URL_NOPAD.decode(head).unwrap_or_default();
    decoded.starts_with(b"{") && decoded.windows(5).any(|key| key == b"\"alg\"" || key == b"\"typ\"")
}
