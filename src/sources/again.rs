//! Reads once more the text in which something was found.
//!
//! Comes in: a target and a place. Goes out: the bytes, or why they are not at hand; or the finding that an earlier report
//! tells of. Reports are hostile: a place leads nowhere outside of its target.

use std::fs;
use std::path::Path;

use git2::{Oid, Repository};

use super::containers::{Limits, Unpacking};
use super::files;
use crate::model::place::{Place, PlaceKind};
use crate::model::report::{Earlier, Target, TargetKind, Unscanned};
use crate::model::scan::{Match, Scanned, Scanner, Sighting};

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

/// What is at the path that an earlier report names as its target.
pub fn target(name: &str) -> Target {
    let path = Path::new(name);
    let kind = match fs::metadata(path) {
        _ if name == "-" => TargetKind::Stdin,
        Err(_) => TargetKind::Unreadable,
        Ok(metadata) if !metadata.is_dir() => TargetKind::File,
        Ok(_) if path.join(".git").exists() || path.join("objects").is_dir() => TargetKind::Repository,
        Ok(_) => TargetKind::Folder,
    };
    Target { name: name.to_owned(), kind, remarks: Vec::new() }
}

/// Finds the secret of an earlier finding at its places; at the first that still has it, all that is told is as it was there.
/// `is_same` knows the secret. Where no place has it any more, that is told as an error.
pub fn find(
    finding: &Earlier,
    targets: &[Target],
    limits: Limits,
    scanner: &dyn Scanner,
    is_same: &dyn Fn(&Match, &Place) -> bool,
) -> Scanned {
    let scanner = Unpacking::new(scanner, limits);
    let mut why = "the report names no place".to_owned();
    for (name, place) in &finding.places {
        let text = match place.path.as_deref().is_some_and(leads_out) {
            true => Err("the path leads out of its target".to_owned()),
            false => text(Path::new(name), place),
        };
        let matches = match text {
            Ok(text) => scanner.scan(&text).matches,
            Err(error) => {
                why = error;
                continue;
            }
        };
        why = "it does not stand there any more, or the settings are not those of that scan".to_owned();
        if let Some(found) = matches.into_iter().find(|found| is_same(found, place)) {
            let target = targets.iter().position(|target| target.name == *name).unwrap_or(0);
            let place =
                Place { target, position: found.position, inside: found.inside, mark: found.mark, ..place.clone() };
            let Match { pattern, credential, judgement, .. } = found;
            let sightings = vec![Sighting { pattern, credential, judgement, place }];
            return Scanned { sightings, ..Scanned::default() };
        }
    }
    let unscanned = vec![Unscanned { what: finding.fingerprint.clone(), why }];
    Scanned { unscanned, ..Scanned::default() }
}

/// What is at a path below a target: in a commit, or on disk. Lists of other tools are hostile like reports.
pub fn at(target: &Path, path: &str, commit: Option<&str>) -> Result<Vec<u8>, String> {
    if leads_out(path) {
        return Err("the path leads out of what was named".into());
    }
    let Some(commit) = commit else {
        let file = target.join(path);
        let kind = fs::symlink_metadata(&file).map_err(|error| files::in_words(&error))?.file_type();
        let real = |path: &Path| path.canonicalize().map_err(|error| files::in_words(&error));
        return match kind.is_file() && real(&file)?.starts_with(real(target)?) {
            true => fs::read(file).map_err(|error| files::in_words(&error)),
            false => Err("it is no plain file of what was named".into()),
        };
    };
    let missing = |_| format!("commit {commit} with that file is not here; it may have been rebased or squashed away");
    let repository = Repository::discover(target).map_err(missing)?;
    let id = Oid::from_str(commit).map_err(missing)?;
    let tree = repository.find_commit(id).and_then(|commit| commit.tree()).map_err(missing)?;
    let entry = tree.get_path(Path::new(path)).map_err(missing)?;
    repository.find_blob(entry.id()).map(|blob| blob.content().to_vec()).map_err(missing)
}

fn leads_out(path: &str) -> bool {
    path.starts_with('/') || path.split('/').any(|name| name == "..")
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
