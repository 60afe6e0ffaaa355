//! `straykey patterns list | check | explain`

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use straykey::detect::Detector;
use straykey::model::listed::Listed;
use straykey::model::pattern::Samples;
use straykey::patterns::{self, Catalogue, Options, lint, parse};
use straykey::verify;

use super::args::PatternsCommand;

/// Runs one of the subcommands.
pub(super) fn run(command: &PatternsCommand) -> Result<u8> {
    match command {
        PatternsCommand::List { patterns } => list(patterns),
        PatternsCommand::Check { paths, cost, corpus } => check(paths, cost.then_some(corpus.as_deref())),
        PatternsCommand::Explain { id, patterns } => explain(id, patterns),
    }
}

/// Loads every pattern; what is refused is said on standard error.
fn load(paths: &[PathBuf]) -> Result<Catalogue> {
    let catalogue = Catalogue::load(&Options { paths: paths.to_vec(), ..Options::default() })?;
    for error in &catalogue.refused {
        // Nothing more can be done if standard error is gone too.
        let _ = writeln!(std::io::stderr(), "straykey: {error}");
    }
    Ok(catalogue)
}

/// The exit code of a command that went on without what was refused.
fn code(catalogue: &Catalogue) -> u8 {
    if catalogue.refused.is_empty() { super::CLEAN } else { super::INCOMPLETE }
}

fn list(paths: &[PathBuf]) -> Result<u8> {
    let catalogue = load(paths)?;
    let width = catalogue.patterns.iter().map(|pattern| pattern.id.len()).max().unwrap_or(0);
    let mut out = std::io::stdout().lock();
    for pattern in catalogue.patterns.iter().map(|listed| listed.pattern()) {
        let severity = super::word(&pattern.severity);
        writeln!(out, "{:width$}  {severity:8}  {}", pattern.id, pattern.name).context("the list cannot be written")?;
    }
    Ok(code(&catalogue))
}

/// Checks the built-in patterns, or those at `paths` beside the built-in ones. With `cost`, measures all of them on a corpus.
fn check(paths: &[PathBuf], cost: Option<Option<&Path>>) -> Result<u8> {
    let mut all = patterns::builtin()?.to_vec();
    let mut problems = Vec::new();
    let mut checked: Vec<Arc<Listed>> = Vec::new();
    let mut samples = BTreeMap::new();
    if paths.is_empty() {
        checked.clone_from(&all);
        samples = patterns::builtin_samples()?;
    }
    for path in paths {
        let loaded = patterns::read(path)?;
        problems.extend(loaded.refused);
        // The first of two with one id counts, as of the patterns.
        samples = loaded.samples.into_iter().chain(samples).collect();
        checked.extend(loaded.patterns.into_iter().map(|pattern| Arc::new(pattern.into())));
    }
    if !paths.is_empty() {
        // A file that is being worked on may hold newer versions of built-in patterns: those then count.
        problems.extend(parse::refuse_duplicates(&mut checked, |listed| listed.pattern()));
        all.retain(|builtin| !checked.iter().any(|pattern| pattern.id == builtin.id));
        all.extend(checked.iter().cloned());
    }
    let detector = Detector::new(&all);
    let none = Samples::default();
    let with_samples = || checked.iter().map(|one| (one.pattern(), samples.get(&*one.id).unwrap_or(&none)));
    problems.extend(with_samples().flat_map(|(pattern, samples)| lint::check(pattern, samples, &detector)));
    let mut out = std::io::stdout().lock();
    for problem in &problems {
        writeln!(out, "{problem}").context("the result cannot be written")?;
    }
    for tie in with_samples().flat_map(|(pattern, samples)| lint::ties(pattern, samples, &detector)) {
        writeln!(out, "note  {tie}").context("the result cannot be written")?;
    }
    writeln!(out, "{} patterns checked, {} problems", checked.len(), problems.len())
        .context("the result cannot be written")?;
    if let Some(corpus) = cost {
        super::cost::write(&detector, corpus, &mut out)?;
    }
    Ok(if problems.is_empty() { super::CLEAN } else { super::FOUND })
}

fn explain(id: &str, paths: &[PathBuf]) -> Result<u8> {
    let catalogue = load(paths)?;
    let Some(listed) = catalogue.patterns.iter().find(|listed| listed.id == id) else {
        bail!("no pattern is called `{id}`; see `straykey patterns list`");
    };
    let pattern = listed.pattern();
    let mut text = format!("{}\n  {}\n", pattern.id, pattern.name);
    let mut line = |label: &str, value: &str| text.push_str(&format!("  {label:12} {value}\n"));
    line("kind", &super::word(&pattern.kind));
    line("severity", &super::word(&pattern.severity));
    line("confidence", &super::word(&pattern.confidence));
    line("anchors", &pattern.anchors.join("  "));
    line("regex", &pattern.regex);
    let reach = pattern.reach;
    line("reach", &format!("{} bytes before the anchor, {} after it", reach.before, reach.after));
    for part in &pattern.parts {
        line("part", &format!("{} within {} bytes", part.regex, part.reach));
    }
    if let Some(checksum) = &pattern.checksum {
        line("checksum", &super::word(checksum));
    }
    if let Some(decodes) = &pattern.decodes {
        line("decodes to", decodes);
    }
    if pattern.generic {
        line("generic", "gives way to any other pattern on the same bytes");
    }
    let declared = catalogue.declarations()?;
    for step in declared.get(id).into_iter().flat_map(|declaration| &declaration.steps) {
        let request = &step.request;
        line("verified by", &format!("{} {}{}", request.method.word(), request.host.written(), request.path.written()));
    }
    let built_in = verify::hosts(&BTreeMap::new(), &verify::Options::default());
    built_in.iter().filter(|(_, ids)| ids.contains(id)).for_each(|(host, _)| line("verified at", host));
    pattern.references.iter().for_each(|reference| line("see", reference));
    line("written in", &format!("{}:{}", pattern.written.file, pattern.written.line));
    std::io::stdout().lock().write_all(text.as_bytes()).context("the explanation cannot be written")?;
    Ok(code(&catalogue))
}
