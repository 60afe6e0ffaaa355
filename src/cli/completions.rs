//! `straykey completions SHELL`

use std::io::Write;

use anyhow::{Context, Result};
use clap::CommandFactory;

use super::args::Cli;

/// Writes a completion script to standard output.
pub(super) fn run(shell: clap_complete::Shell) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "straykey", &mut script);
    std::io::stdout().lock().write_all(&script).context("the completion script cannot be written")?;
    Ok(super::CLEAN)
}
