//! The delta engine: walks packs as trees of differences and scans only what changed.
//!
//! Every object is inflated once and built from its base's bytes, which are at hand since the base was built just before.
//! What this does not serve (loose objects, a base in another pack, whatever is broken) goes through the reference engine,
//! so the answer is that of reading every object one by one.
//!
//! Memory: of each tree the heaviest child comes last, and a text is let go when its last child is built. So a worker holds
//! at most one text for each time that the weight of a tree can be halved: the binary logarithm of the objects in the pack.

use std::rc::Rc;

use git2::{ObjectType, Oid, Repository};
use libdeflater::Decompressor;
use rayon::prelude::*;

use super::carry::{self, Text};
use super::delta;
use super::objects::Objects;
use super::pack::{Entry, Forest, Pack};
use super::reference::{self, Reader};
use super::store;
use crate::model::report::Unscanned;
use crate::sources::files;

/// Deflate cannot shrink by more than this; a larger claim is a lie.
const MOST_INFLATION: u64 = 1_040;
/// Trees that one worker takes at a time.
const TREES: usize = 32;

/// The packs of a repository, and what is wrong with those that are none.
pub fn packs(repository: &Repository) -> (Vec<Pack>, Vec<Unscanned>) {
    let (mut packs, mut broken) = (Vec::new(), Vec::new());
    for index in store::folders(repository.commondir()).iter().flat_map(|folder| store::pack_indexes(folder)) {
        let mut refuse = |why: &str| {
            let why = format!("the list of objects in this pack is broken ({why}); repair it with `git index-pack`");
            broken.push(Unscanned { what: index.display().to_string(), why });
        };
        match Pack::open(&index) {
            Ok(pack) if pack.is_sound() => packs.push(pack),
            Ok(_) => refuse("an entry lies outside of the pack"),
            Err(why) => refuse(&why),
        }
    }
    (packs, broken)
}

/// Reads every object in `packs` and every loose one of `repository`. Without `fallback` libgit2 is not asked for any, and
/// what this engine does not serve is an error.
pub fn read(repository: &Repository, packs: &[Pack], fallback: bool, reader: Reader<'_>) -> Objects {
    let mut objects = Objects::default();
    let mut rest = Vec::new();
    let folders = store::folders(repository.commondir());
    reader.meter.expect(packs.iter().map(|pack| u64::from(pack.count())).sum());
    for number in 0..packs.len() {
        let forest = packs[number].forest();
        let walker = Walker { reader, pack: &packs[number], forest: &forest, earlier: &packs[..number] };
        let (found, left) = walker.walk_all();
        objects.absorb(found);
        rest.extend(left.into_iter().chain(forest.orphans.iter().copied()).filter(|id| walker.is_new(*id)));
    }
    let loose = folders.iter().flat_map(|folder| store::loose(folder));
    rest.extend(loose.filter(|id| !packs.iter().any(|pack| pack.contains(*id))));
    rest.sort();
    rest.dedup();
    if fallback {
        reader.meter.expect(rest.len() as u64);
        objects.absorb(reference::read_ids(repository.path(), &rest, reader));
    } else {
        let why = "the object was not read, since a pack beside it is broken; repair that first";
        rest.iter().for_each(|id| objects.fail(id.to_string(), why.into()));
    }
    objects
}

/// Walks the trees of one pack.
struct Walker<'a> {
    reader: Reader<'a>,
    pack: &'a Pack,
    forest: &'a Forest,
    /// Packs that were walked before: an object of theirs is not reported again.
    earlier: &'a [Pack],
}

/// What a walk found, and the objects that it could not build.
type Found = (Objects, Vec<Oid>);

impl Walker<'_> {
    fn walk_all(&self) -> Found {
        let join = |mut left: Found, right: Found| {
            left.0.absorb(right.0);
            left.1.extend(right.1);
            left
        };
        self.forest
            .roots
            .par_iter()
            .with_max_len(TREES)
            .fold(Found::default, |mut found, root| {
                self.walk(*root, &mut found);
                found
            })
            .reduce(Found::default, join)
    }

    /// Whether no earlier pack has this object.
    fn is_new(&self, id: Oid) -> bool {
        !self.earlier.iter().any(|pack| pack.contains(id))
    }

    fn walk(&self, root: u32, found: &mut Found) {
        let kind = self.forest.kind(root);
        let mut inflater = Inflater { decompressor: Decompressor::new() };
        let mut open: Vec<(u32, Option<Rc<Text>>)> = vec![(root, None)];
        while let Some((at, base)) = open.pop() {
            let entry = self.forest.entry(at);
            match self.build(entry, base.as_deref(), kind, &mut inflater, &mut found.0) {
                Ok(text) => {
                    let children = self.forest.children(at);
                    if !children.is_empty() {
                        let text = Rc::new(text);
                        open.extend(children.into_iter().map(|child| (child, Some(Rc::clone(&text)))));
                    }
                }
                Err(Refusal::TooLarge(size)) => {
                    found.0.fail(self.pack.id(entry).to_string(), files::too_large(size, self.reader.limit));
                    self.forest.children(at).into_iter().for_each(|child| self.give_up(child, &mut found.1));
                }
                Err(Refusal::Broken) => self.give_up(at, &mut found.1),
            }
        }
    }

    /// Builds one object, scans it and records what is in it.
    fn build(
        &self,
        entry: &Entry,
        base: Option<&Text>,
        kind: ObjectType,
        inflater: &mut Inflater,
        objects: &mut Objects,
    ) -> Result<Text, Refusal> {
        let limit = self.reader.limit;
        if entry.size > limit {
            return Err(Refusal::TooLarge(entry.size));
        }
        let inflated = inflater.inflate(self.pack.compressed(entry), entry.size).ok_or(Refusal::Broken)?;
        let scanner = self.reader.scanner;
        let (text, scan) = match base {
            None => carry::scan(inflated, scanner),
            Some(base) => {
                if let Some(size) = delta::target_size(&inflated).filter(|size| *size > limit) {
                    return Err(Refusal::TooLarge(size));
                }
                let (bytes, runs) = delta::apply(&base.bytes, &inflated, limit).ok_or(Refusal::Broken)?;
                carry::scan_changed(base, bytes, &runs, scanner)
            }
        };
        let id = self.pack.id(entry);
        if self.is_new(id) {
            objects.record(id, kind, &text.bytes, scan, scanner);
        }
        self.reader.meter.advance(text.bytes.len() as u64);
        Ok(text)
    }

    /// Leaves an entry and all that is built on it to the reference engine.
    fn give_up(&self, at: u32, left: &mut Vec<Oid>) {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            left.push(self.pack.id(self.forest.entry(at)));
            open.extend(self.forest.children(at));
        }
    }
}

/// Why an object is not built.
enum Refusal {
    /// It has this many bytes, more than the user wants read.
    TooLarge(u64),
    /// Its entry cannot be read here.
    Broken,
}

/// Inflates entries.
struct Inflater {
    decompressor: Decompressor,
}

impl Inflater {
    /// The first `size` bytes of a zlib stream at the start of `compressed`, which must be all of them.
    fn inflate(&mut self, compressed: &[u8], size: u64) -> Option<Vec<u8>> {
        if size > (compressed.len() as u64).saturating_mul(MOST_INFLATION) {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(size).ok()?];
        let written = self.decompressor.zlib_decompress(compressed, &mut bytes).ok()?;
        (written == bytes.len()).then_some(bytes)
    }
}
