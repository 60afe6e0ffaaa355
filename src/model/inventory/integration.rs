//! Integrations: what uses credentials, why, and who answers for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::credential::Credential;
use crate::model::time::When;

/// Something that logs into a system for a purpose.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// Unique among integrations.
    pub id: String,
    /// What it is for.
    pub purpose: String,
    /// Who answers for it.
    pub owner: Owners,
    /// The system that it runs for.
    pub source_system: String,
    /// The system that it logs into.
    pub target_system: String,
    /// Which way data goes.
    pub direction: Option<Direction>,
    /// Where it runs.
    pub environments: Vec<String>,
    /// Where it is in its life.
    pub lifecycle: Lifecycle,
    /// The last day on which it is needed.
    #[schemars(with = "Option<String>")]
    pub sunset: Option<When>,
    /// What it is.
    #[serde(default)]
    pub kind: Kind,
    /// How it works.
    pub pattern: Option<Rhythm>,
    /// Who runs it.
    #[serde(default)]
    pub management: Management,
    /// The third party that runs it.
    pub vendor: Option<Vendor>,
    /// How closely it is watched.
    #[serde(default)]
    pub tier: Tier,
    /// Whose data it reaches.
    pub tenancy: Option<Tenancy>,
    /// What its credentials may do, in the provider's words.
    #[serde(default)]
    pub allowed_scopes: Vec<String>,
    /// Where its credentials may stand: `aws-sm:prod/erp/stripe`, `git:github.com/acme/pay//deploy/**`.
    #[serde(default)]
    pub allowed_locations: Vec<String>,
    /// Integrations, or `secret_store`, `idp`, `ci_admin`, that it is known to open further.
    #[serde(default)]
    pub downstream: Vec<String>,
    /// When it was last looked at.
    pub review: Option<Review>,
    /// How its credentials are renewed.
    pub rotation: Option<Rotation>,
    /// How it is stopped.
    pub revocation: Option<Revocation>,
    /// What makes up for what cannot be mended now.
    #[serde(default)]
    pub compensating_controls: Vec<Control>,
    /// Checks that are waived for a time.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
    /// Names by which it is recognised.
    #[serde(default)]
    pub evidence_hints: Hints,
    /// Its credentials.
    #[serde(default)]
    pub credentials: Vec<Credential>,
}

/// Who answers for an integration.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Owners {
    /// Who decides.
    pub business: String,
    /// Who runs it.
    pub technical: Option<String>,
}

/// Which way data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To us.
    Inbound,
    /// From us.
    Outbound,
    /// Both.
    Both,
}

/// Where an integration is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// Not yet.
    Proposed,
    /// In use.
    #[default]
    Active,
    /// To be replaced.
    Deprecated,
    /// No longer in use.
    Retired,
}

/// What an integration is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A program of ours.
    #[default]
    Service,
    /// A connector of some product.
    Connector,
    /// A build.
    Pipeline,
    /// An AI agent.
    Agent,
    /// An address that is called.
    Webhook,
    /// A person.
    Human,
}

/// How an integration works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// Now and then.
    Batch,
    /// With a person.
    Interactive,
    /// By itself.
    Autonomous,
}

/// Who runs an integration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Management {
    /// We do.
    #[default]
    Internal,
    /// Somebody else does.
    ThirdParty,
}

/// A third party.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// Its name.
    pub name: Option<String>,
    /// How to reach it.
    pub contact: Option<String>,
    /// When it last stated what its access may do.
    #[schemars(with = "Option<String>")]
    pub attested_at: Option<When>,
    /// When stopping it was last tried.
    #[schemars(with = "Option<String>")]
    pub drill_at: Option<When>,
}

/// How closely an integration is watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// As all are.
    #[default]
    Standard,
    /// More closely.
    Privileged,
}

/// Whose data an integration reaches.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tenancy {
    /// Whether one credential opens one tenant or many.
    pub model: TenancyModel,
    /// How many tenants.
    pub count: Option<u64>,
}

/// Whether one credential opens one tenant or many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenancyModel {
    /// One.
    #[default]
    Single,
    /// Many.
    Shared,
}

/// A look at whether an integration is still right.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// When.
    #[schemars(with = "Option<String>")]
    pub last: Option<When>,
    /// By whom.
    pub by: Option<String>,
    /// Days until the next.
    pub cadence_days: Option<u32>,
}

/// How credentials are renewed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// Days for which one may live.
    pub interval_days: Option<u32>,
    /// By what means.
    pub method: Option<String>,
}

/// How an integration is stopped.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// By what means; `none` or `unknown` where there are none.
    pub method: Option<String>,
    /// What to do, step by step.
    pub playbook: Option<String>,
    /// Minutes that it may take from when a leak is known.
    pub sla_minutes: Option<u64>,
    /// When it was last tried.
    #[schemars(with = "Option<String>")]
    pub tested_at: Option<When>,
    /// What stops with it.
    #[serde(default)]
    pub dependents: Vec<String>,
}

/// Something that makes up for a weakness. It lowers the priority and hides nothing.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// What it is.
    pub control: String,
    /// The last day on which it holds.
    #[schemars(with = "String")]
    pub until: When,
    /// Who agreed to it.
    pub approver: String,
}

/// Leave not to hold to a check for a time.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The check: `G07`.
    pub check: String,
    /// The last day on which it holds.
    #[schemars(with = "String")]
    pub until: When,
    /// Who agreed to it.
    pub approver: String,
    /// Why.
    pub reason: String,
}

/// Names by which an integration is recognised.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hints {
    /// Environment variables and keys of settings.
    #[serde(default)]
    pub env_names: Vec<String>,
    /// Hosts.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Databases.
    #[serde(default)]
    pub db_names: Vec<String>,
    /// Files of CI workflows.
    #[serde(default)]
    pub workflows: Vec<String>,
}
