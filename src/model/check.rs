//! What a governance check says of something.

use serde::{Deserialize, Serialize};

use super::pattern::Severity;

/// One result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The check: `G04`.
    pub check: &'static str,
    /// What it found.
    pub outcome: Outcome,
    /// What it is about.
    pub subject: Subject,
    /// One sentence.
    pub message: String,
    /// How bad it is.
    pub severity: Severity,
    /// Who agreed, until when, and why, that it need not be held to.
    pub waived: Option<String>,
    /// Whether it is about an AI agent, to which further rules apply.
    pub is_on_agent: bool,
}

/// What a check found. What passes is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is not as it should be.
    Violated,
    /// It cannot be told: something is not known. That is neither good nor bad.
    NotEvidenced,
}

/// What a result is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The integration.
    pub integration: Option<String>,
    /// The credential in the inventory.
    pub credential: Option<String>,
    /// The finding, by fingerprint.
    pub finding: Option<String>,
}

/// All checks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Names this version.
    pub version: String,
    /// Tags of every result on an agent.
    pub agent_tags: Vec<String>,
    /// Providers whose credentials can be made to end.
    pub expiring_providers: Vec<String>,
    /// Patterns whose credentials are weak by their form.
    pub weak_patterns: Vec<String>,
    /// Patterns of static cloud keys.
    pub cloud_patterns: Vec<String>,
    /// The checks, in order.
    pub check: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// `G06`.
    pub id: String,
    /// A few words.
    pub title: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// What to do.
    pub remedy: String,
    /// OWASP NHI Top 10, 2025.
    #[serde(default)]
    pub owasp: Vec<String>,
    /// NIST CSF 2.0.
    #[serde(default)]
    pub csf: Vec<String>,
    /// PCI DSS 4.0.1.
    #[serde(default)]
    pub pci: Vec<String>,
    /// CWE.
    #[serde(default)]
    pub cwe: Vec<u32>,
    /// Tenets of NIST SP 800-207.
    #[serde(default)]
    pub tenets: Vec<u8>,
}

impl Mapping {
    /// One check.
    pub fn get(&self, id: &str) -> Option<&Check> {
        self.check.iter().find(|check| check.id == id)
    }
}
