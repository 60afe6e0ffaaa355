//! `straykey.toml` and the flags, joined into each stage's own options.
//!
//! Comes in: settings, each of which may be missing. Goes out: [`Resolved`], in which none is. Flags win over the file.

pub mod allow;
pub mod layers;
mod size;
pub mod verify;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::detect::redact::Reveal;
use crate::govern::allow::Rule;
use crate::govern::baseline::Baseline;
use crate::model::pattern::{Confidence, Severity, Written};
use crate::model::secret::Secret;
use crate::pipeline::ownership;
use crate::sources::changes::Scope;
use crate::sources::changes::push::Push;
use crate::sources::changes::select::{BadRange, Range};
use crate::sources::changes::since::{self, BadTime};
use crate::sources::containers::Limits;
use crate::sources::filter::{BadGlob, PathFilter};
use crate::sources::history::Engine;
use crate::{patterns, pipeline, sources};
use size::size;

/// Settings as they are written, in the file or as flags.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Only what changed; on the command line only.
    #[serde(skip)]
    pub changes: Option<Changes>,
    /// The revision from which commits are reached; on the command line only.
    #[serde(skip)]
    pub branch: Option<String>,
    /// Leave out what git stores.
    pub no_history: Option<bool>,
    /// Leave out the files of working trees.
    pub no_worktree: Option<bool>,
    /// Read files that `.gitignore` names.
    pub no_ignore: Option<bool>,
    /// Only paths that match one of these globs.
    pub include: Vec<String>,
    /// No paths that match one of these globs.
    pub exclude: Vec<String>,
    /// Largest file or object, such as `50MB`.
    pub max_file_size: Option<String>,
    /// Archives within archives that are unpacked; 0: none is.
    pub max_archive_depth: Option<u8>,
    /// Most bytes that are taken out of one file, such as `2GiB`.
    pub max_archive_size: Option<String>,
    /// Only patterns with such ids.
    pub only_patterns: Vec<String>,
    /// No patterns with such ids.
    pub exclude_patterns: Vec<String>,
    /// Further pattern files or folders; in the file, relative to it.
    pub patterns: Vec<PathBuf>,
    /// Least confidence of a finding.
    #[schemars(with = "Option<String>", extend("enum" = ["low", "medium", "high", null]))]
    pub min_confidence: Option<Confidence>,
    /// Worker threads.
    pub threads: Option<u16>,
    /// Least severity that counts for the exit code, or `none`.
    pub fail_on: Option<FailOn>,
    /// How git's objects are read; for tests, on the command line only.
    #[serde(skip)]
    pub engine: Option<Engine>,
    /// Marks on lines do not suppress.
    pub no_inline_ignore: Option<bool>,
    /// What may stand where it stands.
    // In the file only, where [`Settings::read`] makes `rules` of it.
    #[schemars(with = "Vec<allow::Entry>")]
    pub allow: Vec<Spanned<allow::Entry>>,
    /// The same, checked.
    #[serde(skip)]
    pub rules: Vec<Rule>,
    /// The key for fingerprints itself; from the environment only.
    #[serde(skip)]
    pub fingerprint_key: Option<Secret>,
    /// File with the key for fingerprints; in the file, relative to it.
    pub fingerprint_key_file: Option<PathBuf>,
    /// How credentials are tried, where that is asked for.
    pub verify: verify::Section,
    /// What the CI says of the run: branch, environment, workflow; from the environment only.
    #[serde(skip)]
    pub ci: Vec<String>,
    /// Files and folders of the inventory; in the file, relative to it.
    pub inventory: Vec<PathBuf>,
    /// Files with secrets that are known and do not count; in the file, relative to it.
    pub baseline: Vec<PathBuf>,
    /// File with weights for attribution; in the file, relative to it.
    pub weights: Option<PathBuf>,
    /// File in which what was seen of each secret is kept from run to run; in the file, relative to it.
    pub observations: Option<PathBuf>,
    /// File with people's decisions on whose a credential is; in the file, relative to it.
    pub decisions: Option<PathBuf>,
    /// GitHub's audit log, which tells tokens by their hash; in the file, relative to it.
    pub token_hashes: Vec<PathBuf>,
}

/// Which changes of a repository are looked at, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// What the index has and HEAD has not.
    Staged,
    /// The same; where nothing is staged, every file that git tracks.
    StagedElseTracked,
    /// What a push brings.
    Push(Push),
    /// `A..B` or `A...B`.
    Range(String),
    /// A revision.
    SinceCommit(String),
    /// `2026-01-31`, RFC 3339, or `2 weeks`.
    Since(String),
}

/// Least severity that counts for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Every finding counts.
    Low,
    /// Medium and above.
    Medium,
    /// High and above.
    High,
    /// Critical only.
    Critical,
    /// No finding counts.
    None,
}

/// What a run needs to know.
#[derive(Debug)]
pub struct Resolved {
    /// For the pipeline.
    pub pipeline: pipeline::Options,
    /// For the verdict; none: no finding counts.
    pub fail_on: Option<Severity>,
}

/// Why settings were refused. Each is one sentence.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("the configuration {path} cannot be read: {cause}; check --config", path = .path.display())]
    Read {
        /// What was named.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path}:{line}: {problem}; see the configuration section of the README", path = .path.display())]
    Parse {
        /// What was named.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Not a size.
    #[error("`{0}` is not a size; write a number with or without a unit, such as 500KB, 50MB or 2GiB")]
    Size(String),
    /// Not a glob.
    #[error(transparent)]
    Glob(#[from] BadGlob),
    /// Not a range.
    #[error(transparent)]
    Range(#[from] BadRange),
    /// Not a time.
    #[error(transparent)]
    Time(#[from] BadTime),
    /// A variable of the environment.
    #[error("{0}; see the configuration section of the README")]
    Variable(String),
    /// What a repository's own settings may not do.
    #[error("{0}")]
    Own(String),
    /// A baseline cannot be read.
    #[error("{0}")]
    Baseline(String),
    /// A setting of `[verify]`.
    #[error("{0}; see the section on verification in the README")]
    Verify(String),
    /// What is for ownership only.
    #[error(
        "weights, observations, decisions and token hashes go with an inventory, and none is named; add --inventory PATH"
    )]
    NoInventory,
    /// The key file cannot be read.
    #[error("the fingerprint key {path} cannot be read: {cause}; check fingerprint_key_file", path = .path.display())]
    Key {
        /// What was named.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

impl Settings {
    /// Reads a configuration file. Unknown keys are errors.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Ok(Self::read_with_text(path)?.0)
    }

    /// The same, with the text of the file.
    fn read_with_text(path: &Path) -> Result<(Self, String), Error> {
        let text = std::fs::read_to_string(path).map_err(|cause| Error::Read { path: path.to_owned(), cause })?;
        Ok((Self::parse(path, &text)?, text))
    }

    /// Reads settings that stand, or will stand, in the file at `path`.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let mut settings: Self = toml::from_str(text).map_err(|error| {
            let line = line(text, error.span().map_or(0, |span| span.start));
            Error::Parse { path: path.to_owned(), line, problem: error.message().replace('\n', ", ") }
        })?;
        for entry in std::mem::take(&mut settings.allow) {
            let line = line(text, entry.span().start);
            let rule = entry.into_inner().check(Written { file: path.to_string_lossy().into_owned().into(), line });
            let refused = |problem| Error::Parse { path: path.to_owned(), line, problem };
            settings.rules.push(rule.map_err(refused)?);
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        settings.patterns = settings.patterns.iter().map(|named| folder.join(named)).collect();
        settings.verify.relative_to(folder);
        settings.inventory = settings.inventory.iter().map(|named| folder.join(named)).collect();
        settings.token_hashes = settings.token_hashes.iter().map(|named| folder.join(named)).collect();
        settings.baseline = settings.baseline.iter().map(|named| folder.join(named)).collect();
        let files = [
            &mut settings.fingerprint_key_file,
            &mut settings.weights,
            &mut settings.observations,
            &mut settings.decisions,
        ];
        files.into_iter().flatten().for_each(|named| *named = folder.join(&*named));
        Ok(settings)
    }

    /// These settings where they say something, `below` where they do not. Lists are joined.
    pub fn over(self, below: Self) -> Self {
        Self {
            changes: self.changes.or(below.changes),
            branch: self.branch.or(below.branch),
            no_history: self.no_history.or(below.no_history),
            no_worktree: self.no_worktree.or(below.no_worktree),
            no_ignore: self.no_ignore.or(below.no_ignore),
            include: [below.include, self.include].concat(),
            exclude: [below.exclude, self.exclude].concat(),
            max_file_size: self.max_file_size.or(below.max_file_size),
            max_archive_depth: self.max_archive_depth.or(below.max_archive_depth),
            max_archive_size: self.max_archive_size.or(below.max_archive_size),
            only_patterns: [below.only_patterns, self.only_patterns].concat(),
            exclude_patterns: [below.exclude_patterns, self.exclude_patterns].concat(),
            patterns: [below.patterns, self.patterns].concat(),
            min_confidence: self.min_confidence.or(below.min_confidence),
            threads: self.threads.or(below.threads),
            fail_on: self.fail_on.or(below.fail_on),
            engine: self.engine.or(below.engine),
            no_inline_ignore: self.no_inline_ignore.or(below.no_inline_ignore),
            allow: [below.allow, self.allow].concat(),
            rules: [below.rules, self.rules].concat(),
            // A file that is named further up wins over a key from further down.
            fingerprint_key: self
                .fingerprint_key
                .or(below.fingerprint_key.filter(|_| self.fingerprint_key_file.is_none())),
            fingerprint_key_file: self.fingerprint_key_file.or(below.fingerprint_key_file),
            verify: self.verify.over(below.verify),
            ci: [below.ci, self.ci].concat(),
            inventory: [below.inventory, self.inventory].concat(),
            baseline: [below.baseline, self.baseline].concat(),
            weights: self.weights.or(below.weights),
            observations: self.observations.or(below.observations),
            decisions: self.decisions.or(below.decisions),
            token_hashes: [below.token_hashes, self.token_hashes].concat(),
        }
    }

    /// Checks every setting and hands each to its stage.
    pub fn resolve(self, targets: Vec<PathBuf>, reveal: Reveal) -> Result<Resolved, Error> {
        let fingerprint_key = match (self.fingerprint_key, self.fingerprint_key_file) {
            (Some(key), _) => Some(key),
            (None, Some(path)) => {
                let key = std::fs::read(&path).map_err(|cause| Error::Key { path, cause })?;
                Some(Secret::new(key.trim_ascii()))
            }
            (None, None) => None,
        };
        let scope = match self.changes {
            None => Scope::Everything,
            Some(Changes::Staged) => Scope::Staged,
            Some(Changes::StagedElseTracked) => Scope::StagedElseTracked,
            Some(Changes::Push(push)) => Scope::Push(push),
            Some(Changes::Range(range)) => Scope::Range(Range::parse(&range)?),
            Some(Changes::SinceCommit(revision)) => Scope::SinceCommit(revision),
            Some(Changes::Since(time)) => Scope::Since(since::parse(&time, Timestamp::now())?),
        };
        let mut archives = Limits::default();
        archives.depth = self.max_archive_depth.map_or(archives.depth, usize::from);
        archives.size = self.max_archive_size.as_deref().map(size).transpose()?.unwrap_or(archives.size);
        let sources = sources::Options {
            scope,
            branch: self.branch,
            no_history: self.no_history.unwrap_or(false),
            no_worktree: self.no_worktree.unwrap_or(false),
            no_ignore: self.no_ignore.unwrap_or(false),
            paths: PathFilter::new(&self.include, &self.exclude)?,
            archives,
            max_size: self.max_file_size.as_deref().map(size).transpose()?,
            engine: self.engine.unwrap_or_default(),
            threads: self.threads.map_or(0, usize::from),
        };
        let patterns =
            patterns::Options { paths: self.patterns, only: self.only_patterns, except: self.exclude_patterns };
        let (weights, observations, decisions) = (self.weights, self.observations, self.decisions);
        let files = [&weights, &observations, &decisions];
        let is_asked = files.iter().any(|file| file.is_some()) || !self.token_hashes.is_empty();
        if self.inventory.is_empty() && is_asked {
            return Err(Error::NoInventory);
        }
        let ownership = (!self.inventory.is_empty()).then_some(ownership::Options {
            inventory: self.inventory,
            weights,
            observations,
            decisions,
            token_hashes: self.token_hashes,
            ci: self.ci,
        });
        let fail_on = match self.fail_on.unwrap_or(FailOn::Low) {
            FailOn::Low => Some(Severity::Low),
            FailOn::Medium => Some(Severity::Medium),
            FailOn::High => Some(Severity::High),
            FailOn::Critical => Some(Severity::Critical),
            FailOn::None => None,
        };
        let pipeline = pipeline::Options {
            targets,
            patterns,
            least: self.min_confidence.unwrap_or(Confidence::Medium),
            sources,
            fingerprint_key,
            reveal,
            allow: self.rules,
            baselines: self.baseline.iter().map(|path| read_baseline(path)).collect::<Result<_, _>>()?,
            no_inline_ignore: self.no_inline_ignore.unwrap_or(false),
            is_verified: false,
            verify: self.verify.check().map_err(Error::Verify)?,
            ownership,
        };
        Ok(Resolved { pipeline, fail_on })
    }
}

/// The JSON schema of the file.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Settings);
    schema.insert("title".into(), "straykey.toml, version 1".into());
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

/// Reads a baseline.
pub fn read_baseline(path: &Path) -> Result<Baseline, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::Baseline(format!(
            "the baseline {} cannot be read: {error}; make one with `straykey baseline create`",
            path.display()
        ))
    })?;
    Baseline::parse(&path.to_string_lossy(), &text).map_err(Error::Baseline)
}

/// The line, from 1, of a byte of `text`.
fn line(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}
