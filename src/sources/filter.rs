//! Which paths are read: `--include` and `--exclude`.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Globs over paths relative to a target, written as in `.gitignore`.
#[derive(Debug, Clone)]
pub struct PathFilter {
    include: Option<Gitignore>,
    exclude: Gitignore,
}

/// Not a glob.
#[derive(Debug, thiserror::Error)]
#[error("`{glob}` is not a glob ({reason}); write it as in .gitignore, such as 'src/**/*.py'")]
pub struct BadGlob {
    /// What was given.
    pub glob: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Default for PathFilter {
    fn default() -> Self {
        Self { include: None, exclude: Gitignore::empty() }
    }
}

impl PathFilter {
    /// Reads paths that match one of `include`, if there is one, and none of `exclude`.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, BadGlob> {
        let include = (!include.is_empty()).then(|| matcher(include)).transpose()?;
        Ok(Self { include, exclude: matcher(exclude)? })
    }

    /// Whether a file at `path` is read.
    pub fn admits(&self, path: &str) -> bool {
        let matched = |globs: &Gitignore| globs.matched_path_or_any_parents(path, false).is_ignore();
        !matched(&self.exclude) && self.include.as_ref().is_none_or(matched)
    }

    /// Whether a folder at `path` may hold files that are read.
    pub fn enters(&self, path: &str) -> bool {
        !self.exclude.matched_path_or_any_parents(path, true).is_ignore()
    }

    /// Whether a text without a path is read: not where the user named the paths to read.
    pub fn admits_pathless(&self) -> bool {
        self.include.is_none()
    }
}

fn matcher(globs: &[String]) -> Result<Gitignore, BadGlob> {
    let bad = |glob: &str, error: &ignore::Error| BadGlob { glob: glob.to_owned(), reason: error.to_string() };
    let mut builder = GitignoreBuilder::new("");
    for glob in globs {
        builder.add_line(None, glob).map_err(|error| bad(glob, &error))?;
    }
    builder.build().map_err(|error| bad(&globs.join(" "), &error))
}
