//! `straykey inventory import`

use std::io::Write;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use straykey::inventory::import::{self, Kind, Request};
use straykey::report::escape;

use super::args::{ImportArgs, ImportKind};
use super::inventory::Opened;

/// Takes over what the sources say, and shows what that changes.
pub(super) fn run(args: &ImportArgs) -> Result<u8> {
    let opened = Opened::open(&args.ownership)?;
    let Some(path) = opened.paths.first() else { bail!("no inventory is named; add --inventory PATH") };
    let kind = match args.kind {
        ImportKind::Backstage => Kind::Backstage,
        ImportKind::Codeowners => Kind::CodeOwners,
        ImportKind::Csv | ImportKind::Json => Kind::Table,
        ImportKind::Servicenow => Kind::ServiceNow,
        ImportKind::AwsCredentialReport => Kind::AwsCredentialReport,
        ImportKind::GithubPats => Kind::GitHubPats,
        ImportKind::AwsSecretsManager => Kind::AwsSecretsManager,
        ImportKind::AwsRoles => Kind::AwsRoles,
    };
    let request = Request {
        kind,
        sources: args.sources.clone(),
        map: args.map.clone(),
        account: args.account.clone(),
        now: Timestamp::now().as_second(),
    };
    let imported = import::read(&request, &opened.inventory, path, &opened.detector)?;
    let failed = "the answer cannot be written";
    let mut out = std::io::stdout().lock();
    for change in &imported.changes {
        writeln!(out, "{}", escape::terminal(change)).context(failed)?;
    }
    if imported.unlinked > 0 {
        let count = imported.unlinked;
        writeln!(out, "{count} credentials are of no known integration; G23 tells of those that a provider lists")
            .context(failed)?;
    }
    match (imported.changes.is_empty(), args.dry_run) {
        (true, _) => writeln!(out, "nothing changes").context(failed)?,
        (false, true) => {
            writeln!(out, "{} changes; nothing was written (--dry-run)", imported.changes.len()).context(failed)?
        }
        (false, false) => {
            import::write(&imported)?;
            let file = imported.file.display();
            writeln!(out, "{} changes, written to {file}", imported.changes.len()).context(failed)?;
        }
    }
    Ok(super::CLEAN)
}
