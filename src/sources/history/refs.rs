//! What points at commits, and who wrote a commit.

use std::path::Path;

use git2::{ErrorCode, Oid, Repository};
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::model::place::{Commit, PlaceKind};

/// The names under which a checkout's own commit goes, and one that only the log of the stash has.
const HEAD: &str = "HEAD";
const STASH: &str = "stash";

/// A commit that something points at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tip {
    /// The full name of the reference: `refs/heads/main`.
    pub name: String,
    /// What it reaches: [`PlaceKind::History`], [`PlaceKind::Note`] or [`PlaceKind::Stash`].
    pub kind: PlaceKind,
    /// The commit.
    pub commit: Oid,
}

impl Tip {
    /// Whether this is a reference, rather than what a checkout or the log of the stash points at.
    pub fn is_reference(&self) -> bool {
        self.name != HEAD && self.name != STASH
    }
}

/// The commit that a revision names. Fails with one sentence.
pub fn commit(repository: &Repository, revision: &str, is_shallow: bool) -> Result<Oid, String> {
    /// Digits of the shortest id that git writes.
    const SHORT_ID: usize = 7;
    let named = repository.revparse_single(revision).and_then(|object| object.peel_to_commit());
    named.map(|commit| commit.id()).map_err(|error| match error.code() {
        _ if revision.len() >= SHORT_ID && revision.bytes().all(|byte| byte == b'0') => format!(
            "`{revision}` stands for no commit (git says so of a branch that is new); name the branch that it comes from, or \
             scan it whole with --branch"
        ),
        ErrorCode::Ambiguous => format!("`{revision}` is the beginning of several ids; write more of it"),
        _ if is_shallow => format!(
            "`{revision}` names no commit in this shallow clone; fetch more with `git fetch --unshallow` (fetch-depth: 0 in \
             GitHub's checkout action), or check the spelling"
        ),
        _ => format!("`{revision}` names no commit here; check the spelling, or get the commit with `git fetch`"),
    })
}

/// Everything that points at a commit, by name. Branches come first, then what was fetched, then tags and the rest.
pub fn tips(repository: &Repository) -> Result<Vec<Tip>, git2::Error> {
    let tip = |name: &str, kind, commit| Tip { name: name.to_owned(), kind, commit };
    let mut tips: Vec<Tip> =
        heads(repository).into_iter().map(|commit| tip(HEAD, PlaceKind::History, commit)).collect();
    for reference in repository.references()?.flatten() {
        // What is no commit and no tag of one is found as an odd tip.
        let Ok(commit) = reference.peel_to_commit() else { continue };
        let name = String::from_utf8_lossy(reference.name_bytes());
        let kind = match &*name {
            "refs/stash" => PlaceKind::Stash,
            name if name.starts_with("refs/notes/") => PlaceKind::Note,
            _ => PlaceKind::History,
        };
        tips.push(tip(&name, kind, commit.id()));
    }
    // All but the newest stash are only in the reference log. libgit2 would make that file if it were not there.
    let log = std::fs::read(repository.commondir().join("logs/refs/stash")).unwrap_or_default();
    let stashed = log.split(|byte| *byte == b'\n').filter_map(|line| {
        let new = line.split(|byte| *byte == b' ').nth(1)?;
        Oid::from_str(std::str::from_utf8(new).ok()?).ok()
    });
    tips.extend(stashed.map(|commit| tip(STASH, PlaceKind::Stash, commit)));
    tips.sort_by_cached_key(|tip| (order(&tip.name), tip.clone()));
    Ok(tips)
}

fn order(name: &str) -> usize {
    const FIRST: [&str; 3] = ["refs/heads/", "refs/remotes/", "refs/tags/"];
    FIRST.iter().position(|start| name.starts_with(start)).unwrap_or(FIRST.len())
}

/// What HEAD of the repository and of each linked working tree points at.
pub fn heads(repository: &Repository) -> Vec<Oid> {
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
        subject: subject(commit.message_raw_bytes()),
        recorded: commit.time().seconds(),
    }
}

/// The first line of a message.
fn subject(message: &[u8]) -> String {
    let line = message.trim_ascii_start().split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line.trim_ascii_end()).into_owned()
}

/// The same from the raw text of a commit or tag, which may be broken; its header ends at `header_end`.
pub fn describe_raw(id: Oid, kind: PlaceKind, text: &[u8], header_end: usize) -> Commit {
    let (header, message) = text.split_at(header_end);
    let header = String::from_utf8_lossy(header);
    let field = |name: &str| header.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let (who, recorder, own_id) = match kind {
        PlaceKind::Tag => (field("tagger"), field("tagger"), field("object").map(str::to_owned)),
        _ => (field("author"), field("committer"), Some(id.to_string())),
    };
    let (author, seconds, minutes) = who.map(signature).unwrap_or_default();
    Commit {
        id: own_id.unwrap_or_default(),
        author,
        date: date(seconds, minutes),
        subject: subject(message),
        recorded: recorder.map(signature).unwrap_or_default().1,
    }
}

/// Takes `Name <address> seconds +zone` apart; the zone in minutes.
fn signature(line: &str) -> (String, i64, i32) {
    let (author, when) = line.rsplit_once("> ").unwrap_or_default();
    let mut numbers = when.split(' ');
    let seconds = numbers.next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let zone: i32 = numbers.next().and_then(|zone| zone.parse().ok()).unwrap_or(0);
    let author = if author.is_empty() { String::new() } else { format!("{author}>") };
    (author, seconds, zone / 100 * 60 + zone % 100)
}

/// RFC 3339 with the author's offset; a time out of range is the beginning of time.
fn date(seconds: i64, offset_minutes: i32) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    match Offset::from_seconds(offset_minutes.saturating_mul(60)) {
        Ok(offset) if offset_minutes != 0 => time.display_with_offset(offset).to_string(),
        _ => time.to_string(),
    }
}
