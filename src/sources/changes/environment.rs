//! What git tells a hook in its environment: which repository it is about, and where new objects lie.
//!
//! Comes in: a folder. Goes out: its repository, and folders of objects beside the repository's own. libgit2 does not look at
//! these variables by itself. While a push is received its objects lie in a quarantine, which only they name.

use std::env;
use std::path::{Path, PathBuf};

use git2::{Repository, RepositoryOpenFlags};

/// Opens the repository that `path` is in; for the current folder, the one that `GIT_DIR` names if it does.
pub(super) fn open(path: &Path) -> Result<Repository, git2::Error> {
    match folder("GIT_DIR").filter(|_| is_same(path, Path::new("."))) {
        None => Repository::open_ext(path, RepositoryOpenFlags::empty(), std::iter::empty::<&Path>()),
        Some(git_dir) => {
            let repository =
                Repository::open_ext(git_dir, RepositoryOpenFlags::NO_SEARCH, std::iter::empty::<&Path>())?;
            if let Some(top) = folder("GIT_WORK_TREE") {
                repository.set_workdir(&top, false)?;
            }
            Ok(repository)
        }
    }
}

/// Folders with further objects that the environment names. It speaks of the current repository only.
pub(super) fn object_folders(repository: &Repository) -> Vec<PathBuf> {
    let is_current = match folder("GIT_DIR") {
        Some(git_dir) => is_same(&git_dir, repository.path()),
        None => Repository::discover(".").is_ok_and(|current| is_same(current.path(), repository.path())),
    };
    if !is_current {
        return Vec::new();
    }
    let others = env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
    let named = folder("GIT_OBJECT_DIRECTORY").into_iter().chain(env::split_paths(&others));
    let own = repository.commondir().join("objects").canonicalize().ok();
    let mut folders: Vec<PathBuf> = named.filter_map(|folder| folder.canonicalize().ok()).collect();
    folders.retain(|folder| Some(folder) != own.as_ref());
    folders
}

fn folder(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn is_same(left: &Path, right: &Path) -> bool {
    left.canonicalize().ok().is_some_and(|left| right.canonicalize().ok() == Some(left))
}
