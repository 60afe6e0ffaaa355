//! `straykey audit check FILE`

use std::io::Write;

use anyhow::{Context, Result};

use straykey::verify::audit;

use super::CLEAN;
use super::args::AuditCommand;

/// Checks a log; a broken one is an error.
pub(super) fn run(command: &AuditCommand) -> Result<u8> {
    let AuditCommand::Check { file } = command;
    let checked = audit::check(file)?;
    let calls = if checked.lines == 1 { "call" } else { "calls" };
    writeln!(std::io::stdout(), "{} {calls}, the chain holds; the last hash is {}", checked.lines, checked.hash)
        .context("the result cannot be written")?;
    Ok(CLEAN)
}
