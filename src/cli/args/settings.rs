//! The words for settings, baselines and configuration files.

use std::path::PathBuf;

use clap::Args;

use straykey::config::layers::OwnFile;

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
