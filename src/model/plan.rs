//! What verification would do.

/// What would be done about one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The finding.
    pub fingerprint: String,
    /// Id of its pattern.
    pub pattern: String,
    /// What may be shown of its secret.
    pub shown: String,
    /// The requests; if there would be none, why.
    pub requests: Result<Vec<Planned>, String>,
}

/// A request that would be made, without anything secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Whom it would go to; empty for a program.
    pub host: String,
    /// Only the scanned content names the host.
    pub is_from_content: bool,
    /// `GET`.
    pub method: &'static str,
    /// Path and query, with `<secret>` where the secret would stand.
    pub path: String,
}
