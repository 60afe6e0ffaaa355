//! `straykey explain TEXT|FINGERPRINT`

use std::io::{BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};

use straykey::config::Settings;
use straykey::config::layers::OwnFile;
use straykey::detect::Detector;
use straykey::detect::redact::Reveal;
use straykey::model::account::{Account, End};
use straykey::model::finding::Finding;
use straykey::model::meter::Meter;
use straykey::model::pattern::Confidence;
use straykey::model::place::{Place, PlaceKind, Position};
use straykey::model::report::Report;
use straykey::patterns::Catalogue;
use straykey::pipeline;
use straykey::report::explain::{self, Header};
use straykey::sources::again;

use super::args::ExplainArgs;
use super::{CLEAN, INCOMPLETE, progress, scan, settings};

/// What a fingerprint begins with.
const FINGERPRINT: &str = "fp1:";
/// What is read of standard input, in bytes.
const MOST_INPUT: u64 = 64 << 20;
/// Places of a finding that are explained.
const MOST_PLACES: usize = 4;

/// Explains a text, or a finding of an earlier scan.
pub(super) fn run(args: ExplainArgs) -> Result<u8> {
    let file = settings::told(args.config.as_deref(), OwnFile::OfCurrent, &args.paths)?;
    let flags = Settings {
        patterns: args.patterns,
        min_confidence: args.min_confidence.map(scan::confidence),
        ..Settings::default()
    };
    let mut options = flags.over(file).resolve(args.paths, Reveal::Short)?.pipeline;
    let catalogue = Catalogue::load(&options.patterns)?;
    let detector = Detector::new(&catalogue.patterns).at_least(options.least);
    for error in &catalogue.refused {
        // Nothing more can be done if standard error is gone too.
        let _ = writeln!(std::io::stderr(), "straykey: {error}");
    }
    let mut sink = BufWriter::new(std::io::stdout().lock());
    let is_whole = if args.what.starts_with(FINGERPRINT) {
        options.least = Confidence::Low;
        let meter = Meter::default();
        let report = progress::during(&meter, true, || pipeline::run(&options, &meter))?;
        finding(&args.what, &report, &detector, &mut sink)?;
        report.errors.is_empty()
    } else {
        let text = if args.what == "-" { input()? } else { args.what.into_bytes() };
        explain::write(&detector.explain(&text), &mut sink).context("the explanation cannot be written")?;
        catalogue.refused.is_empty()
    };
    sink.flush().context("the explanation cannot be written")?;
    Ok(if is_whole { CLEAN } else { INCOMPLETE })
}

fn input() -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let read = std::io::stdin().lock().take(MOST_INPUT + 1).read_to_end(&mut text);
    let read = read.context("standard input cannot be read")?;
    if read as u64 > MOST_INPUT {
        bail!("standard input has more than {MOST_INPUT} bytes; explain the part that matters");
    }
    Ok(text)
}

fn finding(fingerprint: &str, report: &Report, detector: &Detector, sink: &mut dyn Write) -> Result<()> {
    let Some(finding) = report.findings.iter().find(|finding| finding.fingerprint == fingerprint) else {
        let why = match fingerprint.starts_with("fp1:run:") {
            true => "it is of one run only; set fingerprint_key_file in the --config of both runs",
            false => "name the paths of that scan, and its --config and --patterns",
        };
        bail!("no finding has the fingerprint {fingerprint}: {why}");
    };
    let failed = "the explanation cannot be written";
    explain::finding(finding, sink).context(failed)?;
    for place in finding.places.iter().take(MOST_PLACES) {
        let target = report.targets.get(place.target).map_or("", |target| &target.name);
        let text = again::text(Path::new(target), place);
        let accounts = text.map(|text| about(place, finding, detector.explain(&text)));
        let header = Header { target, place };
        explain::place(&header, accounts.as_deref().map_err(String::as_str), sink).context(failed)?;
    }
    explain::more(finding.places.len().saturating_sub(MOST_PLACES), sink).context(failed)
}

/// The accounts that touch the secret at `place`.
fn about(place: &Place, finding: &Finding, accounts: Vec<Account>) -> Vec<Account> {
    let touches = |position: Position| {
        let (start, end) = ((position.line, position.column), (position.end_line, position.end_column));
        let at = place.position;
        start < (at.end_line, at.end_column) && end > (at.line, at.column)
    };
    let is_about = |account: &Account| match &account.end {
        // In a name, places count from the beginning of the whole path.
        _ if place.kind == PlaceKind::FileName => true,
        End::Found(found) => touches(found.secret) || (touches(found.extent) && found.pattern.id == finding.pattern.id),
        _ => touches(account.hit),
    };
    accounts.into_iter().filter(is_about).collect()
}
