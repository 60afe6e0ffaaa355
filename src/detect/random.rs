//! Tells what was drawn at random from what somebody named.
//!
//! Comes in: a value. Goes out: how likely its pairs of characters are in words and names, against chance. Entropy alone cannot
//! tell a long identifier from a key.

use super::pairs::PAIRS;

/// What a pair weighs that the table does not know, such as one with a sign.
const UNKNOWN: u8 = u8::MAX;
/// Eight times the mean below which a value is random: of names with a digit one in fifty lies below, of random values of twenty
/// letters and digits ninety-nine in a hundred.
const THRESHOLD: i32 = -3;

/// The sum below which nobody named it, however short it is: drawn at random it is a thousand times likelier. Of names of six to
/// twelve letters four in a thousand lie below, of random ones half to three quarters.
const CERTAIN: i32 = -8 * 10;
/// Fewer pairs say nothing.
const FEWEST: i32 = 5;
/// A random value of so many characters that has no digit is rare.
const LONG_WITHOUT_DIGIT: usize = 24;

/// Whether a value looks drawn at random.
pub fn is_random(value: &[u8]) -> bool {
    let (sum, pairs) = affinities(value);
    pairs > 0 && sum < THRESHOLD * pairs
}

/// Whether a value is random enough to be a secret by itself: short ones without a digit must certainly be no names.
pub fn is_drawn(value: &[u8]) -> bool {
    let may_be_name = value.len() < LONG_WITHOUT_DIGIT && !value.iter().any(u8::is_ascii_digit);
    is_random(value) && !may_be_name || is_no_name(value)
}

/// Whether a value is certainly no word or name, though it has letters alone.
pub fn is_no_name(value: &[u8]) -> bool {
    let (sum, pairs) = affinities(value);
    pairs >= FEWEST && sum < CERTAIN.min(THRESHOLD * pairs)
}

/// The affinities of all pairs together, and how many there are.
fn affinities(value: &[u8]) -> (i32, i32) {
    let known = value.windows(2).filter_map(|pair| affinity(pair[0], pair[1]));
    known.fold((0, 0), |(sum, pairs), affinity| (sum + affinity, pairs + 1))
}

/// Eight times the binary logarithm of how much more often two letters or digits follow each other in words than by chance.
pub fn affinity(first: u8, second: u8) -> Option<i32> {
    let (first, second) = (row(first), row(second));
    (first != UNKNOWN && second != UNKNOWN).then(|| i32::from(PAIRS[usize::from(first)][usize::from(second)]))
}

/// The row of a letter or digit.
fn row(byte: u8) -> u8 {
    ROWS[usize::from(byte)]
}

static ROWS: [u8; 256] = {
    let mut rows = [UNKNOWN; 256];
    let mut row = 0;
    while row < 36 {
        let bytes = if row < 26 { [b'a' + row, b'A' + row] } else { [b'0' + row - 26; 2] };
        (rows[bytes[0] as usize], rows[bytes[1] as usize]) = (row, row);
        row += 1;
    }
    rows
};
