//! `straykey init`

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use straykey::inventory::starter::{self, Laid};

/// Lays down inventory, key and settings.
pub(super) fn run(folder: &Path) -> Result<u8> {
    let laid = starter::lay(folder)
        .with_context(|| format!("{} cannot be written to; name a folder of your own", folder.display()))?;
    let mut out = std::io::stdout().lock();
    for (name, laid) in laid {
        let word = match laid {
            Laid::Made => "made",
            Laid::Kept => "kept as it was",
        };
        writeln!(out, "{name}: {word}").context("the result cannot be written")?;
    }
    writeln!(out, "Keep {} secret and safe: without it no fingerprint of the inventory is known again.", starter::KEY)
        .context("the result cannot be written")?;
    Ok(super::CLEAN)
}
