//! `straykey config migrate`: makes settings of another tool's, and says one by one what it could not take over.

mod sources;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use straykey::config::Settings;
use straykey::govern::allow::{Conditions, Rule};
use straykey::inventory::node::{self, Node};
use straykey::model::pattern::Written;
use straykey::report::escape;

use super::super::{CLEAN, INCOMPLETE};

/// Settings in the making.
#[derive(Default)]
struct Made {
    file: String,
    settings: Table,
    allow: Vec<Value>,
    /// A sentence for each thing that was not taken over, with its place.
    missed: Vec<String>,
    /// What is good to know beside.
    notes: Vec<String>,
}

impl Made {
    fn miss(&mut self, line: usize, what: &str, why: &str) {
        self.missed.push(format!("{}:{line}: {what} was not taken over: {why}", self.file));
    }

    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.settings.insert(key.to_owned(), value.into());
    }

    /// Sets a key of a section.
    fn set_in(&mut self, section: &str, key: &str, value: impl Into<Value>) {
        let section = self.settings.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.insert(key.to_owned(), value.into());
        }
    }

    fn push(&mut self, key: &str, value: &str) {
        let list = self.settings.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(value.into());
        }
    }

    /// Adds an allow rule if it holds water.
    fn allow(&mut self, line: usize, what: &str, path_regex: Option<&str>, regex: Option<&str>, reason: &str) {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let conditions = Conditions { path_regex: own(path_regex), regex: own(regex), ..Conditions::default() };
        let written = Written { file: self.file.as_str().into(), line };
        if let Err(why) = Rule::new(&conditions, reason, None, written) {
            return self.miss(line, what, &why);
        }
        let mut rule = Table::new();
        let keys = [("path_regex", path_regex), ("regex", regex), ("reason", Some(reason))];
        rule.extend(keys.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?.into()))));
        self.allow.push(Value::Table(rule));
    }
}

/// Reads `source`, writes `output`, and tells what is missing.
pub(super) fn run(source: &Path, output: &Path) -> Result<u8> {
    let name = source.display().to_string();
    let text = std::fs::read_to_string(source).with_context(|| format!("{name} cannot be read; check the path"))?;
    let mut made = Made { file: name.clone(), ..Made::default() };
    let is_list = name.ends_with(".txt") || !text.contains(['{', '[', ':', '=']);
    if is_list {
        sources::trufflehog_paths(&text, &mut made);
    } else {
        let file = if name.ends_with(".toml") { "a.toml" } else { "a.yaml" };
        let documents = node::read(file, &text)
            .map_err(|problem| anyhow::anyhow!("{name}:{}: {}", problem.line, problem.problem))?;
        let Some(root) = documents.first() else { bail!("{name} is empty") };
        // Paths in settings are relative to their file.
        let is_beside = output.parent().is_none_or(|folder| folder.as_os_str().is_empty());
        let named = if is_beside { source.to_owned() } else { std::path::absolute(source)? };
        dispatch(root, &named, &mut made)?;
    }
    let Made { mut settings, allow, missed, notes, .. } = made;
    if !allow.is_empty() {
        settings.insert("allow".into(), Value::Array(allow));
    }
    let text =
        format!("# Made of {} by `straykey config migrate`.\n{}", escape::terminal(&name), toml::to_string(&settings)?);
    // Nothing is written that could not be read again.
    Settings::parse(output, &text)?;
    write(output, &text)?;
    let mut told = std::io::stderr().lock();
    for line in missed.iter().chain(&notes) {
        writeln!(told, "straykey: {}", escape::terminal(line)).context("what is missing cannot be told")?;
    }
    Ok(if missed.is_empty() { CLEAN } else { INCOMPLETE })
}

fn dispatch(root: &Node, source: &Path, made: &mut Made) -> Result<()> {
    let has = |key: &str| root.get(key).is_some();
    if has("plugins_used") || has("filters_used") {
        sources::detect_secrets(root, made);
    } else if has("detectors") || has("sources") {
        sources::trufflehog(root, made);
    } else if ["scan", "filters", "validation", "alerts", "global", "git"].into_iter().any(has) {
        sources::kingfisher(root, made);
    } else if ["rules", "allowlist", "allowlists", "extend"].into_iter().any(has) {
        sources::gitleaks(root, source, made);
    } else {
        bail!(
            "{} is none of the files that are known: .gitleaks.toml, a baseline of detect-secrets, trufflehog's configuration or \
             excluded paths (a .txt file), kingfisher.yaml",
            source.display()
        );
    }
    Ok(())
}

fn write(output: &Path, text: &str) -> Result<()> {
    if output.as_os_str() == "-" {
        return std::io::stdout().lock().write_all(text.as_bytes()).context("the settings cannot be written");
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(output);
    file.and_then(|mut file| file.write_all(text.as_bytes())).with_context(|| {
        format!("{} cannot be written; name a file that is not there yet with --output", output.display())
    })
}
