//! What reaches what: the tips of references by kind, and who wrote a commit.

use std::collections::HashSet;
use std::path::Path;

use git2::{Oid, Repository, Sort};
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::model::place::{Commit, PlaceKind};

/// Every commit there is, oldest first within each kind: reached by references, by notes, by the stash, by nothing.
pub fn by_kind(repository: &Repository, all: &[Oid]) -> Result<Vec<(PlaceKind, Vec<Oid>)>, git2::Error> {
    let tips = Tips::read(repository)?;
    let mut reached = HashSet::new();
    let mut kinds = Vec::new();
    for (kind, tips) in
        [(PlaceKind::History, tips.history), (PlaceKind::Note, tips.notes), (PlaceKind::Stash, tips.stash)]
    {
        let commits = walk(repository, &tips)?;
        kinds.push((kind, commits.into_iter().filter(|id| reached.insert(*id)).collect()));
    }
    let lost: Vec<Oid> = all.iter().copied().filter(|id| !reached.contains(id)).collect();
    kinds.push((
        PlaceKind::Unreachable,
        walk(repository, &lost)?.into_iter().filter(|id| reached.insert(*id)).collect(),
    ));
    Ok(kinds)
}

/// Commits reachable from `tips`, parents before children. A tip that is no commit, or is missing, is passed over.
fn walk(repository: &Repository, tips: &[Oid]) -> Result<Vec<Oid>, git2::Error> {
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME | Sort::REVERSE)?;
    for tip in tips {
        // Fails for what is no commit, which holds no commits either.
        let _ = walk.push(*tip);
    }
    // A commit whose parent is missing (a shallow clone's edge) ends that line of the walk, not the walk.
    Ok(walk.filter_map(Result::ok).collect())
}

/// Where references point.
struct Tips {
    history: Vec<Oid>,
    notes: Vec<Oid>,
    stash: Vec<Oid>,
}

impl Tips {
    fn read(repository: &Repository) -> Result<Self, git2::Error> {
        let mut tips = Self { history: heads(repository), notes: Vec::new(), stash: Vec::new() };
        for reference in repository.references()?.flatten() {
            let Some(target) = reference.resolve().ok().and_then(|direct| direct.target()) else { continue };
            match reference.name_bytes() {
                b"refs/stash" => tips.stash.push(target),
                name if name.starts_with(b"refs/notes/") => tips.notes.push(target),
                _ => tips.history.push(target),
            }
        }
        // All but the newest stash are only in the reference log.
        if let Ok(log) = repository.reflog("refs/stash") {
            tips.stash.extend(log.iter().map(|entry| entry.id_new()));
        }
        Ok(tips)
    }
}

/// What HEAD of the repository and of each linked working tree points at.
fn heads(repository: &Repository) -> Vec<Oid> {
    super::checkout::git_dirs(repository).iter().filter_map(|folder| head(repository, folder)).collect()
}

/// What `HEAD` in a git folder points at; none on a branch without commits.
pub fn head(repository: &Repository, git_dir: &Path) -> Option<Oid> {
    let text = std::fs::read_to_string(git_dir.join("HEAD")).ok()?;
    match text.trim().strip_prefix("ref: ") {
        Some(name) => repository.refname_to_id(name).ok(),
        None => Oid::from_str(text.trim()).ok(),
    }
}

/// Whether nothing was ever committed here.
pub fn has_none(repository: &Repository) -> bool {
    heads(repository).is_empty() && repository.references().is_ok_and(|mut references| references.next().is_none())
}

/// References that point straight at a blob or a tree rather than at a commit.
pub fn odd_tips(repository: &Repository) -> Vec<(git2::ObjectType, Oid)> {
    let Ok(references) = repository.references() else { return Vec::new() };
    references
        .flatten()
        .filter_map(|reference| {
            let object = reference.peel(git2::ObjectType::Any).ok()?;
            Some((object.kind()?, object.id()))
        })
        .filter(|(kind, _)| matches!(kind, git2::ObjectType::Blob | git2::ObjectType::Tree))
        .collect()
}

/// Who wrote a commit, and when.
pub fn describe(commit: &git2::Commit<'_>) -> Commit {
    let author = commit.author();
    let (name, address) = (String::from_utf8_lossy(author.name_bytes()), String::from_utf8_lossy(author.email_bytes()));
    let when = author.when();
    Commit {
        id: commit.id().to_string(),
        author: format!("{name} <{address}>"),
        date: date(when.seconds(), when.offset_minutes()),
    }
}

/// The same from the raw header of a commit or tag, which may be broken.
pub fn describe_raw(id: Oid, kind: PlaceKind, header: &[u8]) -> Commit {
    let header = String::from_utf8_lossy(header);
    let field = |name: &str| header.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let (who, own_id) = match kind {
        PlaceKind::Tag => (field("tagger"), field("object").map(str::to_owned)),
        _ => (field("author"), Some(id.to_string())),
    };
    let (author, when) = who.and_then(|who| who.rsplit_once("> ")).unwrap_or_default();
    let mut numbers = when.split(' ');
    let seconds = numbers.next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let zone: i32 = numbers.next().and_then(|zone| zone.parse().ok()).unwrap_or(0);
    Commit {
        id: own_id.unwrap_or_default(),
        author: if author.is_empty() { String::new() } else { format!("{author}>") },
        date: date(seconds, zone / 100 * 60 + zone % 100),
    }
}

/// RFC 3339 with the author's offset; a time out of range is the beginning of time.
fn date(seconds: i64, offset_minutes: i32) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    match Offset::from_seconds(offset_minutes.saturating_mul(60)) {
        Ok(offset) if offset_minutes != 0 => time.display_with_offset(offset).to_string(),
        _ => time.to_string(),
    }
}
