//! The second half of the pipeline: whose a finding is, and what that means.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::surroundings::Reader;
use crate::attribute::blast::Graph;
use crate::attribute::{Attributor, Decided, priority};
use crate::detect::Detector;
use crate::detect::redact::Scrubber;
use crate::govern::checks::{self, Facts};
use crate::govern::mapping;
use crate::inventory::observations::{self, Observations};
use crate::inventory::{self, decisions, token_hashes};
use crate::model::attribution::{Owned, Ownership, Resolved};
use crate::model::check::Mapping;
use crate::model::finding::Finding;
use crate::model::inventory::{EnvironmentClass, Integration, Inventory, Position};
use crate::model::pattern::Confidence;
use crate::model::reach::Reach;
use crate::model::report::{FingerprintKey, Report};
use crate::model::scan::Scanner;
use crate::model::secret::{Hashes, Secret};
use crate::model::surroundings::Around;
use crate::model::weights::Weights;
use crate::patterns::{self, Catalogue};

/// What ownership needs.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Files and folders of the inventory.
    pub inventory: Vec<PathBuf>,
    /// Weights other than the built-in ones.
    pub weights: Option<PathBuf>,
    /// Where what was seen is kept from run to run.
    pub observations: Option<PathBuf>,
    /// People's decisions.
    pub decisions: Option<PathBuf>,
    /// Files in which a provider tells tokens by their hash.
    pub token_hashes: Vec<PathBuf>,
    /// What the CI says of the run.
    pub ci: Vec<String>,
}

/// All that ownership reads, read and checked.
#[derive(Debug)]
pub struct Prepared {
    /// The inventory.
    pub inventory: Inventory,
    /// What evidence is worth.
    pub weights: Weights,
    /// People's decisions.
    pub decided: Decided,
    /// Credentials by the hashes by which their provider tells of them.
    pub hashes: Hashes<Position>,
    /// What earlier runs saw.
    pub observations: Observations,
    /// The checks.
    pub mapping: Arc<Mapping>,
    /// What the CI says of the run.
    pub ci: Vec<String>,
    /// What a reader should know of all this.
    pub remarks: Vec<String>,
}

impl Prepared {
    /// Reads everything, before the work of a scan, so that what is wrong does not cost it.
    pub fn read(options: &Options, key: Option<&Secret>, scanner: &dyn Scanner) -> Result<Self, inventory::Error> {
        let inventory = inventory::load(&options.inventory, scanner)?;
        let weights = match &options.weights {
            None => {
                Weights::read(None).map_err(|problem| inventory::Error::Other(format!("built-in weights:{problem}")))?
            }
            Some(path) => weights(path)?,
        };
        let (decided, mut remarks) =
            options.decisions.as_deref().map(|path| decisions::read(path, key)).transpose()?.unwrap_or_default();
        let (hashes, unknown) = token_hashes::read(&options.token_hashes, &inventory)?;
        remarks.extend(unknown);
        let observations = options.observations.as_deref().map(observations::read).transpose()?.unwrap_or_default();
        let mapping = Arc::new(mapping::read().map_err(inventory::Error::Other)?);
        Ok(Self { inventory, weights, decided, hashes, observations, mapping, ci: options.ci.clone(), remarks })
    }
}

fn weights(path: &Path) -> Result<Weights, inventory::Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| inventory::Error::File { path: path.display().to_string(), cause })?;
    Weights::read(Some(&text)).map_err(|problem| inventory::Error::Other(format!("{}:{problem}", path.display())))
}

/// Adds to a report whose each finding is. The most urgent findings then stand first.
pub fn own(mut report: Report, mut prepared: Prepared, options: &Options, targets: &[PathBuf], now: i64) -> Report {
    let scrubber = Scrubber::new(report.findings.iter().map(|finding| (&*finding.pattern, &finding.credential)));
    let mut reader = Reader::new(targets, scrubber);
    let around: Vec<Vec<Around>> = report.findings.iter().map(|finding| reader.around(finding)).collect();
    report.remarks.append(&mut prepared.remarks);
    report.remarks.extend(foreign_fingerprints(&prepared.inventory, &report.fingerprint_key));
    remember(&mut prepared.observations, &report, now);
    let mut ownership = judge(&report.findings, &around, &prepared, now);
    ownership.files = options.inventory.iter().map(|path| path.display().to_string()).collect();
    if let Some(path) = &options.observations
        && let Err(error) = observations::write(path, &prepared.observations)
    {
        report.remarks.push(format!("what was seen could not be kept: {error}"));
    }
    let urgency =
        |finding: &Finding| Reverse(ownership.by_finding.get(&finding.fingerprint).map(|owned| owned.priority.score));
    report.findings.sort_by_key(urgency);
    report.ownership = Some(ownership);
    report
}

/// Whose each finding is, given what stands around it. For a caller that has findings and surroundings already.
pub fn judge(findings: &[Finding], around: &[Vec<Around>], prepared: &Prepared, now: i64) -> Ownership {
    let Prepared { inventory, weights, decided, hashes, ci, .. } = prepared;
    let attributor = Attributor::new(inventory, weights, decided.clone(), ci, now).with_hashes(hashes);
    let mut by_finding: HashMap<String, Owned> = findings
        .iter()
        .zip(around)
        .map(|(finding, around)| (finding.fingerprint.clone(), attributor.attribute(finding, around)))
        .collect();
    let reach = reach(inventory, &by_finding);
    prioritise(findings, &mut by_finding, &reach, prepared, now);
    let resolved: Vec<Resolved> = inventory.integrations.iter().map(|one| attributor.owners().of(one)).collect();
    let facts = Facts {
        findings,
        owned: &by_finding,
        inventory,
        resolved: &resolved,
        reach: &reach,
        observations: &prepared.observations,
        thresholds: weights.checks,
        now,
    };
    let checks = checks::run(&facts, &prepared.mapping);
    let found: HashSet<&str> =
        by_finding.values().filter_map(|owned| owned.attribution.integration.as_deref()).collect();
    let reach =
        reach.into_iter().filter(|(id, _)| found.contains(id)).map(|(id, reach)| (id.to_owned(), reach)).collect();
    Ownership {
        weights: weights.version.clone(),
        files: Vec::new(),
        integrations: inventory.integrations.len(),
        by_finding,
        reach,
        checks,
        mapping: prepared.mapping.clone(),
    }
}

/// What those integrations lead to that findings are of, or that lead to anything that is written down.
fn reach<'a>(inventory: &'a Inventory, owned: &HashMap<String, Owned>) -> HashMap<&'a str, Reach> {
    let graph = Graph::new(inventory);
    let found: HashSet<&str> = owned.values().filter_map(|owned| owned.attribution.integration.as_deref()).collect();
    let exposing: HashSet<&str> =
        inventory.systems.iter().filter(|system| !system.exposes.is_empty()).map(|system| system.id.as_str()).collect();
    let leads_on = |one: &&Integration| {
        found.contains(one.id.as_str())
            || exposing.contains(one.target_system.as_str())
            || !one.downstream.is_empty()
            || one.credentials.iter().any(|credential| !credential.mints.is_empty())
    };
    inventory.integrations.iter().filter(leads_on).map(|one| (one.id.as_str(), graph.reach(&one.id))).collect()
}

/// Works out how urgent each finding is.
fn prioritise(
    findings: &[Finding],
    by_finding: &mut HashMap<String, Owned>,
    reach: &HashMap<&str, Reach>,
    prepared: &Prepared,
    now: i64,
) {
    let integrations: HashMap<&str, &Integration> =
        prepared.inventory.integrations.iter().map(|one| (one.id.as_str(), one)).collect();
    let classes: HashMap<&str, EnvironmentClass> =
        prepared.inventory.environments.iter().map(|one| (one.id.as_str(), one.class)).collect();
    let nothing = Reach::default();
    for finding in findings {
        let Some(owned) = by_finding.get_mut(&finding.fingerprint) else { continue };
        let integration = owned.attribution.integration.as_deref().and_then(|id| integrations.get(id).copied());
        let declared = integration.map_or(&[][..], |one| &one.environments);
        let names = owned.environments.iter().chain(&owned.said_environments).chain(declared);
        let classes: Vec<EnvironmentClass> = names.filter_map(|name| classes.get(name.as_str()).copied()).collect();
        let reach = integration.and_then(|one| reach.get(one.id.as_str())).unwrap_or(&nothing);
        let known = priority::Known { integration, reach, classes: &classes, now };
        owned.priority = priority::priority(finding, &owned.attribution, &known, &prepared.weights.priority);
    }
}

/// Keeps what this run saw.
fn remember(observations: &mut Observations, report: &Report, now: i64) {
    for finding in report.findings.iter().filter(|finding| finding.lasting) {
        let name = |target: usize| report.targets.get(target).map_or("", |target| target.name.as_str());
        let mut places: Vec<String> = finding
            .places
            .iter()
            .map(|place| format!("{}:{}", name(place.target), place.path.as_deref().unwrap_or(place.kind.words())))
            .collect();
        places.sort();
        places.dedup();
        let before = observations.remove(&finding.fingerprint).unwrap_or_default();
        observations.insert(finding.fingerprint.clone(), before.updated(finding, places, now));
    }
}

/// Says that fingerprints made with another key can match nothing.
fn foreign_fingerprints(inventory: &Inventory, key: &FingerprintKey) -> Option<String> {
    let own = match key {
        FingerprintKey::Own { id } => id,
        FingerprintKey::Public => "pub",
    };
    let credentials = inventory.integrations.iter().flat_map(|integration| &integration.credentials);
    let all = credentials
        .flat_map(|credential| credential.fp.iter().chain(credential.previous_fp.iter().map(|previous| &previous.fp)));
    let foreign = all.filter(|fp| fp.split(':').nth(1) != Some(own)).count();
    (foreign > 0).then(|| {
        format!(
            "{foreign} fingerprints of the inventory were made with another key than this run's (`{own}`) and match nothing; name \
             their key with --key, or make them anew with `straykey inventory reindex`"
        )
    })
}

/// Who looks through the inventory for secrets, where the scan itself looks for few: what it leaves out must not stand there either.
pub(super) fn guard(options: &super::Options) -> Result<Option<Detector>, super::Error> {
    let patterns::Options { paths, only, except } = &options.patterns;
    let is_whole = only.is_empty() && except.is_empty() && options.least <= Confidence::Medium;
    if is_whole || options.ownership.is_none() {
        return Ok(None);
    }
    let whole = Catalogue::load(&patterns::Options { paths: paths.clone(), ..patterns::Options::default() })?;
    Ok(Some(Detector::new(&whole.patterns)))
}
