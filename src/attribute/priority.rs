//! How urgent a finding is: a sum of which every part is told.

use crate::model::attribution::{Attribution, Priority};
use crate::model::finding::Finding;
use crate::model::inventory::integration::{Kind, Tier};
use crate::model::inventory::{EnvironmentClass, Integration};
use crate::model::pattern::Severity;
use crate::model::place::{Place, PlaceKind};
use crate::model::reach::Reach;
use crate::model::validity::Validity;
use crate::model::weights::PriorityPoints;

const MOST: i64 = 100;

/// What is known beside the finding and its attribution.
pub struct Known<'a> {
    /// The integration that it is of.
    pub integration: Option<&'a Integration>,
    /// What that leads to.
    pub reach: &'a Reach,
    /// Classes of the environments that the finding has to do with.
    pub classes: &'a [EnvironmentClass],
    /// The time, in seconds since 1970.
    pub now: i64,
}

/// The sum.
pub fn priority(finding: &Finding, attribution: &Attribution, known: &Known<'_>, points: &PriorityPoints) -> Priority {
    let mut parts: Vec<(&'static str, i64)> = Vec::new();
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX / MOST);
    let mut add = |name, value: i64| parts.extend((value != 0).then_some((name, value)));
    match finding.verification.validity {
        Validity::Active => add("active", points.active),
        Validity::Inactive => {}
        _ => add("unknown", points.unknown),
    }
    add(
        "severity",
        match finding.pattern.severity {
            Severity::Critical => points.severity_critical,
            Severity::High => points.severity_high,
            Severity::Medium => points.severity_medium,
            Severity::Low => points.severity_low,
        },
    );
    let stands_now = |place: &Place| {
        matches!(place.kind, PlaceKind::WorkingTree | PlaceKind::Staged)
            || place.lifetime.as_ref().is_some_and(|one| one.at_head)
    };
    if finding.places.iter().any(stands_now) {
        add("at_head", points.at_head);
    }
    if attribution.owners.iter().all(|owner| owner.id.is_none()) {
        add("unowned", points.unowned);
    }
    if known.classes.contains(&EnvironmentClass::Prod) {
        add("production", points.production);
    }
    let reach = known.reach;
    // Whatever leads to secrets, identities or builds is privileged, whatever its label says.
    let is_privileged = known.integration.is_some_and(|one| one.tier == Tier::Privileged || one.kind == Kind::Agent)
        || !reach.kinds.is_empty();
    if is_privileged {
        add("privileged", points.privileged);
    }
    add("reach", (points.reach * count(reach.systems.saturating_sub(1))).min(points.most_reach));
    add("data", (points.data * count(reach.data_classes.len())).min(points.most_data));
    if reach.tenants > 1 {
        add("tenants", points.tenants);
    }
    let controls = known.integration.map_or(&[][..], |one| &one.compensating_controls);
    if controls.iter().any(|control| control.until.end() >= known.now) {
        add("compensated", -points.compensated);
    }
    let score = parts.iter().map(|(_, points)| points).sum::<i64>().clamp(0, MOST);
    Priority { score, parts }
}
