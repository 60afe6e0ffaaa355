//! Finds runs of characters that may be a value drawn at random.
//!
//! Comes in: bytes. Goes out: where a run of token characters begins, and whether its first bytes mix letters and digits. Whether
//! such bytes stand at a place depends on them and on the byte before alone. It must not know what values mean.

use std::ops::Range;

/// Bytes of a run that are looked at, and the least that it has.
pub const LEAST: usize = 16;
/// A name in mixed case changes from small to capital less often than this within so many bytes.
const MANY_CAPITALS: u32 = 2;

const OTHER: u8 = 0;
/// `+` and `/`: part of a run, but a run may begin behind one.
const JOINT: u8 = 1;
const SIGN: u8 = 2;
const DIGIT: u8 = 3;
const SMALL: u8 = 4;
const CAPITAL: u8 = 5;

/// What each byte is in a run.
static SORTS: [u8; 256] = {
    let mut sorts = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        sorts[byte] = match byte as u8 {
            b'+' | b'/' => JOINT,
            b'_' | b'-' => SIGN,
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' => SMALL,
            b'A'..=b'Z' => CAPITAL,
            _ => OTHER,
        };
        byte += 1;
    }
    sorts
};

fn sort(byte: u8) -> u8 {
    SORTS[usize::from(byte)]
}

/// Whether a byte may stand in a run.
pub fn is_in_run(byte: u8) -> bool {
    sort(byte) != OTHER
}

/// Whether two values are one where such a byte stands between them: a letter, a digit, `_` or `-`.
pub fn is_glue(byte: u8) -> bool {
    sort(byte) > JOINT
}

/// Bytes that are looked at together. Every run has so many that begin at a multiple of their number.
const BLOCK: usize = LEAST / 2;

/// Hands on the first [`LEAST`] bytes of every run that begins in `stretch`.
pub fn starts(bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Range<usize>)) {
    let end = bytes.len().min(stretch.end.saturating_add(LEAST));
    let mut at = stretch.start;
    while let Some(block) = bytes.get(at..end).and_then(<[u8]>::first_chunk) {
        if may_be_in_run(u64::from_le_bytes(*block)) {
            runs_before(bytes, at, &stretch, sink);
        }
        at += BLOCK;
    }
}

/// Whether all bytes may stand in a run: so it is if they do, and hardly ever otherwise. Looks at all of them at once.
fn may_be_in_run(block: u64) -> bool {
    const EACH: u64 = u64::from_le_bytes([1; BLOCK]);
    const TOP: u64 = EACH << 7;
    let low = block & !TOP;
    // The top bit of each byte that is at least, or more than, a bound.
    let at_least = |bytes: u64, bound: u8| bytes + EACH * u64::from(0x80 - bound);
    let within = |bytes: u64, first: u8, last: u8| at_least(bytes, first) & !at_least(bytes, last + 1);
    let letters = within(low | (EACH * 0x20), b'a', b'z');
    let others = within(low, b'+', b'9') | within(low, b'_', b'_');
    (letters | others) & !block & TOP == TOP
}

/// Hands on the runs that begin at `at` or up to a block before it, and go on behind it.
fn runs_before(bytes: &[u8], at: usize, stretch: &Range<usize>, sink: &mut dyn FnMut(Range<usize>)) {
    let least = stretch.start.max((at + 1).saturating_sub(BLOCK));
    for start in least..(at + 1).min(stretch.end) {
        let begins = is_glue(bytes[start]) && (start == 0 || !is_glue(bytes[start - 1]));
        if begins
            && let Some(head) = bytes.get(start..start + LEAST)
            && head.iter().all(|byte| is_in_run(*byte))
        {
            sink(start..start + LEAST);
        }
    }
}

/// Whether these bytes hold letters and digits, or capitals where no name has them.
pub fn is_mixed(head: &[u8]) -> bool {
    let (mut has_letter, mut has_digit, mut rises, mut before) = (false, false, 0, OTHER);
    for byte in head {
        let sort = sort(*byte);
        has_letter |= sort >= SMALL;
        has_digit |= sort == DIGIT;
        rises += u32::from(before == SMALL && sort == CAPITAL);
        before = sort;
    }
    has_letter && (has_digit || rises >= MANY_CAPITALS)
}
