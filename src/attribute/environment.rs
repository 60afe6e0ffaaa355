//! Which environments a place is of: by path or file name; where that says nothing, by branch or what the CI says.

use std::collections::BTreeSet;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::account;
use crate::model::finding::Finding;
use crate::model::inventory::Inventory;

/// All globs of all environments.
pub struct Environments {
    paths: Globs,
    branches: Globs,
    hosts: Globs,
    accounts: Vec<(String, String)>,
    /// Of what the CI says.
    ci: Vec<String>,
}

/// A set of globs, and whose each is.
struct Globs {
    set: GlobSet,
    of: Vec<String>,
}

impl Globs {
    fn new(globs: impl Iterator<Item = (String, String)>) -> Self {
        let (mut builder, mut of) = (GlobSetBuilder::new(), Vec::new());
        for (glob, id) in globs {
            // The inventory's check refuses what is no glob.
            if let Ok(glob) = GlobBuilder::new(&glob).literal_separator(true).build() {
                builder.add(glob);
                of.push(id);
            }
        }
        Self { set: builder.build().unwrap_or_default(), of }
    }

    fn of(&self, text: &str) -> impl Iterator<Item = &String> {
        self.set.matches(text).into_iter().filter_map(|number| self.of.get(number))
    }
}

impl Environments {
    /// Makes ready; `ci` is what the CI says of the run.
    pub fn new(inventory: &Inventory, ci: &[String]) -> Self {
        let all = || inventory.environments.iter();
        let paths = all().flat_map(|one| {
            one.path_globs.iter().map(|glob| {
                // As in `.gitignore`: without a slash it is a name at any depth.
                let glob =
                    if glob.contains('/') { glob.trim_start_matches('/').to_owned() } else { format!("**/{glob}") };
                (glob, one.id.clone())
            })
        });
        let branches = all().flat_map(|one| one.branch_globs.iter().map(|glob| (glob.clone(), one.id.clone())));
        let hosts = all().flat_map(|one| one.host_globs.iter().map(|glob| (glob.clone(), one.id.clone())));
        let accounts =
            all().flat_map(|one| one.account_ids.iter().map(|name| (account(name).to_owned(), one.id.clone())));
        let is_said = |glob: &String| {
            Glob::new(glob).is_ok_and(|glob| ci.iter().any(|said| glob.compile_matcher().is_match(said)))
        };
        let said = all().filter(|one| one.ci_globs.iter().any(is_said)).map(|one| one.id.clone());
        Self {
            paths: Globs::new(paths),
            branches: Globs::new(branches),
            hosts: Globs::new(hosts),
            accounts: accounts.collect(),
            ci: said.collect(),
        }
    }

    /// The environments in which `finding` stands.
    pub fn of(&self, finding: &Finding) -> Vec<String> {
        let mut found = BTreeSet::new();
        for place in &finding.places {
            let by_path: Vec<&String> = place.path.iter().flat_map(|path| self.paths.of(path)).collect();
            if !by_path.is_empty() {
                found.extend(by_path);
                continue;
            }
            let refs = place.lifetime.iter().flat_map(|lifetime| &lifetime.refs);
            let names = refs.map(|name| {
                ["refs/heads/", "refs/remotes/"].iter().find_map(|start| name.strip_prefix(start)).unwrap_or(name)
            });
            names.for_each(|name| found.extend(self.branches.of(name)));
            found.extend(&self.ci);
        }
        found.into_iter().cloned().collect()
    }

    /// The environments that a credential is for, by what its provider and it itself say.
    pub fn said(&self, finding: &Finding) -> Vec<String> {
        let identity = &finding.verification.identity;
        let known = identity.account.as_ref().map(|said| account(&said.value));
        let by_account = self.accounts.iter().filter(|(name, _)| known == Some(name)).map(|(_, id)| id);
        let host = identity.host.as_ref().map(|said| said.value.split(['/', ':']).next().unwrap_or_default());
        let mut found: Vec<String> =
            by_account.chain(host.iter().flat_map(|host| self.hosts.of(host))).cloned().collect();
        found.sort();
        found.dedup();
        found
    }
}
