//! Tables of your own, as CSV or as a list of JSON objects: one row for each credential, its columns named after fields or mapped to
//! them; and ServiceNow's table of configuration items, one row for each system.

use std::collections::BTreeMap;

use super::{Fact, Found, Known, Source};
use crate::inventory::node::{Entry, Node, Value};
use crate::inventory::{Error, Problem, typed};
use crate::model::inventory::{Credential, Integration, Inventory, Owner, OwnerKind, System, is_placeholder};

/// Fields of an integration that a column may hold.
const INTEGRATION: [&str; 10] = [
    "integration",
    "purpose",
    "owner.business",
    "owner.technical",
    "source_system",
    "target_system",
    "environments",
    "lifecycle",
    "sunset",
    "direction",
];
/// Fields of a credential.
const CREDENTIAL: [&str; 16] = [
    "id",
    "provider",
    "type",
    "fp",
    "public_id",
    "env",
    "store",
    "created_at",
    "expires_at",
    "last_rotated",
    "last_used_at",
    "scopes",
    "state",
    "principal.id",
    "principal.account",
    "principal.kind",
];
/// Fields that hold several values, with blanks between them.
const LISTS: [&str; 3] = ["fp", "scopes", "environments"];
/// Columns of ServiceNow's.
const SERVICENOW: [&str; 8] =
    ["sys_id", "name", "owned_by", "managed_by", "support_group", "assignment_group", "operational_status", "vendor"];

/// Which column is which field, and fields with one value for all rows.
pub(super) struct Map {
    columns: BTreeMap<String, String>,
    constants: BTreeMap<String, String>,
}

impl Map {
    /// Reads `column=field` and `field:=value`.
    pub(super) fn parse(map: &[String]) -> Result<Self, String> {
        let (mut columns, mut constants) = (BTreeMap::new(), BTreeMap::new());
        for entry in map {
            if let Some((field, value)) = entry.split_once(":=") {
                constants.insert(known(field)?, value.to_owned());
            } else if let Some((column, field)) = entry.rsplit_once('=') {
                columns.insert(column.trim().to_owned(), known(field)?);
            } else {
                return Err(format!("`--map {entry}` is neither `column=field` nor `field:=value`; correct it"));
            }
        }
        Ok(Self { columns, constants })
    }

    fn field<'a>(&'a self, column: &'a str) -> &'a str {
        self.columns.get(column).map_or(column, String::as_str)
    }

    /// Puts what is the same for all rows into a fact that does not say otherwise.
    pub(super) fn constants_into(&self, fact: &mut Fact) {
        if let Some(id) = self.constants.get("integration") {
            fact.integration.entry("id".into()).or_insert_with(|| id.clone());
        }
        if let Some(provider) = self.constants.get("provider").filter(|_| fact.credential.provider.is_empty()) {
            fact.credential.provider.clone_from(provider);
        }
        if fact.credential.env.is_none() {
            fact.credential.env = self.constants.get("env").cloned();
        }
    }
}

fn known(field: &str) -> Result<String, String> {
    let field = field.trim();
    let all: Vec<&str> = INTEGRATION.iter().chain(&CREDENTIAL).chain(&SERVICENOW).copied().collect();
    if all.contains(&field) {
        Ok(field.to_owned())
    } else {
        Err(format!("there is no field `{field}`; there are {}", all.join(", ")))
    }
}

/// A row: its line, and its fields.
type Row = (usize, BTreeMap<String, String>);

fn rows(source: &Source, map: &Map) -> Result<Vec<Row>, Error> {
    let is_json = source.text.trim_start().starts_with(['[', '{']);
    let mut rows = if is_json { json_rows(source)? } else { csv_rows(source)? };
    for (_, row) in &mut rows {
        *row = std::mem::take(row).into_iter().map(|(column, value)| (map.field(&column).to_owned(), value)).collect();
        for (field, value) in &map.constants {
            row.entry(field.clone()).or_insert_with(|| value.clone());
        }
        row.retain(|_, value| !value.trim().is_empty());
    }
    Ok(rows)
}

fn csv_rows(source: &Source) -> Result<Vec<Row>, Error> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source.text.as_bytes());
    let refused = |error: csv::Error| {
        let line = error.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(1));
        Error::Problems(vec![Problem::new(&source.name, line, format!("{error}; correct the CSV there"))])
    };
    let header = reader.headers().map_err(refused)?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(refused)?;
        let line = record.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(1));
        // What an export made harmless for spreadsheets is read as it was.
        let plain = |value: &str| {
            value.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(value).to_owned()
        };
        rows.push((line, header.iter().map(str::to_owned).zip(record.iter().map(plain)).collect()));
    }
    Ok(rows)
}

/// A list of objects, or an object with one; what lies deeper gets dotted names.
fn json_rows(source: &Source) -> Result<Vec<Row>, Error> {
    let refused = |problem| Error::Problems(vec![problem]);
    let mut documents = crate::inventory::node::read(&source.name, &source.text).map_err(refused)?;
    let Some(root) = documents.pop() else { return Ok(Vec::new()) };
    let lists = root.table().iter().map(|(_, _, node)| node).find(|node| matches!(node.value, Value::List(_)));
    let list = if matches!(root.value, Value::List(_)) { root.list() } else { lists.map_or(&[][..], Node::list) };
    Ok(list
        .iter()
        .map(|node| {
            let mut row = BTreeMap::new();
            flatten(node, "", &mut row);
            (node.line, row)
        })
        .collect())
}

fn flatten(node: &Node, above: &str, row: &mut BTreeMap<String, String>) {
    match &node.value {
        Value::Table(entries) => {
            for (key, _, node) in entries {
                let name = if above.is_empty() { key.to_string() } else { format!("{above}.{key}") };
                flatten(node, &name, row);
            }
        }
        Value::Text(text) => _ = row.insert(above.to_owned(), text.to_string()),
        Value::List(list) => {
            let texts: Vec<&str> = list.iter().filter_map(Node::text).collect();
            row.insert(above.to_owned(), texts.join(" "));
        }
        Value::Null => {}
    }
}

/// One row for each credential.
pub(super) fn read(sources: &[Source], map: &Map) -> Result<Found, Error> {
    let mut found = Found::default();
    let mut problems = Vec::new();
    for source in sources {
        for (line, row) in rows(source, map)? {
            match fact(&source.name, line, row) {
                Ok(fact) => found.facts.push(fact),
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(Error::Problems(problems)) }
}

fn fact(file: &str, line: usize, row: BTreeMap<String, String>) -> Result<Fact, Problem> {
    let integration = INTEGRATION.iter().filter_map(|field| {
        let name = if *field == "integration" { "id" } else { field };
        Some((name.to_owned(), row.get(*field)?.clone()))
    });
    let mut nodes = BTreeMap::new();
    for name in ["id", "provider", "type"] {
        nodes.insert(name, row.get(name).map_or("", String::as_str));
    }
    nodes.extend(CREDENTIAL.iter().filter_map(|field| Some((*field, row.get(*field)?.as_str()))));
    let credential: Credential = typed(file, &tree(line, &nodes))?;
    Ok(Fact { credential, integration: integration.collect() })
}

/// A tree of dotted names.
fn tree(line: usize, fields: &BTreeMap<&str, &str>) -> Node {
    let text = |value: &str| Node { line, value: Value::Text(value.into()) };
    let mut entries: Vec<Entry> = Vec::new();
    for (name, value) in fields {
        let node = match LISTS.contains(name) {
            true => Node {
                line,
                value: Value::List(value.split([' ', ';', ',']).filter(|one| !one.is_empty()).map(text).collect()),
            },
            false => text(value),
        };
        match name.split_once('.') {
            None => entries.push(((*name).into(), line, node)),
            Some((above, below)) => match entries.iter_mut().find(|(name, ..)| **name == *above) {
                Some((_, _, Node { value: Value::Table(inside), .. })) => inside.push((below.into(), line, node)),
                _ => entries.push((
                    above.into(),
                    line,
                    Node { line, value: Value::Table(vec![(below.into(), line, node)]) },
                )),
            },
        }
    }
    Node { line, value: Value::Table(entries) }
}

/// Adds the integration `id` with what is said of it, unless it is there; owners and environments that are named and not known too.
pub(super) fn integration(
    part: &mut Inventory,
    id: &str,
    said: &BTreeMap<String, String>,
    known: &Known<'_>,
) -> Result<(), Error> {
    if part.integrations.iter().any(|one| one.id == id) {
        return Ok(());
    }
    let is_known = known.elsewhere(|inventory| inventory.integrations.iter().any(|one| one.id == id));
    if is_known && said.len() == 1 {
        return Ok(());
    }
    let mut fields: BTreeMap<&str, &str> = said.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for name in ["purpose", "owner.business", "source_system", "target_system", "environments"] {
        fields.entry(name).or_default();
    }
    fields.entry("lifecycle").or_insert("active");
    let integration: Integration =
        typed("the import", &tree(1, &fields)).map_err(|problem| Error::Problems(vec![problem]))?;
    for name in std::iter::once(&integration.owner.business).chain(&integration.owner.technical) {
        owner(part, name, OwnerKind::Person, known);
    }
    part.integrations.push(integration);
    Ok(())
}

fn owner(part: &mut Inventory, name: &str, kind: OwnerKind, known: &Known<'_>) {
    let is_it = |owner: &Owner| owner.id == name || owner.refs.iter().any(|other| other == name);
    if !is_placeholder(name)
        && !part.owners.iter().any(is_it)
        && !known.elsewhere(|inventory| inventory.owners.iter().any(is_it))
    {
        part.owners.push(Owner { id: name.to_owned(), kind, source: Some("import".into()), ..Owner::default() });
    }
}

/// One row for each configuration item: a system, whose owner is who owns or manages it, or else the group.
pub(super) fn servicenow(sources: &[Source], map: &Map) -> Result<Found, Error> {
    let mut found = Found::default();
    let nothing = Known { inventory: &Inventory::default(), old: None };
    for source in sources {
        for (line, row) in rows(source, map)? {
            // A reference is written as the name alone, or with its parts.
            let get = |name: &str| row.get(name).or_else(|| row.get(&format!("{name}.display_value"))).cloned();
            let Some(name) = get("name") else {
                let problem = Problem::new(
                    &source.name,
                    line,
                    "this row has no `name`; map a column to it with `--map COLUMN=name`",
                );
                return Err(Error::Problems(vec![problem]));
            };
            let is_over = get("operational_status").is_some_and(|status| matches!(status.as_str(), "6" | "Retired"));
            if is_over || found.part.systems.iter().any(|system| system.id == name) {
                continue;
            }
            let person = get("owned_by").or_else(|| get("managed_by"));
            let group = get("support_group").or_else(|| get("assignment_group"));
            if let Some(person) = &person {
                owner(&mut found.part, person, OwnerKind::Person, &nothing);
            }
            if let Some(group) = &group {
                owner(&mut found.part, group, OwnerKind::Team, &nothing);
            }
            found.part.systems.push(System {
                id: name,
                owner: person.or(group),
                catalog_ref: get("sys_id").map(|id| format!("servicenow:{id}")),
                vendor: get("vendor"),
                ..System::default()
            });
        }
    }
    Ok(found)
}
