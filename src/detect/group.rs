//! Turns what was seen into findings: one for each secret, with all its places.
//!
//! Comes in: sightings, in any order. Goes out: findings in a fixed order, their texts free of secrets.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::fingerprint::Fingerprinter;
use super::redact::{self, Reveal, Scrubber};
use super::setting;
use crate::model::cow_str::CowStr;
use crate::model::finding::{Exposure, Finding};
use crate::model::pattern::{Confidence, Pattern};
use crate::model::place::Place;
use crate::model::scan::Sighting;
use crate::model::secret::Secret;
use crate::model::verification::Verification;

/// Groups sightings by secret. Paths and names in them are cleaned by `scrubber`; `now` is in seconds since 1970.
pub fn findings(
    mut sightings: Vec<Sighting>,
    fingerprints: &Fingerprinter,
    reveal: Reveal,
    scrubber: &Scrubber,
    now: i64,
) -> Vec<Finding> {
    // Workers hand in what they saw in any order; which key id a secret is told with must not depend on that.
    sightings.sort_by(|left, right| (&left.place, &left.pattern.id).cmp(&(&right.place, &right.pattern.id)));
    let mut by_fingerprint = BTreeMap::<String, Finding>::new();
    let mut known = BTreeMap::<Secret, (String, bool)>::new();
    for sighting in sightings {
        let secret = &sighting.credential.secret;
        let (fingerprint, lasting) =
            known.entry(secret.clone()).or_insert_with(|| fingerprints.of(&sighting.pattern, secret)).clone();
        match by_fingerprint.entry(fingerprint) {
            Entry::Occupied(mut finding) => add(finding.get_mut(), sighting),
            Entry::Vacant(vacant) => {
                let fingerprint = vacant.key().clone();
                vacant.insert(found(sighting, fingerprint, lasting, reveal));
            }
        }
    }
    let mut findings = join_halves(by_fingerprint.into_values().collect());
    for finding in &mut findings {
        for place in &mut finding.places {
            place.path = place.path.as_deref().map(|path| scrubber.scrub(path));
            place.inside = place.inside.as_deref().map(|inside| scrubber.scrub(inside).into());
            let lifetime = &mut place.lifetime;
            let commits = place.commit.iter_mut().chain(lifetime.iter_mut().map(|lifetime| &mut lifetime.last));
            for commit in commits {
                commit.author = scrubber.scrub(&commit.author);
                commit.subject = scrubber.scrub(&commit.subject);
            }
            for name in lifetime.iter_mut().flat_map(|lifetime| &mut lifetime.refs) {
                *name = scrubber.scrub(name);
            }
        }
        finding.places.sort();
        finding.places.dedup();
        finding.exposure = exposure(&finding.places, now);
        let is_for_show = |place: &Place| {
            [place.path.as_deref(), place.inside.as_deref()].into_iter().flatten().any(setting::is_for_show)
        };
        let is_doubtful = finding.judgement.confidence < Confidence::High || finding.pattern.is_chosen_by_people();
        if is_doubtful && finding.places.iter().all(is_for_show) {
            finding.judgement.lower(Confidence::Low, "it stands only in tests, examples or documentation");
        }
    }
    findings.sort_by(|left, right| order(left).cmp(&order(right)));
    findings
}

fn found(sighting: Sighting, fingerprint: String, lasting: bool, reveal: Reveal) -> Finding {
    let shown = match reveal {
        Reveal::Short => redact::short(&sighting.pattern, &sighting.credential.secret),
        Reveal::Whole => String::from_utf8_lossy(sighting.credential.secret.expose()).into_owned(),
    };
    Finding {
        fingerprint,
        lasting,
        judgement: sighting.judgement,
        pattern: sighting.pattern,
        credential: sighting.credential,
        shown,
        verification: Verification::not_checked("verification was not asked for"),
        exposure: None,
        suppressed: None,
        places: vec![sighting.place],
    }
}

fn exposure(places: &[Place], now: i64) -> Option<Exposure> {
    const DAY: i64 = 24 * 60 * 60;
    // A commit without a time, or from before there were commits, says nothing.
    let times = places.iter().filter_map(|place| place.commit.as_ref()).map(|commit| commit.recorded);
    let since = times.filter(|time| *time > 0).min()?;
    Some(Exposure { since, days: (now - since).max(0) / DAY })
}

/// Adds a further sighting of the same secret: the most specific pattern names the finding, and of those for any password that of the
/// first place. What stands beside the secret is that pattern's: another's would lead to another server.
fn add(finding: &mut Finding, sighting: Sighting) {
    let specific = |pattern: &Pattern| {
        let is_any = pattern.generic && pattern.is_chosen_by_people();
        (pattern.generic, is_any, (!is_any).then(|| pattern.id.clone()))
    };
    if sighting.judgement.confidence > finding.judgement.confidence {
        finding.judgement = sighting.judgement;
    }
    if specific(&sighting.pattern) < specific(&finding.pattern) {
        finding.pattern = sighting.pattern;
        finding.credential = sighting.credential;
    } else if sighting.pattern.id == finding.pattern.id
        && sighting.credential.parts.len() > finding.credential.parts.len()
    {
        finding.credential = sighting.credential;
    }
    finding.places.push(sighting.place);
}

/// Where half a credential was seen alone and the whole of it elsewhere, makes one finding of the two.
fn join_halves(findings: Vec<Finding>) -> Vec<Finding> {
    let mut whole_by_part = BTreeMap::<(CowStr, Secret), usize>::new();
    for (index, finding) in findings.iter().enumerate() {
        if let Some(name) = &finding.pattern.alone
            && let Some(part) = finding.credential.parts.get(name)
        {
            whole_by_part.entry((finding.pattern.id.clone(), part.clone())).or_insert(index);
        }
    }
    let home = |finding: &Finding| {
        whole_by_part.get(&(finding.pattern.id.clone(), finding.credential.secret.clone())).copied()
    };
    let homes: Vec<Option<usize>> = findings.iter().map(home).collect();
    let mut moved: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    let mut kept = Vec::new();
    for (index, (finding, home)) in findings.into_iter().zip(homes).enumerate() {
        match home {
            Some(home) if home != index => moved.entry(home).or_default().extend(finding.places),
            _ => kept.push((index, finding)),
        }
    }
    kept.into_iter()
        .map(|(index, mut finding)| {
            finding.places.extend(moved.remove(&index).unwrap_or_default());
            finding
        })
        .collect()
}

/// Gravest first, then surest, then by place: the same order in every run.
fn order(finding: &Finding) -> impl Ord + '_ {
    (
        std::cmp::Reverse(finding.pattern.severity),
        std::cmp::Reverse(finding.judgement.confidence),
        &finding.pattern.id,
        finding.places.first(),
        finding.lasting.then_some(&finding.fingerprint),
    )
}
