//! Adds a credential to the inventory by what may be known of it: its fingerprint and its public id.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, load, node, observations, to_json, typed};
use crate::model::inventory::{Credential, FactSource, Inventory, VERSION};
use crate::model::time::When;

/// The file below the inventory's folder in which added credentials stand.
const FILE: &str = "added.json";

/// Adds `credential` to the file of added ones beside the inventory at `path`. The file's name.
pub fn add(path: &Path, credential: Credential, now: i64) -> Result<PathBuf, Error> {
    let folder = load::beside(path);
    fs::create_dir_all(&folder).map_err(|source| Error::file(&folder, source))?;
    let file = folder.join(FILE);
    let mut part = read_part(&file)?.unwrap_or_default();
    part.version = VERSION;
    part.source = Some(FactSource { name: "straykey inventory add".into(), as_of: When::at(now) });
    part.credentials.push(credential);
    write_part(&file, &part)?;
    Ok(file)
}

/// A part that a tool wrote, if it is there.
pub(super) fn read_part(file: &Path) -> Result<Option<Inventory>, Error> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::file(file, source)),
    };
    let name = file.display().to_string();
    let refused = |problem| Error::Problems(vec![problem]);
    let root = node::read(&name, &text).map_err(refused)?;
    root.first().map(|root| typed(&name, root).map_err(refused)).transpose()
}

/// Writes a part: whole, or not at all.
pub(super) fn write_part(file: &Path, part: &Inventory) -> Result<(), Error> {
    let json = to_json(part)?;
    let text = serde_json::to_string_pretty(&json).map_err(|error| Error::Other(error.to_string()))? + "\n";
    observations::replace(file, text.as_bytes()).map_err(|source| Error::file(file, source))
}

/// Replaces fingerprints in the files of an inventory, as text, so that comments and order stay. How many were replaced.
pub fn replace_fingerprints(paths: &[PathBuf], new_by_old: &[(String, String)]) -> Result<usize, Error> {
    let mut count = 0;
    for path in load::files(paths)? {
        let text = fs::read_to_string(&path).map_err(|source| Error::file(&path, source))?;
        let mut replaced = text.clone();
        for (old, new) in new_by_old {
            count += replaced.matches(old.as_str()).count();
            replaced = replaced.replace(old, new);
        }
        if replaced != text {
            observations::replace(&path, replaced.as_bytes()).map_err(|source| Error::file(&path, source))?;
        }
    }
    Ok(count)
}
