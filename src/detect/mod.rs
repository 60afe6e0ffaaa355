//! Finds credentials in bytes.
//!
//! Comes in: bytes, and a catalogue of patterns. Goes out: [`Match`]es, and from all of them, grouped by secret,
//! `Finding`s. Detection is local: whether an anchor belongs to a credential depends only on the bytes within its
//! pattern's reach. It must not know where bytes come from.

pub mod anchors;
pub mod assignment;
pub mod confirm;
pub mod explain;
pub mod filter;
pub mod fingerprint;
pub mod group;
pub mod marks;
pub mod names;
pub mod pairs;
pub mod random;
pub mod redact;
pub mod setting;
pub mod values;
pub mod window;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::model::account::Why;
use crate::model::pattern::{Confidence, Pattern, Reach};
use crate::model::scan::{Candidate, Hit, Match, Scan, Scanner};
use anchors::Anchors;
use confirm::{Confirmer, Verdict};
use marks::Marks;
use values::Values;
use window::Lines;

/// More hits than this in one text end its search: no real file holds so many, a hostile one may.
const MOST_HITS: usize = 1_000_000;
/// A text of so many bytes is searched by all workers together,
const SHARED: usize = 8 << 20;
/// this many bytes at a time.
const SHARE: usize = 1 << 20;

/// Searches bytes for the credentials that a set of patterns describes.
#[derive(Debug)]
pub struct Detector {
    anchors: Anchors,
    confirmers: Vec<Confirmer>,
    marks: Marks,
    values: Values,
    least: Confidence,
}

impl Detector {
    /// Prepares to search for `patterns`. Their regexes are compiled when an anchor of theirs is first hit.
    pub fn new(patterns: &[Arc<Pattern>]) -> Self {
        Self {
            anchors: Anchors::new(patterns),
            confirmers: patterns.iter().cloned().map(Confirmer::new).collect(),
            marks: Marks::default(),
            values: Values::new(patterns),
            least: Confidence::Low,
        }
    }

    /// Leaves out what is less sure than `least`.
    pub fn at_least(self, least: Confidence) -> Self {
        Self { least, ..self }
    }

    /// Stands in a hit for the pattern, which is not known yet where a value was found by its looks.
    fn any_value(&self) -> usize {
        self.confirmers.len()
    }
}

/// What a search of one stretch of a text says.
#[derive(Default)]
struct Searched {
    candidates: Vec<Candidate>,
    /// Anchors seen.
    count: usize,
    problem: Option<String>,
}

impl Searched {
    fn followed_by(mut self, next: Self) -> Self {
        self.candidates.extend(next.candidates);
        Self { count: self.count + next.count, problem: self.problem.or(next.problem), ..self }
    }
}

impl Detector {
    /// Confirms the anchors that begin in `stretch`.
    fn search(&self, bytes: &[u8], stretch: Range<usize>) -> Searched {
        let mut searched = Searched::default();
        self.hits(bytes, stretch, &mut |hit| {
            searched.count += 1;
            if searched.count > MOST_HITS {
                return;
            }
            match self.confirm(bytes, &hit) {
                Ok(candidate) => searched.candidates.extend(candidate),
                Err(problem) => searched.problem = Some(problem),
            }
        });
        searched
    }

    /// Decides on a hit. Tells of each pattern that was tried in vain for a value.
    fn judge(&self, bytes: &[u8], hit: &Hit, tell: &mut dyn FnMut(usize, Why)) -> Result<Verdict, String> {
        match self.confirmers.get(hit.pattern) {
            Some(confirmer) => {
                let mut verdict = confirmer.confirm(bytes, &hit.span)?;
                if let Some(candidate) = verdict.as_mut().ok().filter(|found| found.pattern.is_any_providers()) {
                    self.values.doubt(bytes, candidate);
                }
                Ok(verdict)
            }
            None => self.values.confirm(bytes, &hit.span, &self.confirmers, tell),
        }
    }

    fn conclude(&self, bytes: &[u8], Searched { candidates, count, problem }: Searched) -> Scan {
        let too_many = || format!("more than {MOST_HITS} anchors in one text; the rest of it was not searched");
        let cut_short = if count > MOST_HITS { Some(too_many()) } else { problem };
        Scan { matches: self.settle(bytes, candidates), cut_short }
    }
}

impl Scanner for Detector {
    fn scan(&self, bytes: &[u8]) -> Scan {
        if bytes.len() < SHARED {
            return self.conclude(bytes, self.search(bytes, 0..bytes.len()));
        }
        let starts: Vec<usize> = (0..bytes.len()).step_by(SHARE).collect();
        let parts: Vec<Searched> =
            starts.into_par_iter().map(|start| self.search(bytes, start..(start + SHARE).min(bytes.len()))).collect();
        self.conclude(bytes, parts.into_iter().fold(Searched::default(), Searched::followed_by))
    }

    fn hits(&self, bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Hit)) {
        self.anchors.hits(bytes, stretch.clone(), sink);
        let pattern = self.any_value();
        self.values.hits(bytes, stretch, &mut |span| sink(Hit { pattern, span }));
    }

    fn longest_anchor(&self) -> usize {
        self.anchors.longest().max(values::LONGEST_HIT)
    }

    fn most_hits(&self) -> usize {
        MOST_HITS
    }

    fn influence(&self, pattern: usize) -> Reach {
        self.confirmers.get(pattern).map_or(self.values.influence(), Confirmer::influence)
    }

    fn confirm(&self, bytes: &[u8], hit: &Hit) -> Result<Option<Candidate>, String> {
        Ok(self.judge(bytes, hit, &mut |_, _| {})?.ok())
    }

    fn settle(&self, bytes: &[u8], mut candidates: Vec<Candidate>) -> Vec<Match> {
        candidates.retain(|candidate| candidate.judgement.confidence >= self.least);
        if candidates.is_empty() {
            return Vec::new();
        }
        let mut lines = Lines::new(bytes);
        settle(candidates)
            .into_iter()
            .map(|candidate| Match {
                position: lines.position(&candidate.span),
                mark: self.marks.on_line_of(bytes, &candidate.span),
                pattern: candidate.pattern,
                credential: candidate.credential,
                judgement: candidate.judgement,
                span: candidate.span,
            })
            .collect()
    }
}

/// Leaves one candidate for each stretch of bytes: the most specific, whatever the order of patterns or hits.
fn settle(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let losers = weigh(&candidates.iter().collect::<Vec<_>>());
    let kept = candidates.into_iter().zip(losers).filter(|(_, winner)| winner.is_none());
    let mut kept: Vec<Candidate> = kept.map(|(candidate, _)| candidate).collect();
    kept.sort_by_key(|candidate| candidate.span.start);
    kept
}

/// For each candidate the place in the list of the one that it gives way to.
fn weigh(candidates: &[&Candidate]) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|left, right| rank(candidates[*left]).cmp(&rank(candidates[*right])));
    let mut winners = vec![None; candidates.len()];
    // By its first byte: the last byte of what was kept, and which it is.
    let mut taken = BTreeMap::<usize, (usize, usize)>::new();
    for at in order {
        let span = &candidates[at].span;
        let before = taken.range(..span.end).next_back().filter(|(_, (end, _))| *end > span.start);
        winners[at] = before.map(|(_, (_, winner))| *winner);
        if winners[at].is_none() {
            taken.insert(span.start, (span.end, at));
        }
    }
    winners
}

/// What goes first where two candidates want the same bytes: a provider's own pattern before a general one, a whole
/// credential before half of one, a longer match before a shorter, a surer one before another, and so on to a total order.
fn rank(candidate: &Candidate) -> impl Ord + '_ {
    (
        candidate.pattern.generic,
        !candidate.pattern.names.is_empty(),
        !candidate.whole,
        std::cmp::Reverse(candidate.span.len()),
        std::cmp::Reverse(candidate.extent.len()),
        candidate.span.start,
        std::cmp::Reverse(candidate.judgement.confidence),
        &candidate.pattern.id,
    )
}
