//! What rules that were written for another scanner leave out.

use std::collections::BTreeSet;
use std::sync::Arc;

use regex::bytes::Regex;

use super::suppression::Suppression;

/// A list of conditions under which findings of some patterns do not count.
#[derive(Debug, Clone)]
pub struct Allowlist {
    /// Ids of the patterns that it is for.
    pub patterns: Arc<BTreeSet<String>>,
    /// Whether all conditions must hold, rather than one of them.
    pub needs_all: bool,
    /// What must hold.
    pub conditions: Vec<Condition>,
    /// What is said of findings that it covers.
    pub suppression: Arc<Suppression>,
}

/// A condition of an allowlist.
#[derive(Debug, Clone)]
pub enum Condition {
    /// The path matches somewhere.
    Path(Regex),
    /// The path does not match, or there is none.
    ElsewherePath(Regex),
    /// The secret matches somewhere.
    Secret(Regex),
    /// The commit, or the first one that has the secret there, is one of these, in small hex.
    Commit(BTreeSet<String>),
}
