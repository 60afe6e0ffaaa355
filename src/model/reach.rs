//! How far a credential opens doors: the systems behind it, and what can be read there that opens further ones.

use std::collections::BTreeSet;

/// What one integration's credentials lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The way there, in order; each thing once.
    pub steps: Vec<Step>,
    /// Systems that it opens.
    pub systems: usize,
    /// Systems among them of which nothing is written.
    pub unknown_systems: usize,
    /// Credentials of other integrations that can be read on the way.
    pub credentials: Vec<String>,
    /// Integrations of those.
    pub integrations: Vec<String>,
    /// `secret_store`, `idp`, `ci_admin`.
    pub kinds: BTreeSet<String>,
    /// Classes of data in these systems.
    pub data_classes: BTreeSet<String>,
    /// Tenants whose data it reaches, where that is written.
    pub tenants: u64,
}

/// One thing on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How many steps from the credential.
    pub depth: usize,
    /// `integration`, `system`, `credential` or `opens`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// It was met before and is not followed again.
    pub again: bool,
}
