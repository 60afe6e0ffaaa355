//! What was seen of a secret over several runs: what one run alone cannot know.

use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::validity::Validity;

/// What was seen of one secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Its fingerprint.
    pub fp: String,
    /// The first run that saw it, in seconds since 1970, as all times here.
    pub first_seen: i64,
    /// The last.
    pub last_seen: i64,
    /// What was said of it last: `active`, `inactive`, `unknown` or `not_checked`.
    pub validity: String,
    /// When its provider was last asked.
    pub checked_at: Option<i64>,
    /// When its provider first accepted it.
    pub first_active: Option<i64>,
    /// When its provider first refused it after that.
    pub inactive_since: Option<i64>,
    /// What it may do, as it was last said.
    pub scopes: Option<Vec<String>>,
    /// Scopes that it has now and had not before, and when that was seen.
    pub gained: Vec<String>,
    /// When they were.
    pub gained_at: Option<i64>,
    /// Where it stood in the last run.
    pub places: Vec<String>,
    /// When it was last seen in a new place, after the first run.
    pub moved_at: Option<i64>,
}

impl Observation {
    /// This, with what a run at `now` saw.
    pub fn updated(mut self, finding: &Finding, places: Vec<String>, now: i64) -> Self {
        let said = &finding.verification;
        let is_first = self.fp.is_empty();
        if is_first {
            self.fp.clone_from(&finding.fingerprint);
            self.first_seen = now;
        } else if places.iter().any(|place| !self.places.contains(place)) {
            self.moved_at = Some(now);
        }
        self.last_seen = now;
        self.places = places;
        if said.validity.word() != "not_checked" {
            said.validity.word().clone_into(&mut self.validity);
            self.checked_at = said.checked_at.or(Some(now));
        } else if self.validity.is_empty() {
            self.validity = "not_checked".into();
        }
        match said.validity {
            Validity::Active => {
                self.first_active = self.first_active.or(said.checked_at).or(Some(now));
                self.inactive_since = None;
            }
            Validity::Inactive if self.first_active.is_some() => {
                self.inactive_since = self.inactive_since.or(said.checked_at).or(Some(now));
            }
            _ => {}
        }
        if let Some(scopes) = &said.scopes {
            if let Some(before) = &self.scopes {
                let new: Vec<String> = scopes.iter().filter(|scope| !before.contains(scope)).cloned().collect();
                if !new.is_empty() {
                    self.gained = new;
                    self.gained_at = said.checked_at.or(Some(now));
                }
            }
            self.scopes = Some(scopes.clone());
        }
        self
    }
}
