//! Finds the anchors of all patterns in one pass.
//!
//! Comes in: patterns, then bytes. Goes out: which pattern's anchor stands where. It must not know regexes.
//!
//! Of each anchor the four neighbouring bytes that are rarest in text (three, if the anchor has no more) enter a filter that
//! stays in the processor's nearest cache: the first three choose a cell, the fourth one of its bits. Where the filter lets a
//! place of a text through, the few anchors of that cell are compared. Unlike an automaton, whose every step waits for the
//! last, this looks at many places at once, and it is built in microseconds.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::model::class::Class;
use crate::model::pattern::{Pattern, Probe, commonness};
use crate::model::scan::Hit;

/// Bytes of an anchor that the filter knows.
const GRAM: usize = 4;
/// Grams that are looked up at once: eight bytes hold so many and one more.
const GRAMS: usize = 4;
/// Cells of the filter: so many that few anchors share one, so few that they fit the cache.
const CELLS: usize = 1 << 15;
/// Bytes of the shortest anchors.
/// The first three bytes of a gram.
const THREE_BYTES: u32 = 0x00ff_ffff;
/// Any fourth byte: all bits of a cell.
const ANY: u8 = u8::MAX;

/// The anchors of all patterns, and whose each is.
#[derive(Debug)]
pub struct Anchors {
    /// For each cell, one bit for each eighth of the possible fourth bytes.
    filter: Box<[u8; CELLS]>,
    /// For each cell, the place of its anchors in `buckets`; the first bucket is empty.
    bucket_of: Box<[u16; CELLS]>,
    buckets: Vec<Bucket>,
    longest: usize,
    /// The furthest that a gram stands from the beginning of its anchor.
    lead: usize,
}

/// The anchors of one cell.
#[derive(Debug, Default)]
struct Bucket {
    /// What their grams have in common, and which bits of it those are.
    gram: u32,
    mask: u32,
    anchors: Vec<Anchor>,
}

#[derive(Debug)]
struct Anchor {
    text: Box<[u8]>,
    /// So many bytes of this class follow.
    tail: usize,
    class: Class,
    /// Where in it the bytes begin that the filter knows.
    gram_at: usize,
    /// These bytes, and which of them count: an anchor of three has no fourth.
    gram: u32,
    mask: u32,
    /// Patterns, by their place in the list.
    owners: Vec<usize>,
}

impl Anchors {
    /// Takes the anchors of `patterns`, and `marks` that stand for something of another number. Two patterns may share an anchor,
    /// and one anchor may stand inside another.
    pub fn new(patterns: &[Arc<Pattern>], marks: impl Iterator<Item = (Probe, usize)>) -> Self {
        let mut owners = BTreeMap::<Probe, Vec<usize>>::new();
        let own = patterns
            .iter()
            .enumerate()
            .flat_map(|(index, pattern)| pattern.probes.iter().map(move |probe| (probe.clone(), index)));
        for (probe, index) in own.chain(marks) {
            let list = owners.entry(probe).or_default();
            if list.last() != Some(&index) {
                list.push(index);
            }
        }
        let mut anchors = Self {
            filter: Box::new([0; CELLS]),
            bucket_of: Box::new([0; CELLS]),
            buckets: vec![Bucket::default()],
            longest: owners.keys().map(|probe| probe.text.len() + probe.tail).max().unwrap_or(0),
            lead: 0,
        };
        owners.into_iter().for_each(|(probe, owners)| anchors.add(&probe, owners));
        anchors
    }

    fn add(&mut self, probe: &Probe, owners: Vec<usize>) {
        let text = probe.text.as_bytes();
        let (gram_at, gram, mask) = match rarest_gram(text) {
            Some(at) => (at, gram([text[at], text[at + 1], text[at + 2], text[at + 3]]), u32::MAX),
            None => (0, gram([text[0], text[1], text[2], 0]), THREE_BYTES),
        };
        let cell = cell(gram);
        self.filter[cell] |= if mask == u32::MAX { 1 << bit(gram) } else { ANY };
        let bucket = &mut self.bucket_of[cell];
        if *bucket == 0 {
            // There are fewer cells than a bucket's number can tell.
            *bucket = self.buckets.len() as u16;
            self.buckets.push(Bucket { gram, mask, anchors: Vec::new() });
        }
        let bucket = &mut self.buckets[usize::from(*bucket)];
        bucket.mask &= mask & !(bucket.gram ^ gram);
        bucket.anchors.push(Anchor {
            text: text.into(),
            tail: probe.tail,
            class: probe.class,
            gram_at,
            gram,
            mask,
            owners,
        });
        self.lead = self.lead.max(gram_at);
    }

    /// Bytes of the longest anchor, with what always follows it.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Hands every anchor in `bytes` that begins in `stretch` to `sink`, overlapping ones too.
    pub fn hits(&self, bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Hit)) {
        let end = bytes.len().min(stretch.end + self.lead);
        for at in (stretch.start..end).step_by(GRAMS) {
            let block = block(&bytes[at..]);
            for place in 0..GRAMS {
                let gram = (block >> (8 * place)) as u32;
                if self.filter[cell(gram)] >> bit(gram) & 1 != 0 {
                    self.compare(gram, bytes, at + place, &stretch, sink);
                }
            }
        }
    }

    /// Hands on the anchors whose gram is the one that stands at `at`. Kept out of the loop, which is faster small.
    #[inline(never)]
    fn compare(&self, gram: u32, bytes: &[u8], at: usize, stretch: &Range<usize>, sink: &mut dyn FnMut(Hit)) {
        let bucket = &self.buckets[usize::from(self.bucket_of[cell(gram)])];
        // Most are turned away here, which should not cost a look at the anchors.
        if (bucket.gram ^ gram) & bucket.mask != 0 {
            return;
        }
        for anchor in &bucket.anchors {
            let Some(start) = at.checked_sub(anchor.gram_at).filter(|_| (anchor.gram ^ gram) & anchor.mask == 0) else {
                continue;
            };
            let end = start + anchor.text.len() + anchor.tail;
            if stretch.contains(&start) && bytes.get(start..end).is_some_and(|bytes| anchor.is(bytes)) {
                for &pattern in &anchor.owners {
                    sink(Hit { pattern, span: start..end });
                }
            }
        }
    }
}

impl Anchor {
    fn is(&self, bytes: &[u8]) -> bool {
        let (text, tail) = bytes.split_at(self.text.len());
        *text == *self.text && tail.iter().all(|byte| self.class.contains(*byte))
    }
}

/// The first eight bytes as a number, the first the lowest. Behind the end are zeros: there may be an anchor of three.
fn block(bytes: &[u8]) -> u64 {
    let first = bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut padded = [0; 8];
        padded[..bytes.len()].copy_from_slice(bytes);
        padded
    });
    u64::from_le_bytes(first)
}

/// Four bytes as a number, the first the lowest.
fn gram(bytes: [u8; GRAM]) -> u32 {
    u32::from_le_bytes(bytes)
}

/// The cell of a gram: a hash of its first three bytes (Fibonacci hashing). The fourth is shifted out.
fn cell(gram: u32) -> usize {
    ((gram << 8).wrapping_mul(0x9e37_79b1) >> (u32::BITS - CELLS.trailing_zeros())) as usize
}

/// The bit of a gram in its cell: one of eight, by its fourth byte.
fn bit(gram: u32) -> u32 {
    gram >> 24 & 7
}

/// Where in a probe the four bytes begin that are least common in text; none in a probe of three.
fn rarest_gram(probe: &[u8]) -> Option<usize> {
    let grams = probe.windows(GRAM).map(|gram| gram.iter().map(commonness).sum::<u32>());
    grams.enumerate().min_by_key(|(_, commonness)| *commonness).map(|(at, _)| at)
}
