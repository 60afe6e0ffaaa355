//! What an engine finds in git's objects, whichever engine it is.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use git2::{ObjectType, Oid};

use super::graph::Node;
use super::outline::Outlines;
use super::refs;
use crate::model::place::{Commit, PlaceKind};
use crate::model::report::Unscanned;
use crate::model::scan::{Match, Missed, Scan, Scanned, Scanner};

/// Bytes of an object id in a tree.
const ID_BYTES: usize = 20;
/// Names without a match that are remembered, so that they are not searched again in every tree.
const MOST_PLAIN: usize = 1 << 16;
/// Bytes of the longest of them.
const LONGEST_PLAIN: usize = 128;

/// What an engine found in the objects.
#[derive(Debug, Default)]
pub struct Objects {
    /// Matches in blobs, by blob; also of blobs that have none but parts that were not looked at.
    pub blobs: HashMap<Oid, Vec<Match>>,
    /// What lies inside of blobs and was not looked at.
    pub missed: BTreeMap<Oid, Vec<Missed>>,
    /// Matches in names of files and folders, by name.
    pub names: HashMap<Vec<u8>, Vec<Match>>,
    /// Some names that have none.
    plain: HashSet<Vec<u8>>,
    /// Messages with matches.
    pub messages: Vec<Message>,
    /// Every commit there is, reachable or not.
    pub commits: Vec<Node>,
    /// Of each pack that the delta engine read, which entries of its trees matter.
    pub outlines: Vec<Outlines>,
    /// Trees that libgit2 read.
    pub trees: Vec<Oid>,
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

    /// Counts an object.
    pub fn count(&mut self, bytes: &[u8]) {
        self.scanned.stats.objects += 1;
        self.scanned.stats.object_bytes += bytes.len() as u64;
    }

    /// Adds a blob, commit or tag and what a scan of all its bytes says. Most objects' ids are not asked for.
    pub fn record(&mut self, id: impl FnOnce() -> Oid, kind: ObjectType, bytes: &[u8], mut scan: Scan) {
        self.count(bytes);
        if kind != ObjectType::Commit && scan.matches.is_empty() && scan.cut_short.is_none() && scan.missed.is_empty() {
            return;
        }
        let id = id();
        if kind == ObjectType::Commit {
            self.scanned.stats.commits += 1;
            self.commits.extend(Node::parse(id, bytes));
        }
        if let Some(why) = scan.cut_short.take() {
            self.fail(id.to_string(), why);
        }
        if !scan.missed.is_empty() && kind == ObjectType::Blob {
            self.missed.insert(id, std::mem::take(&mut scan.missed));
            self.blobs.entry(id).or_default();
        }
        if scan.matches.is_empty() {
            return;
        }
        match kind {
            ObjectType::Commit => self.messages.push(message(id, PlaceKind::Message, bytes, scan.matches)),
            ObjectType::Tag => self.messages.push(message(id, PlaceKind::Tag, bytes, scan.matches)),
            _ => {
                self.blobs.insert(id, scan.matches);
            }
        }
    }

    /// Searches the name of a file or folder by itself; says whether it has matches.
    pub fn record_name(&mut self, name: &[u8], scanner: &dyn Scanner) -> bool {
        if self.plain.contains(name) {
            return false;
        }
        if self.names.contains_key(name) {
            return true;
        }
        let Scan { matches, cut_short, .. } = scanner.scan(name);
        if let Some(why) = cut_short {
            self.fail("a name in a folder".into(), why);
        }
        if matches.is_empty() {
            if self.plain.len() < MOST_PLAIN && name.len() <= LONGEST_PLAIN {
                self.plain.insert(name.to_vec());
            }
            return false;
        }
        self.names.insert(name.to_vec(), matches);
        true
    }

    /// Joins what another worker found.
    pub fn absorb(&mut self, other: Self) {
        self.blobs.extend(other.blobs);
        self.missed.extend(other.missed);
        self.names.extend(other.names);
        self.messages.extend(other.messages);
        self.commits.extend(other.commits);
        self.outlines.extend(other.outlines);
        self.trees.extend(other.trees);
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

/// What an entry of a tree names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A tree.
    Folder,
    /// A blob: a file's content or a link's target.
    Blob,
    /// A commit of another repository.
    Submodule,
}

impl EntryKind {
    /// Reads a mode, which old tools wrote with leading zeros; none if it is no octal number.
    fn of(mode: &[u8]) -> Option<Self> {
        let zeros = mode.iter().take_while(|digit| **digit == b'0').count();
        match &mode[zeros..] {
            b"40000" => Some(Self::Folder),
            b"160000" => Some(Self::Submodule),
            digits => digits.iter().all(|digit| (b'0'..=b'7').contains(digit)).then_some(Self::Blob),
        }
    }
}

/// An entry of a tree object.
pub struct TreeEntry<'a> {
    /// What it names.
    pub kind: EntryKind,
    /// The name of the file or folder.
    pub name: &'a [u8],
    /// The id, as bytes, of the blob, tree, or submodule's commit.
    pub id: &'a [u8],
    /// The bytes of the whole entry.
    pub span: Range<usize>,
}

/// The entries of a tree object (`mode name NUL id`), as far as it is well formed.
pub fn tree_entries(tree: &[u8]) -> impl Iterator<Item = TreeEntry<'_>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let entry = tree_entry(tree, start)?;
        start = entry.span.end;
        Some(entry)
    })
}

/// The entry of a tree object that begins at `start`, if one does.
pub fn tree_entry(tree: &[u8], start: usize) -> Option<TreeEntry<'_>> {
    let entry = tree.get(start..)?;
    let (kind, name) = kind_and_name(entry)?;
    let nul = name + memchr::memchr(0, &entry[name..])?;
    let id = entry.get(nul + 1..nul + 1 + ID_BYTES)?;
    let span = start..start + nul + 1 + ID_BYTES;
    Some(TreeEntry { kind, name: &entry[name..nul], id, span })
}

/// What kind an entry is of, and where its name begins.
fn kind_and_name(entry: &[u8]) -> Option<(EntryKind, usize)> {
    // Most are files that nobody executes, or folders.
    if entry.starts_with(b"100644 ") {
        return Some((EntryKind::Blob, 7));
    }
    if entry.starts_with(b"40000 ") {
        return Some((EntryKind::Folder, 6));
    }
    let space = entry.iter().position(|byte| matches!(byte, b' ' | 0)).filter(|at| entry[*at] == b' ')?;
    Some((EntryKind::of(&entry[..space])?, space + 1))
}

/// Where those lines of a commit end that name its tree and its parents: they need no search. Other objects have none.
pub fn end_of_ids(kind: ObjectType, text: &[u8]) -> usize {
    let names: &[&[u8]] = if kind == ObjectType::Commit { &[b"tree ", b"parent "] } else { &[] };
    let mut end = 0;
    while let Some(name) = names.iter().find(|name| text[end..].starts_with(name))
        && let Some((id, [b'\n', ..])) = text[end + name.len()..].split_at_checked(2 * ID_BYTES)
        // All of them are looked at, which is quicker than to ask after each.
        && id.iter().fold(true, |all, byte| all & byte.is_ascii_hexdigit())
    {
        end += name.len() + id.len() + 1;
    }
    end
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
    Message { id, kind, commit: refs::describe_raw(id, kind, text, header_end), matches }
}
