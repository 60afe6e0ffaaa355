//! Reads what other tools know: gitleaks' JSON report and `.gitleaksignore`, the baselines of detect-secrets and kingfisher.
//!
//! Comes in: a file. Goes out: one [`Known`] for each of its entries. Each tool knows a secret by something else: a line of a
//! commit, a hash in a file, a line on disk.

use std::path::Path;

use anyhow::{Context, Result, bail};

use straykey::inventory::node::{self, Node};
use straykey::model::known::Known;
use straykey::model::pattern::Written;
use straykey::model::secret::Secret;

/// Hex digits of a commit's id.
const ID: usize = 40;

/// Reads one list.
pub(super) fn read(path: &Path) -> Result<Vec<Known>> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("{name} cannot be read; check --from"))?;
    let is_structured =
        text.trim_start().starts_with(['{', '[']) || text.contains("ExactFindings") || name.ends_with(".yaml");
    if !is_structured {
        return text
            .lines()
            .enumerate()
            .filter_map(|(place, line)| ignored(line, &name, place + 1).transpose())
            .collect();
    }
    let documents = node::read("list.yaml", &text)
        .map_err(|problem| anyhow::anyhow!("{name}:{}: {}", problem.line, problem.problem))?;
    let Some(root) = documents.first() else { bail!("{name} is empty") };
    let known = if let Some(files) = root.get("results").filter(|_| root.get("plugins_used").is_some()) {
        detect_secrets(files, &name)
    } else if !root.list().is_empty() {
        root.list().iter().filter_map(|entry| gitleaks(entry, &name)).collect()
    } else {
        kingfisher(root, &name)
    };
    if known.is_empty() && !root.list().is_empty() | !root.table().is_empty() {
        bail!(
            "{name} is none of the lists that are known: gitleaks' JSON report or .gitleaksignore, the baseline of detect-secrets or kingfisher"
        );
    }
    Ok(known)
}

fn known(written: Written, path: &str) -> Known {
    Known { written, repository: None, path: path.to_owned(), commit: None, lines: None, secret: None, sha1: None }
}

fn number(node: Option<&Node>) -> Option<usize> {
    node?.text()?.parse().ok()
}

/// `commit:file:rule:line` or `file:rule:line`.
fn ignored(line: &str, file: &str, number: usize) -> Result<Option<Known>> {
    let line = line.split('#').next().unwrap_or_default().trim();
    if line.is_empty() {
        return Ok(None);
    }
    let written = Written { file: file.into(), line: number };
    let bad =
        || format!("{file}:{number}: this is no fingerprint of gitleaks; write commit:file:rule:line, or take it out");
    let (rest, at) = line.rsplit_once(':').with_context(bad)?;
    let (rest, _rule) = rest.rsplit_once(':').with_context(bad)?;
    let at: usize = at.parse().ok().with_context(bad)?;
    let is_id = |text: &str| text.len() == ID && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (commit, path) = match rest.split_once(':') {
        Some((commit, path)) if is_id(commit) => (Some(commit.to_owned()), path),
        _ => (None, rest),
    };
    Ok(Some(Known { commit, lines: Some((at, at)), ..known(written, path) }))
}

/// An entry of gitleaks' report.
fn gitleaks(entry: &Node, file: &str) -> Option<Known> {
    let text = |key: &str| entry.get(key).and_then(Node::text).filter(|text| !text.is_empty());
    let path = text("File")?;
    let written = Written { file: file.into(), line: entry.line };
    let first = number(entry.get("StartLine"))?;
    let last = number(entry.get("EndLine")).unwrap_or(first).max(first);
    let secret = text("Secret").filter(|secret| !secret.contains("REDACTED") && !secret.ends_with("..."));
    Some(Known {
        commit: text("Commit").map(str::to_owned),
        lines: Some((first, last)),
        secret: secret.map(|secret| Secret::new(secret.as_bytes())),
        ..known(written, path)
    })
}

/// What detect-secrets lists by file: hashes.
fn detect_secrets(files: &Node, file: &str) -> Vec<Known> {
    let entries =
        files.table().iter().flat_map(|(path, _, entries)| entries.list().iter().map(move |entry| (path, entry)));
    let one = |(path, entry): (&std::sync::Arc<str>, &Node)| {
        let sha1 = entry.get("hashed_secret")?.text()?.to_ascii_lowercase();
        let written = Written { file: file.into(), line: entry.line };
        Some(Known { sha1: Some(sha1), ..known(written, path) })
    };
    entries.filter_map(one).collect()
}

/// Lines of files: in version 2 by repository, before that of all repositories together.
fn kingfisher(root: &Node, file: &str) -> Vec<Known> {
    let one = |entry: &Node, path: &str, line: &str, repository: Option<&str>| {
        let line = number(entry.get(line))?;
        let written = Written { file: file.into(), line: entry.line };
        let repository = repository.map(str::to_owned);
        Some(Known { lines: Some((line, line)), repository, ..known(written, entry.get(path)?.text()?) })
    };
    let of_all = root.at(&["ExactFindings", "matches"]).map(Node::list).unwrap_or_default();
    let of_each = root.get("repositories").map(Node::list).unwrap_or_default().iter().flat_map(|repository| {
        let id = repository.get("id").and_then(Node::text).and_then(|id| id.strip_prefix("git://"));
        let findings = repository.get("findings").map(Node::list).unwrap_or_default();
        findings.iter().map(move |entry| (id, entry))
    });
    let of_each = of_each.filter_map(|(id, entry)| one(entry, "path", "line", id));
    of_all.iter().filter_map(|entry| one(entry, "filepath", "linenum", None)).chain(of_each).collect()
}
