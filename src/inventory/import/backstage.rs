//! Backstage: catalog files, several documents in each, or a saved answer of the catalog's API.

use std::collections::BTreeSet;

use super::{Found, Source};
use crate::inventory::Error;
use crate::inventory::node::{self, Node, Value};
use crate::inventory::repository::name_of;
use crate::model::inventory::{Integration, Inventory, Lifecycle, Owner, OwnerKind, Status, System};

/// Groups and users become owners, all that has an owner becomes a system.
pub(super) fn read(sources: &[Source], inventory: &Inventory) -> Result<Found, Error> {
    let mut found = Found::default();
    let mut named = BTreeSet::new();
    for source in sources {
        for document in node::read(&source.name, &source.text).map_err(|problem| Error::Problems(vec![problem]))? {
            let list = match &document.value {
                Value::List(list) => list.as_slice(),
                Value::Table(_) if document.get("items").is_some() => document.get("items").map_or(&[][..], Node::list),
                _ => std::slice::from_ref(&document),
            };
            for entity in list {
                self::entity(entity, inventory, &mut found, &mut named);
            }
        }
    }
    // Owners that are named and not in these files are owners all the same.
    let known: BTreeSet<String> = found.part.owners.iter().map(|owner| owner.id.clone()).collect();
    found.part.owners.extend(named.into_iter().filter(|id| !known.contains(id)).map(|id| Owner {
        kind: if id.starts_with("user:") { OwnerKind::Person } else { OwnerKind::Team },
        refs: vec![id.clone()],
        id,
        source: Some("backstage".into()),
        ..Owner::default()
    }));
    found.part.owners.sort_by(|left, right| left.id.cmp(&right.id));
    found.part.systems.sort_by(|left, right| left.id.cmp(&right.id));
    found.part.systems.dedup_by(|left, right| left.id == right.id);
    Ok(found)
}

fn entity(entity: &Node, inventory: &Inventory, found: &mut Found, named: &mut BTreeSet<String>) {
    let text = |path: &[&str]| entity.at(path).and_then(Node::text).map(str::to_owned);
    let (Some(kind), Some(name)) = (text(&["kind"]), text(&["metadata", "name"])) else { return };
    if text(&["metadata", "annotations", "backstage.io/orphan"]).as_deref() == Some("true") {
        return;
    }
    let namespace = text(&["metadata", "namespace"]).unwrap_or_else(|| "default".into());
    let kind = kind.to_ascii_lowercase();
    let own = format!("{kind}:{namespace}/{name}").to_ascii_lowercase();
    let title = text(&["metadata", "title"]).or_else(|| text(&["spec", "profile", "displayName"]));
    match kind.as_str() {
        "group" | "user" => {
            let email = text(&["spec", "profile", "email"]);
            let is_person = kind == "user";
            let teams = entity.at(&["spec", "memberOf"]).map_or(&[][..], Node::list);
            let parent = if is_person {
                teams.first().and_then(Node::text).map(str::to_owned)
            } else {
                text(&["spec", "parent"])
            };
            let manager = parent.map(|parent| reference(&parent, "group", &namespace));
            named.extend(manager.clone());
            found.part.owners.push(Owner {
                refs: vec![own.clone()],
                id: own,
                kind: if is_person { OwnerKind::Person } else { OwnerKind::Team },
                name: title,
                contacts: email.map(|email| [("email".to_owned(), email)].into()).into_iter().collect(),
                manager,
                status: Status::Active,
                source: Some("backstage".into()),
            });
        }
        "component" | "api" | "resource" | "system" => {
            // Relations are worked out by the catalog and count for more than what is written in the file.
            let relations = entity.get("relations").map_or(&[][..], Node::list);
            let is_owner = |relation: &&Node| relation.get("type").and_then(Node::text) == Some("ownedBy");
            let related = relations
                .iter()
                .find(is_owner)
                .and_then(|relation| relation.get("targetRef")?.text().map(str::to_owned));
            let owner =
                related.or_else(|| text(&["spec", "owner"])).map(|owner| reference(&owner, "group", &namespace));
            named.extend(owner.clone());
            integrations(&[&name, &own], &text, inventory, &mut found.part);
            let is_taken = found.part.systems.iter().any(|system| system.id == name);
            found.part.systems.push(System {
                id: if is_taken { own.clone() } else { name },
                name: title,
                owner,
                repos: repositories(&text),
                catalog_ref: Some(own),
                ..System::default()
            });
        }
        _ => {}
    }
}

/// What the catalog says of a component concerns the integrations that run for it: that it is on its way out, and where in Vault its
/// secrets lie.
fn integrations(names: &[&str], text: &dyn Fn(&[&str]) -> Option<String>, inventory: &Inventory, part: &mut Inventory) {
    let annotation = |name: &str| text(&["metadata", "annotations", name]);
    let word = text(&["spec", "lifecycle"]).unwrap_or_default().to_ascii_lowercase();
    // Any word may stand there. That a component is in use says nothing of each of its integrations, so only its end counts.
    let end = match word.as_str() {
        "deprecated" => Some(Lifecycle::Deprecated),
        "retired" | "decommissioned" | "end-of-life" => Some(Lifecycle::Retired),
        _ => None,
    };
    let vault = annotation("vault.io/secrets-path").map(|path| match annotation("vault.io/secrets-engine") {
        Some(engine) => format!("vault:{engine}/{path}"),
        None => format!("vault:{path}"),
    });
    if end.is_none() && vault.is_none() {
        return;
    }
    let is_it = |system: &&System| system.catalog_ref.as_deref().is_some_and(|name| names.contains(&name));
    let known = inventory.systems.iter().find(is_it).map(|system| system.id.as_str());
    let runs_for_it =
        |one: &&Integration| names.contains(&one.source_system.as_str()) || known == Some(one.source_system.as_str());
    for integration in inventory.integrations.iter().filter(runs_for_it) {
        let lifecycle = end.filter(|_| integration.lifecycle != Lifecycle::Retired || end == Some(Lifecycle::Retired));
        if (lifecycle.is_some() || vault.is_some()) && !part.integrations.iter().any(|one| one.id == integration.id) {
            part.integrations.push(Integration {
                id: integration.id.clone(),
                lifecycle: lifecycle.unwrap_or_default(),
                allowed_locations: vault.clone().into_iter().collect(),
                ..Integration::default()
            });
        }
    }
}

/// `[kind:][namespace/]name` in full and in small letters.
fn reference(text: &str, kind: &str, namespace: &str) -> String {
    let (kind, rest) = text.split_once(':').unwrap_or((kind, text));
    let (namespace, name) = rest.split_once('/').unwrap_or((namespace, rest));
    format!("{kind}:{namespace}/{name}").to_ascii_lowercase()
}

fn repositories(text: &dyn Fn(&[&str]) -> Option<String>) -> Vec<String> {
    let annotation = |name: &str| text(&["metadata", "annotations", name]);
    let location =
        annotation("backstage.io/source-location").or_else(|| annotation("backstage.io/managed-by-location"));
    let by_location = location.and_then(|location| folder(location.strip_prefix("url:")?));
    let by_slug = annotation("github.com/project-slug").map(|slug| format!("github.com/{slug}"));
    let by_gitlab = annotation("gitlab.com/project-slug").map(|slug| format!("gitlab.com/{slug}"));
    // The location says the folder too; the slug only the repository.
    by_location.or(by_slug).or(by_gitlab).into_iter().collect()
}

/// `github.com/acme/mono//pay` of `https://github.com/acme/mono/tree/main/pay/`.
fn folder(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    for mark in ["/-/tree/", "/-/blob/", "/tree/", "/blob/"] {
        if let Some((repository, rest)) = url.split_once(mark) {
            let name = name_of(repository)?;
            let folder = rest.split_once('/').map(|(_, folder)| folder).unwrap_or_default();
            let folder =
                if mark.contains("blob") { folder.rsplit_once('/').map_or("", |(folder, _)| folder) } else { folder };
            return Some(if folder.is_empty() { name } else { format!("{name}//{folder}") });
        }
    }
    name_of(url)
}
