//! Secrets that are known and do not count: a file of fingerprints, which says nothing of where they stand.
//!
//! Comes in: a report, and a baseline as text. Goes out: the same report, in which findings that the baseline has are
//! suppressed; or the baseline with entries added or taken out. Pure: it must not know files.
//!
//! An entry is one line, and lines are sorted by the hash in the fingerprint, below a heading for each of its first letters.
//! So two branches that each add an entry change different stretches of the file nearly always, and git merges them; where they
//! do not, `merge=union` in `.gitattributes` keeps both lines, in whatever order: any order is read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::allow::lasting;
use crate::model::finding::Finding;
use crate::model::report::{FingerprintKey, Report};
use crate::model::suppression::{SuppressedBy, Suppression};

/// The first line of a baseline.
const HEAD: &str = "# straykey baseline 1";
const ABOUT: &str = "\
# Secrets that are known and do not count, one a line: fingerprint, day, pattern, reason. Where they stand does not matter.
# `straykey baseline update` adds those that a scan finds, `prune` takes out those that are gone; lines of comment are not kept.
";
/// First letters of hashes.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// One known secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its fingerprint.
    pub fingerprint: String,
    /// Since when it is known, as `2026-12-31`.
    pub since: String,
    /// The pattern that found it, for people.
    pub pattern: String,
    /// Why it does not count, if somebody said.
    pub reason: String,
}

/// All known secrets of one file.
#[derive(Debug, Clone)]
pub struct Baseline {
    file: String,
    /// By hash, then fingerprint: a hash may have been made with several keys.
    entries: BTreeMap<(String, String), Entry>,
}

/// What became of a baseline.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Entries that are new.
    pub added: usize,
    /// Findings that have no fingerprint which lasts.
    pub unlasting: usize,
}

/// What was taken out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Entries of secrets that are gone.
    pub gone: Vec<Entry>,
    /// Entries of which this run cannot tell, as they were made with another key.
    pub foreign: usize,
}

impl Baseline {
    /// One without entries.
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), entries: BTreeMap::new() }
    }

    /// Reads a baseline. Fails with one sentence that names file, line and remedy.
    pub fn parse(file: &str, text: &str) -> Result<Self, String> {
        let mut baseline = Self::new(file);
        if text.trim_start().starts_with(['{', '[']) || text.contains("ExactFindings") {
            return Err(format!(
                "{file}: this is another tool's; take it over with `straykey baseline create FILE --from {file}`"
            ));
        }
        for (place, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = entry(line).map_err(|problem| format!("{file}:{}: {problem}", place + 1))?;
            baseline.put(entry);
        }
        Ok(baseline)
    }

    /// The baseline as text, the same whatever the order in which entries came.
    pub fn text(&self) -> String {
        let mut text = format!("{HEAD}\n{ABOUT}");
        for letter in LETTERS.chars() {
            let _ = writeln!(text, "# {letter}");
            let all = self.entries.iter().filter(|((hash, _), _)| hash.starts_with(letter));
            for Entry { fingerprint, since, pattern, reason } in all.map(|(_, entry)| entry) {
                let _ = writeln!(text, "{}", format!("{fingerprint} {since} {pattern} {reason}").trim_end());
            }
        }
        text
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds the findings of a report that count and are not known yet; what is known keeps its day and reason.
    pub fn add(&mut self, report: &Report, reason: &str, today: &str) -> Added {
        let mut added = Added::default();
        for finding in report.findings.iter().filter(|finding| finding.suppressed.is_none()) {
            match finding.lasting {
                false => added.unlasting += 1,
                true => added.added += usize::from(self.know(&finding.fingerprint, &finding.pattern.id, reason, today)),
            }
        }
        added
    }

    /// Adds one secret; says whether it is new.
    pub fn know(&mut self, fingerprint: &str, pattern: &str, reason: &str, today: &str) -> bool {
        let is_new = !self.entries.contains_key(&key(fingerprint));
        if is_new {
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            let (fingerprint, since, pattern) = (fingerprint.to_owned(), today.to_owned(), pattern.to_owned());
            self.put(Entry { fingerprint, since, pattern, reason });
        }
        is_new
    }

    /// Takes out what a report has not, which must be of all that the baseline is for.
    pub fn prune(&mut self, report: &Report) -> Pruned {
        let run = key_id(&report.fingerprint_key);
        let mut pruned = Pruned::default();
        self.entries.retain(|_, entry| {
            let is_foreign = id(&entry.fingerprint) != run;
            let is_there = report.findings.iter().any(|finding| finding.fingerprint == entry.fingerprint);
            pruned.foreign += usize::from(is_foreign);
            if !is_foreign && !is_there {
                pruned.gone.push(entry.clone());
            }
            is_foreign || is_there
        });
        pruned
    }

    fn put(&mut self, entry: Entry) {
        let known = self.entries.entry(key(&entry.fingerprint)).or_insert_with(|| entry.clone());
        // A merge may have kept both lines of two branches.
        if known.reason.is_empty() {
            *known = entry;
        }
    }
}

/// Hash and whole.
fn key(fingerprint: &str) -> (String, String) {
    (fingerprint.rsplit(':').next().unwrap_or_default().to_owned(), fingerprint.to_owned())
}

fn entry(line: &str) -> Result<Entry, String> {
    let mut words = line.splitn(4, char::is_whitespace);
    let mut next = || words.next().unwrap_or_default().to_owned();
    let (fingerprint, since, pattern, reason) = (next(), next(), next(), next());
    let is_day = since.len() == 10 && since.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if line.starts_with(['<', '=', '>', '|']) {
        return Err("a merge left its marks here; keep the lines of both sides and take out the marks".into());
    }
    if !is_day || pattern.is_empty() {
        return Err(
            "this is no entry of a baseline; write `fingerprint 2026-12-31 pattern reason`, or take it out".into()
        );
    }
    let fingerprint =
        lasting(&fingerprint).map_err(|problem| problem.replace("`fingerprint` is none", "this is no fingerprint"))?;
    Ok(Entry { fingerprint, since, pattern, reason: reason.trim().to_owned() })
}

/// The key that a fingerprint was made with.
fn id(fingerprint: &str) -> &str {
    fingerprint.split(':').nth(1).unwrap_or_default()
}

fn key_id(key: &FingerprintKey) -> &str {
    match key {
        FingerprintKey::Own { id } => id,
        FingerprintKey::Public => "pub",
    }
}

/// Suppresses what one of the baselines has, and nothing else allows.
pub fn apply(mut report: Report, baselines: &[Baseline]) -> Report {
    for finding in report.findings.iter_mut().filter(|finding| finding.suppressed.is_none()) {
        if let Some(suppression) = baselines.iter().find_map(|baseline| baseline.suppression(finding)) {
            for place in finding.places.iter_mut().filter(|place| place.suppressed.is_none()) {
                place.suppressed = Some(Arc::clone(&suppression));
            }
            finding.suppressed = Some(suppression);
        }
    }
    let run = key_id(&report.fingerprint_key).to_owned();
    report.remarks.extend(baselines.iter().filter_map(|baseline| baseline.foreign(&run)));
    report
}

impl Baseline {
    fn suppression(&self, finding: &Finding) -> Option<Arc<Suppression>> {
        let Entry { since, reason, .. } = self.entries.get(&key(&finding.fingerprint))?;
        let reason = match reason.as_str() {
            "" => format!("known since {since}"),
            reason => reason.to_owned(),
        };
        Some(Arc::new(Suppression { by: SuppressedBy::Baseline, reason, expires: None }))
    }

    /// Says how many entries can cover nothing as they were made with another key.
    fn foreign(&self, run: &str) -> Option<String> {
        let others: Vec<&str> =
            self.entries.values().map(|entry| id(&entry.fingerprint)).filter(|id| *id != run).collect();
        let first = others.first()?;
        Some(format!(
            "{}: {} of {} entries were made with another key (`{first}`) than this run's (`{run}`) and cover nothing; set \
             fingerprint_key_file to that key, or create the baseline anew",
            self.file,
            others.len(),
            self.len()
        ))
    }
}
