//! Single characters written in another way: percent-encoding, escapes of string literals, entities, quoted-printable, and
//! string literals that are joined.

use std::ops::Range;

use super::{Decoded, Mark};
use crate::model::pattern::Reach;

/// Bytes before and after a mark that are decoded with it.
pub(super) const BEFORE: usize = 256;
pub(super) const AFTER: usize = 2_048;
/// Marks so near behind another are decoded with it.
const CLUSTER: usize = 12;
/// Of marks that follow each other closely one in so many is decoded by itself, so that a long text of them is covered.
const ONE_IN: u32 = 64;
/// The longest escape.
const LONGEST: usize = 48;
/// Bytes around a mark that tell whether a character is encoded there.
pub(super) const NEAR: Reach = Reach { before: CLUSTER + 1, after: LONGEST };

/// Decodes the stretch around a mark.
pub(super) fn decode(mark: Mark, bytes: &[u8], hit: &Range<usize>) -> Option<Decoded> {
    // What is decoded must mean a character at the mark itself.
    let (_, length) = unescape(mark, &bytes[hit.start..])?;
    if !is_among_token(mark, bytes, hit.start, hit.start + length) {
        return None;
    }
    let begins = !(1..=CLUSTER).any(|back| {
        let earlier = hit.start.checked_sub(back).map(|at| &bytes[at..]);
        earlier.is_some_and(|rest| unescape(mark, rest).is_some_and(|(meaning, _)| mark.is_at(rest, meaning)))
    });
    let cluster = &bytes[hit.start..bytes.len().min(hit.start + CLUSTER)];
    if !begins && !sum(cluster).is_multiple_of(ONE_IN) {
        return None;
    }
    let stretch = hit.start.saturating_sub(BEFORE)..bytes.len().min(hit.start + AFTER);
    let mut decoded = Decoded {
        encoding: match mark {
            Mark::Percent => "percent-encoding",
            Mark::Entity => "entities",
            Mark::Quoted => "quoted-printable",
            Mark::Joined => "joined literals",
            _ => "escapes",
        },
        cut: (stretch.start > 0, stretch.end < bytes.len()),
        ..Decoded::default()
    };
    let mut at = stretch.start;
    // Most bytes begin no escape.
    while let Some(plain) = bytes[at..stretch.end].iter().position(|byte| mark.may_begin_with(*byte)) {
        decoded.copy(bytes, at..at + plain);
        at += plain;
        match unescape(mark, &bytes[at..stretch.end]) {
            Some((character, length)) => {
                if let Some(character) = character {
                    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                        decoded.push(byte, at..at + length);
                    }
                }
                at += length;
            }
            None => {
                decoded.copy(bytes, at..at + 1);
                at += 1;
            }
        }
    }
    decoded.copy(bytes, at..stretch.end);
    decoded.within = 0..decoded.bytes.len();
    Some(decoded)
}

fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte))) >> 3
}

/// Whether there may be a value around an escape: joined literals and soft line breaks stand in prose too.
fn is_among_token(mark: Mark, bytes: &[u8], start: usize, end: usize) -> bool {
    let is_of_value =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-./+=".contains(byte));
    match mark {
        Mark::Joined | Mark::Quoted => {
            is_of_value(start.checked_sub(1).and_then(|at| bytes.get(at))) && is_of_value(bytes.get(end))
        }
        _ => true,
    }
}

/// The character that an escape at the beginning of `rest` means (none: nothing), and its length.
fn unescape(mark: Mark, rest: &[u8]) -> Option<(Option<char>, usize)> {
    match mark {
        Mark::Percent => ascii(rest, b"%", 2),
        Mark::Quoted if rest.starts_with(b"=\r\n") => Some((None, 3)),
        Mark::Quoted if rest.starts_with(b"=\n") => Some((None, 2)),
        Mark::Quoted => ascii(rest, b"=", 2),
        Mark::Backslash => ascii(rest, b"\\u00", 2).or_else(|| ascii(rest, b"\\x", 2)),
        Mark::Entity => entity(rest),
        Mark::Joined => joint(rest).map(|length| (None, length)),
        Mark::Run => None,
    }
}

/// An escape of so many hex digits behind a prefix, if it means a character of ASCII.
fn ascii(rest: &[u8], prefix: &[u8], digits: usize) -> Option<(Option<char>, usize)> {
    let digits = rest.strip_prefix(prefix)?.get(..digits)?;
    number(digits, 16).map(|character| (Some(character), prefix.len() + digits.len()))
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    let is_digit = |byte: &u8| char::from(*byte).is_digit(radix);
    let text = std::str::from_utf8(digits).ok().filter(|_| !digits.is_empty() && digits.iter().all(is_digit))?;
    u32::from_str_radix(text, radix).ok().and_then(char::from_u32).filter(char::is_ascii)
}

fn entity(rest: &[u8]) -> Option<(Option<char>, usize)> {
    let body = rest.strip_prefix(b"&#")?;
    let end = body.iter().take(8).position(|byte| *byte == b';')?;
    let character = match &body[..end] {
        [b'x' | b'X', digits @ ..] => number(digits, 16)?,
        digits => number(digits, 10)?,
    };
    Some((Some(character), 2 + end + 1))
}

/// Bytes of what joins two literals: the end of the one, an operator, the beginning of the other.
fn joint(rest: &[u8]) -> Option<usize> {
    let quote = *rest.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let rest = &rest[..rest.len().min(LONGEST)];
    let gap = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let operator = 1 + gap(1);
    if !matches!(rest.get(operator)?, b'+' | b'.' | b'&') {
        return None;
    }
    let next = operator + 1 + gap(operator + 1);
    (*rest.get(next)? == quote).then_some(next + 1)
}
