//! Whose a finding is: the integration, its owner, and every reason for and against.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;

use super::check::{Checked, Mapping};
use super::reach::Reach;

/// What is known beyond the findings themselves, when an inventory was given.
#[derive(Debug, Default)]
pub struct Ownership {
    /// Version of the weights.
    pub weights: String,
    /// The inventory's files and folders, as they were named.
    pub files: Vec<String>,
    /// How many integrations the inventory holds.
    pub integrations: usize,
    /// By a finding's fingerprint.
    pub by_finding: HashMap<String, Owned>,
    /// How far those integrations open doors that findings are of.
    pub reach: BTreeMap<String, Reach>,
    /// What the governance checks say.
    pub checks: Vec<Checked>,
    /// What the checks are.
    pub mapping: Arc<Mapping>,
}

impl Ownership {
    /// What evidence says: it may repeat a credential's public id.
    pub fn notes_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let attributions = self.by_finding.values_mut().map(|owned| &mut owned.attribution);
        attributions.flat_map(|one| one.evidence.iter_mut().chain(&mut one.against)).map(|one| &mut one.note)
    }
}

/// Whose one finding is, and how urgent it is.
#[derive(Debug, Clone, Default)]
pub struct Owned {
    /// Whose it is.
    pub attribution: Attribution,
    /// Environments of the places where it stands.
    pub environments: Vec<String>,
    /// Environments that it is for, by what its provider and it itself say.
    pub said_environments: Vec<String>,
    /// Places that the integration does not declare.
    pub outside: usize,
    /// How urgent it is, and why.
    pub priority: Priority,
}

/// How urgent a finding is: the sum of its parts, from 0 to 100.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Priority {
    /// The sum.
    pub score: i64,
    /// What it is made of.
    pub parts: Vec<(&'static str, i64)>,
}

/// How sure an attribution is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributionTier {
    /// Exact.
    Confirmed,
    /// Hardly anything else.
    Strong,
    /// More likely than not.
    Probable,
    /// A hint.
    Weak,
    /// Two are about as likely.
    Contested,
    /// Nothing speaks for anybody.
    #[default]
    Unattributed,
}

impl AttributionTier {
    /// The word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Strong => "strong",
            Self::Probable => "probable",
            Self::Weak => "weak",
            Self::Contested => "contested",
            Self::Unattributed => "unattributed",
        }
    }
}

/// Whose a finding is.
#[derive(Debug, Clone, Default)]
pub struct Attribution {
    /// How sure it is.
    pub tier: AttributionTier,
    /// From 0 to 100.
    pub score: i64,
    /// The integration; none where it is contested or nobody's.
    pub integration: Option<String>,
    /// Which of its credentials.
    pub credential: Option<String>,
    /// Who answers for it; where it is contested, for each that it may be of.
    pub owners: Vec<Resolved>,
    /// Who cleans the place where it stands.
    pub exposure_owner: Option<ExposureOwner>,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
    /// What speaks against it.
    pub against: Vec<Evidence>,
    /// Something that is known of the credential is not as declared.
    pub conflict: bool,
    /// Others that it may be of, the likeliest first.
    pub alternatives: Vec<Alternative>,
    /// All integrations that have this very secret, if several have.
    pub shared_by: Vec<String>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// From A to F; for what speaks against it, `-`.
    pub class: char,
    /// Which kind of evidence: `A1`, `env_name`.
    pub id: &'static str,
    /// What it is worth; below 0 where it speaks against.
    pub points: i64,
    /// What matched, or more about it. Never more than the inventory or the provider said.
    pub note: String,
    /// When that was so, in seconds since 1970.
    pub as_of: Option<i64>,
}

/// An integration that a finding may be of as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// The integration.
    pub integration: String,
    /// Its score.
    pub score: i64,
    /// Which evidence the winner has and it has not.
    pub missing: Vec<&'static str>,
}

/// Who answers for an integration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Resolved {
    /// The owner's id; none: nobody does.
    pub id: Option<String>,
    /// Which statement says so: `integration`, `system`, `component`, `environment`.
    pub by: &'static str,
    /// Those who were named and have left.
    pub left: Vec<String>,
}

/// Who cleans the place where a secret stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExposureOwner {
    /// Their names.
    pub who: Vec<String>,
    /// Who says so: `CODEOWNERS`, `system`, `author`.
    pub by: &'static str,
}
