//! `straykey inventory add | reindex | export`

use std::io::{IsTerminal, Read, Write};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use zeroize::Zeroizing;

use straykey::config::Settings;
use straykey::detect::fingerprint::{self, Fingerprinter};
use straykey::detect::redact::Reveal;
use straykey::inventory::{add, export};
use straykey::model::inventory::{Credential, Inventory};
use straykey::model::meter::Meter;
use straykey::model::pattern::Kind;
use straykey::model::scan::Scanner;
use straykey::model::secret::Secret;
use straykey::model::time::When;
use straykey::pipeline;
use straykey::report::escape;

use super::args::{AddArgs, ExportFormat, OwnershipArgs, ReindexArgs};
use super::inventory::Opened;
use super::{CLEAN, progress, settings};

/// Longest credential that is read, in bytes.
const MOST_INPUT: u64 = 1 << 20;
const FAILED: &str = "the answer cannot be written";

/// Reads a credential from standard input, or from a prompt that does not show it, and stores what may be known of it.
pub(super) fn add(args: &AddArgs) -> Result<u8> {
    let opened = Opened::open(&args.ownership)?;
    let Some(key) = &opened.key else {
        bail!(
            "a fingerprint needs a key of your own; add --key FILE or fingerprint_key_file (`straykey init` makes one)"
        );
    };
    let integrations = &opened.inventory.integrations;
    if !integrations.iter().any(|one| one.id == args.integration) {
        bail!("there is no integration `{}`; see `straykey inventory list`", escape::terminal(&args.integration));
    }
    if integrations.iter().flat_map(|one| &one.credentials).any(|credential| credential.id == args.id) {
        bail!("credential id `{}` is taken; give another", escape::terminal(&args.id));
    }
    let text = read()?;
    let scan = opened.detector.scan(&text);
    let found = scan.matches.first();
    let (secret, name, provider) = match found {
        Some(found) => {
            let file = found.pattern.written.file.rsplit('/').next().unwrap_or_default();
            (
                found.credential.secret.clone(),
                found.pattern.id.to_string(),
                file.split('.').next().unwrap_or_default().to_owned(),
            )
        }
        None => (Secret::new(text.trim_ascii()), "unknown".to_owned(), "unknown".to_owned()),
    };
    // What no pattern knows is taken as it is written.
    let mut all = opened.patterns.iter().map(|listed| listed.pattern());
    let pattern = found.map(|found| &found.pattern).or_else(|| all.find(|one| one.kind == Kind::ApiKey));
    let Some(pattern) = pattern else { bail!("there are no patterns; take --patterns out of the settings") };
    let credential = Credential {
        id: args.id.clone(),
        integration: Some(args.integration.clone()),
        provider: args.provider.clone().unwrap_or(provider),
        r#type: args.r#type.clone().unwrap_or(name),
        fp: vec![fingerprint::with_key(key, pattern, &secret)?],
        public_id: args.public_id.clone().or_else(|| fingerprint::public_id(found?)),
        env: args.env.clone(),
        created_at: args.created_at.as_deref().map(When::parse).transpose().map_err(anyhow::Error::msg)?,
        ..Credential::default()
    };
    let Some(path) = opened.paths.first() else { bail!("no inventory is named; add --inventory PATH") };
    let said = format!("{} of {}: {} {}", credential.id, args.integration, credential.r#type, credential.fp.join(" "));
    let file = add::add(path, credential, Timestamp::now().as_second())?;
    writeln!(std::io::stdout().lock(), "{}\nwritten to {}", escape::terminal(&said), file.display()).context(FAILED)?;
    Ok(CLEAN)
}

fn read() -> Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::new());
    if std::io::stdin().is_terminal() {
        let typed = rpassword::prompt_password("Credential (not shown): ").context("the credential cannot be read")?;
        *text = typed.into_bytes();
    } else {
        std::io::stdin().lock().take(MOST_INPUT + 1).read_to_end(&mut text).context("standard input cannot be read")?;
    }
    if text.len() as u64 > MOST_INPUT {
        bail!("this is longer than any credential; give one credential on standard input");
    }
    if text.trim_ascii().is_empty() {
        bail!("nothing was given; give the credential on standard input");
    }
    Ok(text)
}

/// Finds the inventory's credentials in what is scanned and writes their fingerprints anew, with the new key.
pub(super) fn reindex(args: &ReindexArgs) -> Result<u8> {
    let opened = Opened::open(&args.ownership)?;
    let file = settings::joined(args.ownership.config.as_deref(), &args.paths)?;
    let flags = Settings { fingerprint_key_file: args.ownership.fingerprint_key_file.clone(), ..Settings::default() };
    let mut options = flags.over(file).resolve(args.paths.clone(), Reveal::Short)?.pipeline;
    options.ownership = None;
    if options.fingerprint_key.is_none() {
        bail!("the new key is missing; add --key FILE or fingerprint_key_file");
    }
    let old = Zeroizing::new(
        std::fs::read(&args.old_key)
            .with_context(|| format!("the old key {} cannot be read; check --old-key", args.old_key.display()))?,
    );
    let old = Fingerprinter::new(Some(old.trim_ascii()))?;
    let meter = Meter::default();
    let report = progress::during(&meter, true, || pipeline::run(&options, &meter))?;
    let known = fingerprints(&opened.inventory);
    let pairs: Vec<(String, String)> = report
        .findings
        .iter()
        .map(|finding| (old.of(&finding.pattern, &finding.credential.secret).0, finding.fingerprint.clone()))
        .filter(|(before, now)| before != now && known.contains(&before))
        .collect();
    let count = add::replace_fingerprints(&opened.paths, &pairs)?;
    let open = known.len().saturating_sub(count);
    writeln!(
        std::io::stdout().lock(),
        "{count} fingerprints are made anew; {open} are of credentials that were not found here: keep the old key until they are \
         replaced"
    )
    .context(FAILED)?;
    Ok(CLEAN)
}

fn fingerprints(inventory: &Inventory) -> Vec<&String> {
    let credentials = inventory.integrations.iter().flat_map(|one| &one.credentials);
    credentials.flat_map(|one| one.fp.iter().chain(one.previous_fp.iter().map(|previous| &previous.fp))).collect()
}

/// Prints the inventory in another form.
pub(super) fn export(format: ExportFormat, ownership: &OwnershipArgs) -> Result<u8> {
    let opened = Opened::open(ownership)?;
    let text = match format {
        ExportFormat::Json => export::json(&opened.inventory)?,
        ExportFormat::Cyclonedx => export::cyclonedx(&opened.inventory)?,
        ExportFormat::Csv => export::csv(&opened.inventory)?,
    };
    std::io::stdout().lock().write_all(text.as_bytes()).context(FAILED)?;
    Ok(CLEAN)
}
