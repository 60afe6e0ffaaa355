//! Which commits a range means.
//!
//! Comes in: a range as the user wrote it. Goes out: commits and words for them, or one sentence that says why there are none.

use git2::{ErrorCode, Oid, Repository};
use jiff::Timestamp;

use super::graph::Graph;
use crate::sources::history::refs;

/// Two ends of a range of commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// As it was written.
    pub text: String,
    /// Commits that this one reaches are not in the range.
    pub from: String,
    /// Commits that this one reaches are.
    pub to: String,
}

/// Not a range.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a range of commits; write two revisions with dots between them, such as origin/main..HEAD or v1.0...v1.1"
)]
pub struct BadRange(String);

impl Range {
    /// Reads `A..B` or `A...B`; what is left out is HEAD.
    ///
    /// Both are the commits that B reaches and A does not. For `A...B`, what B added since it left A, one would leave out
    /// what their merge bases reach; since that is all that A and B both reach, the rest is the same.
    pub fn parse(text: &str) -> Result<Self, BadRange> {
        let (from, to) =
            text.split_once("...").or_else(|| text.split_once("..")).ok_or_else(|| BadRange(text.to_owned()))?;
        if to.starts_with('.') || to.contains("..") {
            return Err(BadRange(text.to_owned()));
        }
        let end = |written: &str| if written.is_empty() { "HEAD".to_owned() } else { written.to_owned() };
        Ok(Self { text: text.to_owned(), from: end(from), to: end(to) })
    }
}

/// Some commits of a repository.
pub(super) struct Selection {
    pub(super) ids: Vec<Oid>,
    /// What they are: `3 commits in main..HEAD`.
    pub(super) words: String,
}

/// Looks up revisions and walks between them.
pub(super) struct Selector<'a> {
    pub(super) repository: &'a Repository,
    pub(super) graph: Graph<'a>,
}

impl Selector<'_> {
    /// Commits that `to` reaches and `from` does not.
    pub(super) fn range(&self, from: &str, to: &str, words: &str) -> Result<Selection, String> {
        let (from, to) = (self.commit(from)?, self.commit(to)?);
        let commits = self.graph.between(&[to], &[from]);
        Ok(Selection::new(commits.into_iter().map(|(id, _)| id).collect(), words))
    }

    /// Commits that `tip` reaches and that were committed at this time or later.
    pub(super) fn since(&self, time: Timestamp, tip: &str, words: &str) -> Result<Selection, String> {
        if tip == HEAD && self.repository.head().is_err_and(|error| error.code() == ErrorCode::UnbornBranch) {
            return Ok(Selection::new(Vec::new(), words));
        }
        let commits = self.graph.between(&[self.commit(tip)?], &[]);
        let recent = commits.into_iter().filter(|(_, committed)| *committed >= time.as_second());
        Ok(Selection::new(recent.map(|(id, _)| id).collect(), words))
    }

    /// The commit that a revision names.
    fn commit(&self, revision: &str) -> Result<Oid, String> {
        refs::commit(self.repository, revision, self.graph.edge.exists())
    }
}

/// What is checked out.
pub(super) const HEAD: &str = "HEAD";

impl Selection {
    pub(super) fn new(ids: Vec<Oid>, words: &str) -> Self {
        let words = match ids.len() {
            0 => format!("no commits {words}"),
            1 => format!("1 commit {words}"),
            more => format!("{more} commits {words}"),
        };
        Self { ids, words }
    }
}
