//! Finds the anchors of all patterns in one pass.
//!
//! Comes in: anchors, each with an owner, then bytes. Goes out: which anchor stands where. It must not know who the owners are.
//!
//! Of each anchor two stretches of four neighbouring bytes enter a filter: one that begins at an even distance from the anchor's
//! beginning, one at an odd. So only every second place of a text need be looked up, whichever they are. Of the stretches those
//! are taken that are rarest in text; one may stick out of the anchor by a byte on either side, which is then any. Where the
//! filter lets a place of a text through, the few anchors with such a middle are compared. Unlike an automaton, whose every
//! step waits for the last, this looks at many places at once, and it is built in microseconds.

use std::ops::Range;

use crate::model::class::Class;
use crate::model::probe::{GRAM, Probe, STRIDE};
use crate::model::scan::Hit;

/// Places that are looked up at once, and the bytes that they take.
const PLACES: usize = 3;
/// Bits of the filter, as a power of two: so many that few are set, which matters more than a cache that is nearer.
const FILTER_BITS: u32 = 21;
const FILTER: usize = 1 << (FILTER_BITS - 3);
/// Lists of grams: so many that few have more than one.
const BUCKETS: usize = 1 << 12;
/// Of a gram's first and last byte so many of the lowest bits count: one that may be any sets a bit for each of their values.
const EDGE_BITS: u32 = 5;
const EDGES: u32 = 1 << EDGE_BITS;
/// Which bits of a gram count.
const COUNTING: u32 = 0x00ff_ff00 | (EDGES - 1) | (EDGES - 1) << 24;

/// A set of anchors, and whose each is.
#[derive(Debug)]
pub struct Anchors<T> {
    /// One bit for each hash of a gram.
    filter: Box<[u8; FILTER]>,
    /// Which of `grams` have a middle of this hash.
    buckets: Vec<Bucket>,
    /// In the order of the hashes of their middles.
    grams: Vec<Gram>,
    /// Of each gram in turn.
    sites: Vec<Site>,
    anchors: Vec<Anchor>,
    /// Those of the anchors, one behind the other.
    texts: Vec<u8>,
    /// Of each anchor in turn.
    owners: Vec<T>,
    longest: usize,
    /// The furthest that a gram stands from the beginning of its anchor.
    lead: usize,
}

/// Grams whose middles have the same hash.
#[derive(Debug, Clone, Default)]
struct Bucket {
    /// What they have in common.
    common: Gram,
    /// Which of all grams they are.
    start: u32,
    end: u32,
}

/// Four neighbouring bytes of an anchor.
#[derive(Debug, Clone, Copy, Default)]
struct Gram {
    bytes: u32,
    /// Which bits of them count: what is outside of the anchor may be anything.
    mask: u32,
}

impl Gram {
    /// Whether it is what stands in a text.
    fn is(self, bytes: u32) -> bool {
        (self.bytes ^ bytes) & self.mask == 0
    }
}

/// Where a gram stands.
#[derive(Debug, Clone, Copy, Default)]
struct Site {
    /// The first bytes of the anchor, as a number, and how many of its highest bits are none of the anchor's.
    head: u64,
    beyond: u8,
    /// Where in the anchor the gram begins: at -1, before it.
    at: i8,
    anchor: u32,
}

// Narrow, since there are thousands and each page that is filled costs time before every scan.
#[derive(Debug)]
struct Anchor {
    /// Where in all texts its own is.
    text: Range<u32>,
    /// Where in the list of all owners its own are.
    owners: Range<u32>,
    /// So many bytes of this class follow it.
    tail: u8,
    class: Class,
}

impl<T: PartialEq> Anchors<T> {
    /// Takes probes and their owners. Several owners may share an anchor, and one anchor may stand inside another.
    pub fn new<'a>(probes: impl Iterator<Item = (&'a Probe, T)>) -> Self {
        // Compared by their first bytes at once, since this is done before every scan. Of one anchor the owners stay in their order.
        let keyed = |(probe, owner): (&'a Probe, T)| (eight(probe.text.as_bytes()).swap_bytes(), probe, owner);
        let mut owned: Vec<(u64, &Probe, T)> = probes.map(keyed).collect();
        owned.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
        let mut probes = Vec::<&Probe>::with_capacity(owned.len());
        let mut all = Self {
            filter: Box::new([0; FILTER]),
            buckets: vec![Bucket::default(); BUCKETS],
            grams: Vec::new(),
            sites: Vec::new(),
            texts: Vec::new(),
            anchors: Vec::with_capacity(owned.len()),
            owners: Vec::with_capacity(owned.len()),
            longest: owned.iter().map(|(_, probe, _)| probe.length()).max().unwrap_or(0),
            lead: owned.iter().flat_map(|(_, probe, _)| probe.grams).map(i8::unsigned_abs).max().unwrap_or(0).into(),
        };
        for (_, probe, owner) in owned {
            let next = all.owners.len() as u32;
            match all.anchors.last_mut().filter(|_| probes.last() == Some(&probe)) {
                Some(_) if all.owners.last() == Some(&owner) => continue,
                Some(anchor) => anchor.owners.end += 1,
                None => {
                    let start = all.texts.len() as u32;
                    all.texts.extend_from_slice(probe.text.as_bytes());
                    let (text, owners) = (start..all.texts.len() as u32, next..next + 1);
                    all.anchors.push(Anchor { text, owners, tail: probe.tail, class: probe.class });
                    probes.push(probe);
                }
            }
            all.owners.push(owner);
        }
        all.fill(&probes);
        all
    }

    /// Enters the grams of each anchor's probe.
    fn fill(&mut self, probes: &[&Probe]) {
        let grams = || (0..).zip(probes).flat_map(|(anchor, probe)| grams_of(anchor, probe));
        // They are counted, not compared.
        for (gram, _) in grams() {
            self.buckets[middle(gram.bytes)].end += 1;
        }
        let mut start = 0;
        for bucket in &mut self.buckets {
            (bucket.start, start) = (start, start + bucket.end);
            bucket.end = bucket.start;
        }
        (self.grams, self.sites) = (vec![Gram::default(); start as usize], vec![Site::default(); start as usize]);
        for (gram, site) in grams() {
            for (first, last) in edges(&gram) {
                let bit = hash(gram.bytes | first | last << 24);
                self.filter[bit / 8] |= 1 << (bit % 8);
            }
            let bucket = &mut self.buckets[middle(gram.bytes)];
            if bucket.start == bucket.end {
                bucket.common = gram;
            }
            bucket.common.mask &= gram.mask & !(bucket.common.bytes ^ gram.bytes);
            (self.grams[bucket.end as usize], self.sites[bucket.end as usize]) = (gram, site);
            bucket.end += 1;
        }
    }

    /// Number of anchors.
    pub fn count(&self) -> usize {
        self.anchors.len()
    }

    /// Whose an anchor is; none of one that is not in the list.
    pub fn owners(&self, anchor: usize) -> &[T] {
        self.anchors.get(anchor).map_or(&[], |anchor| &self.owners[wide(&anchor.owners)])
    }

    /// The text of an anchor.
    pub fn text(&self, anchor: usize) -> Option<&[u8]> {
        self.anchors.get(anchor).map(|anchor| &self.texts[wide(&anchor.text)])
    }

    /// Bytes of the longest anchor, with what always follows it.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Hands every anchor in `bytes` that begins in `stretch` to `sink`, overlapping ones too.
    pub fn hits(&self, bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Hit)) {
        let end = bytes.len().min(stretch.end + self.lead);
        // A gram may begin one byte before its anchor. At the beginning of a text it cannot, and need not: of two places in a
        // row the second is an even distance from there.
        let mut at = stretch.start.saturating_sub(1);
        while at < end {
            let block = eight(&bytes[at..]);
            for place in 0..PLACES {
                let gram = (block >> (8 * STRIDE * place)) as u32;
                if self.passes(gram) {
                    self.compare(gram, bytes, at + place * STRIDE, &stretch, sink);
                }
            }
            at += PLACES * STRIDE;
        }
    }

    /// Whether an anchor may be where this gram is.
    #[inline(always)]
    fn passes(&self, gram: u32) -> bool {
        let bit = hash(gram);
        u32::from(self.filter[bit / 8]) >> (bit % 8) & 1 != 0
    }

    fn is(&self, anchor: &Anchor, bytes: &[u8]) -> bool {
        let (text, tail) = bytes.split_at(anchor.text.len());
        text == &self.texts[wide(&anchor.text)] && tail.iter().all(|byte| anchor.class.contains(*byte))
    }

    /// Hands on the anchors whose gram is the one that stands at `at`. Kept out of the loop, which is faster small.
    #[inline(never)]
    fn compare(&self, gram: u32, bytes: &[u8], at: usize, stretch: &Range<usize>, sink: &mut dyn FnMut(Hit)) {
        let bucket = &self.buckets[middle(gram)];
        // Most are turned away here, which should not cost a look at the grams.
        if !bucket.common.is(gram) {
            return;
        }
        let same = bucket.start as usize..bucket.end as usize;
        for (known, site) in self.grams[same.clone()].iter().zip(&self.sites[same]) {
            if !known.is(gram) {
                continue;
            }
            let Some(start) = at.checked_add_signed(-isize::from(site.at)) else { continue };
            if (eight(bytes.get(start..).unwrap_or_default()) ^ site.head) << site.beyond != 0 {
                continue;
            }
            let anchor = &self.anchors[site.anchor as usize];
            let end = start + anchor.text.len() + usize::from(anchor.tail);
            if stretch.contains(&start) && bytes.get(start..end).is_some_and(|bytes| self.is(anchor, bytes)) {
                sink(Hit { anchor: site.anchor as usize, span: start..end });
            }
        }
    }
}

/// A range as slices take it.
fn wide(narrow: &Range<u32>) -> Range<usize> {
    narrow.start as usize..narrow.end as usize
}

/// The first eight bytes as a number, the first the lowest. Behind the end are zeros: a gram may stick out of the text.
#[inline(always)]
pub(super) fn eight(bytes: &[u8]) -> u64 {
    let first = bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut padded = [0; 8];
        padded[..bytes.len()].copy_from_slice(bytes);
        padded
    });
    u64::from_le_bytes(first)
}

/// The bit of a gram in the filter: a hash of what counts (Fibonacci hashing).
#[inline(always)]
fn hash(gram: u32) -> usize {
    ((gram & COUNTING).wrapping_mul(0x9e37_79b1) >> (u32::BITS - FILTER_BITS)) as usize
}

/// The bucket of a gram: a hash of its middle two bytes.
fn middle(gram: u32) -> usize {
    ((gram & 0x00ff_ff00).wrapping_mul(0x9e37_79b1) >> (u32::BITS - BUCKETS.trailing_zeros())) as usize
}

/// What a text may have for a gram's first and last byte, as far as it counts beyond what the gram says.
fn edges(gram: &Gram) -> impl Iterator<Item = (u32, u32)> + use<> {
    let any = |is_any: bool| 0..if is_any { EDGES } else { 1 };
    let (first, last) = (any(gram.mask & 0xff == 0), any(gram.mask >> 24 == 0));
    first.flat_map(move |first| last.clone().map(move |last| (first, last)))
}

/// The grams by which an anchor is known.
fn grams_of(anchor: u32, probe: &Probe) -> [(Gram, Site); STRIDE] {
    let text = probe.text.as_bytes();
    let beyond = u64::BITS.saturating_sub(8 * text.len() as u32) as u8;
    let head = eight(text);
    let gram_at = |at: i8| {
        let mut gram = Gram::default();
        for place in 0..GRAM {
            if let Some(byte) = place.checked_add_signed(at.into()).and_then(|place| text.get(place)) {
                gram.bytes |= u32::from(*byte) << (8 * place);
                gram.mask |= 0xff << (8 * place);
            }
        }
        (gram, Site { head, beyond, at, anchor })
    };
    let [odd, even] = probe.grams;
    [gram_at(odd), gram_at(even)]
}
