//! What an engine finds in git's objects, whichever engine it is.

use std::collections::{BTreeMap, HashMap};

use git2::{ObjectType, Oid};

use super::refs;
use crate::model::place::{Commit, PlaceKind};
use crate::model::report::Unscanned;
use crate::model::scan::{Match, Scan, Scanned, Scanner};

/// Bytes of an object id in a tree.
const ID_BYTES: usize = 20;

/// What an engine found in the objects.
#[derive(Debug, Default)]
pub struct Objects {
    /// Matches in blobs, by blob.
    pub blobs: HashMap<Oid, Vec<Match>>,
    /// Matches in names of files and folders, by name.
    pub names: HashMap<Vec<u8>, Vec<Match>>,
    /// Messages with matches.
    pub messages: Vec<Message>,
    /// Every commit there is, reachable or not.
    pub commits: Vec<Oid>,
    /// Errors and counts.
    pub scanned: Scanned,
}

/// A commit's or tag's text with matches in it.
#[derive(Debug)]
pub struct Message {
    /// The commit or tag.
    pub id: Oid,
    /// [`PlaceKind::Message`] or [`PlaceKind::Tag`].
    pub kind: PlaceKind,
    /// Whose it is.
    pub commit: Commit,
    /// Matches; their lines count from the first line of the message.
    pub matches: Vec<Match>,
}

impl Objects {
    /// Nothing but one error.
    pub fn failed(what: &str, why: String) -> Self {
        let mut objects = Self::default();
        objects.fail(what.to_owned(), why);
        objects
    }

    /// Adds an error.
    pub fn fail(&mut self, what: String, why: String) {
        self.scanned.unscanned.push(Unscanned { what, why });
    }

    /// Adds one object and what a scan of all its bytes says.
    pub fn record(&mut self, id: Oid, kind: ObjectType, bytes: &[u8], scan: Scan, scanner: &dyn Scanner) {
        self.scanned.stats.objects += 1;
        self.scanned.stats.object_bytes += bytes.len() as u64;
        if kind == ObjectType::Commit {
            self.scanned.stats.commits += 1;
            self.commits.push(id);
        }
        if let Some(why) = scan.cut_short {
            self.fail(id.to_string(), why);
        }
        if scan.matches.is_empty() {
            return;
        }
        match kind {
            ObjectType::Commit => self.messages.push(message(id, PlaceKind::Message, bytes, scan.matches)),
            ObjectType::Tag => self.messages.push(message(id, PlaceKind::Tag, bytes, scan.matches)),
            ObjectType::Tree => self.record_names(bytes, scanner),
            _ => {
                self.blobs.insert(id, scan.matches);
            }
        }
    }

    /// Searches each name in a tree by itself: what matched in the tree as a whole may have been an object id.
    fn record_names(&mut self, tree: &[u8], scanner: &dyn Scanner) {
        for TreeEntry { name, .. } in tree_entries(tree) {
            let matches = scanner.scan(name).matches;
            if !matches.is_empty() {
                self.names.insert(name.to_vec(), matches);
            }
        }
    }

    /// Joins what another worker found.
    pub fn absorb(&mut self, other: Self) {
        self.blobs.extend(other.blobs);
        self.names.extend(other.names);
        self.messages.extend(other.messages);
        self.commits.extend(other.commits);
        self.scanned.absorb(other.scanned);
    }

    /// Leaves one error for each reason, with the first object and the number of the others: a broken pack breaks thousands.
    pub fn summarise_errors(&mut self) {
        let mut by_reason = BTreeMap::<String, Vec<String>>::new();
        for Unscanned { what, why } in std::mem::take(&mut self.scanned.unscanned) {
            by_reason.entry(why).or_default().push(what);
        }
        for (why, mut all) in by_reason {
            all.sort();
            let what =
                if all.len() > 1 { format!("{} objects, {} the first", all.len(), all[0]) } else { all.remove(0) };
            self.fail(what, why);
        }
    }
}

/// An entry of a tree object.
pub struct TreeEntry<'a> {
    /// Whether it is a tree itself.
    pub is_folder: bool,
    /// The name of the file or folder.
    pub name: &'a [u8],
    /// The blob, tree, or a submodule's commit.
    pub id: Oid,
}

/// The entries of a tree object (`mode name NUL id`), as far as it is well formed.
pub fn tree_entries(mut tree: &[u8]) -> impl Iterator<Item = TreeEntry<'_>> {
    std::iter::from_fn(move || {
        let nul = tree.iter().position(|byte| *byte == 0)?;
        let space = tree[..nul].iter().position(|byte| *byte == b' ')?;
        let id = Oid::from_bytes(tree.get(nul + 1..nul + 1 + ID_BYTES)?).ok()?;
        let entry = TreeEntry { is_folder: &tree[..space] == b"40000", name: &tree[space + 1..nul], id };
        tree = &tree[nul + 1 + ID_BYTES..];
        Some(entry)
    })
}

/// A commit or tag with matches; lines are counted from its message, and what stands in its header counts as line 1.
fn message(id: Oid, kind: PlaceKind, text: &[u8], mut matches: Vec<Match>) -> Message {
    let header_end = text.windows(2).position(|pair| pair == b"\n\n").map_or(0, |end| end + 2);
    let header_lines = text[..header_end].iter().filter(|byte| **byte == b'\n').count();
    for found in &mut matches {
        let position = &mut found.position;
        if found.span.start < header_end {
            (position.line, position.column) = (1, 1);
        } else {
            position.line -= header_lines;
        }
        if found.span.end <= header_end {
            (position.end_line, position.end_column) = (1, 1);
        } else {
            position.end_line -= header_lines;
        }
    }
    Message { id, kind, commit: refs::describe_raw(id, kind, &text[..header_end]), matches }
}
