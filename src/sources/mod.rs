//! Where bytes come from: files, git, standard input, and what lies inside of archives in any of them.
//!
//! Comes in: a path as the user wrote it, and a scanner. Goes out: what was seen, where, and what could not be looked at.
//! It must not know patterns.

pub mod again;
pub mod changes;
pub mod containers;
pub mod files;
pub mod filter;
pub mod history;
mod mapped;
pub mod stdin;
pub mod target;
pub mod worktree;

use std::sync::Arc;

use crate::model::meter::Meter;
use crate::model::place::{Commit, Lifetime, Place, PlaceKind};
use crate::model::scan::{Match, Scan, Scanned, Scanner, Sighting};
use changes::Scope;
use filter::PathFilter;

/// Something with bytes in it.
pub trait Source {
    /// Reads all of it, hands every text to `scanner`, and tells `meter` how far it is. Errors are part of the answer.
    fn scan(&self, scanner: &dyn Scanner, meter: &Meter) -> Scanned;
}

/// What to read, and what to leave out.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// All of a target, or only what changed in a repository.
    pub scope: Scope,
    /// The revision from which commits are reached; none: HEAD for what changed, every reference for everything.
    pub branch: Option<String>,
    /// Leave out what git stores.
    pub no_history: bool,
    /// Leave out the files of working trees.
    pub no_worktree: bool,
    /// Read files that `.gitignore` names.
    pub no_ignore: bool,
    /// Which paths to read.
    pub paths: PathFilter,
    /// How far archives are unpacked.
    pub archives: containers::Limits,
    /// Files and objects of more bytes are reported as not scanned. None: files of every size, objects up to 1 GiB.
    pub max_size: Option<u64>,
    /// How git's objects are read.
    pub engine: history::Engine,
    /// Worker threads; 0: one for each core.
    pub threads: usize,
}

/// A text's place, before it is known where in it a secret stands.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Which target, counted from 0.
    pub target: usize,
    /// Path relative to the target.
    pub path: Option<String>,
    /// What holds the text.
    pub kind: PlaceKind,
    /// The git object, in hex.
    pub object: Option<String>,
    /// The commit.
    pub commit: Option<Commit>,
    /// What became of it since.
    pub lifetime: Option<Lifetime>,
}

impl Holder {
    /// A file's place.
    pub fn file(target: usize, path: String, kind: PlaceKind) -> Self {
        Self { target, path: Some(path), kind, object: None, commit: None, lifetime: None }
    }

    /// One match in this text as a sighting.
    pub fn sighting(&self, found: &Match) -> Sighting {
        Sighting {
            pattern: Arc::clone(&found.pattern),
            credential: found.credential.clone(),
            judgement: found.judgement.clone(),
            place: Place {
                target: self.target,
                path: self.path.clone(),
                kind: self.kind,
                inside: found.inside.clone(),
                encodings: found.encodings.clone(),
                position: found.position,
                object: self.object.clone(),
                commit: self.commit.clone(),
                lifetime: self.lifetime.clone(),
                mark: found.mark,
                suppressed: None,
            },
        }
    }

    /// Adds all that a scan of this text says to `scanned`.
    pub fn record(&self, mut scan: Scan, scanned: &mut Scanned) {
        scanned.sightings.extend(scan.matches.iter().map(|found| self.sighting(found)));
        let outer = self.path.as_deref().or(self.object.as_deref()).unwrap_or_else(|| self.kind.words());
        scanned.unscanned.extend(scan.take_unscanned(outer));
    }
}

/// Searches the last name of `path` (relative, `/` between names) and records what it holds as a file name.
pub fn scan_name(path: &str, target: usize, scanner: &dyn Scanner, scanned: &mut Scanned) {
    let name_start = path.rfind('/').map_or(0, |slash| slash + 1);
    let mut scan = scanner.scan(&path.as_bytes()[name_start..]);
    let before = path[..name_start].chars().count();
    for found in &mut scan.matches {
        found.position.column += before;
        found.position.end_column += before;
    }
    Holder::file(target, path.to_owned(), PlaceKind::FileName).record(scan, scanned);
}
