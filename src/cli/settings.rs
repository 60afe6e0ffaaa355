//! Settings beside flags: from the environment and from files.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;

use straykey::config::Settings;
use straykey::config::layers::{Layers, OwnFile, Wanted};
use straykey::report::escape;

/// All layers, for a scan of `targets`.
pub(super) fn layers(config: Option<&Path>, own: OwnFile, targets: &[PathBuf]) -> Result<Layers> {
    Ok(Layers::read(Wanted { config, own, targets }, &|name| std::env::var_os(name))?)
}

/// What all layers say, for commands that look into the inventory.
pub(super) fn joined(config: Option<&Path>, targets: &[PathBuf]) -> Result<Settings> {
    Ok(layers(config, OwnFile::OfCurrent, targets)?.join())
}

/// The same for others that write no report: what a reader should know of the settings goes to standard error.
pub(super) fn told(config: Option<&Path>, own: OwnFile, targets: &[PathBuf]) -> Result<Settings> {
    let layers = layers(config, own, targets)?;
    for remark in &layers.remarks {
        // Nothing more can be done if standard error is gone.
        let _ = writeln!(std::io::stderr(), "straykey: {}", escape::terminal(remark));
    }
    Ok(layers.join())
}
