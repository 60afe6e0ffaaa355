//! Finds the anchors of all patterns in one pass.
//!
//! Comes in: patterns, then bytes. Goes out: which pattern's anchor stands where. It must not know regexes.
//!
//! Of each anchor the four neighbouring bytes that are rarest in text (three, if the anchor has no more) are hashed to 16
//! bits and set one bit of a filter that stays in the processor's nearest cache. Where the filter lets a place of a text
//! through, the few anchors of that hash are compared. Unlike an automaton, whose every step waits for the last, this looks
//! at many places at once, and it is built in microseconds.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::pattern::{Pattern, commonness};
use crate::model::scan::Hit;

/// Bytes that are hashed of an anchor.
const GRAM: usize = 4;
/// Different hashes.
const HASHES: usize = 1 << 16;
/// Takes the fourth byte out of a gram.
const THREE_BYTES: u32 = 0x00ff_ffff;

/// The anchors of all patterns, and whose each is.
#[derive(Debug)]
pub struct Anchors {
    /// Anchors of four bytes and more, by the hash of four.
    long: Table,
    /// Anchors of three bytes, by the hash of these.
    short: Table,
    longest: usize,
}

/// Anchors by hash.
#[derive(Debug)]
struct Table {
    /// One bit for each hash: whether an anchor has it.
    filter: Vec<u64>,
    /// For each hash, the place of its anchors in `buckets`; the first bucket is that of all hashes without anchors.
    bucket_of: Vec<u16>,
    buckets: Vec<Vec<Anchor>>,
}

#[derive(Debug)]
struct Anchor {
    text: Box<[u8]>,
    /// Where in it the hashed bytes begin.
    gram_at: usize,
    /// Patterns, by their place in the list.
    owners: Vec<usize>,
}

impl Anchors {
    /// Takes the anchors of `patterns`. Two patterns may share an anchor, and one anchor may stand inside another.
    pub fn new(patterns: &[Arc<Pattern>]) -> Self {
        let mut owners = BTreeMap::<&str, Vec<usize>>::new();
        for (index, pattern) in patterns.iter().enumerate() {
            for probe in &pattern.probes {
                let list = owners.entry(probe).or_default();
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
        let longest = owners.keys().map(|anchor| anchor.len()).max().unwrap_or(0);
        let (mut long, mut short) = (Table::new(), Table::new());
        for (text, owners) in owners {
            let text: Box<[u8]> = text.as_bytes().into();
            match rarest_gram(&text) {
                Some(gram_at) => {
                    let gram = gram(&text[gram_at..]);
                    long.add(hash(gram), Anchor { text, gram_at, owners });
                }
                None => {
                    let gram = u32::from_le_bytes([text[0], text[1], text[2], 0]);
                    short.add(hash(gram), Anchor { text, gram_at: 0, owners });
                }
            }
        }
        Self { long, short, longest }
    }

    /// Length of the longest anchor, in bytes.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Hands every anchor in `bytes` to `sink`, overlapping ones too.
    pub fn hits(&self, bytes: &[u8], sink: &mut dyn FnMut(Hit)) {
        for (at, window) in bytes.windows(GRAM).enumerate() {
            let gram = gram(window);
            let (long, short) = (hash(gram), hash(gram & THREE_BYTES));
            if self.long.may_have(long) | self.short.may_have(short) {
                self.long.compare(bytes, at, long, sink);
                self.short.compare(bytes, at, short, sink);
            }
        }
        // The last three bytes have no byte behind them.
        if let Some(at) = bytes.len().checked_sub(GRAM - 1) {
            let gram = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], 0]);
            self.short.compare(bytes, at, hash(gram), sink);
        }
    }
}

impl Table {
    fn new() -> Self {
        Self { filter: vec![0; HASHES / 64], bucket_of: vec![0; HASHES], buckets: vec![Vec::new()] }
    }

    fn add(&mut self, hash: usize, anchor: Anchor) {
        self.filter[hash / 64] |= 1 << (hash % 64);
        if self.bucket_of[hash] == 0 {
            // There are fewer buckets than hashes, since hash 0 of `NUL NUL NUL` is no anchor's.
            self.bucket_of[hash] = self.buckets.len() as u16;
            self.buckets.push(Vec::new());
        }
        self.buckets[usize::from(self.bucket_of[hash])].push(anchor);
    }

    fn may_have(&self, hash: usize) -> bool {
        self.filter[hash / 64] & (1 << (hash % 64)) != 0
    }

    /// Hands on the anchors of this hash whose gram stands at `at`.
    fn compare(&self, bytes: &[u8], at: usize, hash: usize, sink: &mut dyn FnMut(Hit)) {
        for anchor in &self.buckets[usize::from(self.bucket_of[hash])] {
            let Some(start) = at.checked_sub(anchor.gram_at) else { continue };
            if bytes[start..].starts_with(&anchor.text) {
                for &pattern in &anchor.owners {
                    sink(Hit { pattern, span: start..start + anchor.text.len() });
                }
            }
        }
    }
}

fn gram(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Spreads a gram over 16 bits (Fibonacci hashing).
fn hash(gram: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

/// Where in a probe the four bytes begin that are least common in text; none in a probe of three.
fn rarest_gram(probe: &[u8]) -> Option<usize> {
    let grams = probe.windows(GRAM).map(|gram| gram.iter().map(commonness).sum::<u32>());
    grams.enumerate().min_by_key(|(_, commonness)| *commonness).map(|(at, _)| at)
}
