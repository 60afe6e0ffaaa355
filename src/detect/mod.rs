//! Finds credentials in bytes.
//!
//! Comes in: bytes, and a catalogue of patterns. Goes out: [`Match`]es, and from all of them, grouped by secret,
//! `Finding`s. Detection is local: whether an anchor belongs to a credential depends only on the bytes within its
//! pattern's reach. It must not know where bytes come from.

pub mod anchors;
pub mod assignment;
pub mod confirm;
pub mod filter;
pub mod fingerprint;
pub mod group;
pub mod marks;
pub mod names;
pub mod pairs;
pub mod random;
pub mod redact;
pub mod values;
pub mod window;

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::model::pattern::{Confidence, Pattern, Reach};
use crate::model::scan::{Candidate, Hit, Match, Scan, Scanner};
use anchors::Anchors;
use confirm::Confirmer;
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

    fn conclude(&self, bytes: &[u8], Searched { candidates, count, problem }: Searched) -> Scan {
        let too_many = || format!("more than {MOST_HITS} anchors in one text; the rest of it was not searched");
        let cut_short = if count > MOST_HITS { Some(too_many()) } else { problem };
        Scan { cut_short, ..self.settle(bytes, candidates) }
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
        match self.confirmers.get(hit.pattern) {
            Some(confirmer) => {
                let mut found = confirmer.confirm(bytes, &hit.span)?;
                if let Some(candidate) = found.as_mut().filter(|candidate| candidate.pattern.is_any_providers()) {
                    self.values.doubt(bytes, candidate);
                }
                Ok(found)
            }
            None => self.values.confirm(bytes, &hit.span, &self.confirmers),
        }
    }

    fn settle(&self, bytes: &[u8], mut candidates: Vec<Candidate>) -> Scan {
        candidates.retain(|candidate| candidate.judgement.confidence >= self.least);
        if candidates.is_empty() {
            return Scan::default();
        }
        let mut lines = Lines::new(bytes);
        let matches = settle(candidates)
            .into_iter()
            .map(|candidate| Match {
                position: lines.position(&candidate.span),
                mark: self.marks.on_line_of(bytes, &candidate.span),
                pattern: candidate.pattern,
                credential: candidate.credential,
                judgement: candidate.judgement,
                span: candidate.span,
                inside: None,
            })
            .collect();
        Scan { matches, ..Scan::default() }
    }
}

/// Leaves one candidate for each stretch of bytes: the most specific, whatever the order of patterns or hits.
fn settle(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|left, right| rank(left).cmp(&rank(right)));
    let mut kept: Vec<Candidate> = Vec::new();
    let mut taken = std::collections::BTreeMap::<usize, usize>::new();
    for candidate in candidates {
        let overlaps =
            taken.range(..candidate.span.end).next_back().is_some_and(|(_, end)| *end > candidate.span.start);
        if !overlaps {
            taken.insert(candidate.span.start, candidate.span.end);
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|candidate| candidate.span.start);
    kept
}

/// What goes first where two candidates want the same bytes: a provider's own pattern before a general one, a whole
/// credential before half of one, a longer match before a shorter, and so on to a total order.
fn rank(candidate: &Candidate) -> impl Ord + '_ {
    (
        candidate.pattern.generic,
        !candidate.whole,
        std::cmp::Reverse(candidate.span.len()),
        std::cmp::Reverse(candidate.extent.len()),
        candidate.span.start,
        &candidate.pattern.id,
    )
}
