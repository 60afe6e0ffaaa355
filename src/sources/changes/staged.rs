//! What the index has and HEAD has not, as a hook before a commit needs it. Starts no thread.
//!
//! Comes in: a repository. Goes out: credentials that the next commit would add. The index's blobs are read, never the files
//! of the working tree. Of a conflict every version is read, each as if it were the one to be committed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, Oid, Repository};

use super::graph;
use super::index::{Entry, Index};
use super::texts::{Reader, Side};
use super::trees::{self, Gain};
use crate::model::place::PlaceKind;
use crate::sources::history::graph::Node;
use crate::sources::history::{MAX_SIZE, checkout};

/// Type and permissions of a submodule, whose id is no object here.
const SUBMODULE: u32 = 0o160_000;
/// The type in a mode.
const TYPE: u32 = 0o170_000;
/// Versions of a conflict: base, ours, theirs.
const STAGES: u16 = 3;

/// Reads the index and HEAD, and says whether anything is staged. Fails if either cannot be read.
pub(super) fn scan(repository: &Repository, reader: &mut Reader<'_>) -> Result<bool, String> {
    let bytes = read_index(repository)?;
    let index = bytes.as_deref().map(Index::parse).transpose();
    let index = index.map_err(|why| checkout::unreadable_index(&why))?.unwrap_or_default();
    let tree = head_tree(repository, reader)?;
    let (head, unchanged) = Head::read(tree, &index, reader);
    if !reader.scanned.unscanned.is_empty() {
        // With a part of HEAD unread, old files would look new.
        return Ok(true);
    }
    let mut entries = index.outside(&unchanged);
    entries.retain(|entry| !entry.only_the_name);
    let staged: BTreeSet<&[u8]> =
        entries.iter().filter(|entry| head.lacks(entry)).map(|entry| entry.path.as_ref()).collect();
    reader.scanned.remarks.push(match staged.len() {
        0 => "no staged files".to_owned(),
        1 => "1 staged file".to_owned(),
        more => format!("{more} staged files"),
    });
    // What was only removed is a change too.
    let files = entries.iter().filter(|entry| entry.mode & TYPE != SUBMODULE).count();
    let is_something_gone = head.files() > files;
    let in_conflict = entries.iter().any(|entry| entry.stage != 0);
    for version in if in_conflict { 1..=STAGES } else { 0..=0 } {
        let entries: Vec<&Entry<'_>> =
            entries.iter().filter(|entry| entry.stage == 0 || entry.stage == version).collect();
        let new = head.outdone_by(&entries, reader);
        if !new.is_empty() {
            let old = head.left_by(&entries, reader);
            let additions = new.added_to(&old);
            reader.tell(&new, &additions, PlaceKind::Staged, None);
        }
    }
    Ok(!staged.is_empty() || is_something_gone)
}

/// Files and folders at HEAD by their paths, with the blobs of the files; without folders that are the same in the index.
struct Head(HashMap<Vec<u8>, Option<Oid>>);

impl Head {
    /// Also gives the folders that are the same in the index.
    fn read(tree: Option<Oid>, index: &Index<'_>, reader: &mut Reader<'_>) -> (Self, Vec<Vec<u8>>) {
        let mut files = HashMap::new();
        let mut unchanged = Vec::new();
        if let Some(tree) = tree {
            let mut sink = |path: &[u8], gain: Gain| match gain {
                Gain::Name => drop(files.insert(path.to_owned(), None)),
                Gain::Content(id) => drop(files.insert(path.to_owned(), Some(id))),
            };
            let mut is_known = |path: &[u8], tree: Oid| {
                let is_known = index.holds(path, tree);
                if is_known {
                    unchanged.push(path.to_owned());
                }
                is_known
            };
            trees::files(reader.odb, tree, &mut is_known, &mut sink, &mut reader.scanned.unscanned);
        }
        (Self(files), unchanged)
    }

    fn files(&self) -> usize {
        self.0.values().flatten().count()
    }

    /// Whether this content is not at HEAD at this path.
    fn lacks(&self, entry: &Entry<'_>) -> bool {
        entry.mode & TYPE != SUBMODULE && self.0.get(entry.path.as_ref()) != Some(&Some(entry.id))
    }

    /// What `entries` have and HEAD has not.
    fn outdone_by(&self, entries: &[&Entry<'_>], reader: &mut Reader<'_>) -> Side {
        let mut side = Side::default();
        for entry in entries.iter().filter(|entry| self.lacks(entry)) {
            reader.take(&entry.path, Gain::Content(entry.id), &mut side);
        }
        let new_files = entries.iter().filter(|entry| !self.0.contains_key(entry.path.as_ref()));
        let new_names: BTreeSet<&[u8]> =
            new_files.flat_map(|entry| with_folders(&entry.path)).filter(|path| !self.0.contains_key(*path)).collect();
        new_names.into_iter().for_each(|path| reader.take(path, Gain::Name, &mut side));
        side
    }

    /// What HEAD has and `entries` have not.
    fn left_by(&self, entries: &[&Entry<'_>], reader: &mut Reader<'_>) -> Side {
        let mut side = Side::default();
        let contents: HashMap<&[u8], Oid> = entries
            .iter()
            .filter(|entry| entry.mode & TYPE != SUBMODULE)
            .map(|entry| (entry.path.as_ref(), entry.id))
            .collect();
        let names: HashSet<&[u8]> = entries.iter().flat_map(|entry| with_folders(&entry.path)).collect();
        let mut files: Vec<(&Vec<u8>, &Option<Oid>)> = self.0.iter().collect();
        files.sort_unstable();
        for (path, blob) in files {
            if !names.contains(path.as_slice()) {
                reader.take(path, Gain::Name, &mut side);
            }
            if let Some(id) = blob
                && contents.get(path.as_slice()) != Some(id)
            {
                reader.take(path, Gain::Content(*id), &mut side);
            }
        }
        side
    }
}

/// `a/b/c`, `a/b`, `a`.
fn with_folders(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(path), |path| path.iter().rposition(|byte| *byte == b'/').map(|end| &path[..end]))
}

/// The tree of HEAD's commit; none before the first commit.
fn head_tree(repository: &Repository, reader: &Reader<'_>) -> Result<Option<Oid>, String> {
    let unreadable = |why: &str| format!("HEAD cannot be read ({why}); check it with `git fsck`");
    let id = match repository.head().and_then(|head| head.peel_to_commit()) {
        Ok(commit) => commit.id(),
        Err(error) if error.code() == ErrorCode::UnbornBranch => return Ok(None),
        Err(error) => return Err(unreadable(error.message())),
    };
    let commit = graph::read(reader.odb, id, MAX_SIZE)?;
    Node::parse(id, commit.data()).map(|node| Some(node.tree)).ok_or_else(|| unreadable("it is no commit"))
}

/// The index that git is about to commit. A repository in which nothing was ever staged has none.
fn read_index(repository: &Repository) -> Result<Option<Vec<u8>>, String> {
    if repository.is_bare() {
        return Err("a bare repository has no index, so nothing is staged; name a working tree".into());
    }
    let path = given_index(repository).unwrap_or_else(|| repository.path().join("index"));
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(checkout::unreadable_index(&error.to_string())),
    }
}

/// For `git commit --all` and `git commit FILE` git makes an index of its own, and names it to hooks in `GIT_INDEX_FILE`. That
/// of another repository, whose hook this may be, is none of this one's.
fn given_index(repository: &Repository) -> Option<PathBuf> {
    let named = PathBuf::from(std::env::var_os("GIT_INDEX_FILE").filter(|named| !named.is_empty())?);
    let path = repository.workdir()?.join(named);
    let real = |path: &Path| path.canonicalize().ok();
    let is_within = real(path.parent()?) == real(repository.path());
    let is_current = || Repository::discover(".").is_ok_and(|current| real(current.path()) == real(repository.path()));
    (is_within || is_current()).then_some(path)
}
