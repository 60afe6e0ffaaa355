//! The catalogue: patterns packed into the binary, and those that users bring.
//!
//! Comes in: `patterns/*.toml`, at build time, and files that the user names. Goes out: a [`Catalogue`] of checked
//! patterns. It must not know how they are searched for.

pub mod generate;
pub mod head;
pub mod lint;
pub mod parse;
pub mod reach;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::model::pattern::Pattern;
use parse::PatternError;

/// Patterns to search for, in order of id, and what was refused on the way.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Ids are unique.
    pub patterns: Vec<Arc<Pattern>>,
    /// Patterns of the user's that were refused.
    pub refused: Vec<PatternError>,
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
    #[error("patterns cannot be read from {path}: {source}; name a TOML file or a folder of them", path = .path.display())]
    Read {
        /// What was named.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
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

/// The patterns that are packed into the binary.
pub fn builtin() -> Result<Vec<Pattern>, Error> {
    Ok(postcard::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/patterns.bin")))?)
}

impl Catalogue {
    /// Built-in patterns and those at `options.paths`, less what `options` leaves out.
    pub fn load(options: &Options) -> Result<Self, Error> {
        let mut patterns = builtin()?;
        let mut refused = Vec::new();
        for path in &options.paths {
            let (more, errors) = read(path)?;
            patterns.extend(more);
            refused.extend(errors);
        }
        refused.extend(parse::refuse_duplicates(&mut patterns));
        let (only, except) = (Selection::new(&options.only)?, Selection::new(&options.except)?);
        only.check(&patterns)?;
        except.check(&patterns)?;
        patterns.retain(|pattern| {
            (options.only.is_empty() || only.globs.is_match(&pattern.id)) && !except.globs.is_match(&pattern.id)
        });
        patterns.sort_by(|left, right| left.id.cmp(&right.id));
        Ok(Self { patterns: patterns.into_iter().map(Arc::new).collect(), refused })
    }
}

/// Reads a pattern file, or every `*.toml` in a folder.
pub fn read(path: &Path) -> Result<(Vec<Pattern>, Vec<PatternError>), Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
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
    let (mut patterns, mut errors) = (Vec::new(), Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).map_err(|source| Error::Read { path: file.clone(), source })?;
        let (more, refused) = parse::parse(&file.to_string_lossy(), &text);
        patterns.extend(more);
        errors.extend(refused);
    }
    Ok((patterns, errors))
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
    fn check(&self, patterns: &[Pattern]) -> Result<(), Error> {
        for glob in self.written {
            let matcher = glob_of(glob)?.compile_matcher();
            if !patterns.iter().any(|pattern| matcher.is_match(&pattern.id)) {
                return Err(Error::Nothing(glob.clone()));
            }
        }
        Ok(())
    }
}

fn glob_of(glob: &str) -> Result<Glob, Error> {
    Glob::new(glob).map_err(|error| Error::Glob { glob: glob.to_owned(), reason: error.kind().to_string() })
}
