//! From evidence to a verdict. `S = min(100, Σ over classes of the best evidence in it, capped) − penalties`.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::evidence::{Case, evidence};
use super::{Attributor, Which, account};
use crate::model::attribution::{Alternative, Attribution, AttributionTier, Evidence};
use crate::model::inventory::Lifecycle;
use crate::model::time::DAY;

const CERTAIN: i64 = 100;
/// Alternatives that are told.
const MOST_ALTERNATIVES: usize = 5;

/// One integration, by its likeliest credential.
struct Candidate {
    which: Which,
    score: i64,
    evidence: Vec<Evidence>,
    against: Vec<Evidence>,
    conflict: bool,
}

/// The verdict on a case.
pub(super) fn decide(case: Case<'_, '_>) -> Attribution {
    let inventory = case.inventory;
    let mut candidates = candidates(&case);
    candidates.sort_by(|left, right| order(left, &case).cmp(&order(right, &case)));
    let mut shared_by: Vec<String> =
        case.exact.iter().map(|(which, _)| inventory.integration(*which).id.clone()).collect();
    shared_by.sort();
    shared_by.dedup();
    if shared_by.len() < 2 {
        shared_by.clear();
    }
    let tiers = &inventory.weights.tiers;
    let lead = match &candidates[..] {
        [best, next, ..] if next.score >= tiers.weak => best.score - next.score,
        _ => i64::MAX,
    };
    // Two who have the very same secret do not contest it: they share it.
    let is_shared =
        |candidate: &Candidate| case.exact.iter().any(|(which, _)| which.integration == candidate.which.integration);
    let both_have_it = candidates.iter().take(2).filter(|candidate| is_shared(candidate)).count() == 2;
    let alternatives = alternatives(&candidates, inventory);
    let Some(best) = candidates.first() else { return Attribution { shared_by, ..Attribution::default() } };
    let mut tier = tier(best, inventory);
    if tier != AttributionTier::Unattributed && lead < tiers.contested && !both_have_it {
        tier = AttributionTier::Contested;
    }
    let has_winner = !matches!(tier, AttributionTier::Contested | AttributionTier::Unattributed);
    let told = match tier {
        AttributionTier::Contested => {
            candidates.iter().take_while(|one| best.score - one.score < tiers.contested).collect()
        }
        AttributionTier::Unattributed => Vec::new(),
        _ => vec![best],
    };
    let owners = told.iter().map(|one| inventory.owners.of(inventory.integration(one.which))).collect();
    let winner = &candidates[0];
    Attribution {
        tier,
        score: winner.score,
        integration: has_winner.then(|| inventory.integration(winner.which).id.clone()),
        credential: has_winner.then(|| inventory.credential(winner.which).map(|one| one.id.clone())).flatten(),
        owners,
        exposure_owner: None,
        evidence: winner.evidence.clone(),
        against: winner.against.clone(),
        conflict: winner.conflict,
        alternatives: if has_winner { alternatives } else { all(&candidates, inventory) },
        shared_by,
    }
}

/// Every integration that anything speaks for, each by the credential that most speaks for.
fn candidates(case: &Case<'_, '_>) -> Vec<Candidate> {
    let mut by_integration: BTreeMap<u32, Vec<Which>> = BTreeMap::new();
    for which in case.evidence.keys() {
        by_integration.entry(which.integration).or_default().push(*which);
    }
    let mut candidates = Vec::new();
    for (integration, mut each) in by_integration {
        let whole = Which { integration, credential: None };
        // What speaks for the integration alone may speak for any of its credentials of this provider.
        if each == [whole] {
            let credentials = &case.inventory.integration(whole).credentials;
            let fits = |provider: &str| case.provider.is_none_or(|wanted| wanted.eq_ignore_ascii_case(provider));
            let fitting = (0..).zip(credentials).filter(|(_, credential)| fits(&credential.provider));
            each.extend(fitting.map(|(number, _)| Which { integration, credential: Some(number) }).take(2));
            if each.len() > 2 {
                each.truncate(1);
            }
        }
        let best = each.into_iter().map(|which| weigh(case, which)).max_by_key(|one| (one.score, Reverse(one.which)));
        candidates.extend(best);
    }
    candidates
}

fn weigh(case: &Case<'_, '_>, which: Which) -> Candidate {
    let of = |which: &Which| case.evidence.get(which).into_iter().flatten().cloned();
    let mut all: Vec<Evidence> = of(&which).collect();
    if which.credential.is_some() {
        all.extend(of(&Which { credential: None, ..which }));
    }
    for (known, evidence) in &case.common {
        let means = |one: &Which| {
            one.integration == which.integration
                && (one.credential.is_none() || which.credential.is_none() || one.credential == which.credential)
        };
        let start = known.partition_point(|one| one.integration < which.integration);
        if known[start..].iter().take_while(|one| one.integration == which.integration).any(means) {
            all.push(evidence.clone());
        }
    }
    all.sort_by(|left, right| {
        (left.class, Reverse(left.points), left.id).cmp(&(right.class, Reverse(right.points), right.id))
    });
    let weights = case.inventory.weights;
    let mut best: BTreeMap<char, i64> = BTreeMap::new();
    for one in &all {
        let points = best.entry(one.class).or_default();
        *points = one.points.min(weights.cap(one.class)).max(*points);
    }
    let (against, conflict) = against(case, which);
    let penalties: i64 = against.iter().map(|one| one.points).sum();
    let score = (best.values().sum::<i64>().min(CERTAIN) + penalties).max(0);
    Candidate { which, score, evidence: all, against, conflict }
}

/// What speaks against a credential, and whether it is a conflict.
fn against(case: &Case<'_, '_>, which: Which) -> (Vec<Evidence>, bool) {
    let (inventory, finding) = (case.inventory, case.finding);
    let (integration, credential) = (inventory.integration(which), inventory.credential(which));
    let penalties = &inventory.weights.penalties;
    let mut against = Vec::new();
    let declared = credential.and_then(|credential| credential.principal.as_ref()?.account.as_deref());
    if let (Some(known), Some(declared)) = (&finding.verification.identity.account, declared)
        && account(&known.value) != account(declared)
    {
        let note = format!("it is of the account {}, declared is {declared}", known.value);
        against.push(evidence('-', "account", -penalties.account, &note));
    }
    let is_past = case.exact.iter().any(|(exact, is_past)| *exact == which && *is_past);
    let created = credential.and_then(|credential| credential.created_at.as_ref()).filter(|_| !is_past);
    if let (Some(exposure), Some(created)) = (&finding.exposure, created)
        && exposure.since < created.seconds() - DAY
    {
        let note = format!("it was committed before {}, when it is said to have been made", created.text());
        against.push(evidence('-', "created", -penalties.created, &note));
    }
    let conflict = !against.is_empty();
    let elsewhere = !case.environments.is_empty()
        && !integration.environments.is_empty()
        && !case.environments.iter().any(|environment| integration.environments.contains(environment));
    if elsewhere {
        let note = format!(
            "found in {}, declared for {}: see G06",
            case.environments.join(", "),
            integration.environments.join(", ")
        );
        against.push(evidence('-', "environment", -penalties.environment, &note));
    }
    (against, conflict)
}

fn tier(best: &Candidate, inventory: &Attributor<'_>) -> AttributionTier {
    let tiers = &inventory.weights.tiers;
    let is_recent = |one: &Evidence| one.as_of.is_some_and(|at| inventory.now - at <= DAY);
    let is_exact = best.evidence.iter().any(|one| one.class == 'A' || (one.id == "B1" && is_recent(one)));
    let is_place_only = best.evidence.iter().all(|one| one.class == 'F' || one.points == 0);
    match best.score {
        score if score < tiers.weak => AttributionTier::Unattributed,
        _ if is_place_only => AttributionTier::Weak,
        score if score >= tiers.confirmed && is_exact => AttributionTier::Confirmed,
        score if score >= tiers.strong => AttributionTier::Strong,
        score if score >= tiers.probable => AttributionTier::Probable,
        _ => AttributionTier::Weak,
    }
}

/// Best first: score, best class, number of classes, newest, in use before retired, longest glob, id.
fn order<'c>(candidate: &'c Candidate, case: &'c Case<'_, '_>) -> impl Ord + 'c {
    let mut classes: Vec<char> = candidate.evidence.iter().filter(|one| one.points > 0).map(|one| one.class).collect();
    classes.dedup();
    let integration = case.inventory.integration(candidate.which);
    (
        Reverse(candidate.score),
        classes.first().copied().unwrap_or('-'),
        Reverse(classes.len()),
        Reverse(candidate.evidence.iter().filter_map(|one| one.as_of).max()),
        integration.lifecycle == Lifecycle::Retired,
        Reverse(case.longest_glob.get(&candidate.which.integration).copied()),
        integration.id.as_str(),
    )
}

fn all(candidates: &[Candidate], inventory: &Attributor<'_>) -> Vec<Alternative> {
    candidates.iter().take(MOST_ALTERNATIVES).map(|one| alternative(one, &[], inventory)).collect()
}

fn alternatives(candidates: &[Candidate], inventory: &Attributor<'_>) -> Vec<Alternative> {
    let Some((best, others)) = candidates.split_first() else { return Vec::new() };
    others.iter().take(MOST_ALTERNATIVES).map(|one| alternative(one, &best.evidence, inventory)).collect()
}

fn alternative(one: &Candidate, winner: &[Evidence], inventory: &Attributor<'_>) -> Alternative {
    let has = |id: &str| one.evidence.iter().any(|own| own.id == id && own.points > 0);
    let mut missing: Vec<&str> = winner.iter().filter(|own| own.points > 0 && !has(own.id)).map(|own| own.id).collect();
    missing.dedup();
    Alternative { integration: inventory.integration(one.which).id.clone(), score: one.score, missing }
}
