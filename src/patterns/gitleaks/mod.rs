//! Reads rules that were written for gitleaks.
//!
//! Comes in: the text of a TOML file with `[[rules]]`. Goes out: [`Pattern`]s, [`Allowlist`]s, and a [`PatternError`] for each
//! rule or list that cannot be taken over, with the reason. A rule's keywords are not asked for: what is searched for is taken
//! from its regex, and a rule whose regex holds no text that every match contains is refused.

pub mod allowlists;
pub mod anchors;
pub mod dialect;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use regex_syntax::hir::{Hir, HirKind};
use serde::Deserialize;
use toml::{Spanned, Table, Value};

use super::parse::{PatternError, texts};
use super::probes::{self, Search, Unsearchable};
use super::{Loaded, reach};
use crate::model::allowlist::{Allowlist, Condition};
use crate::model::packed::Packed;
use crate::model::pattern::{Confidence, Kind, Pattern, Severity, Written};

/// How far around its anchor a match is looked for where the regex sets no bounds, in bytes.
const REACH: usize = 4 * 1024;
/// Longer descriptions are sentences rather than names.
const LONGEST_NAME: usize = 60;

/// Whether the text of a pattern file is gitleaks'.
pub fn is_such(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with("[[rules]]"))
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    rules: Vec<Spanned<Table>>,
    allowlist: Option<Spanned<Table>>,
    #[serde(default)]
    allowlists: Vec<Spanned<Table>>,
    extend: Option<Spanned<Value>>,
}

/// A `[[rules]]` table, its keys small: gitleaks does not tell their case apart.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: String,
    #[serde(default)]
    description: String,
    regex: Option<String>,
    #[serde(default)]
    secretgroup: usize,
    #[serde(default)]
    entropy: f64,
    path: Option<String>,
    #[serde(default, rename = "keywords")]
    _keywords: Vec<String>,
    #[serde(default, rename = "tags")]
    _tags: Vec<String>,
    allowlist: Option<Table>,
    #[serde(default)]
    allowlists: Vec<Table>,
}

/// Reads one file. `file` is the path to name in errors; ids get its stem before them.
pub fn parse(file: &str, text: &str) -> Loaded {
    let mut loaded = Loaded::default();
    let at = |span: Range<usize>| Written {
        file: file.into(),
        line: text[..span.start.min(text.len())].matches('\n').count() + 1,
    };
    let written: File = match toml::from_str(text) {
        Ok(written) => written,
        Err(error) => {
            let problem = format!("{}; correct this line", error.message().replace('\n', ", "));
            loaded.refused.push(refusal(at(error.span().unwrap_or_default()), None, problem));
            return loaded;
        }
    };
    if let Some(extend) = &written.extend {
        let problem = "other files are not read by `extend`; name each with --patterns".to_owned();
        loaded.refused.push(refusal(at(extend.span()), None, problem));
    }
    for table in written.rules {
        let place = at(table.span());
        let id = table.get_ref().get("id").and_then(Value::as_str).map(|id| full_id(file, id));
        match rule(table.into_inner()).and_then(|rule| take_over(rule, file, &place)) {
            Ok((pattern, lists)) => {
                loaded.patterns.push(pattern);
                loaded.allowlists.extend(lists);
            }
            Err(problem) => {
                let name = id.as_ref().map_or(String::new(), |id| format!("rule `{id}` "));
                loaded.refused.push(refusal(place, id, format!("{name}cannot be taken over: {problem}")));
            }
        }
    }
    let all: Arc<BTreeSet<String>> = Arc::new(loaded.patterns.iter().map(|pattern| pattern.id.to_string()).collect());
    for table in written.allowlist.into_iter().chain(written.allowlists) {
        let place = at(table.span());
        let named = |id: &str| full_id(file, id);
        match allowlists::read(table.into_inner(), &all, Some(&named), &place) {
            Ok(list) => loaded.allowlists.push(list),
            Err(problem) => {
                loaded.refused.push(refusal(place, None, format!("this allowlist cannot be taken over: {problem}")));
            }
        }
    }
    loaded
}

fn refusal(Written { file, line }: Written, id: Option<String>, problem: String) -> PatternError {
    PatternError { file: file.to_string(), line, id, problem }
}

/// An id in our catalogue: the file's stem stands before it, so that no built-in pattern is called the same.
fn full_id(file: &str, id: &str) -> String {
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().to_ascii_lowercase());
    let stem = stem.as_deref().unwrap_or("gitleaks").trim_matches('.');
    if id == stem || id.starts_with(&format!("{stem}-")) { id.to_owned() } else { format!("{stem}-{id}") }
}

fn small_keys(table: Table) -> Table {
    table.into_iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect()
}

fn rule(table: Table) -> Result<Rule, String> {
    Rule::deserialize(small_keys(table)).map_err(|error| error.message().replace('\n', ", "))
}

fn take_over(rule: Rule, file: &str, written: &Written) -> Result<(Pattern, Vec<Allowlist>), String> {
    if rule.id.is_empty() || !rule.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err("its id must be of letters, digits, `-`, `_` and `.`".into());
    }
    let id = full_id(file, &rule.id);
    let Some(regex) = &rule.regex else {
        return Err("it has no regex; files are not found by their names alone, use --include".into());
    };
    let (regex, hir) = with_secret(regex, rule.secretgroup)?;
    let (anchors, Search { probes, reach, onward, backward }) = search(&hir)?;
    let own = Arc::new(BTreeSet::from([id.clone()]));
    let mut lists = Vec::new();
    for table in rule.allowlist.into_iter().chain(rule.allowlists) {
        lists.push(allowlists::read(table, &own, None, written)?);
    }
    if let Some(path) = &rule.path {
        let condition = Condition::ElsewherePath(allowlists::compile(path)?);
        lists.push(allowlists::list(&own, false, vec![condition], "the rule is for other paths", written));
    }
    let is_name = !rule.description.is_empty() && rule.description.len() <= LONGEST_NAME;
    let pattern = Pattern {
        id: id.into(),
        kind: Kind::ApiKey,
        severity: Severity::High,
        confidence: Confidence::Medium,
        generic: rule.id.starts_with("generic"),
        name: if is_name { rule.description } else { rule.id }.into(),
        anchors: texts(anchors),
        words: Box::default(),
        also: Box::default(),
        names: Box::default(),
        probes: probes.into(),
        onward: onward.map(Packed::from),
        backward: backward.map(Packed::from),
        regex: regex.into(),
        reach,
        parts: Box::default(),
        alone: None,
        checksum: None,
        decodes: None,
        min_entropy: rule.entropy,
        known_examples: Box::default(),
        references: Box::default(),
        written: written.clone(),
    };
    Ok((pattern, lists))
}

/// The regex in our dialect, its secret named. Without a number gitleaks takes the first group that is not empty.
fn with_secret(regex: &str, number: usize) -> Result<(String, Hir), String> {
    let groups = dialect::groups(regex).map_err(unreadable)?;
    if number > groups {
        return Err(format!("`secretGroup` is {number}, but its regex has {groups} groups"));
    }
    let secret = if number == 0 { groups.min(1) } else { number };
    let regex = dialect::translate(regex, secret).map_err(unreadable)?;
    let hir = reach::parse(&regex).map_err(unreadable)?;
    if !has_secret(&hir) {
        return Err("a match of its regex may leave its first group empty; name another with `secretGroup`".into());
    }
    Ok((regex, hir))
}

fn unreadable(reason: String) -> String {
    format!("its regex cannot be read ({reason}); the syntax is that of Rust's regex crate, over bytes")
}

/// Whether every match has a group `secret` that is not empty.
fn has_secret(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.is_some() => capture.sub.properties().minimum_len() > Some(0),
        HirKind::Capture(capture) => has_secret(&capture.sub),
        HirKind::Repetition(repetition) => repetition.min > 0 && has_secret(&repetition.sub),
        HirKind::Concat(elements) => elements.iter().any(has_secret),
        HirKind::Alternation(branches) => branches.iter().all(has_secret),
        _ => false,
    }
}

/// What to search for.
fn search(hir: &Hir) -> Result<(Vec<String>, Search), String> {
    let nothing = "its regex holds no text of 3 or more characters that every match contains (a keyword that may stand \
                   anywhere is none); narrow it";
    let anchors = anchors::derive(hir).ok_or(nothing)?;
    let found = match probes::search(hir, &anchors, None) {
        Err(Unsearchable::Endless | Unsearchable::TooLong) => probes::search(hir, &anchors, Some(REACH)),
        found => found,
    };
    Ok((anchors, found.map_err(|_| nothing)?))
}
