//! Remembers stretches of text that hold no anchor. What one version of a file brings in, its neighbours in other branches often
//! bring in too, and need not be searched again.
//!
//! A stretch is remembered as a number, a sum of its words times numbers drawn at random for each run: of two different
//! stretches, whoever made them up, what is kept of the numbers is the same with a chance of 2^-47 ("multilinear hashing", Carter
//! and Wegman; Lemire and Kaser, "Strongly universal string hashing is fast", 2014).

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bytes of a word.
const WORD: usize = size_of::<u64>();
/// Longer stretches are not remembered.
const LONGEST: usize = 4_096;
/// How many are, as a power of two: of two with the same first bits the later.
const BITS: u32 = 16;

/// Stretches without anchors, as all workers met them.
#[derive(Debug)]
pub struct Seen {
    /// A factor for each word of a stretch, and three for what else counts; none if there was no chance to draw from.
    factors: Vec<u128>,
    /// By the first bits of its number, the last bits of one: half of a number, so that the nearer cache has room for all.
    tags: Vec<AtomicU32>,
}

impl Default for Seen {
    fn default() -> Self {
        const COUNT: usize = LONGEST / WORD + 3;
        let mut random = vec![0; COUNT * size_of::<u128>()];
        if getrandom::fill(&mut random).is_err() {
            random.clear();
        }
        let factors = random.as_chunks().0.iter().map(|factor| u128::from_le_bytes(*factor)).collect();
        Self { factors, tags: (0..1 << BITS).map(|_| AtomicU32::new(0)).collect() }
    }
}

impl Seen {
    /// The number of a stretch of a text with so many bytes `around` it as may be looked at; none if it is too long.
    pub fn number(&self, bytes: &[u8], stretch: &Range<usize>, around: usize) -> Option<u64> {
        let seen = stretch.start.saturating_sub(around)..bytes.len().min(stretch.end + around);
        if seen.len() > LONGEST {
            return None;
        }
        // Where the text begins or ends within sight, the stretch lies nearer to an end of what is seen.
        let lie = ((stretch.start - seen.start) as u64) << 32 | stretch.len() as u64;
        let (words, rest) = bytes[seen.clone()].as_chunks::<WORD>();
        let mut last = [0; WORD];
        last[..rest.len()].copy_from_slice(rest);
        let term = |number: u64, factor: &u128| factor.wrapping_mul(u128::from(number));
        let [others @ .., first, second, third] = &self.factors[..] else { return None };
        let ends = [term(seen.len() as u64, first), term(lie, second), term(u64::from_le_bytes(last), third)];
        let start = ends.into_iter().fold(0, u128::wrapping_add);
        let sum = words
            .iter()
            .zip(others)
            .fold(start, |sum, (word, factor)| sum.wrapping_add(term(u64::from_le_bytes(*word), factor)));
        Some((sum >> u64::BITS) as u64)
    }

    /// Whether the stretch of this number holds no anchor, as far as it is remembered.
    pub fn contains(&self, number: u64) -> bool {
        self.tags[place(number)].load(Ordering::Relaxed) == tag(number)
    }

    /// Remembers that the stretch of this number holds no anchor.
    pub fn insert(&self, number: u64) {
        self.tags[place(number)].store(tag(number), Ordering::Relaxed);
    }
}

fn place(number: u64) -> usize {
    (number >> (u64::BITS - BITS)) as usize
}

/// What is kept of a number. Where nothing is remembered stands 0.
fn tag(number: u64) -> u32 {
    number as u32 | 1
}
