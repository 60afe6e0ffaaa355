//! Ids cut short, to be asked for quickly.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;

use git2::Oid;

/// An id as its bytes. libgit2 would be called to make an [`Oid`] of them, and to compare two.
pub type Id = [u8; 20];

/// The id that these bytes are.
pub fn id(bytes: &[u8]) -> Id {
    bytes.try_into().unwrap_or_default()
}

/// The first bytes of an id, which tell objects apart well enough where too many is no harm.
pub type Key = u64;

/// The key of an id, given as bytes.
pub fn key(id: &[u8]) -> Key {
    id.first_chunk().map_or(0, |first| Key::from_be_bytes(*first))
}

/// Which of two ids, given as bytes, comes first. libgit2 would be called to compare them as [`Oid`]s, and most differ in their
/// first bytes.
pub fn compare(one: &[u8], other: &[u8]) -> Ordering {
    key(one).cmp(&key(other)).then_with(|| one.cmp(other))
}

/// A set of keys that is asked for far more keys than it has.
#[derive(Debug)]
pub struct Keys {
    /// One bit for each start of a key, so that most questions are answered without a search.
    starts: Box<[u64]>,
    /// How far to shift a key to have its start.
    shift: u32,
    all: HashSet<Key>,
}

impl Keys {
    /// Bits of a key's start, at least and at most.
    const START: std::ops::RangeInclusive<u32> = 12..=20;
    /// Bits of the start beyond those that number the keys: so few starts are set.
    const SPARE: u32 = 6;

    /// No keys yet; about so many will come.
    pub fn with_capacity(count: usize) -> Self {
        let bits = (count.max(1).ilog2() + Self::SPARE).clamp(*Self::START.start(), *Self::START.end());
        Self { starts: vec![0; 1 << (bits - 6)].into(), shift: Key::BITS - bits, all: HashSet::new() }
    }

    /// The keys of these ids.
    pub fn of<'a>(ids: impl ExactSizeIterator<Item = &'a Oid>) -> Self {
        let mut keys = Self::with_capacity(ids.len());
        ids.for_each(|id| {
            keys.insert(key(id.as_bytes()));
        });
        keys
    }

    /// Adds a key; says whether it is new.
    pub fn insert(&mut self, key: Key) -> bool {
        let start = key >> self.shift;
        self.starts[(start / 64) as usize] |= 1 << (start % 64);
        self.all.insert(key)
    }

    /// Whether a key is among them.
    #[inline]
    pub fn contains(&self, key: Key) -> bool {
        let start = key >> self.shift;
        self.starts[(start / 64) as usize] & 1 << (start % 64) != 0 && self.all.contains(&key)
    }
}

/// The first two bytes of an id.
pub fn start(id: &[u8]) -> u16 {
    id.first_chunk().map_or(0, |first| u16::from_be_bytes(*first))
}

/// Where in a sorted list, of ids or of other numbers, those begin that start with these two bytes.
pub struct Starts(Vec<u32>);

impl Starts {
    /// Of the starts of all, in any order.
    pub fn new(all: impl Iterator<Item = u16>) -> Self {
        let mut starts = vec![0; (1 << 16) + 1];
        all.for_each(|start| starts[usize::from(start) + 1] += 1);
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self(starts)
    }

    /// The part of the list in which all start so.
    pub fn of(&self, start: u16) -> Range<usize> {
        let start = usize::from(start);
        self.0[start] as usize..self.0[start + 1] as usize
    }
}
