//! Remembers stretches of text that hold no anchor. What one version of a file brings in, its neighbours in other branches often
//! bring in too, and need not be searched again.
//!
//! A stretch is remembered as a number, made with others that are drawn at random for each run: of two different stretches,
//! whoever made them up, what is kept of the numbers is the same with a chance of about 2^-47. Its words are brought down to two
//! as in UMAC ("NH"; Black and others, "UMAC: fast and secure message authentication", 1999), and those are summed up, each times
//! a factor ("multilinear hashing"; Lemire and Kaser, "Strongly universal string hashing is fast", 2014).

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bytes of two words.
const PAIR: usize = 2 * size_of::<u64>();
/// Stretches of so many bytes or more, with what is around them, are not remembered.
const LONGEST: usize = 4_096;
/// How many are, as a power of two: of two with the same first bits the later.
const BITS: u32 = 16;

/// Stretches without anchors, as all workers met them.
#[derive(Debug)]
pub struct Seen {
    /// What is drawn; none if there was no chance to draw from.
    drawn: Option<Drawn>,
    /// By the first bits of its number, the last bits of one: half of a number, so that the nearer cache has room for all.
    tags: Vec<AtomicU32>,
}

/// Numbers drawn at random.
#[derive(Debug)]
struct Drawn {
    /// Added to each word of a stretch.
    added: Box<[[u64; 2]]>,
    /// Of what the words come down to, and of what else counts.
    factors: [u128; 4],
}

impl Drawn {
    fn new() -> Option<Self> {
        let number = || {
            let mut random = [0; size_of::<u128>()];
            getrandom::fill(&mut random).ok().map(|()| u128::from_le_bytes(random))
        };
        let mut random = vec![0; LONGEST];
        getrandom::fill(&mut random).ok()?;
        let added = random.as_chunks().0.iter().map(pair).collect();
        Some(Self { added, factors: [number()?, number()?, number()?, number()?] })
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self { drawn: Drawn::new(), tags: (0..1 << BITS).map(|_| AtomicU32::new(0)).collect() }
    }
}

impl Seen {
    /// The number of a stretch of a text with so many bytes `around` it as may be looked at; none if it is too long.
    pub fn number(&self, bytes: &[u8], stretch: &Range<usize>, around: usize) -> Option<u64> {
        let seen = stretch.start.saturating_sub(around)..bytes.len().min(stretch.end + around);
        let Drawn { added, factors } = self.drawn.as_ref().filter(|_| seen.len() < LONGEST)?;
        // Where the text begins or ends within sight, the stretch lies nearer to an end of what is seen.
        let lie = ((stretch.start - seen.start) as u64) << 32 | stretch.len() as u64;
        let (pairs, rest) = bytes[seen.clone()].as_chunks();
        let mut last = [0; PAIR];
        last[..rest.len()].copy_from_slice(rest);
        let product = |(words, [first, second]): (&[u8; PAIR], &[u64; 2])| {
            let words = pair(words);
            u128::from(words[0].wrapping_add(*first)) * u128::from(words[1].wrapping_add(*second))
        };
        let sum = pairs.iter().chain([&last]).zip(added).map(product).fold(0, u128::wrapping_add);
        let all = [sum as u64, (sum >> u64::BITS) as u64, seen.len() as u64, lie];
        let terms = all.iter().zip(factors).map(|(number, factor)| factor.wrapping_mul(u128::from(*number)));
        Some((terms.fold(0, u128::wrapping_add) >> u64::BITS) as u64)
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

fn pair(bytes: &[u8; PAIR]) -> [u64; 2] {
    let number = u128::from_le_bytes(*bytes);
    [number as u64, (number >> u64::BITS) as u64]
}

fn place(number: u64) -> usize {
    (number >> (u64::BITS - BITS)) as usize
}

/// What is kept of a number. Where nothing is remembered stands 0.
fn tag(number: u64) -> u32 {
    number as u32 | 1
}
