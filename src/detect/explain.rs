//! Tells of every anchor and every value in a text what became of it and why.
//!
//! Comes in: a text. Goes out: an [`Account`] for each, in order of place. The verdicts are those of a scan: it asks the same
//! functions.

use std::ops::Range;
use std::sync::Arc;

use super::{Detector, Meaning, encoded, redact, weigh, window};
use crate::model::account::{Account, End, Fate, Found, Why};
use crate::model::pattern::Pattern;
use crate::model::place::Position;
use crate::model::scan::{Candidate, Hit, Scanner};

/// More than this of one text is not told.
const MOST: usize = 100_000;

/// What is known of a hit before candidates are weighed.
struct Judged {
    hit: Hit,
    /// None: a value that was found by its looks.
    pattern: Option<usize>,
    tried: Vec<(Arc<Pattern>, Why)>,
    /// The place of its candidate in the list, or why there is none.
    end: Result<usize, End>,
}

impl Detector {
    /// What became of everything in `bytes` that was looked at.
    pub fn explain(&self, bytes: &[u8]) -> Vec<Account> {
        let mut hits = Vec::new();
        self.hits(bytes, 0..bytes.len(), &mut |hit| {
            if hits.len() < MOST {
                hits.push(hit);
            }
        });
        hits.sort_by_key(|hit| (hit.span.start, hit.anchor));
        let mut candidates = Vec::new();
        let judged: Vec<Judged> = hits.into_iter().flat_map(|hit| self.retrace(bytes, hit, &mut candidates)).collect();
        let sure: Vec<usize> =
            (0..candidates.len()).filter(|at| candidates[*at].judgement.confidence >= self.least).collect();
        let weighed = weigh(&sure.iter().map(|at| &candidates[*at]).collect::<Vec<_>>());
        let mut fates: Vec<Fate> = candidates.iter().map(|_| Fate::Unsure(self.least)).collect();
        for (at, winner) in sure.iter().zip(weighed) {
            fates[*at] = match winner.map(|winner| &candidates[sure[winner]]) {
                None => Fate::Kept,
                Some(winner) if winner.pattern.id == candidates[*at].pattern.id => Fate::Same,
                Some(winner) => Fate::Lost(Arc::clone(&winner.pattern)),
            };
        }
        let lines = LineTable::new(bytes);
        let found = |at: usize| self.found(bytes, &candidates[at], fates[at].clone(), &lines);
        let account = |judged: Judged| Account {
            pattern: judged.pattern.map(|pattern| Arc::clone(self.confirmers[pattern].pattern())),
            hit: lines.position(&judged.hit.span),
            window: lines.position(&window::around(&judged.hit.span, self.influence(judged.hit.anchor), bytes.len())),
            tried: judged.tried,
            end: judged.end.map_or_else(|end| end, |at| End::Found(Box::new(found(at)))),
        };
        judged.into_iter().map(account).collect()
    }

    fn retrace(&self, bytes: &[u8], hit: Hit, candidates: &mut Vec<Candidate>) -> Vec<Judged> {
        let mut judged = Vec::new();
        for meaning in self.meanings(hit.anchor) {
            match *meaning {
                Meaning::Pattern(pattern) => judged.push(self.retrace_one(bytes, &hit, Some(pattern), candidates)),
                Meaning::Value => judged.push(self.retrace_one(bytes, &hit, None, candidates)),
                // What stands encoded is told where something was found in it: the mark of an encoding alone says nothing.
                Meaning::Mark(_) | Meaning::Utf16(_) => {
                    let first = candidates.len();
                    let verdict = self.confirm_meaning(bytes, &hit.span, *meaning, encoded::DEPTH);
                    candidates.extend(verdict.unwrap_or_default().candidates);
                    let one = |at| Judged { hit: hit.clone(), pattern: None, tried: Vec::new(), end: Ok(at) };
                    judged.extend((first..candidates.len()).map(one));
                }
            }
        }
        judged
    }

    fn retrace_one(&self, bytes: &[u8], hit: &Hit, pattern: Option<usize>, candidates: &mut Vec<Candidate>) -> Judged {
        let mut tried = Vec::new();
        let decision = self.judge(bytes, &hit.span, pattern, &mut |pattern, why| {
            tried.push((Arc::clone(self.confirmers[pattern].pattern()), why));
        });
        let end = match decision {
            Ok(Ok(candidate)) => {
                candidates.push(candidate);
                Ok(candidates.len() - 1)
            }
            Ok(Err(refusal)) => Err(End::Refused(refusal.why)),
            Err(problem) => Err(End::Failed(problem)),
        };
        Judged { hit: hit.clone(), pattern, tried, end }
    }

    fn found(&self, bytes: &[u8], candidate: &Candidate, fate: Fate, lines: &LineTable<'_>) -> Found {
        Found {
            pattern: Arc::clone(&candidate.pattern),
            shown: redact::short(&candidate.pattern, &candidate.credential.secret),
            secret: lines.position(&candidate.span),
            extent: lines.position(&candidate.extent),
            parts: candidate.credential.parts.keys().cloned().collect(),
            judgement: candidate.judgement.clone(),
            fate,
            mark: self.marks.on_line_of(bytes, &candidate.span),
        }
    }
}

/// Where each line begins, for places in any order.
struct LineTable<'a> {
    bytes: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> LineTable<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let breaks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        Self { bytes, starts: std::iter::once(0).chain(breaks).collect() }
    }

    fn position(&self, span: &Range<usize>) -> Position {
        let line = |at: usize| self.starts.partition_point(|start| *start <= at);
        let column = |at: usize| window::column(self.bytes, self.starts[line(at) - 1], at);
        Position {
            line: line(span.start),
            column: column(span.start),
            end_line: line(span.end),
            end_column: column(span.end),
        }
    }
}
