//! The words for hooks.

use clap::{Args, Subcommand};

use super::settings::ConfigArgs;
use super::{FailOn, Level};

#[derive(Debug, Args)]
pub(crate) struct HookArgs {
    #[command(subcommand)]
    pub(crate) command: HookCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HookCommand {
    /// Let git run straykey before each commit and push of this repository; a hook that is there is kept, and runs after it
    Install {
        /// For all repositories of this user
        #[arg(long)]
        global: bool,
    },
    /// Take the hooks out again; what was there before is there again
    Uninstall {
        /// Those for all repositories of this user
        #[arg(long)]
        global: bool,
    },
    /// What git or pre-commit runs before a commit: scans what is staged
    PreCommit(HookScanArgs),
    /// What git runs before a push: scans the commits that the other side does not have
    PrePush {
        /// The remote, as git names it
        #[arg(value_name = "REMOTE", default_value = "origin")]
        remote: String,
        /// Its address
        #[arg(value_name = "URL")]
        _url: Option<String>,
        #[command(flatten)]
        scan: HookScanArgs,
    },
    /// What git runs on a server when a push comes in: scans all that it adds, before it is taken
    PreReceive(HookScanArgs),
}

/// How a hook scans.
#[derive(Debug, Default, Args)]
pub(crate) struct HookScanArgs {
    #[command(flatten)]
    pub(crate) settings: ConfigArgs,
    /// Stop only for findings of this severity or above (default: low)
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// Only findings that are at least so sure (default: medium)
    #[arg(long, value_enum, value_name = "CONFIDENCE")]
    pub(crate) min_confidence: Option<Level>,
    /// Marks such as straykey:allow do not count
    #[arg(long)]
    pub(crate) no_inline_ignore: bool,
}
