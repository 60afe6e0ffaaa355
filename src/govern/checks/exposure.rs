//! Checks on single findings: G01, G04, G05, G06, G07, G08, G17, G18, G19, G20.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Case, HOUR, Linked, Tell, days, subject};
use crate::model::attribution::AttributionTier;
use crate::model::inventory::integration::Kind;
use crate::model::inventory::{Credential, EnvironmentClass, Integration};
use crate::model::place::{Place, PlaceKind};
use crate::model::verification::{Expiry, PrincipalKind};

const MINUTE: i64 = 60;

/// All of them on one finding.
pub(super) fn check(case: &Case<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    unattributed(case, tell);
    exposed(case, tell);
    deleted(case, tell);
    shared(case, tell);
    endless(case, linked, tell);
    not_stopped(case, linked, tell);
    persons(case, tell);
    weak(case, linked, tell);
    in_builds(case, linked, tell);
}

/// Tells what holds of an accepted credential, and of one of which nobody knows that it cannot be told.
fn if_active(check: &'static str, case: &Case<'_>, tell: &mut Tell<'_>, message: String) {
    match case.active {
        Some(true) => tell.violated(check, case.subject(), message),
        Some(false) => {}
        None => tell.unknown(check, case.subject(), format!("{message}, if it still works: that is not known")),
    }
}

/// G01
fn unattributed(case: &Case<'_>, tell: &mut Tell<'_>) {
    let tier = case.owned.attribution.tier;
    if tier > AttributionTier::Probable {
        if_active("G01", case, tell, format!("{}: nobody sure owns it ({})", case.name, tier.word()));
    }
}

/// G04
fn exposed(case: &Case<'_>, tell: &mut Tell<'_>) {
    let outside = case.owned.outside;
    if outside > 0 {
        let places = if outside == 1 { "place" } else { "places" };
        if_active(
            "G04",
            case,
            tell,
            format!("{}: it stands in {outside} {places} where it is not declared to be", case.name),
        );
    }
}

/// G05
fn deleted(case: &Case<'_>, tell: &mut Tell<'_>) {
    let is_current = |place: &Place| match place.kind {
        PlaceKind::History => place.lifetime.as_ref().is_none_or(|lifetime| lifetime.at_head),
        PlaceKind::Stash | PlaceKind::Unreachable => false,
        _ => true,
    };
    let places = &case.finding.places;
    if !places.is_empty() && !places.iter().any(is_current) {
        if_active(
            "G05",
            case,
            tell,
            format!("{}: it was deleted from the files and stands in git's history", case.name),
        );
    }
}

/// G07
fn shared(case: &Case<'_>, tell: &mut Tell<'_>) {
    let attribution = &case.owned.attribution;
    if case.active == Some(false) {
        return;
    }
    if attribution.shared_by.len() > 1 {
        let all = attribution.shared_by.join(", ");
        return tell.violated("G07", case.subject(), format!("{}: it is shared by {all}", case.name));
    }
    let pipelines: BTreeSet<(usize, &str)> = case
        .finding
        .places
        .iter()
        .filter_map(|place| Some((place.target, place.path.as_deref().filter(|path| is_ci(path))?)))
        .collect();
    if pipelines.len() > 1 {
        let all: Vec<&str> = pipelines.iter().map(|(_, path)| *path).collect();
        tell.violated(
            "G07",
            case.subject(),
            format!("{}: {} pipelines have it: {}", case.name, all.len(), all.join(", ")),
        );
    } else if attribution.tier == AttributionTier::Contested {
        tell.unknown("G07", case.subject(), format!("{}: it may be of several integrations", case.name));
    }
}

/// G08
fn endless(case: &Case<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let id = &case.finding.pattern.id;
    let can_end = linked.mapping.expiring_providers.iter().any(|provider| id.starts_with(&format!("{provider}-")));
    if !can_end {
        return;
    }
    match case.finding.verification.expiry {
        Expiry::Never => {
            if_active("G08", case, tell, format!("{}: it does not end, and its provider could make it end", case.name))
        }
        Expiry::Untold if case.active != Some(false) => {
            tell.unknown("G08", case.subject(), format!("{}: whether it ends is not known", case.name));
        }
        _ => {}
    }
}

/// G17
fn not_stopped(case: &Case<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let Some(integration) = case.integration else { return };
    let minutes = integration.revocation.as_ref().and_then(|one| one.sla_minutes);
    let seen = linked.facts.observations.get(&case.finding.fingerprint);
    match (minutes, seen.and_then(|seen| Some((seen.first_active?, seen.inactive_since)))) {
        (Some(minutes), Some((from, until))) => {
            let took = until.unwrap_or(linked.facts.now) - from;
            if took > i64::try_from(minutes).unwrap_or(i64::MAX / MINUTE).saturating_mul(MINUTE) {
                let state = if until.is_some() { "it was revoked after" } else { "it is open for" };
                let took = took / MINUTE;
                tell.violated(
                    "G17",
                    case.subject(),
                    format!("{}: {state} {took} minutes, agreed are {minutes}", case.name),
                );
            }
        }
        (Some(_), None) if case.active == Some(false) => {}
        (Some(_), None) => {
            tell.unknown("G17", case.subject(), format!("{}: when it was first seen to work is not known", case.name))
        }
        (None, _) if case.active != Some(false) => {
            tell.unknown(
                "G17",
                case.subject(),
                format!("{}: no time is agreed in which {} is stopped", case.name, integration.id),
            );
        }
        (None, _) => {}
    }
}

/// G18
fn persons(case: &Case<'_>, tell: &mut Tell<'_>) {
    if case.active == Some(false) {
        return;
    }
    let home = case.finding.places.iter().filter_map(|place| place.path.as_deref()).find(|path| is_personal(path));
    if let Some(path) = home {
        return tell.violated("G18", case.subject(), format!("{}: a person used it by hand ({path})", case.name));
    }
    let Some(integration) = case.integration.filter(|one| one.kind != Kind::Human) else { return };
    let declared = case.credential.and_then(|one| one.principal.as_ref()?.kind);
    match case.finding.verification.identity.kind.or(declared) {
        Some(PrincipalKind::User) => {
            tell.violated("G18", case.subject(), format!("{}: {} runs on a person's token", case.name, integration.id));
        }
        Some(_) => {}
        None => tell.unknown("G18", case.subject(), format!("{}: whether it is a person's is not known", case.name)),
    }
}

fn is_personal(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_history = name.starts_with('.') && name.ends_with("_history");
    let is_home =
        path.split('/').zip(path.split('/').skip(2)).any(|(above, below)| above == "home" && below.starts_with('.'));
    is_history || name.ends_with(".ipynb") || is_home
}

/// G19
fn weak(case: &Case<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    if case.active == Some(false) {
        return;
    }
    let (id, identity) = (&case.finding.pattern.id, &case.finding.verification.identity);
    if linked.mapping.weak_patterns.iter().any(|weak| id == weak) {
        tell.violated("G19", case.subject(), format!("{}: there are better kinds of credentials for this", case.name));
    } else if id.starts_with("aws-") && linked.mapping.cloud_patterns.iter().any(|cloud| id == cloud) {
        match &identity.principal {
            Some(said) if said.value.ends_with(":root") => {
                tell.violated("G19", case.subject(), format!("{}: it is the root user's of {}", case.name, said.value));
            }
            Some(_) => {}
            None => tell.unknown(
                "G19",
                case.subject(),
                format!("{}: whether it is the root user's is not known", case.name),
            ),
        }
    }
}

/// G20
fn in_builds(case: &Case<'_>, linked: &Linked<'_>, tell: &mut Tell<'_>) {
    if case.active == Some(false)
        || !linked.mapping.cloud_patterns.iter().any(|cloud| case.finding.pattern.id == *cloud)
    {
        return;
    }
    let in_ci = case.finding.places.iter().filter_map(|place| place.path.as_deref()).find(|path| is_ci(path));
    let is_pipeline = case.integration.is_some_and(|one| one.kind == Kind::Pipeline);
    match (in_ci, case.credential.and_then(|one| one.issuance.as_deref())) {
        (Some(path), _) => {
            tell.violated("G20", case.subject(), format!("{}: a static cloud key stands in {path}", case.name))
        }
        (None, Some("static")) if is_pipeline => {
            tell.violated("G20", case.subject(), format!("{}: a pipeline logs in with a static cloud key", case.name));
        }
        (None, None) if is_pipeline => {
            tell.unknown(
                "G20",
                case.subject(),
                format!("{}: how the pipeline's key comes into being is not written down", case.name),
            );
        }
        _ => {}
    }
}

fn is_ci(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.contains(".github/workflows/")
        || path.contains(".circleci/")
        || path.contains(".buildkite/")
        || name.starts_with(".gitlab-ci")
        || name.starts_with("azure-pipelines")
        || name.starts_with("bitbucket-pipelines")
        || matches!(name, "Jenkinsfile" | ".travis.yml" | ".drone.yml" | "cloudbuild.yaml" | "appveyor.yml")
}

/// G06 and G07, which look at everything together.
pub(super) fn check_all(cases: &[Case<'_>], linked: &Linked<'_>, tell: &mut Tell<'_>) {
    across_environments(cases, linked, tell);
    shared_as_declared(cases, linked, tell);
}

/// G07 of secrets that were not found: the inventory itself says that several integrations have them.
fn shared_as_declared(cases: &[Case<'_>], linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let mut by_fp: BTreeMap<&str, Sharers<'_>> = BTreeMap::new();
    let mut by_store: HashMap<&str, Sharers<'_>> = HashMap::new();
    for integration in &linked.facts.inventory.integrations {
        for credential in integration.credentials.iter().filter(|one| !one.is_gone()) {
            for fp in &credential.fp {
                by_fp.entry(fp).or_default().insert(&integration.id, (integration, credential));
            }
            if let Some(store) = &credential.store {
                by_store.entry(store).or_default().insert(&integration.id, (integration, credential));
            }
        }
    }
    for entry in &linked.facts.inventory.store_index {
        let sharers = by_store.get(entry.path.as_str()).into_iter().flatten();
        by_fp.entry(&entry.fp).or_default().extend(sharers);
    }
    for case in cases {
        by_fp.remove(case.finding.fingerprint.as_str());
    }
    for sharers in by_fp.values().filter(|sharers| sharers.len() > 1) {
        let all = sharers.keys().copied().collect::<Vec<_>>().join(", ");
        for (integration, credential) in sharers.values() {
            let message = format!("{}: {} is declared as the same secret by {all}", integration.id, credential.id);
            tell.violated("G07", subject(integration, Some(credential)), message);
        }
    }
}

/// Integrations that have one secret, by id, each with its credential.
type Sharers<'a> = BTreeMap<&'a str, (&'a Integration, &'a Credential)>;

/// G06
fn across_environments(cases: &[Case<'_>], linked: &Linked<'_>, tell: &mut Tell<'_>) {
    let mut by_principal: BTreeMap<&str, BTreeSet<EnvironmentClass>> = BTreeMap::new();
    let all: Vec<(&Case<'_>, BTreeSet<EnvironmentClass>)> =
        cases.iter().filter(|case| case.active != Some(false)).map(|case| (case, classes(case, linked))).collect();
    for (case, classes) in &all {
        if let Some(said) = &case.finding.verification.identity.principal {
            by_principal.entry(&said.value).or_default().extend(classes);
        }
    }
    for (case, own) in all {
        let principal = case.finding.verification.identity.principal.as_ref();
        let whole = principal.and_then(|said| by_principal.get(said.value.as_str())).unwrap_or(&own);
        let words: Vec<String> = whole.iter().map(|class| format!("{class:?}").to_lowercase()).collect();
        if whole.len() > 1 && whole.contains(&EnvironmentClass::Prod) {
            tell.violated("G06", case.subject(), format!("{}: it is in {} at once", case.name, words.join(", ")));
        } else if case.owned.environments.is_empty() && !linked.classes.is_empty() {
            tell.unknown(
                "G06",
                case.subject(),
                format!("{}: which environment its places are of is not known", case.name),
            );
        }
    }
}

/// Classes of the environments in which a credential stands, for which it is declared, and that its provider tells of.
fn classes(case: &Case<'_>, linked: &Linked<'_>) -> BTreeSet<EnvironmentClass> {
    let owned = case.owned;
    let declared = case.credential.and_then(|one| one.env.as_ref());
    let names = owned.environments.iter().chain(&owned.said_environments).chain(declared);
    names.filter_map(|name| linked.classes.get(name.as_str()).copied()).collect()
}

/// How long ago a review may have been, in words, for messages of other checks.
pub(super) fn ago(now: i64, then: i64) -> String {
    if now - then < 48 * HOUR { "recently".into() } else { format!("{} ago", days(now - then)) }
}
