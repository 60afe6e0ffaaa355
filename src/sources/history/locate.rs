//! Finds the paths and commits that hold given blobs and names.
//!
//! Each commit is compared with its parents, and only what none of them has is looked at. Commits are taken oldest first,
//! references' before the lost ones', so that a place is told by the first commit that has it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use git2::{ObjectType, Oid, Repository, Tree};
use rayon::prelude::*;

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
            || Repository::open(git_dir),
            |repository, (chunk, commits)| {
                let Ok(repository) = repository else { return Vec::new() };
                let mut items = Vec::new();
                for (offset, (_, id)) in commits.iter().enumerate() {
                    let finder = Finder { repository, wanted };
                    let brought = finder.brought_by(*id);
                    items.extend(brought.into_iter().map(|item| (item, chunk * CHUNK + offset)));
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
        let place = |path| Where { path: Some(path), commit: Some(commit), kind };
        match item {
            Item::Blob(id, path) => locations.add_blob(id, place(path)),
            Item::Name(name, path) => locations.add_name(&name, place(path)),
        }
    }
    add_odd_tips(repository, wanted, &mut locations);
    Ok(locations)
}

/// Blobs and trees that a reference points at without a commit between.
fn add_odd_tips(repository: &Repository, wanted: &Wanted, locations: &mut Locations) {
    for (kind, id) in refs::odd_tips(repository) {
        let place = |path| Where { path, commit: None, kind: PlaceKind::History };
        if kind == ObjectType::Blob && wanted.blobs.contains(&id) {
            locations.add_blob(id, place(None));
        } else if kind == ObjectType::Tree {
            let mut items = Vec::new();
            Finder { repository, wanted }.compare(id, &[], &mut Vec::new(), 0, &mut items);
            for item in items {
                match item {
                    Item::Blob(id, path) => locations.add_blob(id, place(Some(path))),
                    Item::Name(name, path) => locations.add_name(&name, place(Some(path))),
                }
            }
        }
    }
}

/// Compares trees.
struct Finder<'a> {
    repository: &'a Repository,
    wanted: &'a Wanted,
}

impl Finder<'_> {
    /// What is wanted and in this commit but in none of its parents. Objects that are missing are passed over: reading
    /// every object has reported them.
    fn brought_by(&self, id: Oid) -> Vec<Item> {
        let mut items = Vec::new();
        let Ok(commit) = self.repository.find_commit(id) else { return items };
        let parents: Vec<Oid> = commit.parents().map(|parent| parent.tree_id()).collect();
        self.compare(commit.tree_id(), &parents, &mut Vec::new(), 0, &mut items);
        items
    }

    /// Walks the parts of `tree` that none of `others` (trees at the same path) has.
    fn compare(&self, tree: Oid, others: &[Oid], path: &mut Vec<u8>, depth: usize, items: &mut Vec<Item>) {
        if others.contains(&tree) || depth > DEEPEST {
            return;
        }
        let Ok(tree) = self.repository.find_tree(tree) else { return };
        let others: Vec<Tree<'_>> = others.iter().filter_map(|id| self.repository.find_tree(*id).ok()).collect();
        for entry in &tree {
            let name = entry.name_bytes();
            let same_name = others.iter().filter_map(|other| other.get_name_bytes(name));
            let theirs: Vec<(Option<ObjectType>, Oid)> = same_name.map(|entry| (entry.kind(), entry.id())).collect();
            let start = path.len();
            path.extend_from_slice(name);
            if theirs.is_empty() && self.wanted.names.contains(name) {
                items.push(Item::Name(name.to_vec(), path.clone()));
            }
            if !theirs.iter().any(|(_, id)| *id == entry.id()) {
                if entry.kind() == Some(ObjectType::Tree) {
                    let trees: Vec<Oid> =
                        theirs.iter().filter(|(kind, _)| *kind == Some(ObjectType::Tree)).map(|(_, id)| *id).collect();
                    path.push(b'/');
                    self.compare(entry.id(), &trees, path, depth + 1, items);
                } else if self.wanted.blobs.contains(&entry.id()) {
                    items.push(Item::Blob(entry.id(), path.clone()));
                }
            }
            path.truncate(start);
        }
    }
}
