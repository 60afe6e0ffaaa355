//! The file in which what was seen of each secret is kept from run to run.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Error;
use crate::model::observation::Observation;

/// By fingerprint.
pub type Observations = BTreeMap<String, Observation>;

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    observations: Vec<Observation>,
}

/// Reads the file; where there is none yet, nothing was seen.
pub fn read(path: &Path) -> Result<Observations, Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Observations::new()),
        Err(source) => return Err(Error::file(path, source)),
    };
    let refused = |error: serde_json::Error| {
        let name = path.display();
        Error::Other(format!(
            "{name}:{}: {error}; straykey writes this file itself: take back the last version of it",
            error.line()
        ))
    };
    let file: File = serde_json::from_str(&text).map_err(refused)?;
    if file.version != 1 {
        return Err(Error::Other(format!(
            "{}:1: version {} is not known; this straykey reads version 1",
            path.display(),
            file.version
        )));
    }
    Ok(file.observations.into_iter().map(|one| (one.fp.clone(), one)).collect())
}

/// Writes the file: whole, or not at all.
pub fn write(path: &Path, observations: &Observations) -> Result<(), Error> {
    let file = File { version: 1, observations: observations.values().cloned().collect() };
    let text = serde_json::to_string_pretty(&file).map_err(|error| Error::Other(error.to_string()))? + "\n";
    replace(path, text.as_bytes()).map_err(|source| Error::file(path, source))
}

/// Puts `content` in the place of a file at once, so that nobody sees half of it.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| _ = fs::remove_file(&beside))
}
