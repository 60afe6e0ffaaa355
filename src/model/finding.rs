//! A finding: one secret, with every place in which it stands.

use std::sync::Arc;

use super::judgement::Judgement;
use super::pattern::Pattern;
use super::place::Place;
use super::secret::Credential;
use super::suppression::Suppression;
use super::verification::Verification;

/// One secret and all that is known of it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// `fp1:<key id>:<base32>`: the keyed hash of the secret alone, the same wherever the secret stands.
    pub fingerprint: String,
    /// Whether another run gives the same fingerprint. Not so for secrets that people choose, without an own key.
    pub lasting: bool,
    /// The pattern that found it; where several did, the most specific.
    pub pattern: Arc<Pattern>,
    /// The secret and its parts.
    pub credential: Credential,
    /// What a report may show of the secret: a few characters, or all of it under `--show-secrets`.
    pub shown: String,
    /// How sure it is that this is a credential.
    pub judgement: Judgement,
    /// Whether it still works, and what it and its provider say of it.
    pub verification: Verification,
    /// For how long it has lain open in history, if it stands there.
    pub exposure: Option<Exposure>,
    /// Every place, sorted; never empty.
    pub places: Vec<Place>,
    /// Why it does not count: every place of it is suppressed, and this is what ends first.
    pub suppressed: Option<Arc<Suppression>>,
}

/// How long a secret has been in history. It may have been elsewhere before, and dates in commits can lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// When the earliest commit that holds it was made, in seconds since 1970.
    pub since: i64,
    /// Whole days from then to the time of the scan.
    pub days: i64,
}
