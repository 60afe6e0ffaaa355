//! Finds credentials in bytes.
//!
//! Comes in: bytes, and a catalogue of patterns. Goes out: [`Match`]es, and from all of them, grouped by secret,
//! `Finding`s. Detection is local: whether an anchor belongs to a credential depends only on the bytes within its
//! pattern's reach. It must not know where bytes come from.

pub mod anchors;
pub mod assignment;
pub mod confirm;
mod decide;
pub mod encoded;
pub mod escaped;
pub mod explain;
pub mod filter;
pub mod fingerprint;
pub mod follow;
pub mod group;
pub mod marks;
pub mod names;
pub mod notation;
pub mod pairs;
pub mod public;
pub mod random;
pub mod redact;
pub mod setting;
pub mod shape;
pub mod values;
pub mod window;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::model::listed::Listed;
use crate::model::pattern::{Confidence, Reach};
use crate::model::probe::Probe;
use crate::model::scan::{Candidate, Hit, Match, Scan, Scanner, Verdict};
use anchors::Anchors;
use confirm::Confirmer;
use encoded::Mark;
use marks::Marks;
use values::Values;
use window::Lines;

/// More hits than this in one text, and one more for so many bytes of it, end its search: no real file holds so many, a hostile one
/// may, whose encodings hold encodings.
const MOST_HITS: usize = 1_000_000;
const BYTES_OF_HIT: usize = 8;
/// A text of so many bytes is searched by all workers together,
const SHARED: usize = 8 << 20;
/// this many bytes at a time.
const SHARE: usize = 1 << 20;

/// Searches bytes for the credentials that a set of patterns describes.
#[derive(Debug)]
pub struct Detector {
    anchors: Anchors<Meaning>,
    /// The same anchors in UTF-16, made when a text first has a zero in it.
    wide: OnceLock<Anchors<Meaning>>,
    /// Bytes of the longest of those.
    longest_wide: usize,
    confirmers: Vec<Confirmer>,
    marks: Marks,
    values: Values,
    least: Confidence,
}

impl Detector {
    /// Prepares to search for `patterns`. Their regexes are compiled when they are first needed.
    pub fn new(patterns: &[Arc<Listed>]) -> Self {
        let confirmers: Vec<Confirmer> = patterns.iter().cloned().map(Confirmer::new).collect();
        Self {
            anchors: anchors(patterns),
            wide: OnceLock::new(),
            longest_wide: probes(patterns).map(|(probe, _)| encoded::interleaved_length(probe)).max().unwrap_or(0),
            confirmers,
            marks: Marks::default(),
            values: Values::new(patterns),
            least: Confidence::Low,
        }
    }

    /// Leaves out what is less sure than `least`.
    pub fn at_least(self, least: Confidence) -> Self {
        Self { least, ..self }
    }

    /// What an anchor stands for. Behind the last one stand the beginnings of [`RUNS`], and behind those the anchors in UTF-16.
    fn meanings(&self, anchor: usize) -> &[Meaning] {
        match anchor.checked_sub(self.anchors.count()) {
            None => self.anchors.owners(anchor),
            Some(run) if run < RUNS.len() => &RUNS[run..=run],
            Some(beyond) => self.wide().owners(beyond - RUNS.len()),
        }
    }

    fn wide(&self) -> &Anchors<Meaning> {
        self.wide.get_or_init(|| {
            let wide = |(probe, number)| (encoded::interleaved(probe), Meaning::Utf16(number));
            let probes: Vec<_> = probes(self.confirmers.iter().map(Confirmer::listed)).map(wide).collect();
            Anchors::new(probes.iter().map(|(probe, meaning)| (probe, *meaning)))
        })
    }

    /// What an anchor is, for people: its text, and the patterns that it belongs to.
    pub fn describe(&self, anchor: usize) -> String {
        let name = |meaning: &Meaning| match *meaning {
            Meaning::Pattern(pattern) => self.confirmers[pattern].pattern().id.to_string(),
            Meaning::Value => "values by their looks".to_owned(),
            Meaning::Mark(_) => "what stands encoded".to_owned(),
            Meaning::Utf16(pattern) => format!("{} in UTF-16", self.confirmers[pattern].pattern().id),
        };
        let owners = self.meanings(anchor).iter().map(name).collect::<Vec<_>>().join(", ");
        match self.anchors.text(anchor) {
            Some(text) => format!("`{}` {owners}", text.escape_ascii()),
            None => owners,
        }
    }
}

/// What a search of one stretch of a text says.
#[derive(Default)]
struct Searched {
    candidates: Vec<Candidate>,
    /// Anchors seen, with those in what was decoded.
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
        let most = self.most_hits(bytes.len());
        self.hits(bytes, stretch.clone(), &mut |hit| {
            if !stretch.contains(&hit.span.start) {
                return;
            }
            searched.count += 1;
            if searched.count > most {
                return;
            }
            match self.confirm(bytes, &hit) {
                Ok(verdict) => {
                    searched.count += verdict.decoded;
                    searched.candidates.extend(verdict.candidates);
                }
                Err(problem) => searched.problem = Some(problem),
            }
        });
        searched
    }

    fn conclude(&self, bytes: &[u8], Searched { candidates, count, problem }: Searched) -> Scan {
        let most = self.most_hits(bytes.len());
        let too_many = || format!("more than {most} anchors in one text; the rest of it was not searched");
        let cut_short = if count > most { Some(too_many()) } else { problem };
        Scan { cut_short, ..self.settle(bytes, candidates) }
    }
}

impl Scanner for Detector {
    fn scan_from(&self, bytes: &[u8], start: usize) -> Scan {
        if bytes.len() < SHARED {
            return self.conclude(bytes, self.search(bytes, start..bytes.len()));
        }
        let starts: Vec<usize> = (start..bytes.len()).step_by(SHARE).collect();
        let parts: Vec<Searched> =
            starts.into_par_iter().map(|start| self.search(bytes, start..(start + SHARE).min(bytes.len()))).collect();
        self.conclude(bytes, parts.into_iter().fold(Searched::default(), Searched::followed_by))
    }

    fn hits(&self, bytes: &[u8], stretch: Range<usize>, sink: &mut dyn FnMut(Hit)) {
        let touching = |longest: usize| (stretch.start + 1).saturating_sub(longest)..stretch.end;
        self.anchors.hits(bytes, touching(self.anchors.longest()), sink);
        // Of two neighbouring bytes of an anchor in UTF-16 one is zero.
        let near = stretch.start.saturating_sub(1)..bytes.len().min(stretch.end + 1);
        if memchr::memchr(0, &bytes[near]).is_some() {
            let first = self.anchors.count() + RUNS.len();
            let wide = touching(self.longest_wide);
            self.wide().hits(bytes, wide, &mut |hit| sink(Hit { anchor: first + hit.anchor, ..hit }));
        }
        let run = self.anchors.count();
        // The byte before decides whether a run begins, and is part of the hit.
        let heads = (stretch.start + 1).saturating_sub(values::runs::LEAST)..bytes.len().min(stretch.end + 1);
        values::runs::starts(bytes, heads, &mut |head| {
            let span = head.start.saturating_sub(1)..head.end;
            if self.values.are_wanted(&bytes[head.clone()]) {
                sink(Hit { anchor: run, span: span.clone() });
            }
            if encoded::looks_encoded(&bytes[head]) {
                sink(Hit { anchor: run + 1, span });
            }
        });
    }

    fn longest_anchor(&self) -> usize {
        self.anchors.longest().max(self.longest_wide).max(values::LONGEST_HIT)
    }

    fn influence(&self, anchor: usize) -> Reach {
        self.meanings(anchor).iter().map(|meaning| self.influence_of(*meaning)).fold(Reach::default(), Reach::or)
    }

    fn most_hits(&self, length: usize) -> usize {
        MOST_HITS + length / BYTES_OF_HIT
    }

    fn confirm(&self, bytes: &[u8], hit: &Hit) -> Result<Verdict, String> {
        let mut all = Verdict::default();
        for meaning in self.meanings(hit.anchor) {
            let one = self.confirm_meaning(bytes, &hit.span, *meaning, encoded::DEPTH)?;
            all.candidates.extend(one.candidates);
            all.reach = all.reach.or(one.reach);
            all.decoded += one.decoded;
        }
        Ok(all)
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

/// What an anchor stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A pattern, by its place in the list.
    Pattern(usize),
    /// The beginning of a run that may be a value.
    Value,
    /// An encoding.
    Mark(Mark),
    /// This pattern, in UTF-16.
    Utf16(usize),
}

impl Meaning {
    /// Whether it is the mark of single characters that are encoded.
    fn is_escape(self) -> bool {
        matches!(self, Self::Mark(Mark::Escape(_)))
    }
}

/// What the beginning of a run may stand for.
const RUNS: [Meaning; 2] = [Meaning::Value, Meaning::Mark(Mark::Run)];

/// The probes of all patterns, each with the pattern's place in the list.
fn probes<'a>(patterns: impl IntoIterator<Item = &'a Arc<Listed>>) -> impl Iterator<Item = (&'a Probe, usize)> {
    let of_one = |(number, listed): (usize, &'a Arc<Listed>)| listed.probes.iter().map(move |probe| (probe, number));
    patterns.into_iter().enumerate().flat_map(of_one)
}

/// What is searched for, and what each stands for.
fn anchors(patterns: &[Arc<Listed>]) -> Anchors<Meaning> {
    let of_patterns = probes(patterns).map(|(probe, number)| (probe, Meaning::Pattern(number)));
    let of_marks: Vec<_> = Mark::probes().map(|(probe, mark)| (probe, Meaning::Mark(mark))).collect();
    Anchors::new(of_patterns.chain(of_marks.iter().map(|(probe, meaning)| (probe, *meaning))))
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
        (candidate.pattern.generic, candidate.pattern.generic && candidate.pattern.words.is_empty()),
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
