//! What stands around a finding: names near it, the repository, who owns the file.
//!
//! It is looked through for names that the inventory declares and is never shown.

/// What stands around one place of a finding.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The repository: `github.com/acme/pay`.
    pub repository: Option<String>,
    /// Whom the repository's CODEOWNERS name for the path.
    pub code_owners: Vec<String>,
    /// The line of the secret, up to it.
    pub before: String,
    /// The line of the secret, behind it.
    pub after: String,
    /// The lines above, the nearest first.
    pub above: Vec<String>,
    /// The lines below, the nearest first.
    pub below: Vec<String>,
}
