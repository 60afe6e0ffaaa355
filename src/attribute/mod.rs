//! Whose a credential is, and who cleans the place where it leaked.
//!
//! Comes in: a finding with what its provider said, what stands around it, and the inventory. Goes out: an [`Owned`] with all
//! evidence for and against, so that whoever reads it can do the sum again. Nothing here sees a secret.

pub mod blast;
pub mod environment;
mod evidence;
mod index;
mod names;
mod owner;
mod place;
pub mod priority;
mod score;

use std::collections::HashMap;

use crate::model::attribution::Owned;
use crate::model::finding::Finding;
use crate::model::inventory::{Credential, Integration, Inventory, Position};
use crate::model::secret::Hashes;
use crate::model::surroundings::Around;
use crate::model::weights::Weights;
use environment::Environments;
use index::Index;
pub use owner::Owners;

/// A person's word on whose a credential is: the integration and the reason, by fingerprint.
pub type Decided = HashMap<String, (String, String)>;

/// The inventory, made ready for questions. Building it and asking it take time in proportion to what is in it.
pub struct Attributor<'a> {
    inventory: &'a Inventory,
    weights: &'a Weights,
    index: Index<'a>,
    environments: Environments,
    owners: Owners<'a>,
    decided: Decided,
    hashes: Option<&'a Hashes<Position>>,
    now: i64,
}

/// One credential of one integration; without a credential, the integration alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Which {
    integration: u32,
    credential: Option<u32>,
}

impl<'a> Attributor<'a> {
    /// Makes ready. `ci` is what the CI says of the run; `now` is in seconds since 1970.
    pub fn new(inventory: &'a Inventory, weights: &'a Weights, decided: Decided, ci: &[String], now: i64) -> Self {
        let environments = Environments::new(inventory, ci);
        let (index, owners) = (Index::new(inventory), Owners::new(inventory));
        Self { inventory, weights, index, environments, owners, decided, hashes: None, now }
    }

    /// With the hashes by which providers tell of credentials of this inventory.
    pub fn with_hashes(mut self, hashes: &'a Hashes<Position>) -> Self {
        self.hashes = Some(hashes);
        self
    }

    /// Whose `finding` is, given what stands around its first places. How urgent it is, others say.
    pub fn attribute(&self, finding: &Finding, around: &[Around]) -> Owned {
        let environments = self.environments.of(finding);
        let mut case = evidence::Case::new(self, finding, around, &environments);
        case.exact();
        case.said_and_read();
        case.partial();
        names::look(&mut case);
        place::look(&mut case);
        let mut attribution = score::decide(case);
        attribution.exposure_owner = place::exposure_owner(self, finding, around);
        let outside = place::outside(self, finding, around, attribution.integration.as_deref());
        Owned {
            attribution,
            environments,
            said_environments: self.environments.said(finding),
            outside,
            ..Owned::default()
        }
    }

    /// Who answers for what.
    pub fn owners(&self) -> &Owners<'a> {
        &self.owners
    }

    fn integration(&self, which: Which) -> &'a Integration {
        &self.inventory.integrations[which.integration as usize]
    }

    fn credential(&self, which: Which) -> Option<&'a Credential> {
        which.credential.map(|credential| &self.integration(which).credentials[credential as usize])
    }
}

/// The provider of a pattern: the name of its file; none where any provider's credential looks so.
pub fn provider(finding: &Finding) -> Option<&str> {
    const NO_PROVIDER: [&str; 6] = ["generic", "private-key", "jwt", "powershell", "sql", "netrc"];
    let pattern = &finding.pattern;
    let file = pattern.written.file.rsplit(['/', '\\']).next()?;
    let stem = file.split('.').next()?;
    (!pattern.generic && !NO_PROVIDER.contains(&stem)).then_some(stem)
}

/// An account without the provider's name before it: `aws:111122223333`.
fn account(name: &str) -> &str {
    match name.split_once(':') {
        Some((provider, account)) if !provider.is_empty() && provider.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            account
        }
        _ => name,
    }
}
