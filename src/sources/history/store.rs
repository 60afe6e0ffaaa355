//! The folders in which objects lie: the repository's own and those that it borrows from.

use std::fs;
use std::path::{Path, PathBuf};

use git2::Oid;

/// Stores that borrow from stores that borrow, at most this often.
const DEEPEST: usize = 8;

/// The object folder of a repository and, one after the other, its alternates'.
pub fn folders(common_dir: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    collect(&common_dir.join("objects"), DEEPEST, &mut folders);
    folders
}

fn collect(folder: &Path, depth: usize, folders: &mut Vec<PathBuf>) {
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    if depth == 0 || folders.contains(&real) {
        return;
    }
    folders.push(real.clone());
    let list = fs::read_to_string(real.join("info/alternates")).unwrap_or_default();
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        collect(&real.join(line), depth - 1, folders);
    }
}

/// Index files of packs, in order of their names.
pub fn pack_indexes(folder: &Path) -> Vec<PathBuf> {
    let mut indexes: Vec<PathBuf> = pack_files(folder)
        .into_iter()
        .filter(|path| has_ending(path, "idx") && path.with_extension("pack").exists())
        .collect();
    indexes.sort();
    indexes
}

/// Names of packs without index and of indexes without pack: git passes over both without a word.
pub fn packs_without_partner(folder: &Path) -> Vec<String> {
    let lonely = |path: &PathBuf| {
        (has_ending(path, "pack") && !path.with_extension("idx").exists())
            || (has_ending(path, "idx") && !path.with_extension("pack").exists())
    };
    let mut names: Vec<String> = pack_files(folder)
        .iter()
        .filter(|path| lonely(path))
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}

/// Whether a pack here was fetched with a promise to fetch on demand what it lacks.
pub fn has_promises(folder: &Path) -> bool {
    pack_files(folder).iter().any(|path| has_ending(path, "promisor"))
}

fn pack_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join("pack")) else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension == ending)
}

/// Ids of the objects that lie in a file each.
pub fn loose(folder: &Path) -> Vec<Oid> {
    let mut ids = Vec::new();
    for first in 0..=255_u8 {
        let name = format!("{first:02x}");
        let Ok(entries) = fs::read_dir(folder.join(&name)) else { continue };
        let rest = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        ids.extend(
            rest.filter(|rest| rest.len() == 38).filter_map(|rest| Oid::from_str(&format!("{name}{rest}")).ok()),
        );
    }
    ids.sort();
    ids
}
