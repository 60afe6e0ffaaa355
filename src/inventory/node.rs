//! YAML, JSON and TOML as one tree in which every value knows its line.
//!
//! JSON is read as the YAML that it is. Aliases are refused: with a few lines of them a file would grow without bound.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle};
use toml::de::{DeTable, DeValue};

use super::Problem;

/// Lists and tables may not lie deeper.
const DEEPEST: usize = 64;

/// A value and the line that it begins on, from 1.
#[derive(Debug, Clone)]
pub struct Node {
    /// The line.
    pub line: usize,
    /// The value.
    pub value: Value,
}

/// What a table has under a name: the name, its line, and the value.
pub type Entry = (Arc<str>, usize, Node);

/// What a node is.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing.
    Null,
    /// Text, a number, a truth value or a date.
    Text(Box<str>),
    /// Several in order.
    List(Vec<Node>),
    /// Named ones, with the line of each name.
    Table(Vec<Entry>),
}

impl Node {
    /// What a table has under `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let Value::Table(entries) = &self.value else { return None };
        entries.iter().find(|(name, _, _)| **name == *key).map(|(_, _, node)| node)
    }

    /// What stands at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The members, if it is a list.
    pub fn list(&self) -> &[Node] {
        if let Value::List(list) = &self.value { list } else { &[] }
    }

    /// The entries, if it is a table.
    pub fn table(&self) -> &[Entry] {
        if let Value::Table(entries) = &self.value { entries } else { &[] }
    }
}

/// Reads a file by the end of its name: `.toml`, or else YAML or JSON. Each document of it is a tree of its own.
pub fn read(file: &str, text: &str) -> Result<Vec<Node>, Problem> {
    if file.ends_with(".toml") { Ok(vec![toml(file, text)?]) } else { yaml(file, text) }
}

fn toml(file: &str, text: &str) -> Result<Node, Problem> {
    let line =
        |offset: usize| text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1;
    let table = DeTable::parse(text).map_err(|error| {
        let at = line(error.span().map_or(0, |span| span.start));
        Problem::new(file, at, format!("{}; correct this line", error.message().replace('\n', ", ")))
    })?;
    Ok(Node { line: 1, value: toml_table(table.get_ref(), &line) })
}

fn toml_table(table: &DeTable<'_>, line: &dyn Fn(usize) -> usize) -> Value {
    let entry = |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &toml::Spanned<DeValue<'_>>)| {
        (key.get_ref().as_ref().into(), line(key.span().start), toml_value(value, line))
    };
    Value::Table(table.iter().map(entry).collect())
}

fn toml_value(value: &toml::Spanned<DeValue<'_>>, line: &dyn Fn(usize) -> usize) -> Node {
    let inner = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.as_ref().into()),
        DeValue::Integer(number) => Value::Text(number.to_string().into()),
        DeValue::Float(number) => Value::Text(number.to_string().into()),
        DeValue::Boolean(truth) => Value::Text(truth.to_string().into()),
        DeValue::Datetime(time) => Value::Text(time.to_string().into()),
        DeValue::Array(list) => Value::List(list.iter().map(|value| toml_value(value, line)).collect()),
        DeValue::Table(table) => toml_table(table, line),
    };
    Node { line: line(value.span().start), value: inner }
}

/// What is being read: a list, or a table with the key that waits for its value.
enum Open {
    List(usize, Vec<Node>),
    Table(usize, Vec<Entry>, Option<(Arc<str>, usize)>, HashSet<Arc<str>>),
}

fn yaml(file: &str, text: &str) -> Result<Vec<Node>, Problem> {
    let (mut documents, mut open) = (Vec::new(), Vec::<Open>::new());
    let mut names: HashSet<Arc<str>> = HashSet::new();
    let text = begun(paired(text));
    for event in Parser::new_from_str(&text) {
        let (event, span) = event.map_err(|error| {
            Problem::new(file, error.marker().line(), format!("{}; correct the YAML there", error.info()))
        })?;
        let line = span.start.line();
        let refused = |problem: &str| Err(Problem::new(file, line, problem));
        let done = match event {
            Event::Alias(_) => {
                return refused(
                    "aliases (`*name`) are not read, as a few of them can stand for a file without end; write the \
                                value out",
                );
            }
            Event::Scalar(text, style, ..) => Some(scalar(&text, style, line)),
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEEPEST => {
                return refused("lists and tables lie too deep in one another; this is none of our formats");
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(line, Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Table(line, Vec::new(), None, HashSet::new()));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|open| match open {
                Open::List(line, mut list) => {
                    list.shrink_to_fit();
                    Node { line, value: Value::List(list) }
                }
                Open::Table(line, mut entries, ..) => {
                    entries.shrink_to_fit();
                    Node { line, value: Value::Table(entries) }
                }
            }),
            _ => None,
        };
        let Some(node) = done else { continue };
        match open.last_mut() {
            None => documents.push(node),
            Some(Open::List(_, list)) => list.push(node),
            Some(Open::Table(_, entries, waiting, keys)) => match waiting.take() {
                Some((key, at)) => entries.push((key, at, node)),
                None => {
                    let Value::Text(key) = node.value else { return refused("this key is no text; put it in quotes") };
                    // Names come again and again: each is kept once.
                    let key = match names.get(&*key) {
                        Some(known) => Arc::clone(known),
                        None => {
                            let new: Arc<str> = key.into();
                            names.insert(Arc::clone(&new));
                            new
                        }
                    };
                    if !keys.insert(Arc::clone(&key)) {
                        return refused(&format!("`{key}` is given twice; keep one of them"));
                    }
                    *waiting = Some((key, node.line));
                }
            },
        }
    }
    Ok(documents)
}

/// A list or table that a file begins with could be the key of another, for all that YAML knows: its parser would keep all of it
/// until it ends. Behind the mark of a document, on the same line, it can not.
fn begun(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.starts_with(['{', '[']) { Cow::Owned(format!("--- {text}")) } else { text }
}

/// JSON writes characters beyond 16 bits as two escapes, which YAML does not know: they become one of its own.
fn paired(text: &str) -> Cow<'_, str> {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return Cow::Borrowed(text);
    }
    let unit = |rest: &str| rest.strip_prefix("\\u").and_then(|rest| u16::from_str_radix(rest.get(..4)?, 16).ok());
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let pair = unit(rest).zip(rest.get(6..).and_then(unit));
        let character = pair.and_then(|(high, low)| char::decode_utf16([high, low]).next()?.ok());
        let taken = match character.filter(|character| u32::from(*character) > 0xffff) {
            Some(character) => {
                plain.push_str(&format!("\\U{:08x}", u32::from(character)));
                12
            }
            // The next character is escaped, a backslash maybe.
            None => {
                let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                plain.push_str(&rest[..length]);
                length
            }
        };
        rest = &rest[taken..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn scalar(text: &str, style: ScalarStyle, line: usize) -> Node {
    let is_null = style == ScalarStyle::Plain && matches!(text, "" | "~" | "null" | "Null" | "NULL");
    Node { line, value: if is_null { Value::Null } else { Value::Text(text.into()) } }
}
