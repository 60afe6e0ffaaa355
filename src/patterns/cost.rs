//! What each pattern costs on a corpus.
//!
//! Comes in: a scanner and texts. Goes out: how often each pattern is looked at, and how long that takes. The scanner is handed
//! in: this module does not know how detection works.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::model::scan::{Hit, Scanner};

/// What one pattern costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// The pattern, by its place in the scanner's list; behind its end stands the search for values by their looks.
    pub pattern: usize,
    /// Anchors met.
    pub hits: usize,
    /// Time to decide on them.
    pub time: Duration,
}

/// Measures on `texts`; the costliest comes first. A pattern's regexes are compiled before its time is taken.
pub fn measure(scanner: &dyn Scanner, texts: &[Vec<u8>]) -> Vec<Cost> {
    let mut costs = BTreeMap::<usize, Cost>::new();
    for text in texts {
        let mut hits: Vec<Hit> = Vec::new();
        scanner.hits(text, 0..text.len(), &mut |hit| hits.push(hit));
        // Together, as a clock cannot tell of one of them.
        hits.sort_by_key(|hit| (hit.pattern, hit.span.start));
        for group in hits.chunk_by(|left, right| left.pattern == right.pattern) {
            let first = &group[0];
            let cost = costs.entry(first.pattern).or_insert_with(|| {
                // It is of no interest here what is found, or that a pattern cannot be compiled.
                let _ = scanner.confirm(text, first);
                Cost { pattern: first.pattern, hits: 0, time: Duration::ZERO }
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
    costs.sort_by_key(|cost| (std::cmp::Reverse(cost.time), cost.pattern));
    costs
}
