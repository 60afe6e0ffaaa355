//! The program `straykey`: hands the command line to [`cli`] and its answer to the system.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
