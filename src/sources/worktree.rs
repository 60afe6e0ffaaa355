//! The files of a folder, walked in parallel.
//!
//! Inside a repository `.gitignore` is respected, except that a file which git tracks is read whatever `.gitignore` says.
//! `.git` is not walked, and symbolic links are not followed. Repositories met on the way are handed back.

use std::collections::HashSet;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkParallel, WalkState};

use super::files::{self, FileScanner};
use super::{Holder, Options, scan_name};
use crate::model::meter::Meter;
use crate::model::place::PlaceKind;
use crate::model::report::Unscanned;
use crate::model::scan::{Scanned, Scanner};

/// Files of so many bytes are not scanned by the thread that comes upon them.
const LARGE: u64 = 8 << 20;

/// A folder and all below it.
#[derive(Debug)]
pub struct Worktree<'a> {
    /// The folder.
    pub root: &'a Path,
    /// Which target, counted from 0.
    pub target: usize,
    /// What to leave out.
    pub options: &'a Options,
    /// Paths, relative to the root, of files that git tracks.
    pub tracked: Vec<String>,
}

/// What the workers share.
#[derive(Default)]
struct Shared {
    scanned: Mutex<Scanned>,
    seen: Mutex<HashSet<String>>,
    large: Mutex<Vec<(PathBuf, String)>>,
    repositories: Mutex<Vec<PathBuf>>,
}

impl Worktree<'_> {
    /// Scans every file; also says at which folders below the root there are git repositories.
    pub fn scan(&self, scanner: &dyn Scanner, meter: &Meter) -> (Scanned, Vec<PathBuf>) {
        let shared = Shared::default();
        self.walker().run(|| {
            let mut worker = Worker::new(self, &shared, scanner, meter);
            Box::new(move |entry| {
                worker.visit(entry);
                WalkState::Continue
            })
        });
        self.scan_large(&shared, scanner, meter);
        self.scan_tracked(&shared, scanner, meter);
        let mut repositories = into_inner(shared.repositories);
        repositories.sort();
        (into_inner(shared.scanned), repositories)
    }

    /// Scans only files that git tracks.
    pub fn scan_only_tracked(&self, scanner: &dyn Scanner, meter: &Meter) -> Scanned {
        let shared = Shared::default();
        self.scan_tracked(&shared, scanner, meter);
        into_inner(shared.scanned)
    }

    fn walker(&self) -> WalkParallel {
        let ignoring = !self.options.no_ignore;
        let filter = self.options.paths.clone();
        let root = self.root.to_owned();
        WalkBuilder::new(self.root)
            .hidden(false)
            .ignore(false)
            .git_ignore(ignoring)
            .git_exclude(ignoring)
            .git_global(ignoring)
            .parents(ignoring)
            .follow_links(false)
            .threads(self.options.threads)
            .filter_entry(move |entry| {
                let is_folder_below = entry.depth() > 0 && entry.file_type().is_some_and(|kind| kind.is_dir());
                entry.file_name() != ".git" && (!is_folder_below || filter.enters(&relative(entry.path(), &root)))
            })
            .build_parallel()
    }

    /// Files so large that all workers search each together: one after the other, so that none is left to one worker at the
    /// end. The walk's own threads are not the workers'.
    fn scan_large(&self, shared: &Shared, scanner: &dyn Scanner, meter: &Meter) {
        let mut large = std::mem::take(&mut *lock(&shared.large));
        large.sort();
        let mut scanned = Scanned::default();
        let mut files = FileScanner::new(scanner, meter, self.options.max_size);
        for (full, path) in large {
            files.scan(files::open(&full), &Holder::file(self.target, path, PlaceKind::WorkingTree), &mut scanned);
        }
        lock(&shared.scanned).absorb(scanned);
    }

    /// Files that git tracks although `.gitignore` names them.
    fn scan_tracked(&self, shared: &Shared, scanner: &dyn Scanner, meter: &Meter) {
        let seen = lock(&shared.seen);
        let mut scanned = Scanned::default();
        let mut files = FileScanner::new(scanner, meter, self.options.max_size);
        for path in &self.tracked {
            let full = self.root.join(path);
            let is_file = full.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
            if !seen.contains(path) && is_file && self.options.paths.admits(path) {
                files.scan(
                    files::open(&full),
                    &Holder::file(self.target, path.clone(), PlaceKind::WorkingTree),
                    &mut scanned,
                );
                scan_name(path, self.target, scanner, &mut scanned);
            }
        }
        lock(&shared.scanned).absorb(scanned);
    }
}

/// One thread's share of the walk.
struct Worker<'a> {
    worktree: &'a Worktree<'a>,
    shared: &'a Shared,
    scanner: &'a dyn Scanner,
    files: FileScanner<'a>,
    scanned: Scanned,
    seen: Vec<String>,
}

impl<'a> Worker<'a> {
    fn new(worktree: &'a Worktree<'a>, shared: &'a Shared, scanner: &'a dyn Scanner, meter: &'a Meter) -> Self {
        let files = FileScanner::new(scanner, meter, worktree.options.max_size);
        Self { worktree, shared, scanner, files, scanned: Scanned::default(), seen: Vec::new() }
    }

    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) {
        match entry {
            Ok(entry) => self.visit_entry(&entry),
            Err(error) => {
                let (what, why) = walk_error(&error, self.worktree.root);
                self.scanned.unscanned.push(Unscanned { what, why });
            }
        }
    }

    fn visit_entry(&mut self, entry: &DirEntry) {
        let Some(kind) = entry.file_type() else { return };
        let path = relative(entry.path(), self.worktree.root);
        if kind.is_dir() {
            if entry.depth() > 0 {
                scan_name(&path, self.worktree.target, self.scanner, &mut self.scanned);
                if entry.path().join(".git").symlink_metadata().is_ok() {
                    lock(&self.shared.repositories).push(entry.path().to_owned());
                }
            }
            return;
        }
        if !self.worktree.options.paths.admits(&path) {
            return;
        }
        scan_name(&path, self.worktree.target, self.scanner, &mut self.scanned);
        if kind.is_symlink() {
            self.scanned.stats.links += 1;
        } else if let Some(why) = files::not_a_file(kind) {
            self.scanned.unscanned.push(Unscanned { what: path, why });
        } else {
            let file = files::open(entry.path());
            if file.as_ref().is_ok_and(|file| file.size >= LARGE) {
                lock(&self.shared.large).push((entry.path().to_owned(), path.clone()));
            } else {
                let holder = Holder::file(self.worktree.target, path.clone(), PlaceKind::WorkingTree);
                self.files.scan(file, &holder, &mut self.scanned);
            }
            self.seen.push(path);
        }
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        lock(&self.shared.scanned).absorb(std::mem::take(&mut self.scanned));
        lock(&self.shared.seen).extend(std::mem::take(&mut self.seen));
    }
}

/// The path below `root`, `/` between its names; bytes that are no UTF-8 are replaced.
pub fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace(MAIN_SEPARATOR, "/")
}

/// What could not be walked, and why.
fn walk_error(error: &ignore::Error, root: &Path) -> (String, String) {
    match error {
        ignore::Error::WithPath { path, err } => (relative(path, root), walk_error(err, root).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => walk_error(err, root),
        ignore::Error::Io(error) => (root.display().to_string(), files::in_words(error)),
        other => (root.display().to_string(), format!("it cannot be walked ({other}); leave it out with --exclude")),
    }
}

/// A worker that panicked has lost its own share only: what the others put in stays right.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
