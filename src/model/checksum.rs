//! Checksums that issuers put into their tokens, so that a random string of the right shape is told from a token.
//!
//! Comes in: the bytes that are summed and the characters that claim to be their sum. Goes out: the characters that would
//! be right. Shared by detection, which compares, and by the example generator, which makes a sum right.

use data_encoding::{BASE32_NOPAD, BASE64};
use sha2::{Digest, Sha256};

use super::pattern::Checksum;

impl Checksum {
    /// Whether `check` is the checksum of `body`.
    pub fn holds(self, body: &[u8], check: &[u8]) -> bool {
        match self {
            Self::Base58Check => bs58::decode(body).with_check(None).into_vec().is_ok(),
            Self::NkeyCrc16 => nkey_holds(body),
            Self::Crc32Hex | Self::Crc32HexLe => {
                self.of(body, check.len()).is_some_and(|right| right.as_bytes().eq_ignore_ascii_case(check))
            }
            _ => self.of(body, check.len()).is_some_and(|right| right.as_bytes() == check),
        }
    }

    /// Whether without it a random string may well have the form: where the form alone tells a token, a wrong sum only makes
    /// it doubtful.
    pub fn is_needed(self) -> bool {
        matches!(self, Self::Base58Check | Self::Bech32 | Self::NkeyCrc16)
    }

    /// The checksum of `body`, `width` characters long, or none where the form does not let it be taken apart.
    pub fn of(self, body: &[u8], width: usize) -> Option<String> {
        let crc = crc32fast::hash(body);
        match self {
            Self::Crc32Base62 => {
                Some(in_base(crc, b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", width))
            }
            Self::Crc32Base36 => Some(in_base(crc, b"0123456789abcdefghijklmnopqrstuvwxyz", width)),
            Self::Crc32Hex => Some(format!("{crc:08X}")),
            Self::Crc32HexLe => Some(format!("{:08x}", crc.swap_bytes())),
            Self::Crc32Base64Le => Some(BASE64.encode(&crc.to_le_bytes()).trim_end_matches('=').to_owned()),
            Self::Sha256Base32 => Some(BASE32_NOPAD.encode(&Sha256::digest(body)).chars().take(width).collect()),
            Self::Bech32 => bech32_checksum(body),
            Self::Base58Check | Self::NkeyCrc16 => None,
        }
    }
}

/// `number` in the base that `digits` spells, at least `width` digits.
fn in_base(mut number: u32, digits: &[u8], width: usize) -> String {
    let base = u32::try_from(digits.len()).unwrap_or(u32::MAX);
    let mut out = Vec::new();
    while number > 0 || out.len() < width {
        out.push(digits[(number % base) as usize]);
        number /= base;
    }
    out.iter().rev().map(|digit| char::from(*digit)).collect()
}

const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The six checksum characters (BIP-173) of a Bech32 string without them, in the case of the string.
fn bech32_checksum(body: &[u8]) -> Option<String> {
    let separator = body.iter().rposition(|byte| *byte == b'1')?;
    let lower = body.to_ascii_lowercase();
    let (prefix, data) = (&lower[..separator], &lower[separator + 1..]);
    let mut values: Vec<u8> = prefix.iter().map(|byte| byte >> 5).collect();
    values.push(0);
    values.extend(prefix.iter().map(|byte| byte & 31));
    for byte in data {
        values.push(u8::try_from(BECH32.iter().position(|letter| letter == byte)?).ok()?);
    }
    values.extend([0; 6]);
    let sum = bech32_polymod(&values) ^ 1;
    let check: String = (0..6).map(|index| char::from(BECH32[((sum >> (5 * (5 - index))) & 31) as usize])).collect();
    let upper = body.iter().any(u8::is_ascii_uppercase);
    Some(if upper { check.to_ascii_uppercase() } else { check })
}

/// The Bech32 checksum polynomial (BIP-173).
fn bech32_polymod(values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.iter().fold(1, |sum, value| {
        let top = sum >> 25;
        let shifted = ((sum & 0x01ff_ffff) << 5) ^ u32::from(*value);
        (0..5).filter(|bit| (top >> bit) & 1 == 1).fold(shifted, |sum, bit| sum ^ GENERATOR[bit])
    })
}

/// Whether the last two bytes of a base32 string are the CRC-16/XMODEM of the others, little-endian.
fn nkey_holds(text: &[u8]) -> bool {
    let Ok(bytes) = BASE32_NOPAD.decode(text) else { return false };
    let Some(split) = bytes.len().checked_sub(2) else { return false };
    let (payload, check) = bytes.split_at(split);
    let crc = payload.iter().fold(0_u16, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    });
    crc.to_le_bytes() == *check
}
