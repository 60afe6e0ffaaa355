//! What each of some commits adds: to its parent, or, for a merge, to every one of its parents.
//!
//! Comes in: ids of commits. Goes out: credentials that stand in a file, a name, or the message of one of them and were not
//! there before it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid, Repository};
use rayon::prelude::*;

use super::graph::{self, Edge};
use super::texts::{Addition, Reader, Side, Texts};
use crate::model::meter::Meter;
use crate::model::place::{Commit, PlaceKind};
use crate::model::report::Unscanned;
use crate::model::scan::{Scanned, Scanner};
use crate::sources::history::graph::Node;
use crate::sources::history::objects::{self, Objects};
use crate::sources::history::{self, MAX_SIZE, refs};
use crate::sources::{Holder, Options};

/// Commits that one worker takes at least: to open a repository costs as much as a few commits.
const CHUNK: usize = 8;

/// What every worker needs.
pub(super) struct Commits<'a> {
    pub(super) git_dir: &'a Path,
    pub(super) lent: &'a [PathBuf],
    pub(super) edge: &'a Edge,
    pub(super) target: usize,
    pub(super) options: &'a Options,
    pub(super) scanner: &'a dyn Scanner,
    pub(super) meter: &'a Meter,
}

impl Commits<'_> {
    /// Scans what these commits add.
    pub(super) fn scan(&self, ids: &[Oid]) -> Scanned {
        self.meter.expect(ids.len() as u64);
        let texts = Texts::new(self.scanner, self.options);
        let parts: Vec<Scanned> = ids
            .par_iter()
            .with_min_len(CHUNK)
            .map_init(
                || Repository::open(self.git_dir),
                |repository, id| {
                    let opened = repository.as_ref().map_err(history::refusal);
                    match opened.and_then(|repository| super::objects(repository, self.lent)) {
                        Ok(odb) => {
                            let (odb, texts, target) = (&odb, &texts, self.target);
                            self.scan_one(*id, Reader { odb, texts, target, scanned: Scanned::default() })
                        }
                        Err(why) => {
                            Scanned { unscanned: vec![Unscanned { what: id.to_string(), why }], ..Scanned::default() }
                        }
                    }
                },
            )
            .collect();
        let mut scanned = Scanned::default();
        parts.into_iter().for_each(|part| scanned.absorb(part));
        scanned
    }

    fn scan_one(&self, id: Oid, mut reader: Reader<'_>) -> Scanned {
        if let Err(why) = self.read(id, &mut reader) {
            reader.scanned.unscanned.push(Unscanned { what: id.to_string(), why });
        }
        self.meter.advance(reader.scanned.stats.object_bytes);
        reader.scanned
    }

    fn read(&self, id: Oid, reader: &mut Reader<'_>) -> Result<(), String> {
        let object = graph::read(reader.odb, id, self.options.max_size.unwrap_or(MAX_SIZE))?;
        let bytes = object.data();
        message(id, ObjectType::Commit, bytes, reader);
        let broken = || "the commit is broken; check it with `git fsck`".to_owned();
        let node = Some(bytes).filter(|_| object.kind() == ObjectType::Commit).and_then(|bytes| Node::parse(id, bytes));
        let node = node.ok_or_else(broken)?;
        if self.edge.cuts(id, &node) {
            return Err(
                "the commit before this one is not in this shallow clone, so what this one adds cannot be told; fetch \
                        more with `git fetch --unshallow` (fetch-depth: 0 in GitHub's checkout action)"
                    .into(),
            );
        }
        let mut parents = Vec::new();
        for parent in &node.parents {
            let object = graph::read(reader.odb, *parent, MAX_SIZE)
                .map_err(|why| format!("what it adds cannot be told, since its parent cannot be read: {why}"))?;
            parents.push(Node::parse(*parent, object.data()).ok_or_else(broken)?.tree);
        }
        let header_end = bytes.windows(2).position(|pair| pair == b"\n\n").map_or(bytes.len(), |end| end + 2);
        let commit = refs::describe_raw(id, PlaceKind::Message, bytes, header_end);
        add_to_each(node.tree, &parents, &commit, reader);
        Ok(())
    }
}

/// The own text, header and message, of a commit or tag.
pub(super) fn message(id: Oid, kind: ObjectType, bytes: &[u8], reader: &mut Reader<'_>) {
    let mut objects = Objects::default();
    objects.record(|| id, kind, bytes, reader.texts.scanner.scan_from(bytes, objects::end_of_ids(kind, bytes)));
    reader.scanned.absorb(objects.scanned);
    if !reader.texts.options.paths.admits_pathless() {
        return;
    }
    for message in objects.messages {
        let holder = Holder {
            target: reader.target,
            path: None,
            kind: message.kind,
            object: Some(message.id.to_string()),
            commit: Some(message.commit),
            lifetime: None,
        };
        reader.scanned.sightings.extend(message.matches.iter().map(|found| holder.sighting(found)));
    }
}

/// Tells what `tree` adds to each of `parents`, each a tree; to nothing, if there are none.
fn add_to_each(tree: Oid, parents: &[Oid], commit: &Commit, reader: &mut Reader<'_>) {
    let new = reader.side(tree, parents);
    if new.is_empty() {
        return;
    }
    let mut additions = new.added_to(&Side::default());
    let mut compared = HashSet::new();
    for parent in parents.iter().filter(|parent| compared.insert(**parent)) {
        if additions.is_empty() {
            return;
        }
        // Beside what it adds to all, a merge brings to each parent what the others have: that may be where a secret moved.
        let all_new;
        let to_this = if parents.len() == 1 {
            &new
        } else {
            all_new = reader.side(tree, &[*parent]);
            &all_new
        };
        let added = to_this.added_to(&reader.side(*parent, &[tree]));
        additions.retain(|addition: &Addition| added.contains(addition));
    }
    reader.tell(&new, &additions, PlaceKind::History, Some(commit));
}
