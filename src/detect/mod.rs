//! Finds credentials in bytes.
//!
//! Comes in: bytes, and a catalogue of patterns. Goes out: [`Match`]es, and from all of them, grouped by secret,
//! `Finding`s. Detection is local: whether an anchor belongs to a credential depends only on the bytes within its
//! pattern's reach. It must not know where bytes come from.

pub mod anchors;
pub mod assignment;
pub mod confirm;
pub mod encoded;
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
pub mod shape;
pub mod values;
pub mod window;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::model::account::Why;
use crate::model::pattern::{Confidence, Pattern, Probe, Reach, value};
use crate::model::scan::{Candidate, Hit, Match, Scan, Scanner};
use anchors::Anchors;
use confirm::{Confirmer, Verdict};
use encoded::{Decoded, Mark};
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
            anchors: Anchors::new(patterns, marks(patterns)),
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
        values::runs::starts(bytes, stretch, &mut |head| {
            // The byte before decides whether a run begins.
            let span = head.start.saturating_sub(1)..head.end;
            if self.values.are_wanted(&bytes[head.clone()]) {
                sink(Hit { pattern, span: span.clone() });
            }
            if encoded::looks_encoded(&bytes[head]) {
                sink(Hit { pattern: pattern + 1, span });
            }
        });
    }

    fn longest_anchor(&self) -> usize {
        self.anchors.longest().max(values::LONGEST_HIT)
    }

    fn most_hits(&self) -> usize {
        MOST_HITS
    }

    fn influence(&self, pattern: usize) -> Reach {
        match self.meaning(pattern) {
            // Such a match is judged by the words around it too.
            Meaning::Pattern(confirmer) if confirmer.pattern().is_any_providers() => {
                let Reach { before, after } = confirmer.influence();
                Reach { before: before + value::BEFORE, after: after + value::AFTER }
            }
            Meaning::Pattern(confirmer) => confirmer.influence(),
            Meaning::Value => self.values.influence(),
            Meaning::Mark(mark) => mark.influence(),
            Meaning::Utf16(_) => encoded::utf16_influence(),
        }
    }

    fn confirm(&self, bytes: &[u8], hit: &Hit) -> Result<Vec<Candidate>, String> {
        self.confirm_within(bytes, hit, encoded::DEPTH, &mut 0)
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
                encodings: candidate.encodings,
                span: candidate.span,
                inside: None,
            })
            .collect();
        Scan { matches, ..Scan::default() }
    }
}

/// What the number in a hit stands for.
enum Meaning<'a> {
    Pattern(&'a Confirmer),
    Value,
    Mark(Mark),
    /// An anchor of this pattern in UTF-16.
    Utf16(usize),
}

/// Texts that are searched for beside the patterns' anchors, and the numbers that they have in hits.
fn marks(patterns: &[Arc<Pattern>]) -> impl Iterator<Item = (Probe, usize)> {
    let first = patterns.len() + 1;
    let of_marks = (first..).zip(Mark::ALL).flat_map(|(number, mark)| mark.probes().map(move |probe| (probe, number)));
    let wide = |probe: &Probe| Probe { text: encoded::interleaved(&probe.text), tail: 0, class: Default::default() };
    let of_utf16 = (first + Mark::ALL.len()..).zip(patterns);
    of_marks.chain(
        of_utf16.flat_map(move |(number, pattern)| pattern.probes.iter().map(move |probe| (wide(probe), number))),
    )
}

impl Detector {
    fn meaning(&self, number: usize) -> Meaning<'_> {
        if let Some(confirmer) = self.confirmers.get(number) {
            return Meaning::Pattern(confirmer);
        }
        match number - self.any_value() {
            0 => Meaning::Value,
            beyond => match Mark::ALL.get(beyond - 1) {
                Some(mark) => Meaning::Mark(*mark),
                None => Meaning::Utf16(beyond - 1 - Mark::ALL.len()),
            },
        }
    }

    /// Decides on an anchor or a value that stands in `bytes` as it is. Tells of each pattern that was tried in vain for a value.
    fn judge(&self, bytes: &[u8], hit: &Hit, tell: &mut dyn FnMut(usize, Why)) -> Result<Verdict, String> {
        let Some(confirmer) = self.confirmers.get(hit.pattern) else {
            return self.values.confirm(bytes, &hit.span, &self.confirmers, tell);
        };
        let mut verdict = confirmer.confirm(bytes, &hit.span)?;
        if let Some(candidate) = verdict.as_mut().ok().filter(|found| found.pattern.is_any_providers()) {
            self.values.doubt(bytes, candidate, &self.confirmers);
        }
        Ok(verdict)
    }

    /// Decides on a hit; `decoded` bytes were decoded for it so far.
    fn confirm_within(
        &self,
        bytes: &[u8],
        hit: &Hit,
        depth: usize,
        decoded: &mut usize,
    ) -> Result<Vec<Candidate>, String> {
        match self.meaning(hit.pattern) {
            Meaning::Pattern(_) | Meaning::Value => Ok(self.judge(bytes, hit, &mut |_, _| {})?.into_iter().collect()),
            Meaning::Mark(_) if depth == 0 => Ok(Vec::new()),
            Meaning::Mark(mark) => match mark.decode(bytes, &hit.span) {
                Some(inner) => self.confirm_decoded(bytes, &inner, depth, decoded),
                None => Ok(Vec::new()),
            },
            Meaning::Utf16(pattern) => {
                let Some((inner, span)) = encoded::decode_utf16(bytes, &hit.span) else { return Ok(Vec::new()) };
                let found = self.confirm_within(&inner.bytes, &Hit { pattern, span }, 0, decoded)?;
                Ok(found.into_iter().filter_map(|candidate| inner.placed(candidate, bytes)).collect())
            }
        }
    }

    /// Searches what was decoded.
    fn confirm_decoded(
        &self,
        bytes: &[u8],
        inner: &Decoded,
        depth: usize,
        decoded: &mut usize,
    ) -> Result<Vec<Candidate>, String> {
        *decoded += inner.bytes.len();
        let mut hits = Vec::new();
        if *decoded <= encoded::MOST_DECODED {
            self.hits(&inner.bytes, 0..inner.bytes.len(), &mut |hit| hits.push(hit));
        }
        let mut found = Vec::new();
        for hit in hits {
            let candidates = self.confirm_within(&inner.bytes, &hit, depth - 1, decoded)?;
            found.extend(candidates.into_iter().filter_map(|candidate| inner.placed(candidate, bytes)));
        }
        Ok(settle(found))
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
/// credential before half of one, one that stands as it is before one that is encoded, a longer match before a shorter, a
/// surer one before another, and so on to a total order.
fn rank(candidate: &Candidate) -> impl Ord + '_ {
    (
        candidate.pattern.generic,
        !candidate.pattern.names.is_empty(),
        !candidate.whole,
        !candidate.encodings.is_empty(),
        std::cmp::Reverse(candidate.span.len()),
        std::cmp::Reverse(candidate.extent.len()),
        candidate.span.start,
        std::cmp::Reverse(candidate.judgement.confidence),
        &candidate.pattern.id,
        &candidate.encodings,
    )
}
