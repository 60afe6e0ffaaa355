//! All that git stores: every object, the index, and the text files in git's own folder.
//!
//! Objects are read once each, by whichever engine; only then, and only for objects with a match, is it worked out which
//! paths and commits hold them.

pub mod carry;
pub mod checkout;
pub mod delta;
pub mod gitfiles;
pub mod locate;
pub mod objects;
pub mod pack;
pub mod reference;
pub mod refs;
pub mod store;
pub mod walk;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use git2::{Oid, Repository};

use self::checkout::Checkout;
use self::locate::{Locations, Wanted, Where};
use self::objects::{Message, Objects};
use self::pack::Pack;
use self::reference::Reader;
use super::{Holder, Options, Source};
use crate::model::meter::Meter;
use crate::model::place::{Commit, PlaceKind};
use crate::model::report::Unscanned;
use crate::model::scan::{Scanned, Scanner, Sighting};

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
const MAX_SIZE: u64 = 1 << 30;

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
        let mut scanned = gitfiles::scan(self, scanner, meter);
        // What an object holds is searched whether or not its name is right; to hash it again costs more than to read it.
        git2::opts::strict_hash_verification(false);
        let repository = match Repository::open(&self.git_dir) {
            Ok(repository) => repository,
            Err(error) => {
                scanned.unscanned.push(self.unscanned(&refusal(&error)));
                return scanned;
            }
        };
        self.note_limits(&repository, &mut scanned);
        let (packs, broken) = walk::packs(&repository);
        // libgit2 can be led astray by a broken pack; then it is asked for no object at all.
        let is_sound = broken.is_empty();
        scanned.unscanned.extend(broken);
        for checkout in is_sound.then(|| checkout::all(&repository)).into_iter().flatten() {
            self.scan_index_names(&checkout, scanner, &mut scanned);
        }
        let objects = self.read(&repository, &packs, is_sound, scanner, meter);
        match is_sound.then(|| self.places(&repository, &objects)) {
            None => scanned.sightings.extend(self.without_places(&objects)),
            Some(Ok(sightings)) => scanned.sightings.extend(sightings),
            Some(Err(error)) => {
                scanned.unscanned.push(self.unscanned(&format!("its commits cannot be walked ({})", error.message())));
                scanned.sightings.extend(self.without_places(&objects));
            }
        }
        let mut rest = objects.scanned;
        for missed in &mut rest.unscanned {
            missed.what = format!("{}{}", self.prefix, missed.what);
        }
        scanned.absorb(rest);
        scanned
    }
}

impl History<'_> {
    fn read(
        &self,
        repository: &Repository,
        packs: &[Pack],
        is_sound: bool,
        scanner: &dyn Scanner,
        meter: &Meter,
    ) -> Objects {
        let reader = Reader { scanner, meter, limit: self.options.max_size.unwrap_or(MAX_SIZE) };
        let mut objects = match self.options.engine {
            Engine::Reference if is_sound => reference::read(repository, reader),
            _ => walk::read(repository, packs, is_sound, reader),
        };
        for folder in store::folders(repository.commondir()) {
            for pack in store::packs_without_partner(&folder) {
                let why = format!(
                    "{pack} lacks its pack or its index, so its objects were not read; restore it or run `git index-pack`"
                );
                objects.fail(".git/objects".into(), why);
            }
        }
        objects.summarise_errors();
        objects
    }

    /// An error about the repository as a whole.
    fn unscanned(&self, why: &str) -> Unscanned {
        Unscanned { what: format!("{}.git", self.prefix), why: why.to_owned() }
    }

    /// Says what a repository by its nature does not hold.
    fn note_limits(&self, repository: &Repository, scanned: &mut Scanned) {
        if repository.is_shallow() {
            scanned.unscanned.push(self.unscanned(
                "this is a shallow clone, older commits are not here; fetch them with `git fetch --unshallow` (fetch-depth: 0 \
                 in GitHub's checkout action)",
            ));
        }
        if is_partial(repository) {
            scanned.unscanned.push(self.unscanned(
                "this is a partial clone, objects that were never fetched are not here; fetch them with `git fetch --refetch \
                 --no-filter`",
            ));
        }
        if refs::has_none(repository) {
            scanned.remarks.push(format!("{}.git has no commits yet", self.prefix));
        }
    }

    /// Every match in an object as a sighting at each of its places.
    fn places(&self, repository: &Repository, objects: &Objects) -> Result<Vec<Sighting>, git2::Error> {
        let mut sightings = self.message_sightings(objects);
        let wanted =
            Wanted { blobs: objects.blobs.keys().copied().collect(), names: objects.names.keys().cloned().collect() };
        if wanted.blobs.is_empty() && wanted.names.is_empty() {
            return Ok(sightings);
        }
        let mut locations = locate::locate(&self.git_dir, repository, &wanted, &objects.commits)?;
        for checkout in checkout::all(repository) {
            self.locate_staged(repository, &checkout, &wanted, &mut locations);
        }
        let mut commits = HashMap::new();
        for (id, matches) in &objects.blobs {
            for place in locations.of_blob(*id) {
                let holder = self.holder(repository, &place, Some(*id), &mut commits);
                if self.admits(&holder) {
                    sightings.extend(matches.iter().map(|found| holder.sighting(found)));
                }
            }
        }
        for (name, matches) in &objects.names {
            for place in locations.of_name(name) {
                let holder = self.holder(repository, &place, None, &mut commits);
                if !self.admits(&holder) {
                    continue;
                }
                let whole = holder.path.as_deref().map_or(0, |path| path.chars().count());
                let before = whole.saturating_sub(String::from_utf8_lossy(name).chars().count());
                for found in matches {
                    let mut sighting = holder.sighting(found);
                    sighting.place.position.column += before;
                    sighting.place.position.end_column += before;
                    sightings.push(sighting);
                }
            }
        }
        Ok(sightings)
    }

    /// Names of staged files, which no tree may hold yet.
    fn scan_index_names(&self, checkout: &Checkout, scanner: &dyn Scanner, scanned: &mut Scanned) {
        let before = self.prefix.chars().count();
        for entry in checkout.index.iter() {
            let mut scan = scanner.scan(&entry.path);
            let holder = Holder::file(self.target, self.path(&entry.path), PlaceKind::FileName);
            if scan.matches.is_empty() || !self.admits(&holder) {
                continue;
            }
            for found in &mut scan.matches {
                found.position.column += before;
                found.position.end_column += before;
            }
            holder.record(scan, scanned);
        }
    }

    /// A path in the repository as a path below the target.
    fn path(&self, path: &[u8]) -> String {
        format!("{}{}", self.prefix, String::from_utf8_lossy(path))
    }

    /// What the index of a checkout holds and its HEAD does not.
    fn locate_staged(&self, repository: &Repository, checkout: &Checkout, wanted: &Wanted, locations: &mut Locations) {
        for entry in checkout.index.iter() {
            if wanted.blobs.contains(&entry.id) && !checkout.head_holds(repository, &entry.path, entry.id) {
                let place = Where { path: Some(entry.path), commit: None, kind: PlaceKind::Staged };
                locations.add_blob(entry.id, place);
            }
        }
    }

    fn holder(
        &self,
        repository: &Repository,
        place: &Where,
        blob: Option<Oid>,
        commits: &mut HashMap<Oid, Option<Commit>>,
    ) -> Holder {
        let path = place.path.as_ref().map(|path| self.path(path));
        let commit = place.commit.and_then(|id| {
            commits.entry(id).or_insert_with(|| Some(refs::describe(&repository.find_commit(id).ok()?))).clone()
        });
        let kind = if blob.is_none() { PlaceKind::FileName } else { place.kind };
        Holder { target: self.target, path, kind, object: blob.map(|id| id.to_string()), commit }
    }

    fn admits(&self, holder: &Holder) -> bool {
        match &holder.path {
            Some(path) => self.options.paths.admits(path),
            None => self.options.paths.admits_pathless(),
        }
    }

    fn message_sightings(&self, objects: &Objects) -> Vec<Sighting> {
        if !self.options.paths.admits_pathless() {
            return Vec::new();
        }
        let of = |message: &Message| {
            let holder = Holder {
                target: self.target,
                path: None,
                kind: message.kind,
                object: Some(message.id.to_string()),
                commit: Some(message.commit.clone()),
            };
            message.matches.iter().map(|found| holder.sighting(found)).collect::<Vec<_>>()
        };
        objects.messages.iter().flat_map(of).collect()
    }

    /// Where commits are not walked, a finding is still a finding.
    fn without_places(&self, objects: &Objects) -> Vec<Sighting> {
        let mut sightings = self.message_sightings(objects);
        for (id, matches) in &objects.blobs {
            let holder = Holder {
                target: self.target,
                path: None,
                kind: PlaceKind::Unreachable,
                object: Some(id.to_string()),
                commit: None,
            };
            sightings.extend(matches.iter().map(|found| holder.sighting(found)));
        }
        for (name, matches) in &objects.names {
            let holder = Holder::file(self.target, self.path(name), PlaceKind::FileName);
            sightings.extend(matches.iter().map(|found| holder.sighting(found)));
        }
        sightings
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

/// The folder that all working trees of a repository share.
pub fn common_dir(repository: &Repository) -> &Path {
    repository.commondir()
}
