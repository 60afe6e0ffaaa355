//! Scans a text that is mostly like one scanned before, looking only at what is new.
//!
//! Detection is local: the verdict on an anchor depends on the bytes within its pattern's influence, and on the ends of the
//! text where they are that near. So an anchor whose surroundings were copied keeps its verdict, an anchor that was copied
//! without them is judged again, and further anchors can only stand where bytes were inserted or a copied stretch ends.

use std::ops::Range;

use super::delta::{self, Run};
use crate::model::scan::{Candidate, Hit, Scan, Scanner};

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
#[derive(Clone)]
struct Spot {
    hit: Hit,
    found: Vec<Candidate>,
}

/// A text that is not to be searched itself: what is built on it is read whole.
pub fn unread(bytes: Vec<u8>) -> Text {
    Text { bytes, spots: None }
}

/// Scans `bytes` as they are; no text like them will follow.
pub fn scan_alone(bytes: Vec<u8>, scanner: &dyn Scanner) -> (Text, Scan) {
    let scan = scanner.scan(&bytes);
    (Text { bytes, spots: None }, scan)
}

/// Scans `bytes` as they are.
pub fn scan(bytes: Vec<u8>, scanner: &dyn Scanner) -> (Text, Scan) {
    let mut judge = Judge::new(&bytes, scanner, false);
    judge.search(&[]);
    let judged = judge.judged;
    settle(bytes, judged, scanner)
}

/// Scans `bytes`, which are made of `runs` of `base` and of bytes of their own. If it `is_last`, no text will be made of it.
pub fn scan_changed(base: &Text, bytes: Vec<u8>, runs: &[Run], is_last: bool, scanner: &dyn Scanner) -> (Text, Scan) {
    let Some(spots) = &base.spots else { return scan(bytes, scanner) };
    let mut judge = Judge::new(&bytes, scanner, is_last);
    let mut next = 0;
    for run in runs {
        next = judge.carry(spots, next, run, base.bytes.len());
    }
    judge.search(runs);
    let judged = judge.judged;
    settle(bytes, judged, scanner)
}

/// Collects verdicts on the anchors of one text.
struct Judge<'a> {
    bytes: &'a [u8],
    scanner: &'a dyn Scanner,
    /// Whether only what was found is of interest.
    is_last: bool,
    judged: Judged,
}

#[derive(Default)]
struct Judged {
    spots: Vec<Spot>,
    /// Anchors met.
    count: usize,
    problem: Option<String>,
}

impl<'a> Judge<'a> {
    fn new(bytes: &'a [u8], scanner: &'a dyn Scanner, is_last: bool) -> Self {
        Self { bytes, scanner, is_last, judged: Judged::default() }
    }

    /// Takes over the anchors that lie in a run. Most runs follow each other in the base too, so the search begins at `next`,
    /// where the last one ended; says where this one does.
    fn carry(&mut self, spots: &[Spot], next: usize, run: &Run, base_length: usize) -> usize {
        let run_end_in_base = run.from + run.length;
        let begins_both = run.at == 0 && run.from == 0;
        let ends_both = run.end() == self.bytes.len() && run_end_in_base == base_length;
        let mut at = first_from(spots, next, run.from);
        while let Some(spot) = spots.get(at).filter(|spot| spot.hit.span.start < run_end_in_base) {
            at += 1;
            let span = &spot.hit.span;
            if span.end > run_end_in_base {
                continue;
            }
            let influence = self.scanner.influence(spot.hit.pattern);
            let same_before = span.start - run.from >= influence.before || begins_both;
            let same_after = run_end_in_base - span.end >= influence.after || ends_both;
            let move_ = |at: usize| at - run.from + run.at;
            let hit = Hit { pattern: spot.hit.pattern, span: move_(span.start)..move_(span.end) };
            if same_before && same_after {
                // What was found lies within the influence, and so within the run.
                let mut found = spot.found.clone();
                for found in &mut found {
                    found.span = move_(found.span.start)..move_(found.span.end);
                    found.extent = move_(found.extent.start)..move_(found.extent.end);
                }
                self.keep(Spot { hit, found });
            } else {
                self.judge(hit);
            }
        }
        at
    }

    /// Looks for anchors that touch what no run covers, or a seam between two.
    fn search(&mut self, runs: &[Run]) {
        let margin = self.scanner.longest_anchor().saturating_sub(1);
        // What begins the text now, and did not begin the base.
        let mut window = 0..usize::from(runs.first().is_some_and(|run| run.at == 0 && run.from > 0));
        for changed in delta::changed(runs, self.bytes.len()) {
            let start = changed.start.saturating_sub(margin);
            // One more: whether a run begins at a place depends on the byte before.
            let end = self.bytes.len().min(changed.end + 1);
            if start > window.end {
                self.search_in(std::mem::replace(&mut window, start..end), runs);
            } else {
                window.end = end;
            }
        }
        self.search_in(window, runs);
    }

    /// Looks for anchors that begin in a window and lie in no single run.
    fn search_in(&mut self, window: Range<usize>, runs: &[Run]) {
        if window.is_empty() {
            return;
        }
        let Self { scanner, bytes, .. } = *self;
        scanner.hits(bytes, window, &mut |hit| {
            if !lies_in_one(&hit, runs) {
                self.judge(hit);
            }
        });
    }

    fn judge(&mut self, hit: Hit) {
        if self.judged.count > self.scanner.most_hits() {
            return;
        }
        let found = self.scanner.confirm(self.bytes, &hit).unwrap_or_else(|problem| {
            self.judged.problem = Some(problem);
            Vec::new()
        });
        self.keep(Spot { hit, found });
    }

    fn keep(&mut self, spot: Spot) {
        self.judged.count += 1;
        if !spot.found.is_empty() || !self.is_last {
            self.judged.spots.push(spot);
        }
    }
}

/// Makes matches of the verdicts.
fn settle(bytes: Vec<u8>, judged: Judged, scanner: &dyn Scanner) -> (Text, Scan) {
    let Judged { mut spots, count, problem } = judged;
    if count > scanner.most_hits() {
        return scan_alone(bytes, scanner);
    }
    spots.sort_by_key(|spot| spot.hit.span.start);
    let candidates: Vec<Candidate> = spots.iter().flat_map(|spot| spot.found.iter().cloned()).collect();
    let scan = Scan { cut_short: problem, ..scanner.settle(&bytes, candidates) };
    (Text { bytes, spots: Some(spots) }, scan)
}

/// The first spot that does not begin before `from`, looked for from `near` on.
fn first_from(spots: &[Spot], near: usize, from: usize) -> usize {
    const STEPS: usize = 8;
    let is_before = |spot: &Spot| spot.hit.span.start < from;
    if near > 0 && !is_before(&spots[near - 1]) {
        return spots[..near].partition_point(is_before);
    }
    let close = spots[near..].iter().take(STEPS).take_while(|spot| is_before(spot)).count();
    near + close + if close == STEPS { spots[near + close..].partition_point(is_before) } else { 0 }
}

/// Whether a hit stands in the base too, and so was taken over. At the beginning of the text it may be one only there.
fn lies_in_one(hit: &Hit, runs: &[Run]) -> bool {
    let after = runs.partition_point(|run| run.at <= hit.span.start);
    after > 0 && hit.span.end <= runs[after - 1].end() && (hit.span.start > 0 || runs[0].from == 0)
}
