//! Only what changed: what is staged, or what some commits add.
//!
//! Comes in: a repository and the part of it that is asked for. Goes out: credentials that a change added, at the line on
//! which it added them. An old secret is none of it, though its line was indented, edited elsewhere or moved, or its file
//! renamed. What is compared is bytes: blobs are read whole, whatever git's attributes say of them, and nothing but the
//! changes is read: no working tree, no configuration, no lost objects.

pub mod added;
mod commits;
mod environment;
mod graph;
mod index;
pub mod push;
pub mod select;
pub mod since;
mod staged;
mod texts;
mod trees;

use std::fs;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, Odb, Repository};
use jiff::Timestamp;

use self::commits::Commits;
use self::graph::{Edge, Graph};
use self::push::Push;
use self::select::{HEAD, Range, Selection, Selector};
use self::texts::{Reader, Texts};
use super::history::objects::Objects;
use super::history::{self, refs, store, walk};
use super::worktree::Worktree;
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
    /// The same; where nothing is staged, every file that git tracks.
    StagedElseTracked,
    /// What a push brings.
    Push(Push),
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
            Self::Staged | Self::StagedElseTracked => "--staged",
            Self::Push(_) => "the hook",
            Self::Range(_) => "--range",
            Self::SinceCommit(_) => "--since-commit",
            Self::Since(_) => "--since",
        }
    }
}

/// A repository of whose changes some are looked at.
pub struct Changes<'a> {
    repository: Repository,
    /// Where git's environment says that further objects lie.
    lent: Vec<PathBuf>,
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
        match environment::open(path) {
            Ok(repository) => {
                let lent = environment::object_folders(&repository);
                Ok(Self { repository, lent, target, options })
            }
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
        let odb = objects(&self.repository, &self.lent)?;
        let (options, target) = (self.options, self.target);
        if matches!(options.scope, Scope::Staged | Scope::StagedElseTracked) {
            let texts = Texts::new(scanner, options);
            let mut reader = Reader { odb: &odb, texts: &texts, target, scanned: Scanned::default() };
            let is_something_staged = staged::scan(&self.repository, &mut reader)?;
            if !is_something_staged && options.scope == Scope::StagedElseTracked {
                reader.scanned.absorb(self.tracked(scanner, meter));
            }
            return Ok(reader.scanned);
        }
        let edge = Edge::read(self.repository.commondir());
        let selection = self.select(Graph { odb: &odb, edge: &edge })?;
        let git_dir = self.repository.commondir();
        let commits = Commits { git_dir, lent: &self.lent, edge: &edge, target, options, scanner, meter };
        let mut scanned = commits.scan(&selection.ids);
        scanned.remarks.push(selection.words);
        if let Scope::Push(push) = &options.scope {
            let texts = Texts::new(scanner, options);
            scanned.absorb(push.beside_commits(Reader {
                odb: &odb,
                texts: &texts,
                target,
                scanned: Scanned::default(),
            }));
        }
        Ok(scanned)
    }

    /// Every file of the working tree that git tracks.
    fn tracked(&self, scanner: &dyn Scanner, meter: &Meter) -> Scanned {
        let tracked = history::tracked(&self.repository).into_iter().collect();
        let mut scanned = Worktree { root: &self.top(), target: self.target, options: self.options, tracked }
            .scan_only_tracked(scanner, meter);
        scanned.remarks.push("so all files that git tracks were scanned".into());
        scanned
    }

    fn select(&self, graph: Graph<'_>) -> Result<Selection, String> {
        let tip = self.options.branch.as_deref().unwrap_or(HEAD);
        let on = self.options.branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
        let selector = Selector { repository: &self.repository, graph };
        match &self.options.scope {
            Scope::Everything | Scope::Staged | Scope::StagedElseTracked => selector.range(HEAD, HEAD, ""),
            Scope::Push(push) => selector.push(push),
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
        let broken = walk::broken_packs(&[store::folders(self.repository.commondir()), self.lent.clone()].concat());
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

/// The objects of a repository, and those that it is lent.
fn objects<'r>(repository: &'r Repository, lent: &[PathBuf]) -> Result<Odb<'r>, String> {
    let odb = repository.odb().map_err(|error| history::refusal(&error))?;
    for folder in lent {
        odb.add_disk_alternate(&folder.to_string_lossy()).map_err(|error| history::refusal(&error))?;
    }
    Ok(odb)
}
