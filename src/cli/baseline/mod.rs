//! `straykey baseline`: writes down what is known and does not count.

mod foreign;

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use straykey::config::{self, Settings};
use straykey::detect::redact::Reveal;
use straykey::govern::baseline::{Added, Baseline};
use straykey::model::known::Known;
use straykey::model::meter::Meter;
use straykey::model::pattern::Written;
use straykey::model::report::Report;
use straykey::pipeline::{self, known};
use straykey::report::escape;

use super::args::settings::{AddArgs, BaselineArgs, BaselineCommand, BaselineScanArgs};
use super::{CLEAN, INCOMPLETE, progress, scan, settings};

/// What is told of a baseline that passwords are missing from.
const NO_KEY: &str = "without a key of your own, fingerprints of passwords hold for one run only: set fingerprint_key_file \
                      (`straykey init` makes a key), and create the baseline anew";

/// Runs one of the subcommands.
pub(super) fn run(args: BaselineArgs) -> Result<u8> {
    match args.command {
        BaselineCommand::Create(args) => {
            let file = args.scan.file.clone();
            if file.symlink_metadata().is_ok() {
                bail!("{} is there already; add to it with `straykey baseline update`", file.display());
            }
            let code = add(args, Baseline::new(&file.to_string_lossy()))?;
            merge_by_lines(&file)?;
            Ok(code)
        }
        BaselineCommand::Update(args) => {
            let baseline = config::read_baseline(&args.scan.file)?;
            add(args, baseline)
        }
        BaselineCommand::Prune { scan, dry_run } => prune(scan, dry_run),
    }
}

fn add(args: AddArgs, mut baseline: Baseline) -> Result<u8> {
    let AddArgs { scan: args, reason, from } = args;
    let lists = from.iter().map(|list| foreign::read(list)).collect::<Result<Vec<_>>>()?;
    let options = options(&args)?;
    let today = Timestamp::now().strftime("%F").to_string();
    let meter = Meter::default();
    let mut lines = Vec::new();
    let mut is_whole = true;
    let added = if from.is_empty() {
        let report = progress::during(&meter, true, || pipeline::run(&options, &meter))?;
        is_whole &= told_whole(&report, &mut lines);
        baseline.add(&report, &reason, &today)
    } else {
        let mut added = Added::default();
        for (list, known) in from.iter().zip(lists) {
            let recognised = known::recognise(&options, &known, &meter)?;
            is_whole &= take_over(list, &known, recognised, &mut lines, &mut |found| match found.lasting {
                true => added.added += usize::from(baseline.know(&found.fingerprint, &found.pattern, &reason, &today)),
                false => added.unlasting += 1,
            });
        }
        added
    };
    fs::write(&args.file, baseline.text())
        .with_context(|| format!("{} cannot be written; check the path", args.file.display()))?;
    let Added { added, unlasting } = added;
    lines.push(format!("{}: {added} added, {} in all", args.file.display(), baseline.len()));
    if unlasting > 0 {
        lines.push(format!("not in it: {unlasting} passwords; {NO_KEY}"));
    } else if options.fingerprint_key.is_none() {
        lines.push(format!("note: {NO_KEY}"));
    }
    tell(&lines)?;
    Ok(if is_whole && unlasting == 0 { CLEAN } else { INCOMPLETE })
}

type Found = straykey::model::known::Recognised;

/// Hands what a list means to `sink`, and says what it is that cannot be told.
fn take_over(
    list: &Path,
    known: &[Known],
    recognised: Vec<Result<Vec<Found>, String>>,
    lines: &mut Vec<String>,
    sink: &mut dyn FnMut(&Found),
) -> bool {
    let missed = recognised.iter().filter(|found| found.is_err()).count();
    for (known, found) in known.iter().zip(&recognised) {
        match found {
            Ok(found) => found.iter().for_each(&mut *sink),
            Err(why) => {
                let Written { file, line } = &known.written;
                lines.push(format!("{file}:{line}: {} was not taken over: {why}", known.path));
            }
        }
    }
    lines.push(format!("{}: {} of {} entries were taken over", list.display(), known.len() - missed, known.len()));
    missed == 0
}

fn prune(args: BaselineScanArgs, dry_run: bool) -> Result<u8> {
    let mut baseline = config::read_baseline(&args.file)?;
    let options = options(&args)?;
    let meter = Meter::default();
    let report = progress::during(&meter, true, || pipeline::run(&options, &meter))?;
    let mut lines = Vec::new();
    if !told_whole(&report, &mut lines) {
        lines.push(format!("{}: nothing was taken out, as what was not scanned may hold it", args.file.display()));
        tell(&lines)?;
        return Ok(INCOMPLETE);
    }
    let pruned = baseline.prune(&report);
    for entry in &pruned.gone {
        lines.push(format!("gone: {} {} {} {}", entry.fingerprint, entry.since, entry.pattern, entry.reason));
    }
    if pruned.foreign > 0 {
        lines.push(format!("{} entries were made with another key and stay", pruned.foreign));
    }
    let word = if dry_run { "would be taken out" } else { "taken out" };
    lines.push(format!("{}: {} {word}, {} stay", args.file.display(), pruned.gone.len(), baseline.len()));
    if !dry_run && !pruned.gone.is_empty() {
        fs::write(&args.file, baseline.text())
            .with_context(|| format!("{} cannot be written; check the path", args.file.display()))?;
    }
    tell(&lines)?;
    Ok(CLEAN)
}

/// The settings of a scan for a baseline, which is not held against itself.
fn options(args: &BaselineScanArgs) -> Result<pipeline::Options> {
    let below = settings::told(args.settings.config.as_deref(), args.settings.own(), &args.paths)?;
    let flags = Settings {
        fingerprint_key_file: args.fingerprint_key_file.clone(),
        ..scan::what(args.sources.clone(), args.patterns.clone())
    };
    let mut settings = flags.over(below);
    let real = |path: &Path| std::path::absolute(path).ok().map(|path| path.canonicalize().unwrap_or(path));
    settings.baseline.retain(|path| real(path) != real(&args.file));
    // Whose they are is not asked.
    (settings.inventory, settings.weights) = (Vec::new(), None);
    (settings.observations, settings.decisions, settings.token_hashes) = (None, None, Vec::new());
    Ok(settings.resolve(args.paths.clone(), Reveal::Short)?.pipeline)
}

/// Tells what was not scanned; says whether all was.
fn told_whole(report: &Report, lines: &mut Vec<String>) -> bool {
    lines.extend(report.errors.iter().map(|error| format!("not scanned: {}: {}", error.what, error.why)));
    report.errors.is_empty()
}

/// Tells git to keep the lines of both sides where two branches changed the same place.
fn merge_by_lines(file: &Path) -> Result<()> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name().and_then(|name| name.to_str())) else {
        return Ok(());
    };
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let near = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if straykey::sources::target::top(near).is_none() || !is_plain {
        return Ok(());
    }
    let (path, line) = (folder.join(".gitattributes"), format!("/{name} merge=union"));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    if text.lines().any(|known| known.trim() == line) {
        return Ok(());
    }
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    fs::write(&path, format!("{text}{gap}{line}\n"))
        .with_context(|| format!("{} cannot be written; add the line `{line}` to it", path.display()))?;
    tell(&[format!("{}: now says `{line}`, so that git merges the baseline by lines; commit both", path.display())])
}

fn tell(lines: &[String]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{}", escape::terminal(line)).context("the answer cannot be written")?;
    }
    Ok(())
}
