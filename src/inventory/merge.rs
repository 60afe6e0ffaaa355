//! Joins the files of an inventory. What people wrote counts for intent, what a provider told counts for state, and where the
//! two do not agree the difference is kept.

use std::collections::HashMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Problem;
use super::node::Node;
use crate::model::inventory::{Credential, Difference, FactSource, Inventory, is_placeholder};

/// Fields of a credential of which its provider knows more than we do.
const STATE: [&str; 7] = ["scopes", "created_at", "expires_at", "last_rotated", "last_used_at", "state", "public_id"];

/// An inventory in the making, and where each entity of it stands.
#[derive(Default)]
pub(super) struct Joined {
    pub(super) inventory: Inventory,
    owners: Places,
    systems: Places,
    environments: Places,
    integrations: Places,
    /// Integration and position in it.
    credentials: HashMap<String, (usize, usize, String)>,
    /// Credentials of all files, which wait for the integrations of all files.
    waiting: Vec<Waiting>,
    parts: Vec<(String, Option<FactSource>)>,
}

/// A credential, what it is of, and where it is written: the line, and which file.
struct Waiting {
    credential: Credential,
    integration: String,
    line: usize,
    part: usize,
}

/// By id: the position in the list, and file and line.
type Places = HashMap<String, (usize, String)>;

/// A file that is being joined.
pub(super) struct From<'a> {
    pub(super) file: &'a str,
    pub(super) root: &'a Node,
    pub(super) source: Option<FactSource>,
}

impl From<'_> {
    fn line(&self, list: &str, index: usize) -> usize {
        self.root.get(list).and_then(|node| node.list().get(index)).map_or(1, |node| node.line)
    }
}

impl Joined {
    /// Adds all of one file; its credentials when [`Joined::finish`] is called.
    pub(super) fn add(&mut self, part: Inventory, from: &From<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let Inventory {
            owners,
            systems,
            environments,
            mut integrations,
            credentials,
            store_index,
            listings,
            trusts,
            ..
        } = part;
        let number = self.parts.len();
        self.parts.push((from.file.to_owned(), from.source.clone()));
        let whole = &mut self.inventory;
        let differences = &mut whole.differences;
        let below: Vec<Vec<Credential>> =
            integrations.iter_mut().map(|integration| std::mem::take(&mut integration.credentials)).collect();
        let ids: Vec<String> = integrations.iter().map(|integration| integration.id.clone()).collect();
        let mut joiner = Joiner { from, problems: &mut problems, differences };
        joiner.join("owners", owners, &mut whole.owners, &mut self.owners, |owner| &owner.id);
        joiner.join("systems", systems, &mut whole.systems, &mut self.systems, |system| &system.id);
        joiner.join("environments", environments, &mut whole.environments, &mut self.environments, |env| &env.id);
        joiner.join("integrations", integrations, &mut whole.integrations, &mut self.integrations, |one| &one.id);
        whole.store_index.extend(store_index);
        whole.listings.extend(listings);
        whole.trusts.extend(trusts);
        for (index, (id, credentials)) in ids.into_iter().zip(below).enumerate() {
            let line = from.line("integrations", index);
            let node = from.root.get("integrations").and_then(|node| node.list().get(index));
            let nodes = node.and_then(|node| node.get("credentials")).map_or(&[][..], Node::list);
            for (credential, node) in credentials.into_iter().zip(nodes) {
                let named = credential.integration.as_ref().filter(|named| **named != id);
                if let Some(named) = named {
                    let problem = format!(
                        "credential `{}` stands below `{id}` and names `{named}`; keep one of the two",
                        credential.id
                    );
                    problems.push(Problem::new(from.file, node.line.max(line), problem));
                }
                self.waiting.push(Waiting { credential, integration: id.clone(), line: node.line, part: number });
            }
        }
        for (index, credential) in credentials.into_iter().enumerate() {
            let line = from.line("credentials", index);
            match credential.integration.clone() {
                Some(integration) => self.waiting.push(Waiting { credential, integration, line, part: number }),
                None => {
                    let problem = format!(
                        "credential `{}` names no integration; add `integration:`, or write it below one",
                        credential.id
                    );
                    problems.push(Problem::new(from.file, line, problem));
                }
            }
        }
        problems
    }

    /// Puts every credential below its integration.
    pub(super) fn finish(&mut self) -> Vec<Problem> {
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().filter_map(|one| self.credential(one)).collect()
    }

    fn credential(&mut self, waiting: Waiting) -> Option<Problem> {
        let Waiting { mut credential, integration, line, part } = waiting;
        let (file, source) = self.parts.get(part)?;
        let Some((at, _)) = self.integrations.get(&integration) else {
            let problem = format!(
                "credential `{}` names the integration `{integration}`, which there is not; add it or correct the name",
                credential.id
            );
            return Some(Problem::new(file, line, problem));
        };
        credential.integration = Some(integration);
        let whole = &mut self.inventory;
        match self.credentials.get(&credential.id) {
            None => {
                let list = &mut whole.integrations[*at].credentials;
                self.credentials.insert(credential.id.clone(), (*at, list.len(), format!("{file}:{line}")));
                list.push(credential);
                None
            }
            Some((owner, position, first)) => {
                if let Some(source) = source.as_ref().filter(|_| owner == at) {
                    let ours = &mut whole.integrations[*owner].credentials[*position];
                    complete(ours, &credential, ("credentials", &credential.id), source, &mut whole.differences);
                    return None;
                }
                let problem =
                    format!("credential id `{}` is taken by {first}; give one of them another id", credential.id);
                Some(Problem::new(file, line, problem))
            }
        }
    }
}

struct Joiner<'a> {
    from: &'a From<'a>,
    problems: &'a mut Vec<Problem>,
    differences: &'a mut Vec<Difference>,
}

impl Joiner<'_> {
    fn join<T: Default + Serialize + DeserializeOwned>(
        &mut self,
        name: &str,
        part: Vec<T>,
        whole: &mut Vec<T>,
        places: &mut Places,
        id: fn(&T) -> &String,
    ) {
        whole.reserve_exact(part.len());
        for (index, entity) in part.into_iter().enumerate() {
            let line = self.from.line(name, index);
            let key = id(&entity).clone();
            match places.get(&key) {
                None => {
                    places.insert(key, (whole.len(), format!("{}:{line}", self.from.file)));
                    whole.push(entity);
                }
                Some((position, first)) => {
                    if let Some(source) = &self.from.source {
                        complete(&mut whole[*position], &entity, (name, &key), source, self.differences);
                        continue;
                    }
                    let one = name.trim_end_matches('s');
                    let problem = format!("{one} id `{key}` is taken by {first}; give one of them another id");
                    self.problems.push(Problem::new(self.from.file, line, problem));
                }
            }
        }
    }
}

/// Fills what `ours` leaves open from `theirs`, and keeps in what the two differ.
fn complete<T: Default + Serialize + DeserializeOwned>(
    ours: &mut T,
    theirs: &T,
    (kind, id): (&str, &str),
    source: &FactSource,
    differences: &mut Vec<Difference>,
) {
    let (Ok(Value::Object(mut mine)), Ok(Value::Object(mut other)), Ok(default)) =
        (serde_json::to_value(&*ours), serde_json::to_value(theirs), serde_json::to_value(T::default()))
    else {
        return;
    };
    // Defaults are no statements: what a source did not say must not look like a difference.
    other.retain(|key, value| default.get(key) != Some(value));
    let told = |field: String, ours: &Value, theirs: &Value, theirs_counts| Difference {
        of: format!("{} {id}", kind.trim_end_matches('s')),
        integration: match kind {
            "integrations" => Some(id.to_owned()),
            "credentials" => mine_integration(&other),
            _ => None,
        },
        field,
        ours: shown(ours),
        theirs: shown(theirs),
        source: source.clone(),
        theirs_counts,
    };
    fill(&mut mine, &other, "", kind == "credentials", &told, differences);
    if let Ok(joined) = serde_json::from_value(Value::Object(mine)) {
        *ours = joined;
    }
}

fn mine_integration(credential: &Map<String, Value>) -> Option<String> {
    Some(credential.get("integration")?.as_str()?.to_owned())
}

fn fill(
    ours: &mut Map<String, Value>,
    theirs: &Map<String, Value>,
    above: &str,
    is_credential: bool,
    told: &dyn Fn(String, &Value, &Value, bool) -> Difference,
    differences: &mut Vec<Difference>,
) {
    for (key, value) in theirs {
        if says_nothing(value) {
            continue;
        }
        let field = format!("{above}{key}");
        match ours.get_mut(key) {
            Some(mine) if !says_nothing(mine) => match (mine, value) {
                (Value::Object(mine), Value::Object(value)) => {
                    fill(mine, value, &format!("{field}."), is_credential, told, differences);
                }
                (mine, value) if mine == value => {}
                // What is a list of names elsewhere grows; nothing is taken out of it.
                (Value::Array(mine), Value::Array(value)) if !STATE.contains(&key.as_str()) => {
                    let new: Vec<Value> = value.iter().filter(|one| !mine.contains(one)).cloned().collect();
                    mine.extend(new);
                }
                (mine, value) => {
                    let theirs_counts = is_credential && STATE.contains(&key.as_str());
                    differences.push(told(field, mine, value, theirs_counts));
                    if theirs_counts {
                        *mine = value.clone();
                    }
                }
            },
            _ => _ = ours.insert(key.clone(), value.clone()),
        }
    }
}

/// What stands for nothing, at any depth.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => is_placeholder(text),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(says_nothing),
        _ => false,
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
