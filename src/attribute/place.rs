//! Evidence of class F, and who cleans up: the repository and the path in which a secret stands.

use std::collections::HashSet;

use super::evidence::{Case, evidence};
use super::index::{Index, normal};
use super::{Attributor, Which};
use crate::model::attribution::ExposureOwner;
use crate::model::finding::Finding;
use crate::model::place::Place;
use crate::model::surroundings::Around;

/// Looks at every place for what is declared of it.
pub(super) fn look(case: &mut Case<'_, '_>) {
    let (index, weights) = (&case.inventory.index, &case.inventory.weights.points);
    let mut seen = HashSet::new();
    let (mut components, mut at_home) = (HashSet::new(), HashSet::new());
    for (place, around) in case.finding.places.iter().zip(case.around) {
        let Some(path) = &place.path else { continue };
        let repository = around.repository.as_deref().map(normal);
        if let Some(repository) = &repository {
            for (glob, text, which) in index.locations.get(repository).into_iter().flatten() {
                if glob.is_match(path) && seen.insert((*which, "glob")) {
                    case.longest_glob
                        .entry(which.integration)
                        .and_modify(|most| *most = text.len().max(*most))
                        .or_insert(text.len());
                    case.add(*which, evidence('F', "glob", weights.location, text));
                }
            }
            for system in systems(index, repository, path) {
                let id = &case.inventory.inventory.systems[system].id;
                if let Some(known) = index.by_system.get(id.as_str()).filter(|_| components.insert(system)) {
                    case.add_all(known, &evidence('F', "component", weights.component, id));
                    at_home.extend(known.iter().map(|which| which.integration));
                }
            }
        }
        if path.starts_with(".github/workflows/") || path.contains("/.github/workflows/") || path.contains("gitlab-ci")
        {
            let name = path.rsplit('/').next().unwrap_or(path);
            let named = index.workflows.get(name).into_iter().flatten();
            // `deploy.yml` is everywhere: it counts where the integration's own code is.
            for which in named.filter(|which| at_home.contains(&which.integration)) {
                if seen.insert((*which, "workflow")) {
                    case.add(*which, evidence('F', "workflow", weights.workflow, name));
                }
            }
        }
    }
    people(case);
}

/// Systems that are declared for a path, those of the nearest folder first.
fn systems<'i>(index: &'i Index<'_>, repository: &str, path: &'i str) -> impl Iterator<Item = usize> + 'i {
    let folders = index.components.get(repository);
    let ends = path.rmatch_indices('/').map(|(at, _)| at).chain([0]);
    ends.filter_map(move |end| folders?.get(&path[..end])).flatten().copied()
}

/// Whom CODEOWNERS and commits name supports integrations of theirs that something else brought up.
fn people<'f>(case: &mut Case<'_, 'f>) {
    let weights = &case.inventory.weights.points;
    let owners = &case.inventory.owners;
    let named = case.around.iter().flat_map(|around| &around.code_owners);
    let code_owners: HashSet<&str> = named.filter_map(|name| owners.by_name(name)).collect();
    let last = |place: &'f Place| match (&place.lifetime, &place.commit) {
        (Some(lifetime), _) => Some(lifetime.last.author.as_str()),
        (None, commit) => commit.as_ref().map(|commit| commit.author.as_str()),
    };
    let authors = case.finding.places.iter().take(case.around.len().max(1)).filter_map(last);
    let author_teams: HashSet<&str> = authors.filter_map(|author| owners.by_address(author)).flatten().collect();
    if code_owners.is_empty() && author_teams.is_empty() {
        return;
    }
    let brought_up: Vec<Which> = case.evidence.keys().copied().collect();
    for which in brought_up {
        let integration = case.inventory.integration(which);
        let own = std::iter::once(&integration.owner.business).chain(&integration.owner.technical);
        for owner in own.filter_map(|name| owners.by_name(name)) {
            if code_owners.contains(owner) {
                case.add(which, evidence('F', "code_owners", weights.code_owners, owner));
            }
            if author_teams.contains(owner) {
                case.add(which, evidence('F', "author", weights.author, owner));
            }
        }
    }
}

/// Who cleans the first place of which somebody is known to.
pub(super) fn exposure_owner(
    inventory: &Attributor<'_>,
    finding: &Finding,
    around: &[Around],
) -> Option<ExposureOwner> {
    let told = |who: Vec<String>, by| Some(ExposureOwner { who, by });
    if let Some(around) = around.iter().find(|around| !around.code_owners.is_empty()) {
        return told(around.code_owners.clone(), "CODEOWNERS");
    }
    for (place, around) in finding.places.iter().zip(around) {
        let (Some(path), Some(repository)) = (&place.path, &around.repository) else { continue };
        let mut systems = systems(&inventory.index, &normal(repository), path);
        let system = systems.next().map(|system| &inventory.inventory.systems[system]);
        if let Some(owner) = system.and_then(|system| system.owner.clone()) {
            return told(vec![owner], "system");
        }
    }
    let author = finding.places.iter().find_map(|place| {
        let last = place.lifetime.as_ref().map(|lifetime| &lifetime.last);
        last.or(place.commit.as_ref()).map(|commit| commit.author.clone())
    });
    author.and_then(|author| told(vec![author], "author"))
}

/// How many places `integration` does not declare; without one, all of them.
pub(super) fn outside(
    inventory: &Attributor<'_>,
    finding: &Finding,
    around: &[Around],
    integration: Option<&str>,
) -> usize {
    let is_allowed = |(number, place): (usize, &Place)| {
        // Places beyond those that were read again are of the same target as one that was, or not known.
        let known = around.get(number).or_else(|| {
            let same = finding.places.iter().position(|other| other.target == place.target)?;
            around.get(same)
        });
        let repository = known.and_then(|around| around.repository.as_deref()).map(normal);
        let (Some(repository), Some(path), Some(integration)) = (repository, &place.path, integration) else {
            return false;
        };
        let mut declared = inventory.index.locations.get(&repository).into_iter().flatten();
        declared.any(|(glob, _, which)| glob.is_match(path) && inventory.integration(*which).id == integration)
    };
    finding.places.len() - finding.places.iter().enumerate().filter(|place| is_allowed(*place)).count()
}
