//! The words for settings, baselines and configuration files.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use straykey::config::layers::OwnFile;

use super::{PatternArgs, SourceArgs};

/// Which files of settings are read.
#[derive(Debug, Default, Args)]
pub(crate) struct ConfigArgs {
    /// Read settings from this TOML file; flags win over it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read the scanned repository's own straykey.toml, wherever it is, and let it run programs, allow hosts and name paths
    #[arg(long, conflicts_with = "no_repo_config")]
    pub(crate) trust_repo_config: bool,
    /// Do not read it (without these two: only of the current repository, outside of CI)
    #[arg(long)]
    pub(crate) no_repo_config: bool,
}

impl ConfigArgs {
    pub(crate) fn own(&self) -> OwnFile {
        match (self.trust_repo_config, self.no_repo_config) {
            (true, _) => OwnFile::Trusted,
            (false, true) => OwnFile::Never,
            (false, false) => OwnFile::OfCurrent,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    pub(crate) command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Write down all that a scan finds, so that only what is new counts from then on
    Create(AddArgs),
    /// Add what a scan finds and the baseline does not have; what it has stays, with its reasons
    Update(AddArgs),
    /// Take out what is gone: name all that the baseline is for
    Prune {
        #[command(flatten)]
        scan: BaselineScanArgs,
        /// Only say what would be taken out
        #[arg(long)]
        dry_run: bool,
    },
}

/// What is added to a baseline.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    pub(crate) scan: BaselineScanArgs,
    /// Why these do not count, for all that are added
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// Add only what another tool's list names: a JSON report or .gitleaksignore of gitleaks, a baseline of detect-secrets or
    /// kingfisher (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Vec<PathBuf>,
}

/// What is scanned for a baseline.
#[derive(Debug, Args)]
pub(crate) struct BaselineScanArgs {
    /// The baseline
    #[arg(value_name = "FILE", default_value = "straykey.baseline")]
    pub(crate) file: PathBuf,
    /// What is scanned: files, folders, repositories
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// File with the key for fingerprints (`straykey init` makes one)
    #[arg(long = "key", value_name = "FILE")]
    pub(crate) fingerprint_key_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sources: SourceArgs,
    #[command(flatten)]
    pub(crate) patterns: PatternArgs,
    #[command(flatten)]
    pub(crate) settings: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    #[command(subcommand)]
    pub(crate) command: SettingsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// Say what is wrong with a file of settings and with the files that it names
    Check {
        /// The file
        #[arg(default_value = "straykey.toml")]
        file: PathBuf,
    },
    /// Show the settings that a scan of a path would have, and where each comes from
    Show {
        /// What would be scanned
        #[arg(value_name = "PATH", default_value = ".")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        settings: ConfigArgs,
    },
    /// Print the JSON schema of straykey.toml
    Schema,
    /// Make settings of another tool's: .gitleaks.toml, a baseline of detect-secrets, trufflehog's configuration or file of
    /// excluded paths, kingfisher.yaml
    Migrate {
        /// The other tool's file
        source: PathBuf,
        /// The file to write; `-` is standard output
        #[arg(short, long, value_name = "FILE", default_value = "straykey.toml")]
        output: PathBuf,
    },
}
