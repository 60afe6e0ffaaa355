//! The inventory by everything that can be seen of a credential.

use std::collections::HashMap;

use globset::{GlobBuilder, GlobMatcher};

use super::{Which, account};
use crate::model::inventory::Inventory;
use crate::model::secret::Fragments;

/// Who is known under a name.
pub(super) type Known<'a> = HashMap<&'a str, Vec<Which>>;

/// Declared places of a repository: the glob below it, and whose it is.
pub(super) type Globs = HashMap<String, Vec<(GlobMatcher, String, Which)>>;

#[derive(Default)]
pub(super) struct Index<'a> {
    /// Fingerprints, and whether they are of a secret that another has taken the place of.
    pub(super) fingerprints: HashMap<&'a str, Vec<(Which, bool)>>,
    pub(super) public_ids: Known<'a>,
    /// Paths in secret stores by the fingerprint of what lies there.
    pub(super) store_paths: HashMap<&'a str, Vec<&'a str>>,
    /// Credentials by where they are kept.
    pub(super) stores: Known<'a>,
    pub(super) principals: Known<'a>,
    pub(super) accounts: Known<'a>,
    pub(super) fragments: Fragments<Which>,
    /// How many credentials of a provider are known by fragments.
    pub(super) fragments_of: HashMap<&'a str, u64>,
    pub(super) env_names: Known<'a>,
    pub(super) hosts: Known<'a>,
    pub(super) workflows: Known<'a>,
    pub(super) locations: Globs,
    /// Systems by repository and folder.
    pub(super) components: HashMap<String, HashMap<String, Vec<usize>>>,
    /// Integrations by the system that they run for.
    pub(super) by_system: Known<'a>,
}

impl<'a> Index<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let mut index = Self::default();
        for entry in &inventory.store_index {
            index.store_paths.entry(&entry.fp).or_default().push(&entry.path);
        }
        let mut by_environment: HashMap<&str, Vec<Which>> = HashMap::new();
        for (number, integration) in (0..).zip(&inventory.integrations) {
            let whole = Which { integration: number, credential: None };
            index.by_system.entry(&integration.source_system).or_default().push(whole);
            let hints = &integration.evidence_hints;
            put(&mut index.env_names, &hints.env_names, whole);
            put(&mut index.hosts, hints.hosts.iter().chain(&hints.db_names), whole);
            put(&mut index.workflows, &hints.workflows, whole);
            for location in &integration.allowed_locations {
                match location.strip_prefix("git:") {
                    Some(place) => index.location(place, whole),
                    None => put(&mut index.stores, [location], whole),
                }
            }
            for (position, credential) in (0..).zip(&integration.credentials) {
                let which = Which { credential: Some(position), ..whole };
                for fp in &credential.fp {
                    index.fingerprints.entry(fp).or_default().push((which, false));
                }
                for previous in &credential.previous_fp {
                    index.fingerprints.entry(&previous.fp).or_default().push((which, true));
                }
                put(&mut index.public_ids, &credential.public_id, which);
                put(&mut index.stores, &credential.store, which);
                if let Some(principal) = &credential.principal {
                    put(&mut index.principals, &principal.id, which);
                    for name in principal.id.iter().chain(&principal.account) {
                        index.accounts.entry(account(name)).or_default().push(which);
                    }
                }
                if let Some(partial) = credential.partial.as_ref().filter(|partial| partial.k > 0) {
                    index.fragments.add(&partial.prefix, &partial.suffix, which);
                    *index.fragments_of.entry(&credential.provider).or_default() += 1;
                }
                for environment in &integration.environments {
                    by_environment.entry(environment).or_default().push(which);
                }
            }
        }
        index.environment_accounts(inventory, &by_environment);
        for (number, system) in inventory.systems.iter().enumerate() {
            for repository in &system.repos {
                let (repository, folder) = repository.split_once("//").unwrap_or((repository, ""));
                let folder = folder.trim_end_matches('/').to_owned();
                index.components.entry(normal(repository)).or_default().entry(folder).or_default().push(number);
            }
        }
        let lists = [&mut index.principals, &mut index.accounts, &mut index.hosts, &mut index.stores];
        for list in lists.into_iter().flat_map(HashMap::values_mut) {
            list.sort_unstable();
            list.dedup();
        }
        index
    }

    /// An environment's accounts are those of the credentials in it that are of the same provider.
    fn environment_accounts(&mut self, inventory: &'a Inventory, by_environment: &HashMap<&str, Vec<Which>>) {
        for environment in &inventory.environments {
            for name in &environment.account_ids {
                let Some((provider, account)) = name.split_once(':') else { continue };
                let inside = by_environment.get(environment.id.as_str()).into_iter().flatten().filter(|which| {
                    let credentials = &inventory.integrations[which.integration as usize].credentials;
                    which.credential.is_some_and(|credential| credentials[credential as usize].provider == provider)
                });
                self.accounts.entry(account).or_default().extend(inside);
            }
        }
    }

    fn location(&mut self, place: &str, which: Which) {
        let (repository, glob) = place.split_once("//").unwrap_or((place, "**"));
        let built = GlobBuilder::new(glob).literal_separator(true).build();
        if let Ok(built) = built {
            let below = self.locations.entry(normal(repository)).or_default();
            below.push((built.compile_matcher(), glob.to_owned(), which));
        }
    }
}

fn put<'a>(known: &mut Known<'a>, names: impl IntoIterator<Item = &'a String>, which: Which) {
    for name in names {
        known.entry(name).or_default().push(which);
    }
}

/// A repository as it is compared.
pub(super) fn normal(repository: &str) -> String {
    let bare = repository.trim_start_matches("https://").trim_end_matches('/').trim_end_matches(".git");
    bare.to_ascii_lowercase()
}
