//! What one tree has that others have not: a comparison by names and object ids, whatever the content.
//!
//! Comes in: ids of trees, hostile until parsed. Goes out: blobs and names with their paths. git's own comparison is not
//! used: attributes can make it pass over a file.

use std::collections::HashMap;

use git2::{ObjectType, Odb, OdbObject, Oid};

use super::graph;
use crate::model::report::Unscanned;
use crate::sources::history::MAX_SIZE;
use crate::sources::history::objects::{self, EntryKind, TreeEntry};
use crate::sources::history::trees::DEEPEST;

/// Entries of one commit that are looked at: no real commit changes so many, a tree that names itself over and over may.
const MOST_ENTRIES: usize = 4_000_000;

/// Something that the others do not have at this path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gain {
    /// A blob: a file's content or a link's target.
    Content(Oid),
    /// The last name of the path.
    Name,
}

/// What a tree has that none of `others` has at the same path goes to `sink`; what cannot be read goes to `problems`.
pub(super) fn gains(
    odb: &Odb<'_>,
    tree: Oid,
    others: &[Oid],
    sink: &mut dyn FnMut(&[u8], Gain),
    problems: &mut Vec<Unscanned>,
) {
    compare(odb, tree, others, &mut |_, _| false, sink, problems);
}

/// All that a tree has goes to `sink`, but for the folders, by path and id, of which `is_known` says that they are known.
pub(super) fn files(
    odb: &Odb<'_>,
    tree: Oid,
    is_known: &mut dyn FnMut(&[u8], Oid) -> bool,
    sink: &mut dyn FnMut(&[u8], Gain),
    problems: &mut Vec<Unscanned>,
) {
    if !is_known(b"", tree) {
        compare(odb, tree, &[], is_known, sink, problems);
    }
}

fn compare(
    odb: &Odb<'_>,
    tree: Oid,
    others: &[Oid],
    is_known: &mut dyn FnMut(&[u8], Oid) -> bool,
    sink: &mut dyn FnMut(&[u8], Gain),
    problems: &mut Vec<Unscanned>,
) {
    let mut comparison = Comparison { odb, path: Vec::new(), left: MOST_ENTRIES, is_known, sink, problems };
    comparison.folder(tree, others, 0);
    if comparison.left == 0 {
        let why = format!("it changes more than {MOST_ENTRIES} files; the others were not looked at");
        comparison.problems.push(Unscanned { what: tree.to_string(), why });
    }
}

struct Comparison<'a> {
    odb: &'a Odb<'a>,
    path: Vec<u8>,
    left: usize,
    is_known: &'a mut dyn FnMut(&[u8], Oid) -> bool,
    sink: &'a mut dyn FnMut(&[u8], Gain),
    problems: &'a mut Vec<Unscanned>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry<'a> {
    name: &'a [u8],
    kind: EntryKind,
    id: Oid,
}

impl Comparison<'_> {
    fn folder(&mut self, tree: Oid, others: &[Oid], depth: usize) {
        if others.contains(&tree) {
            return;
        }
        if depth > DEEPEST {
            return self.fail(format!("folders lie more than {DEEPEST} deep here; the deeper ones were not looked at"));
        }
        let read = |id: &Oid| tree_object(self.odb, *id);
        let (mine, theirs) = match (read(&tree), others.iter().map(read).collect::<Result<Vec<_>, _>>()) {
            (Ok(mine), Ok(theirs)) => (mine, theirs),
            (Err(why), _) | (_, Err(why)) => return self.fail(why),
        };
        let (Some(mine), Some(theirs)) =
            (entries(mine.data()), theirs.iter().map(|tree| entries(tree.data())).collect::<Option<Vec<_>>>())
        else {
            return self.fail("the list of files in this folder is broken; check it with `git fsck`".into());
        };
        let theirs: Vec<Other<'_>> = theirs.iter().map(|theirs| Other::new(&mine, theirs)).collect();
        for (place, entry) in mine.iter().enumerate() {
            if self.left == 0 {
                return;
            }
            if theirs.iter().any(|other| other.has(place, entry)) {
                continue;
            }
            self.left -= 1;
            let start = self.path.len();
            self.path.extend_from_slice(entry.name);
            self.entry(entry, &theirs, depth);
            self.path.truncate(start);
        }
    }

    /// An entry that none of the others has.
    fn entry(&mut self, entry: &Entry<'_>, theirs: &[Other<'_>], depth: usize) {
        if entry.kind == EntryKind::Folder && (self.is_known)(&self.path, entry.id) {
            return;
        }
        if theirs.iter().all(|other| !other.rest.contains_key(entry.name)) {
            (self.sink)(&self.path, Gain::Name);
        }
        match entry.kind {
            EntryKind::Blob => (self.sink)(&self.path, Gain::Content(entry.id)),
            EntryKind::Folder => {
                let there = theirs.iter().filter_map(|other| other.rest.get(entry.name));
                let folders: Vec<Oid> =
                    there.filter(|other| other.kind == EntryKind::Folder).map(|other| other.id).collect();
                self.path.push(b'/');
                self.folder(entry.id, &folders, depth + 1);
            }
            EntryKind::Submodule => {}
        }
    }

    fn fail(&mut self, why: String) {
        let path = String::from_utf8_lossy(&self.path);
        let what = if path.is_empty() { ".git".to_owned() } else { path.into_owned() };
        self.problems.push(Unscanned { what, why });
    }
}

/// Another tree beside ours. Most entries of both are the same, so only what lies between the first and the last difference
/// is looked up by name.
struct Other<'a> {
    /// Entries of ours before this place are here too.
    same_before: usize,
    /// And so are those from this place on.
    same_from: usize,
    rest: HashMap<&'a [u8], Entry<'a>>,
}

impl<'a> Other<'a> {
    fn new(ours: &[Entry<'_>], theirs: &[Entry<'a>]) -> Self {
        let start = ours.iter().zip(theirs).take_while(|(our, their)| our == their).count();
        let (ours_left, theirs_left) = (&ours[start..], &theirs[start..]);
        let end = ours_left.iter().rev().zip(theirs_left.iter().rev()).take_while(|(our, their)| our == their).count();
        let rest = theirs_left[..theirs_left.len() - end].iter().map(|entry| (entry.name, *entry)).collect();
        Self { same_before: start, same_from: ours.len() - end, rest }
    }

    /// Whether the entry at this place among ours is here, whatever its permissions.
    fn has(&self, place: usize, entry: &Entry<'_>) -> bool {
        place < self.same_before || place >= self.same_from || self.rest.get(entry.name) == Some(entry)
    }
}

fn tree_object<'o>(odb: &'o Odb<'_>, id: Oid) -> Result<OdbObject<'o>, String> {
    let object = graph::read(odb, id, MAX_SIZE)?;
    match object.kind() {
        ObjectType::Tree => Ok(object),
        _ => Err("what should be a folder is something else; check it with `git fsck`".into()),
    }
}

/// The entries of a tree; none if it is not well formed to its end.
fn entries(tree: &[u8]) -> Option<Vec<Entry<'_>>> {
    let mut end = 0;
    let mut entries = Vec::new();
    for TreeEntry { kind, name, id, span } in objects::tree_entries(tree) {
        entries.push(Entry { name, kind, id: Oid::from_bytes(id).ok()? });
        end = span.end;
    }
    (end == tree.len()).then_some(entries)
}
