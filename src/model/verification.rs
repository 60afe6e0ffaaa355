//! What is known of a credential beyond the text it stands in: from its provider, or read out of the credential itself.
//!
//! Ownership and governance live on this. Nothing in it is secret, and all of it comes from outside: it is escaped before it
//! is shown, and never trusted to be well formed.

use serde::{Deserialize, Serialize};

use super::validity::Validity;

/// What verification found out about one credential. A field that is empty was not told, which is never the same as "none".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Whether it still opens a door.
    pub validity: Validity,
    /// Whose it is.
    pub identity: Identity,
    /// What it may do, in the provider's words, sorted. `Some` and empty: the provider said that it may do nothing.
    pub scopes: Option<Vec<String>>,
    /// When it was made, in seconds since 1970.
    pub created_at: Option<i64>,
    /// When it ends.
    pub expiry: Expiry,
    /// When it was last used, in seconds since 1970.
    pub last_used_at: Option<i64>,
    /// Who said so: the verifier's name. None: only what the credential itself tells is known.
    pub verifier: Option<String>,
    /// When the provider was asked, in seconds since 1970.
    pub checked_at: Option<i64>,
    /// It is bait: whoever uses it sets off an alarm. Such are never tried.
    pub canary: bool,
}

impl Verification {
    /// Nothing was asked, for a reason: one sentence without the secret.
    pub fn not_checked(why: impl Into<String>) -> Self {
        Self::of(Validity::NotChecked { why: why.into() })
    }

    /// Nothing but the validity is known.
    pub fn of(validity: Validity) -> Self {
        Self {
            validity,
            identity: Identity::default(),
            scopes: None,
            created_at: None,
            expiry: Expiry::Untold,
            last_used_at: None,
            verifier: None,
            checked_at: None,
            canary: false,
        }
    }
}

impl Verification {
    /// Every text in it that comes from outside, but for the public id.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Identity { account, principal, application, public_id: _, organisation, host, kind: _ } =
            &mut self.identity;
        let said = [account, principal, application, organisation, host].into_iter().flatten();
        let why = match &mut self.validity {
            Validity::Unknown { why } | Validity::NotChecked { why } => Some(why),
            Validity::Active | Validity::Inactive => None,
        };
        said.map(|said| &mut said.value).chain(self.scopes.iter_mut().flatten()).chain(why)
    }
}

/// When a credential ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expiry {
    /// Nobody said.
    #[default]
    Untold,
    /// The provider said that it does not end.
    Never,
    /// At this time, in seconds since 1970.
    At(i64),
}

/// Who a credential acts for, as far as the provider or the credential itself tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The account, tenant, project or workspace: `111122223333`, `acct_1ABC`, `T024BE7LH`.
    pub account: Option<Said>,
    /// Who acts: an ARN, a service account's address, a user's id.
    pub principal: Option<Said>,
    /// Application, client or installation on whose behalf it acts.
    pub application: Option<Said>,
    /// The credential's own public id: AWS key id, GCP `private_key_id`.
    pub public_id: Option<Said>,
    /// The organisation's name, for people.
    pub organisation: Option<Said>,
    /// Host that it is for, and the database on it: `db.acme.example/orders`.
    pub host: Option<Said>,
    /// Whether a person or a machine is meant to hold it.
    pub kind: Option<PrincipalKind>,
}

/// A fact and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The fact.
    pub value: String,
    /// Who says it.
    pub by: Source,
}

/// Who says something about a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// It stands in the credential or its parts, and was read without a call.
    Credential,
    /// The provider answered so.
    Provider,
}

/// Who is meant to hold a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalKind {
    /// A person.
    User,
    /// A service account, bot or machine.
    Service,
    /// An application.
    App,
}

impl PrincipalKind {
    /// The word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
            Self::App => "app",
        }
    }
}
