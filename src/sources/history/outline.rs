//! Which entries of a tree matter, told as what changed since the tree that it is built on.
//!
//! Comes in: a tree's bytes, what of them was copied from where, and which entries matter. Goes out: its [`Outline`], which is
//! needed while others are built on the tree, and the [`Edit`]s that make it from its base's, which are kept. Most trees
//! differ from their base in a file that matters to nobody: they cost no edit.

use std::ops::Range;

use super::delta::{self, Run};
use super::keys::{self, Id};
use super::objects::{self, EntryKind, TreeEntry};

/// Entries that a change brings in, as a rule.
const FEW: usize = 4;

/// Where the entries of a tree stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Where each entry begins, and where the last one ends.
    starts: Vec<u32>,
    /// Where those begin that matter, which are the tree's items.
    items: Vec<u32>,
    /// Where those begin whose names matched.
    named: Vec<u32>,
}

/// An entry that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The blob or tree.
    pub id: Id,
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

/// A tree that is to be noted.
#[derive(Clone, Copy)]
pub struct Tree<'a> {
    /// Its place in the forest.
    pub at: u32,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What it is built on: its place and outline, and the runs that the tree has of it.
    pub base: Option<(u32, &'a Outline, &'a [Run])>,
    /// If only so many bytes at both ends of each run are there. Nothing may be built on such a tree.
    pub edge: Option<usize>,
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

    /// Notes a tree. Of each entry that was not copied `matters` is asked, which is told whether the base has the name too and it
    /// did not match there; if the entry does, it says whether the name matched.
    /// `objects` are those of the pack. None, and nothing is noted, if more of the tree is needed than is there.
    pub fn note(
        &mut self,
        objects: u32,
        tree: Tree<'_>,
        matters: impl FnMut(&TreeEntry<'_>, bool) -> Option<bool>,
    ) -> Option<Outline> {
        let (first, first_name) = (self.edits.len(), self.names.len());
        let nothing = Outline::default();
        let (base, runs) = tree.base.map_or((&nothing, &[][..]), |(_, outline, runs)| (outline, runs));
        let room = |of: &Vec<u32>| Vec::with_capacity(if tree.edge.is_none() { of.len() + FEW } else { 0 });
        let outline = Outline { starts: room(&base.starts), items: room(&base.items), named: Vec::new() };
        let mut sketch =
            Sketch { tree, base, runs, outline, near: 0, met: 0, kept: 0, first, is_torn: false, into: self };
        let end = sketch.follow(matters);
        let is_torn = sketch.is_torn;
        let outline = sketch.end(end);
        let is_over = self.edits.len() > Self::most_edits(objects);
        if is_torn || is_over {
            self.edits.truncate(first);
            self.names.truncate(first_name);
            self.is_cut |= !is_torn;
            return (!is_torn).then_some(outline);
        }
        let count = (self.edits.len() - first) as u32;
        self.trees.push(Outlined { at: tree.at, base: tree.base.map(|(at, ..)| at), count });
        Some(outline)
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
    tree: Tree<'a>,
    base: &'a Outline,
    runs: &'a [Run],
    outline: Outline,
    /// The entry of the base that was looked for last.
    near: usize,
    /// Items of the base that were kept or dropped.
    met: usize,
    /// Those that were kept since the last edit.
    kept: u32,
    /// Number of the tree's first edit.
    first: usize,
    /// Whether an entry was not there whole.
    is_torn: bool,
    into: &'a mut Outlines,
}

impl Sketch<'_> {
    /// Goes from entry to entry, in strides where they were copied. Says where the last one ends.
    fn follow(&mut self, mut matters: impl FnMut(&TreeEntry<'_>, bool) -> Option<bool>) -> usize {
        let mut at = 0;
        for run in self.runs {
            while at < run.end() {
                let entry = self.entry_in_base(at, run);
                if let Some(next) = entry.and_then(|entry| self.copied(entry, at, run)) {
                    at = next;
                    continue;
                }
                let is_plain = |entry: usize| self.base.named.binary_search(&self.base.starts[entry]).is_err();
                let plain_to = entry.filter(|entry| is_plain(*entry)).map_or(at, |_| run.end());
                if !self.read(&mut at, plain_to, &mut matters) {
                    return at;
                }
            }
        }
        while at < self.tree.bytes.len() && self.read(&mut at, 0, &mut matters) {}
        at
    }

    /// Which entry of the base begins at `at` in a run.
    fn entry_in_base(&mut self, at: usize, run: &Run) -> Option<usize> {
        let from = u32::try_from(at.checked_sub(run.at)? + run.from).ok()?;
        // The last start is where the last entry ends.
        let (_, starts) = self.base.starts.split_last()?;
        self.near = delta::seek(starts, self.near, |start| *start < from);
        (starts.get(self.near) == Some(&from)).then_some(self.near)
    }

    /// Reads the entry that begins at `at`, and moves that on behind it. A name that ends before `plain_to` is one of the base's
    /// that did not match. Says whether there is an entry.
    fn read(
        &mut self,
        at: &mut usize,
        plain_to: usize,
        matters: &mut impl FnMut(&TreeEntry<'_>, bool) -> Option<bool>,
    ) -> bool {
        let entry = objects::tree_entry(self.tree.bytes, *at).filter(|entry| u32::try_from(entry.span.end).is_ok());
        if let Some(edge) = self.tree.edge
            && entry.as_ref().is_none_or(|entry| has_gap(&entry.span, self.runs, edge))
        {
            self.is_torn = true;
            return false;
        }
        let Some(entry) = entry else { return false };
        if self.tree.edge.is_none() {
            self.outline.starts.push(*at as u32);
        }
        *at = entry.span.end;
        let is_plain = entry.span.end - entry.id.len() <= plain_to;
        if let Some(is_named) = matters(&entry, is_plain) {
            self.add(&entry, is_named);
        }
        true
    }

    /// Takes over the entries of the base that lie in a run, the first of which begins at `at`. Says where they end.
    fn copied(&mut self, first: usize, at: usize, run: &Run) -> Option<usize> {
        let starts = &self.base.starts;
        let from = starts[first];
        let after = delta::seek(starts, first, |start| *start as usize <= run.from + run.length);
        let (last, copied) = starts[first..after].split_last().filter(|(_, copied)| !copied.is_empty())?;
        // Behind four gigabytes no place can be told.
        let next = u32::try_from((last - from) as usize + at).ok()?;
        let items = &self.base.items;
        let begin = delta::seek(items, self.met, |item| *item < from);
        let end = delta::seek(items, begin, |item| item < last);
        // Stretches copied twice, or in another order, are read.
        let dropped = begin.checked_sub(self.met)?;
        let moved = |place: &u32| place - from + at as u32;
        if self.tree.edge.is_none() {
            self.outline.starts.extend(copied.iter().map(moved));
            self.outline.items.extend(items[begin..end].iter().map(moved));
            let named = &self.base.named;
            let begin = named.partition_point(|start| *start < from);
            let end = named.partition_point(|start| start < last);
            self.outline.named.extend(named[begin..end].iter().map(moved));
        }
        if end > begin {
            self.drop(dropped);
            self.kept += (end - begin) as u32;
            self.met = end;
        }
        Some(next as usize)
    }

    fn add(&mut self, entry: &TreeEntry<'_>, is_named: bool) {
        self.outline.items.push(entry.span.start as u32);
        if is_named {
            self.outline.named.push(entry.span.start as u32);
        }
        let name = (self.into.names.len(), entry.name.len() as u32);
        self.into.names.extend_from_slice(entry.name);
        let add = Some(Item { id: keys::id(entry.id), is_folder: entry.kind == EntryKind::Folder, is_named, name });
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

    /// Leaves out the rest of the base's items; `end` is where the last entry ends.
    fn end(mut self, end: usize) -> Outline {
        self.drop(self.base.items.len() - self.met);
        self.outline.starts.push(end as u32);
        self.outline
    }
}

/// Whether a stretch has bytes of a run that are not within `edge` of its ends.
fn has_gap(stretch: &Range<usize>, runs: &[Run], edge: usize) -> bool {
    let first = runs.partition_point(|run| run.end() <= stretch.start);
    let mut met = runs[first..].iter().take_while(|run| run.at < stretch.end);
    met.any(|run| run.length > 2 * edge && run.at + edge < stretch.end && stretch.start < run.end() - edge)
}
