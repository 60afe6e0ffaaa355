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

/// An anchor of four bytes or more has this hash.
const LONG: u8 = 1;
/// An anchor of three bytes has this hash.
const SHORT: u8 = 2;

/// The anchors of all patterns, and whose each is.
#[derive(Debug)]
pub struct Anchors {
    /// For each hash, whether an anchor has it, and of which sort.
    filter: Box<[u8; HASHES]>,
    /// Anchors of four bytes and more, by the hash of four of them.
    long: Table,
    /// Anchors of three bytes, by their hash.
    short: Table,
    longest: usize,
}

/// Anchors by hash.
#[derive(Debug)]
struct Table {
    /// For each hash, the place of its anchors in `buckets`; the first bucket is empty.
    bucket_of: Box<[u16; HASHES]>,
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
        let mut anchors = Self { filter: Box::new([0; HASHES]), long: Table::new(), short: Table::new(), longest };
        for (text, owners) in owners {
            let text: Box<[u8]> = text.as_bytes().into();
            let (gram_at, table, sort, hash) = match rarest_gram(&text) {
                Some(at) => (at, &mut anchors.long, LONG, hash(gram(&text[at..]))),
                None => (0, &mut anchors.short, SHORT, hash(u32::from_le_bytes([text[0], text[1], text[2], 0]))),
            };
            anchors.filter[usize::from(hash)] |= sort;
            table.add(hash, Anchor { text, gram_at, owners });
        }
        anchors
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
            let sorts = (self.filter[usize::from(long)] & LONG) | (self.filter[usize::from(short)] & SHORT);
            if sorts != 0 {
                self.long.compare(long, bytes, at, sink);
                self.short.compare(short, bytes, at, sink);
            }
        }
        // The last three bytes have no byte behind them.
        if let Some(at) = bytes.len().checked_sub(GRAM - 1) {
            let gram = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], 0]);
            self.short.compare(hash(gram), bytes, at, sink);
        }
    }
}

impl Table {
    fn new() -> Self {
        Self { bucket_of: Box::new([0; HASHES]), buckets: vec![Vec::new()] }
    }

    fn add(&mut self, hash: u16, anchor: Anchor) {
        let bucket = &mut self.bucket_of[usize::from(hash)];
        if *bucket == 0 {
            // At most one bucket for each hash but that of three NULs, which no anchor has.
            *bucket = self.buckets.len() as u16;
            self.buckets.push(Vec::new());
        }
        self.buckets[usize::from(*bucket)].push(anchor);
    }

    /// Hands on the anchors of this hash whose gram stands at `at`.
    fn compare(&self, hash: u16, bytes: &[u8], at: usize, sink: &mut dyn FnMut(Hit)) {
        for anchor in &self.buckets[usize::from(self.bucket_of[usize::from(hash)])] {
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
fn hash(gram: u32) -> u16 {
    (gram.wrapping_mul(0x9e37_79b1) >> 16) as u16
}

/// Where in a probe the four bytes begin that are least common in text; none in a probe of three.
fn rarest_gram(probe: &[u8]) -> Option<usize> {
    let grams = probe.windows(GRAM).map(|gram| gram.iter().map(commonness).sum::<u32>());
    grams.enumerate().min_by_key(|(_, commonness)| *commonness).map(|(at, _)| at)
}
