//! The working trees of a repository: its own and the linked ones, each with an index and a HEAD.

use std::path::{Path, PathBuf};

use git2::{Index, Oid, Repository, Tree};

use super::refs;

/// One working tree as git sees it.
pub struct Checkout {
    /// What is staged.
    pub index: Index,
    /// The tree of the commit that HEAD points at.
    head_tree: Option<Oid>,
}

impl Checkout {
    /// Whether the commit at HEAD holds just this blob at just this path.
    pub fn head_holds(&self, repository: &Repository, path: &[u8], blob: Oid) -> bool {
        let tree = self.head_tree.and_then(|id| repository.find_tree(id).ok());
        tree.and_then(|tree| entry_at(repository, tree, path)) == Some(blob)
    }
}

/// Follows `path` down from `tree`. Paths are bytes: libgit2's own look-up wants UTF-8.
fn entry_at<'r>(repository: &'r Repository, mut tree: Tree<'r>, path: &[u8]) -> Option<Oid> {
    let mut names = path.split(|byte| *byte == b'/').peekable();
    while let Some(name) = names.next() {
        let id = tree.get_name_bytes(name)?.id();
        if names.peek().is_none() {
            return Some(id);
        }
        tree = repository.find_tree(id).ok()?;
    }
    None
}

/// Every checkout that has an index, and one sentence for each index that cannot be read.
pub fn all(repository: &Repository) -> (Vec<Checkout>, Vec<String>) {
    let (mut checkouts, mut unreadable) = (Vec::new(), Vec::new());
    for folder in git_dirs(repository) {
        let path = folder.join("index");
        if !path.exists() {
            continue;
        }
        match Index::open(&path) {
            Ok(index) => {
                let head = refs::head(repository, &folder).and_then(|id| repository.find_commit(id).ok());
                checkouts.push(Checkout { index, head_tree: head.map(|commit| commit.tree_id()) });
            }
            Err(error) => unreadable.push(unreadable_index(error.message())),
        }
    }
    (checkouts, unreadable)
}

/// Why an index cannot be read, and what to do.
pub fn unreadable_index(why: &str) -> String {
    format!(
        "the index cannot be read ({}); if it is split or sparse, write it anew with `git update-index --no-split-index` or \
         `git sparse-checkout reapply --no-sparse-index`",
        why
    )
}

/// The folders in which git keeps `HEAD` and `index`: the common one and one for each linked working tree.
pub fn git_dirs(repository: &Repository) -> Vec<PathBuf> {
    let common = repository.commondir();
    let mut folders = vec![common.to_owned()];
    folders.extend(sub_folders(&common.join("worktrees")));
    folders
}

fn sub_folders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
