//! The catalogue: patterns packed into the binary, and those that users bring.
//!
//! Comes in: `patterns/*.toml`, at build time, and files that the user names. Goes out: a [`Catalogue`] of checked
//! patterns. It must not know how they are searched for.

pub mod corpus;
pub mod cost;
pub mod declare;
pub mod generate;
pub mod gitleaks;
pub mod head;
pub mod lint;
pub mod parse;
pub mod probes;
pub mod reach;
pub mod trail;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::model::allowlist::Allowlist;
use crate::model::declaration::Declaration;
use crate::model::listed::Listed;
use crate::model::pattern::{Pattern, Samples};
use parse::{Parsed, PatternError};

/// Patterns to search for, in order of id, and what was refused on the way.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Ids are unique.
    pub patterns: Vec<Arc<Listed>>,
    /// Patterns of the user's that were refused.
    pub refused: Vec<PatternError>,
    /// What the user's patterns bring along of what need not be told.
    pub allowlists: Vec<Allowlist>,
    /// How the user's patterns are verified and revoked.
    declared: Vec<Declaration>,
}

/// What pattern files hold.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Patterns, not yet checked for ids that are taken.
    pub patterns: Vec<Pattern>,
    /// What they are proved on, by id.
    pub samples: BTreeMap<String, Samples>,
    /// What was refused.
    pub refused: Vec<PatternError>,
    /// What findings of the patterns do not count.
    pub allowlists: Vec<Allowlist>,
    /// How they are verified and revoked.
    pub declarations: Vec<Declaration>,
}

/// Which patterns to search for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Files and folders with further patterns.
    pub paths: Vec<PathBuf>,
    /// Globs over ids; where there are any, only patterns that match one are used.
    pub only: Vec<String>,
    /// Globs over ids of patterns that are not used.
    pub except: Vec<String>,
}

/// Why there is no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The packed patterns do not fit this program: a broken build.
    #[error("the built-in patterns cannot be read ({0}); this build of straykey is broken, install it again")]
    Packed(#[from] postcard::Error),
    /// A file or folder of patterns cannot be read.
    #[error("patterns cannot be read from {path}: {cause}; name a TOML file or a folder of them", path = .path.display())]
    Read {
        /// What was named.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Not a glob.
    #[error("`{glob}` is not a pattern id or a glob over ids ({reason}); see `straykey patterns list`")]
    Glob {
        /// What was given.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A glob that names no pattern is a typing error.
    #[error("no pattern is called `{0}`; see `straykey patterns list`")]
    Nothing(String),
}

/// The patterns that are packed into the binary, in order of id.
pub fn builtin() -> Result<&'static [Arc<Listed>], Error> {
    // They are never freed, which would take as long as a small scan.
    static ALL: OnceLock<Vec<Arc<Listed>>> = OnceLock::new();
    if let Some(all) = ALL.get() {
        return Ok(all);
    }
    let all = postcard::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/patterns.bin")))?;
    Ok(ALL.get_or_init(|| all))
}

/// What the built-in patterns are proved on, by id.
pub fn builtin_samples() -> Result<BTreeMap<String, Samples>, Error> {
    Ok(postcard::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/samples.bin")))?)
}

/// How the built-in patterns are verified and revoked.
pub fn builtin_declarations() -> Result<Vec<Declaration>, Error> {
    Ok(postcard::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/declarations.bin")))?)
}

impl Catalogue {
    /// Built-in patterns and those at `options.paths`, less what `options` leaves out.
    pub fn load(options: &Options) -> Result<Self, Error> {
        let mut patterns = builtin()?.to_vec();
        let (mut refused, mut allowlists, mut declared) = (Vec::new(), Vec::new(), Vec::new());
        for path in &options.paths {
            let loaded = read(path)?;
            patterns.extend(loaded.patterns.into_iter().map(|pattern| Arc::new(pattern.into())));
            refused.extend(loaded.refused);
            allowlists.extend(loaded.allowlists);
            declared.extend(loaded.declarations);
        }
        // The build has proved that of the built-in ones.
        if !options.paths.is_empty() {
            refused.extend(parse::refuse_duplicates(&mut patterns, |listed| listed.pattern()));
        }
        let (only, except) = (Selection::new(&options.only)?, Selection::new(&options.except)?);
        let refused_ids = refused.iter().filter_map(|error| error.id.as_deref());
        let ids: Vec<&str> = patterns.iter().map(|pattern| &*pattern.id).chain(refused_ids).collect();
        only.check(&ids)?;
        except.check(&ids)?;
        let wanted = |id: &str| (options.only.is_empty() || only.globs.is_match(id)) && !except.globs.is_match(id);
        patterns.retain(|pattern| wanted(&pattern.id));
        // Whoever leaves a pattern out need not be told that it cannot be used.
        refused.retain(|error| error.id.as_deref().is_none_or(wanted));
        patterns.sort_by(|left, right| left.id.cmp(&right.id));
        Ok(Self { patterns, refused, allowlists, declared })
    }

    /// How its patterns are verified and revoked, by id. Unpacked only here, since most scans do not ask.
    pub fn declarations(&self) -> Result<BTreeMap<String, Declaration>, Error> {
        let mut by_id = BTreeMap::new();
        for declaration in builtin_declarations()?.into_iter().chain(self.declared.iter().cloned()) {
            let is_its = |listed: &Arc<Listed>| {
                listed.id == declaration.pattern && listed.pattern().written.file == declaration.written.file
            };
            if self.patterns.iter().any(is_its) {
                by_id.insert(declaration.pattern.clone(), declaration);
            }
        }
        Ok(by_id)
    }
}

/// Reads a pattern file, ours or gitleaks', or every `*.toml` in a folder.
pub fn read(path: &Path) -> Result<Loaded, Error> {
    let failed = |cause| Error::Read { path: path.to_owned(), cause };
    let files = if path.is_dir() {
        let mut files = Vec::new();
        for entry in fs::read_dir(path).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            if file.extension().is_some_and(|extension| extension == "toml") {
                files.push(file);
            }
        }
        files.sort();
        files
    } else {
        vec![path.to_owned()]
    };
    let mut all = Loaded::default();
    for file in files {
        let text = fs::read_to_string(&file).map_err(|cause| Error::Read { path: file.clone(), cause })?;
        let name = file.to_string_lossy();
        let loaded = match gitleaks::is_such(&text) {
            true => gitleaks::parse(&name, &text),
            false => {
                let Parsed { patterns, samples, mut refused } = parse::parse(&name, &text);
                let (declarations, bad) = declare::parse(&name, &text);
                // What is no TOML is told twice.
                refused.extend(bad.into_iter().filter(|error| !refused.contains(error)).collect::<Vec<_>>());
                Loaded { patterns, samples, refused, declarations, allowlists: Vec::new() }
            }
        };
        all.patterns.extend(loaded.patterns);
        // Of two patterns with one id the first is taken, and so are its samples.
        all.samples = loaded.samples.into_iter().chain(all.samples).collect();
        all.refused.extend(loaded.refused);
        all.allowlists.extend(loaded.allowlists);
        all.declarations.extend(loaded.declarations);
    }
    Ok(all)
}

/// Globs over pattern ids.
struct Selection<'a> {
    written: &'a [String],
    globs: GlobSet,
}

impl<'a> Selection<'a> {
    fn new(written: &'a [String]) -> Result<Self, Error> {
        let mut builder = GlobSetBuilder::new();
        for glob in written {
            builder.add(glob_of(glob)?);
        }
        let globs =
            builder.build().map_err(|error| Error::Glob { glob: written.join(" "), reason: error.to_string() })?;
        Ok(Self { written, globs })
    }

    /// A glob that matches no id is an error: the user meant something.
    fn check(&self, ids: &[&str]) -> Result<(), Error> {
        for glob in self.written {
            let matcher = glob_of(glob)?.compile_matcher();
            if !ids.iter().any(|id| matcher.is_match(id)) {
                return Err(Error::Nothing(glob.clone()));
            }
        }
        Ok(())
    }
}

fn glob_of(glob: &str) -> Result<Glob, Error> {
    Glob::new(glob).map_err(|error| Error::Glob { glob: glob.to_owned(), reason: error.kind().to_string() })
}
