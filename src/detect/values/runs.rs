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

/// Hands on the first [`LEAST`] bytes of every run that begins in `stretch`.
///
/// Of so many bytes in a row one stands at every place that is looked at; most such places are in no run, or in a short one.
pub fn starts(bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Range<usize>)) {
    let end = bytes.len().min(stretch.end.saturating_add(LEAST));
    let mut at = stretch.start + LEAST - 1;
    while at < end {
        if is_in_run(bytes[at]) {
            let first = (at + 1 - LEAST..at)
                .rev()
                .find(|before| !is_in_run(bytes[*before]))
                .map_or(at + 1 - LEAST, |gap| gap + 1);
            let after = (at + 1..bytes.len().min(first + LEAST)).find(|after| !is_in_run(bytes[*after]));
            if after.is_none() && first + LEAST <= bytes.len() {
                runs_around(bytes, first..at + 1, &stretch, sink);
            }
        }
        at += LEAST;
    }
}

/// Hands on the runs that begin in `places`, all of which are in a run.
fn runs_around(bytes: &[u8], places: Range<usize>, stretch: &Range<usize>, sink: &mut dyn FnMut(Range<usize>)) {
    for start in places.start..places.end.min(stretch.end) {
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
    let has = |what: &dyn Fn(u8) -> bool| head.iter().any(|byte| what(sort(*byte)));
    let has_letter = has(&|sort| sort >= SMALL);
    let rises =
        || head.windows(2).map(|pair| u32::from(sort(pair[0]) == SMALL && sort(pair[1]) == CAPITAL)).sum::<u32>();
    has_letter && (has(&|sort| sort == DIGIT) || rises() >= MANY_CAPITALS)
}
