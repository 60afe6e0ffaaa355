//! Takes over what others know: catalogs, CODEOWNERS, tables, lists of providers.
//!
//! Every import writes a file of its own beside the inventory, with its source and date, which completes what people wrote. The same
//! import again changes nothing.

mod backstage;
mod codeowners;
mod providers;
mod table;
mod trust;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Error, add, clear_text, load, to_json};
use crate::model::inventory::{Credential, FactSource, Inventory, Listing, VERSION};
use crate::model::scan::Scanner;
use crate::model::time::When;

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Catalog files, or a saved answer of the catalog's API.
    Backstage,
    /// CODEOWNERS.
    CodeOwners,
    /// A row for each credential, as CSV or JSON.
    Table,
    /// ServiceNow CMDB, as CSV or JSON.
    ServiceNow,
    /// AWS IAM credential report and `list-access-keys`.
    AwsCredentialReport,
    /// An organisation's fine-grained tokens.
    GitHubPats,
    /// `list-secrets`.
    AwsSecretsManager,
    /// `get-role`, `list-roles`.
    AwsRoles,
}

impl Kind {
    /// The word for file names and sources.
    fn word(self) -> &'static str {
        match self {
            Self::Backstage => "backstage",
            Self::CodeOwners => "codeowners",
            Self::Table => "table",
            Self::ServiceNow => "servicenow",
            Self::AwsCredentialReport => "aws-credential-report",
            Self::GitHubPats => "github-pats",
            Self::AwsSecretsManager => "aws-secrets-manager",
            Self::AwsRoles => "aws-roles",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// What the sources are.
    pub kind: Kind,
    /// Files, or folders of them.
    pub sources: Vec<PathBuf>,
    /// `column=field`, or `field:=value`.
    pub map: Vec<String>,
    /// The account whose credentials are listed.
    pub account: Option<String>,
    /// The time, in seconds since 1970.
    pub now: i64,
}

/// What an import brings.
#[derive(Debug)]
pub struct Imported {
    /// The file that it goes to.
    pub file: PathBuf,
    /// What goes there.
    pub part: Inventory,
    /// What is other than in the last import, a line for each; empty: nothing changes.
    pub changes: Vec<String>,
    /// Credentials of which it is not known what they are of.
    pub unlinked: usize,
}

/// One file that is read.
struct Source {
    name: String,
    text: String,
}

/// What a source says of a credential.
#[derive(Debug, Default)]
struct Fact {
    credential: Credential,
    /// What is said of its integration, by field.
    integration: BTreeMap<String, String>,
}

/// What a source says.
#[derive(Default)]
struct Found {
    part: Inventory,
    facts: Vec<Fact>,
}

/// Reads the sources. Nothing is written.
pub fn read(request: &Request, inventory: &Inventory, beside: &Path, scanner: &dyn Scanner) -> Result<Imported, Error> {
    let sources = sources(&request.sources)?;
    let mut leaks = Vec::new();
    for source in &sources {
        leaks.extend(clear_text::refuse_secrets(Path::new(&source.name), &source.text, scanner));
    }
    if !leaks.is_empty() {
        return Err(Error::Problems(leaks));
    }
    let map = table::Map::parse(&request.map).map_err(Error::Other)?;
    let mut found = match request.kind {
        Kind::Backstage => backstage::read(&sources, inventory)?,
        Kind::CodeOwners => codeowners::read(&sources),
        Kind::Table => table::read(&sources, &map)?,
        Kind::ServiceNow => table::servicenow(&sources, &map)?,
        Kind::AwsCredentialReport => providers::aws_keys(&sources)?,
        Kind::GitHubPats => providers::github_pats(&sources)?,
        Kind::AwsSecretsManager => providers::aws_secrets(&sources)?,
        Kind::AwsRoles => trust::aws_roles(&sources)?,
    };
    found.facts.iter_mut().for_each(|fact| map.constants_into(fact));
    let name =
        request.sources.first().and_then(|source| source.file_name()).map(|name| name.to_string_lossy().into_owned());
    let source = FactSource {
        name: format!("{} {}", request.kind.word(), name.unwrap_or_default()),
        as_of: When::at(request.now),
    };
    if matches!(request.kind, Kind::AwsCredentialReport | Kind::GitHubPats) {
        list(&mut found, &source, request);
    }
    let mut part = found.part;
    part.version = VERSION;
    let stem: String = request
        .sources
        .first()
        .and_then(|source| source.file_stem())
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let stem: String =
        stem.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '-').collect();
    let file = load::beside(beside).join(format!("imported-{}-{stem}.json", request.kind.word()));
    let old = add::read_part(&file)?;
    let known = Known { inventory, old: old.as_ref() };
    let unlinked = link(&mut part, found.facts, &known)?;
    part.source = Some(source);
    let changes = changes(old.as_ref(), &part)?;
    Ok(Imported { file, part, changes, unlinked })
}

/// Writes what was read.
pub fn write(imported: &Imported) -> Result<(), Error> {
    if let Some(folder) = imported.file.parent() {
        fs::create_dir_all(folder).map_err(|source| Error::file(folder, source))?;
    }
    add::write_part(&imported.file, &imported.part)
}

fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, Error> {
    let mut sources = Vec::new();
    for path in paths {
        let mut files = vec![path.clone()];
        if path.is_dir() {
            let entries = fs::read_dir(path).map_err(|source| Error::file(path, source))?;
            files = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|entry| entry.is_file()).collect();
            files.sort();
        }
        for file in files {
            let text = fs::read_to_string(&file).map_err(|source| Error::file(&file, source))?;
            sources.push(Source {
                name: file.display().to_string(),
                text: text.trim_start_matches('\u{feff}').to_owned(),
            });
        }
    }
    Ok(sources)
}

/// The inventory, of which the last import of the same source is a part.
struct Known<'a> {
    inventory: &'a Inventory,
    old: Option<&'a Inventory>,
}

impl Known<'_> {
    /// Whether something is known by others than the last import of the same source.
    fn elsewhere(&self, is_it: impl Fn(&Inventory) -> bool) -> bool {
        is_it(self.inventory) && !self.old.is_some_and(is_it)
    }
}

/// Which credentials the provider says there are.
fn list(found: &mut Found, source: &FactSource, request: &Request) {
    let mut by_account: BTreeMap<(String, Option<String>), Vec<String>> = BTreeMap::new();
    for fact in &found.facts {
        let Some(id) = &fact.credential.public_id else { continue };
        let account = fact.credential.principal.as_ref().and_then(|one| one.account.clone());
        let key = (fact.credential.provider.clone(), request.account.clone().or(account));
        by_account.entry(key).or_default().push(id.clone());
    }
    for ((provider, account), mut public_ids) in by_account {
        public_ids.sort();
        public_ids.dedup();
        found.part.listings.push(Listing {
            provider,
            account,
            source: source.name.clone(),
            as_of: source.as_of.clone(),
            public_ids,
        });
    }
}

/// Finds out which credential of the inventory each fact is of; a new one is made where the integration is told. How many are of
/// nobody.
fn link(part: &mut Inventory, facts: Vec<Fact>, known_ones: &Known<'_>) -> Result<usize, Error> {
    let inventory = known_ones.inventory;
    let mut by_id = HashMap::new();
    let mut by_public_id = HashMap::new();
    let mut by_store = HashMap::new();
    for credential in inventory.integrations.iter().flat_map(|one| &one.credentials) {
        by_id.insert(credential.id.as_str(), credential);
        if let Some(id) = &credential.public_id {
            by_public_id.insert((credential.provider.as_str(), id.as_str()), credential);
        }
        if let Some(store) = &credential.store {
            by_store.insert(store.as_str(), credential);
        }
    }
    // What only the last import of this source said of a credential's integration may have changed.
    let is_settled = |known: &Credential, told: &String| {
        let has = |one: &Inventory| one.credentials.iter().any(|credential| credential.id == known.id);
        known.integration.as_ref() == Some(told) || !known_ones.old.is_some_and(has)
    };
    let mut unlinked = 0;
    for Fact { mut credential, integration } in facts {
        let by_public =
            credential.public_id.as_deref().and_then(|id| by_public_id.get(&(credential.provider.as_str(), id)));
        let known = by_id
            .get(credential.id.as_str())
            .or(by_public)
            .or_else(|| by_store.get(credential.store.as_deref()?))
            .copied();
        match (known, integration.get("id")) {
            (Some(known), told) if told.is_none_or(|told| is_settled(known, told)) => {
                credential.id.clone_from(&known.id);
                credential.integration.clone_from(&known.integration);
                credential.provider.clone_from(&known.provider);
                credential.r#type.clone_from(&known.r#type);
            }
            (_, Some(id)) => {
                credential.integration = Some(id.clone());
                let named = [Some(credential.id.clone()), credential.public_id.clone(), credential.store.clone()];
                credential.id = named
                    .into_iter()
                    .flatten()
                    .find(|name| !name.is_empty())
                    .unwrap_or_else(|| format!("{id}-credential"));
            }
            (_, None) => {
                unlinked += 1;
                continue;
            }
        }
        if let Some(id) = integration.get("id") {
            table::integration(part, id, &integration, known_ones)?;
        }
        part.credentials.push(credential);
    }
    Ok(unlinked)
}

/// What is other in `new` than in `old`, a line for each entity.
fn changes(old: Option<&Inventory>, new: &Inventory) -> Result<Vec<String>, Error> {
    let (before, after) = (entities(old)?, entities(Some(new))?);
    let mut lines = Vec::new();
    for (key, now) in &after {
        match before.get(key) {
            None => lines.push(format!("+ {key}")),
            Some(then) if then != now => lines.push(format!("~ {key}: {}", fields(then, now))),
            Some(_) => {}
        }
    }
    lines.extend(before.keys().filter(|key| !after.contains_key(*key)).map(|key| format!("- {key}")));
    Ok(lines)
}

fn entities(inventory: Option<&Inventory>) -> Result<BTreeMap<String, Value>, Error> {
    let mut all = BTreeMap::new();
    let Some(inventory) = inventory else { return Ok(all) };
    let json = to_json(inventory)?;
    for (list, one) in [
        ("owners", "owner"),
        ("systems", "system"),
        ("environments", "environment"),
        ("integrations", "integration"),
        ("credentials", "credential"),
    ] {
        for entity in json[list].as_array().into_iter().flatten() {
            all.insert(format!("{one} {}", entity["id"].as_str().unwrap_or_default()), entity.clone());
        }
    }
    for listing in json["listings"].as_array().into_iter().flatten() {
        let key = format!(
            "list of {} {}",
            listing["provider"].as_str().unwrap_or_default(),
            listing["account"].as_str().unwrap_or_default()
        );
        all.insert(key.trim_end().to_owned(), listing["public_ids"].clone());
    }
    for trust in json["trusts"].as_array().into_iter().flatten() {
        let text = |name: &str| trust[name].as_str().unwrap_or_default();
        let all = all.entry(format!("trust of {} in {}", text("role"), text("issuer"))).or_insert_with(|| json!([]));
        all.as_array_mut().into_iter().for_each(|list| list.push(trust.clone()));
    }
    Ok(all)
}

fn fields(then: &Value, now: &Value) -> String {
    let (Value::Object(then), Value::Object(now)) = (then, now) else { return format!("{then} → {now}") };
    let names: std::collections::BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let nothing = Value::Null;
    let changed = names.into_iter().filter_map(|name| {
        let (before, after) = (then.get(name).unwrap_or(&nothing), now.get(name).unwrap_or(&nothing));
        (before != after).then(|| format!("{name} {before} → {after}"))
    });
    changed.collect::<Vec<_>>().join(", ")
}
