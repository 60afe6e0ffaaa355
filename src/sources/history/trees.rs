//! What of interest is in each tree: entries that are wanted, or that lead to some.
//!
//! Comes in: wanted blobs and names, and the trees as the engine has them. Goes out: [`Trees`]. The delta engine has noted the
//! [`Outlines`] of all trees while it read them; the reference engine reads all that commits lead to. Trees that one has and
//! the other has not hold nothing wanted.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use git2::{ObjectType, Odb, Oid, Repository};

use super::keys::{self, Id, Key, Keys, Starts};
use super::objects::{self, EntryKind, Objects, TreeEntry};
use super::outline::{Item, Outlined, Outlines};
use super::pack::{Forest, Listing};

/// Folders within folders deeper than this are not entered: no real tree is so deep, a hostile one may be.
pub const DEEPEST: usize = 512;

/// What is looked for.
#[derive(Debug)]
pub struct Wanted {
    /// Blobs.
    pub blobs: HashSet<Oid>,
    /// Names of files and folders.
    pub names: HashSet<Vec<u8>>,
}

/// An entry of a tree that is of interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: Box<[u8]>,
    /// A blob or a tree.
    pub id: Oid,
    /// Whether it is a tree.
    pub is_folder: bool,
    /// Whether its name is wanted.
    pub is_named: bool,
}

/// For each tree its entries of interest. A tree that is not there has none.
pub struct Trees {
    /// Sorted by id; a tree that several packs have may be there several times.
    all: Vec<(Id, Arc<[Entry]>)>,
    starts: Starts,
}

impl Trees {
    fn new(mut all: Vec<(Id, Arc<[Entry]>)>) -> Self {
        all.sort_unstable_by(|(one, _), (other, _)| keys::compare(one, other));
        let starts = Starts::new(all.iter().map(|(id, _)| keys::start(id)));
        Self { all, starts }
    }

    /// The entries of interest of a tree.
    pub fn of(&self, id: &[u8]) -> &[Entry] {
        let near = &self.all[self.starts.of(keys::start(id))];
        near.binary_search_by(|(known, _)| keys::compare(known, id)).map_or(&[], |at| &near[at].1)
    }
}

impl Wanted {
    /// What matched in objects.
    pub fn of(objects: &Objects) -> Self {
        Self { blobs: objects.blobs.keys().copied().collect(), names: objects.names.keys().cloned().collect() }
    }

    /// The entries of a tree that have a wanted name, or of which `leads` says that they are wanted or lead to what is.
    fn entries(&self, tree: &[u8], mut leads: impl FnMut(&TreeEntry<'_>) -> bool) -> Vec<Entry> {
        objects::tree_entries(tree)
            .filter_map(|entry| {
                let is_named = !self.names.is_empty() && self.names.contains(entry.name);
                (is_named || leads(&entry)).then(|| Entry {
                    name: entry.name.into(),
                    id: oid(entry.id),
                    is_folder: entry.kind == EntryKind::Folder,
                    is_named,
                })
            })
            .collect()
    }
}

fn oid(id: &[u8]) -> Oid {
    Oid::from_bytes(id).unwrap_or(Oid::ZERO_SHA1)
}

/// Trees as the reference engine reads them: from each of `roots` down, each once. Also says whether some lie too deep.
pub fn read(
    repository: &Repository,
    roots: impl Iterator<Item = Oid>,
    wanted: &Wanted,
) -> Result<(Trees, bool), git2::Error> {
    let mut reading = Reading { odb: repository.odb()?, wanted, trees: HashMap::new(), is_cut: false };
    for root in roots {
        reading.of_interest(root, 0);
    }
    Ok((Trees::new(reading.trees.into_iter().collect()), reading.is_cut))
}

struct Reading<'a> {
    odb: Odb<'a>,
    wanted: &'a Wanted,
    trees: HashMap<Id, Arc<[Entry]>>,
    is_cut: bool,
}

impl Reading<'_> {
    /// Whether a tree holds anything wanted. A tree that is missing holds nothing: reading every object has reported it.
    fn of_interest(&mut self, id: Oid, depth: usize) -> bool {
        if let Some(entries) = self.trees.get(id.as_bytes()) {
            return !entries.is_empty();
        }
        if depth > DEEPEST {
            self.is_cut = true;
            return false;
        }
        // A tree that holds itself, which only a hostile repository has, holds nothing new.
        self.trees.insert(keys::id(id.as_bytes()), Arc::default());
        let bytes = self.odb.read(id).map(|object| object.data().to_vec()).unwrap_or_default();
        let wanted = self.wanted;
        let entries = wanted.entries(&bytes, |entry| {
            let id = oid(entry.id);
            if entry.kind == EntryKind::Folder { self.of_interest(id, depth + 1) } else { wanted.blobs.contains(&id) }
        });
        let is_of_interest = !entries.is_empty();
        self.trees.insert(keys::id(id.as_bytes()), entries.into());
        is_of_interest
    }
}

/// Trees as the delta engine has them: those of `outlines`, one for each of `packs`, and, read through libgit2, `loose` ones.
pub fn trace(
    repository: &Repository,
    packs: &[(Listing, Forest)],
    outlines: &[Outlines],
    loose: &[Oid],
    wanted: &Wanted,
) -> Result<Trees, git2::Error> {
    let odb = repository.odb()?;
    let read = |id: &Oid| {
        let matters = |entry: &TreeEntry<'_>| entry.kind == EntryKind::Folder || wanted.blobs.contains(&oid(entry.id));
        odb.read(*id).map(|object| wanted.entries(object.data(), matters)).unwrap_or_default()
    };
    let loose: Vec<(Oid, Vec<Entry>)> = loose.iter().map(|id| (*id, read(id))).collect();
    let packed: Vec<Packed<'_>> = packs
        .iter()
        .zip(outlines)
        .map(|((listing, forest), outlines)| Packed::new(listing, forest, outlines))
        .collect();
    let leading = leading(&packed, &loose);
    let mut trees = Vec::new();
    for (id, mut entries) in loose {
        entries.retain(|entry| is_of_interest(&leading, entry.id.as_bytes(), entry.is_folder, entry.is_named));
        if !entries.is_empty() {
            trees.push((keys::id(id.as_bytes()), entries.into()));
        }
    }
    packed.iter().for_each(|packed| packed.trees(&leading, &mut trees));
    Ok(Trees::new(trees))
}

/// Whether an entry that matters is wanted itself, or a folder that leads to what is.
fn is_of_interest(leading: &Keys, id: &[u8], is_folder: bool, is_named: bool) -> bool {
    is_named || !is_folder || leading.contains(keys::key(id))
}

/// Every tree that may lead to something wanted; at times too many. A tree is noted behind what it is built on, if the same
/// worker had both, but not behind what it holds, so this looks about as often as folders are deep.
fn leading(packed: &[Packed<'_>], loose: &[(Oid, Vec<Entry>)]) -> Keys {
    let mut leading = Keys::with_capacity(packed.iter().map(|packed| packed.trees.len()).sum());
    let mut leads: Vec<Vec<bool>> = packed.iter().map(|packed| vec![false; packed.forest.count() as usize]).collect();
    let mut grows = true;
    while grows {
        grows = false;
        for (packed, leads) in packed.iter().zip(&mut leads) {
            for (key, tree, edits) in &packed.trees {
                if leads[tree.at as usize] {
                    continue;
                }
                let mut items = edits.clone().filter_map(|edit| packed.outlines.item(edit));
                if tree.base.is_some_and(|base| leads[base as usize])
                    || items.any(|item| is_of_interest(&leading, &item.id, item.is_folder, item.is_named))
                {
                    leads[tree.at as usize] = true;
                    leading.insert(*key);
                    grows = true;
                }
            }
        }
        for (id, entries) in loose {
            if entries
                .iter()
                .any(|entry| is_of_interest(&leading, entry.id.as_bytes(), entry.is_folder, entry.is_named))
            {
                grows |= leading.insert(keys::key(id.as_bytes()));
            }
        }
    }
    leading
}

/// The trees of a pack and what is noted of them.
struct Packed<'a> {
    listing: &'a Listing,
    forest: &'a Forest,
    outlines: &'a Outlines,
    /// Each tree with its edits.
    trees: Vec<(Key, Outlined, Range<usize>)>,
}

/// What matters in a tree.
#[derive(Default)]
struct Kept {
    /// Its items.
    items: Vec<u32>,
    /// Those of interest, and the same as entries.
    chosen: Vec<u32>,
    entries: Arc<[Entry]>,
}

impl<'a> Packed<'a> {
    fn new(listing: &'a Listing, forest: &'a Forest, outlines: &'a Outlines) -> Self {
        let key = |at: u32| keys::key(listing.raw_id(forest.entry(at)));
        let trees = outlines.trees().map(|(tree, edits)| (key(tree.at), tree, edits)).collect();
        Self { listing, forest, outlines, trees }
    }

    /// Adds each tree with entries of interest, and those.
    fn trees(&self, leading: &Keys, found: &mut Vec<(Id, Arc<[Entry]>)>) {
        let item = |edit: usize| self.outlines.item(edit);
        let counts = |item: &Item| is_of_interest(leading, &item.id, item.is_folder, item.is_named);
        let is_of_interest: Vec<bool> = (0..self.outlines.count()).map(|edit| item(edit).is_some_and(counts)).collect();
        let mut of = vec![None; self.forest.count() as usize];
        for (number, (_, tree, _)) in self.trees.iter().enumerate() {
            of[tree.at as usize] = Some(number as u32);
        }
        // One after the other: it takes little time, and workers' own lists would be held twice.
        found.reserve(self.trees.len());
        let roots = self.forest.roots.iter().filter(|root| self.forest.kind(**root) == ObjectType::Tree);
        roots.for_each(|root| self.grown_on(*root, &of, &is_of_interest, found));
    }

    /// The same of a tree that is stored whole, and of those built on it.
    fn grown_on(&self, root: u32, of: &[Option<u32>], is_of_interest: &[bool], found: &mut Vec<(Id, Arc<[Entry]>)>) {
        let nothing = Kept::default();
        let mut open: Vec<(u32, Arc<Kept>)> = vec![(root, Arc::default())];
        while let Some((at, mut kept)) = open.pop() {
            let Some(number) = of[at as usize] else { continue };
            let (_, tree, edits) = &self.trees[number as usize];
            if !edits.is_empty() || tree.base.is_none() {
                let base = if tree.base.is_some() { &kept } else { &nothing };
                let items = self.outlines.edited(&base.items, edits.clone());
                let chosen: Vec<u32> = items.iter().copied().filter(|item| is_of_interest[*item as usize]).collect();
                // Trees with the same entries share them, by which they are known again.
                let entries = if chosen == base.chosen {
                    Arc::clone(&base.entries)
                } else {
                    chosen.iter().filter_map(|item| self.entry(*item)).collect()
                };
                kept = Arc::new(Kept { items, chosen, entries });
            }
            if !kept.entries.is_empty() {
                found.push((keys::id(self.listing.raw_id(self.forest.entry(at))), Arc::clone(&kept.entries)));
            }
            open.extend(self.forest.children(at).map(|child| (child, Arc::clone(&kept))));
        }
    }

    fn entry(&self, edit: u32) -> Option<Entry> {
        let item = self.outlines.item(edit as usize)?;
        let Item { ref id, is_folder, is_named, .. } = *item;
        Some(Entry { name: self.outlines.name(item).into(), id: oid(id), is_folder, is_named })
    }
}
