//! Reads once more the text in which something was found.
//!
//! Comes in: a target and a place. Goes out: the bytes, or why they are not at hand.

use std::fs;
use std::path::Path;

use git2::{Oid, Repository};

use super::files;
use crate::model::place::{Place, PlaceKind};

/// The text of `place`, which was found in the target at `target`.
pub fn text(target: &Path, place: &Place) -> Result<Vec<u8>, String> {
    if let Some(object) = &place.object {
        return git_object(target, place.path.as_deref(), object);
    }
    match (&place.path, place.kind) {
        (Some(path), PlaceKind::FileName) => Ok(path.rsplit('/').next().unwrap_or(path).as_bytes().to_vec()),
        (_, PlaceKind::Stdin) | (None, _) => Err("its text cannot be read a second time".into()),
        (Some(path), _) => {
            let file = if target.is_dir() { target.join(path) } else { target.to_owned() };
            fs::read(file).map_err(|error| files::in_words(&error))
        }
    }
}

/// The object is in the target's repository, or in that of a folder above the path.
fn git_object(target: &Path, path: Option<&str>, object: &str) -> Result<Vec<u8>, String> {
    let missing = || format!("object {object} cannot be read a second time");
    let id = Oid::from_str(object).map_err(|_| missing())?;
    let below = path.map(|path| target.join(path)).unwrap_or_default();
    let folders = below.ancestors().skip(1).filter(|folder| folder.starts_with(target));
    let read = |folder: &Path| {
        let repository = Repository::discover(folder).ok()?;
        let database = repository.odb().ok()?;
        database.read(id).ok().map(|object| object.data().to_vec())
    };
    std::iter::once(target).chain(folders).find_map(read).ok_or_else(missing)
}
