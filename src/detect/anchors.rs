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

use crate::model::commonness::commonness;
use crate::model::pattern::Probe;
use crate::model::scan::Hit;

/// Bytes of an anchor that the filter knows.
const GRAM: usize = 4;
/// Places from one that is looked up to the next.
const STRIDE: usize = 2;
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
    anchors: Vec<Anchor>,
    /// Of each anchor in turn.
    owners: Vec<T>,
    longest: usize,
    /// The furthest that a gram stands from the beginning of its anchor.
    lead: usize,
}

/// Grams whose middles have the same hash.
#[derive(Debug, Clone, Default)]
struct Bucket {
    /// What they have in common, and which bits of it those are.
    gram: u32,
    mask: u32,
    /// Which of all grams they are.
    start: u32,
    end: u32,
}

/// Four neighbouring bytes of an anchor.
#[derive(Debug, Clone, Copy)]
struct Gram {
    /// The bytes, and which bits of them count: what is outside of the anchor may be anything.
    bytes: u32,
    mask: u32,
    /// The first bytes of the anchor, and which bits of them are its.
    head: u64,
    head_mask: u64,
    /// The anchor, and where in it the gram begins: at -1, before it.
    anchor: u32,
    at: isize,
}

#[derive(Debug)]
struct Anchor {
    probe: Probe,
    /// Where in the list of all owners its own are.
    owners: Range<usize>,
}

impl<T: PartialEq> Anchors<T> {
    /// Takes probes and their owners. Several owners may share an anchor, and one anchor may stand inside another.
    pub fn new(probes: impl Iterator<Item = (Probe, T)>) -> Self {
        let mut probes: Vec<(Probe, T)> = probes.collect();
        // Of one anchor the owners stay in their order.
        probes.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut anchors = Vec::<Anchor>::with_capacity(probes.len());
        let mut owners = Vec::with_capacity(probes.len());
        for (probe, owner) in probes {
            match anchors.last_mut().filter(|last| last.probe == probe) {
                Some(_) if owners.last() == Some(&owner) => continue,
                Some(last) => last.owners.end += 1,
                None => anchors.push(Anchor { probe, owners: owners.len()..owners.len() + 1 }),
            }
            owners.push(owner);
        }
        let longest = anchors.iter().map(Anchor::len).max().unwrap_or(0);
        let grams: Vec<Gram> = (0..)
            .zip(&anchors)
            .flat_map(|(number, anchor)| rarest_grams(number, anchor.probe.text.as_bytes()))
            .collect();
        let mut anchors = Self {
            filter: Box::new([0; FILTER]),
            buckets: vec![Bucket::default(); BUCKETS],
            lead: grams.iter().map(|gram| gram.at.unsigned_abs()).max().unwrap_or(0),
            grams,
            anchors,
            owners,
            longest,
        };
        anchors.fill();
        anchors
    }

    fn fill(&mut self) {
        for gram in &self.grams {
            for (first, last) in edges(gram) {
                let bit = hash(gram.bytes | first | last << 24);
                self.filter[bit / 8] |= 1 << (bit % 8);
            }
        }
        self.grams.sort_by_key(|gram| middle(gram.bytes));
        for (at, gram) in (0..).zip(&self.grams) {
            let bucket = &mut self.buckets[middle(gram.bytes)];
            if bucket.end == 0 {
                *bucket = Bucket { gram: gram.bytes, mask: gram.mask, start: at, end: at };
            }
            bucket.mask &= gram.mask & !(bucket.gram ^ gram.bytes);
            bucket.end = at + 1;
        }
    }

    /// Number of anchors.
    pub fn count(&self) -> usize {
        self.anchors.len()
    }

    /// Whose an anchor is; none of one that is not in the list.
    pub fn owners(&self, anchor: usize) -> &[T] {
        self.anchors.get(anchor).map_or(&[], |anchor| &self.owners[anchor.owners.clone()])
    }

    /// The text of an anchor.
    pub fn text(&self, anchor: usize) -> Option<&[u8]> {
        self.anchors.get(anchor).map(|anchor| anchor.probe.text.as_bytes())
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

    /// Hands on the anchors whose gram is the one that stands at `at`. Kept out of the loop, which is faster small.
    #[inline(never)]
    fn compare(&self, gram: u32, bytes: &[u8], at: usize, stretch: &Range<usize>, sink: &mut dyn FnMut(Hit)) {
        let bucket = &self.buckets[middle(gram)];
        // Most are turned away here, which should not cost a look at the grams.
        if (bucket.gram ^ gram) & bucket.mask != 0 {
            return;
        }
        for known in &self.grams[bucket.start as usize..bucket.end as usize] {
            let Some(start) = at.checked_add_signed(-known.at) else { continue };
            if (eight(bytes.get(start..).unwrap_or_default()) ^ known.head) & known.head_mask != 0 {
                continue;
            }
            let anchor = &self.anchors[known.anchor as usize];
            let end = start + anchor.len();
            if stretch.contains(&start) && bytes.get(start..end).is_some_and(|bytes| anchor.is(bytes)) {
                sink(Hit { anchor: known.anchor as usize, span: start..end });
            }
        }
    }
}

impl Anchor {
    /// Bytes of its text and of what always follows it.
    fn len(&self) -> usize {
        self.probe.text.len() + self.probe.tail
    }

    fn is(&self, bytes: &[u8]) -> bool {
        let (text, tail) = bytes.split_at(self.probe.text.len());
        text == self.probe.text.as_bytes() && tail.iter().all(|byte| self.probe.class.contains(*byte))
    }
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

/// Of an anchor the grams that are least common in text: one at an even place, one at an odd. Their middle is in the anchor.
fn rarest_grams(anchor: u32, text: &[u8]) -> [Gram; STRIDE] {
    let byte = |at: isize| usize::try_from(at).ok().and_then(|at| text.get(at));
    let places = || 0..GRAM as isize;
    let rarity = |at: &isize| {
        let inside = |at: isize| at.clamp(0, text.len() as isize) as usize;
        commonness(&text[inside(*at)..inside(at + GRAM as isize)])
    };
    let head = &text[..text.len().min(size_of::<u64>())];
    // Behind the last place that has its middle in the text.
    let end = text.len() as isize - 2;
    let gram = |parity: isize| {
        let at = (parity..end).step_by(STRIDE).min_by_key(rarity).unwrap_or(parity);
        let part =
            |place: isize, of: fn(&u8) -> u8| byte(at + place).map_or(0, |byte| u32::from(of(byte)) << (8 * place));
        Gram {
            bytes: places().map(|place| part(place, |byte| *byte)).sum(),
            mask: places().map(|place| part(place, |_| u8::MAX)).sum(),
            head: eight(head),
            head_mask: u64::MAX.checked_shr(u64::BITS - 8 * head.len() as u32).unwrap_or(0),
            anchor,
            at,
        }
    };
    [gram(-1), gram(0)]
}
