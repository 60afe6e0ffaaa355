//! `straykey inventory`: the subcommands that read; the others have files of their own

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use straykey::config::Settings;
use straykey::detect::Detector;
use straykey::detect::redact::Reveal;
use straykey::inventory;
use straykey::model::inventory::{Difference, Inventory};
use straykey::model::listed::Listed;
use straykey::model::secret::Secret;
use straykey::patterns::Catalogue;
use straykey::report::escape;

use super::args::{InventoryArgs, InventoryCommand, OwnershipArgs};
use super::settings;

const FAILED: &str = "the answer cannot be written";

/// Runs one of the subcommands.
pub(super) fn run(args: InventoryArgs) -> Result<u8> {
    let setting = |args: &OwnershipArgs| Opened::open(args);
    match args.command {
        InventoryCommand::Check { ownership } => check(&setting(&ownership)?),
        InventoryCommand::List { ownership } => list(&setting(&ownership)?),
        InventoryCommand::Show { id, ownership } => show(&id, &setting(&ownership)?),
        InventoryCommand::Who(args) => super::blast::who(&args),
        InventoryCommand::Add(args) => super::credentials::add(&args),
        InventoryCommand::Import(args) => super::import::run(&args),
        InventoryCommand::Export { format, ownership } => super::credentials::export(format, &ownership),
        InventoryCommand::Reindex(args) => super::credentials::reindex(&args),
        InventoryCommand::Schema => print(&inventory::schema()),
    }
}

/// What every subcommand needs: the inventory, and who knows secrets when they see them.
pub(super) struct Opened {
    pub(super) paths: Vec<PathBuf>,
    pub(super) key: Option<Secret>,
    pub(super) patterns: Vec<Arc<Listed>>,
    pub(super) detector: Detector,
    pub(super) inventory: Inventory,
}

impl Opened {
    /// Reads settings and inventory.
    pub(super) fn open(args: &OwnershipArgs) -> Result<Self> {
        let file = settings::joined(args.config.as_deref(), &[PathBuf::from(".")])?;
        let (inventory, fingerprint_key_file) = (args.inventory.clone(), args.fingerprint_key_file.clone());
        let flags = Settings { inventory, fingerprint_key_file, ..Settings::default() };
        let options = flags.over(file).resolve(Vec::new(), Reveal::Short)?.pipeline;
        let Some(ownership) = options.ownership else {
            bail!("no inventory is named; add --inventory PATH or --config straykey.toml (`straykey init` makes both)");
        };
        let catalogue = Catalogue::load(&options.patterns)?;
        let detector = Detector::new(&catalogue.patterns);
        let inventory = inventory::load(&ownership.inventory, &detector)?;
        Ok(Self {
            paths: ownership.inventory,
            key: options.fingerprint_key,
            patterns: catalogue.patterns,
            detector,
            inventory,
        })
    }
}

fn print(text: &str) -> Result<u8> {
    std::io::stdout().lock().write_all(text.as_bytes()).context(FAILED)?;
    Ok(super::CLEAN)
}

fn check(context: &Opened) -> Result<u8> {
    let Inventory { owners, systems, environments, integrations, differences, .. } = &context.inventory;
    let credentials: usize = integrations.iter().map(|integration| integration.credentials.len()).sum();
    let mut text = String::new();
    for difference in differences {
        let Difference { of, field, ours, theirs, source, .. } = difference;
        let line = format!(
            "note  {of}: {field} is `{ours}` here and `{theirs}` in {} of {}\n",
            source.name,
            source.as_of.text()
        );
        text.push_str(&escape::terminal(line.trim_end()));
        text.push('\n');
    }
    text.push_str(&format!(
        "{} integrations with {credentials} credentials, {} owners, {} systems, {} environments: nothing is wrong.\n",
        integrations.len(),
        owners.len(),
        systems.len(),
        environments.len()
    ));
    print(&text)
}

fn list(context: &Opened) -> Result<u8> {
    let integrations = &context.inventory.integrations;
    let width = integrations.iter().map(|integration| integration.id.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for integration in integrations {
        let line = format!(
            "{:width$}  {:10}  {}  {} credentials  {}",
            integration.id,
            super::word(&integration.lifecycle),
            integration.owner.business,
            integration.credentials.len(),
            integration.purpose
        );
        text.push_str(&escape::terminal(&line));
        text.push('\n');
    }
    print(&text)
}

fn show(id: &str, context: &Opened) -> Result<u8> {
    let Inventory { owners, systems, environments, integrations, .. } = &context.inventory;
    let credentials = integrations.iter().flat_map(|integration| &integration.credentials);
    let mut found = Vec::new();
    for integration in integrations.iter().filter(|integration| integration.id == id) {
        found.push(("integration", inventory::to_json(integration)?));
    }
    for credential in credentials.filter(|credential| credential.id == id) {
        found.push(("credential", inventory::to_json(credential)?));
    }
    for owner in owners.iter().filter(|owner| owner.id == id || owner.refs.iter().any(|name| name == id)) {
        found.push(("owner", inventory::to_json(owner)?));
    }
    for system in systems.iter().filter(|system| system.id == id) {
        found.push(("system", inventory::to_json(system)?));
    }
    for environment in environments.iter().filter(|environment| environment.id == id) {
        found.push(("environment", inventory::to_json(environment)?));
    }
    if found.is_empty() {
        bail!("nothing in the inventory is called `{}`; see `straykey inventory list`", escape::terminal(id));
    }
    let mut text = String::new();
    for (kind, entity) in found {
        let entity = serde_json::to_string_pretty(&entity)?;
        let entity: Vec<String> = entity.lines().map(escape::terminal).collect();
        text.push_str(&format!("{kind} {}\n", entity.join("\n")));
    }
    print(&text)
}
