//! How far a credential opens doors: integration → the system it logs into → what can be read there → further.

use std::collections::{HashMap, HashSet};

use crate::model::inventory::integration::TenancyModel;
use crate::model::inventory::{Integration, Inventory, System};
use crate::model::reach::{Reach, Step};

/// Steps that are told of one credential.
const MOST_STEPS: usize = 1_000;
/// What a system may be, beside what it exposes.
const KINDS: [&str; 3] = ["secret_store", "idp", "ci_admin"];

/// The inventory as a graph.
pub struct Graph<'a> {
    integrations: HashMap<&'a str, &'a Integration>,
    systems: HashMap<&'a str, &'a System>,
    /// Integrations by their credentials.
    credentials: HashMap<&'a str, &'a Integration>,
}

impl<'a> Graph<'a> {
    /// Makes ready.
    pub fn new(inventory: &'a Inventory) -> Self {
        let all = || inventory.integrations.iter();
        let credentials =
            all().flat_map(|one| one.credentials.iter().map(move |credential| (credential.id.as_str(), one)));
        Self {
            integrations: all().map(|one| (one.id.as_str(), one)).collect(),
            systems: inventory.systems.iter().map(|system| (system.id.as_str(), system)).collect(),
            credentials: credentials.collect(),
        }
    }

    /// What the credentials of an integration lead to.
    pub fn reach(&self, integration: &str) -> Reach {
        let mut walk = Walk { graph: self, reach: Reach::default(), seen: HashSet::new() };
        if let Some(integration) = self.integrations.get(integration) {
            walk.integration(integration, 0);
        }
        let mut reach = walk.reach;
        reach.integrations.retain(|id| id != integration);
        reach.credentials.sort();
        reach.credentials.dedup();
        reach
    }
}

struct Walk<'g, 'a> {
    graph: &'g Graph<'a>,
    reach: Reach,
    seen: HashSet<(&'static str, &'a str)>,
}

impl<'a> Walk<'_, 'a> {
    /// Notes a step; whether it is to be followed.
    fn step(&mut self, depth: usize, kind: &'static str, id: &'a str) -> bool {
        if self.reach.steps.len() >= MOST_STEPS {
            return false;
        }
        let is_new = self.seen.insert((kind, id));
        self.reach.steps.push(Step { depth, kind, id: id.to_owned(), again: !is_new });
        is_new
    }

    // It calls itself no deeper than there are integrations on one way, which `MOST_STEPS` bounds.
    fn integration(&mut self, integration: &'a Integration, depth: usize) {
        if !self.step(depth, "integration", &integration.id) {
            return;
        }
        self.reach.integrations.push(integration.id.clone());
        if let Some(tenancy) = &integration.tenancy {
            let count = if tenancy.model == TenancyModel::Shared { tenancy.count.unwrap_or(1) } else { 1 };
            self.reach.tenants = self.reach.tenants.saturating_add(count);
        }
        self.system(&integration.target_system, depth + 1);
        for id in integration.downstream.iter().chain(integration.credentials.iter().flat_map(|one| &one.mints)) {
            self.name(id, depth + 1);
        }
    }

    fn system(&mut self, id: &'a str, depth: usize) {
        if !self.step(depth, "system", id) {
            return;
        }
        self.reach.systems += 1;
        let Some(system) = self.graph.systems.get(id) else {
            self.reach.unknown_systems += 1;
            return;
        };
        self.reach.data_classes.extend(system.data_classes.iter().cloned());
        for id in &system.exposes {
            self.name(id, depth + 1);
        }
    }

    fn name(&mut self, id: &'a str, depth: usize) {
        if KINDS.contains(&id) {
            self.step(depth, "opens", id);
            self.reach.kinds.insert(id.to_owned());
        } else if let Some(integration) = self.graph.credentials.get(id) {
            if self.step(depth, "credential", id) {
                self.reach.credentials.push(id.to_owned());
                self.integration(integration, depth + 1);
            }
        } else if let Some(integration) = self.graph.integrations.get(id) {
            self.reach.credentials.extend(integration.credentials.iter().map(|one| one.id.clone()));
            self.integration(integration, depth);
        }
    }
}
