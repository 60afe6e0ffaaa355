//! The files of other tools.

use std::path::Path;

use straykey::inventory::node::{Node, Value};
use straykey::patterns::gitleaks::dialect;

use super::Made;

/// What a rule that is refused was about. The regex itself may spell out a secret.
const PATH: &str = "a path";
const SECRET: &str = "a regex or word";
/// kingfisher counts so.
const MB: f64 = 1_000_000.0;

fn texts(node: Option<&Node>) -> impl Iterator<Item = (usize, &str)> {
    node.map(Node::list).unwrap_or_default().iter().filter_map(|node| Some((node.line, node.text()?)))
}

/// `.gitleaks.toml`: rules stay where they are, and are read from there; global allowlists become allow rules.
pub(super) fn gitleaks(root: &Node, source: &Path, made: &mut Made) {
    let rules = root.get("rules").map(Node::list).unwrap_or_default().len();
    if rules > 0 {
        made.push("patterns", &source.to_string_lossy());
        made.notes.push(format!("the {rules} rules of {} are read from there, so keep that file", made.file));
    }
    for (key, line, node) in root.table() {
        match &**key {
            "allowlist" => gitleaks_allowlist(node, made),
            "allowlists" => node.list().iter().for_each(|node| gitleaks_allowlist(node, made)),
            "extend" => gitleaks_extend(node, made),
            // What it is called tells nothing.
            "title" | "description" | "minVersion" | "rules" => {}
            other => made.miss(*line, &format!("`{other}`"), "it has no counterpart"),
        }
    }
}

fn gitleaks_extend(node: &Node, made: &mut Made) {
    for (key, line, node) in node.table() {
        match &**key {
            // straykey's own patterns always count.
            "useDefault" => {}
            "disabledRules" => {
                for (line, rule) in texts(Some(node)) {
                    let why =
                        "straykey's own patterns have other ids; see `straykey patterns list` and exclude_patterns";
                    made.miss(line, &format!("disabled rule `{rule}`"), why);
                }
            }
            other => made.miss(*line, &format!("`extend.{other}`"), "migrate that file too"),
        }
    }
}

fn gitleaks_allowlist(list: &Node, made: &mut Made) {
    let text = |key: &str| list.get(key).and_then(Node::text).unwrap_or_default();
    let reason = Some(text("description").trim()).filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or("an allowlist of gitleaks");
    let needs_all = matches!(text("condition").to_ascii_uppercase().as_str(), "AND" | "&&");
    if let Some(targets) = list.get("targetRules") {
        let why = "for rules of that file it holds where they are read from, gitleaks' other rules are not straykey's";
        return made.miss(targets.line, "an allowlist with `targetRules`", why);
    }
    let before = made.missed.len();
    for (line, commit) in texts(list.get("commits")) {
        let why = "secrets are known by themselves; see `straykey baseline create --from`";
        made.miss(line, &format!("commit `{commit}`"), why);
    }
    let target = text("regexTarget");
    let of_secret = matches!(target, "" | "secret");
    for (line, _) in texts(list.get("regexes")).filter(|_| !of_secret) {
        made.miss(line, SECRET, &format!("it is about the {target}, and rules are about paths and secrets"));
    }
    let paths = go(list.get("paths"), made);
    let mut secrets = if of_secret { go(list.get("regexes"), made) } else { Vec::new() };
    secrets
        .extend(texts(list.get("stopwords")).map(|(line, word)| (line, format!("(?i){}", regex_syntax::escape(word)))));
    if needs_all && made.missed.len() > before {
        // What is left would allow more than all of it together.
        return made.miss(
            list.line,
            "the rest of an allowlist whose conditions must all hold",
            "one of them is missing",
        );
    }
    if needs_all && !paths.is_empty() && !secrets.is_empty() {
        for (line, path) in &paths {
            secrets.iter().for_each(|(_, secret)| made.allow(*line, PATH, Some(path), Some(secret), reason));
        }
        return;
    }
    paths.iter().for_each(|(line, path)| made.allow(*line, PATH, Some(path), None, reason));
    secrets.iter().for_each(|(line, secret)| made.allow(*line, SECRET, None, Some(secret), reason));
}

/// Regexes of Go's, in our dialect.
fn go(list: Option<&Node>, made: &mut Made) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (line, regex) in texts(list) {
        match dialect::translate(regex, usize::MAX) {
            Ok(regex) => all.push((line, regex)),
            Err(why) => made.miss(line, "a regex", &why),
        }
    }
    all
}

/// A baseline of detect-secrets: its filters. What it knows is for `straykey baseline`.
pub(super) fn detect_secrets(root: &Node, made: &mut Made) {
    const REGEX: &str = "detect_secrets.filters.regex.should_exclude_";
    for filter in root.get("filters_used").map(Node::list).unwrap_or_default() {
        let Some(path) = filter.get("path").and_then(Node::text) else { continue };
        let patterns = filter.get("pattern");
        let of = |what: &str| path.strip_prefix(REGEX) == Some(what);
        let reason = "excluded for detect-secrets";
        for (line, regex) in texts(patterns) {
            match () {
                () if of("file") => made.allow(line, PATH, Some(regex), None, reason),
                () if of("secret") => made.allow(line, SECRET, None, Some(regex), reason),
                () => made.miss(line, SECRET, "it is about lines, and rules are about paths and secrets"),
            }
        }
        // The filters that it brings itself have their counterparts here.
        if patterns.is_none() && !path.starts_with("detect_secrets.filters.") {
            made.miss(filter.line, &format!("filter `{path}`"), "it is a program of your own");
        }
    }
    let old = root.get("exclude").and_then(|exclude| exclude.get("files"));
    if let Some((line, regex)) = old.and_then(|node| Some((node.line, node.text()?))) {
        made.allow(line, PATH, Some(regex), None, "excluded for detect-secrets");
    }
    for plugin in root.get("plugins_used").map(Node::list).unwrap_or_default() {
        let name = plugin.get("name").and_then(Node::text).unwrap_or_default();
        if plugin.get("path").is_some() {
            made.miss(plugin.line, &format!("plugin `{name}`"), "write a pattern for it, see the README");
        }
    }
    if root.get("results").is_some_and(|results| !results.table().is_empty()) {
        made.notes.push(format!("what {0} knows is taken over with `straykey baseline create --from {0}`", made.file));
    }
}

/// trufflehog's file of paths to exclude: a regex on each line.
pub(super) fn trufflehog_paths(text: &str, made: &mut Made) {
    for (place, line) in text.lines().enumerate().map(|(place, line)| (place + 1, line.trim())) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match dialect::translate(line, usize::MAX) {
            Ok(regex) => made.allow(place, PATH, Some(&regex), None, "excluded for trufflehog"),
            Err(why) => made.miss(place, &format!("`{line}`"), &why),
        }
    }
}

/// trufflehog's configuration: detectors and sources, neither of which is a setting here.
pub(super) fn trufflehog(root: &Node, made: &mut Made) {
    for detector in root.get("detectors").map(Node::list).unwrap_or_default() {
        let name = detector.get("name").and_then(Node::text).unwrap_or_default();
        let why = "write a pattern for it (`regex`, and `anchors` in place of `keywords`), see the README";
        made.miss(detector.line, &format!("detector `{name}`"), why);
    }
    for source in root.get("sources").map(Node::list).unwrap_or_default() {
        let name = source.get("name").or_else(|| source.get("type")).and_then(Node::text).unwrap_or_default();
        made.miss(source.line, &format!("source `{name}`"), "what is scanned is said on the command line");
    }
    for (key, line, _) in root.table().iter().filter(|(key, _, _)| !matches!(&**key, "detectors" | "sources")) {
        made.miss(*line, &format!("`{key}`"), "it has no counterpart");
    }
}

/// `kingfisher.yaml`.
pub(super) fn kingfisher(root: &Node, made: &mut Made) {
    for (section, line, node) in root.table() {
        if node.table().is_empty() {
            made.miss(*line, &format!("`{section}`"), "it has no counterpart");
        }
        for (key, line, node) in node.table() {
            kingfisher_key(section, key, *line, node, made);
        }
    }
}

fn kingfisher_key(section: &str, key: &str, line: usize, node: &Node, made: &mut Made) {
    let text = node.text().unwrap_or_default();
    let number = text.parse::<f64>().unwrap_or_default();
    if matches!(node.value, Value::Null) || text == "false" {
        return;
    }
    match (section, key) {
        ("scan", "confidence") => made.set("min_confidence", text),
        ("scan", "jobs") if number >= 1.0 => made.set("threads", number as i64),
        ("filters", "exclude") => texts(Some(node)).for_each(|(_, glob)| made.push("exclude", glob)),
        ("filters", "skip_words") => texts(Some(node)).for_each(|(line, word)| {
            let regex = format!("(?i){}", regex_syntax::escape(word));
            made.allow(line, SECRET, None, Some(&regex), "a word that kingfisher skipped");
        }),
        ("filters", "skip_regex") => texts(Some(node)).for_each(|(line, regex)| {
            made.allow(line, SECRET, None, Some(regex), "a regex that kingfisher skipped");
        }),
        ("filters", "max_file_size_mb") if number > 0.0 => {
            made.set("max_file_size", format!("{}", (number * MB) as u64))
        }
        ("filters", "extraction_depth") if (0.0..256.0).contains(&number) => {
            made.set("max_archive_depth", number as i64)
        }
        ("filters", "no_extract_archives") => made.set("max_archive_depth", 0),
        ("filters", "no_inline_ignore") => made.set("no_inline_ignore", true),
        ("filters", "skip_aws_accounts") => {
            let accounts: Vec<toml::Value> = texts(Some(node)).map(|(_, account)| account.into()).collect();
            made.set_in("verify", "canary_accounts", accounts);
        }
        ("validation", "timeout") if number >= 1.0 => made.set_in("verify", "timeout", number as i64),
        ("validation", "rps") if number > 0.0 => made.set_in("verify", "rate", number),
        ("global", "allow_internal_ips") => made.set_in("verify", "allow_private", true),
        // These are so here anyway.
        ("scan", "redact") | ("rules", "load_builtins" | "cache") => {}
        ("baseline", "file") => {
            made.notes.push(format!("what {text} knows is taken over with `straykey baseline create --from {text}`"));
        }
        ("output", _) => made.miss(line, &format!("`{section}.{key}`"), "forms and files are said on the command line"),
        ("rules", _) => made.miss(line, &format!("`{section}.{key}`"), "its rules have other ids and another form"),
        _ => made.miss(line, &format!("`{section}.{key}`"), "it has no counterpart"),
    }
}
