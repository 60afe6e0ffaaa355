//! The delta engine: walks packs as trees of differences and scans only what changed.
//!
//! Comes in: packs. Goes out: [`Objects`]. What this does not serve (loose objects, a base in another pack, whatever is
//! broken) goes through the reference engine, so the answer is that of reading every object one by one.

use git2::{ObjectType, Oid, Repository};

use super::carry::{self, Text};
use super::delta;
use super::keys::{self, Keys};
use super::objects::{self, EntryKind, Objects, TreeEntry};
use super::outline::{Outline, Outlines, Tree};
use super::pack::{Forest, Pack};
use super::rebuild::{Built, LARGEST_BASE, Rebuilder, Refusal, Visitor};
use super::reference::{self, Reader};
use super::seen::Seen;
use super::store;
use crate::model::report::Unscanned;
use crate::sources::files;

/// Bytes at both ends of what a tree copies from its base in which the entries there are looked for: most names are shorter.
const EDGE: usize = 96;

/// A pack and the trees of differences in it.
pub type Grown = (Pack, Forest);

/// The packs in these folders, and what is wrong with those that libgit2 must not see; some of those can still be walked.
pub fn packs(folders: &[std::path::PathBuf]) -> (Vec<Grown>, Vec<Unscanned>) {
    let (mut packs, mut broken) = (Vec::new(), Vec::new());
    for index in folders.iter().flat_map(|folder| store::pack_indexes(folder)) {
        let mut refuse = |why: &str| broken.push(refused(&index, why));
        match Pack::open(&index) {
            Ok(pack) => match pack.forest() {
                Some(forest) => {
                    // Such a pack can be walked all the same.
                    if let Some(why) = pack.disorder() {
                        refuse(why);
                    } else if forest.is_circular {
                        let why = "objects in this pack are built on one another in a circle; fetch them again from a sound \
                                   clone";
                        broken.push(Unscanned { what: index.display().to_string(), why: why.into() });
                    }
                    packs.push((pack, forest));
                }
                None => refuse(OUTSIDE),
            },
            Err(why) => refuse(&why),
        }
    }
    (packs, broken)
}

/// What is wrong with the packs in these folders that are none: a look at their lists, before libgit2 relies on them.
pub fn broken_packs(folders: &[std::path::PathBuf]) -> Vec<Unscanned> {
    let indexes = folders.iter().flat_map(|folder| store::pack_indexes(folder));
    let problem = |index: &std::path::PathBuf| match Pack::open(index) {
        Ok(pack) if !pack.is_within() => Some(refused(index, OUTSIDE)),
        Ok(pack) => pack.disorder().map(|why| refused(index, why)),
        Err(why) => Some(refused(index, &why)),
    };
    indexes.filter_map(|index| problem(&index)).collect()
}

/// Why a pack is refused whose index promises what the pack does not hold.
const OUTSIDE: &str = "an entry lies outside of the pack";

fn refused(index: &std::path::Path, why: &str) -> Unscanned {
    let why = format!("the list of objects in this pack is broken ({why}); repair it with `git index-pack`");
    Unscanned { what: index.display().to_string(), why }
}

/// Reads every object in `packs` and every loose one in `folders`. Without `repository` libgit2 is not asked for any, and
/// what this engine does not serve is an error.
///
/// Trees come last: which of their entries matter depends on what was found in blobs.
pub fn read(
    repository: Option<&Repository>,
    folders: &[std::path::PathBuf],
    packs: &[Grown],
    reader: Reader<'_>,
) -> Objects {
    let mut objects = Objects::default();
    reader.meter.expect(packs.iter().map(|(pack, _)| u64::from(pack.count())).sum());
    let seen = Seen::default();
    let walkers: Vec<Walker<'_>> =
        (0..packs.len()).map(|at| Walker { reader, grown: &packs[at], earlier: &packs[..at], seen: &seen }).collect();
    let mut loose: Vec<Oid> = folders.iter().flat_map(|folder| store::loose(folder)).collect();
    loose.sort_unstable();
    let mut rest = loose.clone();
    rest.retain(|id| !packs.iter().any(|(pack, _)| pack.contains(*id)));
    let mut left = Left::default();
    for walker in &walkers {
        let (found, theirs) = walker.rebuilder(walker).run();
        objects.absorb(found);
        let orphans = &walker.grown.1.orphans;
        rest.extend(orphans.iter().filter(|id| walker.is_new(**id)));
        left.absorb(walker.sorted(theirs, packs, &loose));
    }
    read_rest(repository, rest, reader, &mut objects);
    read_left(repository, left, reader, &mut objects);
    let wanted = Keys::of(objects.blobs.keys());
    let mut left = Left::default();
    for walker in &walkers {
        let walker = TreeWalker { walker, wanted: &wanted };
        let (found, theirs, outlines) = walker.walker.rebuilder(&walker).run();
        objects.absorb(found);
        objects.outlines.push(outlines);
        left.absorb(walker.walker.sorted(theirs, packs, &loose));
    }
    read_left(repository, left, reader, &mut objects);
    objects
}

/// Asks libgit2 for what could not be built. It would go from each object that is built on a broken one down to that, time and
/// again, so these come last, and only if it could read any of the broken ones.
fn read_left(repository: Option<&Repository>, left: Left, reader: Reader<'_>, objects: &mut Objects) {
    let before = objects.scanned.stats.objects;
    read_rest(repository, left.broken, reader, objects);
    if repository.is_none() || objects.scanned.stats.objects > before {
        read_rest(repository, left.above, reader, objects);
    } else {
        left.above.iter().for_each(|id| objects.fail(id.to_string(), BUILT_ON_BROKEN.into()));
    }
}

/// Reads through libgit2 what is left.
fn read_rest(repository: Option<&Repository>, mut rest: Vec<Oid>, reader: Reader<'_>, objects: &mut Objects) {
    rest.sort();
    rest.dedup();
    match repository {
        Some(repository) => {
            reader.meter.expect(rest.len() as u64);
            objects.absorb(reference::read_ids(repository.path(), &rest, reader));
        }
        None => {
            let why = "the object was not read, since a pack beside it is broken; repair that first";
            rest.iter().for_each(|id| objects.fail(id.to_string(), why.into()));
        }
    }
}

/// Why an object is not read whose base is broken.
const BUILT_ON_BROKEN: &str = "the object cannot be read (what it is built on is broken); repair it with `git fsck`";

/// Why an object is not read that claims more bytes than it can have.
fn cannot_have(size: u64) -> String {
    format!("the object cannot be read (it claims {size} bytes and has less); repair it with `git fsck`")
}

/// Why an object is not read whose base is over the limit.
fn built_on_too_large(limit: u64) -> String {
    let limit = limit.max(LARGEST_BASE);
    format!("it is stored as a difference from an object over the limit of {limit} bytes; raise --max-file-size")
}

/// Objects of a pack that could not be built.
#[derive(Default)]
struct Left {
    /// Those whose own entry is at fault.
    broken: Vec<Oid>,
    /// Those that are built on such.
    above: Vec<Oid>,
}

impl Left {
    fn absorb(&mut self, other: Self) {
        self.broken.extend(other.broken);
        self.above.extend(other.above);
    }
}

/// Scans the objects of one pack, but for trees.
struct Walker<'a> {
    reader: Reader<'a>,
    grown: &'a Grown,
    /// Packs that were walked before: an object of theirs is not reported again.
    earlier: &'a [Grown],
    /// What need not be searched again.
    seen: &'a Seen,
}

impl Walker<'_> {
    fn rebuilder<'a, V>(&'a self, visitor: &'a V) -> Rebuilder<'a, V> {
        let (pack, forest) = self.grown;
        Rebuilder { pack, forest, limit: self.reader.limit, visitor }
    }

    /// Whether no earlier pack has this object.
    fn is_new(&self, id: Oid) -> bool {
        !self.earlier.iter().any(|(pack, _)| pack.contains(id))
    }

    fn is_new_at(&self, at: u32) -> bool {
        self.earlier.is_empty() || self.is_new(self.id(at))
    }

    fn id(&self, at: u32) -> Oid {
        let (pack, forest) = self.grown;
        pack.id(forest.entry(at))
    }

    fn kind(&self, at: u32) -> ObjectType {
        self.grown.1.kind(at)
    }

    /// Whether an object is to be searched; it is noted if it is too large for that.
    fn admits(&self, at: u32, bytes: &[u8], objects: &mut Objects) -> bool {
        let size = bytes.len() as u64;
        let is_small_enough = size <= self.reader.limit;
        if !is_small_enough {
            objects.fail(self.id(at).to_string(), files::too_large(size, self.reader.limit));
        }
        is_small_enough
    }

    /// Notes an object that cannot be built, and all that are built on it.
    fn refuse(&self, at: u32, refusal: Refusal, objects: &mut Objects, left: &mut Left) {
        let forest = &self.grown.1;
        match refusal {
            Refusal::Broken => left.broken.push(self.id(at)),
            // libgit2 would set room aside for it.
            Refusal::Lying(size) => objects.fail(self.id(at).to_string(), cannot_have(size)),
            Refusal::TooLarge(size) => {
                objects.fail(self.id(at).to_string(), files::too_large(size, self.reader.limit));
            }
        }
        let mut open: Vec<u32> = forest.children(at).collect();
        while let Some(next) = open.pop() {
            match refusal {
                Refusal::Broken | Refusal::Lying(_) => left.above.push(self.id(next)),
                // libgit2 would build the large one without asking how large it is.
                Refusal::TooLarge(_) => objects.fail(self.id(next).to_string(), built_on_too_large(self.reader.limit)),
            }
            open.extend(forest.children(next));
        }
    }

    /// Of the objects that could not be built those that no earlier pack has. One that is stored elsewhere too may be sound
    /// there, whatever it is built on here.
    fn sorted(&self, mut left: Left, packs: &[Grown], loose: &[Oid]) -> Left {
        let is_elsewhere = |id: &Oid| {
            packs.iter().filter(|(pack, _)| pack.contains(*id)).count() > 1 || loose.binary_search(id).is_ok()
        };
        left.broken.extend(left.above.extract_if(.., |id| is_elsewhere(id)));
        left.broken.retain(|id| self.is_new(*id));
        left.above.retain(|id| self.is_new(*id));
        left
    }
}

impl Visitor for Walker<'_> {
    type Text = Text;
    /// What was found, and the objects that could not be built.
    type Found = (Objects, Left);

    fn wants(&self, root: u32) -> bool {
        self.kind(root) != ObjectType::Tree
    }

    fn edge(&self, at: u32) -> usize {
        // Of a commit all is read.
        if self.kind(at) == ObjectType::Blob { carry::edge(self.reader.scanner) } else { usize::MAX }
    }

    fn visit(&self, built: Built<'_, Text>, (objects, _): &mut Self::Found) -> Text {
        let Built { at, bytes, base, runs, is_last } = built;
        let scanner = self.reader.scanner;
        if !self.admits(at, &bytes, objects) {
            return carry::unread(bytes);
        }
        let kind = self.kind(at);
        let (text, scan) = match base {
            // Commits are short, and few are built on one another.
            _ if kind == ObjectType::Commit => {
                let start = objects::end_of_ids(kind, &bytes);
                carry::scan_alone(bytes, start, scanner)
            }
            // Verdicts are kept for what is built on it, if anything is.
            None if is_last => carry::scan_alone(bytes, 0, scanner),
            None => carry::scan(bytes, scanner, self.seen),
            Some(base) => carry::scan_changed(&base.text, bytes, runs, is_last, scanner, self.seen),
        };
        if self.is_new_at(at) {
            objects.record(|| self.id(at), kind, text.as_ref(), scan);
        }
        self.reader.meter.advance(text.as_ref().len() as u64);
        text
    }

    fn refuse(&self, at: u32, refusal: Refusal, (objects, left): &mut Self::Found) {
        self.refuse(at, refusal, objects, left);
    }

    fn join(&self, mut left: Self::Found, right: Self::Found) -> Self::Found {
        left.0.absorb(right.0);
        left.1.absorb(right.1);
        left
    }
}

/// Searches the names in the trees of one pack and notes which of their entries matter.
struct TreeWalker<'a> {
    walker: &'a Walker<'a>,
    /// Blobs with matches.
    wanted: &'a Keys,
}

/// A tree as others are built on it.
struct TreeText {
    bytes: Vec<u8>,
    outline: Outline,
    /// Whether its names were searched.
    is_read: bool,
}

impl From<TreeText> for Vec<u8> {
    fn from(tree: TreeText) -> Self {
        tree.bytes
    }
}

impl AsRef<[u8]> for TreeText {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Visitor for TreeWalker<'_> {
    type Text = TreeText;
    /// What was found, the trees that could not be built, and the outlines of the others.
    type Found = (Objects, Left, Outlines);

    fn wants(&self, root: u32) -> bool {
        self.walker.kind(root) == ObjectType::Tree
    }

    fn edge(&self, _: u32) -> usize {
        EDGE
    }

    fn visit(&self, built: Built<'_, TreeText>, (objects, _, outlines): &mut Self::Found) -> TreeText {
        let Built { at, mut bytes, base, runs, is_last } = built;
        let reader = self.walker.reader;
        let is_read = self.walker.admits(at, &bytes, objects);
        if is_read && self.walker.is_new_at(at) {
            objects.count(&bytes);
        }
        if let Some(base) = base.filter(|base| is_last && !base.text.is_read) {
            delta::complete(&base.text.bytes, runs, &mut bytes);
        }
        let mut matters = |entry: &TreeEntry<'_>, is_plain: bool| {
            let is_named = is_read && !is_plain && objects.record_name(entry.name, reader.scanner);
            let matters = is_named || entry.kind == EntryKind::Folder || self.wanted.contains(keys::key(entry.id));
            matters.then_some(is_named)
        };
        let told = base.filter(|base| base.text.is_read).map(|base| (base.at, &base.text.outline, runs));
        let objects_in_pack = self.walker.grown.1.count();
        // Of a tree on which nothing is built the edges of what was copied are enough, if names end within them.
        let edge = is_last.then_some(EDGE);
        let mut outline = outlines.note(objects_in_pack, Tree { at, bytes: &bytes, base: told, edge }, &mut matters);
        if outline.is_none() {
            base.inspect(|base| delta::complete(&base.text.bytes, runs, &mut bytes));
            outline = outlines.note(objects_in_pack, Tree { at, bytes: &bytes, base: told, edge: None }, matters);
        }
        reader.meter.advance(bytes.len() as u64);
        TreeText { bytes, outline: outline.unwrap_or_default(), is_read }
    }

    fn refuse(&self, at: u32, refusal: Refusal, (objects, left, _): &mut Self::Found) {
        self.walker.refuse(at, refusal, objects, left);
    }

    fn join(&self, mut left: Self::Found, right: Self::Found) -> Self::Found {
        left.0.absorb(right.0);
        left.1.absorb(right.1);
        left.2.absorb(right.2);
        left
    }
}
