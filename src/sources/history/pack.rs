//! A pack as a forest: which object is stored as a difference from which.
//!
//! Comes in: a pack and its index, hostile until parsed. Goes out: the entries, each with its children, so that a walk from
//! the roots meets every base before what is built on it. gix-pack reads the formats.

use std::path::Path;

use git2::{ObjectType, Oid};
use gix_pack::data::entry::Header;
use gix_pack::{data, index};

/// Bytes before the first entry.
const HEADER: u64 = 12;
/// No entry.
const NONE: u32 = u32::MAX;

/// A pack, mapped into memory.
pub struct Pack {
    data: data::File,
    index: index::File,
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
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole(ObjectType),
    Delta,
    Unreadable,
}

/// All entries of a pack, and where to begin.
pub struct Forest {
    entries: Vec<Entry>,
    /// Entries that are stored whole, heaviest trees first.
    pub roots: Vec<u32>,
    /// Objects whose entry, or whose base's, is not to be read here.
    pub orphans: Vec<Oid>,
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
    pub fn is_sound(&self) -> bool {
        let entries = HEADER..self.data.pack_end() as u64;
        (0..self.count()).all(|position| entries.contains(&self.index.pack_offset_at_index(position)))
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
        self.id_at(entry.in_index)
    }

    fn id_at(&self, position: u32) -> Oid {
        Oid::from_bytes(self.index.oid_at_index(position).as_bytes()).unwrap_or(Oid::ZERO_SHA1)
    }

    /// Compressed bytes of an entry, and what follows them.
    pub fn compressed(&self, entry: &Entry) -> &[u8] {
        let end = self.data.pack_end() as u64;
        self.data.entry_slice(entry.data_offset.min(end)..end).unwrap_or_default()
    }

    /// Reads the header of every entry and links each to its base.
    pub fn forest(&self) -> Forest {
        let mut order: Vec<(u64, u32)> =
            (0..self.count()).map(|position| (self.index.pack_offset_at_index(position), position)).collect();
        order.sort_unstable();
        let at_offset = |offset: u64| order.binary_search_by_key(&offset, |(offset, _)| *offset).ok();
        let mut entries = Vec::with_capacity(order.len());
        let mut bases = Vec::with_capacity(order.len());
        for (offset, in_index) in &order {
            let header = self.data.entry(*offset).ok();
            let (kind, base) = match header.as_ref().map(|entry| entry.header) {
                None => (Kind::Unreadable, None),
                Some(Header::Commit) => (Kind::Whole(ObjectType::Commit), None),
                Some(Header::Tree) => (Kind::Whole(ObjectType::Tree), None),
                Some(Header::Blob) => (Kind::Whole(ObjectType::Blob), None),
                Some(Header::Tag) => (Kind::Whole(ObjectType::Tag), None),
                Some(Header::OfsDelta { base_distance }) => {
                    (Kind::Delta, offset.checked_sub(base_distance).and_then(at_offset))
                }
                Some(Header::RefDelta { base_id }) => {
                    let base = self.index.lookup(base_id).map(|position| self.index.pack_offset_at_index(position));
                    (Kind::Delta, base.and_then(at_offset))
                }
            };
            bases.push(base.map_or(NONE, |base| u32::try_from(base).unwrap_or(NONE)));
            let (data_offset, size) = header.map_or((0, 0), |entry| (entry.data_offset, entry.decompressed_size));
            let (first_child, next_sibling) = (NONE, NONE);
            entries.push(Entry { data_offset, size, in_index: *in_index, first_child, next_sibling, weight: 1, kind });
        }
        self.link(entries, &bases)
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
        let is_root = |entry: &Entry| matches!(entry.kind, Kind::Whole(_));
        let mut roots: Vec<u32> = (0..).zip(&entries).filter(|(_, entry)| is_root(entry)).map(|(at, _)| at).collect();
        let mut reached = vec![false; entries.len()];
        let mut open = roots.clone();
        while let Some(at) = open.pop() {
            reached[at as usize] = true;
            open.extend(Children { entries: &entries, next: entries[at as usize].first_child });
        }
        let orphans =
            entries.iter().zip(&reached).filter(|(_, reached)| !**reached).map(|(entry, _)| self.id(entry)).collect();
        roots.sort_by_key(|root| std::cmp::Reverse(entries[*root as usize].weight));
        Forest { entries, roots, orphans }
    }
}

impl Forest {
    /// One entry.
    pub fn entry(&self, at: u32) -> &Entry {
        &self.entries[at as usize]
    }

    /// The type of a root, and so of all in its tree.
    pub fn kind(&self, root: u32) -> ObjectType {
        match self.entry(root).kind {
            Kind::Whole(kind) => kind,
            Kind::Delta | Kind::Unreadable => ObjectType::Any,
        }
    }

    /// What is built directly on an entry, heaviest tree first.
    pub fn children(&self, at: u32) -> Vec<u32> {
        let mut children: Vec<u32> = Children { entries: &self.entries, next: self.entry(at).first_child }.collect();
        children.sort_by_key(|child| std::cmp::Reverse(self.entry(*child).weight));
        children
    }
}

struct Children<'a> {
    entries: &'a [Entry],
    next: u32,
}

impl Iterator for Children<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let at = (self.next != NONE).then_some(self.next)?;
        self.next = self.entries[at as usize].next_sibling;
        Some(at)
    }
}
