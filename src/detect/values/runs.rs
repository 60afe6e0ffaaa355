//! Finds runs of characters that may be a value drawn at random.
//!
//! Comes in: bytes. Goes out: where a run of token characters begins, and whether its first bytes mix letters and digits. Whether
//! such bytes stand at a place depends on them and on the byte before alone. It must not know what values mean.

use std::ops::Range;

/// Bytes of a run that are looked at, and the least that it has.
pub const LEAST: usize = 16;
/// A name in mixed case changes from small to capital less often than this within so many bytes.
const MANY_CAPITALS: u8 = 2;

/// Whether a byte may stand in a run.
#[inline(always)]
pub fn is_in_run(byte: u8) -> bool {
    // Without a branch, so that many bytes are asked about at once.
    byte.is_ascii_alphanumeric() | matches!(byte, b'_' | b'-') | is_joint(byte)
}

/// `+` and `/`: part of a run, but a run may begin behind one.
#[inline(always)]
pub fn is_joint(byte: u8) -> bool {
    (byte == b'+') | (byte == b'/')
}

/// Whether two values are one where such a byte stands between them: a letter, a digit, `_` or `-`.
#[inline(always)]
pub fn is_glue(byte: u8) -> bool {
    is_in_run(byte) & !is_joint(byte)
}

/// Bytes that are looked at together: a bit of a number for each.
const BLOCK: usize = u64::BITS as usize;

/// Hands on the first [`LEAST`] bytes of every run that begins in `stretch`.
pub fn starts(bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Range<usize>)) {
    let end = bytes.len().min(stretch.end.saturating_add(LEAST - 1));
    let mut at = stretch.start;
    let mut next = marked_at(bytes, at, is_in_run);
    while at < end {
        let run = next;
        next = if at + BLOCK < end { marked_at(bytes, at + BLOCK, is_in_run) } else { 0 };
        let mut starts = long_enough(run, next);
        // Few blocks have any.
        if starts != 0 {
            let glue = run & !marked_at(bytes, at, is_joint);
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

/// Where the run begins that ends before `at`, no sooner than `least`.
pub fn start(bytes: &[u8], at: usize, least: usize) -> usize {
    bytes[least..at].iter().rposition(|byte| !is_in_run(*byte)).map_or(least, |outside| least + outside + 1)
}

/// Where the run ends that goes on at `at`, no further than `most`.
pub fn end(bytes: &[u8], at: usize, most: usize) -> usize {
    let mut end = at;
    while end < most {
        let inside = marked_at(bytes, end, is_in_run).trailing_ones() as usize;
        end += inside;
        if inside < BLOCK {
            break;
        }
    }
    end.min(most)
}

/// Which of the [`BLOCK`] bytes from `at` on are such; the first is the lowest bit. Behind the text there are none.
#[inline(always)]
fn marked_at(bytes: &[u8], at: usize, is_such: impl Fn(u8) -> bool) -> u64 {
    let rest = &bytes[at..];
    match rest.first_chunk::<BLOCK>() {
        Some(block) => marked(block, is_such),
        None => {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            marked(&block, is_such)
        }
    }
}

/// Which of these bytes are such, the first in the lowest bit. Written so that the compiler asks about many of them at once.
#[inline(always)]
fn marked<const N: usize>(block: &[u8; N], is_such: impl Fn(u8) -> bool) -> u64 {
    /// Brings the lowest bit of each of eight bytes into the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut marks = [0; N];
    for (mark, byte) in marks.iter_mut().zip(block) {
        *mark = u8::from(is_such(*byte));
    }
    let eights = marks.as_chunks().0.iter().zip((0..BLOCK).step_by(8));
    eights.fold(0, |all, (eight, shift)| all | (u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56) << shift)
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

/// Whether the first bytes of a run hold letters and digits, or capitals where no name has them.
pub fn is_mixed(head: &[u8]) -> bool {
    let Some(head) = head.first_chunk::<LEAST>() else { return false };
    let (mut all, mut last, mut rises) = (0, 0, 0);
    for byte in head {
        let kind = KINDS[usize::from(*byte)];
        all |= kind;
        rises += u8::from(last == SMALL && kind == CAPITAL);
        last = kind;
    }
    all & (SMALL | CAPITAL) != 0 && (all & DIGIT != 0 || rises >= MANY_CAPITALS)
}

/// Bits of [`KINDS`].
const SMALL: u8 = 1;
const CAPITAL: u8 = 2;
const DIGIT: u8 = 4;

static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < u8::MAX {
        kinds[byte as usize] = match byte {
            b'a'..=b'z' => SMALL,
            b'A'..=b'Z' => CAPITAL,
            b'0'..=b'9' => DIGIT,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};
