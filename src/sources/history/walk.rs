//! The delta engine: walks packs as trees of differences and scans only what changed.
//!
//! Comes in: packs. Goes out: [`Objects`]. What this does not serve (loose objects, a base in another pack, whatever is
//! broken) goes through the reference engine, so the answer is that of reading every object one by one.

use git2::{ObjectType, Oid, Repository};

use super::carry::{self, Text};
use super::delta;
use super::objects::Objects;
use super::pack::{Forest, Pack};
use super::rebuild::{Built, LARGEST_BASE, Rebuilder, Refusal, Visitor};
use super::reference::{self, Reader};
use super::store;
use crate::model::report::Unscanned;
use crate::sources::files;

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
                    if !pack.is_ordered() {
                        refuse(DISORDER);
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
        Ok(pack) => (!pack.is_ordered()).then(|| refused(index, DISORDER)),
        Err(why) => Some(refused(index, &why)),
    };
    indexes.filter_map(|index| problem(&index)).collect()
}

/// Why a pack is refused whose index promises what the pack does not hold.
const OUTSIDE: &str = "an entry lies outside of the pack";
/// Why libgit2 is not to rely on an index; the pack can be walked all the same.
const DISORDER: &str = "ids are out of order in it";

fn refused(index: &std::path::Path, why: &str) -> Unscanned {
    let why = format!("the list of objects in this pack is broken ({why}); repair it with `git index-pack`");
    Unscanned { what: index.display().to_string(), why }
}

/// Reads every object in `packs` and every loose one in `folders`. Without `repository` libgit2 is not asked for any, and
/// what this engine does not serve is an error.
pub fn read(
    repository: Option<&Repository>,
    folders: &[std::path::PathBuf],
    packs: &[Grown],
    reader: Reader<'_>,
) -> Objects {
    let mut objects = Objects::default();
    let mut rest = Vec::new();
    reader.meter.expect(packs.iter().map(|(pack, _)| u64::from(pack.count())).sum());
    for (number, (pack, forest)) in packs.iter().enumerate() {
        let walker = Walker { reader, pack, forest, earlier: &packs[..number] };
        let (found, left) = Rebuilder { pack, forest, limit: reader.limit, visitor: &walker }.run();
        objects.absorb(found);
        rest.extend(left.into_iter().chain(forest.orphans.iter().copied()).filter(|id| walker.is_new(*id)));
    }
    let loose = folders.iter().flat_map(|folder| store::loose(folder));
    rest.extend(loose.filter(|id| !packs.iter().any(|(pack, _)| pack.contains(*id))));
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
    objects
}

/// Why an object is not read whose base is over the limit.
fn built_on_too_large(limit: u64) -> String {
    let limit = limit.max(LARGEST_BASE);
    format!("it is stored as a difference from an object over the limit of {limit} bytes; raise --max-file-size")
}

/// Scans the objects of one pack.
struct Walker<'a> {
    reader: Reader<'a>,
    pack: &'a Pack,
    forest: &'a Forest,
    /// Packs that were walked before: an object of theirs is not reported again.
    earlier: &'a [Grown],
}

impl Walker<'_> {
    /// Whether no earlier pack has this object.
    fn is_new(&self, id: Oid) -> bool {
        !self.earlier.iter().any(|(pack, _)| pack.contains(id))
    }

    fn id(&self, at: u32) -> Oid {
        self.pack.id(self.forest.entry(at))
    }
}

impl Visitor for Walker<'_> {
    type Text = Text;
    /// What was found, and the objects that could not be built.
    type Found = (Objects, Vec<Oid>);

    fn wants(&self, _: u32) -> bool {
        true
    }

    fn visit(&self, built: Built<'_, Text>, (objects, _): &mut Self::Found) -> Text {
        let Built { at, bytes, base, runs, is_last } = built;
        let scanner = self.reader.scanner;
        let kind = self.forest.kind(at);
        if kind == ObjectType::Tree {
            objects.links.note(
                self.id(at),
                base.map(|base| self.id(base.at)),
                &bytes,
                &delta::changed(runs, bytes.len()),
            );
        }
        if bytes.len() as u64 > self.reader.limit {
            objects.fail(self.id(at).to_string(), files::too_large(bytes.len() as u64, self.reader.limit));
            return carry::unread(bytes);
        }
        let (text, scan) = match base {
            // Verdicts are kept for what is built on it, if anything is.
            None if is_last => carry::scan_alone(bytes, scanner),
            None => carry::scan(bytes, scanner),
            Some(base) => carry::scan_changed(&base.text, bytes, runs, scanner),
        };
        if self.earlier.is_empty() || self.is_new(self.id(at)) {
            objects.record(|| self.id(at), kind, text.as_ref(), scan, scanner);
        }
        self.reader.meter.advance(text.as_ref().len() as u64);
        text
    }

    fn refuse(&self, at: u32, refusal: Refusal, (objects, left): &mut Self::Found) {
        if let Refusal::TooLarge(size) = refusal {
            objects.fail(self.id(at).to_string(), files::too_large(size, self.reader.limit));
        }
        let mut open = if refusal == Refusal::Broken { vec![at] } else { self.forest.children(at) };
        while let Some(at) = open.pop() {
            match refusal {
                Refusal::Broken => left.push(self.id(at)),
                // libgit2 would build the large one without asking how large it is.
                Refusal::TooLarge(_) => objects.fail(self.id(at).to_string(), built_on_too_large(self.reader.limit)),
            }
            open.extend(self.forest.children(at));
        }
    }

    fn join(&self, mut left: Self::Found, right: Self::Found) -> Self::Found {
        left.0.absorb(right.0);
        left.1.extend(right.1);
        left
    }
}
