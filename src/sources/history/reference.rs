//! The reference engine: libgit2 reads every object of the object database, each once, whole.
//!
//! Slow and plain. Faster engines are held to its answer, and hand it what they do not serve.

use std::collections::HashSet;
use std::path::Path;

use git2::{ObjectType, Odb, Oid, Repository};
use rayon::prelude::*;

use super::objects::{self, Objects};
use crate::model::meter::Meter;
use crate::model::scan::Scanner;
use crate::sources::files;

/// Objects that one worker takes at a time: neighbours in the pack share delta bases, so they belong together.
const CHUNK: usize = 1024;

/// What every worker needs.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// Finds secrets.
    pub scanner: &'a dyn Scanner,
    /// Told of each object.
    pub meter: &'a Meter,
    /// Objects of more bytes are not read.
    pub limit: u64,
}

/// Reads every object of `repository`.
pub fn read(repository: &Repository, reader: Reader<'_>) -> Objects {
    let mut ids = Vec::new();
    let mut seen = HashSet::new();
    let listed = repository.odb().and_then(|odb| {
        odb.foreach(|id| {
            if seen.insert(*id) {
                ids.push(*id);
            }
            true
        })
    });
    reader.meter.expect(ids.len() as u64);
    let mut objects = read_ids(repository.path(), &ids, reader);
    if let Err(error) = listed {
        let why =
            format!("the list of objects cannot be read to its end ({}); repair it with `git fsck`", error.message());
        objects.fail(".git/objects".into(), why);
    }
    objects
}

/// Reads these objects.
pub fn read_ids(git_dir: &Path, ids: &[Oid], reader: Reader<'_>) -> Objects {
    let parts: Vec<Objects> = ids
        .par_chunks(CHUNK)
        .map_init(
            || Repository::open(git_dir),
            |repository, ids| {
                let opened = repository.as_ref().map_err(super::refusal);
                match opened.and_then(|repository| repository.odb().map_err(|error| super::refusal(&error))) {
                    Ok(odb) => reader.read_all(&odb, ids),
                    Err(why) => Objects::failed(".git", why),
                }
            },
        )
        .collect();
    let mut objects = Objects::default();
    parts.into_iter().for_each(|part| objects.absorb(part));
    objects
}

impl Reader<'_> {
    fn read_all(&self, odb: &Odb<'_>, ids: &[Oid]) -> Objects {
        let mut objects = Objects::default();
        for id in ids {
            let size = self.read(odb, *id, &mut objects).unwrap_or_else(|why| {
                objects.fail(id.to_string(), why);
                0
            });
            self.meter.advance(size);
        }
        objects
    }

    fn read(&self, odb: &Odb<'_>, id: Oid, objects: &mut Objects) -> Result<u64, String> {
        let broken = |error: git2::Error| {
            // What libgit2 says of a stream that is cut off.
            let why = if error.message() == "no error" { "its bytes end too early" } else { error.message() };
            format!("the object cannot be read ({why}); repair it with `git fsck`")
        };
        // A loose object tells its size beforehand; of a packed one git2 would tell it too, but panics at a broken type.
        let size = odb.reader(id).map_or(0, |(_, size, _)| size as u64);
        if size > self.limit {
            return Err(files::too_large(size, self.limit));
        }
        let object = odb.read(id).map_err(broken)?;
        if object.len() as u64 > self.limit {
            return Err(files::too_large(object.len() as u64, self.limit));
        }
        if object.kind() == ObjectType::Tree {
            objects.trees.push(id);
            objects.count(object.data());
            objects::tree_entries(object.data()).for_each(|entry| {
                objects.record_name(entry.name, self.scanner);
            });
        } else {
            let start = objects::end_of_ids(object.kind(), object.data());
            objects.record(|| id, object.kind(), object.data(), self.scanner.scan_from(object.data(), start));
        }
        Ok(object.len() as u64)
    }
}
