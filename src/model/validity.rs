//! Whether a credential still opens a door.

/// What is known of a credential's life. Only its provider's own refusal makes it inactive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validity {
    /// The provider accepted it.
    Active,
    /// The provider refused it.
    Inactive,
    /// It was tried, and the answer says neither.
    Unknown {
        /// One sentence, without the secret.
        why: String,
    },
    /// It was not tried.
    NotChecked {
        /// One sentence, without the secret.
        why: String,
    },
}

impl Validity {
    /// The word for reports: `active`, `inactive`, `unknown` or `not_checked`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Unknown { .. } => "unknown",
            Self::NotChecked { .. } => "not_checked",
        }
    }
}
