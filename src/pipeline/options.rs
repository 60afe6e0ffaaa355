//! What all stages together are to do, and why they could not begin.

use std::path::PathBuf;

use crate::detect::fingerprint::WeakKey;
use crate::detect::redact::Reveal;
use crate::govern::allow::Rule;
use crate::govern::baseline::Baseline;
use crate::model::pattern::Confidence;
use crate::model::secret::Secret;
use crate::pipeline::ownership;
use crate::{inventory, patterns, sources, verify};

/// What each stage is to do.
#[derive(Debug, Default)]
pub struct Options {
    /// What to scan: paths, or `-` for standard input.
    pub targets: Vec<PathBuf>,
    /// What to look for.
    pub patterns: patterns::Options,
    /// What is less sure is no finding.
    pub least: Confidence,
    /// What to read.
    pub sources: sources::Options,
    /// The key for fingerprints; none: the public one.
    pub fingerprint_key: Option<Secret>,
    /// Whether the report shows secrets.
    pub reveal: Reveal,
    /// What may stand where it stands.
    pub allow: Vec<Rule>,
    /// What is known and does not count.
    pub baselines: Vec<Baseline>,
    /// Marks on lines do not suppress.
    pub no_inline_ignore: bool,
    /// Whether it is tried which credentials still work.
    pub is_verified: bool,
    /// How that is done.
    pub verify: verify::Options,
    /// Whose credentials they are; none: that is not asked.
    pub ownership: Option<ownership::Options>,
}

/// Why a scan could not begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No patterns.
    #[error(transparent)]
    Patterns(#[from] patterns::Error),
    /// No key.
    #[error(transparent)]
    Key(#[from] WeakKey),
    /// Nothing can be verified.
    #[error(transparent)]
    Verify(#[from] verify::Error),
    /// No inventory.
    #[error(transparent)]
    Inventory(#[from] inventory::Error),
    /// No threads.
    #[error("{0} threads cannot be started; lower --threads")]
    Threads(usize),
}
