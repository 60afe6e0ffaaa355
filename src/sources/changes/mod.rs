//! Only what changed: what is staged, or what some commits add.
//!
//! Comes in: a repository and the part of it that is asked for. Goes out: credentials that a change added, at the line on
//! which it added them. An old secret is none of it, though its line was indented, edited elsewhere or moved, or its file
//! renamed. What is compared is bytes: blobs are read whole, whatever git's attributes say of them, and nothing but the
//! changes is read: no working tree, no configuration, no lost objects.

pub mod added;
mod commits;
mod graph;
pub mod select;
pub mod since;
mod staged;
mod texts;
mod trees;

use std::fs;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, Repository, RepositoryOpenFlags};
use jiff::Timestamp;

use self::commits::Commits;
use self::graph::{Edge, Graph};
use self::select::{HEAD, Range, Selection, Selector};
use self::texts::{Reader, Texts};
use super::history::objects::Objects;
use super::history::{self, refs, store, walk};
use super::{Options, Source, files};
use crate::model::meter::Meter;
use crate::model::scan::{Scanned, Scanner};

/// How much of a repository is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// All that there is.
    #[default]
    Everything,
    /// What the index has and HEAD has not.
    Staged,
    /// What the commits of a range add.
    Range(Range),
    /// What those commits add that the tip reaches and this revision does not.
    SinceCommit(String),
    /// What those commits add that the tip reaches and that were committed then or later.
    Since(Timestamp),
}

impl Scope {
    /// The option that asks for it.
    fn option(&self) -> &'static str {
        match self {
            Self::Everything => "--branch",
            Self::Staged => "--staged",
            Self::Range(_) => "--range",
            Self::SinceCommit(_) => "--since-commit",
            Self::Since(_) => "--since",
        }
    }
}

/// A repository of whose changes some are looked at.
pub struct Changes<'a> {
    repository: Repository,
    target: usize,
    options: &'a Options,
}

impl<'a> Changes<'a> {
    /// Finds the repository that `path` is in. Fails with one sentence.
    pub fn open(path: &Path, target: usize, options: &'a Options) -> Result<Self, String> {
        let none = |what: &str| format!("{what}; name a repository, or leave out {}", options.scope.option());
        if path.as_os_str() == "-" {
            return Err(none("standard input is no git repository"));
        }
        if !fs::metadata(path).map_err(|error| files::in_words(&error))?.is_dir() {
            return Err(none("a file is no git repository"));
        }
        match Repository::open_ext(path, RepositoryOpenFlags::empty(), std::iter::empty::<&Path>()) {
            Ok(repository) => Ok(Self { repository, target, options }),
            Err(error) if error.code() == ErrorCode::NotFound => Err(none("there is no git repository here")),
            Err(error) => Err(history::refusal(&error)),
        }
    }

    /// The folder to which paths are relative: the top of the working tree, or a repository without one.
    pub fn top(&self) -> PathBuf {
        self.repository.workdir().unwrap_or_else(|| self.repository.path()).components().collect()
    }

    /// Where git keeps what all working trees of the repository share.
    pub fn git_dir(&self) -> PathBuf {
        self.repository.commondir().to_owned()
    }

    /// Whether a revision names a commit that is here.
    pub fn has(&self, revision: &str) -> bool {
        refs::commit(&self.repository, revision, false).is_ok()
    }

    /// Whether older commits were left out of the clone.
    pub fn is_shallow(&self) -> bool {
        Edge::read(self.repository.commondir()).exists()
    }

    fn read(&self, scanner: &dyn Scanner, meter: &Meter) -> Result<Scanned, String> {
        let odb = self.repository.odb().map_err(|error| history::refusal(&error))?;
        let (options, target) = (self.options, self.target);
        if options.scope == Scope::Staged {
            let texts = Texts::new(scanner, options);
            let mut reader = Reader { odb: &odb, texts: &texts, target, scanned: Scanned::default() };
            staged::scan(&self.repository, &mut reader)?;
            return Ok(reader.scanned);
        }
        let edge = Edge::read(self.repository.commondir());
        let selection = self.select(Graph { odb: &odb, edge: &edge })?;
        let git_dir = self.repository.commondir();
        let mut scanned = Commits { git_dir, edge: &edge, target, options, scanner, meter }.scan(&selection.ids);
        scanned.remarks.push(selection.words);
        Ok(scanned)
    }

    fn select(&self, graph: Graph<'_>) -> Result<Selection, String> {
        let tip = self.options.branch.as_deref().unwrap_or(HEAD);
        let on = self.options.branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
        let selector = Selector { repository: &self.repository, graph };
        match &self.options.scope {
            Scope::Everything | Scope::Staged => selector.range(HEAD, HEAD, ""),
            Scope::Range(range) => selector.range(&range.from, &range.to, &format!("in {}", range.text)),
            Scope::SinceCommit(from) => selector.range(from, tip, &format!("since {from}{on}")),
            Scope::Since(time) => selector.since(*time, tip, &format!("since {time}{on}")),
        }
    }
}

impl Source for Changes<'_> {
    fn scan(&self, scanner: &dyn Scanner, meter: &Meter) -> Scanned {
        // What an object holds is searched whether or not its name is right; to hash it again costs more than to read it.
        git2::opts::strict_hash_verification(false);
        // libgit2 can be led astray by a broken pack; then it is asked for no object at all.
        let broken = walk::broken_packs(&store::folders(self.repository.commondir()));
        if !broken.is_empty() {
            return Scanned { unscanned: broken, ..Scanned::default() };
        }
        let mut objects = Objects::default();
        match self.read(scanner, meter) {
            Ok(scanned) => objects.scanned = scanned,
            Err(why) => objects.fail(".git".into(), why),
        }
        // Thousands of objects can be missing for one reason: of those the first is told, with the number of the others.
        objects.scanned.unscanned.sort();
        objects.scanned.unscanned.dedup();
        objects.summarise_errors();
        objects.scanned
    }
}
