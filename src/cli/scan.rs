//! `straykey scan`

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};

use straykey::config::{self, Changes, Settings};
use straykey::detect::redact::Reveal;
use straykey::govern::fail_on::{self, Verdict};
use straykey::model::meter::Meter;
use straykey::model::pattern::Confidence;
use straykey::model::report::Report;
use straykey::pipeline;
use straykey::report::group::GroupBy;
use straykey::report::{self, Form, plan, text};
use straykey::sources::history;

use super::args::{
    self, ChangeArgs, Color, FailOn, Format, Level, OutputArgs, PatternArgs, ReportTo, ScanArgs, SourceArgs,
};
use super::{CLEAN, FOUND, INCOMPLETE, interrupt, progress, settings};

/// Scans, writes the report, and gives the exit code.
pub(super) fn run(args: ScanArgs) -> Result<u8> {
    run_with(args, |_| Ok(()))
}

/// The same, with `seen` called on the report before it is written.
pub(super) fn run_with(args: ScanArgs, seen: impl FnOnce(&mut Report) -> Result<()>) -> Result<u8> {
    let mut layers = settings::layers(args.settings.config.as_deref(), args.settings.own(), &args.paths)?;
    let remarks = std::mem::take(&mut layers.remarks);
    let reveal = if args.output.show_secrets { Reveal::Whole } else { Reveal::Short };
    let ScanArgs {
        paths,
        sources,
        changes,
        branch,
        patterns,
        egress,
        verify,
        verify_plan,
        ownership,
        output,
        baseline,
        threads,
        ..
    } = args;
    let flags = Settings {
        changes: self::changes(changes),
        branch,
        threads,
        fail_on: output.fail_on.map(threshold),
        fingerprint_key_file: ownership.fingerprint_key_file,
        inventory: ownership.inventory,
        baseline,
        weights: ownership.weights,
        observations: ownership.observations,
        decisions: ownership.decisions,
        token_hashes: ownership.token_hashes,
        ci: ci(),
        verify: super::verify::section(egress),
        ..what(sources, patterns)
    };
    let mut resolved = flags.over(layers.join()).resolve(paths, reveal)?;
    resolved.pipeline.is_verified = verify;
    if verify {
        resolved.pipeline.verify.interrupt = interrupt::by_signal()?;
    }
    // Before the work, so that a wrong path does not cost it.
    let mut sink = sink(&output)?;
    let others = others(&output)?;
    let meter = Meter::default();
    let mut report = progress::during(&meter, !output.quiet, || pipeline::run(&resolved.pipeline, &meter))?;
    report.remarks.splice(0..0, remarks);
    if verify_plan {
        let plans = pipeline::plan(&resolved.pipeline, &report)?;
        plan::write(&plans, &mut sink).and_then(|()| sink.flush()).context("the plan cannot be written to its end")?;
        warn_of_gaps(&report);
        return Ok(if report.errors.is_empty() { CLEAN } else { INCOMPLETE });
    }
    seen(&mut report)?;
    let form = form(&output);
    report::write(form, output.group_by.map(group_by), &report, &mut sink)
        .context("the report cannot be written to its end")?;
    write_others(others, &output, &report)?;
    if !matches!(form, Form::Text(_)) && !output.quiet {
        warn_of_gaps(&report);
    }
    Ok(match fail_on::verdict(&report, resolved.fail_on) {
        Verdict::Clean => CLEAN,
        Verdict::Found => FOUND,
        Verdict::Incomplete => INCOMPLETE,
    })
}

/// What is read and looked for, as settings.
pub(super) fn what(sources: SourceArgs, patterns: PatternArgs) -> Settings {
    Settings {
        no_history: sources.no_history.then_some(true),
        no_worktree: sources.no_worktree.then_some(true),
        no_ignore: sources.no_ignore.then_some(true),
        include: sources.include,
        exclude: sources.exclude,
        max_file_size: sources.max_file_size,
        max_archive_depth: sources.max_archive_depth,
        max_archive_size: sources.max_archive_size,
        engine: sources.engine.map(engine),
        only_patterns: patterns.only,
        exclude_patterns: patterns.except,
        patterns: patterns.further,
        min_confidence: patterns.min_confidence.map(confidence),
        no_inline_ignore: patterns.no_inline_ignore.then_some(true),
        ..Settings::default()
    }
}

/// What the CI in which this runs says of itself.
fn ci() -> Vec<String> {
    let names = ["GITHUB_REF_NAME", "GITHUB_WORKFLOW", "CI_COMMIT_REF_NAME", "CI_ENVIRONMENT_NAME"];
    names.iter().filter_map(|name| super::variable(name)).collect()
}

/// The command line admits one of them.
fn changes(args: ChangeArgs) -> Option<Changes> {
    let staged = args.staged.then_some(Changes::Staged);
    let range = args.range.map(Changes::Range).or(args.since_commit.map(Changes::SinceCommit));
    staged.or(range).or(args.since.map(Changes::Since))
}

pub(super) fn confidence(level: Level) -> Confidence {
    match level {
        Level::Low => Confidence::Low,
        Level::Medium => Confidence::Medium,
        Level::High => Confidence::High,
    }
}

pub(super) fn threshold(fail_on: FailOn) -> config::FailOn {
    match fail_on {
        FailOn::Low => config::FailOn::Low,
        FailOn::Medium => config::FailOn::Medium,
        FailOn::High => config::FailOn::High,
        FailOn::Critical => config::FailOn::Critical,
        FailOn::None => config::FailOn::None,
    }
}

fn engine(engine: args::Engine) -> history::Engine {
    match engine {
        args::Engine::Delta => history::Engine::Delta,
        args::Engine::Reference => history::Engine::Reference,
    }
}

pub(super) fn group_by(by: args::GroupBy) -> GroupBy {
    match by {
        args::GroupBy::Owner => GroupBy::Owner,
        args::GroupBy::Integration => GroupBy::Integration,
        args::GroupBy::Pattern => GroupBy::Pattern,
        args::GroupBy::Place => GroupBy::Place,
    }
}

fn is_standard_output(path: Option<&Path>) -> bool {
    path.is_none_or(|path| path.as_os_str() == "-")
}

pub(super) fn sink(output: &OutputArgs) -> Result<Box<dyn Write>> {
    match output.output.as_deref() {
        Some(path) if !is_standard_output(Some(path)) => {
            let file = File::create(path)
                .with_context(|| format!("the report cannot be written to {}; check --output", path.display()))?;
            Ok(Box::new(BufWriter::new(file)))
        }
        _ => Ok(Box::new(BufWriter::new(std::io::stdout().lock()))),
    }
}

/// The files of the reports beside the main one, with their forms.
pub(super) fn others(output: &OutputArgs) -> Result<Vec<(Form, File)>> {
    let open = |to: &ReportTo| {
        let file = File::create(&to.file)
            .with_context(|| format!("the report cannot be written to {}; check --report", to.file.display()))?;
        let options = text::Options { verbose: output.verbose, quiet: output.quiet, ..text::Options::default() };
        Ok((form_of(to.format, options), file))
    };
    output.reports.iter().map(open).collect()
}

/// Writes them.
pub(super) fn write_others(others: Vec<(Form, File)>, output: &OutputArgs, report: &Report) -> Result<()> {
    others.into_iter().try_for_each(|(form, file)| {
        report::write(form, output.group_by.map(group_by), report, &mut BufWriter::new(file))
            .context("a report of --report cannot be written to its end")
    })
}

pub(super) fn form(output: &OutputArgs) -> Form {
    let on_terminal = is_standard_output(output.output.as_deref());
    let color = match output.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => on_terminal && anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never,
    };
    let options = text::Options {
        color,
        links: color && on_terminal && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        verbose: output.verbose,
        quiet: output.quiet,
    };
    form_of(output.format.unwrap_or(Format::Text), options)
}

fn form_of(format: Format, options: text::Options) -> Form {
    match format {
        Format::Text => Form::Text(options),
        Format::Json => Form::Json,
        Format::Jsonl => Form::Jsonl,
        Format::Sarif => Form::Sarif,
        Format::Markdown => Form::Markdown,
        Format::Csv => Form::Csv,
        Format::Github => Form::Github,
        Format::Summary => Form::Summary,
        Format::Html => Form::Html,
    }
}

/// The text report says it itself; whoever asked for another form may not look into it.
pub(super) fn warn_of_gaps(report: &Report) {
    if !report.errors.is_empty() {
        let count = report.errors.len();
        let sentence = if count == 1 { "1 item was".to_owned() } else { format!("{count} items were") };
        let _ = writeln!(std::io::stderr(), "straykey: {sentence} not scanned; the report says why");
    }
}
