//! `straykey inventory import`

use anyhow::Result;

use super::args::ImportArgs;

pub(super) fn run(_args: &ImportArgs) -> Result<u8> {
    Ok(0)
}
