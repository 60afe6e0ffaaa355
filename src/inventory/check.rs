//! What the types of an inventory do not hold it to: ids, fingerprints, names that must lead somewhere.

use std::collections::HashSet;

use globset::Glob;

use super::Problem;
use super::node::{Node, Value};
use crate::model::inventory::{Inventory, is_placeholder};

/// Problems in the values of one file.
pub(super) fn values(file: &str, root: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tell = |node: &Node, problem: String| problems.push(Problem::new(file, node.line, problem));
    for list in ["owners", "systems", "environments", "integrations", "credentials"] {
        for entity in root.get(list).map_or(&[][..], Node::list) {
            id(entity, &mut tell);
        }
    }
    for integration in root.get("integrations").map_or(&[][..], Node::list) {
        for credential in integration.get("credentials").map_or(&[][..], Node::list) {
            id(credential, &mut tell);
        }
        for waiver in integration.get("waivers").map_or(&[][..], Node::list) {
            waiver_is_whole(waiver, &mut tell);
        }
    }
    everywhere(root, "", &mut tell);
    problems
}

fn id(entity: &Node, tell: &mut dyn FnMut(&Node, String)) {
    let Some(id) = entity.get("id") else { return };
    if id.text().is_none_or(is_placeholder) {
        tell(id, "the id is empty or says nothing; give it a name of its own".into());
    }
}

fn waiver_is_whole(waiver: &Node, tell: &mut dyn FnMut(&Node, String)) {
    let check = waiver.get("check").and_then(Node::text).unwrap_or_default();
    let number =
        check.strip_prefix('G').filter(|digits| digits.len() == 2).and_then(|digits| digits.parse::<u8>().ok());
    if !number.is_some_and(|number| (1..=24).contains(&number)) {
        tell(waiver, format!("there is no check `{check}`; see `straykey checks list`"));
    }
    if number == Some(24) {
        tell(waiver, "G24 says that a waiver has lapsed and cannot itself be waived; take this out".into());
    }
    for field in ["approver", "reason"] {
        if waiver.get(field).and_then(Node::text).is_none_or(is_placeholder) {
            tell(waiver, format!("a waiver needs its {field}; write it"));
        }
    }
}

/// Looks at every value by the name that it stands under.
fn everywhere(node: &Node, key: &str, tell: &mut dyn FnMut(&Node, String)) {
    match &node.value {
        Value::Table(entries) => entries.iter().for_each(|(key, _, node)| everywhere(node, key, tell)),
        Value::List(list) => list.iter().for_each(|node| everywhere(node, key, tell)),
        Value::Text(text) => match key {
            "fp" => {
                if let Some(problem) = fingerprint(text) {
                    tell(node, problem);
                }
            }
            "path_globs" | "branch_globs" | "host_globs" | "ci_globs" => {
                if let Err(error) = Glob::new(text) {
                    tell(node, format!("`{text}` is no glob ({}); correct it", error.kind()));
                }
            }
            _ => {}
        },
        Value::Null => {}
    }
}

fn fingerprint(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_base32 =
        |hash: &&str| hash.len() == 32 && hash.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
    match parts[..] {
        ["fp1", "run", _] => Some("a fingerprint `fp1:run:…` is of one run only; set fingerprint_key_file and take the one that is reported then".into()),
        ["fp1", id, hash] if !id.is_empty() && is_base32(&hash) => None,
        // It is not repeated: it may be a secret.
        _ => Some("this is no fingerprint `fp1:<key id>:<32 letters and digits>`; make one with `straykey inventory add`".into()),
    }
}

/// What may be named: ids, and other names of owners.
pub(super) struct Known<'a> {
    owners: HashSet<&'a str>,
    systems: HashSet<&'a str>,
    environments: HashSet<&'a str>,
    integrations: HashSet<&'a str>,
    credentials: HashSet<&'a str>,
}

/// What is no entity but a kind of place that a credential may lead to.
const REACHED: [&str; 3] = ["secret_store", "idp", "ci_admin"];

impl<'a> Known<'a> {
    pub(super) fn new(whole: &'a Inventory) -> Self {
        let names = whole.owners.iter().flat_map(|owner| std::iter::once(&owner.id).chain(&owner.refs));
        let credentials = whole.integrations.iter().flat_map(|integration| &integration.credentials);
        Self {
            owners: names.map(String::as_str).collect(),
            systems: whole.systems.iter().map(|system| system.id.as_str()).collect(),
            environments: whole.environments.iter().map(|environment| environment.id.as_str()).collect(),
            integrations: whole.integrations.iter().map(|integration| integration.id.as_str()).collect(),
            credentials: credentials.map(|credential| credential.id.as_str()).collect(),
        }
    }

    /// Names in one file that lead nowhere.
    pub(super) fn dangling(&self, file: &str, root: &Node) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut name = |node: Option<&Node>, what: &str, known: &dyn Fn(&str) -> bool| {
            let several = node.map_or(&[][..], Node::list);
            for node in several.iter().chain(node) {
                let Some(text) = node.text().filter(|text| !is_placeholder(text) && !known(text)) else { continue };
                let problem = format!("there is no {what} `{text}`; add it or correct the name");
                problems.push(Problem::new(file, node.line, problem));
            }
        };
        let owner = |text: &str| self.owners.contains(text);
        // Whoever lists no systems names them as they please.
        let system = |text: &str| self.systems.is_empty() || self.systems.contains(text);
        let environment = |text: &str| self.environments.contains(text);
        let reached =
            |text: &str| REACHED.contains(&text) || self.integrations.contains(text) || self.credentials.contains(text);
        let each = |key: &str| root.get(key).map_or(&[][..], Node::list);
        each("owners").iter().for_each(|node| name(node.get("manager"), "owner", &owner));
        for node in each("systems") {
            name(node.get("owner"), "owner", &owner);
            name(node.get("exposes"), "credential or integration", &reached);
        }
        each("environments").iter().for_each(|node| name(node.get("owner"), "owner", &owner));
        for node in each("integrations") {
            name(node.at(&["owner", "business"]), "owner", &owner);
            name(node.at(&["owner", "technical"]), "owner", &owner);
            name(node.at(&["review", "by"]), "owner", &owner);
            name(node.get("source_system"), "system", &system);
            name(node.get("target_system"), "system", &system);
            name(node.get("environments"), "environment", &environment);
            name(node.get("downstream"), "integration or credential", &reached);
        }
        let below = each("integrations").iter().flat_map(|node| node.get("credentials").map_or(&[][..], Node::list));
        for node in below.chain(each("credentials")) {
            name(node.get("env"), "environment", &environment);
            name(node.get("mints"), "credential", &|text| self.credentials.contains(text));
        }
        problems
    }
}
