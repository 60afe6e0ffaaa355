//! The reference engine: libgit2 reads every object of the object database, each once, whole.
//!
//! Slow and plain. Faster engines are held to its answer.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use git2::{ObjectType, Odb, OdbObject, Oid, Repository};
use rayon::prelude::*;

use super::{Message, Objects, refs};
use crate::model::meter::Meter;
use crate::model::place::PlaceKind;
use crate::model::report::Unscanned;
use crate::model::scan::{Match, Scanner};
use crate::sources::{Options, files};

/// Objects of more bytes are not read unless the user sets a limit: libgit2 holds an object in memory whole.
const MAX_SIZE: u64 = 1 << 30;
/// Objects that one worker takes at a time: neighbours in the pack share delta bases, so they belong together.
const CHUNK: usize = 1024;
/// Bytes of an object id in a tree.
const ID_BYTES: usize = 20;

/// Reads every object of `repository`.
pub fn read(repository: &Repository, options: &Options, scanner: &dyn Scanner, meter: &Meter) -> Objects {
    let mut objects = Objects::default();
    let ids = list(repository, &mut objects);
    meter.expect(ids.len() as u64);
    let git_dir = repository.path();
    let reader = Reader { scanner, meter, limit: options.max_size.unwrap_or(MAX_SIZE) };
    let parts: Vec<Objects> = ids
        .par_chunks(CHUNK)
        .map_init(
            || Repository::open(git_dir),
            |repository, ids| {
                let opened = repository.as_ref().map_err(super::refusal);
                match opened.and_then(|repository| repository.odb().map_err(|error| super::refusal(&error))) {
                    Ok(odb) => reader.read_all(&odb, ids),
                    Err(why) => Objects::failed(".git", why),
                }
            },
        )
        .collect();
    parts.into_iter().for_each(|part| objects.absorb(part));
    objects.scanned.unscanned = summarised(std::mem::take(&mut objects.scanned.unscanned));
    objects
}

/// Ids of all objects, each once, in the order of the packs.
fn list(repository: &Repository, objects: &mut Objects) -> Vec<Oid> {
    let mut ids = Vec::new();
    let mut seen = HashSet::new();
    let mut unscanned = |why: String| objects.scanned.unscanned.push(Unscanned { what: ".git/objects".into(), why });
    let listed = repository.odb().and_then(|odb| {
        odb.foreach(|id| {
            if seen.insert(*id) {
                ids.push(*id);
            }
            true
        })
    });
    if let Err(error) = listed {
        unscanned(format!(
            "the list of objects cannot be read to its end ({}); repair it with `git fsck`",
            error.message()
        ));
    }
    for pack in packs_without_partner(&repository.commondir().join("objects/pack")) {
        unscanned(format!(
            "{pack} lacks its pack or its index, so its objects were not read; restore it or run `git index-pack`"
        ));
    }
    ids
}

/// Names of packs without index and of indexes without pack: libgit2 passes over both without a word.
fn packs_without_partner(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let mut lonely: Vec<String> = paths
        .iter()
        .filter(|path| match path.extension().and_then(|extension| extension.to_str()) {
            Some("pack") => !path.with_extension("idx").exists(),
            Some("idx") => !path.with_extension("pack").exists(),
            _ => false,
        })
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    lonely.sort();
    lonely
}

/// What all workers need.
struct Reader<'a> {
    scanner: &'a dyn Scanner,
    meter: &'a Meter,
    limit: u64,
}

impl Reader<'_> {
    fn read_all(&self, odb: &Odb<'_>, ids: &[Oid]) -> Objects {
        let mut objects = Objects::default();
        for id in ids {
            let size = match self.read(odb, *id, &mut objects) {
                Ok(size) => size,
                Err(why) => {
                    objects.scanned.unscanned.push(Unscanned { what: id.to_string(), why });
                    0
                }
            };
            self.meter.advance(size);
        }
        objects
    }

    fn read(&self, odb: &Odb<'_>, id: Oid, objects: &mut Objects) -> Result<u64, String> {
        let broken =
            |error: git2::Error| format!("the object cannot be read ({}); repair it with `git fsck`", error.message());
        let (size, _) = odb.read_header(id).map_err(broken)?;
        if size as u64 > self.limit {
            return Err(files::too_large(size as u64, self.limit));
        }
        let object = odb.read(id).map_err(broken)?;
        objects.scanned.stats.objects += 1;
        objects.scanned.stats.object_bytes += object.len() as u64;
        self.scan(id, &object, objects);
        Ok(object.len() as u64)
    }

    fn scan(&self, id: Oid, object: &OdbObject<'_>, objects: &mut Objects) {
        let found = self.scanner.scan(object.data());
        if let Some(why) = found.cut_short {
            objects.scanned.unscanned.push(Unscanned { what: id.to_string(), why });
        }
        let kind = object.kind();
        if kind == ObjectType::Commit {
            objects.scanned.stats.commits += 1;
            objects.commits.push(id);
        }
        if found.matches.is_empty() {
            return;
        }
        match kind {
            ObjectType::Commit => objects.messages.push(message(id, PlaceKind::Message, object.data(), found.matches)),
            ObjectType::Tag => objects.messages.push(message(id, PlaceKind::Tag, object.data(), found.matches)),
            ObjectType::Tree => self.scan_names(object.data(), objects),
            _ => {
                objects.blobs.insert(id, found.matches);
            }
        }
    }

    /// Searches each name in a tree by itself: what matched in the tree as a whole may have been an object id.
    fn scan_names(&self, tree: &[u8], objects: &mut Objects) {
        for name in names(tree) {
            let matches = self.scanner.scan(name).matches;
            if !matches.is_empty() {
                objects.names.insert(name.to_vec(), matches);
            }
        }
    }
}

/// The names in a tree object: each stands between a space and a NUL, followed by a binary id.
fn names(mut tree: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    while let Some(nul) = tree.iter().position(|byte| *byte == 0) {
        if let Some(space) = tree[..nul].iter().position(|byte| *byte == b' ') {
            names.push(&tree[space + 1..nul]);
        }
        tree = tree.get(nul + 1 + ID_BYTES..).unwrap_or_default();
    }
    names
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

/// One error for each reason, with the first object and the number of the others: a broken pack breaks thousands.
fn summarised(unscanned: Vec<Unscanned>) -> Vec<Unscanned> {
    let mut by_reason = BTreeMap::<String, (String, usize)>::new();
    for Unscanned { what, why } in unscanned {
        by_reason.entry(why).or_insert((what, 0)).1 += 1;
    }
    by_reason
        .into_iter()
        .map(|(why, (what, count))| {
            let what = if count > 1 { format!("{count} objects, {what} the first") } else { what };
            Unscanned { what, why }
        })
        .collect()
}

impl Objects {
    fn failed(what: &str, why: String) -> Self {
        let mut objects = Self::default();
        objects.scanned.unscanned.push(Unscanned { what: what.into(), why });
        objects
    }

    fn absorb(&mut self, other: Self) {
        self.blobs.extend(other.blobs);
        self.names.extend(other.names);
        self.messages.extend(other.messages);
        self.commits.extend(other.commits);
        self.scanned.absorb(other.scanned);
    }
}
