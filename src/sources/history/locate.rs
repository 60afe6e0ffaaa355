//! Finds the paths and commits that hold given blobs and names.
//!
//! Each commit is compared with its parents, and only what none of them has is looked at. Commits are taken oldest first,
//! references' before the lost ones', so that a place is told by the first commit that has it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;

use git2::{ObjectType, Odb, Oid, Repository};
use rayon::prelude::*;

use super::objects::{self, TreeEntry};
use super::refs;
use crate::model::place::PlaceKind;

/// Commits that one worker takes at a time.
const CHUNK: usize = 256;
/// Folders within folders deeper than this are not entered: no real tree is so deep, a hostile one may be.
const DEEPEST: usize = 512;

/// What is looked for.
#[derive(Debug)]
pub struct Wanted {
    /// Blobs.
    pub blobs: HashSet<Oid>,
    /// Names of files and folders.
    pub names: HashSet<Vec<u8>>,
}

/// A place of a blob or name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Where {
    /// Path in the working tree; none for an object that no tree holds.
    pub path: Option<Vec<u8>>,
    /// The first commit that has it there.
    pub commit: Option<Oid>,
    /// What reaches that commit.
    pub kind: PlaceKind,
}

/// All places found.
#[derive(Debug, Default)]
pub struct Locations {
    blobs: HashMap<Oid, Vec<Where>>,
    names: HashMap<Vec<u8>, Vec<Where>>,
}

impl Locations {
    /// Where a blob is; an object that nothing holds is at one place without a path.
    pub fn of_blob(&self, id: Oid) -> Vec<Where> {
        self.blobs
            .get(&id)
            .cloned()
            .unwrap_or_else(|| vec![Where { path: None, commit: None, kind: PlaceKind::Unreachable }])
    }

    /// Where a name is.
    pub fn of_name(&self, name: &[u8]) -> Vec<Where> {
        self.names
            .get(name)
            .cloned()
            .unwrap_or_else(|| vec![Where { path: Some(name.to_vec()), commit: None, kind: PlaceKind::Unreachable }])
    }

    /// Adds a place of a blob.
    pub fn add_blob(&mut self, id: Oid, place: Where) {
        self.blobs.entry(id).or_default().push(place);
    }

    fn add(&mut self, item: Item, commit: Option<Oid>, kind: PlaceKind) {
        match item {
            Item::Blob(id, path) => self.add_blob(id, Where { path: Some(path), commit, kind }),
            Item::Name(name, path) => self.add_name(&name, Where { path: Some(path), commit, kind }),
        }
    }

    /// Adds a place of a name.
    pub fn add_name(&mut self, name: &[u8], place: Where) {
        self.names.entry(name.to_vec()).or_default().push(place);
    }
}

/// What one commit brings in that no parent has.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Blob(Oid, Vec<u8>),
    Name(Vec<u8>, Vec<u8>),
}

/// Looks through every commit of `all`, reachable or not.
pub fn locate(git_dir: &Path, repository: &Repository, wanted: &Wanted, all: &[Oid]) -> Result<Locations, git2::Error> {
    let commits: Vec<(PlaceKind, Oid)> = refs::by_kind(repository, all)?
        .into_iter()
        .flat_map(|(kind, commits)| commits.into_iter().map(move |id| (kind, id)))
        .collect();
    let found: Vec<(Item, usize)> = commits
        .par_chunks(CHUNK)
        .enumerate()
        .map_init(
            || Repository::open(git_dir).map(|repository| (repository, Seen::default())),
            |worker, (chunk, commits)| {
                let Ok((repository, seen)) = worker else { return Vec::new() };
                let Ok(odb) = repository.odb() else { return Vec::new() };
                let mut finder = Finder { repository, odb, wanted, seen };
                let mut items = Vec::new();
                for (offset, (_, id)) in commits.iter().enumerate() {
                    items.extend(finder.brought_by(*id).into_iter().map(|item| (item, chunk * CHUNK + offset)));
                }
                items
            },
        )
        .flatten()
        .collect();
    let mut first = BTreeMap::<Item, usize>::new();
    for (item, order) in found {
        first.entry(item).and_modify(|earliest| *earliest = order.min(*earliest)).or_insert(order);
    }
    let mut locations = Locations::default();
    for (item, order) in first {
        let (kind, commit) = commits[order];
        locations.add(item, Some(commit), kind);
    }
    add_odd_tips(repository, wanted, &mut locations)?;
    Ok(locations)
}

/// Blobs and trees that a reference points at without a commit between.
fn add_odd_tips(repository: &Repository, wanted: &Wanted, locations: &mut Locations) -> Result<(), git2::Error> {
    let mut seen = Seen::default();
    let mut finder = Finder { repository, odb: repository.odb()?, wanted, seen: &mut seen };
    for (kind, id) in refs::odd_tips(repository) {
        if kind == ObjectType::Blob && wanted.blobs.contains(&id) {
            locations.add_blob(id, Where { path: None, commit: None, kind: PlaceKind::History });
        } else if kind == ObjectType::Tree {
            let mut items = Vec::new();
            finder.compare(id, &[], &mut Vec::new(), 0, &mut items);
            items.into_iter().for_each(|item| locations.add(item, None, PlaceKind::History));
        }
    }
    Ok(())
}

/// What is of interest in each tree that was read: entries that are wanted, or that lead to some. Most trees have none.
type Seen = HashMap<Oid, Rc<[Entry]>>;

/// An entry of a tree that is of interest.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: Vec<u8>,
    id: Oid,
    is_folder: bool,
}

/// Compares trees, reading each once.
struct Finder<'a> {
    repository: &'a Repository,
    odb: Odb<'a>,
    wanted: &'a Wanted,
    seen: &'a mut Seen,
}

impl Finder<'_> {
    /// What is wanted and in this commit but in none of its parents. Objects that are missing are passed over: reading
    /// every object has reported them.
    fn brought_by(&mut self, id: Oid) -> Vec<Item> {
        let mut items = Vec::new();
        let Ok(commit) = self.repository.find_commit(id) else { return items };
        let parents: Vec<Oid> = commit.parents().map(|parent| parent.tree_id()).collect();
        self.compare(commit.tree_id(), &parents, &mut Vec::new(), 0, &mut items);
        items
    }

    /// Walks the parts of `tree` that none of `others` (trees at the same path) has.
    fn compare(&mut self, tree: Oid, others: &[Oid], path: &mut Vec<u8>, depth: usize, items: &mut Vec<Item>) {
        if others.contains(&tree) || depth > DEEPEST {
            return;
        }
        let entries = self.of_interest(tree, depth);
        if entries.is_empty() {
            return;
        }
        let others: Vec<Rc<[Entry]>> = others.iter().map(|other| self.of_interest(*other, depth)).collect();
        for entry in entries.iter() {
            let theirs: Vec<&Entry> =
                others.iter().flat_map(|other| other.iter()).filter(|other| other.name == entry.name).collect();
            let start = path.len();
            path.extend_from_slice(&entry.name);
            if theirs.is_empty() && self.wanted.names.contains(&entry.name) {
                items.push(Item::Name(entry.name.clone(), path.clone()));
            }
            if !theirs.iter().any(|other| other.id == entry.id) {
                if entry.is_folder {
                    let folders: Vec<Oid> =
                        theirs.iter().filter(|other| other.is_folder).map(|other| other.id).collect();
                    path.push(b'/');
                    self.compare(entry.id, &folders, path, depth + 1, items);
                } else if self.wanted.blobs.contains(&entry.id) {
                    items.push(Item::Blob(entry.id, path.clone()));
                }
            }
            path.truncate(start);
        }
    }

    /// What is of interest in a tree. The answer is kept, so that each tree is read once however many commits have it.
    fn of_interest(&mut self, tree: Oid, depth: usize) -> Rc<[Entry]> {
        if let Some(entries) = self.seen.get(&tree) {
            return Rc::clone(entries);
        }
        let mut entries = Vec::new();
        let bytes = self.odb.read(tree).map(|object| object.data().to_vec()).unwrap_or_default();
        for TreeEntry { is_folder, name, id } in objects::tree_entries(&bytes) {
            let leads_on = is_folder && depth < DEEPEST && !self.of_interest(id, depth + 1).is_empty();
            if leads_on || self.wanted.blobs.contains(&id) || self.wanted.names.contains(name) {
                entries.push(Entry { name: name.to_vec(), id, is_folder });
            }
        }
        let entries: Rc<[Entry]> = entries.into();
        self.seen.insert(tree, Rc::clone(&entries));
        entries
    }
}
