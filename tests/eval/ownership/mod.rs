//! How well ownership is found: made organisations with planted credentials, a stub in place of providers, and known answers.
//!
//! `cargo test --test suite ownership_eval` holds the figures to their limits; with `STRAYKEY_UPDATE=1` it writes `results.md`.

mod organisation;
mod scale;

use std::collections::BTreeMap;
use std::fmt::Write;

use straykey::govern::mapping;
use straykey::inventory;
use straykey::model::attribution::{AttributionTier, Ownership};
use straykey::model::finding::Finding;
use straykey::model::inventory::Inventory;
use straykey::model::meter::Meter;
use straykey::model::report::Report;
use straykey::model::secret::Secret;
use straykey::model::weights::Weights;
use straykey::pipeline;
use straykey::pipeline::ownership::{self, Prepared};

use crate::harness::Sandbox;
use organisation::{Gold, KEY, Organisation};

const SEEDS: [u64; 3] = [11, 23, 37];

/// An organisation on disk, scanned, with the stub's answers.
struct Scanned {
    organisation: Organisation,
    findings: Vec<Finding>,
    inventory: Inventory,
    /// Holds the repositories as long as they are needed.
    _folder: Sandbox,
}

fn scan(seed: u64) -> Scanned {
    let folder = Sandbox::new();
    let organisation = Organisation::new(seed, &folder);
    let options = pipeline::Options {
        targets: organisation.repositories.clone(),
        fingerprint_key: Some(Secret::new(KEY)),
        ..pipeline::Options::default()
    };
    let mut findings = pipeline::run(&options, &Meter::default()).unwrap().findings;
    findings.retain(|finding| organisation.gold.contains_key(&finding.fingerprint));
    for finding in &mut findings {
        finding.verification = organisation.answer(finding);
    }
    let path = folder.write("inventory.yaml", &organisation.inventory);
    let inventory =
        inventory::load(&[path], &straykey::detect::Detector::new(straykey::patterns::builtin().unwrap())).unwrap();
    Scanned { organisation, findings, inventory, _folder: folder }
}

/// Whose the findings of `scanned` are by the inventory of `of`.
fn judge(scanned: &Scanned, of: &Scanned, weights: Weights) -> Ownership {
    own(scanned, of, weights).ownership.unwrap()
}

/// The report of a made organisation.
pub(crate) fn report() -> Report {
    let scanned = scan(SEEDS[0]);
    own(&scanned, &scanned, Weights::read(None).unwrap())
}

fn own(scanned: &Scanned, of: &Scanned, weights: Weights) -> Report {
    let prepared = Prepared {
        inventory: of.inventory.clone(),
        weights,
        decided: Default::default(),
        hashes: Default::default(),
        observations: Default::default(),
        mapping: mapping::read().unwrap().into(),
        ci: Vec::new(),
        remarks: Vec::new(),
    };
    let report = Report {
        findings: scanned.findings.clone(),
        errors: Vec::new(),
        remarks: Vec::new(),
        targets: Vec::new(),
        stats: Default::default(),
        at: organisation::now(),
        elapsed: Default::default(),
        fingerprint_key: straykey::model::report::FingerprintKey::Public,
        verified: true,
        ownership: None,
    };
    let targets = &scanned.organisation.repositories;
    ownership::own(report, prepared, &ownership::Options::default(), targets, organisation::now())
}

/// Right and wrong attributions of each tier.
#[derive(Default)]
struct Score {
    by_tier: BTreeMap<AttributionTier, (usize, usize)>,
    contested: usize,
    /// Contested, and the right one is among the candidates.
    contested_with_right: usize,
    unattributed: usize,
    owned: usize,
    all: usize,
}

impl Score {
    fn add(&mut self, gold: &BTreeMap<String, Gold>, ownership: &Ownership) {
        for (fingerprint, gold) in gold {
            let Some(owned) = ownership.by_finding.get(fingerprint) else { continue };
            self.all += 1;
            self.owned += usize::from(!gold.is_empty());
            let attribution = &owned.attribution;
            match attribution.tier {
                AttributionTier::Contested => {
                    self.contested += 1;
                    let is_among = attribution.alternatives.iter().any(|one| gold.contains(&one.integration));
                    self.contested_with_right += usize::from(is_among);
                }
                AttributionTier::Unattributed => self.unattributed += 1,
                tier => {
                    let is_right = attribution.integration.as_ref().is_some_and(|id| gold.contains(id));
                    let (right, wrong) = self.by_tier.entry(tier).or_default();
                    *(if is_right { right } else { wrong }) += 1;
                }
            }
        }
    }

    fn of(&self, tier: AttributionTier) -> (usize, usize) {
        self.by_tier.get(&tier).copied().unwrap_or_default()
    }

    fn false_rate(&self, tier: AttributionTier) -> f64 {
        let (right, wrong) = self.of(tier);
        wrong as f64 / (right + wrong).max(1) as f64
    }

    /// Findings that are somebody's and attributed to them at this tier or a surer one.
    fn coverage(&self, tier: AttributionTier) -> f64 {
        let right: usize = self.by_tier.iter().filter(|(one, _)| **one <= tier).map(|(_, (right, _))| right).sum();
        right as f64 / self.owned.max(1) as f64
    }

    fn holds(&self) -> bool {
        self.false_rate(AttributionTier::Confirmed) <= 0.01 && self.false_rate(AttributionTier::Strong) <= 0.05
    }
}

fn score(all: &[Scanned], weights: &Weights) -> Score {
    let mut score = Score::default();
    for scanned in all {
        score.add(&scanned.organisation.gold, &judge(scanned, scanned, weights.clone()));
    }
    score
}

const TIERS: [AttributionTier; 4] =
    [AttributionTier::Confirmed, AttributionTier::Strong, AttributionTier::Probable, AttributionTier::Weak];

fn results(score: &Score, foreign: &Score, ablations: &[(String, Score)]) -> String {
    let percent = |part: f64| format!("{:.1} %", part * 100.0);
    let mut text = format!(
        "# How well ownership is found\n\nWritten by `STRAYKEY_UPDATE=1 cargo test --test suite ownership_eval`. {} findings in {} made organisations (seeds {SEEDS:?}), \
         {} of them of an integration, the others strangers'.\n\n| tier | right | wrong | false attribution | coverage, this tier and surer |\n|---|---|---|---|---|\n",
        score.all,
        SEEDS.len(),
        score.owned
    );
    for tier in TIERS {
        let (right, wrong) = score.of(tier);
        let _ = writeln!(
            text,
            "| {} | {right} | {wrong} | {} | {} |",
            tier.word(),
            percent(score.false_rate(tier)),
            percent(score.coverage(tier))
        );
    }
    let _ = write!(
        text,
        "\ncontested: {} ({}), the right one among the candidates in {}; unattributed: {}\n\nThe same findings with another organisation's inventory: confirmed {}, strong {}, probable {}, weak {}.\n\n",
        score.contested,
        percent(score.contested as f64 / score.all as f64),
        score.contested_with_right,
        score.unattributed,
        foreign.of(AttributionTier::Confirmed).1,
        foreign.of(AttributionTier::Strong).1,
        foreign.of(AttributionTier::Probable).1,
        foreign.of(AttributionTier::Weak).1,
    );
    text.push_str("| without | confirmed: right, wrong | strong: right, wrong | coverage to probable | contested | unattributed |\n|---|---|---|---|---|---|\n");
    for (name, score) in ablations {
        let (confirmed, strong) = (score.of(AttributionTier::Confirmed), score.of(AttributionTier::Strong));
        let _ = writeln!(
            text,
            "| {name} | {}, {} | {}, {} | {} | {} | {} |",
            confirmed.0,
            confirmed.1,
            strong.0,
            strong.1,
            percent(score.coverage(AttributionTier::Probable)),
            score.contested,
            score.unattributed
        );
    }
    text
}

#[test]
fn attribution_holds_to_its_limits_and_a_spoilt_weight_does_not() {
    let weights = Weights::read(None).unwrap();
    let all: Vec<Scanned> = SEEDS.iter().map(|seed| scan(*seed)).collect();
    for scanned in &all {
        assert_eq!(scanned.findings.len(), scanned.organisation.gold.len(), "every planted credential is found");
    }
    let score = score(&all, &weights);
    let mut foreign = Score::default();
    for (index, scanned) in all.iter().enumerate() {
        let other = &all[(index + 1) % all.len()];
        let nobody: BTreeMap<String, Gold> =
            scanned.organisation.gold.keys().map(|key| (key.clone(), Gold::default())).collect();
        foreign.add(&nobody, &judge(scanned, other, weights.clone()));
    }
    let mut ablations = Vec::new();
    for class in 'A'..='F' {
        let mut without = weights.clone();
        without.caps.insert(class, 0);
        ablations.push((class.to_string(), self::score(&all, &without)));
    }
    let results = results(&score, &foreign, &ablations);
    if std::env::var_os("STRAYKEY_UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/eval/ownership/results.md"), &results).unwrap();
    }
    assert!(score.holds(), "{results}");
    assert!(score.coverage(AttributionTier::Strong) > 0.5, "{results}");
    assert_eq!(foreign.of(AttributionTier::Confirmed), (0, 0), "{results}");
    // The figures can fail: a name that is worth as much as a fingerprint breaks them.
    let mut spoilt = weights;
    spoilt.points.env_name = 95;
    spoilt.caps.insert('E', 100);
    assert!(!self::score(&all, &spoilt).holds(), "a spoilt weight goes unnoticed");
}
