//! `straykey verify REPORT|FINGERPRINT|-`

use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use straykey::config::Settings;
use straykey::config::layers::OwnFile;
use straykey::config::verify::Section;
use straykey::detect::Detector;
use straykey::detect::redact::Reveal;
use straykey::model::judgement::Judgement;
use straykey::model::meter::Meter;
use straykey::model::pattern::{Confidence, Pattern};
use straykey::model::place::{Place, PlaceKind, Position};
use straykey::model::report::Report;
use straykey::model::scan::{Scanner, Sighting};
use straykey::model::secret::{Credential, Secret};
use straykey::model::validity::Validity;
use straykey::patterns::Catalogue;
use straykey::pipeline::{self, Options};
use straykey::report::{self, earlier, plan};
use straykey::verify;

use super::args::{EgressArgs, VerifyArgs};
use super::{CLEAN, FOUND, INCOMPLETE, interrupt, progress, scan, settings};

/// What a fingerprint begins with.
const FINGERPRINT: &str = "fp1:";
/// The largest report that is read, in bytes.
const MOST_REPORT: u64 = 256 << 20;
/// The longest credential that is read, in bytes.
const MOST_INPUT: u64 = 1 << 20;

/// The flags as settings.
pub(super) fn section(args: EgressArgs) -> Section {
    let actor = ["STRAYKEY_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "USERNAME"]
        .iter()
        .find_map(|name| super::variable(name));
    let home = ["HOME", "USERPROFILE"].iter().find_map(|name| super::variable(name)).map(Into::into);
    Section { allow_hosts: args.hosts, audit_log: args.audit_log, actor, home, ..Section::default() }
}

/// Tries credentials: 1 if one of them works, 2 if it is not known of all, 0 if none does.
pub(super) fn run(args: VerifyArgs) -> Result<u8> {
    let file = settings::told(args.config.as_deref(), OwnFile::OfCurrent, &args.paths)?;
    let reveal = if args.output.show_secrets { Reveal::Whole } else { Reveal::Short };
    let flags = Settings { patterns: args.patterns, verify: section(args.egress), ..Settings::default() };
    let mut settings = flags.over(file);
    // Whoever names a credential wants to know, however sure it is that it is one.
    settings.min_confidence = Some(Confidence::Low);
    let mut options = settings.resolve(args.paths, reveal)?.pipeline;
    let Some(what) = args.what.filter(|_| !args.list_hosts) else { return hosts(&options) };
    options.is_verified = true;
    options.verify.interrupt = interrupt::by_signal()?;
    options.verify.only = Some(what.clone()).filter(|what| what.starts_with(FINGERPRINT));
    options.verify.tries_suppressed = options.verify.only.is_some() || args.pattern.is_some();
    let mut sink = scan::sink(&args.output)?;
    let others = scan::others(&args.output)?;
    let meter = Meter::default();
    let work = || match (&args.pattern, what.as_str()) {
        (Some(id), "-") => Ok(pipeline::take(&options, from_input(id, &options)?, &meter)?),
        (Some(_), _) => bail!("--pattern needs `-`: the credential is read from standard input"),
        (None, "-") => bail!("which credential is it? name its pattern with --pattern; see `straykey patterns list`"),
        (None, what) if what.starts_with(FINGERPRINT) => by_fingerprint(what, &options, &meter),
        (None, path) => {
            let text = read(Path::new(path))?;
            let earlier = earlier::read(&text).map_err(anyhow::Error::msg).with_context(|| path.to_owned())?;
            Ok(pipeline::reread(&options, &earlier, &meter)?)
        }
    };
    let report = progress::during(&meter, !args.output.quiet, work)?;
    report::write(scan::form(&args.output), args.output.group_by.map(scan::group_by), &report, &mut sink)
        .context("the report cannot be written to its end")?;
    scan::write_others(others, &args.output, &report)?;
    scan::warn_of_gaps(&report);
    Ok(code(&report, options.verify.tries_suppressed))
}

fn code(report: &Report, with_suppressed: bool) -> u8 {
    let counted = report.findings.iter().filter(|finding| with_suppressed || finding.suppressed.is_none());
    let mut all = counted.map(|finding| &finding.verification.validity);
    if all.clone().any(|validity| *validity == Validity::Active) {
        FOUND
    } else if report.errors.is_empty() && all.all(|validity| *validity == Validity::Inactive) {
        CLEAN
    } else {
        INCOMPLETE
    }
}

fn hosts(options: &Options) -> Result<u8> {
    let declarations = Catalogue::load(&options.patterns)?.declarations()?;
    let mut out = std::io::stdout().lock();
    plan::hosts(&verify::hosts(&declarations, &options.verify), &mut out).context("the hosts cannot be written")?;
    out.flush().context("the hosts cannot be written")?;
    Ok(CLEAN)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = || format!("the report {} cannot be read; name a report that `--format json` wrote", path.display());
    let mut text = Vec::new();
    std::fs::File::open(path).with_context(failed)?.take(MOST_REPORT).read_to_end(&mut text).with_context(failed)?;
    Ok(text)
}

/// Scans once more and tries the one finding.
fn by_fingerprint(fingerprint: &str, options: &Options, meter: &Meter) -> Result<Report> {
    let mut report = pipeline::run(options, meter)?;
    report.findings.retain(|finding| finding.fingerprint == fingerprint);
    if report.findings.is_empty() {
        bail!(
            "no finding has the fingerprint {fingerprint}; name the paths of that scan, and its --config and --patterns"
        );
    }
    Ok(report)
}

/// The credential on standard input: what the pattern finds in it, or else all of it.
fn from_input(id: &str, options: &Options) -> Result<Sighting> {
    let catalogue = Catalogue::load(&options.patterns)?;
    let Some(listed) = catalogue.patterns.iter().find(|listed| listed.id == id) else {
        bail!("no pattern is called `{id}`; see `straykey patterns list`");
    };
    let mut text = Vec::new();
    let input = std::io::stdin().lock().take(MOST_INPUT).read_to_end(&mut text);
    input.context("standard input cannot be read")?;
    let text = text.trim_ascii();
    if text.is_empty() {
        bail!("standard input is empty; write the credential to it");
    }
    let detector = Detector::new(std::slice::from_ref(listed));
    let found = detector.scan(text).matches.into_iter().next();
    let credential = match found {
        Some(found) => found.credential,
        None => Credential { secret: Secret::new(text), parts: Default::default() },
    };
    Ok(sighting(Arc::clone(listed.pattern()), credential))
}

fn sighting(pattern: Arc<Pattern>, credential: Credential) -> Sighting {
    let judgement = Judgement { confidence: Confidence::High, reasons: vec!["it was named"] };
    let place = Place {
        target: 0,
        kind: PlaceKind::Stdin,
        path: None,
        inside: None,
        encodings: Vec::new(),
        position: Position { line: 1, column: 1, end_line: 1, end_column: 1 },
        object: None,
        commit: None,
        lifetime: None,
        mark: None,
        suppressed: None,
    };
    Sighting { pattern, credential, judgement, place }
}
