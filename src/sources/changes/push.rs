//! What a push brings: all that its new ends reach and what is there already does not.
//!
//! Comes in: the lines that git gives to a hook, `old new reference` when a push is received, `reference new reference old` when
//! one is sent. Goes out: commits, and what a reference can point at beside them: tags, and files or folders without a commit.

use git2::{Object, ObjectType, Oid, Repository};

use super::commits;
use super::select::{Selection, Selector};
use super::texts::{Reader, Side};
use super::trees::Gain;
use crate::model::place::PlaceKind;
use crate::model::report::Unscanned;

/// The references that a push sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Which, and to what.
    pub updates: Vec<Update>,
    /// What is there beside what these references point at so far.
    pub there: There,
}

/// A reference that is made or moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// `refs/heads/main`.
    pub reference: String,
    /// What it points at so far, in hex, or a revision; none if it is new.
    pub old: Option<String>,
    /// What it is to point at.
    pub new: String,
}

/// What the other side is known to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum There {
    /// All that this repository's references reach: it is the one that receives.
    AllReferences,
    /// What was last fetched from this remote, or pushed to it.
    Remote(String),
}

/// A line that no git writes.
#[derive(Debug, thiserror::Error)]
#[error(
    "line {line} on standard input is not what git tells a {hook} hook; let git run this, see `straykey hook install`"
)]
pub struct BadLine {
    line: usize,
    hook: &'static str,
}

impl Push {
    /// Reads `old new reference` lines.
    pub fn received(text: &str) -> Result<Self, BadLine> {
        let updates = read(text, "pre-receive", |words| match words {
            [old, new, reference] => Some((*old, *new, *reference)),
            _ => None,
        })?;
        Ok(Self { updates, there: There::AllReferences })
    }

    /// Reads `reference new reference old` lines of a push to `remote`.
    pub fn sent(text: &str, remote: &str) -> Result<Self, BadLine> {
        let updates = read(text, "pre-push", |words| match words {
            [_, new, reference, old] => Some((*old, *new, *reference)),
            _ => None,
        })?;
        Ok(Self { updates, there: There::Remote(remote.to_owned()) })
    }

    /// Scans what the push sets references to beside commits.
    pub(super) fn beside_commits(&self, mut reader: Reader<'_>) -> crate::model::scan::Scanned {
        for update in &self.updates {
            if let Ok(id) = Oid::from_str(&update.new) {
                scan_end(id, &update.reference, &mut reader);
            }
        }
        reader.scanned
    }
}

/// The updates in the lines of `text`; deletions bring nothing.
fn read<'t>(
    text: &'t str,
    hook: &'static str,
    order: impl Fn(&[&'t str]) -> Option<(&'t str, &'t str, &'t str)>,
) -> Result<Vec<Update>, BadLine> {
    let is_none = |id: &str| id.bytes().all(|digit| digit == b'0');
    // Of SHA-1 or SHA-256.
    let is_id = |id: &str| matches!(id.len(), 40 | 64) && id.bytes().all(|digit| digit.is_ascii_hexdigit());
    let mut updates = Vec::new();
    for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        let ids = order(&words).filter(|(old, new, _)| is_id(old) && is_id(new));
        let (old, new, reference) = ids.ok_or(BadLine { line: place + 1, hook })?;
        if !is_none(new) {
            let old = Some(old.to_owned()).filter(|old| !is_none(old));
            updates.push(Update { reference: reference.to_owned(), old, new: new.to_owned() });
        }
    }
    Ok(updates)
}

/// A tag's text, and what a tag or reference points at where that is no commit.
fn scan_end(id: Oid, reference: &str, reader: &mut Reader<'_>) {
    let path = format!(".git/{reference}");
    let mut next = Some(id);
    while let Some(id) = next.take() {
        let object = match super::graph::read(reader.odb, id, crate::sources::history::MAX_SIZE) {
            Ok(object) => object,
            Err(why) => return reader.scanned.unscanned.push(Unscanned { what: path, why }),
        };
        let mut side = Side::default();
        match object.kind() {
            ObjectType::Tag => {
                commits::message(id, ObjectType::Tag, object.data(), reader);
                next = tagged(object.data());
            }
            ObjectType::Tree => side = reader.side(id, &[]),
            ObjectType::Blob => reader.take(path.as_bytes(), Gain::Content(id), &mut side),
            _ => {}
        }
        let additions = side.added_to(&Side::default());
        reader.tell(&side, &additions, PlaceKind::History, None);
    }
}

/// What a tag points at.
fn tagged(tag: &[u8]) -> Option<Oid> {
    let line = tag.split(|byte| *byte == b'\n').next()?;
    Oid::from_str(std::str::from_utf8(line.strip_prefix(b"object ")?).ok()?).ok()
}

impl Selector<'_> {
    /// Commits that a push brings.
    pub(super) fn push(&self, push: &Push) -> Result<Selection, String> {
        let mut tips = Vec::new();
        for update in &push.updates {
            let id = Oid::from_str(&update.new);
            let end = id.and_then(|id| self.repository.find_object(id, None));
            match end.or_else(|_| self.repository.revparse_single(&update.new)) {
                Ok(object) => tips.extend(commit(&object)),
                Err(_) => {
                    return Err(format!("{} of {} is not here; check with `git fsck`", update.new, update.reference));
                }
            }
        }
        let olds = push.updates.iter().filter_map(|update| update.old.as_deref());
        // An end that is not here, as after a forced push by somebody else, hides nothing.
        let olds = olds.filter_map(|old| self.repository.revparse_single(old).ok());
        let mut hidden: Vec<Oid> = olds.filter_map(|old| commit(&old)).collect();
        hidden.extend(there(self.repository, &push.there)?);
        let commits = self.graph.between(&tips, &hidden);
        Ok(Selection::new(commits.into_iter().map(|(id, _)| id).collect(), "in this push"))
    }
}

fn commit(object: &Object<'_>) -> Option<Oid> {
    object.peel_to_commit().ok().map(|commit| commit.id())
}

/// Commits that the other side is known to have.
fn there(repository: &Repository, there: &There) -> Result<Vec<Oid>, String> {
    let start = match there {
        There::AllReferences => String::new(),
        There::Remote(name) => format!("refs/remotes/{name}/"),
    };
    let references = repository.references().map_err(|error| crate::sources::history::refusal(&error))?;
    let known = references.flatten().filter(|reference| reference.name_bytes().starts_with(start.as_bytes()));
    Ok(known.filter_map(|reference| reference.peel_to_commit().ok()).map(|commit| commit.id()).collect())
}
