//! Evidence of classes A to D: exact, said by the provider, read from the credential, and partial.

use std::collections::BTreeMap;

use super::index::Known;
use super::{Attributor, Which, account, provider};
use crate::model::attribution::Evidence;
use crate::model::finding::Finding;
use crate::model::surroundings::Around;
use crate::model::verification::{Said, Source};

/// More than so many integrations under one name, and the name brings up none of them: it can only support one that something
/// else brought up.
const MANY: usize = 16;
/// The same for accounts, which are worth the less the more are in them.
const MANY_IN_ACCOUNT: usize = 4;
/// Letters and digits that a random character may be.
const ALPHABET: u128 = 62;

/// One finding, and the evidence on it as it is gathered.
pub(super) struct Case<'a, 'f> {
    pub(super) inventory: &'f Attributor<'a>,
    pub(super) finding: &'f Finding,
    pub(super) around: &'f [Around],
    pub(super) environments: &'f [String],
    pub(super) provider: Option<&'f str>,
    pub(super) evidence: BTreeMap<Which, Vec<Evidence>>,
    /// Credentials that have this very secret, and whether as one of the past.
    pub(super) exact: Vec<(Which, bool)>,
    /// Names under which there are too many: who is meant, and what it is worth to them.
    pub(super) common: Vec<(&'f [Which], Evidence)>,
    /// Of a glob that matched, how long it is.
    pub(super) longest_glob: BTreeMap<u32, usize>,
}

impl<'a, 'f> Case<'a, 'f> {
    pub(super) fn new(
        inventory: &'f Attributor<'a>,
        finding: &'f Finding,
        around: &'f [Around],
        environments: &'f [String],
    ) -> Self {
        Self {
            inventory,
            finding,
            around,
            environments,
            provider: provider(finding),
            evidence: BTreeMap::new(),
            exact: Vec::new(),
            common: Vec::new(),
            longest_glob: BTreeMap::new(),
        }
    }

    /// Adds evidence, unless the credential is another provider's.
    pub(super) fn add(&mut self, which: Which, evidence: Evidence) {
        if evidence.class == 'A' || self.is_of_the_provider(which) {
            self.evidence.entry(which).or_default().push(evidence);
        }
    }

    /// Adds evidence for all who are known under a name.
    pub(super) fn add_all(&mut self, known: &'f [Which], evidence: &Evidence) {
        self.add_up_to(MANY, known, evidence);
    }

    fn add_up_to(&mut self, most: usize, known: &'f [Which], evidence: &Evidence) {
        if known.len() > most && count(known) > most {
            self.common.push((known, evidence.clone()));
        } else {
            known.iter().for_each(|which| self.add(*which, evidence.clone()));
        }
    }

    /// Whether a credential, or one of an integration's, may be of the finding's provider.
    fn is_of_the_provider(&self, which: Which) -> bool {
        let Some(provider) = self.provider else { return true };
        match self.inventory.credential(which) {
            Some(credential) => credential.provider.eq_ignore_ascii_case(provider),
            None => {
                let credentials = &self.inventory.integration(which).credentials;
                let is_of = |name: &str| name.eq_ignore_ascii_case(provider);
                credentials.is_empty() || credentials.iter().any(|credential| is_of(&credential.provider))
            }
        }
    }

    /// Class A.
    pub(super) fn exact(&mut self) {
        let (index, weights) = (&self.inventory.index, &self.inventory.weights.points);
        let fingerprint = self.finding.fingerprint.as_str();
        let decided = self.inventory.decided.get(fingerprint);
        if let Some((integration, reason)) = decided
            && let Some(number) = self.inventory.inventory.integrations.iter().position(|one| one.id == *integration)
        {
            let which = Which { integration: u32::try_from(number).unwrap_or(u32::MAX), credential: None };
            self.add(which, evidence('A', "analyst", weights.fingerprint, reason));
        }
        for (which, is_past) in index.fingerprints.get(fingerprint).into_iter().flatten() {
            let note = if *is_past { "a fingerprint of the past" } else { "fingerprint" };
            self.exact.push((*which, *is_past));
            self.add(*which, evidence('A', "A1", weights.fingerprint, note));
        }
        for path in index.store_paths.get(fingerprint).into_iter().flatten() {
            for which in index.stores.get(path).into_iter().flatten() {
                self.exact.push((*which, false));
                self.add(*which, evidence('A', "A4", weights.store, path));
            }
        }
        if let Some(hashes) = self.inventory.hashes {
            for (integration, credential) in self.finding.credential.secret.look_up_hash(hashes) {
                let which = Which { integration: *integration, credential: Some(*credential) };
                self.add(which, evidence('A', "A3", weights.provider_hash, "its provider tells of it by its hash"));
            }
        }
        if let Some(id) = &self.finding.verification.identity.public_id {
            for which in index.public_ids.get(id.value.as_str()).into_iter().flatten() {
                self.add(*which, evidence('A', "A2", weights.public_id, &id.value));
            }
        }
    }

    /// Classes B and C.
    pub(super) fn said_and_read(&mut self) {
        let verification = &self.finding.verification;
        let (identity, weights) = (&verification.identity, &self.inventory.weights.points);
        let index = &self.inventory.index;
        let look = |case: &mut Self,
                    said: &'f Option<Said>,
                    known: &'f Known<'a>,
                    ids: [&'static str; 2],
                    points: [i64; 2]| {
            let Some(said) = said else { return };
            let (class, number) = if said.by == Source::Provider { ('B', 0) } else { ('C', 1) };
            let as_of = verification.checked_at.filter(|_| class == 'B');
            let one = Evidence { as_of, ..evidence(class, ids[number], points[number], &said.value) };
            if let Some(known) = known.get(said.value.as_str()) {
                case.add_all(known, &one);
            }
        };
        look(
            self,
            &identity.principal,
            &index.principals,
            ["B1", "C1"],
            [weights.principal_said, weights.principal_read],
        );
        look(
            self,
            &identity.application,
            &index.principals,
            ["B2", "C1"],
            [weights.application_said, weights.principal_read],
        );
        if let Some(said) = &identity.account {
            self.account(said);
        }
    }

    /// An account says the less, the more integrations are in it. The finding has one, by its provider or else by itself, so B3 and C2
    /// never count together.
    fn account(&mut self, said: &'f Said) {
        let weights = &self.inventory.weights.points;
        let Some(known) = self.inventory.index.accounts.get(account(&said.value)) else { return };
        let all = i64::try_from(count(known)).unwrap_or(i64::MAX).max(1);
        let shared = if all == 1 { String::new() } else { format!(", shared by {all} integrations") };
        let (class, id, points) = match said.by {
            Source::Provider => ('B', "B3", (weights.account_said / all).max(weights.account_said_least)),
            Source::Credential => {
                let points = (weights.account_read / all).max(weights.account_read_least);
                let is_guess = self.provider == Some("stripe");
                ('C', "C2", if is_guess { points.min(weights.account_read_stripe) } else { points })
            }
        };
        let as_of = self.finding.verification.checked_at.filter(|_| class == 'B');
        let one = Evidence { as_of, ..evidence(class, id, points, &format!("{}{shared}", said.value)) };
        self.add_up_to(MANY_IN_ACCOUNT, known, &one);
    }

    /// Class D.
    pub(super) fn partial(&mut self) {
        let weights = &self.inventory.weights.points;
        for which in self.finding.credential.secret.look_up(&self.inventory.index.fragments) {
            let Some(credential) = self.inventory.credential(*which) else { continue };
            let Some(partial) = &credential.partial else { continue };
            let others = self.inventory.index.fragments_of.get(credential.provider.as_str()).copied().unwrap_or(1);
            let mut points = by_chance(weights.partial, others, partial.k);
            if partial.k < 4 {
                points = points.min(weights.partial_short);
            }
            let note = format!("{} random characters are as its provider shows them", partial.k);
            self.add(*which, evidence('D', "D", points, &note));
        }
    }
}

/// `most` × (1 − `others` · 62^−`shown`), rounded down, without going through fractions.
fn by_chance(most: i64, others: u64, shown: u32) -> i64 {
    let Some(space) = ALPHABET.checked_pow(shown) else { return most };
    let most_wide = u128::try_from(most).unwrap_or(0);
    let lost = (most_wide * u128::from(others)).div_ceil(space);
    i64::try_from(most_wide.saturating_sub(lost)).unwrap_or(0)
}

/// How many integrations these are; those of one stand together.
fn count(known: &[Which]) -> usize {
    known.chunk_by(|left, right| left.integration == right.integration).count()
}

pub(super) fn evidence(class: char, id: &'static str, points: i64, note: &str) -> Evidence {
    Evidence { class, id, points, note: note.to_owned(), as_of: None }
}
