//! The order of the stages, and nothing else.

pub mod ownership;
mod surroundings;

use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::detect::fingerprint::{Fingerprinter, WeakKey};
use crate::detect::redact::{Reveal, Scrubber};
use crate::detect::{Detector, group};
use crate::govern::allow::{self, Rule};
use crate::inventory;
use crate::model::meter::Meter;
use crate::model::pattern::{Confidence, Pattern};
use crate::model::report::{Report, Unscanned};
use crate::model::scan::{Match, Scanned, Scanner};
use crate::model::secret::Secret;
use crate::patterns::{self, Catalogue};
use crate::sources::changes::Scope;
use crate::sources::{self, target};
use ownership::Prepared;

/// What each stage is to do.
#[derive(Debug, Default)]
pub struct Options {
    /// What to scan: paths, or `-` for standard input.
    pub targets: Vec<PathBuf>,
    /// What to look for.
    pub patterns: patterns::Options,
    /// What is less sure is no finding.
    pub least: Confidence,
    /// What to read.
    pub sources: sources::Options,
    /// The key for fingerprints; none: the public one.
    pub fingerprint_key: Option<Secret>,
    /// Whether the report shows secrets.
    pub reveal: Reveal,
    /// What may stand where it stands.
    pub allow: Vec<Rule>,
    /// Marks on lines do not suppress.
    pub no_inline_ignore: bool,
    /// Whose credentials they are; none: that is not asked.
    pub ownership: Option<ownership::Options>,
}

/// Why a scan could not begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No patterns.
    #[error(transparent)]
    Patterns(#[from] patterns::Error),
    /// No key.
    #[error(transparent)]
    Key(#[from] WeakKey),
    /// No inventory.
    #[error(transparent)]
    Inventory(#[from] inventory::Error),
    /// No threads.
    #[error("{0} threads cannot be started; lower --threads")]
    Threads(usize),
}

/// Scans every target. What goes wrong with one of them is in the report, and the others are scanned all the same.
pub fn run(options: &Options, meter: &Meter) -> Result<Report, Error> {
    let start = Instant::now();
    let catalogue = Catalogue::load(&options.patterns)?;
    let detector = Detector::new(&catalogue.patterns).at_least(options.least);
    let fingerprint_secret = options.fingerprint_key.as_ref();
    let fingerprints = Fingerprinter::new(fingerprint_secret.map(Secret::expose))?;
    let guard = guard(options)?;
    let prepare = |ownership| Prepared::read(ownership, fingerprint_secret, guard.as_ref().unwrap_or(&detector));
    let prepared = options.ownership.as_ref().map(prepare).transpose()?;
    // What is staged is little, and somebody waits for it: threads would cost more than they bring.
    let workers = (options.sources.scope != Scope::Staged).then(|| workers(options.sources.threads)).transpose()?;

    let mut all = Scanned::default();
    let mut targets = Vec::new();
    for (number, path) in options.targets.iter().enumerate() {
        let scan = || target::scan(path, number, &options.sources, &detector, meter);
        let (target, scanned) = workers.as_ref().map_or_else(scan, |workers| workers.install(scan));
        targets.push(target);
        all.absorb(scanned);
    }

    let refused = catalogue
        .refused
        .iter()
        .map(|error| Unscanned { what: format!("{}:{}", error.file, error.line), why: error.problem.clone() });
    let mut errors: Vec<Unscanned> = all.unscanned.into_iter().chain(refused).collect();
    errors.sort();
    errors.dedup();

    // What is said about files and targets may itself hold a secret: the name of a file that could not be read.
    let mut said: Vec<&mut String> = errors.iter_mut().flat_map(|error| [&mut error.what, &mut error.why]).collect();
    said.extend(targets.iter_mut().flat_map(|target| target.remarks.iter_mut().chain([&mut target.name])));
    let strays: Vec<Match> = said.iter().flat_map(|text| detector.scan(text.as_bytes()).matches).collect();
    let scrubber = match options.reveal {
        Reveal::Short => Scrubber::new(
            all.sightings
                .iter()
                .map(|seen| (&*seen.pattern, &seen.credential))
                .chain(strays.iter().map(|stray| (&*stray.pattern, &stray.credential))),
        ),
        Reveal::Whole => Scrubber::default(),
    };
    said.into_iter().for_each(|text| *text = scrubber.scrub(text));
    let now = Timestamp::now();
    let mut findings = group::findings(all.sightings, &fingerprints, options.reveal, &scrubber, now.as_second());
    findings.retain(|finding| finding.judgement.confidence >= options.least);
    let report = Report {
        findings,
        errors,
        remarks: Vec::new(),
        targets,
        stats: all.stats,
        elapsed: start.elapsed(),
        fingerprint_key: fingerprints.key(),
        ownership: None,
    };
    let today = now.strftime("%F").to_string();
    let report = allow::apply(report, &options.allow, &catalogue.allowlists, !options.no_inline_ignore, &today);
    Ok(match (prepared, &options.ownership) {
        (Some(prepared), Some(ownership)) => {
            ownership::own(report, prepared, ownership, &options.targets, now.as_second())
        }
        _ => report,
    })
}

/// Who looks through the inventory for secrets, where the scan itself looks for few: what it leaves out must not stand there either.
fn guard(options: &Options) -> Result<Option<Detector>, Error> {
    let patterns::Options { paths, only, except } = &options.patterns;
    let is_whole = only.is_empty() && except.is_empty() && options.least <= Confidence::Medium;
    if is_whole || options.ownership.is_none() {
        return Ok(None);
    }
    let whole = Catalogue::load(&patterns::Options { paths: paths.clone(), ..patterns::Options::default() })?;
    Ok(Some(Detector::new(&whole.patterns)))
}

fn workers(threads: usize) -> Result<ThreadPool, Error> {
    ThreadPoolBuilder::new().num_threads(threads).build().map_err(|_| Error::Threads(threads))
}

/// The fingerprint of a secret that a pattern would find, made with a key of one's own.
pub fn fingerprint(key: &Secret, pattern: &Pattern, secret: &Secret) -> Result<String, WeakKey> {
    Ok(Fingerprinter::new(Some(key.expose()))?.of(pattern, secret).0)
}

/// The half of a credential that is no secret and was found with it: a key id.
pub fn public_id(found: &Match) -> Option<String> {
    let part = found.credential.parts.get(found.pattern.alone.as_ref()?)?;
    Some(String::from_utf8_lossy(part.expose()).into_owned())
}
