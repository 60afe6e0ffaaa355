//! What the event of a GitHub Actions run brought.
//!
//! Comes in: the event's payload, parts of which strangers write, and the clone. Goes out: which commits to scan. Of the
//! payload only commit ids, a number and names of branches are taken, and each is checked before it is used.

use std::fs::File;
use std::io::Read;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use straykey::sources::changes::Changes;

/// The largest payload that is read, in bytes; GitHub makes none of more than 25 MB.
const MOST_PAYLOAD: u64 = 32 << 20;
/// Where a clone keeps the branches of its origin.
const ORIGIN: &str = "refs/remotes/origin/";

/// What a run is to scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// All files and all that git stores.
    Everything,
    /// The commits of a range.
    Range(String),
    /// All that a commit reaches.
    Reached(String),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// An event.
#[derive(Debug)]
pub(super) struct Event {
    name: String,
    payload: Payload,
}

#[derive(Debug, Deserialize)]
struct Payload {
    before: Option<String>,
    after: Option<String>,
    deleted: Option<bool>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    repository: Option<Repository>,
    pull_request: Option<PullRequest>,
    merge_group: Option<MergeGroup>,
}

#[derive(Debug, Deserialize)]
struct Repository {
    default_branch: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PullRequest {
    number: u64,
    base: Side,
    head: Side,
}

#[derive(Debug, Deserialize)]
struct Side {
    sha: String,
    #[serde(rename = "ref")]
    branch: String,
}

#[derive(Debug, Deserialize)]
struct MergeGroup {
    base_sha: String,
    base_ref: String,
    head_sha: String,
}

impl Event {
    /// Reads what the runner says of the event.
    pub(super) fn read() -> Result<Self> {
        let name = super::variable("GITHUB_EVENT_NAME")?;
        let path = super::variable("GITHUB_EVENT_PATH")?;
        let failed = || format!("the event in {path} cannot be read; GITHUB_EVENT_PATH must name what GitHub wrote");
        let mut text = Vec::new();
        File::open(&path).with_context(failed)?.take(MOST_PAYLOAD).read_to_end(&mut text).with_context(failed)?;
        let payload = serde_json::from_slice(&text).with_context(failed)?;
        Ok(Self { name, payload })
    }

    /// The pull request that the event is of: its number and its last commit.
    pub(super) fn pull_request(&self) -> Result<Option<(u64, &str)>> {
        let of = self.payload.pull_request.as_ref().filter(|_| self.name.starts_with("pull_request"));
        of.map(|request| Ok((request.number, id(&request.head.sha, "pull_request.head.sha")?))).transpose()
    }

    /// Whether the event brought commits, so that `scope` needs a clone.
    pub(super) fn has_commits(&self) -> Result<bool> {
        Ok(matches!(self.name.as_str(), "push" | "merge_group") || self.pull_request()?.is_some())
    }

    /// What to scan.
    pub(super) fn scope(&self, clone: &Changes<'_>) -> Result<Scope> {
        let payload = &self.payload;
        if let Some((number, head)) = self.pull_request()?
            && let Some(request) = &payload.pull_request
        {
            if !clone.has(head) && !clone.is_shallow() {
                bail!(
                    "commit {head} of the pull request is not in this clone; fetch it first: git fetch origin \
                     refs/pull/{number}/head"
                );
            }
            let base = id(&request.base.sha, "pull_request.base.sha")?;
            return Ok(since(Some(base), Some(&request.base.branch), head, clone));
        }
        match (self.name.as_str(), &payload.merge_group) {
            ("push", _) => self.pushed(clone),
            ("merge_group", Some(group)) => {
                let base = id(&group.base_sha, "merge_group.base_sha")?;
                let head = id(&group.head_sha, "merge_group.head_sha")?;
                Ok(since(Some(base), group.base_ref.strip_prefix("refs/heads/"), head, clone))
            }
            ("merge_group", None) => {
                bail!("the event has no merge_group; GITHUB_EVENT_PATH must name what GitHub wrote")
            }
            _ => Ok(Scope::Everything),
        }
    }

    fn pushed(&self, clone: &Changes<'_>) -> Result<Scope> {
        let Payload { before, after, deleted, reference, repository, .. } = &self.payload;
        let after = id(after.as_deref().unwrap_or_default(), "after")?;
        if deleted.unwrap_or(false) || is_zero(after) {
            return Ok(Scope::Nothing("a branch or tag was deleted, which brings no commits"));
        }
        let before = id(before.as_deref().unwrap_or_default(), "before")?;
        let main = repository.as_ref().and_then(|repository| repository.default_branch.as_deref());
        // What is new on the default branch itself is new to all of the repository.
        let is_main = main.is_some_and(|main| reference.as_deref() == Some(&format!("refs/heads/{main}")));
        Ok(since(Some(before).filter(|before| !is_zero(before)), main.filter(|_| !is_main), after, clone))
    }
}

/// What `head` reaches and `base` does not. Where there is no base, or a forced push took it away, what the branch that it
/// left does not reach; where there is none, all. In a shallow clone nobody knows what was taken away: there the scan itself
/// says what is missing.
fn since(base: Option<&str>, branch: Option<&str>, head: &str, clone: &Changes<'_>) -> Scope {
    if let Some(base) = base.filter(|base| clone.is_shallow() || clone.has(base)) {
        return Scope::Range(format!("{base}..{head}"));
    }
    let branch = branch.filter(|branch| is_branch(branch)).map(|branch| format!("{ORIGIN}{branch}"));
    match branch.filter(|branch| clone.is_shallow() || clone.has(branch)) {
        Some(branch) => Scope::Range(format!("{branch}..{head}")),
        None => Scope::Reached(head.to_owned()),
    }
}

/// A commit's id as GitHub writes it; anything else might be read as another revision.
fn id<'a>(text: &'a str, field: &str) -> Result<&'a str> {
    if matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text);
    }
    bail!("the event has no commit id in `{field}`; GITHUB_EVENT_PATH must name what GitHub wrote")
}

fn is_zero(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

/// Whether git would have a branch of this name, so that it cannot be read as an expression.
fn is_branch(name: &str) -> bool {
    let is_odd = |character: char| character.is_control() || " ~^:?*[\\".contains(character);
    !name.is_empty() && !name.contains(is_odd) && !name.contains("..") && !name.contains("@{")
}
