//! The words for running in a CI, and for writing several reports of one scan.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Format, ScanArgs};

#[derive(Debug, Args)]
pub(crate) struct CiArgs {
    #[command(subcommand)]
    pub(crate) command: CiCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CiCommand {
    /// In GitHub Actions: what the event brought, as annotations, a summary, outputs, code scanning alerts and a comment
    Github(Box<GithubArgs>),
}

/// What to do with the report in GitHub Actions. The event, the token and all addresses come from its environment.
#[derive(Debug, Args)]
pub(crate) struct GithubArgs {
    #[command(flatten)]
    pub(crate) scan: ScanArgs,
    /// Scan all files and all that git stores, whatever the event
    #[arg(long, help_heading = "GitHub", conflicts_with_all = ["range", "since", "since_commit", "staged", "branch"])]
    pub(crate) everything: bool,
    /// Write the SARIF for code scanning to this file
    #[arg(long, value_name = "FILE", help_heading = "GitHub")]
    pub(crate) sarif: Option<PathBuf>,
    /// Upload the SARIF to code scanning, where the token may
    #[arg(long, help_heading = "GitHub")]
    pub(crate) upload: bool,
    /// Keep one comment on the pull request up to date, where the token may
    #[arg(long, help_heading = "GitHub")]
    pub(crate) comment: bool,
}

/// A report beside the main one.
#[derive(Debug, Clone)]
pub(crate) struct ReportTo {
    pub(crate) format: Format,
    pub(crate) file: PathBuf,
}

/// Reads `sarif=straykey.sarif`.
pub(super) fn report_to(written: &str) -> Result<ReportTo, String> {
    let (format, file) = written.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or_else(|| {
        "write a format and a file, such as sarif=straykey.sarif; --format lists the formats".to_owned()
    })?;
    let format = Format::from_str(format, false)
        .map_err(|_| format!("`{format}` is no format; see --format in `straykey scan --help`"))?;
    Ok(ReportTo { format, file: file.into() })
}
