//! Finds runs of characters that may be a value drawn at random.
//!
//! Comes in: bytes. Goes out: where a run of token characters begins, and whether its first bytes mix letters and digits. Whether
//! such bytes stand at a place depends on them and on the byte before alone. It must not know what values mean.

use std::ops::Range;

use super::super::anchors::eight;

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

/// Bytes that are looked at together: a bit of a number for each.
const BLOCK: usize = u64::BITS as usize;

/// Hands on the first [`LEAST`] bytes of every run that begins in `stretch`.
pub fn starts(bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Range<usize>)) {
    let end = bytes.len().min(stretch.end.saturating_add(LEAST - 1));
    let mut at = stretch.start;
    let mut next = marked(bytes, at..end, in_run);
    while at < end {
        let run = next;
        next = marked(bytes, at + BLOCK..end, in_run);
        let mut starts = long_enough(run, next);
        // Few blocks have any.
        if starts != 0 {
            let glue = run & !marked(bytes, at..end, joints);
            let is_glued = at.checked_sub(1).is_some_and(|before| is_glue(bytes[before]));
            starts &= glue & !(glue << 1 | u64::from(is_glued));
        }
        while starts != 0 {
            let start = at + starts.trailing_zeros() as usize;
            if start >= stretch.end {
                return;
            }
            sink(start..start + LEAST);
            starts &= starts - 1;
        }
        at += BLOCK;
    }
}

/// Which of the first [`BLOCK`] bytes of a stretch are such; the first is the lowest bit. More may follow behind the stretch, nothing
/// behind the text.
#[inline(always)]
fn marked(bytes: &[u8], stretch: Range<usize>, such: fn(u64) -> u64) -> u64 {
    let eights = stretch.step_by(8).zip((0..BLOCK).step_by(8));
    eights.fold(0, |marked, (at, shift)| marked | gathered(such(eight(&bytes[at..]))) << shift)
}

/// The places from which on [`LEAST`] bytes may stand in a run.
fn long_enough(run: u64, next: u64) -> u64 {
    let mut run = u128::from(run) | u128::from(next) << BLOCK;
    let mut length = 1;
    while length < LEAST {
        run &= run >> length;
        length *= 2;
    }
    run as u64
}

// Eight bytes at once. Of each the top bit says whether it is such; the other bits say nothing.

const EACH: u64 = u64::from_le_bytes([1; 8]);
const TOP: u64 = EACH << 7;

/// Those that may stand in a run.
fn in_run(eight: u64) -> u64 {
    let low = eight & !TOP;
    let at_least = |bytes: u64, bound: u8| bytes + EACH * u64::from(0x80 - bound);
    let within = |bytes: u64, first: u8, last: u8| at_least(bytes, first) & !at_least(bytes, last + 1);
    let letters = within(low | (EACH * 0x20), b'a', b'z');
    let others = within(low, b'+', b'9') & !either(low, b',', b'.') | within(low, b'_', b'_');
    (letters | others) & !eight
}

/// Of those that may stand in a run the ones at which none begins.
fn joints(eight: u64) -> u64 {
    either(eight & !TOP, b'+', b'/')
}

/// Those that are one of two characters, which must differ in a single bit.
fn either(low: u64, one: u8, other: u8) -> u64 {
    let differing = (low & !(EACH * u64::from(one ^ other))) ^ (EACH * u64::from(one & other));
    !(differing + !TOP)
}

/// The top bit of each of eight bytes, the first the lowest.
fn gathered(eight: u64) -> u64 {
    ((eight & TOP) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
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
