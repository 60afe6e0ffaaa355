//! The command line: the only place that knows it, and, with `report`, the only place that prints.

pub(crate) mod args;
mod audit;
mod baseline;
mod blast;
mod checks;
mod ci;
mod completions;
mod config;
mod cost;
mod credentials;
mod explain;
mod hook;
mod import;
mod init;
mod interrupt;
mod inventory;
mod patterns;
mod progress;
mod scan;
mod settings;
mod verify;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use args::{Cli, Command};

/// Exit code of a run that found nothing, or nothing grave enough.
const CLEAN: u8 = 0;
/// Exit code of a run that found something at or above `--fail-on`.
const FOUND: u8 = 1;
/// Exit code of a run that is incomplete or was not understood.
const INCOMPLETE: u8 = 2;

/// Runs the command that `arguments` spell; every error becomes one sentence on standard error and exit code 2.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        // Help and version are errors to clap; they go to standard output with exit code 0.
        Err(error) => {
            let printed = error.print().is_ok();
            return ExitCode::from(if printed && !error.use_stderr() { CLEAN } else { INCOMPLETE });
        }
    };
    match dispatch(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Nothing more can be done if standard error is gone too.
            let _ = writeln!(std::io::stderr(), "straykey: {error:#}");
            ExitCode::from(INCOMPLETE)
        }
    }
}

fn dispatch(cli: Cli) -> Result<u8> {
    match cli.command {
        Command::Scan(args) => scan::run(*args),
        Command::Ci(args) => ci::run(args.command),
        Command::Verify(args) => verify::run(*args),
        Command::Audit(args) => audit::run(&args.command),
        Command::Explain(args) => explain::run(args),
        Command::Patterns(args) => patterns::run(&args.command),
        Command::Init { folder } => init::run(&folder),
        Command::Inventory(args) => inventory::run(args),
        Command::Attribute(args) => blast::attribute(&args),
        Command::Blast(args) => blast::run(&args),
        Command::Checks(args) => checks::run(&args.command),
        Command::Baseline(args) => baseline::run(*args),
        Command::Config(args) => config::run(args.command),
        Command::Hook(args) => hook::run(args),
        Command::Completions(args) => completions::run(args.shell),
    }
}

/// The word with which an enumeration is written in our files.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A variable of the environment; one that is empty is none.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
