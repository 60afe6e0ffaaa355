//! Ctrl-C: the first ends verification with a report of what is known by then, the second ends the program.

use anyhow::{Context, Result};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use straykey::model::interrupt::Interrupt;

/// The exit code of a program that Ctrl-C ended.
const ENDED: i32 = 130;

/// An interrupt that the signal sets.
pub(super) fn by_signal() -> Result<Interrupt> {
    let interrupt = Interrupt::default();
    let failed = "Ctrl-C cannot be listened for";
    // In this order: the second signal finds what the first one set.
    flag::register_conditional_shutdown(SIGINT, ENDED, interrupt.is_final()).context(failed)?;
    flag::register(SIGINT, interrupt.wish()).context(failed)?;
    flag::register(SIGINT, interrupt.is_final()).context(failed)?;
    Ok(interrupt)
}
