//! `straykey config`: checks and shows settings, and makes them of another tool's.

mod migrate;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml::Value;

use straykey::config::layers::{Layer, Layers, Origin};
use straykey::config::{Settings, schema};
use straykey::detect::Detector;
use straykey::detect::redact::Reveal;
use straykey::inventory;
use straykey::patterns::Catalogue;
use straykey::report::escape;

use super::args::settings::{ConfigArgs, SettingsCommand};
use super::{CLEAN, INCOMPLETE, settings};

const FAILED: &str = "the answer cannot be written";

/// Runs one of the subcommands.
pub(super) fn run(command: SettingsCommand) -> Result<u8> {
    match command {
        SettingsCommand::Check { file } => check(&file),
        SettingsCommand::Show { paths, settings } => show(&paths, &settings),
        SettingsCommand::Schema => print(&schema()),
        SettingsCommand::Migrate { source, output } => migrate::run(&source, &output),
    }
}

fn print(text: &str) -> Result<u8> {
    std::io::stdout().lock().write_all(text.as_bytes()).context(FAILED)?;
    Ok(CLEAN)
}

/// Reads the file and all that it names. The first thing that is wrong is the error.
fn check(file: &Path) -> Result<u8> {
    let settings = Settings::read(file)?;
    let options = settings.resolve(Vec::new(), Reveal::Short)?.pipeline;
    let catalogue = Catalogue::load(&options.patterns)?;
    if let Some(ownership) = &options.ownership {
        inventory::load(&ownership.inventory, &Detector::new(&catalogue.patterns))?;
    }
    let mut text: String = catalogue.refused.iter().map(|error| escape::terminal(&error.to_string()) + "\n").collect();
    if catalogue.refused.is_empty() {
        text.push_str(&format!("{}: nothing is wrong.\n", escape::terminal(&file.display().to_string())));
    }
    print(&text)?;
    Ok(if catalogue.refused.is_empty() { CLEAN } else { INCOMPLETE })
}

/// What is said of one key, the strongest first.
type Said = BTreeMap<String, Vec<(String, Value)>>;

fn show(paths: &[PathBuf], args: &ConfigArgs) -> Result<u8> {
    let layers = settings::layers(args.config.as_deref(), args.own(), paths)?;
    let mut text = String::from("# What is not listed is as it is built in. Flags win over all of this.\n");
    for remark in &layers.remarks {
        text.push_str(&format!("# {}\n", escape::terminal(remark)));
    }
    let mut said = Said::new();
    for layer in &layers.layers {
        collect(layer, &mut said);
    }
    for (key, said) in &said {
        let is_list = said.iter().any(|(_, value)| value.is_array());
        // Of lists all count, of others the strongest.
        let counted = if is_list { said.as_slice() } else { &said[..1] };
        for (origin, value) in counted.iter().rev() {
            let line = format!("{key} = {}  # {origin}", written(value));
            text.push_str(&format!("{}\n", escape::terminal(&line)));
        }
    }
    if key_is_given(&layers) {
        text.push_str("# The fingerprint key itself is in STRAYKEY_FINGERPRINT_KEY.\n");
    }
    print(&text)
}

fn key_is_given(layers: &Layers) -> bool {
    layers.layers.iter().any(|layer| layer.settings.fingerprint_key.is_some())
}

fn collect(layer: &Layer, said: &mut Said) {
    let origin = match &layer.origin {
        Origin::Environment => "environment".to_owned(),
        Origin::Named(path) => path.display().to_string(),
        Origin::Own(path) => format!("{}, this repository's own", path.display()),
        Origin::User(path) => format!("{}, the user's", path.display()),
    };
    let mut put = |key: String, value: &Value| said.entry(key).or_default().push((origin.clone(), value.clone()));
    for (key, value) in &layer.written {
        match value {
            Value::Table(section) => section.iter().for_each(|(name, value)| put(format!("{key}.{name}"), value)),
            _ => put(key.clone(), value),
        }
    }
}

/// A value on one line. A regex of an allow rule may spell out a secret.
fn written(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("[{}]", list.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Table(table) => {
            let one = |(key, value): (&String, &Value)| match key.as_str() {
                "regex" => format!("{key} = \"***\""),
                _ => format!("{key} = {}", written(value)),
            };
            format!("{{ {} }}", table.iter().map(one).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
