//! git's index, read for what is staged.
//!
//! Comes in: the bytes of an index file, versions 2 to 4, hostile until parsed. Goes out: its entries, and which folders git has
//! already written as trees: what a commit will hold for these is known by one id, so that a folder which has the same at HEAD
//! need not be looked into. libgit2 reads neither that nor, in reasonable time, the index of a large repository.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use git2::Oid;

const ID_BYTES: usize = 20;
/// Times, device, owner and size stand before the id.
const BEFORE_ID: usize = 40;
const MODE_AT: usize = 24;
/// In the flags: there are more of them; which version of a conflict it is; how long the path is.
const MORE_FLAGS: u16 = 1 << 14;
const STAGE_SHIFT: u16 = 12;
const STAGE: u16 = 3;
const LENGTH: u16 = 0xfff;
/// In the further flags: only the name was added (`git add -N`), so a commit would not hold it.
const ONLY_THE_NAME: u16 = 1 << 13;
/// Entries of the older versions are a multiple of so many bytes.
const PADDED: usize = 8;

/// An index.
#[derive(Default)]
pub(super) struct Index<'a> {
    /// In order of their paths.
    pub(super) entries: Vec<Entry<'a>>,
    /// Folders that are written as trees, by path; the top has none.
    trees: HashMap<Vec<u8>, Oid>,
}

/// A file that is staged or as it was.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) path: Cow<'a, [u8]>,
    pub(super) mode: u32,
    pub(super) id: Oid,
    /// Which version of a conflict: 1 base, 2 ours, 3 theirs, 0 without conflict.
    pub(super) stage: u16,
    pub(super) only_the_name: bool,
}

impl<'a> Index<'a> {
    /// Reads an index; the error is a clause that says what is wrong with it.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        let mut reader = Reader { bytes, at: 0, end: bytes.len().saturating_sub(ID_BYTES) };
        if reader.take(4) != Some(b"DIRC") {
            return Err("it does not begin like one".into());
        }
        let version = reader.number().unwrap_or(0);
        if !(2..=4).contains(&version) {
            return Err(format!("its version {version} is not known"));
        }
        let count = reader.number().unwrap_or(0) as usize;
        let mut entries: Vec<Entry<'a>> = Vec::with_capacity(count.min(bytes.len() / (BEFORE_ID + ID_BYTES)));
        for _ in 0..count {
            let before = entries.last();
            let entry = reader.entry(version, before).ok_or("it ends in the middle of an entry")?;
            if before.is_some_and(|before| (&before.path, before.stage) >= (&entry.path, entry.stage)) {
                return Err("its entries are not in order".into());
            }
            entries.push(entry);
        }
        let trees = reader.extensions()?.map(|written| trees(&bytes[written])).unwrap_or_default();
        Ok(Self { entries, trees })
    }

    /// Whether a commit will hold just this tree for the folder at `path`.
    pub(super) fn holds(&self, path: &[u8], tree: Oid) -> bool {
        self.trees.get(path) == Some(&tree)
    }

    /// Entries that lie in none of `folders`.
    pub(super) fn outside(self, folders: &[Vec<u8>]) -> Vec<Entry<'a>> {
        if folders.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        let mut is_inside = vec![false; self.entries.len()];
        for folder in folders {
            let start = [folder.as_slice(), b"/"].concat();
            let first = self.entries.partition_point(|entry| *entry.path < *start);
            let length = self.entries[first..].partition_point(|entry| entry.path.starts_with(&start));
            is_inside[first..first + length].fill(true);
        }
        self.entries.into_iter().zip(is_inside).filter(|(_, is_inside)| !is_inside).map(|(entry, _)| entry).collect()
    }
}

/// Reads bytes from front to back, up to the hash at the end.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let next = self.at.checked_add(length).filter(|next| *next <= self.end)?;
        let taken = &self.bytes[self.at..next];
        self.at = next;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn short(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    fn entry(&mut self, version: u32, before: Option<&Entry<'a>>) -> Option<Entry<'a>> {
        let start = self.at;
        let head = self.take(BEFORE_ID)?;
        let mode = u32::from_be_bytes(head[MODE_AT..MODE_AT + 4].try_into().ok()?);
        let id = Oid::from_bytes(self.take(ID_BYTES)?).ok()?;
        let flags = self.short()?;
        let more = if version > 2 && flags & MORE_FLAGS != 0 { self.short()? } else { 0 };
        let path = if version == 4 { self.shortened(before)? } else { self.padded(start, flags)? };
        let stage = (flags >> STAGE_SHIFT) & STAGE;
        Some(Entry { path, mode, id, stage, only_the_name: more & ONLY_THE_NAME != 0 })
    }

    /// A path up to a NUL, and NULs up to a multiple of eight.
    fn padded(&mut self, start: usize, flags: u16) -> Option<Cow<'a, [u8]>> {
        let length = match usize::from(flags & LENGTH) {
            short if short < usize::from(LENGTH) => short,
            _ => memchr::memchr(0, self.bytes.get(self.at..self.end)?)?,
        };
        let path = self.take(length)?;
        let taken = self.at - start;
        self.take(PADDED - taken % PADDED)?;
        Some(Cow::Borrowed(path))
    }

    /// How much of the path before is left out at its end, and what follows instead.
    fn shortened(&mut self, before: Option<&Entry<'a>>) -> Option<Cow<'a, [u8]>> {
        let mut byte = *self.take(1)?.first()?;
        let mut left_out = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = *self.take(1)?.first()?;
            left_out = left_out.checked_add(1)?.checked_mul(0x80)?.checked_add(usize::from(byte & 0x7f))?;
        }
        let before: &[u8] = before.map_or(&[], |before| &before.path);
        let kept = &before[..before.len().checked_sub(left_out)?];
        let length = memchr::memchr(0, self.bytes.get(self.at..self.end)?)?;
        let path = [kept, self.take(length)?].concat();
        self.take(1)?;
        Some(Cow::Owned(path))
    }

    /// Where the list of trees stands, if there is one. Fails at an extension without which an index cannot be understood.
    fn extensions(&mut self) -> Result<Option<Range<usize>>, String> {
        let mut found = None;
        while let Some(name) = self.take(4) {
            let length = self.number().unwrap_or(u32::MAX) as usize;
            let start = self.at;
            self.take(length).ok_or("it ends in the middle of an extension")?;
            match name {
                b"TREE" => found = Some(start..self.at),
                [first, ..] if first.is_ascii_uppercase() => {}
                _ => return Err(format!("it needs the extension `{}`", String::from_utf8_lossy(name).escape_debug())),
            }
        }
        Ok(found)
    }
}

/// The folders that are written as trees: each has a name, how many entries lie in it (-1: it is not written), how many folders
/// follow that lie in it, and the id if it is written. Ends at the first that is not well formed.
fn trees(mut bytes: &[u8]) -> HashMap<Vec<u8>, Oid> {
    let mut trees = HashMap::new();
    // Of each folder that is open: the length of its path, and how many folders are still to come in it.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut path = Vec::new();
    while let Some((name, count, folders, rest)) = tree(bytes) {
        while let Some((length, left)) = open.last_mut() {
            path.truncate(*length);
            if *left > 0 {
                *left -= 1;
                break;
            }
            open.pop();
        }
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        bytes = rest;
        if count >= 0 {
            let Some((id, rest)) = rest.split_at_checked(ID_BYTES) else { break };
            let Ok(id) = Oid::from_bytes(id) else { break };
            trees.insert(path.clone(), id);
            bytes = rest;
        }
        open.push((path.len(), folders));
    }
    trees
}

/// `name NUL count SPACE folders LF`, and what follows.
fn tree(bytes: &[u8]) -> Option<(&[u8], i64, usize, &[u8])> {
    let name = memchr::memchr(0, bytes)?;
    let line = memchr::memchr(b'\n', &bytes[name..])? + name;
    let numbers = std::str::from_utf8(&bytes[name + 1..line]).ok()?;
    let (count, folders) = numbers.split_once(' ')?;
    Some((&bytes[..name], count.parse().ok()?, folders.parse().ok()?, &bytes[line + 1..]))
}
