//! Builds every object of a pack, each from its base's bytes, which are at hand since the base was built just before.
//!
//! Comes in: a pack, and a [`Visitor`] that is shown each object. Goes out: what the visitor found. It must not know what
//! objects mean.
//!
//! Memory: of each tree of differences the heaviest child comes last, and a text is let go when its last child is built. So
//! a walk holds at most one text for each time that the weight of a tree can be halved: the binary logarithm of the objects
//! in the pack. A heavy tree is shared between workers where it branches, and each then has a walk of its own. A worker that
//! finds nobody to share with walks the light branches before the heavy one, and so keeps to this too.

use std::sync::{Arc, Mutex, PoisonError};

use libdeflater::Decompressor;
use rayon::prelude::*;

use super::delta::{self, Run};
use super::pack::{Forest, Pack};

/// Deflate cannot shrink by more than this; a larger claim is a lie.
const MOST_INFLATION: u64 = 1_040;
/// Objects of more bytes are not built even where smaller ones are built on them, unless the limit is higher.
pub const LARGEST_BASE: u64 = 1 << 30;
/// Room for so many texts is kept, each at most so large.
const SPARES: usize = 8;
const LARGEST_SPARE: usize = 1 << 20;
/// Room behind the end of what is inflated, and bytes handed over behind the end of a stream: libdeflate is at its quickest
/// only where this much is left of both, and most entries are short.
const ROOM: usize = 320;
const BEYOND: u64 = 64;
/// Light trees that one worker takes at a time.
const TREES: usize = 32;
/// A tree of so many objects is work enough by itself.
const LIGHT: u32 = 32;
/// Where two branches both have so many objects, they are walked side by side.
const HEAVY: u32 = 2_048;
/// Branchings within branchings that are walked so. Each takes room on the stack, and a hostile pack may have thousands.
const FORKS: usize = 64;

/// What is done with the objects.
pub trait Visitor: Sync {
    /// What is kept of an object while others are built on it.
    type Text: AsRef<[u8]> + Into<Vec<u8>> + Send + Sync;
    /// What a worker finds.
    type Found: Default + Send;

    /// Whether an object that is stored whole is to be built, and all that is built on it.
    fn wants(&self, root: u32) -> bool;

    /// Of an object on which nothing is built, how much it must see of what was copied from its base: so many bytes at both ends
    /// of each stretch. Most of such a text is not looked at, and need not be put together.
    fn edge(&self, at: u32) -> usize;

    /// Looks at an object. One over the limit is built where others are built on it, and is only to be kept for those.
    fn visit(&self, built: Built<'_, Self::Text>, found: &mut Self::Found) -> Self::Text;

    /// Is told of an object that is not built, and nothing on it.
    fn refuse(&self, at: u32, refusal: Refusal, found: &mut Self::Found);

    /// Joins what two workers found.
    fn join(&self, left: Self::Found, right: Self::Found) -> Self::Found;
}

/// An object as it was built.
pub struct Built<'a, T> {
    /// Its place in the forest.
    pub at: u32,
    /// Its bytes; if it is the last and was built on something, not all: see [`Visitor::edge`].
    pub bytes: Vec<u8>,
    /// What it was built on, if it is stored as a difference.
    pub base: Option<&'a Base<T>>,
    /// Which of its bytes are the base's.
    pub runs: &'a [Run],
    /// Whether nothing is built on it.
    pub is_last: bool,
}

/// An object that others are built on.
pub struct Base<T> {
    /// Its place in the forest.
    pub at: u32,
    /// What was kept of it.
    pub text: T,
}

/// Why an object is not built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It has this many bytes: more than the limit or, where others are built on it, than [`LARGEST_BASE`] too.
    TooLarge(u64),
    /// It claims this many bytes, more than the limit, and cannot have them.
    Lying(u64),
    /// Its entry cannot be read.
    Broken,
}

/// One pack and what is done with it.
pub struct Rebuilder<'a, V> {
    /// The pack.
    pub pack: &'a Pack,
    /// Its entries.
    pub forest: &'a Forest,
    /// Objects of more bytes are not to be read.
    pub limit: u64,
    /// Looks at each object.
    pub visitor: &'a V,
}

/// What a worker has at hand and what it found so far.
#[derive(Default)]
struct Hands<F> {
    inflater: Inflater,
    found: F,
}

/// What no worker has at the moment. Work comes in many small parts, to which this would be made anew.
struct Idle<F>(Mutex<Vec<Hands<F>>>);

impl<F> Default for Idle<F> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<F: Default> Idle<F> {
    fn take(&self) -> Hands<F> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give(&self, mut hands: Hands<F>) {
        hands.inflater.large = Vec::new();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(hands);
    }

    fn into_found(self) -> impl Iterator<Item = F> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().map(|hands| hands.found)
    }
}

/// Entries to be built, and what each is built on.
type Open<T> = Vec<(u32, Option<Arc<Base<T>>>)>;

impl<V: Visitor> Rebuilder<'_, V> {
    /// Shows every object to the visitor.
    pub fn run(&self) -> V::Found {
        let idle = Idle::default();
        let is_heavy = |root: &u32| self.forest.weight(*root) > LIGHT;
        let (heavy, light) = self.forest.roots.split_at(self.forest.roots.partition_point(is_heavy));
        heavy.par_chunks(1).chain(light.par_chunks(TREES)).for_each(|roots| {
            let mut hands = idle.take();
            for root in roots.iter().filter(|root| self.visitor.wants(**root)) {
                hands.inflater.large = Vec::new();
                self.walk(vec![(*root, None)], FORKS, &mut hands, &idle);
            }
            idle.give(hands);
        });
        let found = idle.into_found();
        found.reduce(|left, right| self.visitor.join(left, right)).unwrap_or_default()
    }

    fn walk(&self, mut open: Open<V::Text>, forks: usize, hands: &mut Hands<V::Found>, idle: &Idle<V::Found>) {
        while let Some((at, base)) = open.pop() {
            let built = self.build(at, base.as_deref(), hands);
            if let Some(Base { text, .. }) = base.and_then(Arc::into_inner) {
                hands.inflater.spare(text.into());
            }
            match built {
                Err(refusal) => self.visitor.refuse(at, refusal, &mut hands.found),
                Ok(text) => {
                    if self.forest.is_last(at) {
                        hands.inflater.spare(text.into());
                        continue;
                    }
                    let base = Arc::new(Base { at, text });
                    let first = open.len();
                    open.extend(self.forest.children(at).map(|child| (child, Some(Arc::clone(&base)))));
                    // The heaviest comes last.
                    let weight = |at: u32| std::cmp::Reverse(self.forest.weight(at));
                    open[first..].sort_by_key(|(child, _)| weight(*child));
                    let is_heavy = |(at, _): &(u32, _)| self.forest.weight(*at) >= HEAVY;
                    if forks > 0 && open.get(first + 1).is_some_and(is_heavy) {
                        let others = open.split_off(first + 1);
                        let heaviest = open.split_off(first);
                        drop(base);
                        self.walk_both((heaviest, others), forks - 1, hands, idle);
                    }
                }
            }
        }
    }

    /// Walks the heaviest branch and the others side by side, or, where no other worker is free, the others first: while they
    /// are open their base is held, and along the heaviest branch there may be thousands of such bases.
    fn walk_both(
        &self,
        (heaviest, others): (Open<V::Text>, Open<V::Text>),
        forks: usize,
        hands: &mut Hands<V::Found>,
        idle: &Idle<V::Found>,
    ) {
        rayon::join(
            || {
                let mut other = idle.take();
                self.walk(others, forks, &mut other, idle);
                idle.give(other);
            },
            || self.walk(heaviest, forks, hands, idle),
        );
    }

    /// Builds one object and shows it to the visitor.
    fn build(
        &self,
        at: u32,
        base: Option<&Base<V::Text>>,
        Hands { inflater, found }: &mut Hands<V::Found>,
    ) -> Result<V::Text, Refusal> {
        let entry = self.forest.entry(at);
        let is_last = self.forest.is_last(at);
        let limit = if is_last { self.limit } else { self.limit.max(LARGEST_BASE) };
        let compressed = self.pack.compressed(self.forest, at, BEYOND);
        if entry.size > limit {
            let is_plausible = entry.size <= most_inflated(compressed);
            return Err(if is_plausible { Refusal::TooLarge(entry.size) } else { Refusal::Lying(entry.size) });
        }
        let built = match base {
            None => {
                let mut bytes = inflater.room(entry.size);
                let size = inflater.inflate(compressed, entry.size, &mut bytes).ok_or(Refusal::Broken)?;
                bytes.truncate(size);
                self.visitor.visit(Built { at, bytes, base, runs: &[], is_last }, found)
            }
            Some(base) => {
                let mut room = std::mem::take(&mut inflater.delta);
                let size = inflater.inflate(compressed, entry.size, &mut room).ok_or(Refusal::Broken)?;
                let delta = &room[..size];
                let size = delta::target_size(delta).ok_or(Refusal::Broken)?;
                if size > limit {
                    let is_true = delta::keeps_its_word(base.text.as_ref().len(), delta);
                    return Err(if is_true { Refusal::TooLarge(size) } else { Refusal::Lying(size) });
                }
                let mut bytes = inflater.room(size);
                let runs = &mut inflater.runs;
                let edge = if is_last { self.visitor.edge(at) } else { usize::MAX };
                delta::apply_edges(base.text.as_ref(), delta, limit, edge, &mut bytes, runs).ok_or(Refusal::Broken)?;
                inflater.delta = room;
                self.visitor.visit(Built { at, bytes, base: Some(base), runs, is_last }, found)
            }
        };
        Ok(built)
    }
}

/// More than these bytes can hold.
fn most_inflated(compressed: &[u8]) -> u64 {
    (compressed.len() as u64).saturating_mul(MOST_INFLATION)
}

/// Inflates entries.
#[derive(Default)]
struct Inflater {
    /// For streams that begin with git's own choice of codes for short texts. Such tables are the same each time and stay
    /// built, if no other stream comes between.
    fixed: Decompressor,
    /// For all others.
    dynamic: Decompressor,
    /// Room for a delta, used again and again.
    delta: Vec<u8>,
    /// Room for runs, used again and again.
    runs: Vec<Run>,
    /// Room for texts: that of some that are no longer needed.
    spares: Vec<Vec<u8>>,
    /// Room for a text that is larger than those, until the tree that it is of ends. Of many small differences from a large
    /// text on which nothing is built, most of each text is not even written.
    large: Vec<u8>,
}

impl Inflater {
    /// Keeps the room of a text for another; what was kept longest makes way for it.
    fn spare(&mut self, text: Vec<u8>) {
        if text.capacity() > LARGEST_SPARE {
            self.large = text;
            return;
        }
        if self.spares.len() == SPARES {
            self.spares.remove(0);
        }
        self.spares.push(text);
    }

    /// Room for a text of `size` bytes, if there is any to spare.
    fn room(&mut self, size: u64) -> Vec<u8> {
        let size = size.saturating_add(ROOM as u64);
        if size > LARGEST_SPARE as u64 {
            return std::mem::take(&mut self.large);
        }
        let fitting = self.spares.iter().rposition(|spare| spare.capacity() as u64 >= size);
        fitting.map_or_else(Vec::new, |at| self.spares.remove(at))
    }

    /// Fills the first bytes of `bytes` with an entry's object or delta, of `size` bytes, and says how many those are; none if it
    /// does not hold just that many.
    fn inflate(&mut self, compressed: &[u8], size: u64, bytes: &mut Vec<u8>) -> Option<usize> {
        if size > most_inflated(compressed) {
            return None;
        }
        let size = usize::try_from(size).ok()?;
        let with_room = size.checked_add(ROOM)?;
        delta::make_room(bytes, with_room)?;
        if bytes.len() < with_room {
            bytes.resize(with_room, 0);
        }
        // The first block's type stands behind the stream's header of two bytes and a bit.
        let is_fixed = compressed.get(2).is_some_and(|byte| byte >> 1 & 3 == 1);
        let decompressor = if is_fixed { &mut self.fixed } else { &mut self.dynamic };
        let written = decompressor.zlib_decompress(compressed, &mut bytes[..with_room]).ok()?;
        (written == size).then_some(size)
    }
}
