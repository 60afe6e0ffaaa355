//! Credentials as the inventory knows them: by keyed fingerprint and public id, never by value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::time::When;
use crate::model::verification::PrincipalKind;

/// One credential.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Unique among credentials.
    pub id: String,
    /// The integration that it belongs to; where it is written below one, that one.
    pub integration: Option<String>,
    /// The provider, by the name of its pattern file: `stripe`.
    pub provider: String,
    /// Its type, in the provider's words or a pattern's id.
    pub r#type: String,
    /// Keyed fingerprints of the secret, as `straykey` reports them.
    #[serde(default)]
    pub fp: Vec<String>,
    /// Fingerprints of secrets that it had before.
    #[serde(default)]
    pub previous_fp: Vec<PreviousFp>,
    /// Its id that is no secret: AWS key id, GCP `private_key_id`, Vault accessor.
    pub public_id: Option<String>,
    /// What its provider shows of the secret.
    pub partial: Option<Partial>,
    /// Who it acts for.
    pub principal: Option<Principal>,
    /// The environment that it is for.
    pub env: Option<String>,
    /// Where it is kept: `vault:kv/pay/stripe`, `aws-sm:prod/erp/stripe`, `k8s:pay/stripe`.
    pub store: Option<String>,
    /// When it was made.
    #[schemars(with = "Option<String>")]
    pub created_at: Option<When>,
    /// When it ends.
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<When>,
    /// When its secret was last changed.
    #[schemars(with = "Option<String>")]
    pub last_rotated: Option<When>,
    /// When it was last used.
    #[schemars(with = "Option<String>")]
    pub last_used_at: Option<When>,
    /// What it may do, in the provider's words.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How it comes into being: `static`, `jit` or `federated`.
    pub issuance: Option<String>,
    /// What it is tied to: `none`, `mtls`, `spiffe` or `oidc-federated`.
    pub binding: Option<String>,
    /// The name that it shares with its siblings, such as a refresh token with its access tokens.
    pub family: Option<String>,
    /// Credentials that it can make.
    #[serde(default)]
    pub mints: Vec<String>,
    /// Where it is in its life.
    pub state: Option<State>,
}

impl Credential {
    /// Whether it was stopped for good.
    pub fn is_gone(&self) -> bool {
        matches!(self.state, Some(State::Destroyed | State::Deactivated))
    }
}

/// A fingerprint of a secret that is no longer the credential's.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviousFp {
    /// The fingerprint.
    pub fp: String,
    /// When another took its place.
    #[schemars(with = "String")]
    pub superseded_at: When,
}

/// What a provider shows of a secret.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partial {
    /// How it begins.
    #[serde(default)]
    pub prefix: String,
    /// How it ends.
    #[serde(default)]
    pub suffix: String,
    /// How many of the characters shown are random.
    pub k: u32,
}

/// Who a credential acts for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// ARN, address, application or account id.
    pub id: Option<String>,
    /// Person or machine.
    #[schemars(with = "Option<String>")]
    pub kind: Option<PrincipalKind>,
    /// The account that it is in.
    pub account: Option<String>,
}

/// Where a credential is in its life, in CycloneDX's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Not yet in use.
    PreActivation,
    /// In use.
    Active,
    /// Stopped for a time.
    Suspended,
    /// Stopped.
    Deactivated,
    /// Known to others.
    Compromised,
    /// Gone.
    Destroyed,
}
