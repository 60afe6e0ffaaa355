//! The order of the stages, and nothing else.

pub mod known;
mod options;
pub mod ownership;
mod surroundings;

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::Timestamp;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::detect::fingerprint::Fingerprinter;
use crate::detect::redact::{Reveal, Scrubber};
use crate::detect::{Detector, group};
use crate::govern::{allow, baseline};
use crate::model::attribution::Ownership;
use crate::model::meter::Meter;
use crate::model::place::Place;
use crate::model::plan::Plan;
use crate::model::report::{Earlier, Report, Target, Unscanned};
use crate::model::scan::{Match, Scanned, Scanner, Sighting};
use crate::model::secret::Secret;
use crate::patterns::Catalogue;
use crate::sources::changes::Scope;
use crate::sources::{again, target};
use crate::verify;
use ownership::Prepared;

pub use options::{Error, Options};

/// Scans every target. What goes wrong with one of them is in the report, and the others are scanned all the same.
pub fn run(options: &Options, meter: &Meter) -> Result<Report, Error> {
    let stages = Stages::new(options, meter)?;
    let (targets, all) = stages.scan()?;
    stages.finish(targets, all)
}

/// Reads again what an earlier report tells of, and goes on as if it had been found.
pub fn reread(options: &Options, earlier: &[Earlier], meter: &Meter) -> Result<Report, Error> {
    let stages = Stages::new(options, meter)?;
    let (targets, all) = stages.reread(earlier);
    stages.finish(targets, all)
}

/// Goes on with one credential as if it had been found.
pub fn take(options: &Options, found: Sighting, meter: &Meter) -> Result<Report, Error> {
    let stages = Stages::new(options, meter)?;
    stages.finish(vec![again::target("-")], Scanned { sightings: vec![found], ..Scanned::default() })
}

/// What verifying the findings of a report would ask of whom. Asks nobody.
pub fn plan(options: &Options, report: &Report) -> Result<Vec<Plan>, Error> {
    let declarations = Catalogue::load(&options.patterns)?.declarations()?;
    Ok(verify::plan(&report.findings, &declarations, &options.verify)?)
}

/// What all stages need.
struct Stages<'a> {
    options: &'a Options,
    meter: &'a Meter,
    start: Instant,
    catalogue: Catalogue,
    detector: Detector,
    fingerprints: Fingerprinter,
    /// What ownership needs; none: it is not asked.
    prepared: Option<Prepared>,
}

impl<'a> Stages<'a> {
    fn new(options: &'a Options, meter: &'a Meter) -> Result<Self, Error> {
        let start = Instant::now();
        let catalogue = Catalogue::load(&options.patterns)?;
        let detector = Detector::new(&catalogue.patterns).at_least(options.least);
        let key = options.fingerprint_key.as_ref();
        let fingerprints = Fingerprinter::new(key.map(Secret::expose))?;
        let guard = ownership::guard(options)?;
        let prepare = |ownership| Prepared::read(ownership, key, guard.as_ref().unwrap_or(&detector));
        let prepared = options.ownership.as_ref().map(prepare).transpose()?;
        Ok(Self { options, meter, start, catalogue, detector, fingerprints, prepared })
    }

    fn scan(&self) -> Result<(Vec<Target>, Scanned), Error> {
        let sources = &self.options.sources;
        // What is staged is little, and somebody waits for it: threads would cost more than they bring.
        let workers = (!matches!(sources.scope, Scope::Staged | Scope::StagedElseTracked))
            .then(|| workers(sources.threads))
            .transpose()?;
        let mut all = Scanned::default();
        let mut targets = Vec::new();
        for (number, path) in self.options.targets.iter().enumerate() {
            let scan = || target::scan(path, number, sources, &self.detector, self.meter);
            let (target, scanned) = workers.as_ref().map_or_else(scan, |workers| workers.install(scan));
            targets.push(target);
            all.absorb(scanned);
        }
        Ok((targets, all))
    }

    fn reread(&self, earlier: &[Earlier]) -> (Vec<Target>, Scanned) {
        let places = earlier.iter().flat_map(|finding| &finding.places);
        let names: BTreeSet<&str> = places.map(|(target, _)| target.as_str()).collect();
        let targets: Vec<Target> = names.into_iter().map(again::target).collect();
        let mut all = Scanned::default();
        for finding in earlier {
            let is_same = |found: &Match, at: &Place| match finding.lasting {
                true => self.fingerprints.of(&found.pattern, &found.credential.secret).0 == finding.fingerprint,
                false => found.pattern.id == finding.pattern && found.position == at.position,
            };
            all.absorb(again::find(finding, &targets, self.options.sources.archives, &self.detector, &is_same));
        }
        (targets, all)
    }

    /// All that follows on scanning.
    fn finish(self, mut targets: Vec<Target>, all: Scanned) -> Result<Report, Error> {
        let Self { options, meter, start, catalogue, detector, fingerprints, prepared } = self;
        let refused = catalogue
            .refused
            .iter()
            .map(|error| Unscanned { what: format!("{}:{}", error.file, error.line), why: error.problem.clone() });
        let mut errors: Vec<Unscanned> = all.unscanned.into_iter().chain(refused).collect();
        errors.sort();
        errors.dedup();

        // What is said about files and targets may itself hold a secret: the name of a file that could not be read.
        let mut said: Vec<&mut String> =
            errors.iter_mut().flat_map(|error| [&mut error.what, &mut error.why]).collect();
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
            at: now.as_second(),
            elapsed: start.elapsed(),
            fingerprint_key: fingerprints.key(),
            verified: options.is_verified,
            ownership: None,
        };
        let today = now.strftime("%F").to_string();
        let report = allow::apply(report, &options.allow, &catalogue.allowlists, !options.no_inline_ignore, &today);
        let mut report = baseline::apply(report, &options.baselines);
        // Only now is it known which of them may stand where they stand, and so need not be tried.
        if options.is_verified {
            let findings = std::mem::take(&mut report.findings);
            let (findings, missed) = verify::run(findings, &catalogue.declarations()?, &options.verify, meter)?;
            report.findings = findings;
            report.errors.extend(missed);
        } else {
            report.findings = verify::read_offline(report.findings, &options.verify.canary_accounts);
        }
        report.elapsed = start.elapsed();
        // What a provider says may hold another secret than the one that it was asked about.
        let told = report.findings.iter_mut().flat_map(|finding| finding.verification.texts_mut());
        told.for_each(|text| *text = scrubber.scrub(text));
        let mut report = match (prepared, &options.ownership) {
            (Some(prepared), Some(ownership)) => {
                ownership::own(report, prepared, ownership, &options.targets, now.as_second())
            }
            _ => report,
        };
        // Key ids are shown short too, but only now: whose a credential is may be told by its whole id.
        let ids = report.findings.iter_mut().filter_map(|finding| finding.verification.identity.public_id.as_mut());
        let notes = report.ownership.iter_mut().flat_map(Ownership::notes_mut);
        ids.map(|said| &mut said.value).chain(notes).for_each(|text| *text = scrubber.scrub(text));
        Ok(report)
    }
}

fn workers(threads: usize) -> Result<ThreadPool, Error> {
    ThreadPoolBuilder::new().num_threads(threads).build().map_err(|_| Error::Threads(threads))
}
