//! Checks on the life of credentials: G03, G09, G10, G11, G21.

use super::{Case, HOUR, Linked, Member, Tell, days, subject};
use crate::model::inventory::integration::Rhythm;
use crate::model::inventory::{Credential, EnvironmentClass, Lifecycle, Tier, is_placeholder};
use crate::model::time::{DAY, When};
use crate::model::verification::Expiry;

/// All of them on one integration.
pub(super) fn check(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    retired(member, linked, tell);
    for credential in &member.integration.credentials {
        if credential.is_gone() {
            continue;
        }
        let case = member.cases.iter().copied().find(|case| case.credential.is_some_and(|one| one.id == credential.id));
        if case.is_some_and(|case| case.active == Some(false)) {
            continue;
        }
        long_lived(member, credential, case, linked, tell);
        overdue(member, credential, case, linked, tell);
    }
    member.cases.iter().for_each(|case| superseded(case, linked, tell));
    no_kill_path(member, linked, tell);
}

/// G03
fn retired(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let integration = member.integration;
    let is_over = integration.sunset.as_ref().is_some_and(|sunset| linked.facts.now > sunset.end());
    if integration.lifecycle != Lifecycle::Retired && !is_over {
        return;
    }
    let why = if is_over { "its sunset has passed" } else { "it is retired" };
    for case in &member.cases {
        match case.active {
            Some(true) => tell.violated(
                "G03",
                case.subject(),
                format!("{}: {why}, and {} still works", integration.id, case.name),
            ),
            Some(false) => {}
            None => tell.unknown(
                "G03",
                case.subject(),
                format!("{}: {why}; whether {} still works is not known", integration.id, case.name),
            ),
        }
    }
    let unseen = integration
        .credentials
        .iter()
        .filter(|one| !one.is_gone())
        .filter(|one| !member.cases.iter().any(|case| case.credential.is_some_and(|seen| seen.id == one.id)));
    for credential in unseen {
        let message = format!("{}: {why}; whether {} still works is not known", integration.id, credential.id);
        tell.unknown("G03", subject(integration, Some(credential)), message);
    }
}

/// G09
fn long_lived(
    member: &Member<'_>,
    credential: &Credential,
    case: Option<&Case<'_>>,
    linked: &Linked<'_>,
    tell: &mut Tell<'_>,
) {
    let integration = member.integration;
    let said = case.map(|case| &case.finding.verification);
    let created = said.and_then(|said| said.created_at).or(credential.created_at.as_ref().map(When::seconds));
    let ends = match said.map(|said| said.expiry) {
        Some(Expiry::At(at)) => Some(at),
        // G08 tells of those.
        Some(Expiry::Never) => return,
        _ => credential.expires_at.as_ref().map(When::seconds),
    };
    let limits = &linked.facts.thresholds;
    let limit = match (integration.tier, integration.pattern) {
        (Tier::Privileged, _) => limits.max_ttl_privileged_days,
        (_, Some(Rhythm::Interactive)) => limits.max_ttl_interactive_days,
        _ => limits.max_ttl_days,
    };
    match (created, ends) {
        (Some(created), Some(ends)) if ends - created > limit * DAY => {
            let message = format!(
                "{}: {} lives for {}, at most {limit} days are allowed",
                integration.id,
                credential.id,
                days(ends - created)
            );
            tell.violated("G09", subject(integration, Some(credential)), message);
        }
        (Some(_), Some(_)) => {}
        _ => {
            let message = format!("{}: from when to when {} lives is not known", integration.id, credential.id);
            tell.unknown("G09", subject(integration, Some(credential)), message);
        }
    }
}

/// G10
fn overdue(
    member: &Member<'_>,
    credential: &Credential,
    case: Option<&Case<'_>>,
    linked: &Linked<'_>,
    tell: &mut Tell<'_>,
) {
    let integration = member.integration;
    let Some(interval) = integration.rotation.as_ref().and_then(|rotation| rotation.interval_days) else { return };
    let said = case.and_then(|case| case.finding.verification.created_at);
    let declared = [credential.last_rotated.as_ref(), credential.created_at.as_ref()];
    let changed = declared.into_iter().flatten().map(When::seconds).chain(said).max();
    // What was committed is at least as old as its commit.
    let seen = case.and_then(|case| {
        let exposed = case.finding.exposure.as_ref().map(|exposure| exposure.since);
        let observed = linked.facts.observations.get(&case.finding.fingerprint).map(|seen| seen.first_seen);
        exposed.into_iter().chain(observed).min()
    });
    let limit = i64::from(interval) * DAY;
    let (age, least) = match (changed, seen) {
        (Some(changed), _) => (linked.facts.now - changed, ""),
        (None, Some(seen)) => (linked.facts.now - seen, "at least "),
        (None, None) => (0, "?"),
    };
    if age > limit {
        let message = format!(
            "{}: {} was not changed for {least}{}, the interval is {interval} days",
            integration.id,
            credential.id,
            days(age)
        );
        tell.violated("G10", subject(integration, Some(credential)), message);
    } else if changed.is_none() {
        let message = format!("{}: when {} was last changed is not known", integration.id, credential.id);
        tell.unknown("G10", subject(integration, Some(credential)), message);
    }
}

/// G11
fn superseded(case: &Case<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let previous =
        case.credential.and_then(|one| one.previous_fp.iter().find(|previous| previous.fp == case.finding.fingerprint));
    let Some(previous) = previous else { return };
    let since = previous.superseded_at.text();
    let is_late = linked.facts.now > previous.superseded_at.end() + linked.facts.thresholds.grace_hours * HOUR;
    match case.active {
        Some(true) if is_late => tell.violated(
            "G11",
            case.subject(),
            format!("{}: another replaced it on {since}, and it still works", case.name),
        ),
        None if is_late => tell.unknown(
            "G11",
            case.subject(),
            format!("{}: another replaced it on {since}; whether it still works is not known", case.name),
        ),
        _ => {}
    }
}

/// G21
fn no_kill_path(member: &Member<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let integration = member.integration;
    let is_production =
        integration.environments.iter().any(|id| linked.classes.get(id.as_str()) == Some(&EnvironmentClass::Prod));
    let is_live =
        member.cases.iter().any(|case| case.active == Some(true)) || integration.lifecycle == Lifecycle::Active;
    if !is_production || !is_live {
        return;
    }
    let limit = linked.facts.thresholds.drill_days;
    let revocation = integration.revocation.as_ref();
    let method = revocation.and_then(|one| one.method.as_deref());
    if method.is_some_and(is_placeholder) || method.is_none() {
        let message = format!("{}: how it is stopped is not written down", integration.id);
        return tell.violated("G21", subject(integration, None), message);
    }
    match revocation.and_then(|one| one.tested_at.as_ref()) {
        Some(tested) if linked.facts.now - tested.seconds() > limit * DAY => {
            let message = format!(
                "{}: stopping it was last tried on {}, more than {limit} days ago",
                integration.id,
                tested.text()
            );
            tell.violated("G21", subject(integration, None), message);
        }
        Some(_) => {}
        None => tell.unknown(
            "G21",
            subject(integration, None),
            format!("{}: whether stopping it was ever tried is not known", integration.id),
        ),
    }
}
