//! Checks on how the inventory is kept: G02, G15, G16, G22, G23, G24.

use std::collections::{BTreeMap, HashSet};

use super::{Linked, Member, Tell, days, exposure, subject};
use crate::model::check::Subject;
use crate::model::inventory::integration::{Management, TenancyModel};
use crate::model::inventory::{Lifecycle, OwnerKind, Status, is_placeholder};
use crate::model::time::{DAY, When};

/// All of them on one integration.
pub(super) fn check(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    lapsed(member, linked, tell);
    if member.integration.lifecycle == Lifecycle::Retired {
        return;
    }
    nobody(member, linked, tell);
    review(member, linked, tell);
    vendor(member, linked, tell);
    tenants(member, linked, tell);
}

/// G02
fn nobody(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let integration = member.integration;
    let mut violated =
        |message: String| tell.violated("G02", subject(integration, None), format!("{}: {message}", integration.id));
    let business = &integration.owner.business;
    if is_placeholder(&integration.purpose) {
        violated("what it is for is not written down".into());
    }
    if is_placeholder(business) {
        return violated(match &member.resolved.id {
            Some(id) => format!("it names no business owner; {id} answers for its {}", member.resolved.by),
            None => "nobody owns it".into(),
        });
    }
    if !member.resolved.left.is_empty() {
        let now = member.resolved.id.as_deref().unwrap_or("nobody");
        return violated(format!("{} has left; now it falls to {now}", member.resolved.left.join(", ")));
    }
    let owner = linked.owners.get(member.resolved.id.as_deref().unwrap_or(business));
    if owner.is_some_and(|owner| owner.kind == OwnerKind::Person && owner.status == Status::Unknown) {
        let message = format!("{}: whether {business} is still there is not known", integration.id);
        tell.unknown("G02", subject(integration, None), message);
    }
}

/// G15
fn review(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let integration = member.integration;
    let Some(review) = &integration.review else { return };
    let now = linked.facts.now;
    let Some(last) = review.last.as_ref() else {
        if review.cadence_days.is_some() {
            tell.unknown(
                "G15",
                subject(integration, None),
                format!("{}: when it was last reviewed is not known", integration.id),
            );
        }
        return;
    };
    if let Some(cadence) = review.cadence_days
        && now - last.end() > i64::from(cadence) * DAY
    {
        let message = format!(
            "{}: it was reviewed {}, every {cadence} days are agreed",
            integration.id,
            exposure::ago(now, last.seconds())
        );
        return tell.violated("G15", subject(integration, None), message);
    }
    for case in &member.cases {
        let Some(seen) = linked.facts.observations.get(&case.finding.fingerprint) else { continue };
        let is_newer = |at: Option<i64>| at.is_some_and(|at| at > last.end());
        if is_newer(seen.gained_at) || is_newer(seen.moved_at) {
            let what = if is_newer(seen.gained_at) { "scopes" } else { "places" };
            tell.violated(
                "G15",
                case.subject(),
                format!("{}: {} has new {what} since the last review", integration.id, case.name),
            );
        }
    }
}

/// G16
fn vendor(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let integration = member.integration;
    if integration.management != Management::ThirdParty {
        return;
    }
    let vendor = integration.vendor.clone().unwrap_or_default();
    let says = |text: Option<&String>| text.is_some_and(|text| !is_placeholder(text));
    let playbook = integration.revocation.as_ref().and_then(|one| one.playbook.as_ref());
    let parts = [
        ("contact", says(vendor.contact.as_ref())),
        ("statement on its scopes", vendor.attested_at.is_some()),
        ("playbook", says(playbook)),
    ];
    let missing: Vec<&str> = parts.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let message = format!("{}: a third party runs it without {}", integration.id, missing.join(", "));
        return tell.violated("G16", subject(integration, None), message);
    }
    let limit = linked.facts.thresholds.drill_days;
    match &vendor.drill_at {
        Some(drill) if linked.facts.now - drill.seconds() > limit * DAY => {
            let message = format!("{}: stopping its vendor was last tried on {}", integration.id, drill.text());
            tell.violated("G16", subject(integration, None), message);
        }
        Some(_) => {}
        None => tell.unknown(
            "G16",
            subject(integration, None),
            format!("{}: whether stopping its vendor was ever tried is not known", integration.id),
        ),
    }
}

/// G22
fn tenants(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let integration = member.integration;
    let Some(tenancy) = integration.tenancy.as_ref().filter(|one| one.model == TenancyModel::Shared) else { return };
    match tenancy.count {
        Some(count) if i64::try_from(count).unwrap_or(i64::MAX) >= linked.facts.thresholds.tenants => {
            tell.violated(
                "G22",
                subject(integration, None),
                format!("{}: one key opens the data of {count} tenants", integration.id),
            );
        }
        Some(_) => {}
        None => tell.unknown(
            "G22",
            subject(integration, None),
            format!("{}: how many tenants one key opens is not known", integration.id),
        ),
    }
}

/// G24
fn lapsed(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let integration = member.integration;
    for waiver in &integration.waivers {
        if linked.facts.now > waiver.until.end() {
            let message =
                format!("{}: the waiver of {} ended on {}", integration.id, waiver.check, waiver.until.text());
            tell.violated("G24", subject(integration, None), message);
        } else if !linked.owners.contains_key(waiver.approver.as_str()) {
            let message = format!(
                "{}: who approved the waiver of {}, {}, is no known owner",
                integration.id, waiver.check, waiver.approver
            );
            tell.unknown("G24", subject(integration, None), message);
        }
    }
}

/// G23, which looks at the inventory as a whole.
pub(super) fn check_all(linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let inventory = linked.facts.inventory;
    let mut listed: BTreeMap<(&str, Option<&str>), HashSet<&str>> = BTreeMap::new();
    for listing in &inventory.listings {
        let key = (listing.provider.as_str(), listing.account.as_deref());
        listed.entry(key).or_default().extend(listing.public_ids.iter().map(String::as_str));
    }
    let mut declared = HashSet::new();
    for integration in &inventory.integrations {
        for credential in &integration.credentials {
            let is_gone = credential.is_gone();
            let Some(id) = credential.public_id.as_deref() else { continue };
            declared.insert((credential.provider.as_str(), id));
            let account = credential.principal.as_ref().and_then(|one| one.account.as_deref());
            let lists: Vec<_> = listed
                .iter()
                .filter(|((provider, of), _)| *provider == credential.provider && (of.is_none() || *of == account))
                .collect();
            let whole = subject(integration, Some(credential));
            let name = format!("{}: {}", integration.id, credential.id);
            if lists.is_empty() && !is_gone {
                tell.unknown("G23", whole, format!("{name}: there is no list of its provider's to compare with"));
            } else if !is_gone && !lists.iter().any(|(_, ids)| ids.contains(id)) {
                tell.violated("G23", whole, format!("{name}: its provider does not list it"));
            }
        }
    }
    for ((provider, _), ids) in &listed {
        let mut unknown: Vec<&str> = ids.iter().copied().filter(|id| !declared.contains(&(*provider, *id))).collect();
        unknown.sort_unstable();
        for id in unknown {
            tell.violated(
                "G23",
                Subject::default(),
                format!("{provider} lists {id}, which the inventory does not know"),
            );
        }
    }
    unused(linked, tell);
    for difference in &inventory.differences {
        let of = Subject { integration: difference.integration.clone(), ..Subject::default() };
        let message = format!(
            "{}: {} is `{}` in the inventory and `{}` in {} of {}",
            difference.of,
            difference.field,
            difference.ours,
            difference.theirs,
            difference.source.name,
            difference.source.as_of.text()
        );
        tell.violated("G23", of, message);
    }
}

fn unused(linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let limit = linked.facts.thresholds.inactive_days * DAY;
    for integration in linked.facts.inventory.integrations.iter().filter(|one| one.lifecycle == Lifecycle::Active) {
        for credential in &integration.credentials {
            let Some(idle) = credential.last_used_at.as_ref().map(|at| linked.facts.now - When::seconds(at)) else {
                continue;
            };
            if idle > limit {
                let message = format!("{}: {} was not used for {}", integration.id, credential.id, days(idle));
                tell.violated("G23", subject(integration, Some(credential)), message);
            }
        }
    }
}
