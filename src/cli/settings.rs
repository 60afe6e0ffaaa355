//! Settings beside flags: from the environment and from files.

use std::path::{Path, PathBuf};

use anyhow::Result;

use straykey::config::Settings;
use straykey::config::layers::{Layers, OwnFile, Wanted};

/// All layers, for a scan of `targets`.
pub(super) fn layers(config: Option<&Path>, own: OwnFile, targets: &[PathBuf]) -> Result<Layers> {
    Ok(Layers::read(Wanted { config, own, targets }, &|name| std::env::var_os(name))?)
}

/// What all layers say, for commands whose answer does not depend on it how much was scanned.
pub(super) fn joined(config: Option<&Path>, targets: &[PathBuf]) -> Result<Settings> {
    Ok(layers(config, OwnFile::OfCurrent, targets)?.join())
}
