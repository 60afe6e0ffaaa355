//! A pack as a forest: which object is stored as a difference from which.
//!
//! Comes in: a pack and its index, hostile until parsed. Goes out: the entries, each with its children, so that a walk from
//! the roots meets every base before what is built on it. gix-pack reads the formats.

use std::path::Path;

use git2::{ObjectType, Oid};
use gix_pack::data::entry::Header;
use gix_pack::{data, index};

use super::keys::Starts;

/// Bytes before the first entry.
const HEADER: u64 = 12;
/// No entry.
const NONE: u32 = u32::MAX;

/// A pack, mapped into memory.
pub struct Pack {
    data: data::File,
    index: index::File,
}

/// The index of a pack without the pack: enough where objects are only named. All that was read of the pack leaves memory.
pub struct Listing(index::File);

impl From<Pack> for Listing {
    fn from(pack: Pack) -> Self {
        Self(pack.index)
    }
}

impl Listing {
    /// The id of an entry as bytes.
    pub fn raw_id(&self, entry: &Entry) -> &[u8] {
        raw_id(&self.0, entry)
    }
}

fn raw_id<'a>(index: &'a index::File, entry: &Entry) -> &'a [u8] {
    index.oid_at_index(entry.in_index).as_bytes()
}

/// An object's entry in a pack.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Where its compressed bytes begin.
    data_offset: u64,
    /// Inflated size of those bytes: the object's, or its delta's.
    pub size: u64,
    /// Its place in the index, which has its id.
    in_index: u32,
    first_child: u32,
    next_sibling: u32,
    /// Entries in its tree, itself included.
    weight: u32,
    /// The object's type, which is its base's; [`ObjectType::Any`] where that is not known.
    kind: ObjectType,
}

/// All entries of a pack, and where to begin.
pub struct Forest {
    entries: Vec<Entry>,
    /// Entries that are stored whole, heaviest trees first.
    pub roots: Vec<u32>,
    /// Objects whose entry, or whose base's, is not to be read here.
    pub orphans: Vec<Oid>,
    /// Whether what bases there are leads in a circle: libgit2 would follow it for ever.
    pub is_circular: bool,
}

impl Pack {
    /// Opens the pack beside an index. Fails with the reason, in a few words.
    pub fn open(index: &Path) -> Result<Self, String> {
        let hash = gix_hash::Kind::Sha1;
        let data = data::File::at(index.with_extension("pack"), hash).map_err(|error| error.to_string())?;
        let index = index::File::at(index, hash).map_err(|error| error.to_string())?;
        Ok(Self { data, index })
    }

    /// Whether every entry that the index names lies within the pack. libgit2 relies on that without a look.
    pub fn is_within(&self) -> bool {
        let within = HEADER..self.data.pack_end() as u64;
        (0..self.count()).all(|position| within.contains(&self.index.pack_offset_at_index(position)))
    }

    /// What in the index would let another reader find another object under an id, or miss one that is there.
    pub fn disorder(&self) -> Option<&'static str> {
        if self.data.num_objects() != self.count() {
            return Some("it and the pack differ in the number of objects");
        }
        let id = |position| self.index.oid_at_index(position);
        if !(1..self.count()).all(|position| id(position - 1) < id(position)) {
            return Some("ids are out of order in it");
        }
        // If its table leads to the first and the last of the ids that begin with a byte, it leads to all between.
        let begins = |position: u32| position == 0 || id(position - 1).first_byte() != id(position).first_byte();
        let is_end = |position: u32| begins(position) || position + 1 == self.count() || begins(position + 1);
        let is_found = |position: u32| self.index.lookup(id(position)) == Some(position);
        let is_whole = (0..self.count()).filter(|position| is_end(*position)).all(is_found);
        (!is_whole).then_some("its table does not lead to all ids")
    }

    /// Whether the pack has this object.
    pub fn contains(&self, id: Oid) -> bool {
        gix_hash::oid::try_from_bytes(id.as_bytes()).is_ok_and(|id| self.index.lookup(id).is_some())
    }

    /// Number of objects.
    pub fn count(&self) -> u32 {
        self.index.num_objects()
    }

    /// The id of an entry.
    pub fn id(&self, entry: &Entry) -> Oid {
        Oid::from_bytes(raw_id(&self.index, entry)).unwrap_or(Oid::ZERO_SHA1)
    }

    /// Compressed bytes of an entry, the header of the next, and `beyond` bytes more, as far as the pack has them.
    pub fn compressed(&self, forest: &Forest, at: u32, beyond: u64) -> &[u8] {
        let end = self.data.pack_end() as u64;
        let start = forest.entry(at).data_offset.min(end);
        // Were this the rest of the pack, each of a thousand entries could claim to be as large as all of it inflated.
        let end = forest
            .entries
            .get(at as usize + 1)
            .map_or(end, |next| next.data_offset.saturating_add(beyond).clamp(start, end));
        self.data.entry_slice(start..end).unwrap_or_default()
    }

    /// Reads the header of every entry and links each to its base. None if the index names an entry outside of the pack:
    /// libgit2 relies on that without a look.
    pub fn forest(&self) -> Option<Forest> {
        let mut order: Vec<(u64, u32)> =
            (0..self.count()).map(|position| (self.index.pack_offset_at_index(position), position)).collect();
        order.sort_unstable();
        let within = HEADER..self.data.pack_end() as u64;
        if !order.iter().all(|(offset, _)| within.contains(offset)) {
            return None;
        }
        // A base is looked for where the highest bits are the same: in the whole list it would take twice as long.
        let shift = within.end.leading_zeros();
        let start = |offset: u64| (offset << shift >> (u64::BITS - u16::BITS)) as u16;
        let starts = Starts::new(order.iter().map(|(offset, _)| start(*offset)));
        let at_offset = |offset: u64| {
            let near = starts.of(start(offset));
            let at = order[near.clone()].binary_search_by_key(&offset, |(offset, _)| *offset).ok()?;
            Some(near.start + at)
        };
        let mut entries = Vec::with_capacity(order.len());
        let mut bases = Vec::with_capacity(order.len());
        let mut is_circular = false;
        for (offset, in_index) in &order {
            let header = self.data.entry(*offset).ok();
            let (kind, base) = match header.as_ref().map(|entry| entry.header) {
                None => (ObjectType::Any, None),
                Some(Header::Commit) => (ObjectType::Commit, None),
                Some(Header::Tree) => (ObjectType::Tree, None),
                Some(Header::Blob) => (ObjectType::Blob, None),
                Some(Header::Tag) => (ObjectType::Tag, None),
                Some(Header::OfsDelta { base_distance }) => {
                    let base = offset.checked_sub(base_distance);
                    let at = base.and_then(at_offset);
                    is_circular |= at.is_none() && base.is_some_and(|base| self.leads_astray(base));
                    (ObjectType::Any, at)
                }
                Some(Header::RefDelta { base_id }) => {
                    let base = self.index.lookup(base_id).map(|position| self.index.pack_offset_at_index(position));
                    (ObjectType::Any, base.and_then(at_offset))
                }
            };
            bases.push(base.map_or(NONE, |base| u32::try_from(base).unwrap_or(NONE)));
            let (data_offset, size) = header.map_or((*offset, 0), |entry| (entry.data_offset, entry.decompressed_size));
            let (first_child, next_sibling) = (NONE, NONE);
            entries.push(Entry { data_offset, size, in_index: *in_index, first_child, next_sibling, weight: 1, kind });
        }
        is_circular |= has_circle(&bases);
        Some(Forest { is_circular, ..self.link(entries, &bases) })
    }

    /// Whether a delta stands, or seems to, where no entry begins. From there a reader that does not ask the index may be
    /// led anywhere, back to where it came from too.
    fn leads_astray(&self, offset: u64) -> bool {
        let header = self.data.entry(offset).map(|entry| entry.header);
        matches!(header, Ok(Header::OfsDelta { .. } | Header::RefDelta { .. }))
    }

    /// Makes trees of the entries. What is in no tree (its base is elsewhere, or it is its own ancestor) is an orphan.
    fn link(&self, mut entries: Vec<Entry>, bases: &[u32]) -> Forest {
        // Bases stand before what is built on them, but for the deltas by reference: those get their weight too late, which
        // costs memory in the walk and nothing else.
        for (child, base) in bases.iter().enumerate().rev().filter(|(_, base)| **base != NONE) {
            let base = *base as usize;
            entries[child].next_sibling = entries[base].first_child;
            entries[base].first_child = child as u32;
            entries[base].weight = entries[base].weight.saturating_add(entries[child].weight);
        }
        let is_root = |entry: &Entry| entry.kind != ObjectType::Any;
        let mut roots: Vec<u32> = (0..).zip(&entries).filter(|(_, entry)| is_root(entry)).map(|(at, _)| at).collect();
        let mut reached = vec![false; entries.len()];
        let mut open = roots.clone();
        while let Some(at) = open.pop() {
            reached[at as usize] = true;
            let kind = entries[at as usize].kind;
            let mut child = entries[at as usize].first_child;
            while child != NONE {
                entries[child as usize].kind = kind;
                open.push(child);
                child = entries[child as usize].next_sibling;
            }
        }
        let orphans =
            entries.iter().zip(&reached).filter(|(_, reached)| !**reached).map(|(entry, _)| self.id(entry)).collect();
        roots.sort_by_key(|root| std::cmp::Reverse(entries[*root as usize].weight));
        Forest { entries, roots, orphans, is_circular: false }
    }
}

/// Whether one who goes from base to base comes by an entry twice.
fn has_circle(bases: &[u32]) -> bool {
    // Deltas by offset lead back only; without others there is no circle.
    if bases.iter().zip(0..).all(|(base, at)| *base == NONE || *base < at) {
        return false;
    }
    let mut met_from = vec![NONE; bases.len()];
    for start in 0..bases.len() as u32 {
        let mut at = start;
        while at != NONE && met_from[at as usize] == NONE {
            met_from[at as usize] = start;
            at = bases[at as usize];
        }
        if at != NONE && met_from[at as usize] == start {
            return true;
        }
    }
    false
}

impl Forest {
    /// One entry.
    pub fn entry(&self, at: u32) -> &Entry {
        &self.entries[at as usize]
    }

    /// The type of an object.
    pub fn kind(&self, at: u32) -> ObjectType {
        self.entry(at).kind
    }

    /// Entries in the tree that begins at this one.
    pub fn weight(&self, at: u32) -> u32 {
        self.entry(at).weight
    }

    /// Whether nothing is built on an entry.
    pub fn is_last(&self, at: u32) -> bool {
        self.entry(at).first_child == NONE
    }

    /// Number of entries.
    pub fn count(&self) -> u32 {
        self.entries.len() as u32
    }

    /// What is built directly on an entry.
    pub fn children(&self, at: u32) -> impl Iterator<Item = u32> {
        let present = |at: u32| (at != NONE).then_some(at);
        std::iter::successors(present(self.entry(at).first_child), move |at| present(self.entry(*at).next_sibling))
    }
}
