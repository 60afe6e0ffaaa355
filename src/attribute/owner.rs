//! Who answers for an integration: the one it names, or else its system's, or else its environment's. Whoever has left hands on.

use std::collections::HashMap;

use crate::model::attribution::Resolved;
use crate::model::inventory::{Environment, Integration, Inventory, Owner, Status, System, is_placeholder};

/// Owners by all their names.
pub struct Owners<'a> {
    by_name: HashMap<String, &'a Owner>,
    by_address: HashMap<String, &'a Owner>,
    systems: HashMap<&'a str, &'a System>,
    environments: HashMap<&'a str, &'a Environment>,
}

impl<'a> Owners<'a> {
    /// Makes ready.
    pub fn new(inventory: &'a Inventory) -> Self {
        let mut by_name = HashMap::new();
        let mut by_address = HashMap::new();
        for owner in &inventory.owners {
            for name in std::iter::once(&owner.id).chain(&owner.refs) {
                by_name.entry(name.to_ascii_lowercase()).or_insert(owner);
            }
            for address in owner.contacts.iter().filter_map(|contact| contact.get("email")) {
                by_name.entry(address.to_ascii_lowercase()).or_insert(owner);
                by_address.entry(address.to_ascii_lowercase()).or_insert(owner);
            }
        }
        let systems = inventory.systems.iter().map(|system| (system.id.as_str(), system)).collect();
        let environments = inventory.environments.iter().map(|one| (one.id.as_str(), one)).collect();
        Self { by_name, by_address, systems, environments }
    }

    /// The id of whoever is called so.
    pub fn by_name(&self, name: &str) -> Option<&'a str> {
        self.by_name.get(&name.to_ascii_lowercase()).map(|owner| owner.id.as_str())
    }

    /// The owner of this id or other name.
    pub fn get(&self, name: &str) -> Option<&'a Owner> {
        self.by_name.get(&name.to_ascii_lowercase()).copied()
    }

    /// Of `Name <address>`: who it is, and whom they answer to.
    pub(super) fn by_address(&self, author: &str) -> Option<impl Iterator<Item = &'a str>> {
        let address = author.rsplit_once('<')?.1.trim_end_matches('>').to_ascii_lowercase();
        let owner = *self.by_address.get(&address)?;
        let manager = owner.manager.as_ref().and_then(|manager| self.by_name(manager));
        Some(std::iter::once(owner.id.as_str()).chain(manager))
    }

    /// Who answers for `integration`.
    pub fn of(&self, integration: &Integration) -> Resolved {
        let system = self.systems.get(integration.source_system.as_str());
        let environments = integration.environments.iter().filter_map(|id| self.environments.get(id.as_str()));
        let named = std::iter::once((Some(&integration.owner.business), "integration"))
            .chain([(system.and_then(|system| system.owner.as_ref()), "system")])
            .chain([(integration.owner.technical.as_ref(), "component")])
            .chain(environments.map(|environment| (environment.owner.as_ref(), "environment")));
        let mut left = Vec::new();
        for (name, by) in named {
            let Some(name) = name.filter(|name| !is_placeholder(name)) else { continue };
            if let Some(id) = self.present(name, &mut left) {
                return Resolved { id: Some(id), by, left };
            }
        }
        Resolved { id: None, by: "nobody", left }
    }

    /// The one who is called `name`, or whoever they handed on to.
    fn present(&self, name: &str, left: &mut Vec<String>) -> Option<String> {
        let mut owner = self.get(name)?;
        loop {
            if owner.status != Status::Left {
                return Some(owner.id.clone());
            }
            // Two who have left and name each other lead nowhere.
            if left.contains(&owner.id) {
                return None;
            }
            left.push(owner.id.clone());
            owner = self.get(owner.manager.as_ref()?)?;
        }
    }
}
