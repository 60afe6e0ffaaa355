//! One automaton over the anchors of all patterns.
//!
//! Comes in: patterns, then bytes. Goes out: which pattern's anchor stands where. It must not know regexes.

use std::collections::BTreeMap;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

use crate::model::pattern::Pattern;
use crate::model::scan::Hit;

/// The anchors of all patterns, and whose each is.
#[derive(Debug)]
pub struct Anchors {
    automaton: AhoCorasick,
    owners: Vec<Vec<usize>>,
}

impl Anchors {
    /// Builds the automaton. Two patterns may share an anchor, and one anchor may stand inside another.
    pub fn new(patterns: &[Arc<Pattern>]) -> Result<Self, BuildError> {
        let mut owners = BTreeMap::<&str, Vec<usize>>::new();
        for (index, pattern) in patterns.iter().enumerate() {
            for anchor in &pattern.anchors {
                let list = owners.entry(anchor).or_default();
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
        // A DFA searches several times as fast as what the library picks for so many anchors.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::Standard)
            .build(owners.keys())?;
        Ok(Self { automaton, owners: owners.into_values().collect() })
    }

    /// Length of the longest anchor, in bytes.
    pub fn longest(&self) -> usize {
        self.automaton.max_pattern_len()
    }

    /// Every anchor in `bytes`, overlapping ones too, in order of their ends.
    pub fn hits<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Hit> + 'a {
        self.automaton.find_overlapping_iter(bytes).flat_map(|found| {
            self.owners[found.pattern().as_usize()].iter().map(move |&pattern| Hit { pattern, span: found.range() })
        })
    }
}
