//! Scans a text that is mostly like one scanned before, looking only at what is new.
//!
//! Detection is local: the verdict on an anchor tells how far around it the bytes decided on it, and the ends of the text where
//! they are that near. So an anchor whose surroundings were copied keeps its verdict, an anchor that was copied
//! without them is judged again, and further anchors can only stand where bytes were inserted or a copied stretch ends.

use std::ops::Range;

use super::delta::{self, Run};
use super::seen::Seen;
use crate::model::pattern::Reach;
use crate::model::scan::{HEAD, Hit, Scan, Scanner, TAIL, Verdict};

/// A text with every anchor in it and the verdict on each.
pub struct Text {
    bytes: Vec<u8>,
    /// None if there were too many to keep, or too far behind the beginning.
    anchors: Option<Judged>,
}

/// Anchors with the verdict on each.
#[derive(Default)]
struct Judged {
    /// Those on which nothing was found, in order of place: most are such.
    spots: Vec<Spot>,
    /// The others, in order too.
    finds: Vec<Find>,
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

/// An anchor, and how far around it the bytes decided. Narrow, since many are handed on from version to version.
#[derive(Debug, Clone, Copy)]
struct Spot {
    start: u32,
    length: u32,
    anchor: u32,
    before: u32,
    after: u32,
}

impl Spot {
    fn new(hit: &Hit, reach: Reach) -> Self {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            start: narrow(hit.span.start),
            length: narrow(hit.span.len()),
            anchor: narrow(hit.anchor),
            before: narrow(reach.before),
            after: narrow(reach.after),
        }
    }

    fn hit(&self) -> Hit {
        let start = self.start as usize;
        Hit { anchor: self.anchor as usize, span: start..start + self.length as usize }
    }
}

/// An anchor on which something was found.
struct Find {
    spot: Spot,
    verdict: Verdict,
}

impl AsRef<Spot> for Find {
    fn as_ref(&self) -> &Spot {
        &self.spot
    }
}

impl AsRef<Spot> for Spot {
    fn as_ref(&self) -> &Spot {
        self
    }
}

/// Anchors that a change brings in, as a rule.
const FEW: usize = 4;

/// Changes no further apart are searched as one: to begin a search costs as much as to search so many bytes.
const APART: usize = 40;

/// A text of more bytes has anchors that no [`Spot`] can tell.
const LONGEST: usize = u32::MAX as usize;

/// A text that is not to be searched itself: what is built on it is read whole.
pub fn unread(bytes: Vec<u8>) -> Text {
    Text { bytes, anchors: None }
}

/// Scans `bytes` from `start` on; no text like them will follow.
pub fn scan_alone(bytes: Vec<u8>, start: usize, scanner: &dyn Scanner) -> (Text, Scan) {
    let scan = scanner.scan_from(&bytes, start);
    (Text { bytes, anchors: None }, scan)
}

/// Scans `bytes` as they are.
pub fn scan(bytes: Vec<u8>, scanner: &dyn Scanner, seen: &Seen) -> (Text, Scan) {
    if bytes.len() > LONGEST {
        return scan_alone(bytes, 0, scanner);
    }
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
    let Some(Judged { spots, finds }) = base.anchors.as_ref().filter(|_| bytes.len() <= LONGEST) else {
        delta::complete(&base.bytes, runs, &mut bytes);
        return scan(bytes, scanner, seen);
    };
    let mut judge = Judge::new(bytes.len(), scanner, is_last);
    if !is_last {
        judge.judged.spots.reserve_exact(spots.len() + FEW);
    }
    let (mut next_spot, mut next_find) = (0, 0);
    for run in runs {
        let passage = Passage::new(run, base.bytes.len(), bytes.len());
        next_spot = judge.carry(spots, next_spot, &passage, |judge, _, spot| judge.keep(spot));
        next_find = judge.carry(finds, next_find, &passage, |judge, find, spot| {
            judge.keep_find(Find { spot, verdict: passage.moved(&find.verdict) });
        });
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
    judged: Judged,
    /// Anchors without a verdict.
    open: Vec<Hit>,
    /// Anchors met, with those in what was decoded.
    count: usize,
    /// Why some could not be judged.
    problem: Option<String>,
}

impl<'a> Judge<'a> {
    fn new(length: usize, scanner: &'a dyn Scanner, is_last: bool) -> Self {
        Self { scanner, length, is_last, judged: Judged::default(), open: Vec::new(), count: 0, problem: None }
    }

    /// Takes over the anchors that lie in a run; those whose verdict holds are handed to `keep`. Most runs follow each other in the
    /// base too, so the search begins at `next`, where the last one ended; says where this one does.
    fn carry<T: AsRef<Spot>>(
        &mut self,
        list: &[T],
        next: usize,
        passage: &Passage<'_>,
        mut keep: impl FnMut(&mut Self, &T, Spot),
    ) -> usize {
        let (from, end) = (passage.run.from, passage.run.from + passage.run.length);
        let mut at = delta::seek(list, next, |one| (one.as_ref().start as usize) < from);
        while let Some(one) = list.get(at).filter(|one| (one.as_ref().start as usize) < end) {
            at += 1;
            match passage.lets(one.as_ref()) {
                Some((spot, true)) => {
                    self.count += 1;
                    keep(self, one, spot);
                }
                Some((spot, false)) => self.note(spot.hit()),
                None => {}
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

    /// Takes an anchor on which nothing was found. Of a last text only what was found is of interest.
    fn keep(&mut self, spot: Spot) {
        if !self.is_last {
            self.judged.spots.push(spot);
        }
    }

    /// Takes an anchor with its verdict.
    fn keep_find(&mut self, find: Find) {
        self.count += find.verdict.decoded;
        if !self.is_last || !find.verdict.candidates.is_empty() {
            self.judged.finds.push(find);
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
                    let spot = Spot::new(&hit, verdict.reach);
                    match verdict.candidates.is_empty() && verdict.decoded == 0 {
                        true => self.keep(spot),
                        false => self.keep_find(Find { spot, verdict }),
                    }
                }
                Err(why) => self.problem = Some(why),
            }
        }
    }

    /// Whether more of the text will be looked at.
    fn needs_text(&self) -> bool {
        self.is_full() || !self.judged.finds.is_empty()
    }

    /// Makes matches of the verdicts.
    fn conclude(self, bytes: Vec<u8>) -> (Text, Scan) {
        if self.is_full() {
            return scan_alone(bytes, 0, self.scanner);
        }
        let Self { scanner, mut judged, problem, .. } = self;
        judged.spots.sort_by_key(|spot| spot.start);
        judged.finds.sort_by_key(|find| find.spot.start);
        let candidates = judged.finds.iter().flat_map(|find| find.verdict.candidates.iter().cloned()).collect();
        let scan = Scan { cut_short: problem, ..scanner.settle(&bytes, candidates) };
        (Text { bytes, anchors: Some(judged) }, scan)
    }
}

/// A run, as the anchors of the base pass through it.
struct Passage<'a> {
    run: &'a Run,
    /// Whether it begins both texts,
    begins_both: bool,
    /// or ends them.
    ends_both: bool,
}

impl<'a> Passage<'a> {
    fn new(run: &'a Run, base_length: usize, length: usize) -> Self {
        let ends_both = run.end() == length && run.from + run.length == base_length;
        Self { run, begins_both: run.at == 0 && run.from == 0, ends_both }
    }

    /// Where an anchor that begins in the run stands now, and whether what decided on it came along; none if it did not itself.
    fn lets(&self, spot: &Spot) -> Option<(Spot, bool)> {
        let place = spot.start as usize - self.run.from;
        let rest = (self.run.length - place).checked_sub(spot.length as usize)?;
        if place == 0 && !begins_alike(self.run) {
            return None;
        }
        let same_before = place >= spot.before as usize || self.begins_both;
        let same_after = rest >= spot.after as usize || self.ends_both;
        Some((Spot { start: (self.run.at + place) as u32, ..*spot }, same_before && same_after))
    }

    /// A verdict told of the places that it is of now. What was found lies within its reach, and so within the run.
    fn moved(&self, verdict: &Verdict) -> Verdict {
        let move_ = |at: usize| at - self.run.from + self.run.at;
        let mut verdict = verdict.clone();
        for candidate in &mut verdict.candidates {
            candidate.span = move_(candidate.span.start)..move_(candidate.span.end);
            candidate.extent = move_(candidate.extent.start)..move_(candidate.extent.end);
        }
        verdict
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
