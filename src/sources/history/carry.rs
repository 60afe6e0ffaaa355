//! Scans a text that is mostly like one scanned before, looking only at what is new.
//!
//! Detection is local: the verdict on an anchor tells how far around it the bytes decided on it, and the ends of the text where
//! they are that near. So an anchor whose surroundings were copied keeps its verdict, an anchor that was copied
//! without them is judged again, and further anchors can only stand where bytes were inserted or a copied stretch ends.

use std::ops::Range;

use super::delta::{self, Run};
use super::seen::Seen;
use crate::model::pattern::Reach;
use crate::model::scan::{Candidate, HEAD, Hit, Scan, Scanner, TAIL, Verdict};

/// A text with every anchor in it and the verdict on each.
pub struct Text {
    bytes: Vec<u8>,
    /// Anchors in order of place; none if there were too many to keep.
    spots: Option<Vec<Spot>>,
}

impl From<Text> for Vec<u8> {
    fn from(text: Text) -> Self {
        text.bytes
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// An anchor and the verdict on it.
struct Spot {
    hit: Hit,
    reach: Reach,
    /// All of the verdict, unless nothing was found: most are such, and they are handed on from version to version.
    found: Option<Box<Verdict>>,
}

impl Spot {
    fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.found.iter().flat_map(|verdict| &verdict.candidates)
    }
}

/// Anchors that a change brings in, as a rule.
const FEW: usize = 4;

/// Changes no further apart are searched as one: to begin a search costs as much as to search so many bytes.
const APART: usize = 40;

/// A text that is not to be searched itself: what is built on it is read whole.
pub fn unread(bytes: Vec<u8>) -> Text {
    Text { bytes, spots: None }
}

/// Scans `bytes` from `start` on; no text like them will follow.
pub fn scan_alone(bytes: Vec<u8>, start: usize, scanner: &dyn Scanner) -> (Text, Scan) {
    let scan = scanner.scan_from(&bytes, start);
    (Text { bytes, spots: None }, scan)
}

/// Scans `bytes` as they are.
pub fn scan(bytes: Vec<u8>, scanner: &dyn Scanner, seen: &Seen) -> (Text, Scan) {
    let mut judge = Judge::new(bytes.len(), scanner, false);
    judge.search(&bytes, &[], seen);
    judge.decide(&bytes);
    judge.conclude(bytes)
}

/// How many bytes at both ends of each run [`scan_changed`] must see of a text that `is_last`.
pub fn edge(scanner: &dyn Scanner) -> usize {
    // What lies between two changes that are searched as one must be there.
    scanner.longest_anchor().max(APART / 2)
}

/// Scans `bytes`, which are made of `runs` of `base` and of bytes of their own. If it `is_last`, no text will be made of it, and
/// of its runs only [`edge`] bytes at both ends need be there.
pub fn scan_changed(
    base: &Text,
    mut bytes: Vec<u8>,
    runs: &[Run],
    is_last: bool,
    scanner: &dyn Scanner,
    seen: &Seen,
) -> (Text, Scan) {
    let Some(spots) = &base.spots else {
        delta::complete(&base.bytes, runs, &mut bytes);
        return scan(bytes, scanner, seen);
    };
    let mut judge = Judge::new(bytes.len(), scanner, is_last);
    if !is_last {
        judge.spots.reserve_exact(spots.len() + FEW);
    }
    let mut next = 0;
    for run in runs {
        next = judge.carry(spots, next, run, base.bytes.len());
    }
    judge.search(&bytes, runs, seen);
    if is_last && judge.open.len() > FEW {
        delta::complete(&base.bytes, runs, &mut bytes);
    } else if is_last {
        // Most anchors are turned away, which takes no more than what is around them.
        judge.open.iter().for_each(|hit| delta::complete_within(&base.bytes, runs, &mut bytes, judge.around(hit)));
    }
    judge.decide(&bytes);
    if is_last && (judge.needs_text() || is_looked_into(base, &mut bytes, runs, scanner)) {
        delta::complete(&base.bytes, runs, &mut bytes);
    }
    judge.conclude(bytes)
}

/// Whether the scanner wants all of a text of which only the edges of its runs are there.
fn is_looked_into(base: &Text, bytes: &mut [u8], runs: &[Run], scanner: &dyn Scanner) -> bool {
    let length = bytes.len();
    for stretch in [0..length.min(HEAD), length.saturating_sub(TAIL)..length] {
        delta::complete_within(&base.bytes, runs, bytes, stretch);
    }
    scanner.looks_inside(bytes)
}

/// Collects verdicts on the anchors of one text.
struct Judge<'a> {
    scanner: &'a dyn Scanner,
    /// Bytes of the text.
    length: usize,
    /// Whether only what was found is of interest.
    is_last: bool,
    /// Anchors with the verdict on each.
    spots: Vec<Spot>,
    /// Anchors without.
    open: Vec<Hit>,
    /// Anchors met, with those in what was decoded.
    count: usize,
    /// Why some could not be judged.
    problem: Option<String>,
}

impl<'a> Judge<'a> {
    fn new(length: usize, scanner: &'a dyn Scanner, is_last: bool) -> Self {
        Self { scanner, length, is_last, spots: Vec::new(), open: Vec::new(), count: 0, problem: None }
    }

    /// Takes over the anchors that lie in a run. Most runs follow each other in the base too, so the search begins at `next`,
    /// where the last one ended; says where this one does.
    fn carry(&mut self, spots: &[Spot], next: usize, run: &Run, base_length: usize) -> usize {
        let run_end_in_base = run.from + run.length;
        let begins_both = run.at == 0 && run.from == 0;
        let ends_both = run.end() == self.length && run_end_in_base == base_length;
        let mut at = delta::seek(spots, next, |spot| spot.hit.span.start < run.from);
        while let Some(spot) = spots.get(at).filter(|spot| spot.hit.span.start < run_end_in_base) {
            at += 1;
            let span = &spot.hit.span;
            if span.end > run_end_in_base || (span.start == run.from && !begins_alike(run)) {
                continue;
            }
            let reach = spot.reach;
            let same_before = span.start - run.from >= reach.before || begins_both;
            let same_after = run_end_in_base - span.end >= reach.after || ends_both;
            let move_ = |at: usize| at - run.from + run.at;
            let hit = Hit { anchor: spot.hit.anchor, span: move_(span.start)..move_(span.end) };
            if same_before && same_after {
                // What was found lies within the reach, and so within the run.
                let mut found = spot.found.clone();
                for candidate in found.iter_mut().flat_map(|verdict| &mut verdict.candidates) {
                    candidate.span = move_(candidate.span.start)..move_(candidate.span.end);
                    candidate.extent = move_(candidate.extent.start)..move_(candidate.extent.end);
                }
                self.count += 1;
                self.keep(Spot { hit, reach, found });
            } else {
                self.note(hit);
            }
        }
        at
    }

    /// Looks for anchors that touch what no run covers, or a seam between two.
    fn search(&mut self, bytes: &[u8], runs: &[Run], seen: &Seen) {
        let near = self.scanner.longest_anchor().max(APART);
        // What begins the text now, and did not begin the base.
        let mut window = runs.first().is_some_and(|run| run.at == 0 && run.from > 0).then_some(0..1);
        for mut changed in delta::changed(runs, bytes.len()) {
            // One more: what began the base may be something else where it does not begin the text.
            changed.end = bytes.len().min(changed.end + 1);
            match &mut window {
                Some(window) if changed.start <= window.end + near => window.end = changed.end,
                _ => {
                    if let Some(before) = window.replace(changed) {
                        self.search_in(bytes, before, runs, seen);
                    }
                }
            }
        }
        if let Some(last) = window {
            self.search_in(bytes, last, runs, seen);
        }
    }

    /// Looks for anchors that touch a window and lie in no single run.
    fn search_in(&mut self, bytes: &[u8], window: Range<usize>, runs: &[Run], seen: &Seen) {
        let number = seen.number(bytes, &window, self.scanner.longest_anchor());
        if number.is_some_and(|number| seen.contains(number)) {
            return;
        }
        let mut has_anchors = false;
        self.scanner.hits(bytes, window, &mut |hit| {
            has_anchors = true;
            if !lies_in_one(&hit, runs) {
                self.note(hit);
            }
        });
        if let Some(number) = number.filter(|_| !has_anchors) {
            seen.insert(number);
        }
    }

    fn is_full(&self) -> bool {
        self.count > self.scanner.most_hits(self.length)
    }

    /// Takes an anchor that is to be judged.
    fn note(&mut self, hit: Hit) {
        if !self.is_full() {
            self.count += 1;
            self.open.push(hit);
        }
    }

    /// Takes an anchor with its verdict.
    fn keep(&mut self, spot: Spot) {
        self.count += spot.found.as_ref().map_or(0, |verdict| verdict.decoded);
        if !self.is_last || spot.candidates().next().is_some() {
            self.spots.push(spot);
        }
    }

    /// What decides on an anchor.
    fn around(&self, hit: &Hit) -> Range<usize> {
        let Reach { before, after } = self.scanner.influence(hit.anchor);
        hit.span.start.saturating_sub(before)..hit.span.end.saturating_add(after).min(self.length)
    }

    /// Judges what is not judged yet.
    fn decide(&mut self, bytes: &[u8]) {
        for hit in std::mem::take(&mut self.open) {
            if self.is_full() {
                return;
            }
            match self.scanner.confirm(bytes, &hit) {
                Ok(verdict) => {
                    let reach = verdict.reach;
                    let is_nothing = verdict.candidates.is_empty() && verdict.decoded == 0;
                    self.keep(Spot { hit, reach, found: (!is_nothing).then(|| Box::new(verdict)) });
                }
                Err(why) => self.problem = Some(why),
            }
        }
    }

    /// Whether more of the text will be looked at.
    fn needs_text(&self) -> bool {
        self.is_full() || !self.spots.is_empty()
    }

    /// Makes matches of the verdicts.
    fn conclude(self, bytes: Vec<u8>) -> (Text, Scan) {
        if self.is_full() {
            return scan_alone(bytes, 0, self.scanner);
        }
        let Self { scanner, mut spots, problem, .. } = self;
        spots.sort_by_key(|spot| spot.hit.span.start);
        let candidates: Vec<Candidate> = spots.iter().flat_map(Spot::candidates).cloned().collect();
        let scan = Scan { cut_short: problem, ..scanner.settle(&bytes, candidates) };
        (Text { bytes, spots: Some(spots) }, scan)
    }
}

/// Whether what stands at a run's first byte has the same before it as in the base: whether a text begins there decides too.
fn begins_alike(run: &Run) -> bool {
    (run.at == 0) == (run.from == 0)
}

/// Whether a hit stands in the base too, and so was taken over.
fn lies_in_one(hit: &Hit, runs: &[Run]) -> bool {
    let after = runs.partition_point(|run| run.at <= hit.span.start);
    let run = after.checked_sub(1).map(|at| &runs[at]);
    run.is_some_and(|run| hit.span.end <= run.end() && (hit.span.start > run.at || begins_alike(run)))
}
