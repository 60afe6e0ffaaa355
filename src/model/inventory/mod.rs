//! The inventory: owners, systems, environments, integrations and their credentials, by keyed fingerprint and public id.
//!
//! These are the types; `inventory` reads and checks them. No secret is in them, and no hash of one without a key.

pub mod credential;
pub mod integration;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::time::When;
pub use credential::{Credential, Partial, PreviousFp, Principal, State};
pub use integration::{Integration, Lifecycle, Tier};

/// The version of the format.
pub const VERSION: u32 = 1;

/// A credential by the position of its integration in the inventory, and its own below that.
pub type Position = (u32, u32);

/// Words that stand for nothing, as people fill them into required fields.
const PLACEHOLDERS: [&str; 12] =
    ["", "?", "-", "tbd", "todo", "unknown", "none", "n/a", "na", "null", "unassigned", "xxx"];

/// Whether a text says nothing.
pub fn is_placeholder(text: &str) -> bool {
    PLACEHOLDERS.contains(&text.trim().to_ascii_lowercase().as_str())
}

/// All of an inventory, or one file of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// Version of this format: 1.
    pub version: u32,
    /// Where all of this file is from, if a tool wrote it: it then completes what people wrote, and overrules them only on the
    /// state of credentials.
    pub source: Option<FactSource>,
    /// People and teams.
    #[serde(default)]
    pub owners: Vec<Owner>,
    /// Systems that integrations join.
    #[serde(default)]
    pub systems: Vec<System>,
    /// Environments, told apart by accounts, hosts, paths and branches.
    #[serde(default)]
    pub environments: Vec<Environment>,
    /// What uses credentials.
    #[serde(default)]
    pub integrations: Vec<Integration>,
    /// Credentials that are not written below their integration; each must name it.
    #[serde(default)]
    pub credentials: Vec<Credential>,
    /// What a secret store holds where: the keyed fingerprint of the value at each path.
    #[serde(default)]
    pub store_index: Vec<StoreEntry>,
    /// Which credentials a provider says there are.
    #[serde(default)]
    pub listings: Vec<Listing>,
    /// Roles that whoever has a token of some issuer may take on.
    #[serde(default)]
    pub trusts: Vec<Trust>,
    /// On what the files do not agree.
    #[serde(skip)]
    #[schemars(skip)]
    pub differences: Vec<Difference>,
}

/// A person or a team.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// Unique among owners.
    pub id: String,
    /// Person or team.
    pub kind: OwnerKind,
    /// For people to read.
    pub name: Option<String>,
    /// How to reach them, such as `slack: "#pay"`.
    #[serde(default)]
    pub contacts: Vec<BTreeMap<String, String>>,
    /// The owner, person or team, who answers for what they owned when they have left.
    pub manager: Option<String>,
    /// Whether they are still there.
    #[serde(default)]
    pub status: Status,
    /// Where this is from.
    pub source: Option<String>,
    /// Their names elsewhere: `group:default/payments`, `@acme/payments`.
    #[serde(default)]
    pub refs: Vec<String>,
}

/// What an owner is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// One person.
    Person,
    /// A team.
    #[default]
    Team,
}

/// Whether an owner is still there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// They are.
    Active,
    /// They are not.
    Left,
    /// Nobody said.
    #[default]
    Unknown,
}

/// A system.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Unique among systems.
    pub id: String,
    /// For people to read.
    pub name: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How much depends on it.
    #[serde(default)]
    pub criticality: Criticality,
    /// What data it holds: `pci`, `pii`.
    #[serde(default)]
    pub data_classes: Vec<String>,
    /// Its repositories: `github.com/acme/pay`, or a folder in one, `github.com/acme/mono//pay`.
    #[serde(default)]
    pub repos: Vec<String>,
    /// Its name in a catalog: `component:default/pay`.
    pub catalog_ref: Option<String>,
    /// Ids of credentials, or of integrations with all of theirs, that whoever is in the system can read; and `secret_store`, `idp` or
    /// `ci_admin` for what it is.
    #[serde(default)]
    pub exposes: Vec<String>,
    /// Who makes it, if others do.
    pub vendor: Option<String>,
}

/// How much depends on a system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    /// Little.
    Low,
    /// Something.
    #[default]
    Medium,
    /// Much.
    High,
    /// All.
    Mission,
}

/// An environment.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Unique among environments.
    pub id: String,
    /// What it is for.
    pub class: EnvironmentClass,
    /// Who answers for what has no owner in it.
    pub owner: Option<String>,
    /// Accounts that belong to it alone: `aws:111122223333`, `slack:T024BE7LH`.
    #[serde(default)]
    pub account_ids: Vec<String>,
    /// Its hosts.
    #[serde(default)]
    pub host_globs: Vec<String>,
    /// Paths of files that are of it, as in `.gitignore`: `deploy/prod/**`, `*.prod.env`.
    #[serde(default)]
    pub path_globs: Vec<String>,
    /// Branches that are of it.
    #[serde(default)]
    pub branch_globs: Vec<String>,
    /// Names of CI environments or workflows that are of it.
    #[serde(default)]
    pub ci_globs: Vec<String>,
}

/// What an environment is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentClass {
    /// The real thing.
    Prod,
    /// Close to it.
    Preprod,
    /// For development.
    #[default]
    Dev,
    /// For builds.
    Ci,
    /// For trying things.
    Sandbox,
}

/// A value in a secret store.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreEntry {
    /// Keyed fingerprint of the value.
    pub fp: String,
    /// Where it is: `vault:kv/pay/stripe`.
    pub path: String,
}

/// The credentials that a provider lists.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// The provider.
    pub provider: String,
    /// The account whose credentials they are, if only those of one.
    pub account: Option<String>,
    /// Where the list is from.
    pub source: String,
    /// When it was made.
    #[schemars(with = "String")]
    pub as_of: When,
    /// Public ids of all of them.
    pub public_ids: Vec<String>,
}

/// A role that whoever has a token of an issuer may take on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// The role: its ARN.
    pub role: String,
    /// Who makes the tokens: `token.actions.githubusercontent.com`.
    pub issuer: String,
    /// Subjects that are let in, in which `*` and `?` stand for any characters: `repo:acme/pay:ref:refs/heads/main`. None: all are.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// What else a token is asked for: `job_workflow_ref`.
    #[serde(default)]
    pub claims: Vec<String>,
}

impl Trust {
    /// Whether a subject stands for several.
    pub fn is_wide(subject: &str) -> bool {
        subject.contains(['*', '?'])
    }
}

/// Who says all that is in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactSource {
    /// The importer, and what it read: `backstage catalog-info.yaml`.
    pub name: String,
    /// When that was so.
    #[schemars(with = "String")]
    pub as_of: When,
}

/// A fact on which two files do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is of: an integration or another entity.
    pub of: String,
    /// The integration that it concerns, if one.
    pub integration: Option<String>,
    /// Which field.
    pub field: String,
    /// What the inventory says.
    pub ours: String,
    /// What the source says.
    pub theirs: String,
    /// The source.
    pub source: FactSource,
    /// Whether the source's word counts: it does for the state of a credential.
    pub theirs_counts: bool,
}
