//! Which trees may hold which objects, noted while trees are built anyway.
//!
//! Comes in: the bytes of each tree that its base does not have. Goes out: for wanted objects the trees that may lead to
//! them; never too few, at times too many. An id stands behind a NUL, so every 20 bytes behind one count as an id: what a
//! tree has of those it either has from its base or was noted for it. The notes take less memory than the ids take room in
//! the pack.

use std::collections::HashSet;

use git2::Oid;

/// Bytes of an object id.
const ID: usize = 20;

/// The first bytes of an id, which tell objects apart well enough where too many is no harm.
pub type Key = u64;

/// The key of an id.
pub fn key(id: Oid) -> Key {
    key_of(id.as_bytes())
}

/// The key of the id that stands at a place.
pub fn key_at(bytes: &[u8], at: usize) -> Key {
    key_of(&bytes[at..at + ID])
}

fn key_of(id: &[u8]) -> Key {
    id.first_chunk().map_or(0, |first| Key::from_be_bytes(*first))
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

/// What may be in what.
#[derive(Debug, Default)]
pub struct Links {
    /// Trees, and how many of `held` are each one's.
    trees: Vec<(Key, u32)>,
    /// What the trees may hold, one tree's after the other's.
    held: Vec<Key>,
}

impl Links {
    /// Notes a tree: what it is built on, whose ids it may share, and the ids that touch a changed stretch of it.
    pub fn note(&mut self, tree: Oid, base: Option<Oid>, bytes: &[u8], changed: &[(usize, usize)]) {
        let before = self.held.len();
        self.held.extend(base.map(key));
        self.held.extend(ids(bytes, changed).map(|at| key_at(bytes, at)));
        self.trees.push((key(tree), (self.held.len() - before) as u32));
    }

    /// Joins what another worker noted.
    pub fn absorb(&mut self, mut other: Self) {
        if self.trees.is_empty() {
            std::mem::swap(self, &mut other);
        }
        self.trees.append(&mut other.trees);
        self.held.append(&mut other.held);
    }

    /// Every tree that may lead to one of the wanted blobs or trees. A tree is noted behind what it is built on but not
    /// behind what it holds, so this looks as often as folders are deep, and once more.
    pub fn leading_to(&self, blobs: &Keys, trees: impl Iterator<Item = Key>) -> Keys {
        let mut leading = Keys::with_capacity(self.trees.len());
        trees.for_each(|tree| {
            leading.insert(tree);
        });
        let mut grows = true;
        while grows {
            grows = false;
            let mut rest = self.held.as_slice();
            for (tree, count) in &self.trees {
                let (held, others) = rest.split_at(*count as usize);
                rest = others;
                if !leading.contains(*tree) && held.iter().any(|key| leading.contains(*key) || blobs.contains(*key)) {
                    grows |= leading.insert(*tree);
                }
            }
        }
        leading
    }
}

/// Where in a tree the ids begin, or what looks like one, that touch one of the stretches.
pub fn ids<'a>(bytes: &'a [u8], stretches: &'a [(usize, usize)]) -> impl Iterator<Item = usize> + 'a {
    let mut done = 1;
    stretches.iter().flat_map(move |(start, end)| {
        let first = start.saturating_sub(ID - 1).max(done);
        let last = (*end).min(bytes.len().saturating_sub(ID));
        done = done.max(last + 1);
        (first..=last).filter(|at| bytes[at - 1] == 0)
    })
}
