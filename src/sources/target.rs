//! One path that the user named: works out what it is and runs the sources for it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use git2::{Repository, RepositoryOpenFlags};

use super::changes::{Changes, Scope};
use super::containers::Unpacking;
use super::files::{self, FileScanner};
use super::history::{self, History};
use super::stdin::Stdin;
use super::worktree::{Worktree, relative};
use super::{Holder, Options, Source};
use crate::model::meter::Meter;
use crate::model::place::PlaceKind;
use crate::model::report::{Target, TargetKind, Unscanned};
use crate::model::scan::{Scanned, Scanner};

/// Scans what is at `path`, the target of this number. Everything that goes wrong is in the answer.
pub fn scan(path: &Path, number: usize, options: &Options, scanner: &dyn Scanner, meter: &Meter) -> (Target, Scanned) {
    let mut name = path.display().to_string();
    let scanner: &dyn Scanner = &Unpacking::new(scanner, options.archives);
    let (kind, mut scanned) = if options.scope != Scope::Everything || options.branch.is_some() {
        scan_changes(path, number, options, scanner, meter, &mut name)
    } else if name == "-" {
        (TargetKind::Stdin, Stdin { target: number, max_size: options.max_size }.scan(scanner, meter))
    } else {
        match fs::metadata(path) {
            Err(error) => (TargetKind::Unreadable, unreadable(files::in_words(&error))),
            Ok(metadata) if metadata.is_dir() => scan_folder(path, number, options, scanner, meter),
            Ok(_) => (TargetKind::File, scan_file(path, number, options, scanner, meter)),
        }
    };
    for missed in &mut scanned.unscanned {
        missed.what = match kind {
            TargetKind::Unreadable => name.clone(),
            // A file's own path is told already, with the path within it if it is an archive.
            TargetKind::File | TargetKind::Stdin => missed.what.clone(),
            _ if name == "." => missed.what.clone(),
            _ => Path::new(&name).join(&missed.what).display().to_string(),
        };
    }
    (Target { name, kind, remarks: std::mem::take(&mut scanned.remarks) }, scanned)
}

/// What changed in the repository that a folder is in, or all that a branch of it reaches. Paths are relative to its top, so
/// `name` becomes the top's.
fn scan_changes(
    path: &Path,
    number: usize,
    options: &Options,
    scanner: &dyn Scanner,
    meter: &Meter,
    name: &mut String,
) -> (TargetKind, Scanned) {
    match Changes::open(path, number, options) {
        Err(why) => (TargetKind::Unreadable, unreadable(why)),
        Ok(changes) => {
            let top = changes.top();
            if top.canonicalize().ok() != path.canonicalize().ok() {
                *name = top.display().to_string();
            }
            let scanned = if options.scope == Scope::Everything {
                let git_dir = changes.git_dir();
                History { git_dir, prefix: String::new(), target: number, options }.scan(scanner, meter)
            } else {
                changes.scan(scanner, meter)
            };
            (TargetKind::Repository, scanned)
        }
    }
}

fn unreadable(why: String) -> Scanned {
    Scanned { unscanned: vec![Unscanned { what: String::new(), why }], ..Scanned::default() }
}

fn scan_file(path: &Path, number: usize, options: &Options, scanner: &dyn Scanner, meter: &Meter) -> Scanned {
    let mut scanned = Scanned::default();
    // A single file is its own target: its path is the one that the user wrote.
    let holder = Holder::file(number, path.to_string_lossy().replace('\\', "/"), PlaceKind::WorkingTree);
    FileScanner::new(scanner, meter, options.max_size).scan(files::open(path), &holder, &mut scanned);
    scanned
}

/// A folder: its files, and every repository in it.
fn scan_folder(
    path: &Path,
    number: usize,
    options: &Options,
    scanner: &dyn Scanner,
    meter: &Meter,
) -> (TargetKind, Scanned) {
    let mut scanned = Scanned::default();
    let repository = match open(path) {
        Ok(repository) => repository,
        Err(why) => {
            scanned.unscanned.push(Unscanned { what: ".git".into(), why });
            None
        }
    };
    let kind = if repository.is_some() { TargetKind::Repository } else { TargetKind::Folder };
    let mut repositories: Vec<PathBuf> = repository.iter().map(|_| path.to_owned()).collect();
    let is_bare = repository.as_ref().is_some_and(|repository| is_git_dir(repository, path));
    if !options.no_worktree && !is_bare {
        let tracked = repository.as_ref().map(|repository| history::tracked(repository).into_iter().collect());
        let worktree = Worktree { root: path, target: number, options, tracked: tracked.unwrap_or_default() };
        let (files, nested) = worktree.scan(scanner, meter);
        scanned.absorb(files);
        repositories.extend(nested);
        if !options.no_ignore && (repository.is_some() || !repositories.is_empty() || enclosing(path).is_some()) {
            scanned.remarks.push(
                "files that .gitignore names and git does not track were left out (--no-ignore reads them)".into(),
            );
        }
    }
    if kind == TargetKind::Folder
        && let Some(top) = enclosing(path)
    {
        scanned
            .remarks
            .push(format!("this folder is part of the repository at {}; scan that for its history", top.display()));
    }
    if options.no_history {
        if !repositories.is_empty() {
            scanned.remarks.push("what git stores was left out (--no-history)".into());
        }
        return (kind, scanned);
    }
    scan_repositories(path, number, &repositories, options, scanner, meter, &mut scanned);
    (kind, scanned)
}

/// The store of each repository, and of its submodules; working trees that share one share the scan.
fn scan_repositories(
    root: &Path,
    number: usize,
    folders: &[PathBuf],
    options: &Options,
    scanner: &dyn Scanner,
    meter: &Meter,
    scanned: &mut Scanned,
) {
    let mut done = BTreeSet::new();
    for folder in folders {
        let below = relative(folder, root);
        let prefix = if below.is_empty() { below } else { format!("{below}/") };
        match open(folder) {
            Ok(Some(repository)) => {
                let common = repository.commondir().to_owned();
                let mut stores = vec![(common.clone(), prefix.clone())];
                stores.extend(
                    submodule_stores(&common).into_iter().map(|(store, path)| (store, format!("{prefix}{path}/"))),
                );
                for (git_dir, prefix) in stores {
                    if done.insert(git_dir.canonicalize().unwrap_or_else(|_| git_dir.clone())) {
                        scanned.absorb(History { git_dir, prefix, target: number, options }.scan(scanner, meter));
                    }
                }
            }
            Ok(None) => {}
            Err(why) => {
                if folder != root {
                    scanned.unscanned.push(Unscanned { what: format!("{prefix}.git"), why });
                }
            }
        }
    }
}

/// The stores of submodules, which git keeps in the parent's folder, with the names of the submodules.
fn submodule_stores(git_dir: &Path) -> Vec<(PathBuf, String)> {
    let modules = git_dir.join("modules");
    let walk = ignore::WalkBuilder::new(&modules)
        .standard_filters(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(|entry| entry.file_name() != "objects")
        .build();
    walk.flatten()
        .filter(|entry| {
            entry.depth() > 0 && entry.path().join("HEAD").is_file() && entry.path().join("objects").is_dir()
        })
        .map(|entry| (entry.path().to_owned(), relative(entry.path(), &modules)))
        .collect()
}

/// The top of the repository that a path is in: of its working tree, or of itself if it has none.
pub fn top(path: &Path) -> Option<PathBuf> {
    let repository = Repository::discover(path).ok()?;
    repository.workdir().unwrap_or_else(|| repository.path()).canonicalize().ok()
}

/// Opens a repository whose top, or whose store, is just here; none if there is no repository.
fn open(path: &Path) -> Result<Option<Repository>, String> {
    match Repository::open_ext(path, RepositoryOpenFlags::NO_SEARCH, std::iter::empty::<&Path>()) {
        Ok(repository) => Ok(Some(repository)),
        Err(error) if error.code() == git2::ErrorCode::NotFound && path.join(".git").symlink_metadata().is_err() => {
            Ok(None)
        }
        Err(error) => Err(history::refusal(&error)),
    }
}

/// Whether the path is a store itself (bare, or a `.git` folder) rather than a working tree.
fn is_git_dir(repository: &Repository, path: &Path) -> bool {
    let same = |folder: &Path| folder.canonicalize().ok() == path.canonicalize().ok();
    repository.is_bare() || same(repository.path())
}

/// The top of the repository that a folder is part of.
fn enclosing(path: &Path) -> Option<PathBuf> {
    let repository = Repository::discover(path).ok()?;
    let top = repository.workdir()?;
    (top.canonicalize().ok()? != path.canonicalize().ok()?).then(|| top.to_owned())
}
