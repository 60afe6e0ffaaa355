//! Reads gitleaks' allowlists.
//!
//! Comes in: a table. Goes out: an [`Allowlist`], or why it cannot be taken over. A list is applied to findings, of which the
//! secret, the path and the commit are known, but not the line.

use std::collections::BTreeSet;
use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use toml::Table;

use super::dialect;
use crate::model::allowlist::{Allowlist, Condition};
use crate::model::pattern::Written;
use crate::model::suppression::{SuppressedBy, Suppression};

/// An allowlist as it is written, its keys small.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    description: String,
    #[serde(default)]
    condition: String,
    #[serde(default)]
    commits: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    regextarget: String,
    #[serde(default)]
    regexes: Vec<String>,
    #[serde(default)]
    stopwords: Vec<String>,
    targetrules: Option<Vec<String>>,
}

/// Reads a list for `patterns`, or, where `named` gives ids to the rules that it names, for those.
pub(super) fn read(
    table: Table,
    patterns: &Arc<BTreeSet<String>>,
    named: Option<&dyn Fn(&str) -> String>,
    written: &Written,
) -> Result<Allowlist, String> {
    let entry = Entry::deserialize(super::small_keys(table)).map_err(|error| error.message().replace('\n', ", "))?;
    let target = entry.regextarget.as_str();
    if !entry.regexes.is_empty() && !matches!(target, "" | "secret") {
        return Err(format!("`regexTarget = \"{target}\"` in an allowlist is not supported; only the secret is kept"));
    }
    let needs_all = match entry.condition.to_ascii_uppercase().as_str() {
        "" | "OR" | "||" => false,
        "AND" | "&&" => true,
        other => return Err(format!("`condition = \"{other}\"` in an allowlist is unknown; write AND or OR")),
    };
    let mut conditions = Vec::new();
    if !entry.paths.is_empty() {
        conditions.push(Condition::Path(any(&entry.paths)?));
    }
    if !entry.regexes.is_empty() {
        conditions.push(Condition::Secret(any(&entry.regexes)?));
    }
    if !entry.stopwords.is_empty() {
        let words: Vec<String> = entry.stopwords.iter().map(|word| regex_syntax::escape(word)).collect();
        conditions.push(Condition::Secret(build(&format!("(?i){}", words.join("|")))?));
    }
    if !entry.commits.is_empty() {
        let ids = entry.commits.iter().map(|id| id.trim().to_ascii_lowercase());
        conditions.push(Condition::Commit(ids.collect()));
    }
    if conditions.is_empty() {
        return Err("an allowlist needs `paths`, `regexes`, `stopwords` or `commits`".into());
    }
    let targets = match (entry.targetrules, named) {
        (Some(rules), Some(named)) => Arc::new(rules.iter().map(|rule| named(rule)).collect()),
        _ => Arc::clone(patterns),
    };
    let reason = if entry.description.trim().is_empty() { "an allowlist" } else { entry.description.trim() };
    Ok(list(&targets, needs_all, conditions, reason, written))
}

/// A list of conditions for `patterns`.
pub(super) fn list(
    patterns: &Arc<BTreeSet<String>>,
    needs_all: bool,
    conditions: Vec<Condition>,
    reason: &str,
    written: &Written,
) -> Allowlist {
    let by = SuppressedBy::Rule(written.clone());
    let suppression = Arc::new(Suppression { by, reason: reason.to_owned(), expires: None });
    Allowlist { patterns: Arc::clone(patterns), needs_all, conditions, suppression }
}

/// Compiles a regex of Go's.
pub(super) fn compile(regex: &str) -> Result<Regex, String> {
    any(&[regex.to_owned()])
}

/// A regex that matches where one of several does.
fn any(regexes: &[String]) -> Result<Regex, String> {
    let mut branches = Vec::new();
    for regex in regexes {
        let translated = dialect::translate(regex, usize::MAX).map_err(super::unreadable)?;
        build(&translated)?;
        branches.push(format!("(?:{translated})"));
    }
    build(&branches.join("|"))
}

fn build(regex: &str) -> Result<Regex, String> {
    RegexBuilder::new(regex).unicode(false).build().map_err(|error| {
        let reason = match error {
            regex::Error::CompiledTooBig(_) => "it is too large",
            _ => "a regex of an allowlist or a path",
        };
        super::unreadable(reason.to_owned())
    })
}
