//! What each anchor costs on a corpus.
//!
//! Comes in: a scanner and texts. Goes out: how often each anchor is met, and how long it takes to decide on it. The scanner is handed
//! in: this module does not know how detection works.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::model::scan::{Hit, Scanner};

/// What one anchor costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// The anchor, by its place in the scanner's list.
    pub anchor: usize,
    /// How often it was met.
    pub hits: usize,
    /// Time to decide, for all patterns that share it.
    pub time: Duration,
}

/// Measures on `texts`; the costliest comes first. Regexes are compiled before the time is taken.
pub fn measure(scanner: &dyn Scanner, texts: &[Vec<u8>]) -> Vec<Cost> {
    let mut costs = BTreeMap::<usize, Cost>::new();
    for text in texts {
        let mut hits: Vec<Hit> = Vec::new();
        scanner.hits(text, 0..text.len(), &mut |hit| hits.push(hit));
        // Together, as a clock cannot tell of one of them.
        hits.sort_by_key(|hit| (hit.anchor, hit.span.start));
        for group in hits.chunk_by(|left, right| left.anchor == right.anchor) {
            let first = &group[0];
            let cost = costs.entry(first.anchor).or_insert_with(|| {
                // It is of no interest here what is found, or that a pattern cannot be compiled.
                let _ = scanner.confirm(text, first);
                Cost { anchor: first.anchor, hits: 0, time: Duration::ZERO }
            });
            let start = Instant::now();
            for hit in group {
                let _ = std::hint::black_box(scanner.confirm(text, hit));
            }
            cost.time += start.elapsed();
            cost.hits += group.len();
        }
    }
    let mut costs: Vec<Cost> = costs.into_values().collect();
    costs.sort_by_key(|cost| (std::cmp::Reverse(cost.time), cost.anchor));
    costs
}
