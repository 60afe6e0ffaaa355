//! What of interest is in each tree: entries that are wanted, or that lead to some.
//!
//! Comes in: wanted blobs and names, and the trees as the engine has them. Goes out: [`Trees`]. The delta engine knows from
//! [`Links`] which trees can matter and builds only those; the reference engine reads all that commits
//! lead to. Trees that one has and the other has not hold nothing wanted.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use git2::{ObjectType, Odb, Oid, Repository};

use super::delta::{self, Run};
use super::links::{self, Keys, Links};
use super::objects::{self, EntryKind, Objects, TreeEntry};
use super::pack::{Forest, Pack};
use super::rebuild::{Built, Rebuilder, Refusal, Visitor};
use super::walk::Grown;

/// Folders within folders deeper than this are not entered: no real tree is so deep, a hostile one may be.
pub const DEEPEST: usize = 512;

/// What is looked for.
#[derive(Debug)]
pub struct Wanted {
    /// Blobs.
    pub blobs: HashSet<Oid>,
    /// Names of files and folders.
    pub names: HashSet<Vec<u8>>,
    /// Trees that hold such a name.
    pub named: HashSet<Oid>,
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
pub type Trees = HashMap<Oid, Arc<[Entry]>>;

impl Wanted {
    /// What matched in objects.
    pub fn of(objects: &mut Objects) -> Self {
        Self {
            blobs: objects.blobs.keys().copied().collect(),
            names: objects.names.keys().cloned().collect(),
            named: std::mem::take(&mut objects.named),
        }
    }

    /// The entries of a tree that have a wanted name, or of which `leads` says that they are wanted or lead to what is.
    fn entries<'a>(
        &'a self,
        id: Oid,
        tree: &'a [u8],
        mut leads: impl FnMut(&TreeEntry<'_>) -> bool + 'a,
    ) -> impl Iterator<Item = (Range<usize>, Entry)> + 'a {
        let has_names = self.named.contains(&id);
        objects::tree_entries(tree).filter_map(move |entry| {
            let is_named = has_names && self.names.contains(entry.name);
            (is_named || leads(&entry)).then(|| {
                let TreeEntry { kind, name, id, span } = entry;
                let is_folder = kind == EntryKind::Folder;
                (span, Entry { name: name.into(), id: oid(id), is_folder, is_named })
            })
        })
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
    let mut reading = Reading { odb: repository.odb()?, wanted, trees: Trees::new(), is_cut: false };
    for root in roots {
        reading.of_interest(root, 0);
    }
    Ok((reading.trees, reading.is_cut))
}

struct Reading<'a> {
    odb: Odb<'a>,
    wanted: &'a Wanted,
    trees: Trees,
    is_cut: bool,
}

impl Reading<'_> {
    /// Whether a tree holds anything wanted. A tree that is missing holds nothing: reading every object has reported it.
    fn of_interest(&mut self, id: Oid, depth: usize) -> bool {
        if let Some(entries) = self.trees.get(&id) {
            return !entries.is_empty();
        }
        if depth > DEEPEST {
            self.is_cut = true;
            return false;
        }
        // A tree that holds itself, which only a hostile repository has, holds nothing new.
        self.trees.insert(id, Arc::default());
        let bytes = self.odb.read(id).map(|object| object.data().to_vec()).unwrap_or_default();
        let wanted = self.wanted;
        let leads = |entry: &TreeEntry<'_>| {
            let id = oid(entry.id);
            if entry.kind == EntryKind::Folder { self.of_interest(id, depth + 1) } else { wanted.blobs.contains(&id) }
        };
        let entries: Arc<[Entry]> = wanted.entries(id, &bytes, leads).map(|(_, entry)| entry).collect();
        let is_of_interest = !entries.is_empty();
        self.trees.insert(id, entries);
        is_of_interest
    }
}

/// Trees as the delta engine builds them: those in `packs` that `links` lead to, and, read through libgit2, those of `loose`.
pub fn build(
    repository: &Repository,
    packs: &[Grown],
    loose: &[Oid],
    mut links: Links,
    wanted: &Wanted,
    limit: u64,
) -> Result<Trees, git2::Error> {
    let odb = repository.odb()?;
    for id in loose {
        if let Ok(object) = odb.read(*id) {
            let bytes = object.data();
            links.note(*id, None, bytes, &[(0, bytes.len())]);
        }
    }
    let mut blobs = Keys::with_capacity(wanted.blobs.len());
    wanted.blobs.iter().for_each(|id| {
        blobs.insert(links::key(*id));
    });
    let trees = links.leading_to(&blobs, wanted.named.iter().map(|id| links::key(*id)));
    drop(links);
    let leading = Leading { blobs, trees };
    let mut trees = Trees::new();
    for (pack, forest) in packs {
        let picker = Picker { pack, forest, needed: needed(pack, forest, &leading), leading: &leading, wanted };
        trees.extend(Rebuilder { pack, forest, limit, visitor: &picker }.run());
    }
    for id in loose.iter().filter(|id| leading.trees.contains(links::key(**id))) {
        if let Ok(object) = odb.read(*id) {
            let entries = wanted.entries(*id, object.data(), |entry| leading.has(entry));
            trees.insert(*id, entries.map(|(_, entry)| entry).collect());
        }
    }
    Ok(trees)
}

/// The wanted blobs, and the trees that may lead to what is wanted.
struct Leading {
    blobs: Keys,
    trees: Keys,
}

impl Leading {
    fn has(&self, entry: &TreeEntry<'_>) -> bool {
        let keys = if entry.kind == EntryKind::Folder { &self.trees } else { &self.blobs };
        keys.contains(links::key_at(entry.id, 0))
    }
}

/// The trees in a pack that may lead to something wanted, and all that they are built on.
fn needed(pack: &Pack, forest: &Forest, leading: &Leading) -> Vec<bool> {
    let mut needed = vec![false; forest.count() as usize];
    // Each entry with those that it is built on: once on the way down, once, behind a mark, on the way up.
    let mut open: Vec<(u32, bool)> = forest.roots.iter().map(|root| (*root, false)).collect();
    while let Some((at, is_done)) = open.pop() {
        if forest.kind(at) != ObjectType::Tree {
            continue;
        }
        if is_done {
            needed[at as usize] |= forest.children(at).iter().any(|child| needed[*child as usize]);
        } else {
            needed[at as usize] = leading.trees.contains(links::key(pack.id(forest.entry(at))));
            open.push((at, true));
            open.extend(forest.children(at).into_iter().map(|child| (child, false)));
        }
    }
    needed
}

/// Picks what is of interest out of trees. Where a difference leaves the picked entries alone, it takes them over.
struct Picker<'a> {
    pack: &'a Pack,
    forest: &'a Forest,
    needed: Vec<bool>,
    leading: &'a Leading,
    wanted: &'a Wanted,
}

/// A tree and what was picked out of it.
struct Picked {
    bytes: Vec<u8>,
    /// Where the entries stand.
    spans: Vec<Range<usize>>,
    entries: Arc<[Entry]>,
}

impl From<Picked> for Vec<u8> {
    fn from(picked: Picked) -> Self {
        picked.bytes
    }
}

impl AsRef<[u8]> for Picked {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Picker<'_> {
    fn id(&self, at: u32) -> Oid {
        self.pack.id(self.forest.entry(at))
    }

    /// Where the base's entries stand in a tree that has the same ones; none if it may have others.
    fn same(&self, base: &Picked, bytes: &[u8], runs: &[Run]) -> Option<Vec<Range<usize>>> {
        let changed = delta::changed(runs, bytes.len());
        let leads = |at: usize| {
            let key = links::key_at(bytes, at);
            self.leading.trees.contains(key) || self.leading.blobs.contains(key)
        };
        if links::ids(bytes, &changed).any(leads) {
            return None;
        }
        let in_run = |span: &Range<usize>| {
            let run = runs.iter().find(|run| run.from <= span.start && span.end <= run.from + run.length)?;
            Some(span.start - run.from + run.at..span.end - run.from + run.at)
        };
        let spans = base.spans.iter().map(in_run).collect::<Option<Vec<_>>>()?;
        // The same stretch may have been copied twice, or stretches in another order.
        let copied: usize = runs.iter().map(|run| base.spans.iter().filter(|span| within(span, run)).count()).sum();
        (copied == spans.len() && spans.is_sorted_by_key(|span| span.start)).then_some(spans)
    }
}

fn within(span: &Range<usize>, run: &Run) -> bool {
    run.from <= span.start && span.end <= run.from + run.length
}

impl Visitor for Picker<'_> {
    type Text = Picked;
    type Found = Vec<(Oid, Arc<[Entry]>)>;

    fn wants(&self, at: u32) -> bool {
        self.needed[at as usize]
    }

    fn visit(&self, built: Built<'_, Picked>, found: &mut Self::Found) -> Picked {
        let Built { at, bytes, base, runs, .. } = built;
        let id = self.id(at);
        let has_name = |id: Oid| self.wanted.named.contains(&id);
        let same = base.filter(|base| !has_name(id) && !has_name(self.id(base.at))).and_then(|base| {
            let spans = self.same(&base.text, &bytes, runs)?;
            Some((spans, Arc::clone(&base.text.entries)))
        });
        let (spans, entries) = same.unwrap_or_else(|| {
            let (spans, entries): (Vec<_>, Vec<_>) =
                self.wanted.entries(id, &bytes, |entry| self.leading.has(entry)).unzip();
            (spans, entries.into())
        });
        if !entries.is_empty() {
            found.push((id, Arc::clone(&entries)));
        }
        Picked { bytes, spans, entries }
    }

    /// Reading every object has reported it.
    fn refuse(&self, _: u32, _: Refusal, _: &mut Self::Found) {}

    fn join(&self, mut left: Self::Found, right: Self::Found) -> Self::Found {
        left.extend(right);
        left
    }
}
