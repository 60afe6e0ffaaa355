//! The governance checks G01 to G24: from findings, attributions and inventory to what is not as it should be.
//!
//! What is not known never passes and never fails: it is told as not evidenced. Every check is a function of [`Facts`] alone.

mod access;
mod exposure;
mod lifecycle;
mod trust;
mod upkeep;

use std::collections::{BTreeMap, HashMap};

use crate::model::attribution::{AttributionTier, Owned, Resolved};
use crate::model::check::{Checked, Mapping, Outcome, Subject};
use crate::model::finding::Finding;
use crate::model::inventory::integration::Kind;
use crate::model::inventory::{Credential, EnvironmentClass, Integration, Inventory, Owner};
use crate::model::observation::Observation;
use crate::model::pattern::Severity;
use crate::model::reach::Reach;
use crate::model::validity::Validity;
use crate::model::weights::Thresholds;

const HOUR: i64 = 60 * 60;

/// All that is known.
pub struct Facts<'a> {
    /// What was found.
    pub findings: &'a [Finding],
    /// Whose it is, by fingerprint.
    pub owned: &'a HashMap<String, Owned>,
    /// Who owns what.
    pub inventory: &'a Inventory,
    /// Who answers for each integration, in the inventory's order.
    pub resolved: &'a [Resolved],
    /// What the integrations with findings, and all that declare anything, lead to.
    pub reach: &'a HashMap<&'a str, Reach>,
    /// What earlier runs and this one saw.
    pub observations: &'a BTreeMap<String, Observation>,
    /// Where lines are drawn.
    pub thresholds: Thresholds,
    /// The time, in seconds since 1970.
    pub now: i64,
}

/// A finding with all that is linked to it.
struct Case<'a> {
    finding: &'a Finding,
    owned: &'a Owned,
    integration: Option<&'a Integration>,
    credential: Option<&'a Credential>,
    /// Whether its provider accepts it; none: that is not known, or was too long ago.
    active: Option<bool>,
    /// Its name in sentences.
    name: String,
}

/// An integration with its findings.
struct Member<'a> {
    integration: &'a Integration,
    resolved: &'a Resolved,
    cases: Vec<&'a Case<'a>>,
}

/// Everything, linked.
struct Linked<'a> {
    facts: &'a Facts<'a>,
    mapping: &'a Mapping,
    integrations: &'a HashMap<&'a str, &'a Integration>,
    owners: HashMap<&'a str, &'a Owner>,
    classes: HashMap<&'a str, EnvironmentClass>,
}

/// Takes results.
struct Tell<'a> {
    mapping: &'a Mapping,
    results: Vec<Checked>,
}

impl Tell<'_> {
    fn add(&mut self, check: &'static str, outcome: Outcome, subject: Subject, message: String) {
        let severity = self.mapping.get(check).map_or(Severity::Low, |check| check.severity);
        self.results.push(Checked { check, outcome, subject, message, severity, waived: None, is_on_agent: false });
    }

    fn violated(&mut self, check: &'static str, subject: Subject, message: String) {
        self.add(check, Outcome::Violated, subject, message);
    }

    fn unknown(&mut self, check: &'static str, subject: Subject, message: String) {
        self.add(check, Outcome::NotEvidenced, subject, message);
    }
}

impl Case<'_> {
    fn subject(&self) -> Subject {
        Subject {
            integration: self.integration.map(|one| one.id.clone()),
            credential: self.credential.map(|one| one.id.clone()),
            finding: Some(self.finding.fingerprint.clone()),
        }
    }
}

/// The subject of a result on an integration, or on one credential of it.
fn subject(integration: &Integration, credential: Option<&Credential>) -> Subject {
    Subject {
        integration: Some(integration.id.clone()),
        credential: credential.map(|one| one.id.clone()),
        finding: None,
    }
}

/// All results: violations first, then by check and subject.
pub fn run(facts: &Facts<'_>, mapping: &Mapping) -> Vec<Checked> {
    let integrations: HashMap<&str, &Integration> =
        facts.inventory.integrations.iter().map(|one| (one.id.as_str(), one)).collect();
    let cases: Vec<Case<'_>> =
        facts.findings.iter().filter_map(|finding| case(finding, facts, &integrations)).collect();
    let mut by_integration: HashMap<&str, Vec<&Case<'_>>> = HashMap::new();
    for case in &cases {
        if let Some(integration) = case.integration {
            by_integration.entry(&integration.id).or_default().push(case);
        }
    }
    let linked = Linked {
        facts,
        mapping,
        integrations: &integrations,
        owners: facts.inventory.owners.iter().map(|owner| (owner.id.as_str(), owner)).collect(),
        classes: facts.inventory.environments.iter().map(|one| (one.id.as_str(), one.class)).collect(),
    };
    let mut tell = Tell { mapping, results: Vec::new() };
    for case in &cases {
        exposure::check(case, &linked, &mut tell);
    }
    exposure::check_all(&cases, &linked, &mut tell);
    for (integration, resolved) in facts.inventory.integrations.iter().zip(facts.resolved) {
        let member =
            Member { integration, resolved, cases: by_integration.remove(integration.id.as_str()).unwrap_or_default() };
        lifecycle::check(&member, &linked, &mut tell);
        upkeep::check(&member, &linked, &mut tell);
        access::check(&member, &linked, &mut tell);
    }
    upkeep::check_all(&linked, &mut tell);
    trust::check_all(&linked, &mut tell);
    let mut results = tell.results;
    results.iter_mut().for_each(|result| complete(result, &integrations, facts.now));
    results.sort_by(|left, right| {
        (left.outcome, left.check, &left.subject).cmp(&(right.outcome, right.check, &right.subject))
    });
    results.dedup();
    results
}

fn case<'a>(
    finding: &'a Finding,
    facts: &'a Facts<'a>,
    integrations: &HashMap<&str, &'a Integration>,
) -> Option<Case<'a>> {
    if finding.suppressed.is_some() {
        return None;
    }
    let owned = facts.owned.get(&finding.fingerprint)?;
    let attribution = &owned.attribution;
    // A hint is not enough to hold an integration to what a finding shows.
    let is_sure = attribution.tier <= AttributionTier::Probable;
    let integration =
        attribution.integration.as_deref().filter(|_| is_sure).and_then(|id| integrations.get(id).copied());
    let credential = integration.and_then(|one| {
        one.credentials.iter().find(|credential| Some(&credential.id) == attribution.credential.as_ref())
    });
    let said = &finding.verification;
    let is_recent = said.checked_at.is_some_and(|at| facts.now - at <= facts.thresholds.max_check_age_hours * HOUR);
    let active = match said.validity {
        Validity::Active if is_recent => Some(true),
        Validity::Inactive => Some(false),
        _ => None,
    };
    let hash = finding.fingerprint.rsplit(':').next().unwrap_or_default();
    let name = format!("{} {}", finding.pattern.name, hash.get(..8).unwrap_or(hash));
    Some(Case { finding, owned, integration, credential, active, name })
}

/// What a result's integration says of it: whether a waiver covers it, and whether it is an agent. One that has lapsed does not; G24 tells of it.
fn complete(result: &mut Checked, integrations: &HashMap<&str, &Integration>, now: i64) {
    let Some(integration) = result.subject.integration.as_deref().and_then(|id| integrations.get(id)) else { return };
    result.is_on_agent = integration.kind == Kind::Agent;
    let waiver = integration.waivers.iter().find(|waiver| waiver.check == result.check && waiver.until.end() >= now);
    if let Some(waiver) = waiver.filter(|_| result.check != "G24") {
        result.waived = Some(format!("until {}, by {}: {}", waiver.until.text(), waiver.approver, waiver.reason));
    }
}

/// Days in words.
fn days(seconds: i64) -> String {
    match seconds / crate::model::time::DAY {
        1 => "1 day".into(),
        days => format!("{days} days"),
    }
}
