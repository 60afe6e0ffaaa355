//! CODEOWNERS as GitHub and GitLab read them, which is not the same.
//!
//! GitHub: the last line that matches counts, and one without owners takes them away. GitLab: sections, each of which has its own
//! last match, with default owners and exclusions; all sections count together.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// Whose rules a file follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// GitHub's.
    GitHub,
    /// GitLab's.
    GitLab,
}

/// A file, ready to be asked.
#[derive(Debug, Clone)]
pub struct CodeOwners {
    sections: Vec<Section>,
}

#[derive(Debug, Clone, Default)]
struct Section {
    /// In small letters: sections of one name are one.
    name: String,
    defaults: Vec<String>,
    entries: Vec<Entry>,
    /// The globs of all entries, and whose each is.
    set: GlobSet,
    of: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Entry {
    globs: Vec<Glob>,
    owners: Vec<String>,
    excludes: bool,
}

impl CodeOwners {
    /// Reads a file. Lines that the platform would not understand are passed over, as it does.
    pub fn parse(text: &str, dialect: Dialect) -> Self {
        let mut sections = vec![Section::default()];
        let mut current = 0;
        for line in text.lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if dialect == Dialect::GitLab
                && let Some((name, defaults)) = header(line)
            {
                let name = name.to_lowercase();
                let known = sections.iter().position(|section| section.name == name);
                current = known.unwrap_or_else(|| {
                    sections.push(Section { name, ..Section::default() });
                    sections.len() - 1
                });
                if !defaults.is_empty() {
                    sections[current].defaults = defaults;
                }
                continue;
            }
            if let Some(entry) = entry(line, dialect, &sections[current].defaults) {
                sections[current].entries.push(entry);
            }
        }
        sections.iter_mut().for_each(Section::build);
        Self { sections }
    }

    /// Who owns `path` (relative, `/` between names): in order of sections, each once.
    pub fn of(&self, path: &str) -> Vec<String> {
        let mut owners: Vec<String> = Vec::new();
        for section in &self.sections {
            for owner in section.of(path) {
                if !owners.contains(owner) {
                    owners.push(owner.clone());
                }
            }
        }
        owners
    }
}

impl Section {
    /// A file that is too large for this has no owners.
    fn build(&mut self) {
        let mut builder = GlobSetBuilder::new();
        for (number, entry) in self.entries.iter_mut().enumerate() {
            for glob in entry.globs.drain(..) {
                builder.add(glob);
                self.of.push(number);
            }
        }
        self.set = builder.build().unwrap_or_default();
    }

    fn of(&self, path: &str) -> &[String] {
        let matched = self.set.matches(path);
        let entries = || matched.iter().filter_map(|glob| self.entries.get(*self.of.get(*glob)?));
        // What is excluded in a section cannot be taken in again there.
        if entries().any(|entry| entry.excludes) {
            return &[];
        }
        entries().next_back().map_or(&[], |entry| &entry.owners)
    }
}

/// `[Name]`, `^[Name]`, `[Name][2] @default`.
fn header(line: &str) -> Option<(&str, Vec<String>)> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, rest) = rest.split_once(']')?;
    let rest = match rest.strip_prefix('[') {
        Some(count) => {
            let (count, rest) = count.split_once(']')?;
            count.trim().parse::<u32>().ok()?;
            rest
        }
        None => rest,
    };
    (!name.trim().is_empty()).then(|| (name.trim(), names(rest)))
}

fn names(text: &str) -> Vec<String> {
    let text = text.split(" #").next().unwrap_or_default();
    let is_owner = |word: &&str| word.starts_with('@') || word.contains('@');
    text.split_whitespace().filter(is_owner).map(str::to_owned).collect()
}

fn entry(line: &str, dialect: Dialect, defaults: &[String]) -> Option<Entry> {
    let (excludes, line) = match (dialect, line.strip_prefix('!')) {
        (Dialect::GitLab, Some(rest)) => (true, rest),
        // GitHub knows neither exclusions nor ranges of characters, and passes over such lines.
        (Dialect::GitHub, Some(_)) => return None,
        (_, None) => (false, line),
    };
    let (pattern, rest) = split(line);
    if dialect == Dialect::GitHub && (pattern.contains(['[', ']']) || line.starts_with("\\#")) {
        return None;
    }
    let mut owners = names(rest);
    if owners.is_empty() && !excludes {
        owners = defaults.to_vec();
    }
    let built = |glob: &String| {
        // A star matches names that begin with a dot too, and no slash.
        GlobBuilder::new(glob).literal_separator(true).build().ok()
    };
    let globs: Vec<Glob> = match dialect {
        Dialect::GitHub => github(&pattern).iter().filter_map(built).collect(),
        Dialect::GitLab => gitlab(&pattern).iter().filter_map(built).collect(),
    };
    (!globs.is_empty()).then_some(Entry { globs, owners, excludes })
}

/// The pattern, its escaped blanks made plain, and the rest of the line.
fn split(line: &str) -> (String, &str) {
    let mut pattern = String::new();
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, next @ (' ' | '#' | '\t'))) => pattern.push(next),
                Some((_, next)) => pattern.extend(['\\', next]),
                None => {}
            },
            ' ' | '\t' => return (pattern, &line[at..]),
            _ => pattern.push(character),
        }
    }
    (pattern, "")
}

/// As in `.gitignore`, but `docs/*` is for files directly in `docs` only.
fn github(pattern: &str) -> Vec<String> {
    let is_anchored = pattern.trim_end_matches('/').contains('/');
    let bare = pattern.trim_start_matches('/');
    let start = if is_anchored || bare.starts_with("**/") { "" } else { "**/" };
    if bare.is_empty() {
        return Vec::new();
    }
    match bare.strip_suffix('/') {
        Some(folder) => vec![format!("{start}{folder}/**")],
        None if bare.ends_with("/*") || bare.ends_with("**") => vec![format!("{start}{bare}")],
        None => vec![format!("{start}{bare}"), format!("{start}{bare}/**")],
    }
}

/// A pattern that does not begin with a slash is for every depth; one that ends in a slash for all below.
fn gitlab(pattern: &str) -> Vec<String> {
    let (start, bare) = match pattern.strip_prefix('/') {
        Some(bare) => ("", bare),
        None => ("**/", pattern),
    };
    match bare.strip_suffix('/') {
        Some(folder) => vec![format!("{start}{folder}/**")],
        None if bare.is_empty() => Vec::new(),
        None => vec![format!("{start}{bare}")],
    }
}
