//! Checks on what a credential may do and where it leads: G12, G13, G14.

use super::{Case, Linked, Member, Tell, subject};
use crate::model::inventory::{Integration, Tier};

/// Words in scopes that open everything.
const ADMINISTRATIVE: [&str; 6] = ["admin", "administrator", "administratoraccess", "owner", "root", "*"];

/// All of them on one integration.
pub(super) fn check(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    for case in member.cases.iter().filter(|case| case.active != Some(false)) {
        over_scoped(case, member.integration, tell);
        drifted(case, member.integration, linked, tell);
    }
    onward(member, linked, tell);
}

/// G12
fn over_scoped(case: &Case<'_>, integration: &Integration, tell: &mut Tell<'_>) {
    let Some(scopes) = &case.finding.verification.scopes else {
        return tell.unknown(
            "G12",
            case.subject(),
            format!("{}: what {} may do is not known", integration.id, case.name),
        );
    };
    let allowed = &integration.allowed_scopes;
    let surplus: Vec<&str> =
        scopes.iter().filter(|scope| !allowed.is_empty() && !allowed.contains(scope)).map(String::as_str).collect();
    let administrative: Vec<&str> =
        scopes.iter().map(String::as_str).filter(|scope| is_administrative(scope)).collect();
    if !surplus.is_empty() {
        let message = format!("{}: {} may also {}", integration.id, case.name, surplus.join(", "));
        tell.violated("G12", case.subject(), message);
    } else if integration.tier == Tier::Standard && !administrative.is_empty() {
        let message = format!(
            "{}: {} is administrative ({}) and the integration is standard",
            integration.id,
            case.name,
            administrative.join(", ")
        );
        tell.violated("G12", case.subject(), message);
    }
}

fn is_administrative(scope: &str) -> bool {
    let lower = scope.to_ascii_lowercase();
    let mut words = lower.split(|character: char| !character.is_ascii_alphanumeric() && character != '*');
    words.any(|word| ADMINISTRATIVE.contains(&word))
}

/// G13
fn drifted(case: &Case<'_>, integration: &Integration, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let seen = linked.facts.observations.get(&case.finding.fingerprint);
    let Some(seen) = seen.filter(|seen| seen.scopes.is_some()) else {
        return tell.unknown(
            "G13",
            case.subject(),
            format!("{}: what {} could do before is not known", integration.id, case.name),
        );
    };
    let Some(at) = seen.gained_at else { return };
    let reviewed = integration.review.as_ref().and_then(|review| review.last.as_ref()).map(|last| last.end());
    if reviewed.is_none_or(|reviewed| reviewed < at) {
        let message =
            format!("{}: {} gained {} since an earlier run", integration.id, case.name, seen.gained.join(", "));
        tell.violated("G13", case.subject(), message);
    }
}

/// G14
fn onward(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let integration = member.integration;
    let Some(reach) = linked.facts.reach.get(integration.id.as_str()) else { return };
    let is_declared = |id: &&String| integration.downstream.contains(*id);
    let own = |id: &&String| integration.credentials.iter().any(|one| one.id == **id);
    let kinds = reach.kinds.iter().filter(|kind| !is_declared(kind));
    // Who declares an integration declares its credentials.
    let declared = integration.downstream.iter().filter_map(|id| linked.integrations.get(id.as_str()));
    let declared_through: Vec<&String> =
        declared.flat_map(|one| one.credentials.iter().map(|credential| &credential.id)).collect();
    let credentials =
        reach.credentials.iter().filter(|id| !is_declared(id) && !own(id) && !declared_through.contains(id));
    let undeclared: Vec<&str> = kinds.chain(credentials).map(String::as_str).collect();
    if !undeclared.is_empty() {
        let message = format!("{}: it leads on to {}, which is not declared", integration.id, undeclared.join(", "));
        tell.violated("G14", subject(integration, None), message);
    } else if reach.unknown_systems > 0 && !linked.facts.inventory.systems.is_empty() {
        let message =
            format!("{}: what {} of the systems behind it hold is not known", integration.id, reach.unknown_systems);
        tell.unknown("G14", subject(integration, None), message);
    }
}
