//! Base64, in both alphabets, and hex: runs of digits that are text.

use std::ops::Range;

use super::super::escaped::hex_pair;
use super::super::values::runs::LEAST;
use super::Decoded;

/// Bytes of a run that are decoded.
pub(super) const LONGEST: usize = 8_192;
/// Of a line that goes on from another line, whose own run is decoded as well.
const CONTINUED: usize = 1_024;
/// Bytes before and after a run that may say what it is, on the same line.
pub(super) const BEFORE: usize = 96;
pub(super) const AFTER: usize = 32;
/// Shorter lines do not go on.
const SHORTEST_LINE: usize = 48;
/// Spaces at the beginning of a line that goes on from another.
const INDENT: usize = 16;

/// The value of a digit of base64.
fn digit(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

const fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}

/// Bits of [`FIRST`].
const HEX: u8 = 1;
const BASE64: u8 = 2;
/// What text may be encoded as that a group of four digits begins with such a byte.
static FIRST: [u8; 256] = {
    let mut forms = [0; 256];
    let mut text = 0;
    while text < u8::MAX {
        if is_text(text) {
            // The highest half is no more than 7, since text has no highest bit,
            forms[(b'0' + (text >> 4)) as usize] |= HEX;
        }
        if is_text(text) || text == 0 {
            // and the six highest bits are no more than `f`.
            let digit = text >> 2;
            forms[if digit < 26 { b'A' + digit } else { b'a' + digit - 26 } as usize] |= BASE64;
        }
        text += 1;
    }
    forms
};

/// How a run is encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Hex,
    Base64,
    /// Of text in UTF-16, as shells of Windows take it.
    Wide,
}

/// What the first bytes of a run look like.
fn form(head: &[u8]) -> Option<Form> {
    // Most runs are turned away here.
    let may = |form: u8| head.chunks_exact(4).all(|group| FIRST[usize::from(group[0])] & form != 0);
    if !may(HEX) && !may(BASE64) {
        return None;
    }
    if head.chunks_exact(2).all(|pair| hex_pair(pair).is_some_and(is_text)) {
        return Some(Form::Hex);
    }
    let mut bytes = [0; LEAST / 4 * 3];
    for (group, three) in head.chunks_exact(4).zip(bytes.chunks_exact_mut(3)) {
        let number = group.iter().try_fold(0, |number, byte| Some(number << 6 | digit(*byte)?))?;
        three.copy_from_slice(&number.to_be_bytes()[1..]);
    }
    if bytes.iter().all(|byte| is_text(*byte)) {
        return Some(Form::Base64);
    }
    bytes.chunks_exact(2).all(|pair| is_text(pair[0]) && pair[1] == 0).then_some(Form::Wide)
}

/// Whether a run that begins with these bytes may be encoded text.
pub fn looks_encoded(head: &[u8]) -> bool {
    form(head).is_some()
}

/// Decodes the run that begins at `start`, with what stands around it on its line.
pub(super) fn decode(bytes: &[u8], start: usize) -> Option<Decoded> {
    let form = form(bytes.get(start..start + LEAST)?)?;
    if is_of_web_token(bytes, start) {
        return None;
    }
    let encoding = match form {
        Form::Hex => "hex",
        Form::Base64 => "base64",
        Form::Wide => "base64 of UTF-16",
    };
    let mut decoded = Decoded { encoding, cut: (false, false), ..Decoded::default() };
    let before = start.saturating_sub(BEFORE);
    let line = bytes[before..start].iter().rposition(|byte| *byte == b'\n').map_or(before, |at| before + at + 1);
    decoded.copy(bytes, line..start);
    let own = decoded.bytes.len();
    let longest = if goes_on_from_another(bytes, start) { CONTINUED } else { LONGEST };
    let most = bytes.len().min(start + longest);
    let mut at = start;
    let end = match form {
        Form::Hex => {
            while at + 2 <= most
                && let Some(byte) = hex_pair(&bytes[at..at + 2])
            {
                decoded.push(byte, at..at + 2);
                at += 2;
            }
            at
        }
        _ => digits(bytes, at..most, form == Form::Wide, &mut decoded),
    };
    decoded.within = own..decoded.bytes.len();
    if end + 4 >= most && most < bytes.len() {
        decoded.cut.1 = true;
    } else {
        let end = end + bytes[end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        let after = bytes[end..].iter().take(AFTER).position(|byte| *byte == b'\n').unwrap_or(AFTER);
        decoded.copy(bytes, end..bytes.len().min(end + after));
    }
    decoded.own = 0..decoded.bytes.len();
    Some(decoded)
}

/// Decodes base64 over the ends of lines; says where it ends.
fn digits(bytes: &[u8], stretch: Range<usize>, is_wide: bool, decoded: &mut Decoded) -> usize {
    let mut at = stretch.start;
    let mut line = at;
    let (mut number, mut bits, mut count) = (0_u32, 0, 0);
    let mut from = at;
    while at < stretch.end {
        let Some(value) = digit(bytes[at]) else {
            match next_line(bytes, at, stretch.end).filter(|_| at - line >= SHORTEST_LINE) {
                Some(next) => {
                    (at, line) = (next, next);
                    continue;
                }
                None => break,
            }
        };
        if bits == 0 {
            from = at;
        }
        number = number << 6 | value;
        bits += 6;
        at += 1;
        if bits >= 8 {
            bits -= 8;
            let byte = (number >> bits & 0xff) as u8;
            // The second byte of each unit of UTF-16 is nothing.
            if !is_wide || count % 2 == 0 {
                decoded.push(byte, from..at);
            }
            count += 1;
            from = at - 1;
        }
    }
    at
}

/// Whether a run is one of the parts of a JSON Web Token, which is a credential as a whole: what it says is none.
fn is_of_web_token(bytes: &[u8], start: usize) -> bool {
    let length = bytes[start..].iter().take(LONGEST).take_while(|byte| digit(**byte).is_some()).count();
    let is_joined =
        start.checked_sub(1).is_some_and(|at| bytes[at] == b'.') || bytes.get(start + length) == Some(&b'.');
    bytes[start..].starts_with(b"eyJ") && is_joined
}

/// Where the digits go on behind the end of a line, real or written as `\n`.
fn next_line(bytes: &[u8], at: usize, most: usize) -> Option<usize> {
    let rest = &bytes[at..most];
    let ends: [&[u8]; 4] = [b"\r\n", b"\n", b"\\r\\n", b"\\n"];
    let end = ends.iter().find(|end| rest.starts_with(end))?.len();
    let indent = rest[end..].iter().take(INDENT).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let next = end + indent;
    // The last group may be filled up.
    let (first, others) = rest.get(next..next + 4)?.split_first()?;
    let is_group = digit(*first).is_some() && others.iter().all(|byte| digit(*byte).is_some() || *byte == b'=');
    is_group.then_some(at + next)
}

/// Whether digits end the line before.
fn goes_on_from_another(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(INDENT + 3)..start];
    let indent = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let before = &before[..before.len() - indent];
    let Some(before) = before.strip_suffix(b"\n") else { return false };
    let before = before.strip_suffix(b"\r").unwrap_or(before);
    before.last().is_some_and(|byte| digit(*byte).is_some())
}
