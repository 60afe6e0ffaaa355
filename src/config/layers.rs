//! Where settings come from beside flags, and which of them wins.
//!
//! Comes in: what the command line says of files, the environment, and what is scanned. Goes out: settings, each layer with its
//! origin, the strongest first: environment, named file, the repository's own file, the user's file. A repository's own file is
//! the work of whoever wrote the repository: it is read only where that is the user's choice, it is always told, and what it
//! could do beyond this scan it may not.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::{Error, Settings};
use crate::model::secret::Secret;
use crate::sources::target;

/// Name of a repository's own settings.
pub const OWN: &str = "straykey.toml";
/// Where the user's settings are, below the folder for configuration.
const USER: &str = "straykey/config.toml";
/// Names a file of settings.
const CONFIG: &str = "STRAYKEY_CONFIG";
/// Says whether a repository's own settings are read: `trust`, `never`.
const REPO_CONFIG: &str = "STRAYKEY_REPO_CONFIG";
/// Holds the key for fingerprints.
const KEY: &str = "STRAYKEY_FINGERPRINT_KEY";

/// What a variable of the environment is written as.
enum Form {
    Text,
    Number,
    Paths,
}

/// Settings that the environment may give.
const VARIABLES: [(&str, &str, Form); 6] = [
    ("STRAYKEY_FAIL_ON", "fail_on", Form::Text),
    ("STRAYKEY_MIN_CONFIDENCE", "min_confidence", Form::Text),
    ("STRAYKEY_THREADS", "threads", Form::Number),
    ("STRAYKEY_FINGERPRINT_KEY_FILE", "fingerprint_key_file", Form::Text),
    ("STRAYKEY_BASELINE", "baseline", Form::Paths),
    ("STRAYKEY_INVENTORY", "inventory", Form::Paths),
];

/// Whether the settings of the scanned repository itself are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OwnFile {
    /// Where the repository is the current one, outside of CI.
    #[default]
    OfCurrent,
    /// Wherever it is, all of it.
    Trusted,
    /// Not.
    Never,
}

/// Where settings come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The environment.
    Environment,
    /// A file that was named.
    Named(PathBuf),
    /// The scanned repository's own file.
    Own(PathBuf),
    /// The user's file.
    User(PathBuf),
}

impl Origin {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Environment => None,
            Self::Named(path) | Self::Own(path) | Self::User(path) => Some(path),
        }
    }
}

/// Settings from one origin.
#[derive(Debug)]
pub struct Layer {
    /// Where they come from.
    pub origin: Origin,
    /// What they say.
    pub settings: Settings,
    /// The same as it is written.
    pub written: Table,
}

/// All settings but flags.
#[derive(Debug, Default)]
pub struct Layers {
    /// The strongest first.
    pub layers: Vec<Layer>,
    /// What a reader of the report should know of them.
    pub remarks: Vec<String>,
}

/// What the command line says of files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// A file that it names.
    pub config: Option<&'a Path>,
    /// Whether a repository's own file is read.
    pub own: OwnFile,
    /// What is scanned.
    pub targets: &'a [PathBuf],
}

/// A variable of the environment, by name.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

impl Layers {
    /// Reads all layers.
    pub fn read(wanted: Wanted<'_>, variables: Variables<'_>) -> Result<Self, Error> {
        let variable = |name: &str| variables(name).filter(|value| !value.is_empty());
        let mut all = Self::default();
        all.layers.extend(environment(&variable)?);
        let named = wanted.config.map(Path::to_owned).or_else(|| variable(CONFIG).map(PathBuf::from));
        if let Some(path) = &named {
            all.layers.push(Layer::file(Origin::Named(path.clone()))?);
        }
        let own = match variable(REPO_CONFIG) {
            _ if wanted.own != OwnFile::OfCurrent => wanted.own,
            None => OwnFile::OfCurrent,
            Some(word) if word == "trust" => OwnFile::Trusted,
            Some(word) if word == "never" => OwnFile::Never,
            Some(_) => {
                return Err(Error::Variable(format!("{REPO_CONFIG} is neither `trust` nor `never`; correct it")));
            }
        };
        // A file that was named stands in for the repository's.
        if own == OwnFile::Trusted || (own == OwnFile::OfCurrent && named.is_none()) {
            let is_in_ci = variable("CI").is_some_and(|word| word != "false" && word != "0");
            all.read_own(wanted.targets, own == OwnFile::Trusted, is_in_ci, named.as_deref())?;
        }
        if let Some(path) = user_file(&variable).filter(|path| path.is_file()) {
            all.layers.push(Layer::file(Origin::User(path))?);
        }
        Ok(all)
    }

    /// What all layers say together.
    pub fn join(self) -> Settings {
        let layers = self.layers.into_iter().rev();
        layers.fold(Settings::default(), |below, layer| layer.settings.over(below))
    }

    fn read_own(
        &mut self,
        targets: &[PathBuf],
        is_trusted: bool,
        is_in_ci: bool,
        named: Option<&Path>,
    ) -> Result<(), Error> {
        let current = target::top(Path::new("."));
        let mut tops: Vec<PathBuf> = targets.iter().filter_map(|path| target::top(path)).collect();
        tops.sort();
        tops.dedup();
        tops.retain(|top| top.join(OWN).symlink_metadata().is_ok());
        let [top] = &tops[..] else {
            return match tops.len() {
                0 => Ok(()),
                _ if is_trusted => Err(Error::Own(format!(
                    "several of these repositories have a {OWN}; scan one at a time, or name one with --config"
                ))),
                more => {
                    self.remarks
                        .push(format!("the {OWN} of {more} repositories were not read; name one with --config"));
                    Ok(())
                }
            };
        };
        let path = if current.as_ref() == Some(top) { PathBuf::from(relative_top()).join(OWN) } else { top.join(OWN) };
        if named.is_some_and(|named| named.canonicalize().ok() == path.canonicalize().ok()) {
            return Ok(());
        }
        let is_current =
            current.as_ref() == Some(top) && targets.iter().all(|one| target::top(one).as_ref() == Some(top));
        if !is_trusted && (is_in_ci || !is_current) {
            let why = if is_current { "this is a CI run" } else { "it is not the current repository" };
            self.remarks.push(format!("{} was not read: {why}; --trust-repo-config reads it", path.display()));
            return Ok(());
        }
        if !is_trusted && !path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(Error::Own(format!(
                "{} is no plain file; name it with --config if you trust it",
                path.display()
            )));
        }
        let mut layer = Layer::file(Origin::Own(path.clone()))?;
        let keys: Vec<&str> = layer.written.keys().map(String::as_str).collect();
        if !keys.is_empty() {
            let keys = keys.join(", ");
            self.remarks.push(format!(
                "settings of this repository were read from {}: {keys} (--no-repo-config leaves them out)",
                path.display()
            ));
        }
        if !is_trusted {
            self.remarks.extend(layer.confine(top)?);
        }
        self.layers.push(layer);
        Ok(())
    }
}

/// The way from the current folder up to the top of its repository, to be shown.
fn relative_top() -> String {
    let (Some(top), Ok(here)) = (target::top(Path::new(".")), Path::new(".").canonicalize()) else {
        return String::new();
    };
    here.strip_prefix(top).map(|below| "../".repeat(below.components().count())).unwrap_or_default()
}

impl Layer {
    /// Reads a file.
    pub fn file(origin: Origin) -> Result<Self, Error> {
        let path = origin.file().unwrap_or(Path::new(OWN));
        let (settings, text) = Settings::read_with_text(path)?;
        // It was read as settings, so it is a table.
        let written = toml::from_str(&text).unwrap_or_default();
        Ok(Self { origin, settings, written })
    }

    /// Takes out what a repository that was not vouched for may not do: run programs, call hosts, write files. Gives the remark
    /// on that. Paths that lead out of it are refused.
    fn confine(&mut self, top: &Path) -> Result<Option<String>, Error> {
        let taken: Vec<&str> =
            ["verify", "observations"].into_iter().filter(|key| self.written.contains_key(*key)).collect();
        self.settings.verify = Default::default();
        self.settings.observations = None;
        let Settings { patterns, inventory, baseline, fingerprint_key_file, weights, decisions, token_hashes, .. } =
            &self.settings;
        let lists = [patterns, inventory, baseline, token_hashes].into_iter().flatten();
        for path in lists.chain([fingerprint_key_file, weights, decisions].into_iter().flatten()) {
            // What is not there is told by whoever wants to read it.
            if path.canonicalize().is_ok_and(|real| !real.starts_with(top)) {
                return Err(Error::Own(format!(
                    "{} leads out of the repository whose {OWN} names it; if you trust that file, add --trust-repo-config",
                    path.display()
                )));
            }
        }
        for key in &taken {
            self.written.remove(*key);
        }
        Ok((!taken.is_empty()).then(|| {
            format!(
                "of these, {} was left out: it needs --trust-repo-config, or this file as --config",
                taken.join(", ")
            )
        }))
    }
}

/// What variables say.
fn environment(variable: Variables<'_>) -> Result<Option<Layer>, Error> {
    let mut written = Table::new();
    for (name, key, form) in &VARIABLES {
        let Some(value) = variable(name) else { continue };
        let text = || value.to_str().map(str::to_owned).ok_or_else(|| Error::Variable(format!("{name} is no UTF-8")));
        let value = match form {
            Form::Text => Value::String(text()?),
            Form::Number => {
                Value::Integer(text()?.parse().map_err(|_| Error::Variable(format!("{name} is no number")))?)
            }
            Form::Paths => {
                let paths = std::env::split_paths(&value).map(|path| path.to_string_lossy().into_owned());
                Value::Array(paths.map(Value::String).collect())
            }
        };
        let alone = Table::from_iter([((*key).to_owned(), value.clone())]);
        Settings::deserialize(alone)
            .map_err(|error| Error::Variable(format!("{name}: {}", error.message().replace('\n', ", "))))?;
        written.insert((*key).to_owned(), value);
    }
    let mut settings = Settings::deserialize(written.clone()).map_err(|error| Error::Variable(error.to_string()))?;
    settings.fingerprint_key = variable(KEY).map(|key| Secret::new(key.as_encoded_bytes().trim_ascii()));
    let is_empty = written.is_empty() && settings.fingerprint_key.is_none();
    Ok((!is_empty).then_some(Layer { origin: Origin::Environment, settings, written }))
}

fn user_file(variable: Variables<'_>) -> Option<PathBuf> {
    let folder = variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| {
        let home = variable("HOME").or_else(|| variable("USERPROFILE"))?;
        Some(PathBuf::from(home).join(".config"))
    })?;
    Some(folder.join(USER))
}
