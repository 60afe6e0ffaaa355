//! Which entries of a tree matter, told as what changed since the tree that it is built on.
//!
//! Comes in: a tree's bytes, what of them was copied from where, and which entries matter. Goes out: its [`Outline`], which is
//! needed while others are built on the tree, and the [`Edit`]s that make it from its base's, which are kept. Most trees
//! differ from their base in a file that matters to nobody: they cost no edit.

use std::ops::Range;

use git2::Oid;

use super::delta::Run;
use super::objects::{self, EntryKind, TreeEntry};

/// Where the entries of a tree stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Where each entry begins, and where the last one ends.
    starts: Vec<u32>,
    /// Where those begin that matter, which are the tree's items.
    items: Vec<u32>,
}

/// An entry that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The blob or tree.
    pub id: Oid,
    /// Whether it is a tree.
    pub is_folder: bool,
    /// Whether its name matched.
    pub is_named: bool,
    /// Where [`Outlines`] has its name.
    name: (usize, u32),
}

/// A step from a base's items to a tree's. Behind the last step the rest of the base's items are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// So many of the base's items are kept,
    keep: u32,
    /// then this one comes in,
    add: Option<Item>,
    /// then so many of the base's are left out.
    drop: u32,
}

/// A tree and its edits.
#[derive(Debug, Clone, Copy)]
pub struct Outlined {
    /// Its place in the forest.
    pub at: u32,
    /// The place of the tree that the edits start from; without one they start from nothing.
    pub base: Option<u32>,
    /// How many edits it has.
    count: u32,
}

/// The outlines of the trees in one pack.
#[derive(Debug, Default)]
pub struct Outlines {
    trees: Vec<Outlined>,
    /// One tree's after the other's.
    edits: Vec<Edit>,
    names: Vec<u8>,
    /// Whether there were more edits than are kept.
    pub is_cut: bool,
}

impl Outlines {
    /// More edits than this in a pack of so many objects are not kept: in real ones there are about as many as trees, but a
    /// difference of few bytes can turn a whole tree round.
    fn most_edits(objects: u32) -> usize {
        (1 << 20) + 4 * objects as usize
    }

    /// Notes a tree that is built on `base`: its place and outline, and the runs that the tree has of it. Of each entry that
    /// was not copied `matters` is asked; if it does, it says whether the name matched. `objects` are those of the pack.
    pub fn note(
        &mut self,
        objects: u32,
        at: u32,
        bytes: &[u8],
        base: Option<(u32, &Outline, &[Run])>,
        matters: impl FnMut(&TreeEntry<'_>) -> Option<bool>,
    ) -> Outline {
        let (first, first_name) = (self.edits.len(), self.names.len());
        let nothing = Outline::default();
        let (base_outline, runs) = base.map_or((&nothing, &[][..]), |(_, outline, runs)| (outline, runs));
        let mut sketch =
            Sketch { bytes, base: base_outline, outline: Outline::default(), met: 0, kept: 0, first, into: self };
        let end = sketch.follow(runs, matters);
        let outline = sketch.end(end);
        if self.edits.len() > Self::most_edits(objects) {
            self.edits.truncate(first);
            self.names.truncate(first_name);
            self.is_cut = true;
            return outline;
        }
        let count = (self.edits.len() - first) as u32;
        self.trees.push(Outlined { at, base: base.map(|(at, ..)| at), count });
        outline
    }

    /// Joins what another worker noted.
    pub fn absorb(&mut self, mut other: Self) {
        other.is_cut |= self.is_cut;
        if self.trees.is_empty() {
            *self = other;
            return;
        }
        self.is_cut = other.is_cut;
        let shift = self.names.len();
        other.edits.iter_mut().filter_map(|edit| edit.add.as_mut()).for_each(|item| item.name.0 += shift);
        self.trees.append(&mut other.trees);
        self.edits.append(&mut other.edits);
        self.names.append(&mut other.names);
    }

    /// Every tree and which of [`Outlines::item`]'s numbers are its edits'.
    pub fn trees(&self) -> impl Iterator<Item = (Outlined, Range<usize>)> + '_ {
        let mut end = 0;
        self.trees.iter().map(move |tree| {
            let start = end;
            end += tree.count as usize;
            (*tree, start..end)
        })
    }

    /// Number of edits.
    pub fn count(&self) -> usize {
        self.edits.len()
    }

    /// The item that an edit brings in.
    pub fn item(&self, edit: usize) -> Option<&Item> {
        self.edits[edit].add.as_ref()
    }

    /// The name of an item.
    pub fn name(&self, item: &Item) -> &[u8] {
        &self.names[item.name.0..][..item.name.1 as usize]
    }

    /// The items of a tree from its base's; each is told by the edit that brought it in.
    pub fn edited(&self, base: &[u32], edits: Range<usize>) -> Vec<u32> {
        let mut items = Vec::with_capacity(base.len() + edits.len());
        let mut rest = base;
        for at in edits {
            let Edit { keep, add, drop } = &self.edits[at];
            let (kept, others) = rest.split_at(*keep as usize);
            items.extend_from_slice(kept);
            if add.is_some() {
                items.push(at as u32);
            }
            rest = &others[*drop as usize..];
        }
        items.extend_from_slice(rest);
        items
    }
}

/// The outline of a tree in the making.
struct Sketch<'a> {
    bytes: &'a [u8],
    base: &'a Outline,
    outline: Outline,
    /// Items of the base that were kept or dropped.
    met: usize,
    /// Those that were kept since the last edit.
    kept: u32,
    /// Number of the tree's first edit.
    first: usize,
    into: &'a mut Outlines,
}

impl Sketch<'_> {
    /// Goes from entry to entry, in strides where they were copied. Says where the last one ends.
    fn follow(&mut self, runs: &[Run], mut matters: impl FnMut(&TreeEntry<'_>) -> Option<bool>) -> usize {
        let mut at = 0;
        let mut read = |sketch: &mut Self, at: &mut usize| {
            let entry = objects::tree_entry(sketch.bytes, *at).filter(|entry| u32::try_from(entry.span.end).is_ok());
            let Some(entry) = entry else { return false };
            sketch.outline.starts.push(*at as u32);
            *at = entry.span.end;
            if let Some(is_named) = matters(&entry) {
                sketch.add(&entry, is_named);
            }
            true
        };
        for run in runs {
            while at < run.end() {
                if let Some(next) = self.copied(at, run) {
                    at = next;
                } else if !read(self, &mut at) {
                    return at;
                }
            }
        }
        while at < self.bytes.len() && read(self, &mut at) {}
        at
    }

    /// Takes over the entries that lie in a run from `at` on, if an entry of the base begins there. Says where they end.
    fn copied(&mut self, at: usize, run: &Run) -> Option<usize> {
        let from = u32::try_from(at.checked_sub(run.at)? + run.from).ok()?;
        let starts = &self.base.starts;
        let first = starts.binary_search(&from).ok()?;
        let after = starts.partition_point(|start| *start as usize <= run.from + run.length);
        let (last, copied) = starts[first..after].split_last().filter(|(_, copied)| !copied.is_empty())?;
        // Behind four gigabytes no place can be told.
        let next = u32::try_from((last - from) as usize + at).ok()?;
        let items = &self.base.items;
        let (begin, end) = (items.partition_point(|item| *item < from), items.partition_point(|item| item < last));
        // Stretches copied twice, or in another order, are read.
        let dropped = begin.checked_sub(self.met)?;
        let moved = |place: &u32| place - from + at as u32;
        self.outline.starts.extend(copied.iter().map(moved));
        self.outline.items.extend(items[begin..end].iter().map(moved));
        if end > begin {
            self.drop(dropped);
            self.kept += (end - begin) as u32;
            self.met = end;
        }
        Some(next as usize)
    }

    fn add(&mut self, entry: &TreeEntry<'_>, is_named: bool) {
        self.outline.items.push(entry.span.start as u32);
        let name = (self.into.names.len(), entry.name.len() as u32);
        self.into.names.extend_from_slice(entry.name);
        let id = Oid::from_bytes(entry.id).unwrap_or(Oid::ZERO_SHA1);
        let add = Some(Item { id, is_folder: entry.kind == EntryKind::Folder, is_named, name });
        let keep = std::mem::take(&mut self.kept);
        self.into.edits.push(Edit { keep, add, drop: 0 });
    }

    /// Leaves out the next items of the base.
    fn drop(&mut self, count: usize) {
        let drop = count as u32;
        self.met += count;
        match self.into.edits[self.first..].last_mut() {
            _ if drop == 0 => {}
            Some(last) if self.kept == 0 => last.drop += drop,
            _ => {
                let keep = std::mem::take(&mut self.kept);
                self.into.edits.push(Edit { keep, add: None, drop });
            }
        }
    }

    fn end(mut self, end: usize) -> Outline {
        self.drop(self.base.items.len() - self.met);
        self.outline.starts.push(end as u32);
        self.outline
    }
}
