//! All that git stores: every object, the index, and the text files in git's own folder.
//!
//! Objects are read once each, by whichever engine; only then, and only for objects with a match, is it worked out which
//! paths and commits hold them.

pub mod carry;
pub mod checkout;
pub mod delta;
pub mod gitfiles;
pub mod graph;
pub mod keys;
pub mod lifetime;
pub mod locate;
pub mod missed;
pub mod objects;
pub mod outline;
pub mod pack;
pub mod places;
pub mod rebuild;
pub mod reference;
pub mod refs;
pub mod seen;
pub mod store;
pub mod trees;
pub mod walk;

use std::collections::BTreeSet;
use std::path::PathBuf;

use git2::Repository;

use self::objects::Objects;
use self::pack::{Forest, Listing};
use self::places::Placer;
use self::reference::Reader;
use self::walk::Grown;
use super::{Holder, Options, Source};
use crate::model::meter::Meter;
use crate::model::report::Unscanned;
use crate::model::scan::{Scanned, Scanner};

/// One repository's store, shared by all its working trees.
#[derive(Debug)]
pub struct History<'a> {
    /// Where git keeps it: the repository's common folder, `.git` or bare.
    pub git_dir: PathBuf,
    /// Put before every path: where the repository lies below the target, with a `/`, or nothing.
    pub prefix: String,
    /// Which target, counted from 0.
    pub target: usize,
    /// What to leave out.
    pub options: &'a Options,
}

/// Objects of more bytes are not read unless the user sets a limit: they are held in memory whole.
pub const MAX_SIZE: u64 = 1 << 30;

/// How objects are read. The answer is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// Only what changed from one object to the next.
    #[default]
    Delta,
    /// Every object whole, through libgit2.
    Reference,
}

impl Source for History<'_> {
    fn scan(&self, scanner: &dyn Scanner, meter: &Meter) -> Scanned {
        let mut scanned = Scanned::default();
        // A branch has none.
        if self.options.branch.is_none() {
            scanned = gitfiles::scan(self, scanner, meter);
        }
        // What an object holds is searched whether or not its name is right; to hash it again costs more than to read it.
        git2::opts::strict_hash_verification(false);
        let repository = match Repository::open(&self.git_dir) {
            Ok(repository) => repository,
            Err(error) => {
                scanned.unscanned.push(self.unscanned(&refusal(&error)));
                return scanned;
            }
        };
        let folders = store::folders(repository.commondir());
        self.note_limits(&repository, &folders, &mut scanned);
        let (packs, broken) = walk::packs(&folders);
        // libgit2 can be led astray by a broken pack; then it is asked for no object at all.
        let is_sound = broken.is_empty();
        scanned.unscanned.extend(broken);
        // Before the work, so that a misspelt name does not cost it.
        if let Some(branch) = self.options.branch.as_deref().filter(|_| is_sound)
            && let Err(why) = refs::commit(&repository, branch, repository.is_shallow())
        {
            scanned.unscanned.push(self.unscanned(&why));
            return scanned;
        }
        let mut objects = self.read(
            is_sound.then_some(&repository),
            &folders,
            &packs,
            Reader { scanner, meter, limit: self.limit() },
        );
        let packs: Vec<(Listing, Forest)> = packs.into_iter().map(|(pack, forest)| (pack.into(), forest)).collect();
        let (checkouts, unreadable) =
            if is_sound && self.options.branch.is_none() { checkout::all(&repository) } else { Default::default() };
        scanned.unscanned.extend(unreadable.iter().map(|why| self.unscanned(why)));
        let placer = Placer { history: self, repository: &repository, packs: &packs, checkouts: &checkouts };
        if is_sound {
            scanned.sightings.extend(placer.of_index_names(|name| scanner.scan(name).matches));
            match placer.sightings(&mut objects) {
                Ok(sightings) => scanned.sightings.extend(sightings),
                Err(why) => {
                    scanned.unscanned.push(self.unscanned(&why));
                    scanned.sightings.extend(placer.without_places(&objects));
                }
            }
        } else {
            scanned.sightings.extend(placer.without_places(&objects));
        }
        // What could not be told of any path.
        placer.tell_missed(None, &mut objects);
        objects.summarise_errors();
        let mut rest = objects.scanned;
        for missed in &mut rest.unscanned {
            missed.what = format!("{}{}", self.prefix, missed.what);
        }
        scanned.absorb(rest);
        scanned
    }
}

impl History<'_> {
    /// Reads all objects; without `repository` only those that libgit2 is not needed for.
    fn read(
        &self,
        repository: Option<&Repository>,
        folders: &[PathBuf],
        packs: &[Grown],
        reader: Reader<'_>,
    ) -> Objects {
        let mut objects = match (self.options.engine, repository) {
            (Engine::Reference, Some(repository)) => reference::read(repository, reader),
            _ => walk::read(repository, folders, packs, reader),
        };
        for folder in folders {
            for pack in store::packs_without_partner(folder) {
                let why = format!(
                    "{pack} lacks its pack or its index, so its objects were not read; restore it or run `git index-pack`"
                );
                objects.fail(".git/objects".into(), why);
            }
        }
        objects
    }

    /// Objects of more bytes are not read.
    fn limit(&self) -> u64 {
        self.options.max_size.unwrap_or(MAX_SIZE)
    }

    /// An error about the repository as a whole.
    fn unscanned(&self, why: &str) -> Unscanned {
        Unscanned { what: format!("{}.git", self.prefix), why: why.to_owned() }
    }

    /// Says what a repository by its nature does not hold.
    fn note_limits(&self, repository: &Repository, folders: &[PathBuf], scanned: &mut Scanned) {
        if repository.is_shallow() {
            scanned.unscanned.push(self.unscanned(
                "this is a shallow clone, older commits are not here; fetch them with `git fetch --unshallow` (fetch-depth: 0 \
                 in GitHub's checkout action)",
            ));
        }
        if is_partial(repository) || folders.iter().any(|folder| store::has_promises(folder)) {
            scanned.unscanned.push(self.unscanned(
                "this is a partial clone, objects that were never fetched may be missing; fetch them with `git fetch --refetch \
                 --no-filter`",
            ));
        }
        if refs::has_none(repository) {
            scanned.remarks.push(format!("{}.git has no commits yet", self.prefix));
        }
    }

    /// A path in the repository as a path below the target.
    fn path(&self, path: &[u8]) -> String {
        format!("{}{}", self.prefix, String::from_utf8_lossy(path))
    }

    fn admits(&self, holder: &Holder) -> bool {
        match &holder.path {
            Some(path) => self.options.paths.admits(path),
            None => self.options.paths.admits_pathless(),
        }
    }
}

/// Whether the repository was cloned with a filter.
fn is_partial(repository: &Repository) -> bool {
    let Ok(config) = repository.config() else { return false };
    if config.get_string("extensions.partialclone").is_ok() {
        return true;
    }
    let Ok(mut entries) = config.entries(Some(r"remote\..*\.promisor")) else { return false };
    while let Some(Ok(entry)) = entries.next() {
        if entry.value().is_ok_and(|value| value == "true") {
            return true;
        }
    }
    false
}

/// Why a repository cannot be opened, and what to do.
pub fn refusal(error: &git2::Error) -> String {
    let message = error.message();
    if error.code() == git2::ErrorCode::Owner {
        return "it belongs to another user; run `git config --global --add safe.directory PATH` if you trust it"
            .into();
    }
    if message.contains("objectformat") || message.contains("object format") {
        return "it uses SHA-256 object ids, which this version cannot read; scan a clone in SHA-1 format".into();
    }
    format!("what git stores here cannot be opened ({message}); check it with `git fsck`, or scan with --no-history")
}

/// Paths, relative to the working tree, of the files that git tracks there.
pub fn tracked(repository: &Repository) -> BTreeSet<String> {
    let Ok(index) = repository.index() else { return BTreeSet::new() };
    index.iter().map(|entry| String::from_utf8_lossy(&entry.path).into_owned()).collect()
}
